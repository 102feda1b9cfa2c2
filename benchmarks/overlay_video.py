"""Pictures of 1280x720 with 50 named boxes, drawn at 960x540, at 30 and at 60 frames a second."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from benchmarks.figure import report
from benchmarks.scenery import load_text
from benchmarks.window_probe import Probe, application, p99, screen, watched
from ui.widgets.boxes import Box, Kind
from ui.widgets.frame_view import FrameView, Picture

WIDTH, HEIGHT, DRAWN = 1280, 720, (960, 540)
BOXES, PICTURES = 50, 8
RUN_S, POLL_MS = 10.0, 8
KINDS: tuple[Kind, ...] = ("match", "match", "match", "missed", "device only")


class Player:
    """Shows the next picture, with boxes that have moved, whenever it is due."""

    def __init__(self, view: FrameView, probe: Probe, rate_hz: float) -> None:
        self._view, self._probe, self._rate_hz = view, probe, rate_hz
        rng = np.random.default_rng(1)
        self._pictures: list[Picture] = [rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8) for _ in range(PICTURES)]
        self._places = rng.uniform((0, 0), (WIDTH - 200, HEIGHT - 200), (BOXES, 2))
        self._sizes = rng.uniform(20, 180, (BOXES, 2))
        self._shown = 0
        self._began_s = time.perf_counter()

    def turn(self) -> None:
        """Show what is due; a picture that was missed is left out, as a live one would be."""
        due = int((time.perf_counter() - self._began_s) * self._rate_hz)
        if due > self._shown:
            self._shown = due
            self._probe.frame(self._show)

    def _show(self) -> None:
        moved = self._places + 3 * np.sin(self._shown / 7 + np.arange(BOXES))[:, None]
        boxes = [
            Box(at, x, y, x + w, y + h, f"class {at % 6}", 0.5 + (at + self._shown) % 50 / 100, KINDS[at % len(KINDS)])
            for at, ((x, y), (w, h)) in enumerate(zip(moved.tolist(), self._sizes.tolist(), strict=True))
        ]
        self._view.set_captions(f"frame {self._shown}  14:02:31.480", "1280x720  30.0 fps  age 41 ms")
        self._view.show_frame(self._pictures[self._shown % PICTURES], boxes)


def play(rate_hz: float) -> Probe:
    """Play for some seconds in a window of its own."""
    from PySide6.QtCore import QCoreApplication

    probe = Probe()
    window = watched(QWidget, probe)()
    layout = QVBoxLayout(window)
    layout.setContentsMargins(0, 0, 0, 0)
    view = FrameView("Frame")
    view.set_live(True)
    view.set_legend(("match", "missed", "device only"))
    layout.addWidget(view)
    window.resize(*DRAWN)
    window.show()
    player = Player(view, probe, rate_hz)
    timer = QTimer(window)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(player.turn)
    timer.start(POLL_MS)
    QTimer.singleShot(1000, probe.start)
    QTimer.singleShot(round(1000 * (1 + RUN_S)), QCoreApplication.quit)
    QCoreApplication.exec()
    probe.stop()
    window.close()
    window.deleteLater()
    return probe


def main() -> None:
    """Play at both rates and report."""
    with screen():
        application()
        usual = play(30.0)
        print(f"{10 * usual.busy_percent() / 30:.1f} ms of the thread's own time a frame; {load_text()}")
        report("overlay_30fps_frame_p99_ms", p99(usual.frames_ms), "ms", "<=", 8.0)
        report("overlay_30fps_ui_busy_percent", usual.busy_percent(), "%", "<=", 12.0)
        report("overlay_30fps_shown_per_second", len(usual.frames_ms) / RUN_S, "1/s", ">=", 29.0)
        fast = play(60.0)
        report("overlay_60fps_ui_busy_percent", fast.busy_percent(), "%", "<=", 25.0)


if __name__ == "__main__":
    main()
