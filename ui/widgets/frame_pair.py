"""Two pictures of one frame side by side: zoom, selection and confidence are shared."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.widgets.boxes import Box
from ui.widgets.frame_view import FrameView
from ui.widgets.text import title


class FramePair(QWidget):
    """A left and a right view, such as reference and device."""

    selected = Signal(object)
    """The Box that was chosen on either side, or None."""

    def __init__(self, left: str, right: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.left, self.right = FrameView(left), FrameView(right)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for name, view in ((left, self.left), (right, self.right)):
            side = QVBoxLayout()
            side.setSpacing(4)
            side.addWidget(title(name))
            side.addWidget(view, 1)
            layout.addLayout(side, 1)
        self.left.zoomed.connect(self._on_left_zoomed)
        self.right.zoomed.connect(self._on_right_zoomed)
        self.left.selected.connect(self._on_left_selected)
        self.right.selected.connect(self._on_right_selected)

    def set_threshold(self, threshold: float) -> None:
        """Hide boxes below this score on both sides."""
        self.left.set_threshold(threshold)
        self.right.set_threshold(threshold)

    def select(self, box_id: int) -> None:
        """Choose the boxes of a pair on both sides."""
        for view in (self.left, self.right):
            view.select(next((box for box in view.boxes if box.id == box_id >= 0), None))

    def _on_left_zoomed(self) -> None:
        self.right.set_view(self.left.zoom, self.left.centre)

    def _on_right_zoomed(self) -> None:
        self.left.set_view(self.right.zoom, self.right.centre)

    def _on_left_selected(self, box: Box | None) -> None:
        self._follow(self.right, box)

    def _on_right_selected(self, box: Box | None) -> None:
        self._follow(self.left, box)

    def _follow(self, other: FrameView, box: Box | None) -> None:
        other.blockSignals(True)
        other.select(None if box is None else next((its for its in other.boxes if its.id == box.id >= 0), None))
        other.blockSignals(False)
        self.selected.emit(box)
