"""A small real project, a board of its own on this machine, and somebody who works with the two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.example_project import make_project, require_outputs_alone
from tests.end2end.bench import BY, Desk, Place, Story
from tests.ssh_lab.fixtures import emulator, ssh_keys, sshd
from workbench.jobs.processes import ProcessExecutor
from workbench.session import Session

__all__ = ["emulator", "ssh_keys", "sshd"]


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The example with few frames and short durations, in FP32; nothing was done with it yet."""
    folder = tmp_path_factory.mktemp("fresh")
    make_project(folder / "project")
    return Place(folder / "project", folder / "slipway-home", folder / "board")


@pytest.fixture(scope="session")
def first(fresh: Place, tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Story]:
    """The first whole run of the project, and what it left; for looking at, never to be changed."""
    return run_first(fresh, tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="session")
def lean_fresh(fresh: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The same project with a test specification that is soon carried out: nothing in it takes time by itself."""
    lean = fresh.copy(tmp_path_factory.mktemp("lean"))
    require_outputs_alone(lean.project)
    return lean


@pytest.fixture(scope="session")
def lean_first(lean_fresh: Place, tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Story]:
    """Its first whole run."""
    return run_first(lean_fresh, tmp_path_factory.mktemp("lean-first"))


def run_first(fresh: Place, folder: Path) -> tuple[Place, Story]:
    """Run a copy of a project for the first time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLIPWAY_HOME", str(folder / "slipway-home"))
        place = fresh.move(folder)
        with Session(place.home, by=BY) as session:
            return place, Desk(place, session).run()


@pytest.fixture
def place(lean_fresh: Place, tmp_path: Path) -> Place:
    """A project with which nothing was done yet."""
    return lean_fresh.move(tmp_path)


@pytest.fixture
def processes(place: Place) -> Iterator[Desk]:
    """Somebody before it whose jobs work in processes of their own."""
    with Session(place.home, ProcessExecutor(place.home, BY), BY) as session:
        yield Desk(place, session)


@pytest.fixture
def later(first: tuple[Place, Story], tmp_path: Path) -> Iterator[Desk]:
    """Somebody before a copy of a project that was verified whole, its board as it was left then."""
    with at(first[0].move(tmp_path)) as desk:
        yield desk


@pytest.fixture
def lean(lean_first: tuple[Place, Story], tmp_path: Path) -> Iterator[Desk]:
    """The same with the test specification that is soon carried out."""
    with at(lean_first[0].move(tmp_path)) as desk:
        yield desk


@contextmanager
def at(place: Place) -> Iterator[Desk]:
    """Somebody before a project, with jobs in threads."""
    with Session(place.home, by=BY) as session:
        yield Desk(place, session)
