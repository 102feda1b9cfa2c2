"""The layers of the model as a table with a filter in words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedWidget, QWidget

from ui.theme.theme import THEME
from ui.widgets.cell import Cell
from ui.widgets.controls import Field, IconButton
from ui.widgets.empty import Empty
from ui.widgets.grounds import card, column, line, row
from ui.widgets.table import Column, Table
from ui.widgets.text import Elided, hint, title
from workbench.views.model import LayerMatch, LayerRow, LayerTable

TYPING_MS = 120
"""A filter is asked for once nobody typed for so long."""
_HELP = (
    "Words and conditions with a space between them: op:conv  macs>40M  params>=10k  share>2%  name:/22/*  out:64x48  "
    "kept:  kept:int8-k6  -op:conv"
)


def _macs(one: LayerRow) -> Cell:
    value, _, unit = one.macs_text.partition(" ") if one.macs is not None else (one.macs_text, "", "")
    return Cell(value, unit=unit, kind="value")


MOST_STRETCHED = 1
"""With more candidates the names keep their width, and the table is scrolled sideways."""
COLUMNS: tuple[Column[LayerRow], ...] = (
    Column("Operator", lambda one: Cell(one.operator), 88),
    Column("Output", lambda one: Cell(one.output, kind="dim"), 88),
    Column("Parameters", lambda one: Cell(one.parameters_text, kind="value"), 84, right=True),
    Column("MACs", _macs, 66, right=True, tip="Multiply-accumulates of one frame"),
    Column("Share", lambda one: Cell(one.share_text, bar=one.bar, color="text3"), 76, tip="Of the model's MACs"),
)


def _columns(candidates: Sequence[str]) -> list[Column[LayerRow]]:
    stretch = len(candidates) <= MOST_STRETCHED
    name: Column[LayerRow] = Column(
        "Layer", lambda one: Cell(one.label, kind="mono", tip=one.name), 108, stretch=stretch
    )
    return [name, *COLUMNS, *(Column(each, partial(_precision, at), 44) for at, each in enumerate(candidates))]


def _precision(at: int, one: LayerRow) -> Cell:
    text = one.precisions[at] if at < len(one.precisions) else ""
    return Cell(text or "–", kind="strong" if text == "float" else "dim")


class LayersCard(QWidget):
    """The card with the layers."""

    filter_wanted = Signal(str)
    """The text of the filter, once somebody has typed it."""

    def __init__(self, export: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table: LayerTable | None = None
        self.field = Field("Filter of the layers", placeholder="op:conv  macs>40M", icon_name="filter", mono=True)
        self.field.setToolTip(_HELP)
        self.field.setClearButtonEnabled(True)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(lambda: self.filter_wanted.emit(self.field.text()))
        self.field.textChanged.connect(lambda _text: self._typing.start())
        self._count = hint()
        self._wrong = Elided(role="warn")
        self.table: Table[LayerRow] = Table("Layers of the model", _columns(()))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(Empty("layers", "No layer fits this filter."))
        head = row(
            title("Layers"),
            self._count,
            self._wrong,
            self.field,
            IconButton("download", "Export", action=export),
            margins=(12, 4, 8, 4),
        )
        head.setStretch(2, 1)
        self.setLayout(column(card(head, line(), self._stack, margins=(0, 0, 0, 0), spacing=0), spacing=0))
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def show_table(self, table: LayerTable) -> None:
        """Show all layers; a filter that stands there is asked for again."""
        if self._table is None or table.candidates != self._table.candidates:
            self.table.rows.set_columns(_columns(table.candidates))
        self._table = table
        self._wrong.setText(table.problem)
        self._show(table.rows, f"{len(table.rows):,} layers, {table.weighted:,} with weights")
        if self.field.text().strip():
            self.filter_wanted.emit(self.field.text())

    def show_match(self, match: LayerMatch) -> None:
        """Show what a filter leaves."""
        if self._table is not None:
            rows = [self._table.rows[at] for at in match.rows if at < len(self._table.rows)]
            self._show(rows, match.text)
            self._wrong.setText(match.problem)
            self.field.set_state("warn" if match.problem else "")

    def set_filter(self, text: str) -> None:
        """Filter by this."""
        self.field.setText(text)

    def _show(self, rows: Sequence[LayerRow], text: str) -> None:
        self.table.set_rows(rows)
        self._count.setText(text)
        self._stack.setCurrentIndex(0 if rows else 1)

    def _on_theme(self) -> None:
        self.field.setFixedWidth(round(208 * THEME.type_scale))
