"""The column of an inspector: a title, then sections of names and values."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.theme.tokens import BODY_PX, MEDIUM, SMALL_PX
from ui.widgets.chip import Chip
from ui.widgets.grounds import Item, clear, line, row
from ui.widgets.text import Elided, Text, dim, page_title, title

LONG_NAME = 20
"""Of more letters a name gives way to its value."""


class Facts(QWidget):
    """What is known of one thing. Fill it anew with `begin`, then sections and facts."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 12, 16, 12)
        self._column.setSpacing(8)

    def begin(self, heading: str, about: str = "", chip: tuple[str, str] | None = None) -> None:
        """Empty the column and give it a title, a sentence under it, and a state (state, words)."""
        clear(self._column)
        name = page_title(heading)
        name.setWordWrap(True)
        head = row(name, *([Chip(*chip)] if chip else []))
        head.setStretch(0, 1)
        self._column.addLayout(head)
        if about:
            self._column.addWidget(dim(about, wrap=True))

    def section(self, heading: str, extra: QWidget | None = None) -> None:
        """Begin a section."""
        self._column.addSpacing(4)
        self._column.addWidget(line())
        self._column.addLayout(row(title(heading), None, *([extra] if extra else [])))

    def fact(self, name: str, value: str, *, role: str = "", mono: bool = False, extra: str = "") -> Text:
        """A name and its value; `extra` stands small behind it (a read time, a unit)."""
        label = Elided(name, middle=True, role="dim") if len(name) > LONG_NAME else dim(name)
        shown = Elided(value, middle=mono, px=SMALL_PX if mono else BODY_PX, weight=MEDIUM, role=role, mono=mono)
        shown.setAlignment(Qt.AlignmentFlag.AlignRight)
        shown.setAccessibleName(f"{name}: {value} {extra}".strip())
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        items: list[Item] = [label, shown]
        if extra:
            items.append(Text(extra, px=SMALL_PX, role="hint"))
        layout = row(*items, spacing=12)
        layout.setStretch(1, 1)
        self._column.addLayout(layout)
        return shown

    def sentence(self, text: str, role: str = "dim") -> Text:
        """A sentence over the whole width."""
        made = Text(text, role=role, wrap=True)
        self._column.addWidget(made)
        return made

    def add(self, item: Item) -> None:
        """Anything else: a widget, a layout, a gap, or what takes the rest (None)."""
        if item is None:
            self._column.addStretch(1)
        elif isinstance(item, int):
            self._column.addSpacing(item)
        elif isinstance(item, QWidget):
            self._column.addWidget(item)
        else:
            self._column.addLayout(item)

    def end(self, *buttons: QWidget) -> None:
        """End the column; buttons stand at its foot."""
        self._column.addStretch(1)
        if buttons:
            self._column.addLayout(row(*buttons))
