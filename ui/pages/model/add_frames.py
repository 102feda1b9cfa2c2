"""A dialog that brings frames and labels into the project, so that they confirm the preprocessing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from ui.entries import Entries
from ui.widgets.controls import Button
from ui.widgets.grounds import Item, column, ground, row
from ui.widgets.path_field import PathField
from ui.widgets.text import dim, hint, page_title
from workbench.orders.model import AddFrames

if TYPE_CHECKING:
    from ui.bridge import Bridge

WIDTH_PX = 560


class AddFramesDialog(QDialog):
    """Asks for frames, labels and detections; the job that follows looks at them."""

    wanted = Signal(object)
    """The AddFrames order."""

    def __init__(self, bridge: Bridge, project: Path, has_frames: bool, parent: QWidget) -> None:
        super().__init__(parent)
        ground(self, "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Add labelled frames")
        self.setAccessibleName("Add labelled frames")
        self.setMinimumWidth(WIDTH_PX)
        self._project, self._has_frames = project, has_frames
        keep = "the frames that the project has" if has_frames else "a folder of images, or a video"
        self.frames = PathField("Frames", folder=True, placeholder=keep)
        self.labels = PathField(
            "Labels", filters="COCO JSON (*.json)", placeholder="COCO JSON file, or a folder of YOLO text files"
        )
        self.detections = PathField(
            "Detections", filters="COCO results (*.json)", placeholder="what the training framework found (optional)"
        )
        self.add = Button("Add frames", self._on_add, role="primary")
        for field in (self.frames, self.labels, self.detections):
            field.changed.connect(lambda _path: self._check())
        items: list[Item] = [
            page_title("Add labelled frames"),
            dim(
                "Reference and device share their preprocessing, so only data from outside can tell a wrong one. "
                "What you give is copied into the project.",
                wrap=True,
            ),
            *self._lines(),
            row(hint("Files may be dropped on their fields."), None, Button("Cancel", self.reject), self.add),
        ]
        self.setLayout(column(*items, margins=(24, 24, 24, 16), spacing=12))
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)
        self.add.setDefault(True)
        self._check()
        self._paths = {"frames": self.frames, "labels": self.labels, "detections": self.detections}
        self._entries = Entries(bridge, "add-frames", project, self)
        for key, field in self._paths.items():
            self._entries.watch_path(key, field)
        self._entries.restore(self._on_kept)
        self.finished.connect(self._entries.forget)

    def _on_kept(self, entries: dict[str, str]) -> None:
        """A window ended while this was typed."""
        for key, field in self._paths.items():
            if entries.get(key) and field.path is None:
                field.set_path(Path(entries[key]))

    def _lines(self) -> list[QWidget]:
        made = []
        for words, field in (("Frames", self.frames), ("Labels", self.labels), ("Detections", self.detections)):
            label = dim(words)
            label.setFixedWidth(88)
            label.setBuddy(field.field)
            line = QWidget()
            layout = row(label, field)
            layout.setStretch(1, 1)
            line.setLayout(layout)
            made.append(line)
        return made

    def _check(self) -> None:
        why = ""
        if self.labels.path is None and self.detections.path is None:
            why = "Give labels, or detections of the training framework."
        elif self.frames.path is None and not self._has_frames:
            why = "Give the frames that they belong to."
        self.add.set_off(why)

    def _on_add(self) -> None:
        order = AddFrames(self._project, self.frames.path, self.labels.path, self.detections.path)
        self.accept()
        self.wanted.emit(order)
