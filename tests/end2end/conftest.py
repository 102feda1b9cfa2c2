"""A small real project, a board of its own on this machine, and somebody who works with the two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.example_project import make_project
from tests.end2end.bench import BY, Desk, Place, Story
from workbench.jobs.processes import ProcessExecutor
from workbench.session import Session


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The example with few frames and short durations, in FP32; nothing was done with it yet."""
    folder = tmp_path_factory.mktemp("fresh")
    make_project(folder / "project")
    return Place(folder / "project", folder / "slipway-home", folder / "board")


@pytest.fixture(scope="session")
def first(fresh: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, Story]]:
    """The first whole run of the project, and what it left; for looking at, never to be changed."""
    folder = tmp_path_factory.mktemp("first")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLIPWAY_HOME", str(folder / "slipway-home"))
        place = fresh.move(folder)
        with Session(place.home, by=BY) as session:
            yield place, Desk(place, session).run()


@pytest.fixture
def place(fresh: Place, tmp_path: Path) -> Place:
    """A project with which nothing was done yet."""
    return fresh.move(tmp_path)


@pytest.fixture
def desk(place: Place) -> Iterator[Desk]:
    """Somebody before a project with which nothing was done yet."""
    with Session(place.home, by=BY) as session:
        yield Desk(place, session)


@pytest.fixture
def later(first: tuple[Place, Story], tmp_path: Path) -> Iterator[Desk]:
    """Somebody before a copy of a project that was verified whole, its board as it was left then."""
    place = first[0].move(tmp_path)
    with Session(place.home, by=BY) as session:
        yield Desk(place, session)


@pytest.fixture
def processes(place: Place) -> Iterator[Desk]:
    """The same with jobs in processes of their own."""
    with Session(place.home, ProcessExecutor(place.home, BY), BY) as session:
        yield Desk(place, session)
