"""Watching a board: it ends by itself after its time, and cancelled when somebody stops it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from projects.record_file import Author
from workbench.base.events import JobState, LiveValues
from workbench.pipeline.watch import WatchJob
from workbench.session import Session


@pytest.fixture
def session(slipway_home: Path) -> Iterator[Session]:
    with Session(slipway_home, by=Author("Ada")) as opened:
        yield opened


def test_that_it_ends_well_after_its_time_with_samples(session: Session) -> None:
    handle = session.start(WatchJob("this-machine", rate_hz=20.0, seconds=0.5))
    events = list(handle.events())
    assert handle.wait(30).state is JobState.SUCCEEDED
    samples = [event for event in events if isinstance(event, LiveValues)]
    assert samples
    assert {event.stream for event in samples} == {"telemetry"}
    assert [event.mono_s for event in samples] == sorted(event.mono_s for event in samples)


@pytest.mark.parametrize("seconds", [None, 60.0])
def test_that_stopping_it_is_no_success_although_it_had_an_end(session: Session, seconds: float | None) -> None:
    seen = threading.Event()
    handle = session.start(WatchJob("this-machine", rate_hz=20.0, seconds=seconds))
    forget = handle.subscribe(lambda event: seen.set() if isinstance(event, LiveValues) else None)
    assert seen.wait(30)
    handle.cancel()
    assert handle.wait(30).state is JobState.CANCELLED
    forget()


def test_that_an_unknown_board_is_refused(session: Session) -> None:
    ended = session.start(WatchJob("nowhere", seconds=1.0)).wait(30)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert "no board 'nowhere'" in ended.error.summary
