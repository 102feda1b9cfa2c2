"""The lines of shell that start things on a board, in the shells that boards and their users have."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from targets.ssh.arrival import _first_words, agent_command
from targets.ssh.board import _KEEPER
from tests.ssh_lab.tree import wait_for

pytestmark = pytest.mark.slow

ODD = ["a b", "$HOME", "'", '"', "`", "*", "~", "\\", "#"]
SOON_S = 10.0

Login = Callable[[list[str]], "subprocess.Popen[bytes]"]


@pytest.fixture(params=["bash", "dash", "zsh", "tcsh", "fish", "busybox"])
def login(request: pytest.FixtureRequest, tmp_path: Path) -> Login:
    """Start a command as a login shell does; with busybox all tools are its own."""
    shell: str = request.param
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"no {shell} is at hand")
    environment = dict(os.environ)
    if shell == "busybox":
        for name in ("sh", "setsid", "sleep", "cat"):
            (tmp_path / name).symlink_to(found)
        environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
        found = str(tmp_path / "sh")

    def start(argv: list[str]) -> subprocess.Popen[bytes]:
        command = [found, "-c", shlex.join(argv)]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )

    return start


def keep(*argv: str) -> list[str]:
    """A program in the hands of its keeper."""
    return ["sh", "-c", _KEEPER, "sh", *argv]


def test_that_a_kept_program_gets_its_arguments_and_gives_its_output_and_code(login: Login) -> None:
    with login(keep("sh", "-c", 'printf "%s|" "$@"; echo err >&2; exit 7', "sh", *ODD)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read().decode() == "".join(f"{word}|" for word in ODD)
        assert process.stderr.read() == b"err\n"
    assert process.returncode == 7


def test_that_a_kept_program_gets_no_input_and_ends_with_ours(login: Login, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"cat; sleep 603 & echo $$ $! > {shlex.quote(str(pids))}; sleep 603"
    with login(keep("sh", "-c", script)) as process:
        assert process.stdin is not None
        assert wait_for(lambda: pids.exists() and pids.read_text().endswith("\n"), SOON_S)
        process.stdin.close()
        assert process.wait(SOON_S) == 128 + 9
    started = [Path("/proc") / pid for pid in pids.read_text().split()]
    assert wait_for(lambda: not any(path.exists() for path in started), SOON_S)


def test_that_the_agents_first_word_comes_through(login: Login, tmp_path: Path) -> None:
    command = agent_command(str(tmp_path / "a b'c$d"), sys.executable, "serve", [])
    with login(command) as process:
        said, _ = process.communicate(_first_words(), SOON_S)
    assert said == b"slipway: missing\n"


def test_that_a_program_whose_keeper_is_let_go_at_once_ends_at_once(login: Login) -> None:
    for _ in range(10):
        with login(keep("sleep", "604")) as process:
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(SOON_S) == 128 + 9
