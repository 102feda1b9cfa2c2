"""What is brought from outside: an ONNX file or a picture that is dropped, frames with labels, another model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from ui.pages.model.add_frames import AddFramesDialog
from ui.pages.new_project.dialog import NewProjectDialog
from workbench.base.events import JobEnded
from workbench.orders.model import AddFrames, FramesAdded, ModelReplaced, ReplaceModel

if TYPE_CHECKING:
    from ui.desk import Desk

MODELS = (".onnx",)
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".ppm")


class Bringing(QObject):
    """Belongs to the UI thread."""

    brought = Signal()
    """Frames or another model are in the project now."""

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__(page)
        self._desk, self._page = desk, page
        self._jobs: set[str] = set()
        desk.bridge.ended.connect(self._on_ended)

    def bring_model(self, file: Path) -> None:
        """Say what a file is, and ask whether it replaces the model or becomes a project of its own."""
        dialog = NewProjectDialog(self._desk, file, self._page.window())
        dialog.replace_wanted.connect(self._on_replace)
        dialog.open()

    def choose_model(self) -> None:
        """Choose an ONNX file in the system's dialog."""
        dialog = QFileDialog(self._page, "Choose an ONNX model")
        dialog.setAccessibleName("Choose an ONNX model")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter("ONNX models (*.onnx)")
        dialog.fileSelected.connect(lambda name: self.bring_model(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def add_frames(self, has_frames: bool) -> None:
        """Ask for frames with labels."""
        project = self._desk.project
        if project is None:
            return
        dialog = AddFramesDialog(self._desk.bridge, project, has_frames, self._page.window())
        dialog.wanted.connect(self._start)
        dialog.open()

    def _on_replace(self, file: Path) -> None:
        if self._desk.project is not None:
            self._start(ReplaceModel(self._desk.project, file))

    def _start(self, order: AddFrames | ReplaceModel) -> None:
        self._jobs.add(self._desk.bridge.start(order).id)

    def _on_ended(self, ended: JobEnded) -> None:
        if ended.job_id not in self._jobs:
            return
        self._jobs.discard(ended.job_id)
        if ended.error is not None:
            self._desk.notice(ended.error)
        elif isinstance(ended.result, FramesAdded | ModelReplaced):
            self._desk.touch()
            self.brought.emit()


def kind_of_drop(path: Path | None) -> str:
    """`model`, `picture`, or empty for what the page does not take."""
    suffix = path.suffix.lower() if path is not None else ""
    return "model" if suffix in MODELS else "picture" if suffix in PICTURES else ""
