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
from ui.widgets.empty import READING, Empty
from ui.widgets.error_card import ErrorPlace
from ui.widgets.grounds import card, column, ground, row
from ui.widgets.table import HEADER_PX
from ui.widgets.text import Text
from workbench.views.verify.values import RequirementRow, VerifyPage

LEAST_ROWS = 3
LEAST_EVIDENCE_PX = 200
"""What the evidence keeps while a run goes: then the table is what is watched."""
LOW_PX = 780
"""Below this height of the tab the evidence is behind tabs: the window is under 900 px high then."""


class Requirements(QWidget):
    """What counts now, or one run."""

    row_chosen = Signal(object)
    """The RequirementRow that is selected now."""
    documents_asked = Signal()
    """Somebody wants to mend the documents."""

    def __init__(self, decide: QAction, stale: QAction, run: QAction, again: QAction) -> None:
        super().__init__()
        self.banner, self.table = Banner(), RequirementTable()
        self.way_out = WayOut(decide, stale)
        self.latency, self.frames, self.losses = LatencyCards(), FramesCard("Worst frames"), LossesCard()
        self._chosen = self._again = ""
        self._fitted: tuple[int, int, bool] = (-1, -1, False)
        self._rows, self._runs, self._moved, self._full = 0, False, False, False
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
        self._run_button = Button("Run verification", icon_name="play", role="primary", action=run)
        self._empty_text = Empty("list-checks", "", self._run_button)
        self._mend = Button("Open the documents", self.documents_asked.emit, icon_name="file-code")
        self._blocked, self._blocked_text = _make_bar(self._mend)
        self.damage, self._damage_text = _make_bar(
            Button("Measure everything again", icon_name="rotate-cw", action=again)
        )
        self._table_card = ground(QFrame(), "card")
        self._table_card.setLayout(column(self.table, self.way_out, margins=(1, 1, 1, 1), spacing=0))
        evidence = QWidget()
        evidence.setLayout(self._evidence)
        self._split = _Split()
        self._split.resized.connect(self._fit)
        self._split.splitterMoved.connect(self._on_moved)
        self._split.addWidget(self._table_card)
        self._split.addWidget(evidence)
        self._split.setStretchFactor(0, 5)
        self._split.setStretchFactor(1, 6)
        self._evidence_place = evidence
        self.unread = ErrorPlace()
        parts = (self.unread, self._blocked, self.damage, self.banner, self._split, self._empty_text)
        layout = column(*parts, margins=(12, 12, 12, 12), spacing=8)
        layout.setStretch(4, 1)
        layout.setStretch(5, 1)
        self.setLayout(layout)
        self.forget()
        self.table.chosen.connect(self._on_chosen)
        self.way_out.copied.connect(lambda text: QGuiApplication.clipboard().setText(text))
        self._arrange(low=False)
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    @property
    def chosen(self) -> str:
        """The id of the selected requirement."""
        return self._chosen

    def forget(self) -> None:
        """Say that the requirements of another project are being read."""
        for widget in (self.banner, self._split, self._run_button, self._blocked, self.damage):
            widget.hide()
        self._empty_text.sentence.setText(READING)
        self._empty_text.show()

    def show_page(self, page: VerifyPage, doing: str = "") -> None:
        """Show rows; the one that was selected stays selected, wherever it moved."""
        kept = self._chosen
        self.banner.show_page(page, doing)
        self.table.blockSignals(True)
        self.table.set_rows(page.rows)
        self.table.blockSignals(False)
        if not self.table.choose(lambda row: row.id == kept) and page.rows:
            self.table.selectRow(0)
        self._again = page.again
        self.way_out.show_row(None if doing else self.table.current, page.again)
        empty = bool(page.empty_text) and not doing
        self._blocked.setVisible(bool(page.blocked))
        self._mend.setVisible(page.documents_blocked)
        why = f"{page.blocked[:1].upper()}{page.blocked[1:]}."
        self._blocked_text.setText(" ".join(part for part in (why, page.mend, "Nothing runs until then.") if part))
        if self._split.isHidden():  # not where the pictures have the page
            for widget in (self.banner, self._split, self._run_button):
                widget.show()
        self._empty_text.sentence.setText(page.empty_text)
        self._empty_text.setVisible(empty)
        self._evidence_place.setVisible(not empty)
        self._rows, self._runs = len(page.rows), bool(doing)
        self._fit()

    def show_damage(self, text: str) -> None:
        """Say over everything what of the shown runs is damaged; nothing where it is whole."""
        self.damage.setVisible(bool(text))
        way = "What rests on it cannot be shown. Restore the run's folder, or measure everything again."
        self._damage_text.setText(f"{text}. {way}")

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

    def _fit(self) -> None:
        """Give the table room for all its rows: at most half of it, and nearly all while a run goes."""
        room = self._split.height()
        state = (self._rows, room, self._runs)
        if state == self._fitted or self._moved:
            return
        self._fitted = state
        below = 0 if self._runs else self.way_out.sizeHint().height()
        wanted = round((self._rows * TABLE_ROW + HEADER_PX + 8) * THEME.type_scale) + below
        most = room - THEME.px(LEAST_EVIDENCE_PX) if self._runs else room * 54 // 100
        self._split.setSizes([min(wanted, most), room - min(wanted, most)])

    def _on_moved(self, _at: int, _handle: int) -> None:
        """Somebody shares the room by hand; that stays."""
        self._moved = True

    def _on_chosen(self, shown: RequirementRow | None) -> None:
        self.way_out.show_row(None if self._runs else shown, self._again)  # what goes is said beside
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


class _Split(QSplitter):
    """The table above, the evidence below; says when its room changes."""

    resized = Signal()

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self.setProperty("gap", True)
        self.setHandleWidth(8)
        self.setChildrenCollapsible(False)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        super().resizeEvent(event)
        self.resized.emit()


def _make_bar(mend: Button) -> tuple[QFrame, Text]:
    """Over everything: what is wrong, and the way to mend it; hidden until then."""
    text = Text(wrap=True)
    layout = row(StateIcon("err", "Error"), text, mend, margins=(12, 8, 12, 8))
    layout.setStretch(1, 1)
    made = card(layout, margins=(0, 0, 0, 0))
    made.setProperty("edge", "err")
    made.hide()
    return made, text


def gap_splitter(orientation: Qt.Orientation = Qt.Orientation.Vertical) -> QSplitter:
    """A splitter whose handle is the gap between cards."""
    made = QSplitter(orientation)
    made.setProperty("gap", True)
    made.setHandleWidth(8)
    return made
