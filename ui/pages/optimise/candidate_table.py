"""The candidates as a table: lineage drawn left of the names, one column a board under one heading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from ui.pages.optimise.candidate_cells import CandidateLine, figure_cell, lines_of, name_cell, verdict_cell
from ui.pages.optimise.candidate_header import HEAD_PX, GroupedHeader
from ui.pages.optimise.candidate_paint import CandidateDelegate
from ui.pages.optimise.commands import board_words
from ui.theme.theme import THEME
from ui.widgets.cell import Cell
from ui.widgets.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.pages.optimise.jobs import OptimiseJobs
    from workbench.views.optimise.values import BoardColumn, Candidates

ROW_PX = 40
MOST_ROWS = 6
NAME_PX, NARROWER, METRIC_PX = 148, 0.8, 112
"""What names are left at least, by how much other columns give way for that, and what figures with intervals need."""


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
