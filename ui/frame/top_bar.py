"""The top bar: what is open, the way to everything, the board, and the one Run button."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from ui.theme.icons import icon, pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM, RAIL, REGULAR, SEMIBOLD, TOP_BAR
from ui.widgets.chip import Chip
from ui.widgets.controls import Button, IconButton, shortcut_text
from ui.widgets.grounds import ground, line, row
from ui.widgets.text import Elided, Text, technical

SEARCH_PX, CRUMB_PX, PILL_PX = 330, 240, 240
"""Widths: of the search as it is liked best; at a type scale of 1, of one crumb and the board's name at most."""
WORDS = ("Search, jump to or run a command", "Search or run", "Search")


class TopBar(QWidget):
    """The window's head. It shows what it is told and knows no project."""

    pill_pressed = Signal()

    def __init__(self, home: QAction, search: QAction, run: QAction, switches: Sequence[tuple[str, QAction]]) -> None:
        """Make the bar.

        Args:
            home: shows Welcome.
            search: opens the palette.
            run: the main job.
            switches: icon and action of the buttons at the right end.
        """
        super().__init__()
        ground(self, "panel")
        self.mark = IconButton("workflow", "Welcome", action=home, size=20, side=28, color="accent")
        self._mark_place = QWidget()
        self._mark_place.setLayout(row(None, self.mark, None))
        self._crumbs = QHBoxLayout()
        self._crumbs.setSpacing(8)
        self._chip = Chip()
        self._chip.hide()
        self._search = SearchButton(search)
        self.pill = BoardPill()
        self.pill.clicked.connect(lambda _checked=False: self.pill_pressed.emit())
        self.run = Button(run.text(), icon_name="play", role="primary", action=run)
        self._tools = [IconButton(name, action.text(), action=action) for name, action in switches]
        layout = row(self._mark_place, self._crumbs, self._chip, None, self._search, None, self.pill, self.run, 4)
        layout.setStretch(layout.indexOf(self._search), 1000)
        layout.addWidget(line(vertical=True))
        for button in self._tools:
            button.setProperty("role", "switch")
            layout.addWidget(button)
        layout.setContentsMargins(4, 8, 12, 8)
        self.setLayout(layout)
        self.set_crumbs(("Slipway",))
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def set_crumbs(self, crumbs: Sequence[str]) -> None:
        """Show where we are: project, model, candidate, release."""
        while (item := self._crumbs.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for at, crumb in enumerate(crumbs):
            if at:
                self._crumbs.addWidget(_chevron())
            outer = at in {0, len(crumbs) - 1}
            label = Elided(crumb, px=BODY_PX + 1, weight=SEMIBOLD if outer else MEDIUM, role="" if outer else "dim")
            label.setMaximumWidth(THEME.px(CRUMB_PX))
            self._crumbs.addWidget(label)

    def set_chip(self, state: str, text: str) -> None:
        """Show the worst thing of the project beside its name; nothing where the text is empty."""
        self._chip.setVisible(bool(text))
        if text:
            self._chip.set(state, text)

    def _on_theme(self) -> None:
        self.setFixedHeight(THEME.px(TOP_BAR))
        self._mark_place.setFixedWidth(RAIL - 12)


class SearchButton(QPushButton):
    """Looks like a field and opens the palette; says as much as there is room for."""

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self.setProperty("role", "search")
        self.setAccessibleName(action.text())
        self.setToolTip(action.toolTip())
        self.clicked.connect(lambda _checked=False: action.trigger())
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._keys = technical(shortcut_text(action), role="hint")
        self.setLayout(row(None, self._keys, margins=(0, 0, 8, 0)))
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """Icon and shortcut; the layout gives it what the names beside it leave."""
        return QSize(self._keys.sizeHint().width() + THEME.px(14) + 40, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """No less than that."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Choose the words that fit."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - self._keys.sizeHint().width() - THEME.px(14) - 48
        fitting = (f" {words}" for words in WORDS if self.fontMetrics().horizontalAdvance(words) <= room)
        self.setText(next(fitting, ""))

    def _on_theme(self) -> None:
        self.setFont(THEME.font(BODY_PX, REGULAR))
        self.setIcon(icon("search", "text3", THEME.px(14)))
        self.setIconSize(QSize(THEME.px(14), THEME.px(14)))
        self.setMaximumWidth(max(SEARCH_PX, self.sizeHint().width()))
        self._fit()


class BoardPill(QPushButton):
    """The chosen board with its state; a click opens its menu."""

    def __init__(self) -> None:
        super().__init__()
        self._look = ("text2", "this machine")
        self._on_theme()
        THEME.changed.connect(self._on_theme)
        self.set("text2", "this machine")

    def set(self, color: str, text: str, tip: str = "") -> None:
        """Show a board: the token of its state, its name and figures, and what the tooltip adds."""
        self._look = (color, text)
        self.setAccessibleName(f"Board: {text}")
        self.setToolTip(tip or "The board that Run works on")
        self._on_theme()

    def _on_theme(self) -> None:
        color, text = self._look
        self.setFont(THEME.font(BODY_PX, MEDIUM))
        # Style sheets have no room between icon and words.
        shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, THEME.px(PILL_PX))
        self.setText(f" {shown}")
        self.setIcon(icon("microchip", color, THEME.px(14)))
        self.setIconSize(QSize(THEME.px(14), THEME.px(14)))


def _chevron() -> Text:
    made = Text()
    made.setPixmap(pixmap("chevron-right", "text3", THEME.px(12)))
    return made
