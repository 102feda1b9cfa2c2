"""What waits for a person, what works in the background, and the boards as they were seen last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui.frame.job_table import LOOKS, clock
from ui.theme.theme import THEME
from ui.theme.tokens import MEDIUM, SEMIBOLD
from ui.widgets.chip import StateIcon
from ui.widgets.controls import Button
from ui.widgets.grounds import clear, column, ground, line, row
from ui.widgets.press_row import PressRow
from ui.widgets.text import Elided, Text, dim
from workbench.jobs.story import JobRow
from workbench.views.boards.values import BoardRow
from workbench.views.welcome import Fact

NAME_PX, STATE_PX, SEEN_PX = 112, 124, 72
MOST_JOBS = 6


@dataclass(frozen=True)
class Waits:
    """One thing that waits for a person."""

    heading: str
    fact: Fact
    folder: Path | None = None
    """The project; None for a job of this window."""
    job: str = ""


class Block(QWidget):
    """A heading over a card of rows; it is away where there are none."""

    def __init__(self, heading: str) -> None:
        super().__init__()
        self.setAccessibleName(heading)
        self._count = dim()
        self.frame = ground(QFrame(), "card")
        self._rows = QVBoxLayout(self.frame)
        self._rows.setContentsMargins(1, 1, 1, 1)
        self._rows.setSpacing(0)
        self.amount = 0
        """How many rows there are."""
        head = row(Text(heading, weight=SEMIBOLD), None, self._count)
        self.setLayout(column(head, self.frame, spacing=8))

    def fill(self, rows: Sequence[QWidget], about: str, *, lines: bool = True) -> None:
        """Show other rows."""
        clear(self._rows)
        for at, item in enumerate(rows):
            if at and lines:
                self._rows.addWidget(line())
            self._rows.addWidget(item)
        self._count.setText(about)
        self.amount = len(rows)
        self.setVisible(bool(rows))


class WaitsList(Block):
    """What only a person can settle."""

    chosen = Signal(object)
    """The Waits whose button was pressed."""

    def __init__(self) -> None:
        super().__init__("Waits for you")
        self._shown: tuple[Waits, ...] = ()
        self.hide()

    def show_waits(self, waits: Sequence[Waits]) -> None:
        """Show them."""
        if tuple(waits) != self._shown:
            self._shown = tuple(waits)
            self.fill([self._row(item) for item in waits], str(len(waits)))

    def _row(self, item: Waits) -> QWidget:
        words = column(Elided(item.heading, weight=SEMIBOLD), Elided(item.fact.text, role="dim"), spacing=2)
        button = Button(item.fact.button, partial(self.chosen.emit, item))
        button.setAccessibleName(f"{item.fact.button}: {item.heading}, {item.fact.text}")
        button.setMinimumWidth(84)
        made = QWidget()
        layout = row(StateIcon(item.fact.state), words, button, margins=(16, 8, 16, 8), spacing=12)
        layout.setStretch(1, 1)
        made.setLayout(layout)
        return made


class JobsList(Block):
    """What works in the background, and what ended last; the jobs panel has all of them."""

    chosen = Signal(object)
    """The JobRow that was pressed."""

    def __init__(self) -> None:
        super().__init__("Jobs")
        self._shown: tuple[tuple[str, ...], ...] = ()
        self.hide()

    def show_jobs(self, rows: Sequence[JobRow]) -> None:
        """Show the first of them: those that work come first."""
        shown = rows[:MOST_JOBS]
        words = tuple((job.head.id, job.state, job.step, clock(job.elapsed_s)) for job in shown)
        if words == self._shown:
            return
        self._shown = words
        working = sum(job.in_flight for job in rows)
        about = f"{working} running in the background" if working else "as they ended last"
        self.fill([self._row(job) for job in shown], about, lines=False)

    def _row(self, job: JobRow) -> PressRow:
        name = Elided(job.head.title, weight=SEMIBOLD)
        name.setFixedWidth(round((NAME_PX + 40) * THEME.type_scale))
        elapsed = dim(clock(job.elapsed_s))
        look = LOOKS.get(job.state, job.state)
        words = job.step or job.state_text
        layout = row(
            StateIcon(look, job.state_text),
            name,
            Elided(words, role="dim"),
            elapsed,
            margins=(16, 5, 16, 5),
            spacing=12,
        )
        layout.setStretch(2, 1)
        return PressRow(f"{job.head.title}, {job.state_text}, {words}", layout, partial(self.chosen.emit, job))


class BoardsList(Block):
    """Boards as they were seen last; none is asked."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__("Boards you know")
        self._shown: tuple[BoardRow, ...] = ()

    def show_boards(self, boards: Sequence[BoardRow], problem: str) -> None:
        """Show them, or why they cannot be read."""
        if problem:
            self._shown = ()
            sentence = Text(problem, role="err", wrap=True)
            sentence.setContentsMargins(16, 8, 16, 8)
            self.fill([sentence], "")
        elif tuple(boards) != self._shown:
            self._shown = tuple(boards)
            self.fill([self._row(board) for board in boards], f"{len(boards)}, as last seen from here", lines=False)

    def _row(self, board: BoardRow) -> PressRow:
        about = ", ".join(text for text in (board.system.text, board.runtime.text) if text)
        state = board.state.word if board.hottest_c is None else f"{board.state.word}, {board.hottest_text} °C"
        cells = (
            (Elided(board.name, weight=SEMIBOLD), NAME_PX),
            (Elided(about, role="dim"), 0),
            (Elided(state, weight=MEDIUM), STATE_PX),
            (Elided(board.seen.text, role="dim"), SEEN_PX),
        )
        layout: QHBoxLayout = row(StateIcon(board.state.look, board.state.word), margins=(16, 5, 16, 5), spacing=12)
        for cell, width in cells:
            if width:
                cell.setFixedWidth(round(width * THEME.type_scale))
            layout.addWidget(cell, 0 if width else 1)
        told = f"{board.name}, {about}, {state}, seen {board.seen.text}"
        return PressRow(told, layout, partial(self.chosen.emit, board.name))
