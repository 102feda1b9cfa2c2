"""What does not work on a board, the worst first, with what it costs and the command; and what works."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from ui.theme.tokens import SEMIBOLD
from ui.widgets.chip import Chip, StateIcon
from ui.widgets.command_box import CommandBox
from ui.widgets.controls import Button
from ui.widgets.grounds import Item, clear, column, ground, line, row
from ui.widgets.text import Text, dim, hint, title
from workbench.views.boards.values import BoardDetail, Missing, Works

_WORDS = {"err": "Missing", "warn": "To know", "todo": "Optional"}
Act = Callable[[Missing], None]


class WorksCard(QFrame):
    """Filled anew for each board."""

    def __init__(self, on_run: Act, read: QAction, parent: QWidget | None = None) -> None:
        """Make it.

        Args:
            on_run: does what brings one thing, after the person read it.
            read: reads the board; shown where it was never read.
            parent: the widget that it belongs to.
        """
        super().__init__(parent)
        ground(self, "card")
        self.setAccessibleName("What works on the board")
        self._on_run = on_run
        self._read = read
        self._shown: tuple[object, ...] | None = None
        self.first_command: CommandBox | None = None
        """The command of the first thing that is missing."""
        self._head, self._chips = title(), row(spacing=8)
        self._about = hint()
        self._body = QVBoxLayout()
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(0)
        head = row(self._head, self._about, None, self._chips, margins=(12, 8, 12, 8))
        self.setLayout(column(head, line(), self._body, None, spacing=0))

    def show_board(self, detail: BoardDetail) -> None:
        """Show a board; nothing is built anew where nothing changed."""
        self._about.setText(f"read {detail.read}, again before each job" if detail.works else "")
        shown = (
            detail.name,
            detail.missing,
            detail.works,
            detail.nothing_missing,
            bool(detail.groups),
            detail.road is not None,
        )
        if shown == self._shown:
            return
        self._shown = shown
        self._head.setText(f"What works on {detail.name}")
        clear(self._chips)
        clear(self._body)
        self.first_command = None
        self._chip("err", [item for item in detail.missing if item.look == "err"], "missing")
        self._chip("warn", [item for item in detail.missing if item.look == "warn"], "to know")
        if detail.works:
            self._chips.addWidget(Chip("ok", f"{len(detail.works)} work"))
        if not detail.groups:
            self._body.addWidget(self._never_read(detail))
            return
        for item in detail.missing:
            self._body.addWidget(self._missing(item))
            self._body.addWidget(line())
        if detail.nothing_missing:
            self._body.addLayout(row(dim(detail.nothing_missing), margins=(12, 12, 12, 0)))
        self._body.addLayout(_works(detail.works))

    def _chip(self, look: str, items: list[Missing], word: str) -> None:
        if items:
            self._chips.addWidget(Chip(look, f"{len(items)} {word}"))

    def _never_read(self, detail: BoardDetail) -> QWidget:
        words = (
            "It was never reached, so nothing is known of it."
            if detail.road
            else "It was never read: nothing is sent but Slipway's own agent, and nothing on it changes."
        )
        made = QWidget()
        read = Button("Read it now", icon_name="rotate-cw", role="primary", action=self._read)
        made.setLayout(column(dim(words, wrap=True), row(read, None), margins=(12, 12, 12, 12), spacing=12))
        return made

    def _missing(self, item: Missing) -> QWidget:
        made = QWidget()
        made.setAccessibleName(f"{item.title}: {item.found}")
        head = row(StateIcon(item.look, _WORDS[item.look]), Text(item.title, weight=SEMIBOLD), dim(item.cost), None)
        items: list[Item] = [head, row(24, _wrapped(item.found))]
        if item.command:
            items.append(self._command(item))
        if item.words:
            items.append(row(24, _wrapped(item.words)))
        made.setLayout(column(*items, margins=(12, 8, 12, 8), spacing=4))
        return made

    def _command(self, item: Missing) -> Item:
        box = CommandBox(item.command, f"Command for {item.title}")
        if self.first_command is None:
            self.first_command = box
        items: list[Item] = [24, box]
        if item.runs:
            text = "Prepare…" if item.runs == "prepare" else "Run after reading…"
            button = Button(text, lambda: self._on_run(item), icon_name="terminal")
            button.setAccessibleName(f"{text.rstrip('…')}: {item.title}")
            items.append(button)
        made = row(*items)
        made.setStretch(1, 1)
        return made


def _wrapped(text: str) -> Text:
    made = dim(text, wrap=True)
    made.setSizePolicy(made.sizePolicy().Policy.Expanding, made.sizePolicy().verticalPolicy())
    return made


def _works(works: tuple[Works, ...]) -> QGridLayout:
    """Two columns of quiet lines."""
    grid = QGridLayout()
    grid.setContentsMargins(12, 12, 12, 12)
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(8)
    for at, item in enumerate(works):
        side = 3 * (at % 2)
        grid.addWidget(StateIcon("ok", "Works"), at // 2, side)
        grid.addWidget(Text(item.title), at // 2, side + 1)
        detail = hint(item.detail)
        grid.addWidget(detail, at // 2, side + 2)
    grid.setColumnStretch(2, 1)
    grid.setColumnStretch(5, 1)
    return grid
