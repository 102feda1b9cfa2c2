"""The command palette: one field for commands, artefacts, requirements, runs and boards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QWidget

from ui.theme.theme import THEME
from ui.widgets.cell import Cell
from ui.widgets.controls import Field
from ui.widgets.grounds import column, ground
from ui.widgets.table import Column, Table
from ui.widgets.text import dim

WIDTH_PX, HEIGHT_PX = 640, 420
MOVES = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}


@dataclass(frozen=True)
class Entry:
    """One thing that can be found."""

    title: str
    about: str
    kind: str
    """`Command`, `Run`, `Requirement`, …"""
    icon: str
    shortcut: str
    choose: Callable[[], object]
    """What choosing it does."""


class Palette(QDialog):
    """Finds as one types; Enter does it, Escape leaves."""

    def __init__(self, find: Callable[[str, Callable[[Sequence[Entry]], object]], object], parent: QWidget) -> None:
        """Make the palette; `open` shows it.

        Args:
            find: called with what was typed and where the entries go, best first; they may come later.
            parent: the window.
        """
        super().__init__(parent)
        ground(self, "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Search")
        self.setAccessibleName("Command palette")
        self._find = find
        self._asked = 0
        self.field = Field("Search, jump to or run a command", placeholder="Search, jump to or run", icon_name="search")
        self.field.textChanged.connect(self._on_text)
        self.field.returnPressed.connect(self._on_return)
        self.field.installEventFilter(self)
        self.table: Table[Entry] = Table("Found", COLUMNS)
        self.table.horizontalHeader().hide()
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.clicked.connect(lambda _index: self._on_return())
        self._none = dim("Nothing fits. Try fewer letters.")
        self._none.hide()
        self.setLayout(column(self.field, self._none, self.table, margins=(12, 12, 12, 12)))
        room = parent.size() - QSize(48, 48)
        self.resize(QSize(THEME.px(WIDTH_PX), THEME.px(HEIGHT_PX)).boundedTo(room))
        self._on_text("")

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt)
        """Arrows in the field walk the list."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and Qt.Key(event.key()) in MOVES:
            self.table.keyPressEvent(event)
            return True
        return False

    def _on_text(self, text: str) -> None:
        self._asked += 1
        number = self._asked
        self._find(text, lambda entries: self._show(number, entries))

    def _show(self, number: int, entries: Sequence[Entry]) -> None:
        if number != self._asked:
            return
        self.table.set_rows(entries)
        self._none.setVisible(not entries)
        if entries:
            self.table.selectRow(0)
            self.table.scrollToTop()

    def _on_return(self) -> None:
        entry = self.table.current
        if entry is not None:
            self.accept()
            entry.choose()


COLUMNS = (
    Column[Entry]("Name", lambda entry: Cell(entry.title, kind="strong", icon=entry.icon), 256, stretch=True),
    Column[Entry]("About", lambda entry: Cell(entry.about, kind="dim"), 160),
    Column[Entry]("Kind", lambda entry: Cell(entry.kind, kind="dim"), 104),
    Column[Entry]("Shortcut", lambda entry: Cell(entry.shortcut, kind="mono"), 96),
)
