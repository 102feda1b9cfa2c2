from __future__ import annotations

from typing import Any

import pytest

from targets.agent.live_plan import check_message
from targets.agent.live_play import Limiter
from targets.agent.plan import parse_plan
from targets.agent.protocol import CommandError

SHA = "ab" * 32
PACKS = {"kind": "packs", "total": 9, "packs": [{"sha256": SHA, "count": 4}]}
CAMERA = {"kind": "camera", "device": "0", "mode": "letterbox", "pad": 114, "anchor": "center"}
PHASE = {"id": "live", "kind": "live", "source": PACKS, "rate": "camera", "fps": 30, "boxes_from": 0.05, "boxes_hz": 30}


def plan(frames: dict[str, Any] | None = None, **phase: Any) -> dict[str, Any]:
    return {
        "format": "slipway.plan/1",
        "run": "r1",
        "engine": {"path": "releases/tiny/engine.blob", "sha256": SHA},
        "runtime": "openvino",
        "load": {"precision": "f32", "threads": 1, "streams": 1},
        "head": {"name": "yolov8", "classes": 2, "input": [64, 48]},
        "confidence": 0.5,
        "nms_iou": 0.45,
        "max_detections": 50,
        "preprocess": {"color": "rgb", "scale": 1 / 255},
        "frames": {"sha256": SHA, "count": 4, "height": 48, "width": 64, **(frames or {})},
        "telemetry_hz": 10,
        "phases": [{**PHASE, **phase}],
    }


def test_that_a_live_phase_says_what_is_played_and_how():
    (phase,) = parse_plan(plan()).phases
    assert phase.live is not None
    assert (phase.live.source.total, phase.live.source.each, phase.live.rate) == (9, 4, "camera")
    (phase,) = parse_plan(plan({"sha256": "", "count": 0}, source=CAMERA, fps=None)).phases
    assert phase.live is not None
    assert phase.live.source.device == "0"


@pytest.mark.parametrize(
    ("frames", "phase", "words"),
    [
        ({}, {"rate": "fast"}, "one of camera, full, step"),
        ({}, {"fps": None}, "no clock of its own"),
        ({}, {"source": {**PACKS, "packs": []}}, "0 packs"),
        ({}, {"source": {**CAMERA, "mode": "crop"}}, "letterbox, stretch"),
        ({"sha256": "", "count": 0}, {}, "a pack for the phase live"),
        ({"sha256": "", "count": 3}, {"source": CAMERA}, "0 without a pack"),
        ({}, {"boxes_from": 2}, "a number from 0 to 1"),
    ],
)
def test_that_a_wrong_live_phase_is_refused_with_what_is_allowed(frames, phase, words):
    with pytest.raises(CommandError, match=words):
        parse_plan(plan(frames, **phase))


@pytest.mark.parametrize(
    "message",
    [
        {"tell": "rate", "rate": "full"},
        {"tell": "rate", "rate": "camera", "fps": 12.5},
        {"tell": "step", "count": 2},
        {"tell": "pack", "place": 3, "sha256": SHA, "count": 4},
        {"tell": "drop", "place": 0},
    ],
)
def test_that_a_message_to_a_live_run_is_taken(message):
    check_message(message)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"tell": ["rate"]},
        {"tell": "rate", "rate": "camera", "fps": 0},
        {"tell": "step", "count": True},
        {"tell": "pack", "place": 3, "sha256": "../x", "count": 4},
        {"tell": "drop", "place": -1},
    ],
)
def test_that_a_message_that_no_live_run_takes_is_refused(message):
    with pytest.raises(CommandError, match="takes no message"):
        check_message(message)


def test_that_a_limiter_lets_a_steady_stream_through_and_thins_a_faster_one():
    steady, fast = Limiter(30), Limiter(30)
    jitter = (0, 2_000_000, -2_000_000)
    assert all(steady.lets(number * 33_333_333 + jitter[number % 3] + 10**9) for number in range(90))
    assert 29 <= sum(fast.lets(10**9 + number * 1_000_000) for number in range(1000)) <= 32
    assert not Limiter(0).lets(10**9)
