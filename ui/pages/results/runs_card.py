"""All runs as one table with its filter; two of them can be ticked to be compared."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStyleOptionViewItem

from ui.pages.verify.columns import STATES
from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, SEMIBOLD, SMALL_PX
from ui.widgets.cell import PAD, Cell, CellDelegate, paint_ground
from ui.widgets.controls import Button, Choice, Field
from ui.widgets.empty import READING, Empty
from ui.widgets.grounds import column, ground, row
from ui.widgets.states import look_of
from ui.widgets.table import Column, Rows, Table
from ui.widgets.text import hint
from workbench.views.results.filtering import HELP, apply_filter
from workbench.views.results.values import Figure, Filter, ResultsPage, RunLine
from workbench.views.verify.values import ORDER, RUNNING

TICK, VERDICTS = "", "Verdicts"
"""Titles of the columns that are painted otherwise."""
PLACE_PX = 32
"""Room of one verdict's icon and count, so that columns of icons can be read down."""
_TONES = {"ok": "ok", "warn": "warn", "err": "err", "plain": "unknown", "busy": "running"}
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
ALL = ""


def run_columns(*, models: bool) -> list[Column[RunLine]]:
    """The columns, in order; that of the models only where there are several."""
    model: list[Column[RunLine]] = [Column("Model", lambda line: _text(line, line.model, kind="dim"), 140)]
    return [
        Column(TICK, _nothing, 48, tip="Space ticks two runs to compare them"),
        Column("Run", lambda line: Cell(str(line.number), kind="value"), 44, right=True),
        Column("Started", lambda line: _text(line, line.started_text, kind="dim"), 96),
        *(model if models else []),
        Column("Candidate", _candidate, 100, tip="And its precision"),
        Column("Board", _board, 100, tip="And its power mode, where it has any"),
        Column("Kind", lambda line: _text(line, line.kind, kind="dim"), 84, stretch=True),
        Column("Validity", _validity, 116),
        Column(VERDICTS, lambda line: Cell(line.outcome), 4 * PLACE_PX + 2 * PAD),
        Column("p50 ms", lambda line: _figure(line, line.p50_ms), 60, right=True),
        Column("p99 ms", lambda line: _figure(line, line.p99_ms), 60, right=True),
        Column("Peak MB", lambda line: _figure(line, line.memory_mb), 76, right=True),
        Column("mAP50", lambda line: _figure(line, line.map50), 60, right=True),
    ]


def _nothing(_line: RunLine) -> Cell:
    return Cell()


def _candidate(line: RunLine) -> Cell:
    color = "text3" if line.void else ""
    return Cell(line.candidate, line.precision, kind="strong", color=color, tip=f"{line.candidate} {line.precision}")


def _board(line: RunLine) -> Cell:
    color = "text3" if line.void else ""
    return Cell(line.board, line.mode, color=color, tip=f"{line.board} {line.mode}".rstrip())


def _text(line: RunLine, text: str, kind: str = "text") -> Cell:
    return Cell(text, kind=kind, color="text3" if line.void else "", tip=text)


def _validity(line: RunLine) -> Cell:
    return Cell(line.word, kind="chip", state=_TONES[line.tone] if line.word != "Missing" else "missing", tip=line.why)


def _figure(line: RunLine, figure: Figure) -> Cell:
    color = "text3" if line.void or figure.value is None else "err" if figure.breaks else "text2"
    return Cell(figure.text, kind="value", color=color, tip="Its requirement fails" if figure.breaks else "")


