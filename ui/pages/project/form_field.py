"""One field of a form: label, value, requirement, and under it what is wrong with its correction."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, SMALL_PX
from ui.widgets.controls import Button, Choice, Field
from ui.widgets.grounds import column, row
from ui.widgets.text import Elided, Text
from workbench.views.project.documents import FieldRow

LABEL_PX, FIELD_PX, REQUIREMENT_PX = 128, 136, 120
LARGE_TYPE = 1.5
"""From this scale of type on there is no room for the ids of requirements."""
SHORT = 16
"""Longer values take the room of the requirement's id."""


class FormField(QWidget):
    """Shows a `FieldRow`; what a person enters goes out as `entered` once they leave it or press Enter."""

    entered = Signal(str, str)
    """The field's path, and what was entered."""
    typed = Signal(str, object)
    """The field's path, and what stands in it after a key; None where it was taken back."""
    fix_wanted = Signal(object)
    """The FieldRow whose correction was pressed."""
    confirm_wanted = Signal(str)
    """The path of a value that a person takes as their own."""
    reached = Signal(object)
    """The FieldRow that has the focus now."""

    def __init__(self, shown: FieldRow) -> None:
        super().__init__()
        self._row = shown
        self._sent: str | None = None
        self.label = Elided(shown.label, role="dim")
        self.requirement = Elided(shown.requirement, px=SMALL_PX, weight=MEDIUM, role="hint", mono=True)
        self.confirm = Button("Confirm", self._on_confirm, role="link")
        self.problem = Text(px=SMALL_PX, weight=MEDIUM, role="err", wrap=True)
        self.fix = Button("", self._on_fix, role="link")
        self.edit: QLineEdit | QComboBox = self._make_edit(shown)
        self.edit.setProperty("dense", True)
        head = row(self.label, self.edit, self.requirement, spacing=8)
        head.setStretch(1, 1)
        self._indent = QWidget()
        below = row(self._indent, self.problem, self.fix, self.confirm, spacing=0)
        below.setStretch(1, 1)
        self._below = QWidget()
        self._below.setLayout(below)
        self.setLayout(column(head, self._below, spacing=0))
        self._on_theme()
        THEME.changed.connect(self._on_theme)
        self.show_row(shown, enabled=True)

    @property
    def path(self) -> str:
        """Which field it is."""
        return self._row.path

    def show_row(self, shown: FieldRow, *, enabled: bool) -> None:
        """Show the field as the text has it now; what is just being entered stays."""
        old, self._row = self._row, shown
        self._fill(shown, keep=self._is_busy(old))
        state = "err" if shown.problem else "warn" if not shown.confirmed else ""
        if self.edit.property("state") != state:
            self.edit.setProperty("state", state)
            self.edit.style().unpolish(self.edit)
            self.edit.style().polish(self.edit)
        self.edit.setEnabled(enabled and shown.kind != "by hand")
        words = " ".join(
            part for part in (shown.help, "Edit it in the text." if shown.kind == "by hand" else "") if part
        )
        self.edit.setToolTip(words)
        self.label.setText(shown.label)
        self.edit.setAccessibleName(f"{shown.label}, {shown.requirement}" if shown.requirement else shown.label)
        self.edit.setAccessibleDescription(f"{shown.help} {shown.problem}".strip())
        self.requirement.setText(shown.requirement)
        self._show_requirement()
        self.confirm.setVisible(not shown.confirmed and not shown.problem)
        self.confirm.setAccessibleName(f"Confirm {shown.label}")
        self.problem.setText(shown.problem or ("" if shown.confirmed else "Proposed, not confirmed."))
        self.problem.set_role("err" if shown.problem else "warn")
        self.fix.setVisible(shown.fix is not None)
        self.fix.set_text(shown.fix_label)
        self._below.setVisible(bool(self.problem.text()))

    def set_entered(self, text: str) -> None:
        """Enter a value as a person does; for tests and the palette."""
        if isinstance(self.edit, QComboBox):
            self.edit.setCurrentText(text)
        else:
            self.edit.setText(text)
        self._enter()

    def _make_edit(self, shown: FieldRow) -> QLineEdit | QComboBox:
        if shown.kind in ("choice", "open choice"):
            made = _ChoiceField(shown.label, self._on_reached)
            made.set_choices([("", ""), *((word, word) for word in shown.choices)])
            made.setEditable(shown.kind == "open choice")
            made.activated.connect(lambda _at: self._enter())
            if (line := made.lineEdit()) is not None:
                line.setAccessibleName(shown.label)
                line.editingFinished.connect(self._enter)
                line.textEdited.connect(self._on_typed)
            return made
        field = _EntryField(shown.label, self._on_reached, self._forget)
        field.editingFinished.connect(self._enter)
        field.textEdited.connect(self._on_typed)
        return field

    def _show_requirement(self) -> None:
        room = THEME.type_scale < LARGE_TYPE
        self.requirement.setVisible(room and (bool(self._row.requirement) or len(self._row.shown) <= SHORT))

    def _on_theme(self) -> None:
        scale = THEME.type_scale
        self.label.setFixedWidth(round(LABEL_PX * scale))
        self._indent.setFixedWidth(round(LABEL_PX * scale) + 8)
        self.edit.setMinimumWidth(round(FIELD_PX * min(scale, LARGE_TYPE)))
        self.requirement.setFixedWidth(round(REQUIREMENT_PX * scale))
        self._show_requirement()

    def _text(self) -> str:
        return self.edit.currentText() if isinstance(self.edit, QComboBox) else self.edit.text()

    def _is_busy(self, shown: FieldRow) -> bool:
        """Whether somebody is in the middle of an entry."""
        return self.edit.hasFocus() and self._text() not in (shown.shown, self._sent)

    def _fill(self, shown: FieldRow, *, keep: bool) -> None:
        if isinstance(self.edit, QComboBox):
            self.edit.blockSignals(True)
            if self.edit.findText(shown.shown) < 0 and not self.edit.isEditable():
                self.edit.addItem(shown.shown, shown.shown)
            self.edit.setCurrentText(shown.shown)
            if (line := self.edit.lineEdit()) is not None:
                line.setPlaceholderText(shown.placeholder)
            else:
                self.edit.setPlaceholderText(shown.placeholder)
                self.edit.setItemText(0, shown.placeholder if not shown.present else "not set")
            if not shown.present:
                self.edit.setCurrentIndex(0)
            self.edit.blockSignals(False)
            return
        self.edit.setPlaceholderText(shown.placeholder)
        if not keep and self.edit.text() != shown.shown:
            self.edit.setText(shown.shown)
            self.edit.setCursorPosition(0)

    def _enter(self) -> None:
        text = self._text()
        if isinstance(self.edit, Choice) and not self.edit.isEditable():
            text = self.edit.value
        if text != self._row.shown and self.edit.isEnabled():
            self._sent = text
            self.entered.emit(self.path, text)
        elif self.edit.isEnabled():
            self.typed.emit(self.path, None)

    def _on_typed(self, text: str) -> None:
        self.typed.emit(self.path, None if text == self._row.shown else text)

    def _forget(self) -> None:
        """Escape takes the entry back."""
        if isinstance(self.edit, QLineEdit):
            self.edit.setText(self._row.shown)
            self.typed.emit(self.path, None)

    def _on_reached(self) -> None:
        self.reached.emit(self._row)

    def _on_fix(self) -> None:
        self.fix_wanted.emit(self._row)

    def _on_confirm(self) -> None:
        self.confirm_wanted.emit(self.path)


class _EntryField(Field):
    """A line that says when it is reached, and lets go with Escape."""

    def __init__(self, name: str, on_reached: Callable[[], None], on_escape: Callable[[], None]) -> None:
        super().__init__(name)
        self._on_reached, self._on_escape = on_reached, on_escape

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 (Qt)
        """Say so."""
        super().focusInEvent(event)
        self._on_reached()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt)
        """Escape forgets what was typed."""
        if event.key() == Qt.Key.Key_Escape:
            self._on_escape()
            return
        super().keyPressEvent(event)


class _ChoiceField(Choice):
    """A choice that says when it is reached."""

    def __init__(self, name: str, on_reached: Callable[[], None]) -> None:
        super().__init__(name)
        self._on_reached = on_reached

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 (Qt)
        """Say so."""
        super().focusInEvent(event)
        self._on_reached()
