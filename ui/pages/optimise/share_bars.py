"""Shares of classes or scenes as bars, with a tick where the test set has its share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, REGULAR, SMALL_PX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.views.optimise.calibration_values import Share

ROW_PX, HEAD_PX, BAR_PX = 20, 20, 8
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)


class ShareBars(QWidget):
    """One list of shares under its title."""

    def __init__(self, with_counts: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._with_counts = with_counts
        self._title, self._legend = "", ""
        self._shares: tuple[Share, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        THEME.changed.connect(self.updateGeometry)

    def show_shares(self, title: str, shares: Sequence[Share], legend: str = "") -> None:
        """Show other shares; `legend` says what the ticks are."""
        self._title, self._shares, self._legend = title, tuple(shares), legend
        self.setAccessibleName(title)
        parts = [f"{share.name} {share.count}, {share.share_text}{_other(share)}" for share in shares]
        self.setAccessibleDescription("; ".join(parts))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """A line for each."""
        return QSize(160, round((HEAD_PX + ROW_PX * len(self._shares)) * THEME.type_scale))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """Narrow, as high as it is."""
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint title and bars."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = THEME.type_scale
        self._paint_head(painter, QRectF(0, 0, self.width(), HEAD_PX * scale))
        if not self._shares:
            return
        names = THEME.font(12, REGULAR)
        widest = max(QFontMetricsF(names).horizontalAdvance(share.name) for share in self._shares)
        name_px = min(widest + 8, self.width() * (0.45 if self._with_counts else 0.55))
        largest = max(max(share.share, share.other or 0.0) for share in self._shares) or 1.0
        for at, share in enumerate(self._shares):
            area = QRectF(0, (HEAD_PX + at * ROW_PX) * scale, self.width(), ROW_PX * scale)
            self._paint_share(painter, area, share, name_px, largest * 1.1)

    def _paint_head(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        painter.setPen(THEME.color("text2"))
        painter.drawText(area, _LEFT, self._title)
        if not self._legend:
            return
        painter.setFont(THEME.font(SMALL_PX, REGULAR))
        used = QFontMetricsF(THEME.font(SMALL_PX, MEDIUM)).horizontalAdvance(self._title) + 24
        metrics = QFontMetricsF(painter.font())
        words = metrics.elidedText(self._legend, Qt.TextElideMode.ElideRight, area.width() - used)
        if not words.strip("…"):
            return
        width = metrics.horizontalAdvance(words)
        painter.setPen(THEME.color("text3"))
        painter.drawText(area, _RIGHT, words)
        painter.fillRect(QRectF(area.right() - width - 8, area.center().y() - 6, 2, 12), THEME.color("text"))

    def _paint_share(self, painter: QPainter, area: QRectF, share: Share, name_px: float, largest: float) -> None:
        tone = "warn" if share.is_under else "text"
        number, part = THEME.font(12, MEDIUM), THEME.font(SMALL_PX, REGULAR)
        numbers_px = 48.0 * THEME.type_scale + (44.0 * THEME.type_scale if self._with_counts else 0.0)
        painter.setFont(THEME.font(12, REGULAR))
        painter.setPen(THEME.color(tone))
        words = QFontMetricsF(painter.font()).elidedText(share.name, Qt.TextElideMode.ElideRight, name_px - 4)
        painter.drawText(QRectF(area.x(), area.y(), name_px, area.height()), _LEFT, words)
        bar = QRectF(
            area.x() + name_px, area.center().y() - BAR_PX / 2, max(0.0, area.width() - name_px - numbers_px), BAR_PX
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.color("border"))
        painter.drawRoundedRect(bar, 2, 2)
        painter.setBrush(THEME.color("warn") if share.is_under else THEME.curve(0))
        width = bar.width() * min(1.0, share.share / largest)
        painter.drawRoundedRect(QRectF(bar.x(), bar.y(), max(2.0, width), bar.height()), 2, 2)
        if share.other is not None:
            x = round(bar.x() + bar.width() * min(1.0, share.other / largest))
            painter.fillRect(QRectF(x - 1, bar.y() - 3, 2, bar.height() + 6), THEME.color("text"))
        right = area
        if self._with_counts:
            painter.setFont(part)
            painter.setPen(THEME.color("text3"))
            painter.drawText(area, _RIGHT, share.share_text)
            right = area.adjusted(0, 0, -48 * THEME.type_scale, 0)
        painter.setFont(number)
        painter.setPen(THEME.color(tone))
        painter.drawText(right, _RIGHT, f"{share.count:,}" if self._with_counts else share.share_text)


def _other(share: Share) -> str:
    return f", test set {share.other_text}" if share.other_text else ""
