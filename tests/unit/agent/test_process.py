"""Children in groups of their own: ended to the last member, their last lines kept."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from targets.agent.process import Child, agent_command, child_environment, describe_exit

FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


def is_gone(pid: int) -> bool:
    """Whether a process is no more, or only waits to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in ("Z", "X")
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("term_s", [0.0, 5.0])
def test_that_the_whole_group_ends(term_s: float) -> None:
    child = Child([sys.executable, "-c", FAMILY])
    grandchild = int(child.stdout.readline())
    assert child.finish(term_s) < 0
    while not is_gone(grandchild):
        os.sched_yield()
    assert is_gone(child.pid)


def test_that_what_a_child_left_behind_ends_with_it() -> None:
    child = Child([sys.executable, "-c", FAMILY.replace("time.sleep(600)\n", "\n").replace("\ntime.sleep(600)", "")])
    grandchild = int(child.stdout.readline())
    child.wait_ended()
    assert child.finish() == 0
    while not is_gone(grandchild):
        os.sched_yield()


def test_that_a_child_that_ignores_the_request_is_killed() -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    child = Child([sys.executable, "-c", code])
    child.stdout.readline()
    assert describe_exit(child.finish(term_s=0.2)) == "SIGKILL"


def test_that_only_the_last_lines_are_kept_and_long_ones_are_cut() -> None:
    code = "import sys; sys.stderr.write('x' * 5000 + '\\n'); [sys.stderr.write('line %d\\n' % n) for n in range(30)]"
    child = Child([sys.executable, "-c", code])
    child.wait_ended()
    child.finish()
    lines = child.last_lines()
    assert len(lines) == 20
    assert lines[-1] == "line 29"


def test_that_nothing_of_our_python_reaches_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("LD_PRELOAD", "")
    assert not {"PYTHONPATH", "LD_PRELOAD"} & set(child_environment())


CREDENTIALS = ("PIP_INDEX_URL", "PIP_CERT", "https_proxy", "HTTP_PROXY")
TELL = "import json, os; print(json.dumps(sorted(os.environ)))"


def test_that_what_may_hold_credentials_reaches_what_installs_packages_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*CREDENTIALS, "PIP_TARGET"):
        monkeypatch.setenv(name, "https://ada:secret@index.example")
    told = []
    for index in (False, True):
        child = Child([sys.executable, "-I", "-c", TELL], index=index)
        told.append(set(json.loads(child.stdout.read())) & {*CREDENTIALS, "PIP_TARGET"})
        child.finish()
    assert told == [set(), set(CREDENTIALS)]


def test_that_a_mode_starts_from_any_place(tmp_path: Path) -> None:
    child = Child([*agent_command("receive", "no-sha", "0"), "--root", str(tmp_path)], cwd=str(tmp_path))
    child.stdin.close()
    assert b"E_USAGE" in child.stdout.read()
    child.wait_ended()
    assert child.finish() == 1


@pytest.mark.parametrize(
    ("code", "words"), [(0, "exit code 0"), (-11, "SIGSEGV"), (-99, "signal 99"), (None, "still running")]
)
def test_that_an_exit_is_said_in_words(code: int | None, words: str) -> None:
    assert describe_exit(code) == words
