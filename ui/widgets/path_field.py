"""A field for a file or folder: typed, chosen in the system's dialog, or dropped on it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from ui.widgets.controls import Button, Field
from ui.widgets.grounds import row


class PathField(QWidget):
    """A path and the button that chooses it."""

    changed = Signal(object)
    """The Path that stands there now, or None."""

    def __init__(
        self,
        name: str,
        *,
        folder: bool = False,
        filters: str = "",
        placeholder: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """Make a field.

        Args:
            name: what it is a path of, for assistive technology.
            folder: whether a folder is chosen rather than a file.
            filters: as Qt writes them: `ONNX models (*.onnx)`.
            placeholder: what stands in the empty field.
            parent: the widget that it belongs to.
        """
        super().__init__(parent)
        self._name, self._folder, self._filters = name, folder, filters
        self._told: Path | None = None
        self.setAcceptDrops(True)
        self.field = Field(name, placeholder=placeholder)
        self.field.setAcceptDrops(False)
        self.field.editingFinished.connect(self._on_edited)
        self.button = Button("Choose…", self._on_choose)
        self.button.setAccessibleName(f"Choose {name.lower()}")
        layout = row(self.field, self.button)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self.setFocusProxy(self.field)

    @property
    def path(self) -> Path | None:
        """What stands there; None where nothing does."""
        text = self.field.text().strip()
        return Path(text).expanduser() if text else None

    def set_path(self, path: Path | None) -> None:
        """Show a path, and tell where it is another one."""
        self.field.setText("" if path is None else str(path))
        self._on_edited()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 (Qt)
        """Take one file or folder of this machine."""
        if dropped_path(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 (Qt)
        """Show what was dropped."""
        path = dropped_path(event)
        if path is not None:
            event.acceptProposedAction()
            self.set_path(path)

    def _on_edited(self) -> None:
        if self.path != self._told:
            self._told = self.path
            self.changed.emit(self._told)

    def _on_choose(self) -> None:
        dialog = QFileDialog(self, f"Choose {self._name.lower()}")
        dialog.setAccessibleName(f"Choose {self._name.lower()}")
        dialog.setFileMode(QFileDialog.FileMode.Directory if self._folder else QFileDialog.FileMode.ExistingFile)
        if self._filters:
            dialog.setNameFilter(self._filters)
        if self.path is not None:
            dialog.setDirectory(str(self.path.parent))
        dialog.fileSelected.connect(self._on_selected)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_selected(self, name: str) -> None:
        self.set_path(Path(name))


def dropped_path(event: QDropEvent) -> Path | None:
    """The one file or folder of this machine that is dropped or dragged; None for anything else."""
    urls = event.mimeData().urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    return Path(urls[0].toLocalFile())
