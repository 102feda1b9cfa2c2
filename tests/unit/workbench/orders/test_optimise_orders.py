"""Orders of the Optimise page on real files, in a process of their own where the window would have them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.workbench.pipeline.conftest import edit, make_frames, make_labels, make_model, project
from workbench.base.events import Event, JobEnded, JobState, Progress, ResultPart
from workbench.jobs.job import Job
from workbench.jobs.processes import ProcessExecutor
from workbench.orders.optimise import (
    CountObjects,
    MadeCandidate,
    MakeCandidate,
    MakeFirstCandidates,
    ObjectsCounted,
    Ranked,
    RankLayers,
    VerifyCandidate,
)
from workbench.pipeline.example import make_example
from workbench.pipeline.kept_ranking import KeptGroup
from workbench.session import Session
from workbench.settings import author, load_settings
from workbench.views.optimise.page import read_candidates
from workbench.views.optimise.ranking import predict_choice, read_ranking

__all__ = ["edit", "make_frames", "make_labels", "make_model", "project"]

LIMIT_S = 240.0


@pytest.fixture
def session(slipway_home: Path) -> Iterator[Session]:
    with Session(slipway_home, ProcessExecutor(slipway_home, author(load_settings(slipway_home)))) as opened:
        yield opened


def carry_out(session: Session, job: Job, cancel_on: Callable[[Event], bool] | None = None) -> list[Event]:
    """All events of a job, which ends within the limit."""
    events: list[Event] = []
    done = threading.Event()
    handle = session.start(job)

    def take(event: Event) -> None:
        events.append(event)
        if cancel_on is not None and cancel_on(event):
            handle.cancel()
        if isinstance(event, JobEnded):
            done.set()

    handle.subscribe(take)
    assert done.wait(LIMIT_S), "the job hangs"
    return events


def ended(events: list[Event]) -> JobEnded:
    last = events[-1]
    assert isinstance(last, JobEnded)
    return last


def test_that_a_candidate_is_made_once_and_found_again(session: Session, project: Path) -> None:
    first, second = (ended(carry_out(session, MakeCandidate(project, "fp16"))) for _ in range(2))
    assert isinstance(first.result, MadeCandidate)
    assert first.result == second.result
    assert [row.key for row in read_candidates(session, project).rows] == ["model", first.result.key]


def test_that_another_method_makes_another_candidate_and_overwrites_nothing(session: Session, project: Path) -> None:
    plain = ended(carry_out(session, MakeCandidate(project, "int8"))).result
    other = ended(carry_out(session, MakeCandidate(project, "int8", method="minmax"))).result
    assert isinstance(plain, MadeCandidate)
    assert isinstance(other, MadeCandidate)
    assert plain.key != other.key
    assert {row.key for row in read_candidates(session, project).rows} == {"model", plain.key, other.key}


def test_that_the_first_candidates_are_made_together(session: Session, project: Path) -> None:
    made = ended(carry_out(session, MakeFirstCandidates(project))).result
    assert isinstance(made, tuple)
    assert [item.name for item in made] == ["fp16", "int8"]


def test_that_a_recipe_that_cannot_be_made_fails_in_words(session: Session, project: Path) -> None:
    end = ended(carry_out(session, MakeCandidate(project, "int8", ("/no/such",))))
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert "No node of the cleaned model" in end.error.summary


def test_that_objects_are_counted(session: Session, project: Path) -> None:
    counted = ended(carry_out(session, CountObjects(project))).result
    assert isinstance(counted, ObjectsCounted)
    assert counted.frames == 3


@pytest.mark.parametrize(
    ("order", "title", "board"),
    [
        (MakeCandidate(Path("demo"), "int8", ("/a/*", "/b")), "Make int8-k2 of demo", None),
        (RankLayers(Path("demo")), "Rank the layers of demo", None),
        (VerifyCandidate(Path("demo"), "bench", "k", "fp16", "a" * 64), "Verify fp16 on bench", "bench"),
    ],
)
def test_that_orders_say_what_they_do_and_which_board_they_change(order: Job, title: str, board: str | None) -> None:
    assert (order.title, order.board) == (title, board)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_that_the_example_is_ranked_row_by_row_and_the_ranking_stays(session: Session, tmp_path: Path) -> None:
    from workbench.base.reporter import Silent

    folder = tmp_path / "demo"
    make_example(folder, Silent())
    events = carry_out(session, RankLayers(folder))
    end = ended(events)
    assert end.state is JobState.SUCCEEDED, end.error
    assert isinstance(end.result, Ranked)
    told = [event.value for event in events if isinstance(event, ResultPart)]
    assert len(told) == end.result.groups == 16
    assert all(isinstance(group, KeptGroup) for group in told)
    view = read_ranking(session, folder, "this-machine")
    assert (view.state, len(view.rows)) == ("here", 16)
    assert [row.loss for row in view.rows] == sorted((row.loss for row in view.rows), reverse=True)
    assert view.rows[-1].predicted == 1.0
    kept = tuple(row.name for row in view.rows[:2])
    choice = predict_choice(session, folder, "this-machine", kept)
    made = ended(carry_out(session, MakeCandidate(folder, "int8", choice.keep))).result
    assert isinstance(made, MadeCandidate)
    again = read_ranking(session, folder, "this-machine")
    assert again.kept[made.key] == kept
    assert predict_choice(session, folder, "this-machine", kept).made == made.key


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_that_a_ranking_that_is_stopped_leaves_none(session: Session, tmp_path: Path) -> None:
    from workbench.base.reporter import Silent

    folder = tmp_path / "demo"
    make_example(folder, Silent())
    seen: list[Event] = []

    def after_two(event: Event) -> bool:
        seen.extend([event] if isinstance(event, ResultPart) else [])
        return len(seen) == 2 and isinstance(event, ResultPart | Progress)

    end = ended(carry_out(session, RankLayers(folder), after_two))
    assert end.state is JobState.CANCELLED
    assert read_ranking(session, folder, "this-machine").state == "none"
