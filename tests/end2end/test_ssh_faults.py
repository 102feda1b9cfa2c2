"""What goes wrong with boards over SSH: one clear error each, and the next job works."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.example_project import BOARD
from targets.agent_client import AgentClient, Owner
from targets.facts import BoardFacts
from targets.inventory import BoardEntry, list_boards, open_board, open_entry
from targets.person import NOBODY, Person
from tests.end2end.bench import BY, Desk, Place, Story
from tests.end2end.test_command import Terminal
from tests.end2end.test_faults import mounted
from tests.ssh_lab.boards import add_board
from tests.ssh_lab.pythons import (
    find_old_python,
    make_python,
    make_python_of_1970,
    make_python_of_openvino,
)
from tests.ssh_lab.server import PASSPHRASE, SshServer
from workbench.base.errors import BoardError
from workbench.base.events import JobState
from workbench.session import Session


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(capsys)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The root of a board that has nothing yet."""
    return tmp_path / "root"


@pytest.fixture
def remote(lean_first: tuple[Place, Story], sshd: SshServer, tmp_path: Path) -> Iterator[Desk]:
    """Somebody before a project that was verified whole, on a board over SSH that has all of it."""
    place = lean_first[0].copy(tmp_path)
    add_board(sshd, place.root, id="bench-board")
    with Session(place.home, by=BY) as session:
        yield Desk(place, session)


def verify_again(desk: Desk) -> Story:
    """The main job, with nothing left to do but the verification."""
    shutil.rmtree(desk.place.project / "runs", ignore_errors=True)
    return desk.run()


def reach(person: Person = NOBODY) -> BoardFacts:
    """Start the agent and ask it what the board is."""
    with AgentClient(open_board(BOARD, person)) as client:
        return client.probe()


def check_refused(*words: str, hint: str, person: Person = NOBODY) -> None:
    """The board cannot be used, and one error says all of this."""
    with pytest.raises(BoardError) as caught:
        reach(person)
    for word in words:
        assert word in f"{caught.value.summary}\n{caught.value.detail}"
    assert hint in caught.value.hint


# The host


def test_that_a_changed_host_key_ends_it_before_the_login(sshd: SshServer, root: Path, terminal: Terminal) -> None:
    add_board(sshd, root)
    known, before = sshd.known_hosts.read_bytes(), sshd.fingerprint
    sshd.change_host_key()
    check_refused("the host key of", "changed", before, sshd.fingerprint, hint="ssh-keygen -R")
    assert terminal.call("boards", "probe", BOARD)[0] == 4
    assert sshd.known_hosts.read_bytes() == known
    assert "Accepted" not in sshd.log.read_text()
    sshd.trust()
    reach()


def test_that_a_host_that_shows_another_kind_of_key_is_no_new_host(sshd: SshServer, root: Path) -> None:
    add_board(sshd, root)
    sshd.change_host_key("ecdsa")
    check_refused("changed", "ED25519", hint="ssh-keygen -R")


def test_that_an_unknown_host_is_refused_without_a_terminal_and_the_flag_accepts_it(
    sshd: SshServer, root: Path, terminal: Terminal
) -> None:
    add_board(sshd, root)
    sshd.forget()
    assert terminal.call("boards", "probe", BOARD)[0] == 4
    assert sshd.fingerprint in terminal.err
    assert "--accept-host-key" in terminal.err
    assert sshd.known_hosts.read_text() == ""
    assert "Accepted" not in sshd.log.read_text()
    assert terminal.call("boards", "probe", BOARD, "--accept-host-key", "SHA256:" + "A" * 43)[0] == 4
    assert sshd.known_hosts.read_text() == ""
    assert terminal.call("boards", "probe", BOARD, "--accept-host-key", sshd.fingerprint)[0] == 0, terminal.err
    assert sshd.name_in_known_hosts in sshd.known_hosts.read_text()
    reach()


def test_that_a_new_board_is_added_once_its_host_key_is_accepted(
    sshd: SshServer, root: Path, terminal: Terminal
) -> None:
    sshd.forget()
    where = ("--host", sshd.host, "--port", str(sshd.port), "--user", sshd.user, "--key", sshd.keys.plain)
    words = ("boards", "add", "far", *where, "--root", root, "--python", sys.executable)
    assert terminal.call(*words)[0] == 4
    assert sshd.fingerprint in terminal.err
    assert "far" not in terminal.call("boards", "list")[1]
    code, out = terminal.call(*words, "--accept-host-key", sshd.fingerprint)
    assert code == 0, terminal.err
    assert "far" in out
    assert [board.name for board in list_boards()][1:] == ["far"]
    assert terminal.call("boards", "probe", "far")[0] == 0, terminal.err


