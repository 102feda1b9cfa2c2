"""A table as plain text cells, and how it looks in a terminal and in a pipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.command.plain import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

NOT_KNOWN = "—"
STYLES = {
    "PASS": "green",
    "FAIL": "bold red",
    "INCONCLUSIVE": "yellow",
    "NOT MEASURED": "magenta",
    "ok": "green",
    "warning": "yellow",
    "missing": "bold red",
    "current": "green",
    "stale": "yellow",
}
"""Colours of the words that people look for."""
UNBROKEN = 15
"""Columns as narrow as this keep their lines whole; wider ones make room."""
GAP = "  "


@dataclass(frozen=True)
class Table:
    """Rows of text under headings; `right` names the columns of numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    right: frozenset[str] = frozenset()


def print_table(table: Table, console: Console) -> None:
    """Print a table: wrapped to the width of a terminal, one line a row in a pipe."""
    if console.is_terminal:
        console.print(rich_table(table, console.width))
        return
    widths = [max(len(cell) for cell in column) for column in zip(table.columns, *table.rows, strict=True)]
    if table.title:
        console.out(table.title, highlight=False)
    for row in (table.columns, *table.rows):
        cells = [
            _pad(printable(cell), width, name in table.right)
            for cell, width, name in zip(row, widths, table.columns, strict=True)
        ]
        console.out(GAP.join(cells).rstrip(), highlight=False)


def _pad(cell: str, width: int, right: bool) -> str:
    text = cell.replace("\n", " ")
    return text.rjust(width) if right else text.ljust(width)


def style_of(cell: str) -> str:
    """The colour of a cell; a PASS of a part, or a quick one, is never as green as a whole one."""
    if cell in STYLES:
        return STYLES[cell]
    outcome = next((word for word in ("PASS", "FAIL", "INCONCLUSIVE", "NOT MEASURED") if cell.startswith(word)), "")
    return "yellow" if outcome == "PASS" else STYLES.get(outcome, "")


def rich_table(table: Table, width: int) -> RichTable:
    """The table as it is drawn in a terminal of this many columns."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    title = Text(printable(table.title), style="bold") if table.title else None
    made = RichTable(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for name, fitting in zip(table.columns, fit_columns(table, width), strict=True):
        made.add_column(name, justify="right" if name in table.right else "left", overflow="fold", width=fitting)
    for row in table.rows:
        made.add_row(*(Text(printable(cell), style=style_of(cell)) for cell in row))
    return made


def fit_columns(table: Table, width: int) -> list[int]:
    """Widths that break no word; on a screen of too few columns for that, only the longest words are broken."""
    columns = list(zip(table.columns, *table.rows, strict=True))
    whole = [max(_length(line) for cell in cells for line in cell.split("\n")) for cells in columns]
    words = [max(_length(word) for cell in cells for word in cell.split() or [""]) for cells in columns]
    room = width - len(GAP) * len(columns)
    longest = max((cap for cap in range(max(words)) if sum(min(word, cap) for word in words) <= room), default=0)
    fitting = words if sum(words) <= room else [max(1, min(word, longest)) for word in words]
    spare = max(0, room - sum(fitting))
    for index in sorted(range(len(columns)), key=whole.__getitem__):
        more = whole[index] - fitting[index]
        if whole[index] <= UNBROKEN and more <= spare:
            fitting[index], spare = whole[index], spare - more
    while spare and fitting != whole:
        tallest = max(range(len(columns)), key=lambda index: whole[index] / max(1, fitting[index]))
        fitting[tallest], spare = fitting[tallest] + 1, spare - 1
    return fitting


def _length(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(printable(text))
