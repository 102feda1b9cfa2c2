"""The tab of requirements: the table, what the selected row needs, and the evidence below it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFrame, QSplitter, QStackedLayout, QTabWidget, QWidget

from ui.pages.verify.banner import Banner
from ui.pages.verify.columns import RequirementTable
from ui.pages.verify.frames_card import FramesCard
from ui.pages.verify.latency_card import LatencyCards
from ui.pages.verify.losses_card import LossesCard
from ui.pages.verify.way_out import WayOut
from ui.theme.theme import THEME
from ui.theme.tokens import TABLE_ROW
from ui.widgets.chip import StateIcon
from ui.widgets.controls import Button
from ui.widgets.empty import Empty
from ui.widgets.grounds import card, column, ground, row
from ui.widgets.table import HEADER_PX
from ui.widgets.text import Text
from workbench.views.verify.values import RequirementRow, VerifyPage

LEAST_ROWS = 3
LOW_PX = 780
"""Below this height of the tab the evidence is behind tabs: the window is under 900 px high then."""


class Requirements(QWidget):
    """What counts now, or one run."""

    row_chosen = Signal(object)
    """The RequirementRow that is selected now."""
    documents_asked = Signal()
    """Somebody wants to mend the documents."""

    def __init__(self, decide: QAction, stale: QAction, run: QAction) -> None:
        super().__init__()
        self.banner, self.table = Banner(), RequirementTable()
        self.way_out = WayOut(decide, stale)
        self.latency, self.frames, self.losses = LatencyCards(), FramesCard("Worst frames"), LossesCard()
        self._chosen = ""
        self._fitted = -1
        self._full = False
        self._tabs = QTabWidget()
        self._tabs.setAccessibleName("Evidence")
        self._tabs.setDocumentMode(True)
        self._side_by_side = QWidget()
        self._right = gap_splitter()
        self._wide = row(self.latency, self._right, spacing=8)
        self._low: bool | None = None
        self._evidence = QStackedLayout()
        self._evidence.addWidget(self._side_by_side)
        self._evidence.addWidget(self._tabs)
        self._side_by_side.setLayout(self._wide)
        self._right.addWidget(self.frames)
        self._right.addWidget(self.losses)
        self._right.setChildrenCollapsible(False)
        self._empty_text = Empty(
            "list-checks", "", Button("Run verification", icon_name="play", role="primary", action=run)
        )
        self._blocked, self._blocked_text = self._make_blocked()
        self._table_card = ground(QFrame(), "card")
        self._table_card.setLayout(column(self.table, self.way_out, margins=(1, 1, 1, 1), spacing=0))
        evidence = QWidget()
        evidence.setLayout(self._evidence)
        self._split = gap_splitter()
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self._table_card)
        self._split.addWidget(evidence)
        self._split.setStretchFactor(0, 5)
        self._split.setStretchFactor(1, 6)
        self._evidence_place = evidence
        layout = column(self._blocked, self.banner, self._split, self._empty_text, margins=(12, 12, 12, 12), spacing=8)
        layout.setStretch(2, 1)
        layout.setStretch(3, 1)
        self.setLayout(layout)
        self._empty_text.hide()
        self.table.chosen.connect(self._on_chosen)
        self.way_out.copied.connect(lambda text: QGuiApplication.clipboard().setText(text))
        self._arrange(low=False)
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    @property
    def chosen(self) -> str:
        """The id of the selected requirement."""
        return self._chosen

    def show_page(self, page: VerifyPage, doing: str = "") -> None:
        """Show rows; the one that was selected stays selected, wherever it moved."""
        kept = self._chosen
        self.banner.show_page(page, doing)
        self.table.blockSignals(True)
        self.table.set_rows(page.rows)
        self.table.blockSignals(False)
        if not self.table.choose(lambda row: row.id == kept) and page.rows:
            self.table.selectRow(0)
        self.way_out.show_row(self.table.current)
        empty = bool(page.empty_text) and not doing
        self._blocked.setVisible(bool(page.blocked))
        self._blocked_text.setText(f"{page.blocked[:1].upper()}{page.blocked[1:]}. Nothing runs until this is mended.")
        self._empty_text.sentence.setText(page.empty_text)
        self._empty_text.setVisible(empty)
        self._evidence_place.setVisible(not empty)
        self._fit(len(page.rows))

    def choose(self, requirement: str) -> None:
        """Select a requirement."""
        self.table.choose(lambda row: row.id == requirement)

    def toggle_full(self) -> None:
        """Show the pictures alone, or everything again."""
        self._full = not self._full
        for widget in (self.banner, self._table_card, self.latency, self.losses):
            widget.setVisible(not self._full)
        self._tabs.tabBar().setVisible(not self._full)
        if self._full:
            self._tabs.setCurrentWidget(self.frames)
            self.frames.strip.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Low windows have the evidence behind tabs."""
        super().resizeEvent(event)
        self._arrange(low=self.height() < LOW_PX * THEME.type_scale)

    def _on_theme(self) -> None:
        """Three rows at least; where even these have no room, the page scrolls."""
        self.table.setMinimumHeight(THEME.px(HEADER_PX + LEAST_ROWS * TABLE_ROW))

    def _make_blocked(self) -> tuple[QFrame, Text]:
        """Over everything: what is wrong with the documents, and the way to mend it."""
        text = Text(wrap=True)
        mend = Button("Open the documents", self.documents_asked.emit, icon_name="file-code")
        layout = row(StateIcon("err", "Error"), text, mend, margins=(12, 8, 12, 8))
        layout.setStretch(1, 1)
        made = card(layout, margins=(0, 0, 0, 0))
        made.setProperty("edge", "err")
        made.hide()
        return made, text

    def _fit(self, rows: int) -> None:
        """Give the table room for all its rows, as long as the evidence keeps half of it."""
        if rows == self._fitted:
            return
        self._fitted = rows
        wanted = round((rows * TABLE_ROW + HEADER_PX + 8) * THEME.type_scale) + self.way_out.sizeHint().height()
        room = self._split.height()
        self._split.setSizes([min(wanted, room * 54 // 100), max(room - wanted, room * 46 // 100)])

    def _on_chosen(self, shown: RequirementRow | None) -> None:
        self.way_out.show_row(shown)
        if shown is not None and shown.id != self._chosen:
            self._chosen = shown.id
            self.row_chosen.emit(shown)

    def _arrange(self, *, low: bool) -> None:
        if low is self._low:
            return
        self._low = low
        cards: tuple[tuple[QWidget, str], ...] = (
            (self.latency, "Latency"), (self.frames, "Worst frames"), (self.losses, "Why overlap is lost"),
        )  # fmt: skip
        if low:
            for widget, words in cards:
                self._tabs.addTab(widget, words)
        else:
            self._tabs.clear()
            self._wide.insertWidget(0, self.latency)
            self._right.addWidget(self.frames)
            self._right.addWidget(self.losses)
            self._wide.setStretch(0, 4)
            self._wide.setStretch(1, 7)
            self._right.setSizes([320, 150])
            for widget, _ in cards:
                widget.show()
        self._evidence.setCurrentIndex(int(low))


def gap_splitter(orientation: Qt.Orientation = Qt.Orientation.Vertical) -> QSplitter:
    """A splitter whose handle is the gap between cards."""
    made = QSplitter(orientation)
    made.setProperty("gap", True)
    made.setHandleWidth(8)
    return made
