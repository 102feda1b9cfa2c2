"""The candidates as a table: lineage drawn left of the names, one column a board under one heading."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyleOptionViewItem, QWidget

from ui.pages.optimise.candidate_cells import CandidateLine, figure_cell, lines_of, name_cell, verdict_cell
from ui.pages.optimise.commands import board_words
from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, REGULAR, SEMIBOLD, SMALL_PX
from ui.widgets.cell import CELL_ROLE, PAD, Cell, CellDelegate, paint_ground
from ui.widgets.states import look_of
from ui.widgets.table import Column, Rows, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ui.pages.optimise.jobs import OptimiseJobs
    from workbench.views.optimise.values import BoardColumn, Candidates

ROW_PX, HEAD_PX = 40, 48
INDENT_PX, DOT_PX = 16, 4
MOST_ROWS = 6
NAME_PX, NARROWER, METRIC_PX = 148, 0.8, 112
"""What names are left at least, by how much other columns give way for that, and what figures with intervals need."""
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
Index = QModelIndex | QPersistentModelIndex


class CandidateTable(Table[CandidateLine]):
    """Candidates; the row of the model first."""

    def __init__(self, jobs: OptimiseJobs, parent: QWidget | None = None) -> None:
        self._jobs = jobs
        super().__init__("Candidates", [_name_column()], row_height=ROW_PX, delegate=CandidateDelegate(), parent=parent)
        self._head = GroupedHeader(self)
        self.setHorizontalHeader(self._head)
        self._page: Candidates | None = None
        self._all = False
        self._on_head()
        THEME.changed.connect(self._on_head)
        self._fit_columns()

    @property
    def hidden_rows(self) -> int:
        """How many replaced candidates are not shown."""
        return 0 if self._page is None or self._all else len(self._page.replaced)

    def show_page(self, page: Candidates, *, with_replaced: bool) -> None:
        """Show candidates; the one that was selected stays so."""
        key = None if self.current is None else self.current.row.key
        if self._page is None or _columns_key(page) != _columns_key(self._page):
            self.rows.set_columns(_columns(page))
            self._head.set_texts(_limits(page), _group(page), _troubles(page))
        self._page, self._all = page, with_replaced
        self.refresh_work()
        wanted = next((row.key for row in page.rows if row.is_wanted), page.rows[0].key)
        if not self.choose(lambda line: line.row.key == key):
            self.choose(lambda line: line.row.key == wanted)
        self._fit_columns()

    def refresh_work(self) -> None:
        """Show what works on candidates now."""
        if self._page is not None:
            rows = [row for row in self._page.rows if self._all or not row.is_replaced]
            self.set_rows(lines_of(rows, self._jobs))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Give columns less room where there is less."""
        super().resizeEvent(event)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """As wide as designed; narrower where names would not be left their room; beyond that the table scrolls."""
        columns = self.rows.columns
        header, scale = self.horizontalHeader(), THEME.type_scale
        room = self.viewport().width()
        widths = [round(column.width * scale) for column in columns[1:]]
        if room - sum(widths) < NAME_PX * scale:
            widths = [_narrow(round(column.width * scale), column) for column in columns[1:]]
        name_px = max(round(NAME_PX * scale), room - sum(widths))
        for at, width in enumerate((name_px, *widths)):
            header.setSectionResizeMode(at, QHeaderView.ResizeMode.Interactive)
            self.setColumnWidth(at, width)
        self._fit_height(scrolls=name_px + sum(widths) > room)

    def _fit_height(self, *, scrolls: bool = False) -> None:
        shown = min(max(len(self.rows.rows), 2), MOST_ROWS)
        scale = THEME.type_scale
        bar = self.horizontalScrollBar().sizeHint().height() if scrolls else 0
        wanted = round(HEAD_PX * scale) + shown * round(ROW_PX * scale) + 2 + bar
        if self.height() != wanted:
            self.setFixedHeight(wanted)

    def _on_head(self) -> None:
        self._head.setFixedHeight(round(HEAD_PX * THEME.type_scale))
        self._fit_columns()


