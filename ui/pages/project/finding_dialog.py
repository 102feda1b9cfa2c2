"""Asks for a finding's words, or why it is closed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from ui.entries import Entries
from ui.widgets.controls import Button, Field
from ui.widgets.error_card import ErrorPlace
from ui.widgets.grounds import column, ground, row
from ui.widgets.text import dim, page_title
from workbench.base.events import ErrorText
from workbench.views.findings import FindingRow

WIDTH_PX = 480
EDIT, CLOSE = "edit", "close"
_ABOUT = {
    EDIT: "It is written anew with its place; the one before is closed with the new one's name.",
    CLOSE: "The finding stays as it was written; who closed it, when and why stands beside it.",
}


class FindingDialog(QDialog):
    """One line of words for one finding; it stays until they are written."""

    saved = Signal(str, str, str)
    """`edit` or `close`, the finding's id, and the words."""

    def __init__(self, kind: str, finding: FindingRow, *, entries: Entries, parent: QWidget) -> None:
        """Ask about a finding; what is typed is kept in `entries`."""
        super().__init__(parent)
        self._kind, self._finding = kind, finding
        edit = kind == EDIT
        heading = f"Edit {finding.label}" if edit else f"Close {finding.label}"
        ground(self, "panel")
        self.setWindowTitle(heading)
        self.setAccessibleName(heading)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(WIDTH_PX)
        words = "What you saw" if edit else "What was done about it, or why nothing has to be"
        self.field = Field(words, placeholder=words)
        self.field.textChanged.connect(self._on_text)
        self.problem = ErrorPlace()
        self.save = Button(
            "Save" if edit else heading, self._on_save, role="primary", icon_name="save" if edit else "check"
        )
        self.save.setDefault(True)
        cancel = Button("Cancel", self.reject)
        cancel.setAutoDefault(False)
        self.setLayout(
            column(
                page_title(heading),
                dim(", ".join(part for part in ("" if edit else finding.text, finding.where) if part), wrap=True),
                self.field,
                self.problem,
                dim(_ABOUT[kind], wrap=True),
                row(None, cancel, self.save),
                margins=(24, 24, 24, 16),
                spacing=12,
            )
        )
        self.field.setText(finding.text if edit else "")
        self._on_text(self.field.text())
        self.field.setFocus()
        entries.setParent(self)
        entries.watch(finding.id, self.field)
        entries.restore(lambda kept: self.field.setText(kept.get(finding.id, self.field.text())))
        self.finished.connect(entries.forget)

    def show_error(self, error: ErrorText) -> None:
        """They could not be written: say why, and let them be saved again."""
        self.problem.show_error(error)
        self._on_text(self.field.text())

    def _on_text(self, text: str) -> None:
        same = self._kind == EDIT and text.strip() == self._finding.text
        self.save.set_off("Write a few words first" if not text.strip() else "Nothing is changed yet" if same else "")

    def _on_save(self) -> None:
        self.problem.clear_error()
        self.save.set_off("It is being written")
        self.saved.emit(self._kind, self._finding.id, self.field.text().strip())
