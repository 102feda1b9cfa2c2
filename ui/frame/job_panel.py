"""The lower panel: jobs of now and before, the log of one, and what is wrong in the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QTabBar, QWidget

from ui.frame.job_log import JobLog
from ui.frame.job_table import COLUMNS, LOOKS
from ui.frame.problem_list import ProblemList
from ui.theme.icons import icon
from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM
from ui.widgets.controls import IconButton
from ui.widgets.grounds import column, ground, line, row
from ui.widgets.table import Table
from ui.widgets.text import dim, hint
from workbench.base import clock
from workbench.base.events import ErrorText
from workbench.jobs.story import JobRow
from workbench.views.jobs import JobLog as RecordedLog
from workbench.views.jobs import forget_jobs, read_jobs, read_log, read_order
from workbench.views.problems import ProblemRow, read_problems, row_of_mark

if TYPE_CHECKING:
    from ui.bridge import Answer
    from ui.desk import Desk
    from workbench.jobs.handle import JobHandle
    from workbench.jobs.job import Job

TICK_MS = 250
JOBS, LOG, PROBLEMS = range(3)
ICONS = ("layers", "list", "triangle-alert")


class JobPanel(QWidget):
    """Belongs to the window."""

    question_wanted = Signal(str)
    """The id of a job whose question a person wants to see again."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        ground(self, "panel")
        self._desk = desk
        self._read = False
        self._log_asked: Answer[RecordedLog] | None = None
        self._problems_asked: Answer[tuple[ProblemRow, ...]] | None = None
        self._further: tuple[ProblemRow, ...] = ()
        self._newest = ""
        """The id of a job that was started and is still to be brought into sight."""
        self._is_showing = self._is_picked = False
        """Whether rows are just being shown; whether a person picked the row that is selected."""
        self.table: Table[JobRow] = Table("Jobs", COLUMNS)
        self.log, self.problems = JobLog(), ProblemList()
        self._none = dim("No jobs yet. Run, Optimise and the other pages start them; each is listed here.")
        self._none.setContentsMargins(12, 8, 12, 8)
        self._journal = hint()
        self._add_actions()
        self._put_together()
        self._connect()
        self._on_theme()
        self._show_rows()

    def show_tab(self, at: int) -> None:
        """Show jobs, log or problems."""
        self.tabs.setCurrentIndex(at)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt)
        """Look what the journal knows, the first time."""
        super().showEvent(event)
        if not self._read:
            self._read = True
            self._desk.bridge.ask(read_jobs).then(self._on_recorded)
        self._ask_problems()
        self._show_rows()
        if self.tabs.currentIndex() == JOBS and self._desk.problems and not self._desk.jobs.rows(0.0):
            self.show_tab(PROBLEMS)  # it came up for them

    def _add_actions(self) -> None:
        add = self._desk.actions.add
        self.stop = add("jobs.stop", "Stop the job", self._on_stop, "Ctrl+Shift+X", "square", self)
        self.retry = add("jobs.retry", "Do the job again", self._on_retry, "Ctrl+Shift+R", "rotate-cw", self)
        self.open_log = add("jobs.log", "Open the job's log at its first error", self._on_log, "Ctrl+L", "list", self)
        self.clear_ended = add(
            "jobs.clear", "Take ended jobs off the list", self._on_clear, "Ctrl+Shift+Del", "trash-2", self
        )
        add("jobs.problems", "Show the problems", lambda: self.show_tab(PROBLEMS), "Ctrl+Shift+M", "triangle-alert")

    def _put_together(self) -> None:
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setIconSize(QSize(14, 14))
        self.tabs.setAccessibleName("Tabs of the lower panel")
        for words in ("Jobs", "Log", "Problems"):
            self.tabs.addTab(words)
        buttons = [
            IconButton(name, action.text(), action=action)
            for name, action in (
                ("square", self.stop),
                ("rotate-cw", self.retry),
                ("list", self.open_log),
                ("trash-2", self.clear_ended),
            )
        ]
        head = row(self.tabs, None, self._journal, *buttons, margins=(4, 0, 8, 0), spacing=4)
        jobs = QWidget()
        layout = column(self._none, self.table, spacing=0)
        layout.setStretch(1, 1)
        jobs.setLayout(layout)
        self._stack = QStackedWidget()
        for widget in (jobs, self.log, self.problems):
            self._stack.addWidget(widget)
        self.setLayout(column(head, line(), self._stack, spacing=0))

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self._on_tab)
        self.table.chosen.connect(self._on_chosen)
        self.table.opened.connect(self._on_opened)
        self.problems.opened.connect(self._on_problem)
        self.problems.fix_wanted.connect(lambda row_: self._desk.go(row_.stage, row_.mark))
        self._desk.problems_changed.connect(self._show_problems)
        self._desk.log_wanted.connect(self._on_log_wanted)
        self._desk.jobs_changed.connect(self._on_jobs)
        self._desk.bridge.started.connect(self._on_started)
        self._desk.overview_changed.connect(self._ask_problems)
        self._desk.project_changed.connect(self._on_project)
        THEME.changed.connect(self._on_theme)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._show_rows)

    def _on_jobs(self) -> None:
        self._show_rows()
        if self._desk.jobs.working():
            self._timer.start()
        else:
            self._timer.stop()

    def _on_recorded(self, rows: tuple[JobRow, ...]) -> None:
        self._desk.jobs.recorded(rows)
        self._desk.jobs_changed.emit()

    def _show_rows(self) -> None:
        if not self.isVisible():
            return
        rows = self._desk.jobs.rows(clock.now_s())
        self._is_showing = True
        self._fill(rows)
        self._is_showing = False
        self._none.setVisible(not rows)
        self.table.setVisible(bool(rows))
        self.tabs.setTabText(JOBS, f"Jobs  {len(rows)}" if rows else "Jobs")
        self._journal.setText(self._desk.jobs.problem)
        self._show_actions()
        if self.tabs.currentIndex() == LOG:
            self._show_log()

    def _fill(self, rows: tuple[JobRow, ...]) -> None:
        """The row that was selected stays so; a job that was just started comes into sight."""
        chosen = self.table.current
        self.table.set_rows(rows)
        kept = chosen is not None and any(row.head.id == chosen.head.id for row in rows)
        self._is_picked = self._is_picked and kept
        if chosen is not None and (self.table.current is None or self.table.current.head.id != chosen.head.id):
            self.table.choose(lambda row: row.head.id == chosen.head.id)
        at = next((at for at, row in enumerate(rows) if row.head.id == self._newest), None)
        if at is None:
            return
        self._newest = ""
        if not self._is_picked:
            self.table.selectRow(at)
        self.table.scrollTo(self.table.rows.index(at, 0))

    def _on_started(self, handle: JobHandle, _order: Job) -> None:
        self._newest = handle.id
        self._show_rows()

    def _show_actions(self) -> None:
        row_ = self.table.current
        own = row_ is not None and self._desk.jobs.is_own(row_.head.id)
        works = row_ is not None and row_.in_flight
        self._switch(self.stop, "" if own and works else "Choose a job of this window that works")
        why = "Choose a job that ended" if row_ is None or works else ""
        if row_ is not None and not why and not row_.head.can_retry:
            why = "Start it anew from its page: it cannot be given again"
        self._switch(self.retry, why)
        self._switch(self.open_log, "" if row_ is not None else "Choose a job")
        ended = any(not row.in_flight for row in self.table.rows.rows)
        self._switch(self.clear_ended, "" if ended else "No job has ended")

    def _switch(self, action: QAction, why: str) -> None:
        """Switch an action off and say why; on again where the reason is empty."""
        keys = action.shortcut().toString()
        words = f"{action.text()} ({keys})" if keys else action.text()
        action.setEnabled(not why)
        action.setToolTip(f"{words}: {why[:1].lower()}{why[1:]}" if why else words)

    def _on_tab(self, at: int) -> None:
        self._stack.setCurrentIndex(at)
        self._on_theme()
        if at == LOG:
            self._show_log()
        elif at == PROBLEMS:
            self._ask_problems()

    def _on_chosen(self, _row: JobRow | None) -> None:
        self._is_picked = self._is_picked or not self._is_showing
        self._show_actions()

    def _on_opened(self, row_: JobRow) -> None:
        if row_.question is not None:
            self.question_wanted.emit(row_.head.id)
        else:
            self.show_tab(LOG)

    def _on_log_wanted(self, job_id: str) -> None:
        """Somebody asks elsewhere for the log of a job."""
        self.table.choose(lambda row_: row_.head.id == job_id)
        self.show_tab(LOG)

    def _on_log(self) -> None:
        self.show_tab(LOG)

    def _show_log(self) -> None:
        row_ = self.table.current or next(iter(self.table.rows.rows), None)
        if row_ is None:
            self.log.show_nothing()
            return
        entries = self._desk.jobs.log(row_.head.id)
        if entries is not None:
            self.log.show_log(row_.head, _state(row_), entries, row_.first_error, row_.error)
        elif self._log_asked is None:
            self._log_asked = self._desk.bridge.ask(read_log, row_.head.id).then(self._on_recorded_log)
            self._log_asked.or_fail(self._on_no_log)

    def _on_recorded_log(self, log: RecordedLog) -> None:
        self._log_asked = None
        row_ = next((row for row in self.table.rows.rows if row.head.id == log.head.id), None)
        state = ("unknown", "Ended") if row_ is None else _state(row_)
        self.log.show_log(log.head, state, log.entries, log.first_error, log.error)

    def _on_no_log(self, error: ErrorText) -> None:
        self._log_asked = None
        self.log.show_nothing()
        self._desk.notice(error)

    def _on_stop(self) -> None:
        row_ = self.table.current
        if row_ is not None and self._desk.jobs.stop(row_.head.id):
            self._desk.jobs_changed.emit()

    def _on_retry(self) -> None:
        row_ = self.table.current
        if row_ is None:
            return
        order = self._desk.jobs.order(row_.head.id)
        if order is not None:
            self._start(order)
        else:
            self._desk.bridge.ask(read_order, row_.head.id).then(self._start)

    def _start(self, order: Job) -> None:
        self._is_picked = False  # the new one is what is wanted
        self.show_tab(JOBS)
        self._desk.bridge.start(order)

    def _on_clear(self) -> None:
        ids = tuple(row.head.id for row in self.table.rows.rows if not row.in_flight)
        self._desk.jobs.drop(ids)
        self._desk.bridge.ask(forget_jobs, ids)
        self.log.show_nothing()
        self._desk.jobs_changed.emit()

    def _on_project(self) -> None:
        self._further = ()
        self._show_problems()

    def _ask_problems(self) -> None:
        project = self._desk.project
        if project is None or not self.isVisible():
            return
        if self._problems_asked is not None:
            self._problems_asked.drop()
        asked = self._desk.bridge.ask(read_problems, project)
        self._problems_asked = asked.then(self._on_problems).or_fail(self._on_no_problems)

    def _on_problems(self, rows: tuple[ProblemRow, ...]) -> None:
        """What the documents' problems do not say: those are known of the text as it is being edited."""
        self._problems_asked = None
        self._further = tuple(row_ for row_ in rows if row_.mark is None)
        self._show_problems()

    def _show_problems(self) -> None:
        every = (*map(row_of_mark, self._desk.problems), *self._further)
        rows = sorted(every, key=lambda row_: row_.state != "err")
        there = self._desk.project is not None
        self.problems.show_problems(
            rows, "Nothing is wrong." if there else "Open a project to see what is wrong in it."
        )
        self.tabs.setTabText(PROBLEMS, f"Problems  {len(rows)}" if rows else "Problems")

    def _on_no_problems(self, error: ErrorText) -> None:
        self._problems_asked = None
        self.problems.show_problems((), f"{error.summary}. {error.hint}")

    def _on_problem(self, row_: ProblemRow | None) -> None:
        if row_ is not None:
            self._desk.go(row_.stage, row_.target)

    def _on_theme(self) -> None:
        self.tabs.setFont(THEME.font(BODY_PX, MEDIUM))
        for at, name in enumerate(ICONS):
            self.tabs.setTabIcon(at, icon(name, "accent" if at == self.tabs.currentIndex() else "text3", 14))


def _state(row_: JobRow) -> tuple[str, str]:
    return LOOKS.get(row_.state, row_.state), row_.state_text
