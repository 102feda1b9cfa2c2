"""A project and a board to work with in tests: what was told, what lies there, what must hold of it."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks.example_project import BOARD, make_board
from projects.record_file import Author
from projects.runs import RunFolder, list_runs
from targets.agent.run_folder import RunFolder as BoardRunFolder
from workbench.base.events import Event, JobEnded, JobState, LogLine, StepEnded, StepStarted
from workbench.jobs.job import Job
from workbench.pipeline.built_engines import FILE as BUILT_ENGINES
from workbench.pipeline.run import RunJob, RunOutcome
from workbench.pipeline.verify import VerifyJob
from workbench.session import Session

LIMIT_S = 100.0
"""After so long a job hangs."""
BY = Author("Ada")


@dataclass(frozen=True)
class Place:
    """One project, one board, and the user's home that knows it."""

    project: Path
    home: Path
    root: Path
    """The board's."""

    def runs(self) -> tuple[RunFolder, ...]:
        """The project's runs."""
        return list_runs(self.project / "runs")

    def record(self, number: int = -1) -> dict[str, Any]:
        """A finished run's `run.json`."""
        value: dict[str, Any] = json.loads((self.runs()[number].path / "run.json").read_text(encoding="utf-8"))
        return value

    def copy(self, folder: Path) -> Place:
        """A copy of project and board, under another home that knows nothing of them but which engines are its own."""
        copied = Place(folder / "project", folder / "slipway-home", folder / "board")
        for before, after in ((self.project, copied.project), (self.root, copied.root)):
            if before.exists():
                shutil.copytree(before, after)
        if (self.home / BUILT_ENGINES).exists():
            copied.home.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.home / BUILT_ENGINES, copied.home / BUILT_ENGINES)
        return copied

    def move(self, folder: Path) -> Place:
        """A copy whose board stands in the list of boards of SLIPWAY_HOME."""
        moved = self.copy(folder)
        moved.make_board()
        return moved

    def make_board(self) -> None:
        """Enter the board into the list of boards of SLIPWAY_HOME."""
        make_board(self.root, self.home.parent / "lock")


class Story:
    """One job as it was told, and its end."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events
        (self.ended,) = [event for event in events if isinstance(event, JobEnded)]

    @property
    def state(self) -> JobState:
        """How it ended."""
        return self.ended.state

    @property
    def outcome(self) -> RunOutcome:
        """What a RunJob that succeeded came to."""
        assert self.state is JobState.SUCCEEDED, self.ended.error
        assert isinstance(self.ended.result, RunOutcome)
        return self.ended.result

    @property
    def done(self) -> list[str]:
        """The steps that were carried out."""
        return [event.step for event in self.events if isinstance(event, StepEnded) and not event.skipped]

    @property
    def skipped(self) -> dict[str, str]:
        """The steps that were skipped, and what was said of them."""
        return {event.step: event.text for event in self.events if isinstance(event, StepEnded) and event.skipped}

    @property
    def reasons(self) -> dict[str, str]:
        """Why steps were done, where something was said."""
        return {event.step: event.reason for event in self.events if isinstance(event, StepStarted) and event.reason}

    @property
    def lines(self) -> str:
        """The log."""
        return "\n".join(event.text for event in self.events if isinstance(event, LogLine))

    def check_error(self, *words: str, hint: str) -> None:
        """The job failed with one error that says all of this."""
        assert self.state in {JobState.FAILED, JobState.LOST}, self.state
        error = self.ended.error
        assert error is not None
        said = f"{error.summary}\n{error.detail}"
        for word in words:
            assert word in said, f"{word!r} is not in:\n{said}"
        assert error.hint, f"nothing is said of what to do:\n{said}"
        assert hint in error.hint, f"{hint!r} is not in {error.hint!r}"
        assert error.fault.name != "INTERNAL", error


class Desk:
    """Somebody at work: starts jobs and waits for their end."""

    def __init__(self, place: Place, session: Session) -> None:
        self.place = place
        self.session = session

    def do(self, job: Job, during: Callable[[Event, Callable[[], None]], None] | None = None) -> Story:
        """Carry a job out; `during` is told each event, and how to cancel the job."""
        events: list[Event] = []
        handle = self.session.start(job)
        for event in handle.events():
            events.append(event)
            if during is not None:
                during(event, handle.cancel)
        return Story(events)

    def run(self, **options: Any) -> Story:
        """The main job."""
        return self.do(RunJob(self.place.project, BOARD, **options))

    def check_works(self) -> None:
        """Nothing is half-written, the whole job ends well, and the board measures."""
        check_nothing_half(self.place)
        story = self.run()
        assert story.outcome.record.state == "finished"
        if "verify" in story.skipped:
            again = self.do(VerifyJob(self.place.project, BOARD, ("null_input",)))
            assert again.state is JobState.SUCCEEDED, again.ended.error
        assert all(run.is_finished() for run in self.place.runs())
        check_nothing_half(self.place)
        assert running_on(self.place.root) == []


def check_nothing_half(place: Place) -> None:
    """Every record and every run's JSON can be read, and nothing unfinished lies among them."""
    for path in [*place.project.glob("records/*/*"), *place.project.glob("runs/*/*.json")]:
        if path.name.endswith(".part"):
            continue
        value = json.loads(path.read_text(encoding="utf-8"))
        assert str(value["format"]).startswith("slipway."), path
    for run in place.runs():
        assert (run.path / "plan.json").is_file(), run.id


def running_on(root: Path) -> list[str]:
    """Runs that are at work on a board now."""
    return [path.name for path in root.glob("runs/*") if BoardRunFolder(path).alive()]


def wait_until(condition: Callable[[], object], what: str, limit_s: float = 30.0) -> None:
    """Wait for a condition; fail where it does not come true."""
    ticks = threading.Event()
    for _ in range(int(limit_s / 0.02)):
        if condition():
            return
        ticks.wait(0.02)
    pytest.fail(f"it did not happen within {limit_s:g} s: {what}")