class GroupedHeader(QHeaderView):
    """Titles with their limits, and one heading over the columns of the boards."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(24)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSectionsClickable(False)
        self._limits: Mapping[int, str] = {}
        self._troubles: Mapping[int, str] = {}
        self._group: tuple[int, int, str] = (0, 0, "")

    def set_texts(self, limits: Mapping[int, str], group: tuple[int, int, str], troubles: Mapping[int, str]) -> None:
        """Give the limits by section, (first, last, heading) of the group, and boards in trouble by section."""
        self._limits, self._group, self._troubles = limits, group, troubles
        self.viewport().update()

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:  # noqa: N802 (Qt)
        """Paint one title."""
        painter.save()
        painter.fillRect(rect, THEME.color("surface"))
        painter.setPen(QPen(THEME.color("border")))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        first, last, heading = self._group
        if first <= logical <= last and heading:
            self._paint_group(painter, rect, logical)
        self._paint_title(painter, QRectF(rect).adjusted(PAD, rect.height() / 2 - 2, -PAD, -4), logical)
        painter.restore()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """Two lines."""
        return QSize(super().sizeHint().width(), round(HEAD_PX * THEME.type_scale))

    def _paint_group(self, painter: QPainter, rect: QRect, logical: int) -> None:
        first, last, heading = self._group
        left = self.sectionViewportPosition(first)
        right = self.sectionViewportPosition(last) + self.sectionSize(last)
        half = rect.height() / 2
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        painter.setPen(THEME.color("text2"))
        painter.setClipRect(rect)
        whole = QRectF(left + PAD, rect.y() + 4, right - left - 2 * PAD, half - 6)
        words = QFontMetricsF(painter.font()).elidedText(heading, Qt.TextElideMode.ElideRight, whole.width())
        painter.drawText(whole, _RIGHT, words)
        painter.setPen(QPen(THEME.color("border")))
        y = round(rect.y() + half) - 2
        start = rect.x() + (PAD if logical == first else 0)
        end = rect.right() - (PAD if logical == last else 0)
        painter.drawLine(start, y, end, y)

    def _paint_title(self, painter: QPainter, rect: QRectF, logical: int) -> None:
        model = self.model()
        title = str(model.headerData(logical, Qt.Orientation.Horizontal) or "")
        flags = model.headerData(logical, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole) or _LEFT
        limit = self._limits.get(logical, "")
        font, quiet = THEME.font(SMALL_PX, MEDIUM), THEME.font(SMALL_PX, REGULAR)
        trouble = logical in self._troubles
        width = QFontMetricsF(quiet).horizontalAdvance(f"  {limit}") if limit else 0.0
        room = rect.width() - width - (16 if trouble else 0)
        words = QFontMetricsF(font).elidedText(title, Qt.TextElideMode.ElideRight, room)
        advance = QFontMetricsF(font).horizontalAdvance(words)
        right = bool(int(flags) & int(Qt.AlignmentFlag.AlignRight))
        x = rect.right() - width - advance if right else rect.x()
        painter.setFont(font)
        painter.setPen(THEME.color("text3" if trouble else "text2"))
        painter.drawText(QRectF(x, rect.y(), advance + 1, rect.height()), _LEFT, words)
        if trouble:
            painter.drawPixmap(QPointF(x - 16, rect.center().y() - 6), pixmap("circle-x", "err", 12, 2.2))
        if limit:
            painter.setFont(quiet)
            painter.setPen(THEME.color("text3"))
            painter.drawText(QRectF(x + advance, rect.y(), width + 1, rect.height()), _RIGHT, limit)


class CandidateDelegate(CellDelegate):
    """Paints lineage and two-line figures."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one cell."""
        cell = index.data(CELL_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, option)
        painter.setPen(QPen(THEME.color("border")))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        model = index.model()
        if isinstance(cell, Cell):
            rect = QRectF(option.rect).adjusted(PAD, 0, -PAD, 0)
            if index.column() == 0:
                line = cast("Rows[CandidateLine]", model).rows[index.row()]
                paint_name(painter, QRectF(option.rect), cell, line, selected=_is_selected(option))
            elif cell.kind == "work":
                paint_work(painter, rect, cell)
            else:
                paint_figure(painter, rect, cell, left=cell.kind == "strong")
        painter.restore()


