"""Layer groups as rows with a box each, and the predicted overlap as a curve over the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QHeaderView, QStyle, QStyleOptionViewItem, QWidget

from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, REGULAR, SEMIBOLD, SMALL_PX
from ui.widgets.cell import CELL_ROLE, PAD, Cell, CellDelegate
from ui.widgets.table import Column, Rows, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.views.optimise.ranking_values import GroupRow, RankingView

ROW_PX, HEAD_PX = 24, 40
KEEP, GROUP, LOSS, SIZE, SPEED, CURVE = range(6)
BOX_PX, DOT_PX = 14, 4.0
CURVE_TICKS = 3
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
_CENTRE = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignHCenter)
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Scale:
    """The axis of the predicted overlap."""

    low: float
    high: float
    limit: float

    def at(self, value: float, rect: QRectF) -> float:
        """Where a value stands, px."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return rect.x() + 12 + min(max(share, 0.0), 1.0) * (rect.width() - 24)


@dataclass(frozen=True)
class RankLine:
    """A row: a group, or INT8 as it is, which comes first."""

    place: int
    group: GroupRow | None
    kept: bool
    value: float | None
    """Predicted overlap with this and all above in float."""
    before: float | None
    after: float | None
    """Of the rows above and below."""
    largest: float
    """The largest loss of all groups."""
    scale: Scale | None
    marked: bool = False
    """Whether its value is written beside its point."""
    last_kept: bool = False


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
        scale = _scale(view)
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
        self.set_rows(_lines(self._groups, self._view, self._kept))
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
        values = _ticks(scale)
        metrics = QFontMetricsF(painter.font())
        y = rect.bottom() - metrics.height() - 4
        for value in values:
            is_limit = value == scale.limit
            painter.setFont(THEME.font(SMALL_PX, SEMIBOLD if is_limit else REGULAR))
            painter.setPen(THEME.color("err" if is_limit else "text2"))
            x = scale.at(value, rect)
            painter.drawText(QRectF(x - 30, y, 60, metrics.height()), _CENTRE, _tick_text(value, scale))


