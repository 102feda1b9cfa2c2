"""A link to real agents that die, freeze, talk nonsense or speak another version."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from targets.agent.process import Child
from targets.agent_client import AgentClient, Owner
from targets.agent_package import agent_package
from targets.board import Board
from targets.board_values import BuiltEngine
from targets.link import Link
from targets.local import LocalBoard, LocalChannel, ship
from targets.replies import Refused
from targets.run_events import RunBlock, RunItem
from tests.unit.targets.both import on_both
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError, Cancelled, LinkLost

pytestmark = pytest.mark.slow

SOAK = {"id": "soak", "kind": "continuous", "warm_up": 1, "duration_s": 3600, "rate_hz": 50}
Until = Callable[[Callable[[], object]], None]


def find_agent(board: Board) -> int:
    """The process of the only agent with a board's root, found without asking it."""
    root = str(board.root).encode()
    words = {int(path.parent.name): path.read_bytes().split(b"\0") for path in Path("/proc").glob("[0-9]*/cmdline")}
    (pid,) = [pid for pid, argv in words.items() if b"serve" in argv and root in argv and b"-I" in argv[:2]]
    return pid


def agent_pid(client: AgentClient) -> int:
    """The process id of a client's agent."""
    lock = client.probe().lock
    assert lock is not None
    assert lock.owner is not None
    return int(lock.owner["agent_pid"])


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False


def freeze(pid: int) -> None:
    """Stop a process; back when it stands, which takes a moment on a busy machine."""
    os.kill(pid, signal.SIGSTOP)
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        os.sched_yield()


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for tasks in found for child in tasks.read_text().split()]


@pytest.fixture
def open_link() -> Iterator[Callable[[Child], Link]]:
    """A link to any process, closed at the end."""
    links: list[Link] = []

    def make(child: Child) -> Link:
        links.append(Link(LocalChannel(child), "bench"))
        return links[-1]

    yield make
    for link in links:
        link.close(timeout_s=5)


def test_that_an_agent_of_another_protocol_is_refused_by_both_numbers(
    tmp_path: Path, open_link: Callable[[Child], Link]
) -> None:
    folder = ship(agent_package(), tmp_path / "root")
    other = shutil.copytree(folder, tmp_path / "other")
    source = other / "slipway_agent" / "protocol.py"
    source.write_text(source.read_text().replace("PROTOCOL = 1", "PROTOCOL = 2"))
    link = open_link(Child([sys.executable, "-I", str(other), "serve", "--root", str(tmp_path / "root")]))
    with pytest.raises(BoardError, match="the agent on bench speaks protocol 2, this Slipway 1"):
        link.open(Deadline(20), CancelToken())


def test_that_a_greeting_of_the_shell_is_told_from_an_agent(open_link: Callable[[Child], Link]) -> None:
    link = open_link(Child(["/bin/echo", "Welcome to Ubuntu 22.04.5 LTS (GNU/Linux 5.15.148-tegra aarch64)"]))
    with pytest.raises(BoardError, match=r"did not start: .* text where a frame was expected; it begins with 'Welc'"):
        link.open(Deadline(20), CancelToken())


class CutJustNow(Link):
    """A link whose reader finds it cut the moment before whoever opens it looks whether it is lost."""

    @property
    def _lost(self) -> str | None:
        if threading.current_thread() is not threading.main_thread():
            return None
        self._cut = True
        return "it cannot be read"

    @_lost.setter
    def _lost(self, reason: str | None) -> None:
        pass


def test_that_a_link_that_is_cut_while_it_is_looked_at_is_told_as_lost() -> None:
    link = CutJustNow(LocalChannel(Child(["/bin/cat"])), "bench")
    with pytest.raises(LinkLost, match="the agent had not said hello yet"):
        link.open(Deadline(20), CancelToken())
    link.close(timeout_s=5)


