"""How soon the window is there and plots can be made; asammdf's GUI (same toolkit and plots) in the same run."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figure import report
from benchmarks.window_probe import screen
from benchmarks.x_display import XDisplay

ROUNDS = 7
PEER = "asammdf[gui]==8.8.28"
PEERS = Path(__file__).resolve().parent.parent / ".venv-peers"
LIMIT_S = 60.0
PLOTS = re.compile(r"plots ready after (\d+) ms")


def main() -> None:
    """Start each program some times, alternately, after one start that warms the disk's cache."""
    peer = install_peer()
    with screen(), tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "SLIPWAY_HOME": home, "HOME": home}
        display = XDisplay(environment["DISPLAY"])  # the server starts anew once nobody is connected
        ours, theirs, plots = [], [], []
        for number in range(ROUNDS + 1):
            first = mapped_s([sys.executable, "-c", "from ui.start import main; main()"], environment, display)
            second = mapped_s([str(peer)], environment, display)
            ready = plots_ready_s(environment)
            if number:
                ours.append(first)
                theirs.append(second)
                plots.append(ready)
        display.close()
    report("window_mapped_s", statistics.median(ours), "s", "<=", 0.7)
    report("window_plots_ready_s", statistics.median(plots), "s", "<=", 1.5)
    report("window_of_asammdf_ratio", statistics.median(ours) / statistics.median(theirs), "ratio", "<=", 1.0)


def install_peer() -> Path:
    """The peer's program, in an environment of its own.

    Raises:
        SystemExit: it cannot be installed.
    """
    program = PEERS / "bin" / "asammdf"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        pip = [str(PEERS / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "-q", "install", PEER]
        if subprocess.run(pip, check=False).returncode:
            sys.exit(f"{PEER} cannot be installed; without it there is nothing to compare with")
    return program


def mapped_s(argv: list[str], environment: dict[str, str], display: XDisplay) -> float:
    """Seconds from the start of a program until it shows a window; it is ended then."""
    began = time.perf_counter()
    process = subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not display.shows_window():
            if process.poll() is not None or time.perf_counter() - began > LIMIT_S:
                sys.exit(f"{argv[0]} showed no window")
            time.sleep(0.002)
        return time.perf_counter() - began
    finally:
        process.kill()
        process.wait()
        while display.shows_window():
            time.sleep(0.01)


def plots_ready_s(environment: dict[str, str]) -> float:
    """Seconds from the start of our process until plots can be made."""
    argv = [sys.executable, "-c", "from ui.start import main; main()", "--quit-after-paint"]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    found = PLOTS.search(done.stdout)
    if found is None:
        sys.exit(f"the window did not say when plots were ready:\n{done.stdout}{done.stderr}")
    return int(found[1]) / 1000


if __name__ == "__main__":
    main()