class RankDelegate(CellDelegate):
    """Paints boxes, bars of loss, and the curve."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one cell."""
        line = cast("Rows[RankLine]", index.model()).rows[index.row()]
        cell = index.data(CELL_ROLE)
        rect = QRectF(option.rect)
        painter.save()
        painter.setClipRect(option.rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        column = index.column()
        if column != CURVE:
            _paint_row_ground(painter, option, line, first=column == KEEP)
        inner = rect.adjusted(PAD, 0, -PAD, 0)
        if column == KEEP:
            _paint_box(painter, inner, line)
        elif column == LOSS:
            _paint_loss(painter, inner, line)
        elif column == CURVE:
            _paint_curve(painter, rect, line)
        elif column == GROUP:
            _paint_group(painter, inner, line)
        elif isinstance(cell, Cell):
            _paint_cost(painter, inner, cell, kept=line.kept)
        if line.last_kept:
            painter.setPen(QPen(THEME.color("accent")))
            painter.drawLine(QPointF(rect.x(), rect.bottom() - 0.5), QPointF(rect.right() + 1, rect.bottom() - 0.5))
        painter.restore()


def _paint_row_ground(painter: QPainter, option: QStyleOptionViewItem, line: RankLine, *, first: bool) -> None:
    state, rect = option.state, QRectF(option.rect)
    if line.kept:
        painter.fillRect(rect, THEME.color("accent_bg"))
    elif state & QStyle.StateFlag.State_MouseOver or state & QStyle.StateFlag.State_Selected:
        painter.fillRect(rect, THEME.color("hover"))
    if first and state & QStyle.StateFlag.State_Selected:
        painter.fillRect(QRectF(rect.x(), rect.y(), 2, rect.height()), THEME.color("accent"))


def _paint_box(painter: QPainter, rect: QRectF, line: RankLine) -> None:
    if line.group is None:
        return
    box = QRectF(rect.x() + 2, rect.center().y() - BOX_PX / 2, BOX_PX, BOX_PX)
    painter.setPen(QPen(THEME.color("accent" if line.kept else "strong")))
    painter.setBrush(THEME.color("accent") if line.kept else Qt.BrushStyle.NoBrush)
    if line.scale is not None:
        painter.drawRoundedRect(box, 3, 3)
    if line.kept:
        painter.drawPixmap(QPointF(box.x() + 1, box.y() + 1), pixmap("check", "on_accent", 12, 3))
    painter.setFont(THEME.font(SMALL_PX, REGULAR))
    painter.setPen(THEME.color("text2" if line.kept else "text3"))
    if line.scale is not None:
        painter.drawText(rect, _RIGHT, str(line.place + 1))


def _paint_group(painter: QPainter, rect: QRectF, line: RankLine) -> None:
    if line.group is None:
        painter.setFont(THEME.font(12, REGULAR))
        painter.setPen(THEME.color("text2"))
        painter.drawText(rect, _LEFT, "none kept: int8 as it is")
        return
    font, quiet = THEME.font(SMALL_PX, MEDIUM, mono=True), THEME.font(12, REGULAR)
    few = QFontMetricsF(quiet).horizontalAdvance(line.group.words)
    room = rect.width() - (few + 12 if rect.width() > 160 else 0)
    words = QFontMetricsF(font).elidedText(line.group.label, Qt.TextElideMode.ElideMiddle, room)
    painter.setFont(font)
    painter.setPen(THEME.color("text"))
    painter.drawText(rect, _LEFT, words)
    if rect.width() > 160:
        painter.setFont(quiet)
        painter.setPen(THEME.color("text2"))
        painter.drawText(rect, _RIGHT, line.group.words)


def _paint_loss(painter: QPainter, rect: QRectF, line: RankLine) -> None:
    if line.group is None:
        return
    font = THEME.font(12, SEMIBOLD if line.kept else REGULAR)
    words = QFontMetricsF(font).horizontalAdvance("0.0000") + 8
    room = max(0.0, rect.width() - words)
    share = line.group.loss / line.largest if line.largest else 0.0
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(THEME.curve(0) if line.kept else THEME.color("text3"))
    painter.drawRoundedRect(QRectF(rect.x(), rect.center().y() - 4, max(2.0, room * share), 8), 2, 2)
    painter.setFont(font)
    painter.setPen(THEME.color("text" if line.kept else "text2"))
    painter.drawText(rect, _RIGHT, line.group.loss_text)


def _paint_cost(painter: QPainter, rect: QRectF, cell: Cell, *, kept: bool) -> None:
    number, _, unit = cell.text.partition(" ")
    font, quiet = THEME.font(12, MEDIUM if kept else REGULAR), THEME.font(SMALL_PX, REGULAR)
    width = QFontMetricsF(quiet).horizontalAdvance(unit) + 3 if unit else 0.0
    painter.setFont(font)
    painter.setPen(THEME.color("text" if kept else "text2"))
    painter.drawText(rect.adjusted(0, 0, -width, 0), _RIGHT, number)
    painter.setFont(quiet)
    painter.setPen(THEME.color("text2" if kept else "text3"))
    painter.drawText(rect, _RIGHT, unit)


def _paint_curve(painter: QPainter, rect: QRectF, line: RankLine) -> None:
    scale, value = line.scale, line.value
    if scale is None or value is None:
        return
    limit, middle = scale.at(scale.limit, rect), rect.center().y()
    painter.fillRect(
        QRectF(rect.x() + 12, rect.y(), limit - rect.x() - 12, rect.height() + 1), THEME.color("err", 0.06)
    )
    painter.setPen(QPen(THEME.color("grid")))
    for tick in _ticks(scale):
        if tick != scale.limit:
            x = round(scale.at(tick, rect)) + 0.5
            painter.drawLine(QPointF(x, rect.y()), QPointF(x, rect.bottom() + 1))
    painter.setPen(QPen(THEME.color("err"), 1, Qt.PenStyle.DashLine))
    painter.drawLine(QPointF(round(limit) + 0.5, rect.y()), QPointF(round(limit) + 0.5, rect.bottom() + 1))
    here = QPointF(scale.at(value, rect), middle)
    painter.setPen(QPen(THEME.curve(0), 1.5))
    for other, y in ((line.before, middle - rect.height()), (line.after, middle + rect.height())):
        if other is not None:
            painter.drawLine(here, QPointF(scale.at(other, rect), y))
    passes = value >= scale.limit
    painter.setPen(QPen(THEME.color("plot"), 1.5))
    painter.setBrush(THEME.color("ok" if passes else "err"))
    size = DOT_PX + 1.5 if line.last_kept else DOT_PX
    painter.drawEllipse(here, size, size)
    if line.marked:
        _paint_value(painter, rect, here, value, passes=passes)


def _paint_value(painter: QPainter, rect: QRectF, here: QPointF, value: float, *, passes: bool) -> None:
    words = f"{value:.3f}"
    painter.setFont(THEME.font(SMALL_PX, SEMIBOLD))
    width = QFontMetricsF(painter.font()).horizontalAdvance(words) + 2
    x = here.x() - width - 8 if here.x() - width - 8 > rect.x() else here.x() + 8
    painter.setPen(THEME.color("ok" if passes else "err"))
    painter.drawText(QRectF(x, rect.y(), width, rect.height()), _LEFT, words)


def _lines(groups: Sequence[GroupRow], view: RankingView | None, kept: set[str]) -> tuple[RankLine, ...]:
    largest = max((group.loss for group in groups), default=0.0)
    if view is None:
        return tuple(RankLine(at, group, False, None, None, None, largest, None) for at, group in enumerate(groups))
    scale, values = _scale(view), [view.start, *(group.predicted for group in groups)]
    chosen = [at for at, group in enumerate(groups) if group.name in kept]
    last = chosen[-1] if chosen and chosen == list(range(len(chosen))) else None
    crossing = next((at for at, value in enumerate(values) if value is not None and value >= view.limit), None)
    lines = []
    for at, value in enumerate(values):
        group = groups[at - 1] if at else None
        lines.append(
            RankLine(
                place=at - 1,
                group=group,
                kept=group is not None and group.name in kept,
                value=value,
                before=values[at - 1] if at else None,
                after=values[at + 1] if at + 1 < len(values) else None,
                largest=largest,
                scale=scale,
                marked=at
                in {0, crossing, None if crossing is None else crossing - 1, None if last is None else last + 1},
                last_kept=last is not None and at == last + 1,
            )
        )
    return tuple(lines)


def _scale(view: RankingView) -> Scale:
    values = [
        value for value in (view.start, *(row.predicted for row in view.rows), view.limit, 1.0) if value is not None
    ]
    low, high = min(values), max(values)
    span = (high - low) or 0.01
    return Scale(low - 0.08 * span, high + 0.04 * span, view.limit)


def _ticks(scale: Scale) -> list[float]:
    """A few round values, and the limit; none so near to it that their numbers would touch."""
    from ui.widgets.ticks import multiples, nice_step

    step = nice_step(scale.high - scale.low, CURVE_TICKS)
    apart = 0.3 * (scale.high - scale.low)
    rounds = [value for value in multiples(scale.low, scale.high, step) if abs(value - scale.limit) >= apart]
    return sorted([*rounds, scale.limit])


def _tick_text(value: float, scale: Scale) -> str:
    """A tick as short as the others; the limit as it is."""
    from ui.widgets.ticks import nice_step, number_text

    return f"{value:g}" if value == scale.limit else number_text(value, nice_step(scale.high - scale.low, CURVE_TICKS))


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
