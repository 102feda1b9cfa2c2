"""The upper part of the page: the chain with what is stale, the one next action, and what comes after it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from ui.pages.project.chain import Chain
from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, PAGE_PX, SEMIBOLD, SMALL_PX
from ui.widgets.chip import StateIcon
from ui.widgets.controls import Button
from ui.widgets.grounds import clear, column, ground, line, restyle, row
from ui.widgets.text import Elided, Text, dim, hint
from workbench.views.project.overview import CONFIRM, CORRECT, GO, NOTHING, RUN, NextAction, Strip, Waiting

_ICONS = {CORRECT: "wrench", GO: "arrow-right", RUN: "play", CONFIRM: "check", "save": "save"}
WAITING_SHOWN = 3


class StripCard(QFrame):
    """The chain, and under it where staleness enters and what mends it."""

    repair_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        ground(self, "card")
        self.chain = Chain()
        self._sentence = dim(wrap=True)
        self._repair = Button("Bring up to date", self.repair_wanted.emit, icon_name="history")
        self._below = QWidget()
        below = row(StateIcon("stale", "Stale"), self._sentence, self._repair, spacing=8)
        below.setStretch(1, 1)
        self._below.setLayout(below)
        self._below.hide()
        self.setLayout(column(self.chain, self._below, margins=(12, 12, 12, 12), spacing=8))

    def show_strip(self, strip: Strip, blocked: str) -> None:
        """Show a chain; the repair is off where nothing can run."""
        self.chain.show_boxes(strip.boxes, strip.stale_from)
        self._sentence.setText(strip.sentence)
        self._below.setVisible(bool(strip.sentence))
        self._repair.setVisible(bool(strip.repair))
        self._repair.set_text(strip.repair or "Bring up to date")
        self._repair.set_off(blocked)


class ActionCard(QFrame):
    """What to do now, the largest thing to press; and what comes after."""

    wanted = Signal(object)
    """The NextAction whose button was pressed."""
    went = Signal(object)
    """The Target of a line that was pressed."""

    def __init__(self) -> None:
        super().__init__()
        ground(self, "card")
        self.setAccessibleName("Next action")
        self._action: NextAction | None = None
        self._shown: tuple[Waiting, ...] = ()
        self._off = ""
        self._title = Text(px=PAGE_PX, weight=SEMIBOLD, wrap=True)
        self._text = dim(wrap=True)
        self._key = Text("Enter", px=SMALL_PX, weight=MEDIUM, role="hint", mono=True)
        self.button = Button("", self.press, icon_name="arrow-right", role="primary")
        self.button.setProperty("tall", True)
        self.button.setMinimumWidth(176)
        self._after = QVBoxLayout()
        self._after.setSpacing(0)
        self._side = QWidget()
        side = column(None, hint("After that"), 4, self._after, None, spacing=0)
        self._side.setLayout(side)
        self._line = line(vertical=True)
        words = column(None, self._title, self._text, None, spacing=4)
        layout = row(words, self._key, self.button, 8, self._line, 8, self._side, margins=(16, 8, 16, 8))
        layout.setStretch(0, 1)
        layout.setStretch(6, 1)
        self.setLayout(layout)
        self.setMinimumHeight(88)

    @property
    def action(self) -> NextAction | None:
        """What is shown."""
        return self._action

    def show_action(self, action: NextAction, after: Sequence[Waiting], off: str = "") -> None:
        """Show what to do now and what comes after; the button is off where `off` says why."""
        if (action, off) == (self._action, self._off) and tuple(after) == self._shown:
            return
        self._action, self._off = action, off
        self._title.setText(action.title)
        self._text.setText(action.text)
        has = action.kind != NOTHING
        self.button.setVisible(has)
        self._key.setVisible(has and not off)
        self.button.set_text(action.button or "Nothing to do")
        self.button.set_icon(_ICONS.get(action.kind, "arrow-right"))
        self.button.set_off(off)
        restyle(self, edge="accent" if has and not off else "")
        if tuple(after) != self._shown:
            self._shown = tuple(after)
            clear(self._after)
            for waiting in after[:WAITING_SHOWN]:
                self._after.addWidget(self._make_line(waiting))
        self._side.setVisible(bool(after))
        self._line.setVisible(bool(after))

    def press(self) -> None:
        """Do what the button does."""
        if self._action is not None and self._action.kind != NOTHING and self.button.isEnabled():
            self.wanted.emit(self._action)

    def _make_line(self, waiting: Waiting) -> QWidget:
        made = _WaitingLine(waiting)
        made.clicked.connect(lambda _checked=False: self.went.emit(waiting.target))
        return made


class _WaitingLine(QPushButton):
    """One line of what comes after: state, name, words; a press shows it."""

    def __init__(self, waiting: Waiting) -> None:
        super().__init__()
        self.setProperty("role", "status")
        self.setAccessibleName(f"{waiting.name}: {waiting.text}")
        self.setToolTip(waiting.text)
        name = Elided(waiting.name, px=SMALL_PX, weight=MEDIUM, mono=True, role="dim")
        name.setMinimumWidth(min(name.sizeHint().width(), 128))
        name.setMaximumWidth(128)
        words = Elided(waiting.text)
        layout = row(StateIcon(waiting.state, size=12), name, words, margins=(4, 0, 4, 0), spacing=8)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        self.setMinimumHeight(round(22 * THEME.type_scale))
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


class StateMark(QWidget):
    """An icon of 14 px in a colour, for lists that are not about states alone."""

    def __init__(self, icon_name: str, color: str, words: str) -> None:
        super().__init__()
        self._icon_name, self._color = icon_name, color
        self.setFixedSize(16, 16)
        self.setAccessibleName(words)
        THEME.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint it."""
        painter = QPainter(self)
        painter.drawPixmap(QPointF(QRectF(1, 1, 14, 14).topLeft()), pixmap(self._icon_name, self._color, 14, 2.1))
