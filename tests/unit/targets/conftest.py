"""A board of the test's own on this machine: its root and its lock lie in the test's folder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from targets.agent_client import AgentClient, Owner
from targets.local import LocalBoard


@pytest.fixture
def board(tmp_path: Path) -> LocalBoard:
    return LocalBoard("bench", tmp_path / "root", lock=tmp_path / "lock")


@pytest.fixture
def owner() -> Owner:
    return Owner("Ada", "desk-1", 4711)


@pytest.fixture
def client(board: LocalBoard, owner: Owner) -> Iterator[AgentClient]:
    with AgentClient(board, owner) as client:
        yield client


Until = Callable[[Callable[[], object]], None]


@pytest.fixture
def until() -> Until:
    """Wait for a condition; fail after 20 s."""

    def wait(condition: Callable[[], object]) -> None:
        ticks = threading.Event()
        for _ in range(2000):
            if condition():
                return
            ticks.wait(0.01)
        pytest.fail("the condition did not come true within 20 s")

    return wait
