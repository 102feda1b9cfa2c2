"""What the benchmarks of the window share: a screen in memory, paint times, a thread's own time, late timers."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

W = TypeVar("W", bound=QWidget)
SIZE = (1600, 900)
PRIORITY = 5
BEAT_MS = 5


@contextlib.contextmanager
def screen() -> Iterator[None]:
    """A display of its own in memory, so that nobody's desktop takes part; both run before other programs if they may.

    Raises:
        SystemExit: there is no Xvfb; its package is named.
    """
    read, write = os.pipe()
    size = f"{SIZE[0]}x{SIZE[1]}x24"
    argv = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"]
    try:
        server = subprocess.Popen(argv, pass_fds=(write,), stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        sys.exit("Xvfb is needed for this: apt-get install xvfb")
    os.close(write)
    with os.fdopen(read) as told:
        os.environ["DISPLAY"] = f":{told.readline().strip()}"
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    favour(server.pid)
    favour_window()
    try:
        yield
    finally:
        server.terminate()
        server.wait(10)


def favour(task: int) -> None:
    """Run a process or thread before others, if that is allowed; what it starts later runs as usual."""
    with contextlib.suppress(PermissionError, ProcessLookupError):
        os.sched_setscheduler(task, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))


def favour_window() -> None:
    """All threads of this process: one that is kept waiting while it holds the interpreter would hold up the window."""
    for task in Path("/proc/self/task").iterdir():
        favour(int(task.name))


def application() -> QApplication:
    """The application in the window's style and dark."""
    from ui.theme.apply import apply_theme
    from ui.theme.fonts import load_fonts
    from ui.theme.tokens import DARK

    app = QApplication(sys.argv[:1])
    app.setStyle("Fusion")
    load_fonts()
    apply_theme(app, DARK)
    return app


class Probe(QObject):
    """Paint times of a window, the thread's own time, and how late a timer of 5 ms is."""

    def __init__(self) -> None:
        super().__init__()
        self.paints_ms: list[float] = []
        """Each time that the window was painted."""
        self.frames_ms: list[float] = []
        """What was done for each frame: getting ready and all paints that followed."""
        self.late_ms: list[float] = []
        self._due_s = 0.0
        self._began_s = self._began_cpu_s = 0.0
        self._ended: tuple[float, float] | None = None
        self._beat = QTimer(self)
        self._beat.setTimerType(Qt.TimerType.PreciseTimer)
        self._beat.setInterval(BEAT_MS)
        self._beat.timeout.connect(self._on_beat)

    def start(self) -> None:
        """Forget what was before, and watch."""
        self.paints_ms.clear()
        self.frames_ms.clear()
        self.late_ms.clear()
        self._ended = None
        self._began_s, self._began_cpu_s = time.perf_counter(), time.thread_time()
        self._due_s = time.perf_counter() + BEAT_MS / 1000
        self._beat.start()

    def frame(self, prepare: Callable[[], object]) -> None:
        """Begin a frame by what gets it ready."""
        began_s = time.perf_counter()
        prepare()
        self.frames_ms.append((time.perf_counter() - began_s) * 1000)

    def painted(self, took_ms: float) -> None:
        """The window was painted."""
        self.paints_ms.append(took_ms)
        if self.frames_ms:
            self.frames_ms[-1] += took_ms

    def stop(self) -> None:
        """Watch no more."""
        self._beat.stop()
        self._ended = (time.perf_counter(), time.thread_time())

    def busy_percent(self) -> float:
        """What part of the time from `start` to `stop`, or to now, this thread worked."""
        ended_s, ended_cpu_s = self._ended or (time.perf_counter(), time.thread_time())
        return 100 * (ended_cpu_s - self._began_cpu_s) / (ended_s - self._began_s)

    def _on_beat(self) -> None:
        now_s = time.perf_counter()
        self.late_ms.append(max(0.0, (now_s - self._due_s) * 1000))
        self._due_s = now_s + BEAT_MS / 1000


def watched(base: type[W], probe: Probe) -> type[W]:
    """The same kind of window, whose every paint is timed: Qt paints all of a window while it answers one event."""

    def event(self: W, event: QEvent) -> bool:
        if event.type() is not QEvent.Type.UpdateRequest:
            return base.event(self, event)
        began_s = time.perf_counter()
        done = base.event(self, event)
        probe.painted((time.perf_counter() - began_s) * 1000)
        return done

    return type(f"Watched{base.__name__}", (base,), {"event": event})


def p99(values: list[float]) -> float:
    """The 99th percentile; infinite where nothing was seen, which no goal allows."""
    return float(np.percentile(values, 99)) if values else float("inf")
