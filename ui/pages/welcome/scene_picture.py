"""A frame of the example with what is in it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme.theme import THEME
from ui.widgets.boxes import Box, paint_boxes, place_boxes
from workbench.views.welcome import Scene


class ScenePicture(QWidget):
    """As wide as its place, as high as the picture then is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixmap = QPixmap()
        self._boxes: tuple[Box, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("A frame of the example")
        self.setMinimumWidth(240)
        THEME.changed.connect(self.update)

    def show_scene(self, scene: Scene) -> None:
        """Show a frame with its boxes."""
        self._pixmap.loadFromData(scene.jpeg)
        self._boxes = tuple(Box(at, *box[:4], box[4]) for at, box in enumerate(scene.boxes))
        names = ", ".join(sorted({box.label for box in self._boxes}))
        self.setAccessibleName(f"{scene.caption}: {names}")
        self.setToolTip(scene.caption)
        self.update()

    def hasHeightForWidth(self) -> bool:  # noqa: N802 (Qt)
        """It keeps the shape of a frame."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 (Qt)
        """5 to 3, as the example's frames are."""
        return round(width * 0.6)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """As the page has it at its usual size."""
        return QSize(460, 276)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint the frame, its boxes and their names."""
        painter = QPainter(self)
        target = self._target()
        painter.fillRect(target, THEME.color("plot"))
        if self._pixmap.isNull():
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(target, self._pixmap, QRectF(self._pixmap.rect()))
        placed = place_boxes(self._boxes, target, target.width() / self._pixmap.width(), target)
        painter.setClipRect(target)
        paint_boxes(painter, placed, None)

    def _target(self) -> QRectF:
        """The largest place of the picture's shape, at the left and in the middle of the height."""
        width = min(float(self.width()), self.height() / 0.6)
        size = QSize(round(width), round(width * 0.6))
        return QRectF(0, (self.height() - size.height()) // 2, size.width(), size.height())
