"""The project as it stands now: its documents, its runs, and which of them still count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.verify.stale import why_result_stale
from workbench.views.verify.ways import Pace

if TYPE_CHECKING:
    from projects.project import Project
    from projects.requirements import Requirement
    from workbench.pipeline.run_currency import Currency
    from workbench.results.run_record import RequirementResult, RunRecord


@dataclass(frozen=True, eq=False)
class Present:
    """What views of verification are made from; read once, when it is made."""

    folder: Path
    project: Project | None
    """None where the documents cannot be opened."""
    blocked: str
    """What is wrong then."""
    currency: Currency | None
    runs: tuple[RunRecord, ...]
    """Those that ended and can be read, newest first."""
    mend: str = ""
    """What to do about what is wrong, where it is not in the documents."""

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """What the documents ask for; nothing where they cannot be opened."""
        return () if self.project is None else self.project.requirements

    @cached_property
    def staleness(self) -> dict[str, str]:
        """By run: why it does not say anything of the present state; empty where it does."""
        if self.currency is None:
            what = "the documents" if self.project is None else "a record of the project"
            verb = "cannot be read" if self.project is None else "is damaged"
            return dict.fromkeys((run.id for run in self.runs), f"{what} {verb}")
        return {run.id: self.currency.why_stale(run) for run in self.runs}

    @cached_property
    def paces(self) -> dict[str, Pace]:
        """By run: what it kept; read when it is asked for, and once for all rows that it carries."""
        return {run.id: Pace(run, self.path_of(run)) for run in self.runs}

    @property
    def boards(self) -> tuple[str, ...]:
        """Boards that runs are of, the newest first."""
        return tuple(dict.fromkeys(str(run.board.get("name", "")) for run in self.runs))

    @property
    def usual_board(self) -> str:
        """The board that the documents name; else that of the newest run, else this machine."""
        from targets.inventory import THIS_MACHINE

        named = None if self.project is None else self.project.settings.board
        return named or next(iter(self.boards), THIS_MACHINE)

    def run(self, name: str) -> RunRecord | None:
        """A run by its id; None where there is none."""
        return next((run for run in self.runs if run.id == name), None)

    @property
    def newest_judged(self) -> RunRecord | None:
        """The newest whole run with verdicts; a part or a quick one only where there is no other."""
        judged = [run for run in self.runs if run.requirements]
        whole = (run for run in judged if is_evidence(run) and not run.only)
        return next(whole, next(iter(judged), None))

    def path_of(self, run: RunRecord) -> Path:
        """The folder of a run."""
        return self.folder / "runs" / run.id

    def on(self, board: str) -> list[RunRecord]:
        """Runs that gave verdicts on a board, newest first."""
        return [run for run in self.runs if run.board.get("name") == board and is_evidence(run)]


def is_evidence(run: RunRecord) -> bool:
    """Whether a run is evidence for what it measured: it came to its end, and nothing was shortened."""
    return run.state.value == "finished" and not run.quick


def open_present(folder: Path, home: Path) -> Present:
    """Read a project, broken or not."""
    from projects.project import Project
    from workbench.base.errors import SlipwayError
    from workbench.pipeline.report import readable_runs
    from workbench.pipeline.run_currency import Currency

    runs = tuple(reversed(readable_runs(folder / "runs")))
    try:
        project = Project.open(folder)
    except SlipwayError as error:
        return Present(folder, None, error.summary, None, runs)
    try:
        return Present(folder, project, "", Currency(project, home), runs)
    except SlipwayError as error:
        return Present(folder, project, error.summary, None, runs, error.hint)


@dataclass(frozen=True)
class Carried:
    """A requirement with the run that carries its verdict."""

    requirement: Requirement
    run: RunRecord | None
    result: RequirementResult | None
    stale: str
    """Why that run is stale; empty where it counts."""


def carry(present: Present, board: str) -> tuple[Carried, ...]:
    """For each requirement the newest run on a board that counts; else the newest one that measured it, as stale."""
    runs = present.on(board)
    return tuple(carry_one(present, item, runs) for item in present.requirements)


def carry_one(present: Present, item: Requirement, runs: Sequence[RunRecord]) -> Carried:
    """The same of one requirement and the runs `on` a board."""
    stale = Carried(item, None, None, "")
    for run in runs:
        found = result_in(run, item)
        if found is None:
            continue
        why = why_result_stale(present.staleness.get(run.id, ""), found, item)
        if not why:
            return Carried(item, run, found, "")
        if stale.run is None or (_is_of_this_release(present, run) and not _is_of_this_release(present, stale.run)):
            stale = Carried(item, run, found, why)
    return stale


def _is_of_this_release(present: Present, run: RunRecord) -> bool:
    """Whether a run is stale at most by the test specification, so that its measurements may be judged again."""
    from workbench.pipeline.known_runs import TESTS

    return present.staleness.get(run.id) in {"", f"{TESTS} changed"}


def result_in(run: RunRecord, item: Requirement) -> RequirementResult | None:
    """What a run says of a requirement; None where it says nothing."""
    return next((result for result in run.requirements if result.id == item.id), None)
