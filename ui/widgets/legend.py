"""What the boxes over pictures mean: a short line of each kind with its word."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import HALO, SMALL_PX
from ui.widgets.boxes import WORDS, pen_of

LINE_PX, GAP_PX = 16, 12


class Legend(QWidget):
    """Kinds of boxes, side by side."""

    def __init__(self, kinds: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        """Make one.

        Args:
            kinds: kind of box, and what it means here; its usual word where that is empty.
            parent: the widget that it belongs to.
        """
        super().__init__(parent)
        self._kinds = tuple((kind, words or WORDS[kind]) for kind, words in kinds)
        self.setAccessibleName(f"Legend: {', '.join(words for _, words in self._kinds)}")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        THEME.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """As wide as all of them."""
        metrics = QFontMetricsF(THEME.font(SMALL_PX))
        width = sum(LINE_PX + 4 + metrics.horizontalAdvance(words) + GAP_PX for _, words in self._kinds)
        return QSize(round(width), round(16 * THEME.type_scale))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint them."""
        painter = QPainter(self)
        painter.setFont(THEME.font(SMALL_PX))
        x, middle = 0.0, self.height() / 2
        for kind, words in self._kinds:
            halo = QColor(HALO)
            halo.setAlphaF(0.62)
            for pen in (QPen(halo, 4), pen_of(kind)):
                painter.setPen(pen)
                painter.drawLine(QPointF(x, middle), QPointF(x + LINE_PX, middle))
            width = QFontMetricsF(painter.font()).horizontalAdvance(words)
            painter.setPen(THEME.color("text2"))
            area = QRectF(x + LINE_PX + 4, 0, width + 2, self.height())
            painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), words)
            x += LINE_PX + 4 + width + GAP_PX
