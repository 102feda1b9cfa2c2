"""A plan of a run that an agent takes, to be changed."""

from __future__ import annotations

from typing import Any, Final

ABSENT: Final = "cd" * 32
"""sha256 of a blob that no board has."""
PLAN: Final[dict[str, Any]] = {
    "format": "slipway.plan/1",
    "run": "r1",
    "engine": {"path": "releases/r1/engine", "sha256": ABSENT},
    "runtime": "openvino",
    "load": {"precision": "f32", "threads": 1, "streams": 1},
    "head": {"name": "yolov8", "classes": 2, "input": [64, 48], "options": {"boxes": "cxcywh", "normalised": False}},
    "confidence": 0.5,
    "nms_iou": 0.45,
    "max_detections": 50,
    "preprocess": {"color": "rgb", "scale": 1 / 255},
    "frames": {"sha256": ABSENT, "count": 5, "height": 48, "width": 64},
    "telemetry_hz": 10,
    "phases": [
        {"id": "latency", "kind": "latency", "starts": 2, "passes": [{"name": "a", "iterations": 5, "rate_hz": 10}]},
        {"id": "outputs", "kind": "outputs", "frames": [0, 1]},
        {"id": "io", "kind": "validation"},
        {"id": "soak", "kind": "continuous", "duration_s": 5, "warm_up": 1, "rate_hz": None},
    ],
}
