"""The tab of all runs: what was run, what counts, where it may stay, is this one really better than that one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QTabWidget, QWidget

from ui.pages.results.compare_card import CompareCard
from ui.pages.results.matrix_card import MatrixCard
from ui.pages.results.runs_card import RunsCard
from ui.pages.verify.requirements import gap_splitter
from ui.theme.theme import THEME
from ui.theme.tokens import TABLE_ROW
from ui.widgets.error_card import ErrorPlace
from ui.widgets.grounds import column
from ui.widgets.table import HEADER_PX

LOW_PX = 640
LEAST_RUNS_PX = 144
ALONE, BESIDE = (660, 360), (430, 590)
"""How matrix and comparison share the width: while there is nothing to compare, and while there is."""


class ResultsTab(QWidget):
    """Runs above, matrix and comparison below; in a low window the two are behind tabs."""

    compare_asked = Signal()
    """Two other runs are ticked."""

    def __init__(self, run: QAction | None = None) -> None:
        super().__init__()
        self.runs, self.matrix, self.compared = RunsCard(run), MatrixCard(), CompareCard()
        self._shares = ALONE
        self._below = gap_splitter(Qt.Orientation.Horizontal)
        self._tabs = QTabWidget()
        self._tabs.setAccessibleName("Matrix and comparison")
        self._tabs.setDocumentMode(True)
        self._split = gap_splitter()
        self._split.addWidget(self.runs)
        self._split.addWidget(self._below)
        self._split.addWidget(self._tabs)
        self._split.setStretchFactor(0, 4)
        self._split.setStretchFactor(1, 5)
        self._split.setStretchFactor(2, 5)
        self.unread = ErrorPlace()
        layout = column(self.unread, self._split, margins=(12, 12, 12, 12))
        self.setLayout(layout)
        self._low: bool | None = None
        self._fitted = -1
        self._arrange(low=False)
        self.runs.ticks_changed.connect(self.compare_asked)
        self.runs.filter_changed.connect(self._fit)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt)
        """Share the room."""
        super().showEvent(event)
        self._fitted = -1
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Low windows have matrix and comparison behind tabs."""
        super().resizeEvent(event)
        self._arrange(low=self.height() < LOW_PX * THEME.type_scale)
        self._fitted = -1
        self._fit()

    def share(self, *, compared: bool) -> None:
        """Give the matrix the room that a comparison which is not there does not need."""
        shares = BESIDE if compared else ALONE
        if shares != self._shares:
            self._shares = shares
            self._below.setSizes(shares)

    def _fit(self) -> None:
        """Give the runs the room that all of them need, as long as half of it is left."""
        many = len(self.runs.lines)
        room = self._split.height()
        if many == self._fitted or not self.isVisible():
            return
        self._fitted = many
        wanted = min(round((many * TABLE_ROW + HEADER_PX + 64) * THEME.type_scale), room // 2)
        wanted = max(wanted, LEAST_RUNS_PX)
        self._split.setSizes([wanted, room - wanted, room - wanted])

    def _arrange(self, *, low: bool) -> None:
        if low is self._low:
            return
        self._low = low
        if low:
            self._tabs.addTab(self.matrix, "Requirement by board")
            self._tabs.addTab(self.compared, "Two runs compared")
        else:
            self._tabs.clear()
            self._below.addWidget(self.matrix)
            self._below.addWidget(self.compared)
            self._below.setSizes(self._shares)
            self.matrix.show()
            self.compared.show()
        self._tabs.setVisible(low)
        self._below.setVisible(not low)
