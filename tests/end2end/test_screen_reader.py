"""What assistive technology gets: the window's tree over AT-SPI, in a real X window and a D-Bus session of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end2end.test_window_on_x import display

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
__all__ = ["display"]

LAUNCHERS = ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher")
STAGES = ("Project", "Model", "Optimise", "Boards", "Verify", "Live", "Report")


def test_that_a_screen_reader_finds_every_control_by_its_name_and_presses_one(
    display: str, repository: Path, tmp_path: Path, slipway_home: Path
):
    pytest.importorskip("jeepney", reason="jeepney, which speaks D-Bus, is not installed")
    if shutil.which("dbus-run-session") is None or not any(map(os.path.exists, LAUNCHERS)):
        pytest.skip("AT-SPI is not installed: apt-get install dbus-daemon at-spi2-core")
    environment = {
        **os.environ,
        "DISPLAY": display,
        "QT_QPA_PLATFORM": "xcb",
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    argv = ["dbus-run-session", "--", sys.executable, "-m", "tests.window_lab.screen_reader"]
    done = subprocess.run(
        argv, cwd=repository, env=environment, capture_output=True, text=True, check=False, timeout=150
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    for nodes in told.values():
        assert [node for node in nodes if node["focusable"] and not node["name"]] == []
        names = [node["name"] for node in nodes if node["role"] == "check box"]
        assert [stage for stage in STAGES if not any(name.startswith(stage) for name in names)] == []
    assert any(node["role"] == "push button" and node["name"] == "Run the example" for node in told["first"])
    assert any(node["role"] == "frame" and node["name"].startswith("Settings") for node in told["second"])
