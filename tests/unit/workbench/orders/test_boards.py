"""Orders of boards against real servers: added with a question, read, watched, prepared."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from projects.record_file import Author
from targets.inventory import THIS_MACHINE, find_board
from targets.kept_facts import load_kept
from targets.kept_history import load_history
from targets.road import Stage
from tests.ssh_lab.boards import add_board, entry_of
from tests.ssh_lab.fixtures import ssh_keys, sshd
from tests.ssh_lab.server import SshServer
from workbench.base.events import Event, JobEnded, JobState, LiveValues, Question, ResultPart
from workbench.jobs.handle import JobHandle
from workbench.jobs.processes import ProcessExecutor
from workbench.orders.boards import (
    HEALTH,
    AddBoard,
    BoardHealth,
    BoardRead,
    InstallOnBoard,
    PrepareBoard,
    ReadBoard,
    ReadBoards,
    WatchHealth,
)
from workbench.session import Session

pytestmark = pytest.mark.slow

__all__ = ["ssh_keys", "sshd"]
ADA = Author("Ada")
WAIT_S = 60.0


@pytest.fixture
def server(request: pytest.FixtureRequest) -> SshServer:
    """A real server, known to the user."""
    server: SshServer = request.getfixturevalue("sshd")
    return server


@pytest.fixture(params=["threads", "processes"])
def session(request: pytest.FixtureRequest, slipway_home: Path) -> Iterator[Session]:
    """A session whose jobs work in threads, and one whose jobs work in processes, as the window's do."""
    executor = ProcessExecutor(slipway_home, ADA) if request.param == "processes" else None
    with Session(slipway_home, executor, ADA) as opened:
        yield opened


def order_of(server: SshServer, root: Path) -> AddBoard:
    """To add the server as a board."""
    entry = entry_of(server, root)
    assert entry.host is not None
    return AddBoard(
        entry.name, entry.host, entry.port, entry.user, entry.key, entry.root, entry.python, entry.id, entry.lock
    )


def until(handle: JobHandle, fits: Callable[[Event], bool]) -> Event:
    """The first event that fits, as it comes."""
    found: list[Event] = []
    there = threading.Event()

    def look(event: Event) -> None:
        if fits(event) or isinstance(event, JobEnded):
            found.append(event)
            there.set()

    forget = handle.subscribe(look)
    try:
        assert there.wait(WAIT_S), "nothing of it came in time"
    finally:
        forget()
    return found[0]


def test_that_a_new_host_is_added_once_its_key_was_shown_apart_from_the_question(
    server: SshServer, session: Session, tmp_path: Path
) -> None:
    server.forget()
    handle = session.start(order_of(server, tmp_path / "root"), interactive=True)
    question = until(handle, lambda event: isinstance(event, Question))
    assert isinstance(question, Question)
    assert (question.about["subject"], question.about["kind"]) == ("host key", "ED25519")
    assert question.about["fingerprint"] == server.fingerprint
    assert question.about["base64"] == server.host_key.with_suffix(".pub").read_text().split()[1]
    assert question.about["command"] == "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"
    session.answer(question.question_id, "yes")
    ended = handle.wait(WAIT_S)
    assert ended.state is JobState.SUCCEEDED
    assert isinstance(ended.result, BoardRead)
    assert ended.result.ready
    kept = load_kept(session.home, "bench")
    assert (kept.facts and kept.facts.os, kept.failure) == (ended.result.text.partition(" on ")[0], None)
    assert kept.host_key == f"ED25519 {server.fingerprint}"
    assert find_board("bench").port == server.port


def test_that_several_boards_are_read_and_one_that_is_gone_stops_none(
    server: SshServer, session: Session, tmp_path: Path
) -> None:
    add_board(server, tmp_path / "root")
    add_board(server, tmp_path / "other", "gone", port=9)
    handle = session.start(ReadBoards((THIS_MACHINE, "gone", "bench")))
    ended = handle.wait(WAIT_S)
    assert isinstance(ended.result, tuple)
    assert [(read.name, read.reached) for read in ended.result] == [
        (THIS_MACHINE, True),
        ("gone", False),
        ("bench", True),
    ]
    failure = load_kept(session.home, "gone").failure
    assert failure is not None
    assert failure.stage is Stage.CONNECT


def test_that_a_watch_tells_figures_keeps_a_minute_and_ends_when_it_is_stopped(
    server: SshServer, session: Session, tmp_path: Path
) -> None:
    add_board(server, tmp_path / "root")
    handle = session.start(WatchHealth(("bench",), rate_hz=10.0))

    def figures(event: Event) -> bool:
        return isinstance(event, LiveValues) and event.values.get("cpu_percent") is not None

    event = until(handle, figures)
    assert isinstance(event, LiveValues)
    assert event.stream == f"{HEALTH} bench"
    handle.cancel()
    assert handle.wait(WAIT_S).state is JobState.CANCELLED
    assert len(load_history(session.home, "bench")) == 1


def test_that_a_watch_that_is_cancelled_before_it_began_ends(session: Session) -> None:
    handles = [session.start(WatchHealth(("this-machine",))) for _ in range(3)]
    for handle in handles:
        handle.cancel()
    assert [handle.wait(WAIT_S).state for handle in handles] == [JobState.CANCELLED] * 3


def test_that_a_watch_says_when_it_tries_again_and_goes_on_by_itself(
    server: SshServer, session: Session, tmp_path: Path
) -> None:
    add_board(server, tmp_path / "root")
    handle = session.start(WatchHealth(("bench",), rate_hz=10.0))
    until(handle, lambda event: isinstance(event, LiveValues))
    server.kill()
    part = until(handle, lambda event: isinstance(event, ResultPart) and "tried again in" in str(event.value))
    assert isinstance(part, ResultPart)
    server.start()
    lives: list[str] = []

    def live_again(event: Event) -> bool:
        if isinstance(event, ResultPart) and isinstance(event.value, BoardHealth) and event.value.live:
            lives.append(event.value.board)
        return len(lives) > 1

    until(handle, live_again)
    assert lives == ["bench", "bench"]
    handle.cancel()
    assert handle.wait(WAIT_S).state is JobState.CANCELLED


def test_that_a_watch_asks_nobody_and_leaves_a_new_host_alone(
    server: SshServer, session: Session, tmp_path: Path
) -> None:
    add_board(server, tmp_path / "root")
    server.forget()
    handle = session.start(WatchHealth(("bench",)), interactive=True)
    part = until(handle, lambda event: isinstance(event, ResultPart) and "not watched" in str(event.value))
    assert isinstance(part, ResultPart)
    assert load_kept(session.home, "bench").failure is None
    handle.cancel()
    handle.wait(WAIT_S)


def test_that_preparing_may_only_be_looked_at(session: Session) -> None:
    ended = session.start(PrepareBoard(THIS_MACHINE, dry_run=True)).wait(WAIT_S)
    assert ended.state is JobState.SUCCEEDED, ended.error
    assert (ended.result.installs, ended.result.done) == ((), False)  # type: ignore[attr-defined]


def test_that_only_the_command_that_was_read_is_run(server: SshServer, session: Session, tmp_path: Path) -> None:
    add_board(server, tmp_path / "root")
    session.start(ReadBoard("bench")).wait(WAIT_S)
    other = InstallOnBoard("bench", "cv2", "apt-get install -y something-else")
    ended = session.start(other).wait(WAIT_S)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert "does not lack cv2" in ended.error.summary or "another command" in ended.error.summary
    assert replace(other, lack="numpy").title == "Install numpy on bench"
