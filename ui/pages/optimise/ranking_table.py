"""Layer groups as rows with a box each, and the predicted overlap as a curve over the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QHeaderView, QWidget

from ui.pages.optimise.rank_lines import (
    CURVE,
    GROUP,
    KEEP,
    SIZE,
    SPEED,
    RankLine,
    Scale,
    rank_lines,
    scale_of,
    tick_text,
    ticks_of,
)
from ui.pages.optimise.rank_paint import RankDelegate
from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, REGULAR, SEMIBOLD, SMALL_PX
from ui.widgets.cell import PAD, Cell
from ui.widgets.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.views.optimise.ranking_values import GroupRow, RankingView

ROW_PX, HEAD_PX = 24, 40
_CENTRE = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignHCenter)


class RankingTable(Table[RankLine]):
    """Groups, the most harmful first; Space keeps one in float, Shift+Space all above."""

    kept_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Layer groups by loss", _columns(), row_height=ROW_PX, delegate=RankDelegate(), parent=parent)
        self._head = RankHeader(self)
        self.setHorizontalHeader(self._head)
        self._view: RankingView | None = None
        self._groups: tuple[GroupRow, ...] = ()
        self._kept: set[str] = set()
        self._on_head()
        THEME.changed.connect(self._on_head)
        self._fit_columns()

    @property
    def kept(self) -> tuple[str, ...]:
        """Names of the groups that stay in float, in the order of the rows."""
        return tuple(group.name for group in self._groups if group.name in self._kept)

    def show_ranking(self, view: RankingView) -> None:
        """Show a whole ranking."""
        self._view, self._groups = view, view.rows
        self._kept &= {group.name for group in view.rows}
        scale = scale_of(view)
        self._head.set_scale(scale)
        self._fill()

    def show_partly(self, groups: Sequence[GroupRow]) -> None:
        """Show groups while others are still measured; there is no order and no prediction yet."""
        self._view, self._groups, self._kept = None, tuple(groups), set()
        self._head.set_scale(None)
        self._fill()

    def set_kept(self, names: Sequence[str]) -> None:
        """Keep these groups in float, and no other."""
        if set(names) != self._kept:
            self._kept = set(names)
            self._fill()

    def toggle(self, *, all_above: bool = False) -> None:
        """Keep the current group, or take it back; all above with it."""
        line = self.current
        if line is None or line.group is None or self._view is None:
            return
        names = {line.group.name}
        if all_above:
            names = {group.name for group in self._groups[: line.place + 1]}
        self._kept = self._kept - names if names <= self._kept else self._kept | names
        self._fill()
        self.kept_changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt)
        """Space keeps, Shift+Space keeps all above."""
        if event.key() == Qt.Key.Key_Space:
            self.toggle(all_above=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
            return
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt)
        """A click on a box keeps its group."""
        super().mouseReleaseEvent(event)
        if event.button() is Qt.MouseButton.LeftButton and self.columnAt(round(event.position().x())) == KEEP:
            self.toggle(all_above=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802 (Qt)
        """Everything is Qt's but that a box has a pointing hand."""
        if isinstance(event, QMouseEvent) and event.type() is QEvent.Type.MouseMove:
            hand = self.columnAt(round(event.position().x())) == KEEP and self._view is not None
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)
        return super().viewportEvent(event)

    def _fill(self) -> None:
        self.clearSpans()
        self.set_rows(rank_lines(self._groups, self._view, self._kept))
        if self._view is not None:
            self.setSpan(0, GROUP, 1, CURVE - GROUP)

    def _on_head(self) -> None:
        self._head.setFixedHeight(round(HEAD_PX * THEME.type_scale))


class RankHeader(QHeaderView):
    """Titles; over the curve its scale with the limit in red."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setMinimumSectionSize(24)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scale: Scale | None = None

    def set_scale(self, scale: Scale | None) -> None:
        """Show another scale; none while nothing is predicted."""
        self._scale = scale
        self.viewport().update()

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:  # noqa: N802 (Qt)
        """Paint one title."""
        painter.save()
        painter.fillRect(rect, THEME.color("plot"))
        painter.setPen(QPen(THEME.color("border")))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        title = str(self.model().headerData(logical, Qt.Orientation.Horizontal) or "")
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        painter.setPen(THEME.color("text3"))
        area = QRectF(rect).adjusted(PAD, 0, -PAD, -4)
        lines = int(Qt.AlignmentFlag.AlignBottom)
        if logical == CURVE:
            painter.drawText(
                area.adjusted(4, 4, 0, 0), int(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft), title
            )
            self._paint_scale(painter, QRectF(rect))
        else:
            side = Qt.AlignmentFlag.AlignRight if logical in (SIZE, SPEED) else Qt.AlignmentFlag.AlignLeft
            painter.drawText(area, lines | int(side), title)
        painter.restore()

    def _paint_scale(self, painter: QPainter, rect: QRectF) -> None:
        scale = self._scale
        if scale is None:
            return
        values = ticks_of(scale)
        metrics = QFontMetricsF(painter.font())
        y = rect.bottom() - metrics.height() - 4
        for value in values:
            is_limit = value == scale.limit
            painter.setFont(THEME.font(SMALL_PX, SEMIBOLD if is_limit else REGULAR))
            painter.setPen(THEME.color("err" if is_limit else "text2"))
            x = scale.at(value, rect)
            painter.drawText(QRectF(x - 30, y, 60, metrics.height()), _CENTRE, tick_text(value, scale))


def _columns() -> list[Column[RankLine]]:
    return [
        Column("Keep", _kept_cell, 52, tip="Stays in float. Space keeps one, Shift+Space all above."),
        Column("Layer group", lambda line: Cell("" if line.group is None else line.group.name), 96, stretch=True),
        Column("IoU lost in int8", _loss_cell, 128, tip="When this group alone is in int8."),
        Column(
            "Engine",
            lambda line: Cell("" if line.group is None else line.group.size_text),
            84,
            right=True,
            tip="What it grows by.",
        ),
        Column(
            "Latency",
            lambda line: Cell("" if line.group is None else line.group.speed_text),
            80,
            right=True,
            tip="p99; what it grows by.",
        ),
        Column("Predicted IoU", _predicted_cell, 136, tip="If this group and all above stay in float."),
    ]


def _kept_cell(line: RankLine) -> Cell:
    if line.group is None:
        return Cell("")
    return Cell("kept in float" if line.kept else "in int8")


def _loss_cell(line: RankLine) -> Cell:
    return Cell(
        "" if line.group is None else line.group.loss_text, tip="" if line.group is None else line.group.snr_text
    )


def _predicted_cell(line: RankLine) -> Cell:
    return Cell(
        "" if line.value is None else f"{line.value:.4f}", tip="" if line.value is None else f"IoU {line.value:.4f}"
    )
