"""Heads on outputs and options that fit no model: recognised, made, and given numbers that are none."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np

from targets.agent.heads.base import OutputSpec, head_names, make_head
from targets.agent.plan import Plan, parse_plan
from targets.agent.protocol import E_RUNTIME, E_USAGE, CommandError
from targets.agent.strict_json import decode
from tests.fuzz.case import Case, require_short
from tests.fuzz.mutate import mutate_json
from tests.fuzz.plans import PLAN
from workbench.base.errors import SlipwayError, UsageError
from workbench.intake.recognise import recognise_heads

PROCESSES: Final = False
_MOST_VALUES: Final = 400_000
_SIDE: Final = 64
_NAMES: Final = (
    "output0", "boxes", "scores", "labels", "dets", "num_dets", "pred_boxes", "logits", "cls_stride_8", "box_8",
    "kps_8",
    "loc", "conf", "anchors", "x" * 900, "", "output",
)  # fmt: skip
_SHAPES: Final[tuple[list[int], ...]] = (
    [1, 252, 7],
    [1, 6, 84], [1, 84, 6], [1, 7, 84], [1, 84, 7], [1, 300, 6], [1, 6], [1, 300, 4], [1, 300, 2], [1, 300], [1, 1],
    [1],
    [1, 84, 4], [1, 84, 2], [1, 84, 3], [1, 2, 84], [1, 3, 8, 8], [1, 18, 8, 8], [1, 3, 8, 8, 7], [1, 64, 34], [1,
    85, 34],
    [0, 7], [1, 0, 6], [0], [], [1, 1, 0, 7], [100, 7], [1, 7, 8, 8], [1, 8, 8, 7], [2, 6, 84], [1, 6, 2**40], [1,
    2**31, 2**31],
)  # fmt: skip
_OPTIONS: Final[dict[str, tuple[Any, ...]]] = {
    "boxes": ("xyxy", "cxcywh", "xywh", "yxyx", "?"),
    "normalised": (True, False, 1),
    "activation": ("none", "sigmoid", "softmax"),
    "background": ("none", "first", "last"),
    "columns": ("xyxy score label", "box score label", "?"),
    "outputs": (
        ["boxes", "scores"],
        ["scores", "boxes"],
        ["rows", "unused"],
        ["rows"],
        ["rows", 1],
        ["boxes", "scores", "labels"],
        "rows",
    ),
    "logits": (True, False),
    "more": (1, "x", [1, 2], None),
}
_RANKED: Final[tuple[tuple[str, dict[str, Any], list[tuple[str, list[int]]]], ...]] = (
    ("end2end", {}, [("output0", [1, 0, 6])]),
    ("end2end", {}, [("output", [0, 7])]),
    ("suppressed", {}, [("num", [1, 1]), ("boxes", [1, 0, 4]), ("scores", [1, 0]), ("classes", [1, 0])]),
    ("detections", {"outputs": ["boxes", "scores", "labels"]}, [("b", [0, 4]), ("s", [0]), ("l", [0])]),
    ("detections", {"outputs": ["boxes", "scores", "labels"]}, [("b", [1, 0, 4]), ("s", [1, 0]), ("l", [1, 0])]),
)
"""Layouts whose number of rows depends on the frame: name, options, outputs."""
_FILLS: Final = ("zero", "one", "random", "nan", "inf", "huge", "negative", "mixed", "scores")


def prepare(home: Path) -> None:
    """Nothing is shared."""


def make(random: Random) -> Case:
    """A plan whose head has odd options, outputs of odd shapes, and what fills them."""
    head: dict[str, Any] = {"name": random.choice(head_names()), "classes": random.choice((1, 2, 3, 80, 10_000))}
    head["input"] = [_SIDE, _SIDE]
    chosen = random.sample(sorted(_OPTIONS), random.randrange(4))
    head["options"] = {name: random.choice(_OPTIONS[name]) for name in chosen}
    count = random.choice((1, 1, 1, 2, 2, 3, 4, 6, 9, 300))
    outputs: Any = [
        [random.choice(_NAMES) + random.choice(("", str(number))), random.choice(_SHAPES)] for number in range(count)
    ]
    value: Any = {
        "head": head,
        "outputs": outputs,
        "fill": random.choice(_FILLS),
        "confidence": random.choice((0, 0.001, 0.25, 1)),
    }
    if random.random() < 0.6:
        _fit(random, value)
    rows = random.choice((0, 1, 5))
    value["rows"] = [random.choice((rows,) * 9 + (0, 1, 7)) for _ in value["outputs"]]
    if random.random() < 0.3:
        value["head"] = mutate_json(random, head)
    return Case("head.json", json.dumps(value).encode())


def _fit(random: Random, value: dict[str, Any]) -> None:
    """Take a head that is recognised for these outputs, or for one of their shapes, so that it comes to decode."""
    if random.random() < 0.3:
        name, options, outputs = random.choice(_RANKED)
        value["outputs"] = [
            [word, [size if random.random() < 0.95 else 3 for size in shape]] for word, shape in outputs
        ]
        value["head"] = {**value["head"], "name": name, "options": options}
        return
    for outputs in (value["outputs"], value["outputs"][:1]):
        try:
            specs = [OutputSpec(name, tuple(shape)) for name, shape in outputs]
            found = random.choice(recognise_heads(specs, (_SIDE, _SIDE), 2))
        except SlipwayError:
            continue
        opened = {name: random.choice(words) for name, words in found.open.items()}
        options = {
            name: list(word) if isinstance(word, tuple) else word for name, word in {**found.options, **opened}.items()
        }
        value["outputs"] = outputs
        value["head"] = {**value["head"], "name": found.name, "classes": found.classes or 2, "options": options}


def check(case: Case, folder: Path) -> str:
    """Recognise, make, detect; both sides use the same heads."""
    try:
        value = decode(case.data)
    except ValueError:
        return "refused as JSON"
    outputs = [OutputSpec(name, tuple(shape)) for name, shape in value["outputs"]]
    recognised = _recognise(outputs, value["head"])
    try:
        frames = {"sha256": PLAN["frames"]["sha256"], "count": 5, "height": _SIDE, "width": _SIDE}
        plan: Plan = parse_plan({**PLAN, "head": value["head"], "frames": frames})
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return f"{_detect(plan, outputs, value)}, {recognised}"
    except CommandError as error:
        require_refusal(error)
        return f"refused, {recognised}"


def require_refusal(error: CommandError) -> None:
    """Fail where the error is not the words of a wrong choice."""
    assert error.code in {E_RUNTIME, E_USAGE}, error
    assert error.summary


def _recognise(outputs: list[OutputSpec], head: Any) -> str:
    asked = head.get("name") if isinstance(head, dict) and isinstance(head.get("name"), str) else None
    try:
        for name in (None, asked):
            recognise_heads(outputs, (_SIDE, _SIDE), 2, name)
    except UsageError as error:
        require_short(error)
        return "unknown"
    return "recognised"


def _detect(plan: Plan, outputs: list[OutputSpec], value: Any) -> str:
    head = make_head(plan.head, outputs)
    if sum(int(np.prod([size or 5 for size in one.shape], dtype=float)) for one in outputs) > _MOST_VALUES:
        return "made"
    arrays = [_filled(one, value["fill"], rows) for one, rows in zip(outputs, value["rows"], strict=True)]
    found = head.detect(arrays, float(value["confidence"]), plan.nms_iou, plan.max_detections)
    assert len(found.boxes) == len(found.scores) == len(found.classes) <= plan.max_detections
    assert found.boxes.shape[1:] == (4,)
    assert ((found.classes >= 0) & (found.classes < head.classes)).all(), found.classes
    head.count_bad_scores(arrays)
    if not head.ranked:
        head.decode_anchors(arrays)
    return "decoded"


def _filled(spec: OutputSpec, fill: str, rows: int) -> Any:
    shape = [size or rows for size in spec.shape]
    rng = np.random.default_rng(1)
    made = {
        "zero": lambda: np.zeros(shape),
        "one": lambda: np.ones(shape),
        "random": lambda: rng.random(shape) * 100,
        "nan": lambda: np.full(shape, np.nan),
        "inf": lambda: np.where(rng.random(shape) < 0.5, np.inf, -np.inf),
        "huge": lambda: np.full(shape, 3e38),
        "negative": lambda: -rng.random(shape) * 1e6,
        "mixed": lambda: rng.choice([np.nan, np.inf, -np.inf, 0, 1, -1, 3e38, 0.5], shape),
        "scores": lambda: rng.random(shape),
    }
    return np.asarray(made[fill](), np.float32)
