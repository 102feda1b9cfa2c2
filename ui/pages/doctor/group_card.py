"""What Slipway needs of one kind, as a card: how many are there, and each with what was found."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame

from ui.theme.theme import THEME
from ui.theme.tokens import TABLE_ROW
from ui.widgets.cell import Cell
from ui.widgets.chip import Chip
from ui.widgets.grounds import column, ground, line, row
from ui.widgets.table import HEADER_PX, Column, Table
from ui.widgets.text import title
from workbench.views.doctor import Need

COLUMNS = (
    Column[Need]("Needed", lambda need: Cell(need.name, kind="strong", state=need.state), 184),
    Column[Need]("Found", lambda need: Cell(need.found, tip=need.found), 160, stretch=True),
    Column[Need]("State", lambda need: Cell(need.word, kind="dim"), 80),
)


class GroupCard(QFrame):
    """One group; rows in the order in which they are given."""

    def __init__(self, group: str) -> None:
        super().__init__()
        ground(self, "card")
        self.setAccessibleName(group)
        self.group = group
        self._chip = Chip("ok")
        self.table: Table[Need] = Table(group, COLUMNS)
        head = row(title(group), None, self._chip, margins=(12, 8, 12, 8))
        self.setLayout(column(head, line(), self.table, margins=(1, 1, 1, 5), spacing=0))
        THEME.changed.connect(self._fit)

    def show_needs(self, needs: Sequence[Need], *, of: int) -> None:
        """Show these of so many; the card is gone where none is left."""
        self.table.set_rows(needs)
        good = sum(need.state == "ok" for need in needs)
        worst = next((state for state in ("err", "warn") if any(need.state == state for need in needs)), "ok")
        shown = f"{good} of {len(needs)} there" if good < len(needs) else f"all {good} there"
        self._chip.set(worst, shown if len(needs) == of else f"{len(needs)} of {of} shown")
        self.setVisible(bool(needs))
        self._fit()

    def _fit(self) -> None:
        """As high as its rows: the page scrolls, not its cards."""
        self.table.setFixedHeight(THEME.px(HEADER_PX + len(self.table.rows.rows) * TABLE_ROW) + 2)