def test_that_a_person_is_asked_about_an_unknown_host_with_its_fingerprint(sshd: SshServer, root: Path) -> None:
    add_board(sshd, root)
    sshd.forget()
    asked = Answers("no", "yes")
    check_refused("was not trusted", hint="fingerprint", person=asked.person)
    assert sshd.known_hosts.read_text() == ""
    reach(asked.person)
    assert all(sshd.fingerprint in question for question in asked.questions)
    assert sshd.name_in_known_hosts in sshd.known_hosts.read_text()


def test_that_a_board_that_is_off_is_told_as_such(sshd: SshServer, root: Path, terminal: Terminal) -> None:
    add_board(sshd, root)
    sshd.stop()
    check_refused("cannot be reached", "refused", hint="switched on")
    assert terminal.call("boards", "probe", BOARD)[0] == 4
    sshd.start()
    reach()


# The login


class Answers:
    """A person who has these answers, and remembers what was asked."""

    def __init__(self, *answers: str) -> None:
        self.questions: list[str] = []
        self.told: list[str] = []
        self._answers = list(answers)
        self.person = Person(self._answer, self.told.append)

    def _answer(self, kind: str, text: str, choices: Sequence[str] = (), flag: str = "") -> str:
        self.questions.append(text)
        return self._answers.pop(0)


def test_that_a_refused_login_says_what_was_tried(sshd: SshServer, root: Path, terminal: Terminal) -> None:
    add_board(sshd, root, key=str(sshd.keys.stranger))
    check_refused("refuses the login", "ssh-ed25519", "publickey", hint="--key")
    assert terminal.call("boards", "probe", BOARD)[0] == 4
    add_board(sshd, root)
    reach()


def test_that_a_server_that_wants_a_password_gets_none_without_a_terminal(
    sshd: SshServer, root: Path, terminal: Terminal
) -> None:
    add_board(sshd, root)
    sshd.restart(PubkeyAuthentication="no", PasswordAuthentication="yes")
    check_refused("refuses the login", "password", hint="")
    assert terminal.call("boards", "probe", BOARD)[0] == 4
    asked = Answers("wrong", "wrong again", "and again")
    check_refused("refuses the login", "password", hint="", person=asked.person)
    assert len(asked.questions) == 3
    assert "Accepted" not in sshd.log.read_text()


def test_that_a_passphrase_is_asked_for_once_and_kept_nowhere(sshd: SshServer, root: Path, tmp_path: Path) -> None:
    add_board(sshd, root, key=str(sshd.keys.locked))
    check_refused("refuses the login", "passphrase", hint="", person=NOBODY)
    asked = Answers("wrong", PASSPHRASE)
    reach(asked.person)
    assert len(asked.questions) == 2
    assert all(str(sshd.keys.locked) in question for question in asked.questions)
    assert len(asked.told) == 1
    check_refused("typed wrong 3 times", hint="", person=Answers("a", "b", "c").person)
    written = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_symlink()]
    assert not [path for path in written if PASSPHRASE.encode() in path.read_bytes()]


# The board's software


def test_that_a_board_without_python_is_told_as_such(sshd: SshServer, root: Path) -> None:
    add_board(sshd, root, python="/nowhere/bin/python3")
    check_refused("/nowhere/bin/python3", hint="Python 3.8 or newer")
    add_board(sshd, root)
    reach()


def test_that_a_board_whose_python_is_too_old_is_told_as_such(sshd: SshServer, root: Path) -> None:
    old = find_old_python()
    if old is None:
        pytest.skip("no Python below 3.8 is on this machine")
    add_board(sshd, root, python=str(old))
    check_refused("too old", hint="3.8")
    assert not root.exists()


def test_that_a_login_shell_that_talks_is_passed_over(sshd: SshServer, root: Path) -> None:
    add_board(sshd, root)
    sshd.restart(ForceCommand='echo Welcome; echo "to this board" >&2; eval "$SSH_ORIGINAL_COMMAND"')
    assert reach().cores


