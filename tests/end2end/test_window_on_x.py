"""Three journeys once more in a real X window: the same tests, under a display in memory.

Windows, their focus, painting and clipboard are those of X; keys and clicks come into Qt's queue, past the server.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

JOURNEYS = (
    "tests/end2end/test_window_runs.py::test_that_one_key_runs_the_whole_job_to_its_verdicts",
    "tests/end2end/test_window_mends.py::test_that_a_broken_document_is_mended_in_place_and_runs",
    "tests/end2end/test_window_pages.py::test_that_each_stage_is_reached_by_its_number",
)
INNER_S, LIMIT_S = 240, 280


@pytest.fixture
def display() -> Iterator[str]:
    """A display that nobody sees; it ends with the test."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed: apt-get install xvfb")
    read, write = os.pipe()
    argv = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1920x1080x24", "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(argv, pass_fds=(write,), stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as told:
            number = told.readline().strip()
        try:
            yield f":{number}"
        finally:
            server.terminate()


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda name: name.rpartition("::")[2])
def test_that_a_journey_holds_in_a_real_window(display: str, repository: Path, tmp_path: Path, journey: str):
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    argv = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'inner'}"]
    argv += ["-o", f"timeout={INNER_S}", journey]
    done = subprocess.run(
        argv, cwd=repository, env=environment, capture_output=True, text=True, check=False, timeout=LIMIT_S
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "1 passed" in done.stdout
