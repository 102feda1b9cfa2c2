"""Where the parts of the first tab of Optimise stand: the table, and below it all cards or the first step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from ui.theme.theme import THEME
from ui.widgets.controls import Button
from ui.widgets.empty import Empty
from ui.widgets.grounds import card, clear, column, row

if TYPE_CHECKING:
    from ui.pages.optimise.commands import OptimiseCommands
    from ui.widgets.error_card import ErrorCard

LEFT_PX = 424
FULL, FIRST = 0, 1


class Arrangement(QStackedWidget):
    """The first tab, or in its place why there is nothing to show."""

    def __init__(
        self, table: QWidget, pareto: QWidget, calibration: QWidget, ranking: QWidget, commands: OptimiseCommands
    ) -> None:
        super().__init__()
        self.left = QWidget()
        left = column(pareto, calibration, spacing=8)
        left.setStretch(0, 1)
        self.left.setLayout(left)
        both = QWidget()
        cards = row(self.left, ranking, spacing=8)
        cards.setStretch(1, 1)
        both.setLayout(cards)
        make = Button("Make fp16 and int8", action=commands.make_first, role="primary")
        self._bring = Button("Add calibration frames", action=commands.add_calibration, icon_name="folder-plus")
        self._first = Empty("layers", "", make, self._bring)
        self.below = QStackedWidget()
        self.below.addWidget(both)
        self.below.addWidget(self._first)
        whole = QWidget()
        layout = column(card(table, margins=(1, 1, 1, 1), spacing=0), self.below, margins=(12, 12, 12, 12), spacing=8)
        layout.setStretch(1, 1)
        whole.setLayout(layout)
        wrong = QWidget()
        self._wrong = column(margins=(12, 12, 12, 12))
        wrong.setLayout(self._wrong)
        self.addWidget(whole)
        self.addWidget(wrong)
        self._fit_left()
        THEME.changed.connect(self._fit_left)

    def show_candidates(self, *, alone: bool) -> None:
        """Show what there is; of one candidate alone, the first step in place of the cards."""
        self.setCurrentIndex(0)
        self.below.setCurrentIndex(FIRST if alone else FULL)

    def say_first(self, sentence: str, *, bare: bool) -> None:
        """Say what the first step is; `bare` where the calibration set is missing."""
        self._first.sentence.setText(sentence)
        self._bring.setVisible(bare)

    def show_error(self, error: ErrorCard) -> None:
        """Show why candidates cannot be read."""
        clear(self._wrong)
        self._wrong.addWidget(error)
        self._wrong.addStretch(1)
        self.setCurrentIndex(1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Share the room anew."""
        super().resizeEvent(event)
        self._fit_left()

    def _fit_left(self) -> None:
        """The plot is as wide as its words need; in large type it leaves half of the page to the ranking."""
        self.left.setFixedWidth(max(LEFT_PX, min(THEME.px(LEFT_PX), self.width() // 2)))