def test_that_a_python_that_cannot_run_the_agent_is_named_with_its_words(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'SyntaxError: future feature annotations is not defined' >&2\nexit 1\n")
    python.chmod(0o755)
    board = LocalBoard("bench", tmp_path / "root", python=str(python))
    with pytest.raises(BoardError, match="did not start") as refused, AgentClient(board):
        pass
    assert "`python` key" in refused.value.hint
    assert "future feature annotations" in refused.value.detail
    assert "exit code 1" in refused.value.detail


def test_that_a_python_that_is_not_there_is_named(tmp_path: Path) -> None:
    board = LocalBoard("bench", tmp_path / "root", python="/no/such/python")
    with pytest.raises(BoardError, match="cannot start /no/such/python"), AgentClient(board):
        pass


def test_that_a_killed_agent_loses_the_link_in_mid_request(client: AgentClient) -> None:
    client.lock("test")
    pid = agent_pid(client)
    with pytest.raises(LinkLost, match="watch was under way") as lost:
        client.watch(100, lambda _sample: os.kill(pid, signal.SIGKILL), CancelToken())
    assert "SIGKILL" in lost.value.detail
    assert "by hand" in lost.value.hint
    with pytest.raises(LinkLost, match="probe was not sent"):
        client.probe()


@on_both
def test_that_a_frozen_agent_is_lost_by_its_silence(board: Board, owner: Owner) -> None:
    with AgentClient(board, owner, silence_s=1.0) as client:
        pid = find_agent(board)
        with pytest.raises(LinkLost, match="nothing was heard for 1 s"):
            client.watch(100, lambda _sample: freeze(pid), CancelToken())


@on_both
def test_that_a_slow_reader_of_events_does_not_lose_the_link(board: Board, owner: Owner) -> None:
    ticks = threading.Event()
    seen: list[object] = []
    cancel = CancelToken()

    def take(sample: object) -> None:
        if not seen:
            ticks.wait(1.5)
        seen.append(sample)
        if len(seen) == 600:
            cancel.request()

    with AgentClient(board, owner, silence_s=0.6) as client:
        client.watch(1000, take, cancel)
        assert client.probe().cores
    assert len(seen) >= 600


@on_both
def test_that_what_a_callback_raises_reaches_the_caller_and_the_request_ends(client: AgentClient) -> None:
    def divide(_sample: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        client.watch(100, divide, CancelToken())
    assert client.probe().cores


@on_both
def test_that_a_request_that_takes_too_long_is_stopped_and_the_link_stays(client: AgentClient) -> None:
    with pytest.raises(BoardError, match="watch on bench took longer than it may") as stopped:
        client.link.call("watch", {"rate_hz": 50}, Deadline(0.2), CancelToken())
    assert stopped.value.hint.startswith("Try it again")
    assert client.probe().cores


@on_both
def test_that_a_second_cancel_ends_at_once(board: Board, owner: Owner) -> None:
    cancel = CancelToken()
    with AgentClient(board, owner) as client:
        client.lock("test")
        pid = agent_pid(client)

        def freeze_and_cancel_twice(*_event: object) -> None:
            freeze(pid)
            cancel.request()
            cancel.request()

        with pytest.raises(Cancelled, match="stopped at once"):
            client.link.call("watch", {"rate_hz": 50}, Deadline(None), cancel, freeze_and_cancel_twice)
    assert not is_alive(pid)


def test_that_a_wrong_request_is_refused_before_it_is_sent(client: AgentClient) -> None:
    with pytest.raises(Refused, match="there is no command 'prob'") as refused:
        client.link.call("prob", {}, Deadline(5), CancelToken())
    assert refused.value.hint == "Did you mean probe?"


@on_both
def test_that_a_request_that_cannot_be_sent_leaves_the_link_as_it_is(client: AgentClient) -> None:
    client.lock("test")
    with pytest.raises(BoardError, match="a message to bench cannot be sent: a header that cannot be JSON"):
        client.start_run("r1", {"confidence": float("nan")})
    assert client.probe().cores


def start_soak(client: AgentClient, built: BuiltEngine, plan: dict[str, Any]) -> int:
    client.install("tiny", {"engine.blob": built.sha256}, {})
    return client.start_run("r1", plan)


@on_both
def test_that_a_run_ends_with_its_agent_when_the_link_is_closed(
    board: Board, client: AgentClient, built: BuiltEngine, make_plan: Callable[..., dict[str, Any]]
) -> None:
    pid = start_soak(client, built, make_plan(built.sha256, SOAK))
    client.link.close()
    assert not is_alive(pid)
    assert '"stopped"' in (Path(board.root) / "runs" / "r1" / "status.json").read_text()


@on_both
def test_that_a_run_ends_when_its_agent_is_killed_and_holds_the_board_until_then(
    board: Board, client: AgentClient, built: BuiltEngine, make_plan: Callable[..., dict[str, Any]], until: Until
) -> None:
    pid = start_soak(client, built, make_plan(built.sha256, SOAK))
    agent = agent_pid(client)
    workers = children(pid)
    freeze(pid)
    os.kill(agent, signal.SIGKILL)
    until(lambda: not is_alive(agent))
    with AgentClient(board, Owner("Bob", "desk-2", 1)) as second:
        with pytest.raises(Refused) as refused:
            second.lock("verify")
        assert refused.value.code == "E_BUSY"
        os.kill(pid, signal.SIGCONT)
        until(lambda: not any(is_alive(process) for process in (pid, *workers)))
        assert second.lock("verify") is False
        ends: list[RunItem] = []
        assert second.follow("r1", ends.append).state == "stopped"
        assert any(isinstance(item, RunBlock) for item in ends)


DESKTOP = """
import json, sys
from pathlib import Path
from targets.agent_client import AgentClient
from targets.local import LocalBoard
root, lock, plan = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
with AgentClient(LocalBoard("bench", root, lock=lock)) as client:
    client.lock("verify")
    run = client.start_run("r1", plan)
    print(client.probe().lock.owner["agent_pid"], run, flush=True)
    client.follow("r1", lambda item: None)
"""


def test_that_nothing_goes_on_when_the_desktop_is_killed(
    board: LocalBoard,
    client: AgentClient,
    built: BuiltEngine,
    make_plan: Callable[..., dict[str, Any]],
    until: Until,
    repository: Path,
) -> None:
    client.install("tiny", {"engine.blob": built.sha256}, {})
    client.unlock()
    plan = json.dumps(make_plan(built.sha256, SOAK))
    command = [sys.executable, "-c", DESKTOP, str(board.root), str(board.lock), plan]
    with subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE) as desktop:
        assert desktop.stdout is not None
        agent, run = (int(pid) for pid in desktop.stdout.readline().split())
        until(lambda: children(run))
        started = [agent, run, *children(run)]
        desktop.kill()
    until(lambda: not any(is_alive(pid) for pid in started))
    assert client.lock("verify") is False
    assert client.follow("r1", lambda _item: None).state == "stopped"


@on_both
def test_that_a_build_that_crashes_says_its_last_lines(client: AgentClient, push_slow_model: Callable[[], str]) -> None:
    sha256 = push_slow_model()
    with client.locked("build"):
        agent = agent_pid(client)

        def crash(_fraction: float | None, _text: str) -> None:
            for pid in children(agent):
                os.kill(pid, signal.SIGSEGV)

        with pytest.raises(Refused, match="the build process crashed") as refused:
            client.build(sha256, "openvino", {"precision": "f32"}, on_progress=crash)
    assert refused.value.code == "E_RUNTIME"
    assert "SIGSEGV" in refused.value.summary
    assert "Segmentation fault" in refused.value.detail


@on_both
def test_that_a_cancelled_build_leaves_neither_process_nor_file(
    client: AgentClient, board: Board, push_slow_model: Callable[[], str]
) -> None:
    sha256 = push_slow_model()
    with client.locked("build"):
        agent = agent_pid(client)
        cancel = CancelToken()
        builds: list[int] = []

        def stop(_fraction: float | None, _text: str) -> None:
            builds.extend(children(agent))
            cancel.request()

        with pytest.raises(Cancelled):
            client.build(sha256, "openvino", {"precision": "f32"}, on_progress=stop, cancel=cancel)
        assert builds
        assert not any(is_alive(pid) for pid in builds)
        assert [path.name for path in (Path(board.root) / "blobs").iterdir()] == [sha256]
        assert list((Path(board.root) / "scratch").iterdir()) == []


@on_both
def test_that_a_build_ends_with_the_link_that_asked_for_it(
    client: AgentClient, board: Board, push_slow_model: Callable[[], str]
) -> None:
    sha256 = push_slow_model()
    client.lock("build")
    agent = agent_pid(client)
    builds: list[int] = []
    errors: list[str] = []
    begun = threading.Event()

    def note(_fraction: float | None, _text: str) -> None:
        builds.extend(children(agent))
        begun.set()

    def build() -> None:
        try:
            client.build(sha256, "openvino", {"precision": "f32"}, on_progress=note)
        except LinkLost as error:
            errors.append(error.summary)

    thread = threading.Thread(target=build)
    thread.start()
    assert begun.wait(20)
    client.link.close()
    thread.join()
    assert errors == ["the link to bench is lost (it was closed); build was under way"]
    assert builds
    assert not any(is_alive(pid) for pid in [agent, *builds])


@on_both
def test_that_closing_leaves_no_thread_even_after_a_loss(board: Board, owner: Owner) -> None:
    before = set(threading.enumerate())
    with AgentClient(board, owner) as client:
        client.lock("test")
        os.kill(agent_pid(client), signal.SIGKILL)
        with pytest.raises(LinkLost):
            client.watch(10, lambda _sample: None, CancelToken())
    assert set(threading.enumerate()) == before