def paint_name(painter: QPainter, rect: QRectF, cell: Cell, line: CandidateLine, *, selected: bool) -> None:
    """The lineage up to the parent's dot, the dot, then name and recipe."""
    upper = rect.height() * 0.32
    y = rect.y() + upper
    x = rect.x() + PAD + DOT_PX + line.row.depth * INDENT_PX
    if selected:
        painter.fillRect(QRectF(rect.x(), rect.y(), 2, rect.height()), THEME.color("accent"))
    painter.setPen(QPen(THEME.color("strong"), 1.2))
    for depth, goes_on in enumerate(line.through):
        at = rect.x() + PAD + DOT_PX + depth * INDENT_PX
        is_parent = depth == line.row.depth - 1
        bottom = rect.bottom() if goes_on else y if is_parent else None
        if bottom is not None:
            painter.drawLine(QPointF(at, rect.y()), QPointF(at, bottom))
        if is_parent:
            painter.drawLine(QPointF(at, y), QPointF(x - DOT_PX, y))
    if line.has_children:
        painter.drawLine(QPointF(x, y + DOT_PX), QPointF(x, rect.bottom()))
    color = "accent" if line.row.is_wanted else "surface"
    painter.setBrush(THEME.color(color))
    painter.setPen(QPen(THEME.color("accent" if line.row.is_wanted else "text3"), 1.4))
    painter.drawEllipse(QPointF(x, y), DOT_PX, DOT_PX)
    _paint_words(painter, QRectF(x + 12, rect.y(), rect.right() - x - 12 - PAD, rect.height()), cell, line)


def _paint_words(painter: QPainter, rect: QRectF, cell: Cell, line: CandidateLine) -> None:
    top = QRectF(rect.x(), rect.y() + 2, rect.width(), rect.height() / 2)
    below = QRectF(rect.x(), rect.center().y(), rect.width(), rect.height() / 2 - 4)
    strong, quiet = THEME.font(13, SEMIBOLD), THEME.font(SMALL_PX, REGULAR)
    words = QFontMetricsF(strong).elidedText(cell.text, Qt.TextElideMode.ElideMiddle, top.width())
    painter.setFont(strong)
    painter.setPen(THEME.color("text3" if line.row.stale or line.row.is_replaced else "text"))
    painter.drawText(top, _LEFT, words)
    if cell.unit:
        used = QFontMetricsF(strong).horizontalAdvance(words) + 12
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        painter.setPen(THEME.color("review" if line.row.is_wanted else "warn"))
        if line.row.is_wanted and used + 16 < top.width():
            painter.drawPixmap(QPointF(top.x() + used, top.center().y() - 6), pixmap("pin", "review", 12, 2))
            used += 16
        painter.drawText(top.adjusted(used, 0, 0, 0), _LEFT, cell.unit)
    painter.setFont(quiet)
    painter.setPen(THEME.color("text2"))
    painter.drawText(
        below, _LEFT, QFontMetricsF(quiet).elidedText(cell.below, Qt.TextElideMode.ElideRight, below.width())
    )


def paint_figure(painter: QPainter, rect: QRectF, cell: Cell, *, left: bool = False) -> None:
    """A figure, its icon beside it, and a quieter line below."""
    top = QRectF(rect.x(), rect.y() + 2, rect.width(), rect.height() / 2)
    low = QRectF(rect.x(), rect.center().y(), rect.width(), rect.height() / 2 - 4)
    if not cell.below and not left:
        top = rect.adjusted(0, 2, 0, -rect.height() / 2 + 2)
    is_word = cell.kind == "word"
    font = THEME.font(SMALL_PX if is_word else 13, REGULAR if is_word else SEMIBOLD)
    quiet = THEME.font(SMALL_PX, REGULAR)
    unit = QFontMetricsF(quiet).horizontalAdvance(cell.unit) + 3 if cell.unit else 0.0
    icon = 18.0 if cell.state else 0.0
    words = QFontMetricsF(font).elidedText(cell.text, Qt.TextElideMode.ElideRight, top.width() - unit - icon)
    advance = QFontMetricsF(font).horizontalAdvance(words)
    x = top.x() + icon if left else top.right() - unit - advance
    painter.setFont(font)
    painter.setPen(THEME.color(cell.color or "text"))
    painter.drawText(QRectF(x, top.y(), advance + 1, top.height()), _LEFT, words)
    if cell.state:
        look = look_of(cell.state)
        painter.drawPixmap(QPointF(x - 18, top.center().y() - 7), pixmap(look.icon, look.color, 14, 2.1))
    painter.setFont(quiet)
    painter.setPen(THEME.color("text3"))
    if cell.unit:
        painter.drawText(QRectF(x + advance + 3, top.y(), unit, top.height()), _LEFT, cell.unit)
    if cell.below:
        shown = QFontMetricsF(quiet).elidedText(
            cell.below, Qt.TextElideMode.ElideRight, low.width() - (icon if left else 0)
        )
        painter.setPen(THEME.color("text2" if left else "text3"))
        painter.drawText(low.adjusted(icon if left else 0, 0, 0, 0), _LEFT if left else _RIGHT, shown)