class RunDelegate(CellDelegate):
    """Paints ticks and verdict counts; everything else as in all tables."""

    def __init__(self, letter_of: Callable[[str], str]) -> None:
        super().__init__()
        self._letter_of = letter_of

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one cell."""
        model = index.model()
        title = model.columns[index.column()].title if isinstance(model, Rows) else None
        if title not in {TICK, VERDICTS} or not isinstance(model, Rows):
            super().paint(painter, option, index)
            return
        line: RunLine = model.rows[index.row()]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, option)
        area = QRectF(option.rect).adjusted(PAD, 0, -PAD, 0)
        if title == TICK:
            paint_tick(painter, area, self._letter_of(line.run) if line.run else "", off=not line.verdicts)
        else:
            _paint_verdicts(painter, area, line)
        painter.restore()


def paint_tick(painter: QPainter, area: QRectF, letter: str, *, off: bool = False) -> None:
    """A box, and which of the two it is where it is ticked."""
    box = QRectF(area.x(), area.center().y() - 7, 14, 14)
    painter.setPen(QPen(THEME.color("accent" if letter else "border" if off else "strong"), 1.2))
    painter.setBrush(THEME.color("accent") if letter else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, 3, 3)
    if letter:
        painter.drawPixmap(QPointF(box.x() + 1, box.y() + 1), pixmap("check", "on_accent", 12, 3))
        paint_letter(painter, QRectF(box.right() + 6, box.y() - 1, 16, 16), letter)


def paint_letter(painter: QPainter, area: QRectF, letter: str) -> None:
    """A or B, on the colour of its curve."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(THEME.curve(0 if letter == "A" else 1))
    painter.drawRoundedRect(area, 3, 3)
    painter.setFont(THEME.font(SMALL_PX, SEMIBOLD))
    painter.setPen(THEME.color("on_accent"))
    painter.drawText(area, _CENTRE, letter)


def _paint_verdicts(painter: QPainter, area: QRectF, line: RunLine) -> None:
    """Icon and count, each outcome in its own place."""
    if not line.verdicts:
        painter.setFont(THEME.font(SMALL_PX))
        painter.setPen(THEME.color("text3"))
        painter.drawText(area, _LEFT, "no verdicts" if line.run else "")
        return
    counts = dict(line.verdicts)
    painter.setFont(THEME.font(BODY_PX))
    for place, outcome in enumerate(one for one in ORDER if one != RUNNING):
        if outcome in counts:
            look, x = look_of(STATES[outcome]), area.x() + place * PLACE_PX
            painter.drawPixmap(QPointF(x, area.center().y() - 6), pixmap(look.icon, look.color, 12, 2.1))
            painter.setPen(THEME.color(look.color))
            painter.drawText(QRectF(x + 15, area.y(), PLACE_PX - 15, area.height()), _LEFT, str(counts[outcome]))