@pytest.mark.slow
@pytest.mark.parametrize("without", ["numpy", "openvino"])
def test_that_a_board_that_lacks_a_library_is_told_as_such_with_the_command(
    remote: Desk, sshd: SshServer, terminal: Terminal, tmp_path: Path, without: str
) -> None:
    python = make_python(tmp_path / "python", (without,))
    add_board(sshd, remote.place.root, id="bench-board", python=str(python))
    verify_again(remote).check_error("OpenVINO", hint=f"slipway boards prepare {BOARD} --runtime openvino")
    _, out = terminal.call("boards", "probe", BOARD)
    assert without in out
    assert f"slipway boards prepare {BOARD}" in out


@pytest.mark.slow
def test_that_an_engine_is_built_again_for_another_openvino(remote: Desk, sshd: SshServer, tmp_path: Path) -> None:
    python = make_python_of_openvino(tmp_path / "python", "2099.1.0-1-another")
    add_board(sshd, remote.place.root, id="bench-board", python=str(python))
    story = remote.run()
    assert story.state is JobState.SUCCEEDED, story.ended.error
    assert story.reasons["build"].endswith("→ 2099.1.0-1-another")
    assert story.reasons["verify"] == "the release changed"


@pytest.mark.slow
def test_that_a_clock_of_1970_changes_nothing_but_is_said(remote: Desk, sshd: SshServer, tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is missing: sudo apt-get install -y gcc libc6-dev")
    python = make_python_of_1970(tmp_path / "python")
    add_board(sshd, remote.place.root, id="bench-board", python=str(python))
    began = datetime.now(UTC).isoformat()[:10]
    story = verify_again(remote)
    record = story.outcome.record
    assert record.state == "finished"
    assert any("1970-01-01" in text and "behind this machine" in text for text in record.findings)
    assert str(remote.place.record()["created"])[:10] >= began
    assert reach().clock_utc is not None


# The board's disk


@pytest.mark.slow
def test_that_a_full_disk_of_a_board_is_told_as_such(remote: Desk, sshd: SshServer, tmp_path: Path) -> None:
    small = tmp_path / "small"
    with mounted(small, "12m") as again:
        add_board(sshd, small, id="bench-board")
        (small / "ballast").write_bytes(bytes(7 << 20))
        story = remote.run()
        story.check_error("no space", "MB are free", hint="free space there")
        assert not list(small.rglob("*.part"))
        shutil.rmtree(small / "agent")
        (small / "ballast").write_bytes(bytes(shutil.disk_usage(small).free + (7 << 20) - 100_000))
        remote.run().check_error("cannot write", "No space left", hint="Free space")
        assert not list(small.glob("agent/.*"))
        (small / "ballast").unlink()
        again("size=200m")
        assert remote.run().outcome.record.state == "finished"


def test_that_a_home_that_cannot_be_written_is_told_as_such(sshd: SshServer, root: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with mounted(home) as again:
        again("ro")
        sshd.restart(SetEnv=f"SHLVL=5 HOME={home}")
        add_board(sshd, "~/.slipway")
        check_refused("cannot write", "Read-only file system", hint="another root")
        add_board(sshd, root)
        assert reach().home_writable is False  # a root elsewhere is all that is needed
        again("rw")
        add_board(sshd, "~/.slipway")
        assert reach().root == str(home / ".slipway")


# Others


@pytest.mark.slow
def test_that_the_second_of_two_desktops_is_told_who_holds_the_board(
    remote: Desk, sshd: SshServer, slipway_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLIPWAY_HOME", str(slipway_home / "of-grace"))
    add_board(sshd, remote.place.root)
    others = open_board(BOARD)
    monkeypatch.setenv("SLIPWAY_HOME", str(slipway_home))
    with AgentClient(others, Owner("Grace", "desk-2", 17)) as other, other.locked("verify the lorry"):
        verify_again(remote).check_error("Grace", "desk-2", "verify the lorry", hint="")
    assert not remote.place.runs()
    remote.check_works()


@pytest.mark.slow
def test_that_a_home_shared_with_this_machine_is_said_and_one_lock_keeps_both_apart(
    remote: Desk, sshd: SshServer, slipway_home: Path
) -> None:
    shared = slipway_home / "board"  # this machine's own root
    shutil.copytree(remote.place.root, shared)
    add_board(sshd, shared, id="bench-board")
    record = verify_again(remote).outcome.record
    assert any("is also the root of this machine" in text for text in record.findings)
    here = open_entry(BoardEntry("here", "local", root=str(shared), lock=str(sshd.folder / "lock")))
    with AgentClient(here, Owner("Grace", "this-desk", 17)) as other, other.locked("build"):
        verify_again(remote).check_error("Grace", "build", hint="")
