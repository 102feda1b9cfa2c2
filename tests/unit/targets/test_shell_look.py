"""A board on which no agent starts: what it lacks is said, with the one command, by a shell that is real."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from targets import shell_look
from targets.agent_client import AgentClient
from targets.board import Completed, NoAgent
from targets.board_python import CHOOSE_PYTHON, find_python
from targets.local import LocalBoard
from targets.shell_look import explain_start
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError

SEEN = "the agent did not start"


class ToldBoard:
    """A board whose shell is this machine's, with a folder of programs in front of all others, or alone."""

    def __init__(self, root: Path | str, python: str | None, path: str) -> None:
        self.name = "jetson"
        self.root = root
        self.python = python
        self._path = path

    def run(self, argv: list[str], _deadline: Deadline, _cancel: CancelToken) -> Completed:
        """Run it with that PATH."""
        done = subprocess.run(argv, capture_output=True, check=False, env={"PATH": self._path, "HOME": "/root"})
        return Completed(tuple(argv), done.returncode, done.stdout, done.stderr.decode())


def explain(board: object) -> BoardError:
    """The error of an agent that did not start there."""
    return explain_start(board, NoAgent(SEEN), CancelToken())  # type: ignore[arg-type]


def make_program(folder: Path, name: str, words: str) -> None:
    """A program of a board."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{words}\n")
    (folder / name).chmod(0o755)


def test_that_a_path_without_python_is_told_with_the_command(tmp_path: Path) -> None:
    error = explain(ToldBoard(tmp_path / "root", None, str(tmp_path)))
    assert error.summary == "jetson has no Python that the agent can run in: python3 is not there"
    assert "python3" in error.hint
    assert "run there" in error.hint
    assert SEEN in error.detail


@pytest.mark.parametrize(
    ("version", "hint"),
    [("3.6.9", "3.8"), ("2.7.18", "python3"), ("", "python3")],
)
def test_that_a_python_that_is_too_old_is_told(tmp_path: Path, version: str, hint: str) -> None:
    make_program(tmp_path / "bin", "python3", f"printf '%s' '{version}'")
    error = explain(ToldBoard(tmp_path / "root", None, str(tmp_path / "bin")))
    assert (f"python3 is {version}" if version else "python3 does not run") in error.summary
    assert hint in error.hint


def test_that_a_newer_python_that_is_there_is_the_way(tmp_path: Path) -> None:
    make_program(tmp_path / "bin", "python3", "printf 3.6.9")
    make_program(tmp_path / "bin", "python3.9", "printf 3.9.2")
    make_program(tmp_path / "bin", "python3.12", "exit 1")
    error = explain(ToldBoard(tmp_path / "root", None, str(tmp_path / "bin")))
    assert "to python3.9, which it has" in error.hint


def test_that_a_root_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    make_program(tmp_path / "bin", "python3", "printf 3.11.2")
    (tmp_path / "file").write_text("")
    error = explain(ToldBoard(tmp_path / "file" / "root", None, f"{tmp_path / 'bin'}:/usr/bin:/bin"))
    assert "cannot be written" in error.summary
    assert f"mkdir -p {tmp_path}/file/root" in error.hint


def test_that_a_full_disk_is_told(tmp_path: Path) -> None:
    make_program(tmp_path / "bin", "python3", "printf 3.11.2")
    table = "echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'; echo 'x 9 9 12 100% /'"
    make_program(tmp_path / "bin", "df", table)
    error = explain(ToldBoard(tmp_path / "root", None, f"{tmp_path / 'bin'}:/usr/bin:/bin"))
    assert error.summary == f"jetson: its disk is full (12 kB free for {tmp_path}/root)"


def test_that_a_board_on_which_nothing_is_wrong_keeps_its_own_error(tmp_path: Path) -> None:
    make_program(tmp_path / "bin", "python3", "printf 3.11.2")
    assert explain(ToldBoard(tmp_path, None, f"{tmp_path / 'bin'}:/usr/bin:/bin")).summary == SEEN


def test_that_what_a_login_shell_prints_is_passed_over() -> None:
    seen = shell_look._parse("Welcome\nslipway-look version 3.6.9\nslipway-look like ubuntu debian\n\x1b[0m\n")
    assert seen == {"version": "3.6.9", "like": "ubuntu debian"}
    assert shell_look._bring_python(seen).endswith("sudo apt-get install -y python3.8 python3.8-venv")
    assert shell_look._bring_python({"like": "fedora", "uid": "0"}).endswith("run there dnf install -y python3")
    assert "package manager" in shell_look._bring_python({"like": "buildroot"})


def test_that_a_root_that_no_agent_can_be_shipped_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BoardError) as refused, AgentClient(LocalBoard("jetson", tmp_path / "file" / "root")):
        pass
    assert refused.value.summary == f"jetson: its root {tmp_path}/file/root cannot be written"
    assert "cannot write" in refused.value.detail


def test_that_every_command_of_a_board_says_it(tmp_path: Path) -> None:
    board = LocalBoard("jetson", tmp_path / "root", python=str(tmp_path / "python3"))
    with pytest.raises(BoardError) as refused, AgentClient(board):
        pass
    assert "jetson has no Python that the agent can run in" in refused.value.summary
    assert "cannot start" in refused.value.detail


# Which Python


def chosen_by_shell(root: str, key: str | None, home: Path) -> str:
    """What a board's sh chooses."""
    script = f'r=$1 k=$2; {CHOOSE_PYTHON}echo "$k"'
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", root, key or ""],
        capture_output=True,
        text=True,
        check=True,
        env={"HOME": str(home)},
    )
    return done.stdout.strip()


def make_venv(root: Path, made_from: str | None) -> str:
    """An environment as it lies in a root."""
    (root / "venv" / "bin").mkdir(parents=True)
    (root / "venv" / "bin" / "python").symlink_to(sys.executable)
    if made_from is not None:
        (root / "venv" / "made-from").write_text(made_from)
    return str(root / "venv" / "bin" / "python")


@pytest.mark.parametrize(
    ("made_from", "key", "ours"),
    [
        (None, None, True),
        ("", None, True),
        ("python3.9", None, True),
        (None, "python3.9", False),
        ("", "python3.9", False),
        ("python3.9", "python3.9", True),
        ("python3.9", "/usr/bin/python3.9", False),
    ],
)
def test_that_shell_and_python_choose_alike(tmp_path: Path, made_from: str | None, key: str | None, ours: bool) -> None:
    home = tmp_path / "my home"
    root = home / ".slipway"
    for place in (str(root), "~/.slipway"):
        assert chosen_by_shell(place, key, home) == (key or "python3")
    assert find_python(root, key, "python3") == (key or "python3")
    venv = make_venv(root, made_from)
    expected = venv if ours else key
    for place in (str(root), "~/.slipway"):
        assert chosen_by_shell(place, key, home) == expected
    assert find_python(root, key, "python3") == expected


def test_that_an_environment_whose_python_is_gone_is_not_chosen(tmp_path: Path) -> None:
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").symlink_to("/usr/bin/python3.7-that-was")
    assert chosen_by_shell(str(tmp_path), None, tmp_path) == "python3"
    assert find_python(tmp_path, None, "python3") == "python3"
    assert chosen_by_shell(str(tmp_path), "~/python", tmp_path) == f"{tmp_path}/python"


def test_that_a_board_that_was_not_reached_is_not_asked_again(tmp_path: Path) -> None:
    error = BoardError("jetson refuses the login")
    board = ToldBoard(tmp_path / "root", None, str(tmp_path))
    assert explain_start(board, error, CancelToken()) is error  # type: ignore[arg-type]