def paint_work(painter: QPainter, rect: QRectF, cell: Cell) -> None:
    """What works there in words, over a bar."""
    top = QRectF(rect.x(), rect.y() + 2, rect.width(), rect.height() / 2)
    painter.setFont(THEME.font(SMALL_PX, MEDIUM))
    painter.setPen(THEME.color("accent"))
    words = QFontMetricsF(painter.font()).elidedText(cell.text, Qt.TextElideMode.ElideRight, top.width())
    painter.drawText(top, _RIGHT, words)
    bar = QRectF(rect.x(), rect.bottom() - 14, rect.width(), 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(THEME.color("border"))
    painter.drawRoundedRect(bar, 2, 2)
    painter.setBrush(THEME.color("accent"))
    painter.drawRoundedRect(QRectF(bar.x(), bar.y(), bar.width() * (cell.bar or 0.0), 4), 2, 2)


def _is_selected(option: QStyleOptionViewItem) -> bool:
    from PySide6.QtWidgets import QStyle

    return bool(option.state & QStyle.StateFlag.State_Selected)


def _name_column() -> Column[CandidateLine]:
    return Column("Candidate", lambda line: name_cell(line.row), 200, stretch=True)


def _columns(page: Candidates) -> list[Column[CandidateLine]]:
    columns = [
        _name_column(),
        Column("Size", _size, 80, right=True),
        Column("Signal/error", _error, 96, right=True, tip="Against the model; higher is closer."),
    ]
    if page.map_name:
        columns.append(
            Column(
                page.map_name, lambda line: figure_cell(line.row.map50, is_old=bool(line.row.stale)), 112, right=True
            )
        )
    columns.append(
        Column("IoU", lambda line: figure_cell(line.row.iou, is_old=bool(line.row.stale)), METRIC_PX, right=True)
    )
    for at, board in enumerate(page.boards):
        wide = 108 if len(page.boards) > 1 else 144
        columns.append(Column(board_title(board), _speed(at), wide, right=True, tip=board.trouble))
    columns.append(Column(page.judged_by or "Limits", lambda line: verdict_cell(line.row), 188))
    return columns


def _narrow(width_px: int, column: Column[CandidateLine]) -> int:
    """A column's width where there is little room."""
    return width_px if column.width == METRIC_PX else round(width_px * NARROWER)


def board_title(board: BoardColumn) -> str:
    """A board as a column or a tab has it."""
    return board_words(board.name)


def _speed(at: int) -> Callable[[CandidateLine], Cell]:
    return lambda line: line.speeds[at]


def _size(line: CandidateLine) -> Cell:
    return Cell(line.row.size_text, "MB", "value", tip="Of the candidate's file; engines have their own size.")


def _error(line: CandidateLine) -> Cell:
    from dataclasses import replace

    error = line.row.error
    return replace(figure_cell(error, "dB", is_old=bool(line.row.stale)), below=error.interval)


def _first_board(page: Candidates) -> int:
    return 5 if page.map_name else 4


def _limits(page: Candidates) -> dict[int, str]:
    texts = {limit.kind: limit.text for limit in page.limits}
    places = {3: texts.get("accuracy", "")} if page.map_name else {}
    return {**places, _first_board(page) - 1: texts.get("detection_iou", "")}


def _group(page: Candidates) -> tuple[int, int, str]:
    first = _first_board(page)
    limit = next((limit.text for limit in page.limits if limit.kind == "latency"), "")
    heading = f"Latency {page.statistic} {limit}" if limit else f"Latency {page.statistic}, ms"
    return first, first + len(page.boards) - 1, heading


def _troubles(page: Candidates) -> dict[int, str]:
    first = _first_board(page)
    return {first + at: board.trouble for at, board in enumerate(page.boards) if board.trouble}


def _columns_key(page: Candidates) -> tuple[object, ...]:
    return page.boards, page.map_name, page.limits, page.statistic
