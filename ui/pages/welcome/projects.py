"""Projects: the last one with its chain, and those before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, PAGE_PX, SEMIBOLD, SMALL_PX
from ui.widgets.chip import Chip, StateIcon
from ui.widgets.controls import Button
from ui.widgets.grounds import clear, column, ground, line, row
from ui.widgets.press_row import PressRow
from ui.widgets.states import look_of
from ui.widgets.text import Elided, Text, dim, technical
from workbench.views.welcome import Fact, Mark, ProjectCard

MARK_PX, STEP_PX = 14, 24
NAME_PX, CHIP_PX, ABOUT_PX = 190, 128, 190


class Marks(QWidget):
    """The five marks of a chain; with their words where there is room."""

    def __init__(self, marks: Sequence[Mark], *, words: bool = False) -> None:
        super().__init__()
        self._marks, self._words = tuple(marks), words
        told = ", ".join(f"{mark.stage} {mark.word.lower()}" for mark in self._marks)
        self.setAccessibleName(f"Chain: {told}")
        self.setToolTip(told)
        side = QSizePolicy.Policy.Expanding if words else QSizePolicy.Policy.Fixed
        self.setSizePolicy(side, QSizePolicy.Policy.Fixed)
        THEME.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """All five."""
        if not self._words:
            return QSize(STEP_PX * len(self._marks), MARK_PX + 2)
        return QSize(400, round(38 * THEME.type_scale))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint icons, the line between them, and their words."""
        painter = QPainter(self)
        step = self.width() / max(1, len(self._marks)) if self._words else STEP_PX
        if self._words and self._marks:
            painter.setPen(QPen(THEME.color("border"), 1))
            painter.drawLine(QPointF(MARK_PX + 4, 8.5), QPointF(step * (len(self._marks) - 1), 8.5))
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        for at, mark in enumerate(self._marks):
            look = look_of(mark.state)
            x = round(at * step)
            if self._words:
                painter.fillRect(x, 0, MARK_PX + 4, MARK_PX + 4, THEME.color("surface"))
            painter.drawPixmap(QPointF(x, 1), pixmap(look.icon, look.color, MARK_PX, 2.1))
            if self._words:
                painter.setPen(THEME.color("text2"))
                place = self.rect().adjusted(x, 18, 0, 0)
                painter.drawText(place, int(Qt.AlignmentFlag.AlignTop), mark.stage.capitalize())


class LastCard(QFrame):
    """The last project: where it stands, what matters, and the way back into it."""

    def __init__(self, go_on: QAction) -> None:
        super().__init__()
        ground(self, "card")
        self._go_on = go_on
        self._body = QVBoxLayout(self)
        self._body.setContentsMargins(20, 16, 20, 16)
        self._body.setSpacing(12)
        self._card: ProjectCard | None = None

    def show_project(self, card: ProjectCard) -> None:
        """Show a project."""
        if card == self._card:
            return
        self._card = card
        self.setAccessibleName(f"Last project: {card.name}, {card.word}")
        clear(self._body)
        name = Text(card.name, px=PAGE_PX, weight=SEMIBOLD)
        self._body.addLayout(row(name, Chip(card.state, card.word), None, dim(card.opened_text)))
        about = [technical(card.shown_folder, role="dim")]
        about += [dim(text) for text in (card.id, card.about) if text]
        self._body.addLayout(row(*about, None, spacing=16))
        self._body.addWidget(Marks(card.marks, words=True))
        facts = column(*(self._fact(fact) for fact in card.facts), None, spacing=4)
        button = Button("Continue", icon_name="arrow-right", role="primary", action=self._go_on)
        button.setProperty("tall", True)
        button.setMinimumWidth(128)
        side = column(None, row(technical("Enter", role="hint"), button, spacing=12))
        foot = row(facts, side, spacing=16)
        foot.setStretch(0, 1)
        self._body.addLayout(foot)

    def _fact(self, fact: Fact) -> QHBoxLayout:
        layout = row(StateIcon(fact.state), Elided(fact.text))
        layout.setStretch(1, 1)
        return layout


class RecentList(QFrame):
    """Projects of before: Enter opens one, Delete takes it off the list."""

    opened = Signal(object)
    """Its ProjectCard."""
    dropped = Signal(object)
    locate_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        ground(self, "card")
        self.setAccessibleName("Recent projects")
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(1, 1, 1, 1)
        self._rows.setSpacing(0)
        self._cards: tuple[ProjectCard, ...] = ()

    def show_projects(self, cards: Sequence[ProjectCard]) -> None:
        """Show them, newest first; the focus stays at its place."""
        if tuple(cards) == self._cards:
            return
        rows = self.findChildren(PressRow)
        at = next((number for number, item in enumerate(rows) if item.hasFocus()), -1)
        self._cards = tuple(cards)
        clear(self._rows)
        made = [self._row(card) for card in self._cards]
        for number, item in enumerate(made):
            if number:
                self._rows.addWidget(line())
            self._rows.addWidget(item)
        if at >= 0 and made:
            made[min(at, len(made) - 1)].setFocus()

    def _row(self, card: ProjectCard) -> PressRow:
        name = Text(card.name, weight=SEMIBOLD, role="" if card.exists else "hint")
        where = Elided(card.shown_folder, middle=True, px=SMALL_PX, mono=True, role="hint")
        left = _fixed(column(name, where, spacing=2), NAME_PX)
        chip = _fixed(row(Chip(card.state, card.word), None), CHIP_PX)
        about: list[QWidget] = [Elided(card.about, px=SMALL_PX), Elided(card.opened_text, px=SMALL_PX, role="dim")]
        words = column(*about, spacing=2)
        if not card.exists:
            locate = Button("Locate…", partial(self.locate_wanted.emit, card), role="link")
            locate.setAccessibleName(f"Locate {card.name}")
            words = column(about[0], row(locate, None), spacing=0)
        layout = row(left, Marks(card.marks), chip, words, margins=(16, 8, 12, 8), spacing=16)
        layout.setStretch(3, 1)
        told = ", ".join(part for part in (card.name, card.word, card.about, card.opened_text) if part)
        press: Callable[[], object] = partial((self.opened if card.exists else self.locate_wanted).emit, card)
        return PressRow(told, layout, press, keys={Qt.Key.Key_Delete: partial(self.dropped.emit, card)})


def _fixed(layout: QLayout, width: int) -> QWidget:
    made = QWidget()
    made.setLayout(layout)
    made.setFixedWidth(round(width * THEME.type_scale))
    return made
