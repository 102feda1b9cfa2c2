"""Boards over SSH as jobs reach them: asked about, probed, kept, and forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from projects.record_file import Author
from targets.inventory import BoardEntry, find_board, list_boards, save_board
from tests.ssh_lab.boards import entry_of
from tests.ssh_lab.fixtures import ssh_keys, sshd
from tests.ssh_lab.server import PASSPHRASE, SshServer
from workbench import cli
from workbench.base.errors import Fault
from workbench.base.events import Event, JobEnded, JobState, LiveValues, LogLine, Question
from workbench.jobs.job import Job
from workbench.jobs.processes import ProcessExecutor
from workbench.pipeline.boards import AddBoardJob, AddedBoard, ProbeBoardJob
from workbench.pipeline.watch import WatchJob
from workbench.session import Session

pytestmark = pytest.mark.slow

__all__ = ["ssh_keys", "sshd"]
ADA = Author("Ada")


@pytest.fixture
def server(request: pytest.FixtureRequest) -> SshServer:
    """A real server, known to the user."""
    server: SshServer = request.getfixturevalue("sshd")
    return server


@pytest.fixture
def entry(server: SshServer, tmp_path: Path) -> BoardEntry:
    """A board on it that is not known yet."""
    return entry_of(server, tmp_path / "root")


@pytest.fixture(params=["threads", "processes"])
def session(request: pytest.FixtureRequest, slipway_home: Path) -> Iterator[Session]:
    """A session whose jobs work in threads, and one whose jobs work in processes."""
    executor = ProcessExecutor(slipway_home, ADA) if request.param == "processes" else None
    with Session(slipway_home, executor, ADA) as opened:
        yield opened


Carry = Callable[..., tuple[JobEnded, list[Event]]]


@pytest.fixture
def carry_out(session: Session) -> Carry:
    """Do a job and answer its questions in order; without answers, nobody is there."""

    def carry_out(job: Job, *answers: str) -> tuple[JobEnded, list[Event]]:
        waiting = list(answers)
        handle = session.start(job, interactive=bool(answers))
        seen = []
        for event in handle.events():
            seen.append(event)
            if isinstance(event, Question):
                session.answer(event.question_id, waiting.pop(0))
        return handle.wait(60), seen

    return carry_out


def questions(events: list[Event]) -> list[Question]:
    """What was asked."""
    return [event for event in events if isinstance(event, Question)]


def test_that_a_new_host_is_asked_about_and_the_board_kept(
    server: SshServer, entry: BoardEntry, carry_out: Carry
) -> None:
    server.known_hosts.unlink()
    ended, events = carry_out(AddBoardJob(entry), "yes")
    assert ended.state is JobState.SUCCEEDED
    (question,) = questions(events)
    assert question.kind == "confirm"
    assert server.fingerprint in question.text
    assert server.fingerprint in question.flag
    assert isinstance(ended.result, AddedBoard)
    assert ended.result.probed is not None
    assert ended.result.probed.facts.python is not None
    assert find_board(entry.name) == entry


def test_that_a_board_that_is_not_trusted_or_reached_is_not_kept(
    server: SshServer, entry: BoardEntry, carry_out: Carry
) -> None:
    server.known_hosts.unlink()
    refused, _ = carry_out(AddBoardJob(entry), "no")
    unasked, events = carry_out(AddBoardJob(entry))
    off, _ = carry_out(AddBoardJob(replace(entry, port=9)))
    for ended in (refused, unasked, off):
        assert ended.state is JobState.FAILED
        assert ended.error is not None
        assert ended.error.fault is Fault.BOARD
    assert not questions(events)
    assert unasked.error is not None
    assert f"--accept-host-key {server.fingerprint}" in unasked.error.hint
    assert [known.name for known in list_boards()] == ["this-machine"]


def test_that_a_passphrase_is_a_secret_question_and_stored_nowhere(
    server: SshServer, entry: BoardEntry, carry_out: Carry, slipway_home: Path
) -> None:
    locked = replace(entry, key=str(server.keys.locked))
    ended, events = carry_out(AddBoardJob(locked), PASSPHRASE)
    assert ended.state is JobState.SUCCEEDED
    assert [question.kind for question in questions(events)] == ["secret"]
    watched, more = carry_out(WatchJob(entry.name, rate_hz=20.0, seconds=0.5), PASSPHRASE)
    assert watched.state is JobState.SUCCEEDED
    assert any(isinstance(event, LiveValues) for event in more)
    assert PASSPHRASE not in repr(events) + repr(more)
    assert not [path for path in slipway_home.rglob("*") if path.is_file() and PASSPHRASE.encode() in path.read_bytes()]


def test_that_a_wrong_line_of_known_hosts_is_a_warning_of_the_job(
    server: SshServer, entry: BoardEntry, carry_out: Carry
) -> None:
    server.known_hosts.write_text("nonsense\n" + server.known_hosts.read_text())
    save_board(entry)
    ended, events = carry_out(ProbeBoardJob(entry.name))
    assert ended.state is JobState.SUCCEEDED
    assert any(
        isinstance(event, LogLine) and "nonsense" not in event.text and ":1 is passed" in event.text for event in events
    )


def test_that_a_question_that_is_cancelled_ends_the_job(server: SshServer, entry: BoardEntry, session: Session) -> None:
    server.known_hosts.unlink()
    handle = session.start(AddBoardJob(entry), interactive=True)
    for event in handle.events():
        if isinstance(event, Question):
            handle.cancel()
    assert handle.wait(30).state is JobState.CANCELLED
    assert [known.name for known in list_boards()] == ["this-machine"]


def call(*words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, object]:
    """One call of the command with --json; its exit code and result."""
    code = cli.main([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)["result"]


def test_that_the_command_adds_lists_probes_and_forgets_a_board(
    server: SshServer, entry: BoardEntry, capsys: pytest.CaptureFixture[str]
) -> None:
    server.known_hosts.unlink()
    where = ["--host", server.host, "--port", str(server.port), "--user", server.user, "--key", str(entry.key)]
    there = ["--root", str(entry.root), "--python", str(entry.python), "--id", "SN-1", "--lock", str(entry.lock)]
    assert cli.main(["boards", "add", "rig", *where, *there]) == 4
    assert server.fingerprint in capsys.readouterr().err
    code, result = call("boards", "add", "rig", *where, *there, "--accept-host-key", server.fingerprint, capsys=capsys)
    assert code == 0
    assert isinstance(result, dict)
    assert result["entry"]["host"] == server.host
    assert result["probed"]["facts"]["python"]
    assert cli.main(["boards", "add", "rig", *where]) == 2
    assert "there is a board rig already" in capsys.readouterr().err
    assert cli.main(["boards", "list"]) == 0
    assert f"{server.user}@{server.host}:{server.port}" in capsys.readouterr().out
    code, result = call("boards", "probe", "rig", capsys=capsys)
    assert isinstance(result, dict)
    assert (code, result["name"]) == (0, "rig")
    assert call("boards", "remove", "rig", capsys=capsys)[0] == 0
    assert cli.main(["boards", "remove", "rig"]) == 2
    assert cli.main(["boards", "remove", "this-machine"]) == 2


def test_that_a_board_can_be_added_unreached(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["boards", "add", "rig", "--host", "192.0.2.1", "--no-probe"]) == 0
    assert find_board("rig") == BoardEntry("rig", "ssh", host="192.0.2.1")
    assert "rig is known from now on" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a b", "--host", "h"], "cannot be the name of a board"),
        (["rig", "--host", "-oProxyCommand=x"], "is no host"),
        (["rig", "--host", "h", "--port", "70000"], "port 70000 is none"),
        (["this-machine", "--host", "h"], "this-machine is this machine"),
    ],
)
def test_that_what_is_no_board_is_refused_before_anything_is_reached(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["boards", "add", *words]) == 2
    assert said in capsys.readouterr().err
