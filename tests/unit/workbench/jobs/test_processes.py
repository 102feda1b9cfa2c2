"""How worker processes and the process that owns them end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

PATIENCE_S = 60.0

OWNER = """
import sys, time
from pathlib import Path
from tests.unit.workbench.jobs import sample_jobs as jobs
from workbench.jobs.processes import ProcessExecutor
from projects.record_file import Author

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    executor = ProcessExecutor(folder, Author("Ada"), force_after_s=0.2)
    if sys.argv[2] == "work":
        executor.submit(jobs.Waiting(began=folder / "began", obeys=sys.argv[3] == "go"), interactive=False)
        while not (folder / "began").exists():
            time.sleep(0.005)
    print(*[worker.pid for worker in (*executor._workers.values(), *executor._idle)], flush=True)
    if sys.argv[3] == "stay":
        time.sleep(600)
"""


def start_owner(folder: Path, repository: Path, work: str, stay: str) -> tuple[subprocess.Popen[str], list[int]]:
    script = folder / "owner.py"
    script.write_text(OWNER)
    owner = subprocess.Popen(
        [sys.executable, str(script), str(folder), work, stay],
        env={**os.environ, "PYTHONPATH": str(repository), "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    return owner, [int(pid) for pid in owner.stdout.readline().split()]


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_for(condition: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "waited in vain"
        time.sleep(0.01)


@pytest.mark.parametrize("work", ["idle", "work"])
def test_that_workers_end_with_an_owner_that_was_killed(tmp_path: Path, repository: Path, work: str) -> None:
    owner, workers = start_owner(tmp_path, repository, work, "stay")
    with owner:
        assert workers
        assert all(runs(pid) for pid in workers)
        owner.send_signal(signal.SIGKILL)
        owner.wait(PATIENCE_S)
        wait_for(lambda: not any(runs(pid) for pid in workers))


@pytest.mark.parametrize("work", ["idle", "work"])
def test_that_an_owner_that_forgets_to_close_still_ends(tmp_path: Path, repository: Path, work: str) -> None:
    owner, workers = start_owner(tmp_path, repository, work, "go")
    with owner:
        assert owner.wait(PATIENCE_S) == 0
    assert workers
    assert not any(runs(pid) for pid in workers)


def test_that_a_killed_owner_leaves_no_file(tmp_path: Path, repository: Path) -> None:
    owner, workers = start_owner(tmp_path, repository, "work", "stay")
    with owner:
        owner.send_signal(signal.SIGKILL)
        owner.wait(PATIENCE_S)
        wait_for(lambda: not any(runs(pid) for pid in workers))
    assert {path.name for path in tmp_path.iterdir()} <= {"owner.py", "began", "slipway-home"}
