"""The Boards page: which board is free, fit and reachable, and what one lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QGuiApplication, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from ui.page import Page
from ui.pages.boards.add_card import AddCard
from ui.pages.boards.add_dialog import AddBoardDialog
from ui.pages.boards.attention import Attention
from ui.pages.boards.deeds import Deeds
from ui.pages.boards.health_card import HealthCard
from ui.pages.boards.inspector import BoardInspector
from ui.pages.boards.list_card import BoardsCard
from ui.pages.boards.questions import key_of
from ui.pages.boards.table import READING, Shown
from ui.pages.boards.watching import Watching
from ui.pages.boards.works_card import WorksCard
from ui.stages import ADD_BOARD
from ui.theme.theme import THEME
from ui.widgets.controls import shortcut_text
from ui.widgets.error_card import ErrorCard
from ui.widgets.grounds import clear, column, ground, scrolling
from workbench.base.events import ErrorText, Question
from workbench.views.boards.at_work import busy_detail, busy_row, counts_of, job_on
from workbench.views.boards.queries import read_board, read_boards
from workbench.views.boards.values import (
    IN_USE,
    INCOMPLETE,
    NOT_READ,
    READY,
    UNREACHABLE,
    BoardDetail,
    BoardList,
    BoardRow,
)

if TYPE_CHECKING:
    from ui.bridge import Answer
    from ui.desk import Desk

REFRESH_MS = 5000
LIVE_MS = 1000
LOAD = "cpu_percent"
BELOW = 2
"""Where in the page's column the cards below the table stand."""
WATCHED = 8
"""So many boards are watched at once, the selected one among them."""
WATCHABLE = frozenset({READY, IN_USE, INCOMPLETE, UNREACHABLE})
WIDE_PX = 1080
"""Narrower pages, at a type scale of 1, put the right side below the left one."""


