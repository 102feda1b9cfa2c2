"""Project, boards and jobs behind one object: all that the command, a window or a script is handed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

from workbench.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from projects.record_file import Author
    from targets.inventory import BoardEntry
    from workbench.jobs.executor import Executor
    from workbench.jobs.handle import JobHandle
    from workbench.jobs.job import Job
    from workbench.jobs.reader import Reader
    from workbench.pipeline.candidate_table import CandidateRow
    from workbench.pipeline.chain import ChainStatus
    from workbench.pipeline.check import CheckResult
    from workbench.results.comparison import Comparison
    from workbench.results.run_record import RunRecord
    from workbench.results.run_table import RunRow

P = ParamSpec("P")
T = TypeVar("T")
PRELOAD = ("numpy", "projects.project")
"""What processes that work for a window import ahead."""


class Session:
    """One user at work. Queries read files and return frozen values; what takes long is a job.

    Args:
        home: where the state of the user lies; the platform's place, or `SLIPWAY_HOME`, where it is None.
        executor: what carries jobs out; threads of this process where it is None.
        by: who the records are by; the person of the settings where it is None.
        reader: where `ask` has queries answered; a thread of this process where it is None.
        forgiving: take the defaults where the settings cannot be read, for who can show and mend them.
    """

    def __init__(
        self,
        home: Path | None = None,
        executor: Executor | None = None,
        by: Author | None = None,
        reader: Reader | None = None,
        *,
        forgiving: bool = False,
    ) -> None:
        from targets.inventory import settings_folder
        from workbench.jobs.threads import ThreadExecutor
        from workbench.settings import author, load_or_defaults, load_settings

        self.home = home or settings_folder()
        self.settings = load_or_defaults(self.home) if forgiving else load_settings(self.home)
        self.by = by or author(self.settings)
        self._executor: Executor = executor or ThreadExecutor(self.home, self.by)
        self._handles: list[JobHandle] = []
        self._reader = reader

    @classmethod
    def for_window(cls, home: Path | None = None) -> Self:
        """A session whose jobs and queries work in other processes, so that this one stays free."""
        from targets.inventory import settings_folder
        from workbench.jobs.processes import ProcessExecutor
        from workbench.jobs.reader import ProcessReader
        from workbench.settings import author, load_or_defaults

        place = home or settings_folder()
        by = author(load_or_defaults(place))
        executor = ProcessExecutor(place, by, preload=PRELOAD)
        return cls(place, executor, by, ProcessReader(place, PRELOAD), forgiving=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> bool:
        """Stop what still works and let go of threads and processes; False if a job would not stop."""
        try:
            return self._executor.close()
        finally:
            if self._reader is not None:
                self._reader.close()

    def ask(self, query: Callable[Concatenate[Session, P], T], *arguments: P.args, **named: P.kwargs) -> Future[T]:
        """Have a query answered away from this thread: `session.ask(Session.runs, project)`.

        Args:
            query: a function whose first argument is a session, as in `workbench.views`; it may be called in another
                process, so it is named at the top of its module, and what goes in and comes out can be pickled.
        """
        if self._reader is None:
            from workbench.jobs.reader import ThreadReader

            self._reader = ThreadReader(self)
        return self._reader.ask(query, arguments, named)

    def start(self, job: Job, *, interactive: bool = False) -> JobHandle:
        """Start a job; its events and its one end come from the handle."""
        handle = self._executor.submit(job, interactive=interactive)
        self._handles = [*(known for known in self._handles if known.ended is None), handle]
        return handle

    def answer(self, question_id: str, value: str) -> None:
        """Answer a `Question` event of any job of this session.

        Raises:
            UsageError: the question is not open, or this is no answer to it; it stays open.
        """
        handle = next((known for known in self._handles if known.asks(question_id)), None)
        if handle is None:
            raise UsageError("this question is not open", "It was answered already, or its job has ended.")
        handle.answer(question_id, value)

    def tell(self, job_id: str, message: object) -> None:
        """Hand a message to a job of this session that works; its order says which it takes (`orders/live.py`).

        Raises:
            UsageError: no such job is at work.
        """
        handle = next((known for known in self._handles if known.id == job_id), None)
        if handle is None:
            raise UsageError("this job is not at work", "It has ended.")
        handle.tell(message)

    def warm_up(self) -> None:
        """Start the process that answers queries, where there is one, before the first is asked."""
        from workbench.jobs.reader import ProcessReader

        if isinstance(self._reader, ProcessReader):
            self._reader.warm_up()

    def boards(self) -> tuple[BoardEntry, ...]:
        """The boards that this user knows, this machine first."""
        from targets.inventory import list_boards

        return list_boards()

    def forget_board(self, name: str) -> BoardEntry:
        """Forget a board; nothing changes on it. Returns what was known of it.

        Raises:
            UsageError: there is none, or it is this machine.
        """
        from targets.inventory import remove_board

        return remove_board(name)

    def check(self, project: Path) -> CheckResult:
        """All problems of a project's documents, model and data at once."""
        from workbench.pipeline.check import check_project

        return check_project(project)

    def confirm(self, project: Path, paths: Sequence[str] = ()) -> tuple[str, ...]:
        """Take proposed values as this person's own; all of them where no paths are named. Returns the paths.

        Raises:
            UsageError: a path does not wait for that; nothing is written then.
        """
        from projects.project import Project

        opened = Project.open(project)
        waiting = tuple(item.path for item in opened.unconfirmed)
        opened.confirm(paths)
        return tuple(paths) or waiting

    def status(self, project: Path) -> ChainStatus:
        """What of the chain is there, what is stale, and why."""
        from projects.project import Project
        from workbench.pipeline.chain import read_chain

        return read_chain(Project.open(project), self.home)

    def candidates(self, project: Path) -> tuple[CandidateRow, ...]:
        """Every candidate with its lineage, size, error and its speed where a run measured it."""
        from projects.project import Project
        from workbench.pipeline.candidate_table import list_candidates

        return list_candidates(Project.open(project))

    def runs(self, project: Path) -> tuple[RunRow, ...]:
        """All runs of a project, unfinished and unreadable ones too."""
        from projects.layout import Layout
        from projects.runs import list_runs
        from workbench.pipeline.report import UnreadableRun, try_run
        from workbench.results.run_table import summarise_run, unfinished_row, unreadable_row

        rows = []
        for folder in list_runs(Layout(project).runs):
            run = try_run(folder) if folder.is_finished() else None
            if isinstance(run, UnreadableRun):
                rows.append(unreadable_row(run.id, run.state))
            else:
                rows.append(unfinished_row(folder.id) if run is None else summarise_run(run))
        return tuple(rows)

    def run(self, project: Path, name: str | None = None) -> RunRecord:
        """The record of a run; the last finished one where none is named."""
        from projects.layout import Layout
        from projects.runs import find_run
        from workbench.pipeline.report import load_run

        return load_run(find_run(Layout(project).runs, name))

    def compare(self, project: Path, a: str, b: str, other: Path | None = None) -> Comparison:
        """Two runs, requirement by requirement; `other` is the project of the second where it is another one."""
        from projects.layout import Layout
        from projects.runs import find_run
        from workbench.pipeline.report import load_evidence
        from workbench.results.comparison import compare_runs

        first, second = find_run(Layout(project).runs, a), find_run(Layout(other or project).runs, b)
        return compare_runs(load_evidence(first), load_evidence(second), first.path, second.path)
