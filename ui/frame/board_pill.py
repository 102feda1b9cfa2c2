"""The board of Run in the top bar: how it stands, and the menu of all boards."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QTimer, Signal
from PySide6.QtWidgets import QMenu, QWidget

from ui.pages.register import MAKERS
from ui.theme.icons import icon
from ui.widgets.states import look_of
from workbench.base.events import Question
from workbench.views.boards.at_work import busy_entry, job_on
from workbench.views.boards.queries import read_pill

if TYPE_CHECKING:
    from ui.desk import Desk
    from ui.frame.top_bar import TopBar
    from workbench.views.boards.values import PillBoard

REFRESH_MS = 15_000
COLORS = {"ok": "ok", "run": "accent", "warn": "warn", "err": "err", "ask": "review"}


class BoardPill(QObject):
    """Belongs to the window. It reads what is kept of boards and asks none of them."""

    told = Signal(object)
    """The PillBoard that Run works on, as it is known now; None where the list of boards does not have it."""

    def __init__(self, desk: Desk, top: TopBar, window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._top, self._window = desk, top, window
        self._read: tuple[PillBoard, ...] = ()
        self.menu: QMenu | None = None
        """The menu, while it is open."""
        self.action = desk.actions.add("board.choose", "Choose the board of Run", self.open, "Ctrl+Alt+R", "microchip")
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        top.pill_pressed.connect(self.open)
        desk.board_changed.connect(self._on_changed)
        desk.outdated.connect(self.refresh)
        desk.jobs_changed.connect(self._show)
        desk.offer_questions(self._take_question)
        self._on_changed()

    def refresh(self) -> None:
        """Read again what is kept of all boards."""
        self._desk.bridge.ask(read_pill).then(self._on_boards).or_fail(lambda _error: None)

    def open(self) -> None:
        """Open the menu below the pill."""
        self.menu = menu = QMenu(self._window)
        menu.setAccessibleName("Boards")
        for board in self._boards:
            self._add(menu, board)
        menu.addSeparator()
        if "boards" in MAKERS:
            menu.addAction(icon("microchip"), "All boards…", lambda: self._desk.go("boards", self._desk.board))
        menu.aboutToHide.connect(self._on_hidden)
        pill = self._top.pill
        menu.popup(pill.mapToGlobal(QPoint(0, pill.height() + 4)))
        menu.setActiveAction(menu.actions()[0])

    def _add(self, menu: QMenu, board: PillBoard) -> None:
        figures = [board.state.word, board.mode, board.temperature]
        words = f"{board.name}    {', '.join(part for part in figures if part)}"
        look = look_of(board.state.look)
        action = menu.addAction(icon(look.icon, look.color), words, partial(self._desk.choose_board, board.name))
        action.setToolTip(board.tip)
        action.setCheckable(True)
        action.setChecked(board.name == self._desk.board)

    def _on_hidden(self) -> None:
        if self.menu is not None:
            self.menu.deleteLater()
            self.menu = None

    def _on_boards(self, boards: tuple[PillBoard, ...]) -> None:
        self._read = boards
        self._show()

    @property
    def _boards(self) -> tuple[PillBoard, ...]:
        """All of them, also with what this window does there just now."""
        jobs = self._desk.jobs.working()
        return tuple(busy_entry(board, job_on(board.name, jobs)) for board in self._read)

    def _show(self) -> None:
        if not self._read:
            return
        board = next((board for board in self._boards if board.name == self._desk.board), None)
        self.told.emit(board)
        if board is None:
            self._top.pill.set("text2", self._desk.board, f"{self._desk.board} is not in the list of boards")
            return
        words = " ".join(part for part in (board.name, board.mode, board.temperature) if part)
        tip = f"{board.tip}. Run works on it (Ctrl+Alt+R chooses another)"
        self._top.pill.set(COLORS.get(board.state.look, "text2"), words, tip)

    def _on_changed(self) -> None:
        self._top.pill.set("text2", self._desk.board)
        self.refresh()

    def _take_question(self, question: Question) -> bool:
        """A new host is not a yes or no: it is shown on the Boards page, where its key can be compared."""
        if question.about.get("subject") != "host key" or "boards" not in MAKERS:
            return False
        self._desk.go("boards", question)
        return True