class BoardsView(Page):
    """Opens a board by its name, the Question of a job about a host's key, or the dialog for a new one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._rows: tuple[BoardRow, ...] = ()
        self._detail: BoardDetail | None = None
        self._wanted = ""
        self._read_once = False
        self._at_work: tuple[tuple[str, str], ...] = ()
        self._asked: dict[str, Answer[object]] = {}
        self.deeds = Deeds(desk, self)
        self.watching = Watching(desk.bridge, self)
        self._make_actions()
        self.list = BoardsCard(self.read_all_action, self.add_action)
        self.add_card = AddCard(self.add_action)
        self.works = WorksCard(lambda item: self.deeds.bring(self.list.current, item), self.read_action)
        self.health = HealthCard()
        self.attention = Attention(desk, self.read_action)
        self.facts = BoardInspector(self.read_action, self.use_action, self.prepare_action, self.forget_action)
        self._problem = QVBoxLayout()
        self._below = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._put_together()
        self._connect()
        self.dialog: AddBoardDialog | None = None
        """The dialog for a new board, while it is open."""

    def refresh(self) -> None:
        """Read again what is kept of all boards; no board is asked."""
        self._ask("list", self.desk.bridge.ask(read_boards).then(self._on_boards))  # type: ignore[arg-type]

    def open(self, target: object) -> None:
        """Select a board, or show a question about a host's key."""
        if isinstance(target, Question):
            self.attention.take(target)
            self._wanted = target.about.get("board", "")
        elif isinstance(target, str):
            self._wanted = target
        elif target == ADD_BOARD:
            self._on_add()
        if self._wanted and self.list.choose(self._wanted):
            self._wanted = ""
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt)
        """Watch while it is seen."""
        super().showEvent(event)
        self._timer.start()
        self._live.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 (Qt)
        """Watch nothing that nobody sees."""
        super().hideEvent(event)
        self._timer.stop()
        self._live.stop()
        self.watching.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Put both sides below each other where there is no room."""
        super().resizeEvent(event)
        wide = event.size().width() >= WIDE_PX * THEME.type_scale
        self._below.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    def take_question(self, question: Question) -> bool:
        """Show questions of the add dialog there, and those about a host's key here while the page is shown."""
        if self.dialog is not None and self.dialog.take_question(question):
            return True
        if key_of(question) is None or not self.isVisible():
            return False
        self.open(question)
        return True

    def _make_actions(self) -> None:
        def add(name: str, text: str, slot: Callable[[], object], keys: str, icon_name: str) -> QAction:
            return self.desk.actions.add(f"boards.{name}", text, slot, keys, icon_name, owner=self)

        self.read_action = add("read", "Read the board again", self._on_read, "R", "rotate-cw")
        self.read_all_action = add("read_all", "Read all boards again", self._on_read_all, "Shift+R", "refresh-cw")
        self.add_action = add("add", "Add a board", self._on_add, "A", "plus")
        self.use_action = add("use", "Use the board for Run", self._on_use, "U", "play")
        self.prepare_action = add("prepare", "Prepare the board", self._on_prepare, "P", "package")
        self.forget_action = add("forget", "Forget the board", self._on_forget, "Del", "trash-2")
        add("copy", "Copy the first missing command", self._on_copy, "C", "copy")
        add("terminal", "Copy the command of a terminal on the board", self._on_terminal, "T", "terminal")
        add("filter", "Filter the boards", self._on_filter, "/; Ctrl+F", "filter")

    def _put_together(self) -> None:
        left, right = QWidget(), QWidget()
        self._left_column = column(self.works, self.health, spacing=8)
        left.setLayout(self._left_column)
        self._right_column = column(self.attention, spacing=8)
        self._right_column.addStretch(0)
        right.setLayout(self._right_column)
        self._below.setContentsMargins(0, 0, 0, 0)
        self._below.setSpacing(8)
        self._below.addWidget(left, 5)
        self._below.addWidget(right, 4)
        inner = ground(QWidget(), "app")
        parts = (self._problem, self.list, self._below, self.add_card, None)
        self._column = column(*parts, margins=(12, 12, 12, 12), spacing=8)
        inner.setLayout(self._column)
        self.set_centre(scrolling(inner, "Boards"))
        self.set_inspector(self.facts)

    def _connect(self) -> None:
        self._timer, self._live = QTimer(self), QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._live.setInterval(LIVE_MS)
        self._timer.timeout.connect(self.refresh)
        self._live.timeout.connect(self._on_live)
        self.list.chosen.connect(lambda _name: self._on_chosen())
        self.list.opened.connect(self._on_opened)
        self.deeds.changed.connect(self._on_deeds)
        self.watching.turned.connect(lambda _name: self._show_health())
        self.attention.changed.connect(self._on_attention)
        self.desk.offer_questions(self.take_question, first=True)
        self.desk.board_changed.connect(self._fit_actions)
        self.desk.jobs_changed.connect(self._on_jobs)

    def _ask(self, what: str, answer: Answer[object]) -> None:
        if what in self._asked:
            self._asked[what].drop()
        self._asked[what] = answer

    def _on_boards(self, boards: BoardList) -> None:
        clear(self._problem)
        if boards.problem:
            self._problem.addWidget(ErrorCard(ErrorText(boards.problem, boards.hint)))
        self._rows = boards.rows
        self._show_rows()
        if self._wanted and self.list.choose(self._wanted):
            self._wanted = ""
        self._on_chosen()
        self._read_here()
        self._watch()

    def _read_here(self) -> None:
        """Read this machine once by itself where it never was: that needs no network and nobody's answer."""
        if not self._read_once and self.isVisible():
            self._read_once = True
            for row in self._rows:
                if row.local and row.state.name == NOT_READ:
                    self.deeds.read(row.name, quiet=True)

    def _show_rows(self) -> None:
        asking = self.attention.asking
        shown = [
            Shown(
                busy_row(row, self._job(row.name)),
                self.deeds.doing(row.name),
                row.name in asking,
                self.watching.series(row.name).thinned(LOAD),
            )
            for row in self._rows
        ]
        self.list.show_boards(shown, counts_of(item.row for item in shown))
        self.add_card.setVisible(len(shown) == 1 and not asking)

    def _on_chosen(self) -> None:
        name = self.list.current
        self._fit_actions()
        if name:
            answer = self.desk.bridge.ask(read_board, name, self.desk.project).then(self._on_board)
            self._ask("board", answer)  # type: ignore[arg-type]
        else:
            self.facts.show_none()

    def _on_board(self, detail: BoardDetail) -> None:
        if detail.name != self.list.current:
            return
        self._detail = detail
        self.works.show_board(detail)
        self.health.show_board(detail)
        self.facts.show_board(busy_detail(detail, self._job(detail.name)))
        self.attention.show_board(detail)
        self._place_health()
        self._show_health()

    def _job(self, board: str) -> str:
        """Title of this window's job that works on a board."""
        return job_on(board, self.desk.jobs.working())

    def _on_jobs(self) -> None:
        """A job began or ended: on its board, somebody is at work now, or no longer."""
        at_work = tuple((row.name, self._job(row.name)) for row in self._rows)
        if at_work != self._at_work and self.isVisible():
            self._at_work = at_work
            self._show_rows()
            self._on_chosen()

    def _on_attention(self) -> None:
        self._show_rows()
        self._place_health()

    def _place_health(self) -> None:
        """The last minutes stand below what works, or take the right side where nothing else is there."""
        alone = self.attention.empty
        self.attention.setVisible(not alone)
        (self._right_column if alone else self._left_column).insertWidget(1, self.health, 1)
        self._left_column.setStretch(0, int(alone))
        self._column.setStretch(BELOW, int(not alone))
        self._column.setStretch(BELOW + 2, int(alone))
        self.health.set_stacked(alone)
        name = "" if self._detail is None else self._detail.name
        self.health.setVisible(name in self.watching.names or bool(self.watching.series(name).readings))

    def _watch(self) -> None:
        """Watch what needs nobody's answer, the selected board first; one that is gone is tried again by that."""
        if not self.isVisible():
            return
        fit = [row.name for row in self._rows if row.state.name in WATCHABLE]
        kept = [name for name in self.watching.names if name in fit][:WATCHED]
        fresh = sorted((name for name in fit if name not in kept), key=lambda name: name != self.list.current)
        chosen = [*kept, *fresh[: WATCHED - len(kept)]]
        self.watching.watch(tuple(sorted(chosen)))
        self._place_health()

    def _on_live(self) -> None:
        if self._detail is not None:
            self.health.show_series(self.watching.series(self._detail.name))

    def _show_health(self) -> None:
        detail = self._detail
        if detail is None:
            return
        health = self.watching.health(detail.name)
        if health is None:
            self.health.show_state(*self._why_not_watched(detail))
        elif health.live:
            self.health.show_state("ok", "Live, 1 Hz")
        else:
            self.health.show_state("warn", "Not live", health.text)
        self.health.show_series(self.watching.series(detail.name))

    def _why_not_watched(self, detail: BoardDetail) -> tuple[str, str, str]:
        if not detail.groups:
            return "todo", "Read it first", "Nothing is known of it until it is read (R)."
        if detail.name in self.watching.names:
            waits = " It waits for the jobs that work." if self.desk.jobs.working() else ""
            return "run", "Watch begins", f"The first figures come a few seconds after it began.{waits}"
        if detail.state.name not in WATCHABLE:
            return "todo", "Not watched", f"{detail.state.word}: read it again (R) once that is mended."
        return "todo", "Not watched", f"At most {WATCHED} boards are watched at once."

    def _on_deeds(self) -> None:
        self._show_rows()
        self._fit_actions()
        self.refresh()

    def _fit_actions(self) -> None:
        name = self.list.current
        row = next((row for row in self._rows if row.name == name), None)
        doing = self.deeds.doing(name)
        none = "" if name else "Choose a board first"
        self._switch(self.read_action, none or ("It is being read" if doing == READING else ""))
        self._switch(self.read_all_action, "Something is done with a board just now" if self.deeds.busy else "")
        self._switch(self.use_action, none or ("Run works on it already" if name == self.desk.board else ""))
        self._switch(self.prepare_action, none or (f"It is busy: {doing}" if doing else ""))
        self._switch(
            self.forget_action, none or ("This machine is always there" if row is not None and row.local else "")
        )

    def _switch(self, action: QAction, why_off: str) -> None:
        """Switch an action off and say why, or on."""
        action.setEnabled(not why_off)
        action.setToolTip(why_off or f"{action.text()} ({shortcut_text(action)})")

    def _on_opened(self, name: str) -> None:
        """Live plays an engine of the open project on the chosen board."""
        if self.desk.project is None:
            self.desk.notice("Open a project first: Live plays one of its engines on this board.")
            return
        self.desk.choose_board(name)
        self.desk.go("live")

    def _on_read(self) -> None:
        self.deeds.read(self.list.current)

    def _on_read_all(self) -> None:
        self.deeds.read_all(self.list.names)

    def _on_add(self) -> None:
        self.dialog = AddBoardDialog(self.desk, self.window())
        self.dialog.added.connect(self._on_added)
        self.dialog.finished.connect(self._on_dialog_finished)
        self.dialog.ask_hosts()
        self.dialog.open()

    def _on_added(self, name: str) -> None:
        self._wanted = name
        self.refresh()
        self.desk.touch()

    def _on_dialog_finished(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = None

    def _on_use(self) -> None:
        self.desk.choose_board(self.list.current)

    def _on_prepare(self) -> None:
        self.deeds.prepare(self.list.current)

    def _on_copy(self) -> None:
        if self.works.first_command is not None:
            self.works.first_command.copy()
            self.desk.notice(f"Copied: {self.works.first_command.command}")

    def _on_terminal(self) -> None:
        if self._detail is not None and self._detail.shell_command:
            QGuiApplication.clipboard().setText(self._detail.shell_command)
            self.desk.notice(f"Copied for your terminal: {self._detail.shell_command}")

    def _on_filter(self) -> None:
        self.list.field.setFocus()
        self.list.field.selectAll()

    def _on_forget(self) -> None:
        self.deeds.forget(self.list.current)
