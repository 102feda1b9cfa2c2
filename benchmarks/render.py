"""How long 1,000 synthetic road scenes of 640x384 take on one core."""

from __future__ import annotations

import time

import cv2

from benchmarks.figure import report
from workbench.scenes.scene import render_scene

FRAMES = 1000
GOAL_S = 30.0


def main() -> None:
    """Render and report; the first scene is not timed, it makes the sheet of noise."""
    cv2.setNumThreads(1)
    render_scene(FRAMES)
    began_s = time.perf_counter()
    for seed in range(FRAMES):
        render_scene(seed)
    report("render_1000_frames_s", time.perf_counter() - began_s, "s", "<=", GOAL_S)


if __name__ == "__main__":
    main()
