"""Frames as small pictures in a grid; those that show what is rare have an amber edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ui.theme.theme import THEME
from ui.widgets.frame_view import as_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QImage

    from workbench.views.optimise.calibration_values import Thumbnail

GAP_PX, RADIUS_PX = 4, 3
RATIO = 0.6


class Thumbnails(QWidget):
    """Some frames, as many columns as are asked for or have room."""

    def __init__(self, name: str, columns: int = 0, width_px: int = 160, parent: QWidget | None = None) -> None:
        """Make the grid.

        Args:
            name: how assistive technology calls it.
            columns: how many; as many as have room where it is 0.
            width_px: of a picture where columns follow from the room.
            parent: the widget that it belongs to.
        """
        super().__init__(parent)
        self.setAccessibleName(name)
        self._columns, self._width_px = columns, width_px
        self._shots: list[tuple[Thumbnail, QImage]] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        THEME.changed.connect(self.update)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._shots)

    def show_frames(self, frames: Sequence[Thumbnail]) -> None:
        """Show other frames."""
        self._shots = [(frame, as_image(frame.image)) for frame in frames]
        rare = [frame.name for frame in frames if frame.note]
        self.setAccessibleDescription(f"{len(frames)} frames, {len(rare)} of rare scenes")
        self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:  # noqa: N802 (Qt)
        """All rows."""
        many = self._many(width)
        rows = -(-len(self._shots) // many) if self._shots else 1
        return round(rows * (self._cell(width) * RATIO + GAP_PX))

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """As high as it has to be at its width."""
        width = max(self.width(), 240)
        return QSize(240, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """One picture wide."""
        return QSize(120, 40)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint those that are to be seen."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        seen = QRectF(_event.rect())
        for at, (frame, image) in enumerate(self._shots):
            area = self._area(at)
            if not area.intersects(seen):
                continue
            clip = QPainterPath()
            clip.addRoundedRect(area, RADIUS_PX, RADIUS_PX)
            painter.save()
            painter.setClipPath(clip)
            height = image.width() * RATIO
            painter.drawImage(
                area,
                image,
                QRectF(0, max(0.0, (image.height() - height) / 2), image.width(), min(height, image.height())),
            )
            painter.restore()
            if frame.note:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(THEME.color("warn"), 1.5))
                painter.drawRoundedRect(area.adjusted(0.75, 0.75, -0.75, -0.75), RADIUS_PX, RADIUS_PX)

    def event(self, event: QEvent) -> bool:
        """Say which frame is under the pointer."""
        if isinstance(event, QHelpEvent):
            for at, (frame, _) in enumerate(self._shots):
                if self._area(at).contains(event.pos()):
                    note = f", {frame.note}" if frame.note else ""
                    QToolTip.showText(event.globalPos(), f"{frame.name}{note}", self)
                    return True
        return super().event(event)

    def _many(self, width: int) -> int:
        return self._columns or max(1, (width + GAP_PX) // (self._width_px + GAP_PX))

    def _cell(self, width: int) -> float:
        many = self._many(width)
        return (width - (many - 1) * GAP_PX) / many

    def _area(self, at: int) -> QRectF:
        many, size = self._many(self.width()), self._cell(self.width())
        return QRectF((at % many) * (size + GAP_PX), (at // many) * (size * RATIO + GAP_PX), size, size * RATIO)
