"""Two runs compared: what differs, whether that is shown, whether it is better; and whether they may be compared."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStyleOptionViewItem

from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, SMALL_PX
from ui.widgets.cell import PAD, Cell, CellDelegate, paint_ground
from ui.widgets.chip import StateIcon
from ui.widgets.controls import Button
from ui.widgets.empty import READING, Empty
from ui.widgets.grounds import clear, column, ground, row
from ui.widgets.interval_bar import Interval, paint_interval
from ui.widgets.table import Column, Rows, Table
from ui.widgets.text import Elided, Text, hint
from workbench.views.results.values import ZERO_AT, ComparedLine, ComparedRuns

BAR, ROW_PX = 4, 40
_TONES = {"ok": "ok", "err": "err", "plain": "text2"}
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)


def compare_columns() -> list[Column[ComparedLine]]:
    """The columns, in order."""
    return [
        Column(
            "Measure", lambda line: Cell(line.title, below=line.unit, tip=line.basis or line.text), 110, stretch=True
        ),
        Column("A", lambda line: Cell(line.a_text, kind="value"), 76, right=True),
        Column("B", lambda line: Cell(line.b_text, kind="value", color="text2"), 76, right=True),
        Column("A − B, 95 %", _difference, 136, right=True, tip="A less B, and its interval"),
        Column("worse      better", lambda line: Cell(line.verdict), 128, tip="Better is to the right"),
    ]


def _difference(line: ComparedLine) -> Cell:
    return Cell(line.difference_text or "—", kind="value", below=line.interval_text, tip=line.text or line.basis)


class CompareCard(QFrame):
    """The comparison of the two ticked runs."""

    frames_asked = Signal()
    """Somebody wants to see the frames on which they disagree."""

    def __init__(self) -> None:
        super().__init__()
        ground(self, "card")
        self.setAccessibleName("Two runs compared")
        self._title = Elided(weight=600)
        self._checks = QHBoxLayout()
        self._checks.setSpacing(12)
        self._note = hint(wrap=True)
        self.table: Table[ComparedLine] = Table(
            "Two runs compared", compare_columns(), row_height=ROW_PX, delegate=_Delegate()
        )
        self.empty = Empty("git-compare-arrows", "")
        self._frames = Button("Frames that differ", self.frames_asked.emit, icon_name="images")
        head = row(self._title, self._frames, margins=(12, 8, 8, 4))
        head.setStretch(0, 1)
        self._foot = column(self._checks, self._note, margins=(12, 8, 12, 8), spacing=4)
        layout = column(head, self.table, self.empty, self._foot, margins=(1, 1, 1, 1), spacing=0)
        layout.setStretch(1, 1)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        self.show_nothing(READING)

    def show_nothing(self, sentence: str) -> None:
        """Say why there is no comparison, or that it is being made."""
        self._title.setText("Two runs compared")
        self.empty.sentence.setText(sentence)
        self.empty.show()
        self.table.hide()
        self._frames.hide()
        self._note.setText("")
        clear(self._checks)

    def show_runs(self, compared: ComparedRuns) -> None:
        """Show a comparison."""
        self._title.setText(compared.title)
        self.empty.hide()
        self.table.show()
        self._frames.show()
        self.table.set_rows(compared.lines)
        clear(self._checks)
        for words, good in compared.checks:
            state = StateIcon("ok" if good else "warn", "holds" if good else "does not hold", 12)
            entry = row(
                state, Text(words if good else f"not {words}", px=SMALL_PX, role="dim" if good else "warn"), spacing=4
            )
            self._checks.addLayout(entry)
        self._checks.addStretch(1)
        withheld = "" if compared.comparable else "Figures that depend on the board are withheld. "
        self._note.setText(f"{withheld}{compared.note}")


class _Delegate(CellDelegate):
    """Paints differences around none."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        model = index.model()
        if index.column() != BAR or not isinstance(model, Rows):
            super().paint(painter, option, index)
            return
        line: ComparedLine = model.rows[index.row()]
        painter.save()
        paint_ground(painter, option)
        area = QRectF(option.rect).adjusted(PAD, 2, -PAD, -2)
        half = area.height() / 2
        color = _TONES[line.tone]
        if line.bar is not None:
            bar = line.bar
            shown = Interval(bar.value, bar.low, bar.high, bar.low_open, bar.high_open, None, color)
            upper = QRectF(area.x(), area.y(), area.width(), half)
            paint_interval(painter, upper, shown)
            painter.fillRect(
                QRectF(area.x() + area.width() * ZERO_AT - 0.5, upper.y() + 2, 1, half - 4), THEME.color("text")
            )
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        painter.setPen(THEME.color(color))
        lower = QRectF(area.x(), area.y() + half, area.width(), half) if line.bar is not None else area
        painter.drawText(lower, _CENTRE, line.verdict)
        painter.restore()
