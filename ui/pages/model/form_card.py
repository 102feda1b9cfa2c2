"""Head and preprocessing as a form; every change is told at once and saved only when a person says so."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.pages.model.field_row import FieldRow
from ui.widgets.chip import Chip
from ui.widgets.controls import Button
from ui.widgets.error_card import ErrorPlace
from ui.widgets.grounds import card, clear, column, line, row, scrolling
from ui.widgets.text import hint, title
from workbench.views.model import Chip as State
from workbench.views.model import Field, ModelForm

STATES = {"ok": "ok", "warn": "warn", "err": "err", "idle": "todo"}
"""How the levels of the workbench look."""
_SOURCES = (
    "The source of each value stands at its right: file metadata, graph of the model, author, default, or assumed by "
    "rule. What is saved goes into deployment.yaml."
)
_UNKNOWN = "Choose the kind that decodes the outputs; the nearest come first."


class FormCard(QWidget):
    """The card at the left of the picture."""

    edited = Signal(str, str)
    """A field and its new value."""
    typed = Signal(str, object)
    """A field, and what stands in it but is not its value yet; None where nothing does."""

    def __init__(self, save: QAction, revert: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[FieldRow] = []
        self._sections = {name: QVBoxLayout() for name in ("head", "preprocessing")}
        for layout in self._sections.values():
            layout.setSpacing(4)
        self._chips = {"head": Chip("todo", "Reading"), "preprocessing": Chip("todo", "Reading")}
        self._note = hint(wrap=True)
        self._unsaved = hint()
        self._save, self._revert = Button("Save", action=save, role="primary"), Button("Revert", action=revert)
        foot = row(self._unsaved, None, self._revert, self._save, margins=(12, 8, 12, 8))
        self._foot = QWidget()
        self._foot.setLayout(column(line(), foot, spacing=0))
        self._foot.hide()
        inner = QWidget()
        inner.setLayout(self._lay_out())
        area = scrolling(inner, "Head and preprocessing")
        self.problem = ErrorPlace()
        """Why what was entered is not saved."""
        frame = card(area, self.problem, self._foot, margins=(0, 0, 0, 0), spacing=0)
        self.setLayout(column(frame, spacing=0))

    def show_form(self, form: ModelForm) -> None:
        """Show a form; lines that are there already stay, so that nobody loses their place."""
        fields = form.fields
        if len(fields) == len(self._rows) and all(
            row_.fits(field) for row_, field in zip(self._rows, fields, strict=True)
        ):
            for row_, field in zip(self._rows, fields, strict=True):
                row_.show_field(field)
        else:
            self._make_rows(fields)
        self._set_chip("head", form.head)
        self._set_chip("preprocessing", form.preprocessing)
        wrong = form.head.level == "err"
        confirmed = f"{form.preprocessing.text}. " if form.preprocessing.level == "ok" else ""
        self._note.setText(f"{_UNKNOWN} {_SOURCES}" if wrong else f"{confirmed}{_SOURCES}")
        self._note.setToolTip(form.note)
        count = sum(field.changed for field in fields)
        self._unsaved.setText(f"{count} change{'s' if count != 1 else ''}, not saved")
        self._foot.setVisible(count > 0)

    def row_of(self, key: str) -> FieldRow | None:
        """The line of a field."""
        return next((row_ for row_ in self._rows if row_.key == key), None)

    def _lay_out(self) -> QVBoxLayout:
        head = row(title("Head"), None, self._chips["head"])
        preprocessing = row(title("Preprocessing"), None, self._chips["preprocessing"])
        return column(
            head,
            self._sections["head"],
            4,
            line(),
            preprocessing,
            self._sections["preprocessing"],
            4,
            self._note,
            None,
            margins=(12, 12, 12, 12),
        )

    def _make_rows(self, fields: Sequence[Field]) -> None:
        for layout in self._sections.values():
            clear(layout)
        self._rows = []
        for field in fields:
            made = FieldRow(field)
            made.edited.connect(self.edited)
            made.typed.connect(self.typed)
            self._rows.append(made)
            self._sections[field.section].addWidget(made)

    def _set_chip(self, section: str, state: State) -> None:
        chip = self._chips[section]
        short = state.text.partition(",")[0]
        chip.set(STATES[state.level], short)
        chip.setToolTip(state.text)
