"""Notices when the UI thread does something slow, and says where it was.

A stall is time that the thread itself used, or during which it sat in one blocking call; a machine that is busy with
something else is none. The shipped window logs stalls of a quarter of a second; tests fail on shorter ones.
"""

from __future__ import annotations

import faulthandler
import struct
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer

from ui.theme.theme import THEME

BEAT_MS = 10
LOOK_S = 0.02
STACK_LINES = 6
SWITCH_S, BEATS_OF_SWITCH = 0.5, 4
"""How long a switch of theme or type size may take, and how many beats after it are still part of it."""
NO_FRAME = "<no Python frame>"
"""What faulthandler says of a thread that is just between two frames: that is no line at which it could wait."""
BLOCKED_LOOKS = 4
"""So many looks in a row at the same line of a sleeping thread are a blocking call."""


@dataclass(frozen=True)
class Stall:
    """One time that the UI thread was late by its own doing."""

    seconds: float
    blocked: bool
    """Whether it waited for something, rather than computed."""
    stack: str
    seen_s: float
    """When it was seen last, by `time.perf_counter`."""


class StallWatch(QObject):
    """A timer of the UI thread stamps the time; a thread looks whether the stamp grows old."""

    def __init__(self, limit_s: float, parent: QObject | None = None, *, beat_ms: int = BEAT_MS) -> None:
        """Make a watch that does not look yet.

        Args:
            limit_s: what is longer than this is a stall.
            parent: who it belongs to.
            beat_ms: how often the UI thread stamps the time.
        """
        super().__init__(parent)
        self._beat_ms = beat_ms
        self._latest_s = 0.0
        self.stalls: list[Stall] = []
        self._limit_s = limit_s
        self._main = threading.get_ident()
        self._native = threading.get_native_id()
        self._clock = time.pthread_getcpuclockid(self._main) if hasattr(time, "pthread_getcpuclockid") else None
        self._beat = (time.perf_counter(), self._cpu_s())
        self._beats_of_switch = 0
        THEME.changing.connect(self._on_switch)
        THEME.changed.connect(self._on_switch)
        self._stopped = threading.Event()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_beat)
        self._thread = threading.Thread(target=self._look, name="slipway-stall-watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._beat = (time.perf_counter(), self._cpu_s())
        self._timer.start(self._beat_ms)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _on_switch(self) -> None:
        """Theme or type size change: all widgets are styled and painted anew, which may take longer."""
        self._beats_of_switch = BEATS_OF_SWITCH

    def _on_beat(self) -> None:
        self._beats_of_switch = max(0, self._beats_of_switch - 1)
        now = time.perf_counter()
        self._latest_s = max(self._latest_s, now - self._beat[0] - self._beat_ms / 1000)
        self._beat = (now, self._cpu_s())

    def take_latest_ms(self) -> float:
        """How late the UI thread came at worst since this was asked last."""
        latest_s, self._latest_s = self._latest_s, 0.0
        return latest_s * 1000

    @property
    def _limit_now_s(self) -> float:
        return max(self._limit_s, SWITCH_S) if self._beats_of_switch else self._limit_s

    def _cpu_s(self) -> float:
        return time.clock_gettime(self._clock) if self._clock is not None else time.perf_counter()

    def _look(self) -> None:
        known, line, looks = (0.0, 0.0), "", 0
        while not self._stopped.wait(LOOK_S):
            beat = self._beat
            late_s, used_s = time.perf_counter() - beat[0], self._cpu_s() - beat[1]
            limit_s = self._limit_now_s
            if late_s < limit_s:
                line, looks = "", 0
                continue
            lines = self._lines()
            here = lines[0] if lines else ""
            looks = looks + 1 if here == line and NO_FRAME not in here and self._sleeps() else 0
            line = here
            blocked = looks >= BLOCKED_LOOKS
            if used_s < limit_s and not blocked:
                continue
            stack = "\n".join(lines[:STACK_LINES])
            stall = Stall(late_s if blocked else used_s, blocked, stack, time.perf_counter())
            if beat == known:
                # The lines of the first look stay: at the last one the thread may be out of it already.
                self.stalls[-1] = replace(stall, stack=self.stalls[-1].stack)
            else:
                self.stalls.append(stall)
                known = beat

    def _lines(self) -> list[str]:
        """Where the UI thread is, innermost call first, a line each.

        Told by faulthandler, which makes no frame objects: who holds a frame holds its locals too, and a painter that
        outlives its paint event ends in this thread, with the process.
        """
        with tempfile.TemporaryFile() as file:
            faulthandler.dump_traceback(file)
            file.seek(0)
            text = file.read().decode(errors="replace")
        wanted = f"0x{self._main:0{2 * struct.calcsize('P')}x}"
        for part in text.split("\n\n"):
            head, _, rest = part.partition("\n")
            if wanted in head:
                return rest.splitlines()
        return []

    def _sleeps(self) -> bool:
        """Whether the UI thread waits for something, as the kernel sees it."""
        try:
            words = Path(f"/proc/self/task/{self._native}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            return False
        return words[0] in {"S", "D"}
