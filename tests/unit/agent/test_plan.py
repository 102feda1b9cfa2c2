"""Plans: what is taken, and how each mistake is named."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from targets.agent.plan import Pass, parse_load, parse_plan
from targets.agent.protocol import E_USAGE, CommandError

PLAN: dict[str, Any] = {
    "format": "slipway.plan/1",
    "run": "r1",
    "engine": {"path": "releases/x/engine.blob", "sha256": "0" * 64},
    "runtime": "openvino",
    "load": {"precision": "f32", "threads": 2, "streams": 1},
    "head": {"name": "yolov8", "classes": 6, "input": [640, 384]},
    "confidence": 0.25,
    "nms_iou": 0.45,
    "max_detections": 300,
    "preprocess": {"color": "rgb", "scale": 0.004, "mean": [0, 0, 0], "std": [1, 1, 1], "layout": "NCHW"},
    "frames": {"sha256": "1" * 64, "count": 10, "height": 384, "width": 640},
    "telemetry_hz": 10,
    "phases": [
        {"id": "latency", "kind": "latency", "starts": 3, "warm_up": 9, "passes": [{"name": "a", "iterations": 5}]},
        {"id": "soak", "kind": "continuous", "warm_up": 1, "duration_s": 60, "rate_hz": 30},
        {"id": "raw", "kind": "outputs", "frames": [0, 9]},
        {"id": "io", "kind": "validation"},
    ],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The plan with the entry at a path replaced, or removed by ...."""
    plan = copy.deepcopy(PLAN)
    *parents, last = [int(word) if word.isdigit() else word for word in path.split(".")]
    place: Any = plan
    for parent in parents:
        place = place[parent]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return plan


def test_that_a_whole_plan_becomes_values() -> None:
    plan = parse_plan(PLAN)
    latency, soak, raw, validation = plan.phases
    assert latency.passes == (Pass("a", 5, None, None),)
    assert (latency.starts, latency.warm_up, latency.until_told) == (3, 9, False)
    assert soak.passes == (Pass("continuous", None, 60.0, 30.0),)
    assert raw.frames == (0, 9)
    assert validation.kind == "validation"
    assert (plan.head.width, plan.head.height) == (640, 384)


def test_that_options_of_one_runtime_travel_and_come_back_as_they_were() -> None:
    asked = {"precision": "f16", "threads": 2, "streams": 1, "workspace_bytes": 10**9, "dla_core": 1}
    options = parse_load({**asked, "built": {"gpu": "Orin"}}, "options")
    assert options.to_json() == asked
    assert options.built == {"gpu": "Orin"}
    assert parse_load(options._asdict(), "options") == options
    with pytest.raises(CommandError, match="OpenVINO knows no option workspace_bytes, dla_core"):
        options.require_only("OpenVINO", "precision", "threads", "streams")


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("format", "slipway.plan/2", "plan.format is 'slipway.plan/2'; expected slipway.plan/1"),
        ("run", ..., "plan lacks run"),
        ("run", "../r", "plan.run is '../r'"),
        ("extra", 1, "plan has the unknown key 'extra'"),
        ("engine.path", "/etc/passwd", "a path inside the board's root"),
        ("engine.path", "releases/../../x", "a path inside the board's root"),
        ("engine.path", "releases//x", "a path inside the board's root"),
        ("engine.sha256", "ab", "plan.engine.sha256 is 'ab'"),
        ("load.threads", 0, "plan.load.threads is 0; expected a whole number from 1"),
        ("load.threads", True, "plan.load.threads is True"),
        ("load.workspace_bytes", 0, "plan.load.workspace_bytes is 0; expected a whole number from 1"),
        ("load.dla_core", -1, "plan.load.dla_core is -1; expected a whole number from 0 to 15"),
        ("load.calibrator", "minmax", "plan.load.calibrator is 'minmax'; expected one of entropy"),
        ("load.built", {"gpu": 3}, "plan.load.built.gpu is 3; expected text"),
        ("head.classes", 0, "plan.head.classes"),
        ("head.input", [640], "plan.head.input is [640]; expected width and height"),
        ("confidence", 1.5, "plan.confidence is 1.5; expected a number from 0 to 1"),
        ("confidence", float("nan"), "plan.confidence is nan; expected a number"),
        ("preprocess.color", "gbr", "plan.preprocess.color is 'gbr'; expected one of rgb, bgr"),
        ("preprocess.std", [1, 0, 1], "plan.preprocess.std is 0; expected a number above 0"),
        ("preprocess.layout", "CHWN", "expected one of NCHW, NHWC"),
        ("frames.width", 320, "plan.frames is '320x384'; expected the head's input size, 640x384"),
        ("telemetry_hz", 0, "plan.telemetry_hz is 0"),
        ("phases", [], "plan.phases is '0 phases'"),
        ("phases.0.kind", "latenzy", "plan.phases[0].kind is 'latenzy'; expected one of latency"),
        ("phases.0.passes.0.iterations", -1, "plan.phases[0].passes[0].iterations is -1"),
        ("phases.0.passes.0.rate_hz", 0, "plan.phases[0].passes[0].rate_hz is 0;"),
        ("phases.0.passes", [], "plan.phases[0].passes is '0 passes'"),
        ("phases.1.duration_s", 0, "plan.phases[1].duration_s is 0; expected a number above 0"),
        ("phases.1.iterations", 5, "plan.phases[1] has the unknown key 'iterations'"),
        ("phases.1.id", "latency", "expected each id once"),
        ("phases.2.frames", [3, 10], "plan.phases.raw.frames is 10; expected at most 9"),
        ("phases.2.frames", "all", "plan.phases[2].frames is 'all'; expected a list"),
        ("phases.3", None, "plan.phases[3] is None; expected an object"),
    ],
)
def test_that_each_mistake_is_named_with_its_place(path: str, value: Any, words: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_plan(changed(path, value))
    assert words in caught.value.summary
    assert caught.value.code == E_USAGE


@pytest.mark.parametrize("value", [None, [], "plan", 3])
def test_that_a_plan_is_an_object(value: Any) -> None:
    with pytest.raises(CommandError, match="expected an object"):
        parse_plan(value)