class RunTable(Table[RunLine]):
    """The table; Space ticks."""

    ticked = Signal(object)
    """The RunLine that was ticked or unticked."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt)
        """Space ticks the row."""
        if event.key() == Qt.Key.Key_Space and self.current is not None:
            self.ticked.emit(self.current)
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt)
        """A click on the box ticks the row."""
        super().mousePressEvent(event)
        at = self.indexAt(event.position().toPoint())
        if at.isValid() and at.column() == 0:
            self.ticked.emit(self.rows.rows[at.row()])


class RunsCard(QFrame):
    """Filter and table."""

    ticks_changed = Signal()
    filter_changed = Signal()

    def __init__(self, run: QAction | None = None) -> None:
        super().__init__()
        ground(self, "card")
        self.setAccessibleName("All runs")
        self.ticks: list[str] = []
        """Ids of the ticked runs, the older tick first: A and B."""
        self._page: ResultsPage | None = None
        self._several = False
        """Whether runs are of several models."""
        self.field = Field(
            "Filter of the runs", placeholder="Filter runs, for example: int8 fail latency", icon_name="search"
        )
        self.field.setToolTip(HELP)
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(lambda _text: self._apply())
        self._facets: dict[str, Choice] = {}
        self._facet_place = QHBoxLayout()
        self._facet_place.setSpacing(8)
        self._count = hint()
        self.table = RunTable("All runs", run_columns(models=False), delegate=RunDelegate(self.letter_of))
        self.table.ticked.connect(self._on_ticked)
        self._drop = Button("", self._on_drop, icon_name="x")
        self.empty = Empty("funnel", "", self._drop)
        self._run = Button("Run verification", icon_name="play", role="primary", action=run)
        self.empty.offer(self._run)
        head = row(self.field, self._facet_place, self._count, margins=(12, 8, 12, 8))
        head.setStretch(0, 1)
        layout = column(head, self.table, self.empty, margins=(1, 1, 1, 1), spacing=0)
        layout.setStretch(1, 1)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        self._drop_to = Filter()
        self.forget()

    @property
    def wanted(self) -> Filter:
        """What is shown of all runs."""
        chosen = tuple((name, choice.value) for name, choice in self._facets.items() if choice.value != ALL)
        return Filter(self.field.text(), chosen)

    @property
    def lines(self) -> tuple[RunLine, ...]:
        """All runs, those that the filter hides too."""
        return () if self._page is None else self._page.lines

    def letter_of(self, run: str) -> str:
        """`A`, `B`, or nothing."""
        return "AB"[self.ticks.index(run)] if run in self.ticks else ""

    def forget(self) -> None:
        """Say that the runs of another project are being read."""
        self._page, self.ticks = None, []
        self._count.setText("")
        self.table.set_rows(())
        self.table.hide()
        self.empty.sentence.setText(READING)
        self.empty.show()
        self._drop.hide()
        self._run.hide()

    def show_page(self, page: ResultsPage) -> None:
        """Show the runs of a project."""
        first = self._page is None
        self._page = page
        known = {line.run for line in page.lines}
        kept = [run for run in self.ticks if run in known]
        if first or kept != self.ticks:
            lines = [line for line in page.lines if line.verdicts and line.kind == "all"]
            whole = [line.run for line in sorted(lines, key=lambda line: line.word != "Counts")]
            self.ticks = kept or whole[:2]
            self.ticks_changed.emit()
        self._show_facets(page)
        several = len({line.model for line in page.lines} - {""}) > 1
        if several != self._several:
            self._several = several
            self.table.rows.set_columns(run_columns(models=several))
        self._apply()

    @property
    def comparable(self) -> tuple[str, ...]:
        """Ids of the runs that have verdicts, newest first."""
        return tuple(line.run for line in self.lines if line.verdicts)

    def tick_newest(self) -> None:
        """Tick the newest two runs that have verdicts."""
        self.ticks = list(self.comparable[:2])
        self._ticked()

    def swap(self) -> None:
        """A becomes B."""
        self.ticks.reverse()
        self._ticked()

    def _show_facets(self, page: ResultsPage) -> None:
        for facet in page.facets:
            if facet.name not in self._facets:
                choice = Choice(facet.title)
                choice.setMinimumContentsLength(10)
                choice.activated.connect(lambda _at: self._apply())
                self._facets[facet.name] = choice
                self._facet_place.addWidget(choice)
            choices = [(ALL, f"{facet.title}: all"), *((value, value) for value in facet.values)]
            self._facets[facet.name].set_choices(choices)

    def _apply(self) -> None:
        if self._page is None:
            return
        found = apply_filter(self._page, self.wanted)
        self.field.set_state("err" if found.problem else "")
        self.field.setToolTip(found.problem or HELP)
        self._count.setText(found.problem or found.text)
        self._count.set_role("err" if found.problem else "hint")
        self.table.set_rows(found.lines)
        if self.table.current is None and found.lines:
            self.table.selectRow(0)
        nothing = bool(self._page.lines) and not found.lines
        self.empty.setVisible(nothing or not self._page.lines)
        self.table.setVisible(bool(found.lines))
        self.empty.sentence.setText("No run fits this filter." if nothing else self._page.empty_text)
        self._drop.setVisible(nothing)
        self._run.setVisible(not nothing)
        self._drop.set_text(f"Drop {found.drop}")
        self._drop_to = found.drop_to or Filter()
        self.filter_changed.emit()

    def _on_drop(self) -> None:
        chosen = dict(self._drop_to.chosen)
        for name, choice in self._facets.items():
            choice.setCurrentIndex(max(0, choice.findData(chosen.get(name, ALL))))
        self.field.setText(self._drop_to.text)
        self._apply()

    def _on_ticked(self, line: RunLine) -> None:
        if not line.verdicts:
            return
        if line.run in self.ticks:
            self.ticks.remove(line.run)
        else:
            self.ticks = [*self.ticks[-1:], line.run]
        self._ticked()

    def _ticked(self) -> None:
        self.table.viewport().update()
        self.ticks_changed.emit()
