"""The table of requirements: its columns, and the cells with an interval bar."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHeaderView, QStyleOptionViewItem, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import SMALL_PX
from ui.widgets.cell import PAD, Cell, CellDelegate, paint_ground
from ui.widgets.interval_bar import Interval, paint_interval, paint_interval_head
from ui.widgets.table import Column, Rows, Table
from workbench.views.verify.values import (
    FAIL,
    INCONCLUSIVE,
    LIMIT_AT,
    NOT_MEASURED,
    PASS,
    RUNNING,
    IntervalBar,
    RequirementRow,
)

STATES = {PASS: "pass", FAIL: "fail", INCONCLUSIVE: "inconclusive", NOT_MEASURED: "not measured", RUNNING: "running"}
COLORS = {PASS: "ok", FAIL: "err", INCONCLUSIVE: "warn", NOT_MEASURED: "text3", RUNNING: "accent"}
_LOUD = {FAIL: "err", INCONCLUSIVE: "warn", RUNNING: "accent"}
"""Rows that pass stay quiet."""
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


def requirement_columns() -> list[Column[RequirementRow]]:
    """The columns, in order."""
    return [
        Column("ID", _id, 130),
        Column("Criterion", _criterion, 120, stretch=True),
        Column("Limit", _limit, 76, right=True),
        Column("Measured", _measured, 92, right=True),
        Column("95 % interval", lambda row: Cell(row.interval_text, kind="dim"), 132),
        Column("", lambda row: Cell(_bar_words(row)), 96, tip="Worse to the left, better to the right of the limit"),
        Column("Margin", _margin, 64, right=True, tip="Of the bound that is judged, as a share of the limit"),
        Column("Verdict", _verdict, 116),
        Column("Evidence", _evidence, 92),
        Column("Age", lambda row: Cell(row.age_text, kind="limit"), 60, right=True),
    ]


BAR = 5
"""Which column has the bar."""


def _id(row: RequirementRow) -> Cell:
    return Cell(row.short_id, kind="mono", color="text", tip=row.id)


def _criterion(row: RequirementRow) -> Cell:
    note = "" if row.confirmed else " (its limit is not confirmed)"
    return Cell(row.title, tip=f"{row.path}{note}", icon="" if row.confirmed else "pencil")


def _limit(row: RequirementRow) -> Cell:
    if not row.limit_before:
        return Cell(row.limit_text, kind="limit", tip=row.limit_text)
    return Cell(
        row.limit_text, kind="limit", color="warn", tip=f"{row.limit_text}; it was {row.limit_before} when judged"
    )


def _measured(row: RequirementRow) -> Cell:
    color = _LOUD.get(row.outcome, "text2" if row.stale else "text")
    return Cell(row.value_text, row.unit_text, kind="value", color=color)


def _margin(row: RequirementRow) -> Cell:
    return Cell(row.margin_text, kind="value", color=_LOUD.get(row.outcome, "text2"))


def _verdict(row: RequirementRow) -> Cell:
    if row.stale:
        return Cell("Stale", kind="chip", state="stale", tip=f"{row.stale}. Before: {row.word}")
    if row.outcome == RUNNING and row.fraction is not None:
        if row.fraction >= 1.0:
            return Cell("Measured", kind="chip", state="running", tip="It is judged at the end of the run")
        return Cell(f"{100 * row.fraction:.0f} %", kind="chip", state="running")
    return Cell(row.word, kind="chip", state=STATES[row.outcome])


def _evidence(row: RequirementRow) -> Cell:
    where = f"{row.evidence_text}, run {row.run_number}" if row.run_number is not None else ""
    return Cell(row.evidence_text, kind="dim", tip=where)


def _bar_words(row: RequirementRow) -> str:
    """What assistive technology reads in place of the bar."""
    return row.bar_text or ("" if row.bar is None else f"margin {row.margin_text}")


def interval_of(bar: IntervalBar, outcome: str, *, limit: float = LIMIT_AT, faint: bool = False) -> Interval:
    """A bar of the view as it is painted."""
    return Interval(
        value=bar.value,
        low=bar.low,
        high=bar.high,
        low_open=bar.low_open,
        high_open=bar.high_open,
        limit=limit,
        color=COLORS[outcome],
        faint=faint,
    )


class RequirementDelegate(CellDelegate):
    """Paints the bars; everything else as in all tables."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paint one cell."""
        if index.column() != BAR:
            super().paint(painter, option, index)
            return
        model = index.model()
        if not isinstance(model, Rows):
            return
        row: RequirementRow = model.rows[index.row()]
        painter.save()
        paint_ground(painter, option)
        area = QRectF(option.rect).adjusted(PAD, 0, -PAD, 0)
        if row.outcome == RUNNING:
            _paint_progress(painter, area, row.fraction)
        elif row.bar is not None:
            paint_interval(painter, area, interval_of(row.bar, row.outcome, faint=bool(row.stale)))
        elif row.bar_text:
            painter.setFont(THEME.font(SMALL_PX))
            painter.setPen(THEME.color("text3"))
            painter.drawText(area, _LEFT, row.bar_text)
        painter.restore()


def _paint_progress(painter: QPainter, area: QRectF, fraction: float | None) -> None:
    bar = QRectF(area.x(), area.center().y() - 3, area.width(), 6)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(THEME.color("border"))
    painter.drawRoundedRect(bar, 3, 3)
    if fraction:
        painter.setBrush(THEME.color("accent"))
        painter.drawRoundedRect(QRectF(bar.x(), bar.y(), bar.width() * min(1.0, fraction), 6), 3, 3)


class RequirementHeader(QHeaderView):
    """Says over the bars where worse and better are, and where the limit stands."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setAccessibleName("Columns of the requirements")

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:  # noqa: N802 (Qt)
        """Paint one title."""
        super().paintSection(painter, rect, logical)
        if logical == BAR:
            painter.save()
            area = QRectF(rect).adjusted(PAD, 0, -PAD, 0)
            paint_interval_head(painter, area, LIMIT_AT, ("worse", "limit", "better"))
            painter.restore()


class RequirementTable(Table[RequirementRow]):
    """The table of requirements."""

    def __init__(self) -> None:
        super().__init__("Requirements", requirement_columns(), delegate=RequirementDelegate())

    def _set_up(self) -> None:
        header = RequirementHeader(self)
        header.setSectionsClickable(False)
        self.setHorizontalHeader(header)
        super()._set_up()
