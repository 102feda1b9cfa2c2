"""Asks what somebody saw in a frame: a finding to look into, or a picture for a set of frames."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from ui.entries import Entries
from ui.widgets.controls import Button, Field, Segments
from ui.widgets.grounds import column, ground, row
from ui.widgets.text import dim, page_title

WIDTH = 480
FINDING, FRAME_SET = "finding", "set"
ABOUT = {
    FINDING: "A finding stays open until somebody closes it; it names this run, this frame and this moment.",
    FRAME_SET: "The picture is copied into a folder of the project's data, to be labelled or tested with later.",
}


class MarkDialog(QDialog):
    """One line of words, and where they go. The frame is the one that was shown when M was pressed."""

    saved = Signal(str, str)
    """`finding` and its text, or `set` and the name of the set."""

    def __init__(self, frame_words: str, *, entries: Entries, parent: QWidget) -> None:
        """Ask about a frame, which `frame_words` names as a person reads it; what is typed is kept in `entries`."""
        super().__init__(parent)
        ground(self, "panel")
        self.setWindowTitle("Mark this frame")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(WIDTH)
        self.kind = Segments("What to do with it", ((FINDING, "Finding"), (FRAME_SET, "Add to a frame set")))
        self.kind.chosen.connect(self._on_kind)
        self.field = Field("What you see", placeholder="What you see, in a few words")
        self.field.textChanged.connect(self._on_text)
        self._about = dim(ABOUT[FINDING], wrap=True)
        self.save = Button("Save finding", self._on_save, role="primary", icon_name="flag")
        self.save.setDefault(True)
        cancel = Button("Cancel", self.reject)
        cancel.setAutoDefault(False)
        self.setLayout(
            column(
                page_title("Mark this frame"),
                dim(frame_words, wrap=True),
                row(self.kind, None),
                self.field,
                self._about,
                row(None, cancel, self.save),
                margins=(24, 24, 24, 16),
                spacing=12,
            )
        )
        self._on_text("")
        self.field.setFocus()
        self._entries = entries
        entries.setParent(self)
        entries.watch("text", self.field)
        entries.restore(self._on_kept)
        self.finished.connect(entries.forget)

    def _on_kept(self, entries: dict[str, str]) -> None:
        """A window ended while this was typed."""
        if entries.get("kind") in ABOUT:
            self.kind.set_value(entries["kind"])
            self._on_kind(entries["kind"])
        if not self.field.text():
            self.field.setText(entries.get("text", ""))

    def _on_kind(self, kind: str) -> None:
        finding = kind == FINDING
        self._entries.note("kind", kind)
        self._about.setText(ABOUT[kind])
        self.field.setPlaceholderText("What you see, in a few words" if finding else "Name of the set, such as night")
        self.field.setAccessibleName("What you see" if finding else "Name of the frame set")
        self.save.set_text("Save finding" if finding else "Add frame")
        self._on_text(self.field.text())

    def _on_text(self, text: str) -> None:
        self.save.set_off("" if text.strip() else "Write a few words first")

    def _on_save(self) -> None:
        self.saved.emit(self.kind.value, self.field.text().strip())
        self.accept()
