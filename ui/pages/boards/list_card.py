"""The card of all boards: how many, a filter, the table, and its two actions."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from ui.pages.boards.table import ROW_PX, BoardDelegate, Shown, columns
from ui.theme.theme import THEME
from ui.widgets.controls import Button, Field
from ui.widgets.grounds import column, ground, line, row
from ui.widgets.table import HEADER_PX, Table
from ui.widgets.text import Elided, dim, title

LEAST_ROWS, MOST_ROWS = 1, 6


class BoardsCard(QFrame):
    """The boards."""

    chosen = Signal(str)
    """The name of the board that is selected now."""
    opened = Signal(str)
    """The one on which Enter was pressed."""

    def __init__(self, read_all: QAction, add: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        ground(self, "card")
        self._heading = title("Boards")
        self._counts = Elided(role="dim")
        self.field = Field("Filter the boards", placeholder="Filter by name, address, system (/)", icon_name="search")
        self.field.setFixedWidth(240)
        self.field.textChanged.connect(self._on_filter)
        self._nothing = dim()
        self._nothing.hide()
        self.table: Table[Shown] = Table("Boards", columns(), row_height=ROW_PX, delegate=BoardDelegate())
        self.table.chosen.connect(self._on_chosen)
        self.table.opened.connect(lambda item: self.opened.emit(item.row.name))
        self._shown: tuple[Shown, ...] = ()
        self._filling = False
        buttons = (
            self.field,
            Button("Read all again", icon_name="refresh-cw", action=read_all),
            Button("Add board", icon_name="plus", action=add),
        )
        head = row(self._heading, self._counts, *buttons, margins=(12, 8, 12, 8))
        head.setStretch(1, 1)
        self.setLayout(column(head, line(), self.table, self._nothing, spacing=0))
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    @property
    def names(self) -> tuple[str, ...]:
        """All boards, whatever the filter."""
        return tuple(item.row.name for item in self._shown)

    @property
    def current(self) -> str:
        """The board that is selected; empty where none is."""
        item = self.table.current
        return "" if item is None else item.row.name

    def show_boards(self, shown: Sequence[Shown], counts: str) -> None:
        """Show other boards, or the same as they are now; the selection stays with its board."""
        self._shown = tuple(shown)
        number = len(self._shown)
        self._heading.setText("1 board" if number == 1 else f"{number} boards")
        self._counts.setText(counts)
        self._fill(self.current)

    def choose(self, name: str) -> bool:
        """Select a board."""
        return self.table.choose(lambda item: item.row.name == name)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Make room for a scroll bar where columns need it."""
        super().resizeEvent(event)
        self._fit()

    def _on_filter(self) -> None:
        self._fill(self.current)

    def _fill(self, keep: str) -> None:
        words = self.field.text().lower().split()
        rows = [item for item in self._shown if all(word in item.row.search for word in words)]
        before = self.current
        self._filling = True
        self.table.set_rows(rows)
        if not (keep and self.choose(keep)) and rows:
            self.table.selectRow(0)
        self._filling = False
        self._nothing.setText(f"No board has {self.field.text()!r}: shorten the filter.")
        self._nothing.setVisible(bool(self._shown) and not rows)
        self._fit()
        if self.current != before:
            self.chosen.emit(self.current)

    def _fit(self) -> None:
        rows = min(MOST_ROWS, max(LEAST_ROWS, len(self._shown)))
        bar = self.table.horizontalScrollBar()
        over = self.table.horizontalHeader().length() > self.table.viewport().width()
        more = bar.sizeHint().height() if over else 0
        self.table.setFixedHeight(round((HEADER_PX + rows * ROW_PX) * THEME.type_scale) + 4 + more)

    def _on_chosen(self, item: Shown | None) -> None:
        if not self._filling:
            self.chosen.emit("" if item is None else item.row.name)

    def _on_theme(self) -> None:
        self._nothing.setContentsMargins(12, 8, 12, 12)
        self._fit()
