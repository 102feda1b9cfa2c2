"""The plot of candidates in its card: which board, and accuracy or overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from ui.pages.optimise.candidate_table import board_title
from ui.pages.optimise.commands import board_words
from ui.pages.optimise.pareto import ParetoChart
from ui.widgets.controls import Choice, Segments
from ui.widgets.grounds import clear, column, ground, row
from ui.widgets.text import Elided, hint, title

if TYPE_CHECKING:
    from workbench.views.optimise.ranking_values import Choice as KeepChoice
    from workbench.views.optimise.values import BoardColumn, Candidates

MOST_SEGMENTS, MOST_LETTERS = 3, 30


class ParetoCard(QFrame):
    """Speed and accuracy of one board."""

    chosen = Signal(str)
    """Key of a candidate."""
    board_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        ground(self, "plot")
        self.setAccessibleName("Speed and accuracy")
        self.chart = ParetoChart()
        self.chart.chosen.connect(self.chosen)
        self._page: Candidates | None = None
        self._board, self._y_name = "", ""
        self._boards: tuple[BoardColumn, ...] = ()
        self._picks, self._measures = row(spacing=4), row(spacing=4)
        self._about = Elided("", px=11, role="hint")
        self._unit = hint("")
        second = row(self._about, self._measures, margins=(12, 0, 8, 0))
        second.setStretch(0, 1)
        layout = column(
            row(title("Speed and accuracy"), None, self._picks, margins=(12, 8, 8, 0)),
            second,
            self.chart,
            row(None, self._unit, margins=(0, 0, 16, 8)),
            spacing=4,
        )
        layout.setStretch(2, 1)
        self.setLayout(layout)

    @property
    def board(self) -> str:
        """The board whose candidates are shown."""
        return self._board

    def show_page(self, page: Candidates) -> None:
        """Show other candidates; board and measure stay where they still are."""
        self._page = page
        names = [board.name for board in page.boards]
        if self._board not in names:
            self._board = page.usual_board if page.usual_board in names else names[0]
        if page.boards != self._boards or not self._y_name:
            self._boards = page.boards
            self._y_name = page.map_name or "IoU"
            self._fill_picks(page)
        self._show()

    def choose_board(self, name: str) -> None:
        """Show another board."""
        if name != self._board and self._page is not None:
            self._board = name
            self._fill_picks(self._page)
            self._show()
            self.board_chosen.emit(name)

    def next_board(self) -> None:
        """Show the next board, the first one after the last."""
        names = [board.name for board in self._boards]
        if names:
            self.choose_board(names[(names.index(self._board) + 1) % len(names)])

    def set_choice(self, choice: KeepChoice | None) -> None:
        """Show where a choice of layers would lie."""
        self.chart.set_choice(choice)

    def _fill_picks(self, page: Candidates) -> None:
        clear(self._picks)
        clear(self._measures)
        if page.map_name:
            measure = Segments("Accuracy", [(page.map_name, page.map_name), ("IoU", "IoU")], self._y_name)
            measure.chosen.connect(self._on_measure)
            self._measures.addWidget(measure)
        choices = [(board.name, board_title(board)) for board in page.boards]
        if 1 < len(choices) <= MOST_SEGMENTS and sum(len(words) for _, words in choices) <= MOST_LETTERS:
            boards = Segments("Board", choices, self._board)
            boards.chosen.connect(self.choose_board)
            self._picks.addWidget(boards)
        elif len(choices) > 1:
            many = Choice("Board")
            many.set_choices(choices, self._board)
            many.currentIndexChanged.connect(lambda _at: self.choose_board(many.value))
            self._picks.addWidget(many)

    def _on_measure(self, name: str) -> None:
        self._y_name = name
        self._show()

    def _show(self) -> None:
        page = self._page
        if page is None:
            return
        plot = next(item for item in page.plots if (item.board, item.y_name) == (self._board, self._y_name))
        self.chart.set_plot(plot)
        self._about.setText("Dotted: none is both faster and better")
        self.chart.setAccessibleName(f"Candidates on {board_words(self._board)} by latency and {self._y_name}")
        self._unit.setText(f"Latency {page.statistic}, ms")
