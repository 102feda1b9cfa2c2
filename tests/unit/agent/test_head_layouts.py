"""Each head on outputs that are made from known boxes: decoded they are those boxes again, whatever else comes."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from targets.agent.heads.base import Head, OutputSpec, head_names, make_head
from targets.agent.heads.yolox import sides_of
from targets.agent.plan import HeadChoice
from targets.agent.protocol import CommandError

WIDTH, HEIGHT, CLASSES = 96, 64, 3
SCALE = np.array([WIDTH, HEIGHT, WIDTH, HEIGHT], np.float32)
BOXES = np.array([[8, 10, 40, 30], [50, 20, 90, 60], [44, 22, 80, 61], [10, 40, 22, 62], [2, 2, 8, 8]], np.float32)
SCORES = np.array([[0.9, 0.1, 0], [0.05, 0.8, 0.1], [0.1, 0.6, 0.2], [0.02, 0.03, 0.04], [0, 0, 0.01]], np.float32)
BEST = [0.9, 0.8, 0.6, 0.04, 0.01]
LABELS = np.array([0, 1, 1, 2, 2])


def centres(boxes: Any) -> Any:
    return np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], axis=1)


def on_grid(boxes: Any, strides: tuple[int, ...]) -> tuple[Any, Any, Any, int]:
    """Where each box's cell is: its place in the rows, its column and row, its stride; and how many rows there are."""
    places, cells, steps = [], [], []
    sides = sides_of(strides, WIDTH, HEIGHT)
    for number, box in enumerate(centres(boxes)):
        columns, _, stride = sides[number % 2]
        start = sum(c * r for c, r, _ in sides[: number % 2])
        x, y = int(box[0] // stride), int(box[1] // stride)
        places.append(start + y * columns + x)
        cells.append((x, y))
        steps.append(stride)
    return places, np.array(cells, np.float32), np.array(steps, np.float32)[:, None], sum(c * r for c, r, _ in sides)


def logits(shares: Any) -> Any:
    shares = np.clip(shares, 1e-6, 1 - 1e-6)
    return np.log(shares / (1 - shares))


def yolov8(turned: bool = False, coded: Callable[[Any], Any] = centres, logit: bool = False) -> list[Any]:
    rows = np.concatenate([coded(BOXES), logits(SCORES) if logit else SCORES], axis=1)
    return [(rows if turned else rows.T)[None].astype(np.float32)]


def yolov5(turned: bool = False, normalised: bool = False) -> list[Any]:
    """The class values that make `SCORES` with an objectness of 0.95."""
    objectness = np.full((len(BOXES), 1), 0.95)
    boxes = centres(BOXES) / (SCALE if normalised else 1)
    rows = np.concatenate([boxes, objectness, SCORES / 0.95], axis=1)
    return [(rows.T if turned else rows)[None].astype(np.float32)]


def yolox() -> list[Any]:
    places, cells, strides, count = on_grid(BOXES, (8, 16, 32))
    rows = np.zeros((count, 5 + CLASSES))
    middle = centres(BOXES)
    rows[places, :2] = middle[:, :2] / strides - cells
    rows[places, 2:4] = np.log(middle[:, 2:] / strides)
    rows[places, 4] = 0.95
    rows[places, 5:] = SCORES / 0.95
    return [rows[None].astype(np.float32)]


def end2end(order: str = "box score label") -> list[Any]:
    parts = {
        "box": BOXES,
        "score": np.array(BEST)[:, None],
        "label": LABELS[:, None],
        "batch": np.zeros((len(BOXES), 1)),
    }
    return [np.concatenate([parts[name] for name in order.split()], axis=1)[None].astype(np.float32)]


def nanodet(plus: bool = False) -> list[Any]:
    strides = (8, 16, 32, 64) if plus else (8, 16, 32)
    places, cells, steps, count = on_grid(BOXES, strides)
    middle = cells * steps if plus else (cells + 0.5) * steps - 0.5
    sides = np.concatenate([middle - BOXES[:, :2], BOXES[:, 2:] - middle], axis=1) / steps
    shares = np.full((count, 4, 8), 1e-9)
    shares[places] = np.maximum(distribution(sides), 1e-9)
    scores = np.zeros((count, CLASSES))
    scores[places] = SCORES
    rows = np.concatenate([scores, np.log(shares).reshape(count, 32)], axis=1).astype(np.float32)
    if plus:
        return [rows[None]]
    lengths = np.cumsum([c * r for c, r, _ in sides_of(strides, WIDTH, HEIGHT)])[:-1]
    parts = np.split(rows, lengths)
    return [part[None, :, :CLASSES] for part in parts] + [part[None, :, CLASSES:] for part in parts]


def distribution(values: Any) -> Any:
    """Shares of eight bins whose mean is the value: two neighbours share it."""
    low = np.floor(values).astype(int)
    shares = np.full((*values.shape, 8), 1e-9)
    for place, bin_ in np.ndenumerate(low):
        shares[(*place, bin_)] = 1 - (values[place] - bin_)
        shares[(*place, bin_ + 1)] = values[place] - bin_
    return shares


def fastestdet() -> list[Any]:
    columns, rows = WIDTH // 16, HEIGHT // 16
    out = np.zeros((1, 5 + CLASSES, rows, columns), np.float32)
    middle = centres(BOXES) / SCALE
    for box, scores in zip(middle, SCORES, strict=True):
        x, y = int(box[0] * columns), int(box[1] * rows)
        shift = np.arctanh([box[0] * columns - x, box[1] * rows - y])
        out[0, :, y, x] = [1, *shift, *logits(box[2:]), *scores**2.5]
    return [out]


def ssd() -> list[Any]:
    anchors = (BOXES + np.array([1, -2, 3, 1])) / SCALE
    sides = np.tile(anchors[:, 2:] - anchors[:, :2], 2)
    offsets = (BOXES / SCALE - anchors) / sides
    values = np.concatenate([1 - SCORES.max(1, keepdims=True), SCORES], axis=1)
    return [part[None].astype(np.float32) for part in (values, offsets, anchors)]


def with_background(first: bool) -> Any:
    """Logits whose softmax is `SCORES` beside a background."""
    rest = np.clip(1 - SCORES.sum(1, keepdims=True), 1e-3, 1)
    parts = [rest, np.clip(SCORES, 1e-6, 1)]
    shares = np.concatenate(parts if first else parts[::-1], axis=1)
    return np.log(shares / shares.sum(1, keepdims=True))[None].astype(np.float32)


@dataclass(frozen=True)
class Case:
    """A head, its options, and the outputs that `BOXES` and `SCORES` make."""

    head: str
    outputs: Callable[[], list[Any]]
    options: dict[str, Any] = field(default_factory=dict)
    close: float = 1e-3
    whole: bool = True
    """Whether all class scores come back, not the best alone."""

    def made(self) -> Head:
        outputs = [OutputSpec(f"out{n}", array.shape, str(array.dtype)) for n, array in enumerate(self.outputs())]
        return make_head(HeadChoice(self.head, CLASSES, WIDTH, HEIGHT, self.options), outputs)


def pair(boxes: Any, values: Any = SCORES) -> Callable[[], list[Any]]:
    return lambda: [np.asarray(values, np.float32).reshape(1, len(BOXES), -1), boxes.astype(np.float32)[None]]


def corner_and_size(boxes: Any) -> Any:
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)


SEPARATE = {"outputs": ["labels", "boxes", "scores"]}
PAIR = {"outputs": ["scores", "boxes"]}
CASES = {
    "yolov8": Case("yolov8", yolov8),
    "yolov8 turned": Case("yolov8", lambda: yolov8(turned=True)),
    "yolov8 corners as parts": Case(
        "yolov8", lambda: yolov8(coded=lambda b: b / SCALE), {"boxes": "xyxy", "normalised": True}
    ),
    "yolov8 logits": Case("yolov8", lambda: yolov8(logit=True), {"activation": "sigmoid"}),
    "yolov8 corner and size": Case("yolov8", lambda: yolov8(coded=corner_and_size), {"boxes": "xywh"}),
    "yolov8 beside others": Case(
        "yolov8", lambda: [np.zeros((1, 3, 8, 8, 9), np.float32), *yolov8()], {"outputs": ["unused", "rows"]}
    ),
    "yolov5": Case("yolov5", yolov5),
    "yolov5 turned": Case("yolov5", lambda: yolov5(turned=True)),
    "yolov5 as parts": Case("yolov5", lambda: yolov5(normalised=True), {"normalised": True}),
    "yolox": Case("yolox", yolox),
    "end2end": Case("end2end", end2end, whole=False),
    "end2end of seven": Case("end2end", lambda: end2end("batch box label score"), whole=False),
    "end2end of paddle": Case(
        "end2end", lambda: end2end("label score box"), {"columns": "class_score_box"}, whole=False
    ),
    "suppressed": Case("suppressed", lambda: yolov8(turned=True)),
    "detections": Case(
        "detections", lambda: [LABELS[None], BOXES[None], np.array([BEST], np.float32)], SEPARATE, whole=False
    ),
    "detections of y, x": Case(
        "detections",
        lambda: [
            np.array([3.0], np.float32),
            np.array([BEST], np.float32),
            (BOXES / SCALE)[None][..., [1, 0, 3, 2]],
            LABELS[None].astype(np.float32) + 1,
        ],
        {
            "outputs": ["count", "scores", "boxes", "labels"],
            "boxes": "yxyx",
            "normalised": True,
            "background": "first",
        },
        whole=False,
    ),
    "detections of mmdeploy": Case(
        "detections",
        lambda: [np.concatenate([BOXES, np.array(BEST)[:, None]], axis=1)[None], LABELS[None]],
        {"outputs": ["boxes_scores", "labels"]},
        whole=False,
    ),
    "detr": Case("detr", lambda: yolov8(turned=True, coded=lambda b: centres(b) / SCALE)),
    "detr of two": Case(
        "detr",
        lambda: [with_background(first=False), (centres(BOXES) / SCALE)[None]],
        {**PAIR, "activation": "softmax", "background": "last"},
        close=2e-2,
    ),
    "boxes_scores": Case("boxes_scores", pair(BOXES), PAIR),
    "boxes_scores as parts": Case("boxes_scores", pair(BOXES / SCALE), {**PAIR, "normalised": True}),
    "boxes_scores of logits": Case(
        "boxes_scores", pair(centres(BOXES), logits(SCORES)), {**PAIR, "boxes": "cxcywh", "activation": "sigmoid"}
    ),
    "boxes_scores with background": Case(
        "boxes_scores",
        lambda: [with_background(first=True), BOXES[None]],
        {**PAIR, "activation": "softmax", "background": "first"},
        close=2e-2,
    ),
    "boxes_scores turned": Case("boxes_scores", lambda: [SCORES.T[None], BOXES.T[None]], {**PAIR}, whole=True),
    "ssd": Case("ssd", ssd, {"outputs": ["scores", "boxes", "anchors"]}),
    "nanodet": Case("nanodet", nanodet, {"outputs": ["scores"] * 3 + ["distances"] * 3}, close=0.02),
    "nanodet plus": Case("nanodet", lambda: nanodet(plus=True), close=0.02),
    "fastestdet": Case("fastestdet", fastestdet, close=2e-3),
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def test_that_every_head_has_a_case() -> None:
    assert {case.head for case in CASES.values()} == set(head_names())


@every_case
def test_that_known_boxes_come_back(case: Case) -> None:
    head = case.made()
    found = head.detect(case.outputs(), 0.25, 0.45, 300)
    kept = [0, 1, 2] if head.ranked else [0, 1]
    np.testing.assert_allclose(found.boxes, BOXES[kept], atol=0.05)
    np.testing.assert_allclose(found.scores, [BEST[index] for index in kept], atol=case.close)
    assert found.classes.tolist() == LABELS[kept].tolist()
    assert (found.boxes.dtype, found.scores.dtype) == (np.float32, np.float32)
    assert found.classes.dtype == np.int64


@every_case
def test_that_what_is_detected_is_among_all_anchors(case: Case) -> None:
    head, outputs = case.made(), case.outputs()
    found, (boxes, scores) = head.detect(outputs, 0.25, 0.45, 300), head.decode_anchors(outputs)
    assert (boxes.shape[1:], scores.shape) == ((4,), (len(boxes), CLASSES))
    for box, score, kind in zip(*found, strict=True):
        near = np.abs(boxes - box).max(axis=1) < 1e-3
        assert np.abs(scores[near, kind] - score).min() < 1e-5
    if case.whole:
        expected = np.sort(SCORES.max(axis=1))
        np.testing.assert_allclose(np.sort(scores.max(axis=1))[-len(expected) :], expected, atol=max(case.close, 1e-3))


@every_case
def test_that_at_most_so_many_are_detected(case: Case) -> None:
    found = case.made().detect(case.outputs(), 0.25, 0.45, 1)
    assert [len(part) for part in found] == [1, 1, 1]
    assert found.scores[0] == pytest.approx(0.9, abs=max(case.close, 1e-3))


@every_case
def test_that_good_scores_are_none_that_are_bad(case: Case) -> None:
    assert case.made().count_bad_scores(case.outputs()) == 0


@every_case
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, -1e30])
def test_that_garbage_is_decoded_without_a_crash_or_a_warning(case: Case, value: float) -> None:
    outputs = [np.full_like(array, value) if array.dtype.kind == "f" else array - 2**40 for array in case.outputs()]
    head = case.made()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = head.detect(outputs, 0.25, 0.45, 300)
        boxes, scores = head.decode_anchors(outputs)
        bad = head.count_bad_scores(outputs)
    assert scores.shape == (len(boxes), CLASSES)
    assert 0 <= bad <= scores.size
    assert bool(((found.classes >= 0) & (found.classes < CLASSES)).all())


@every_case
def test_that_half_precision_is_decoded(case: Case) -> None:
    outputs = [array.astype(np.float16) if array.dtype.kind == "f" else array for array in case.outputs()]
    found = case.made().detect(outputs, 0.25, 0.45, 300)
    assert len(found.scores) >= 2
    np.testing.assert_allclose(found.boxes[0], BOXES[0], atol=0.5)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.made().ranked])
def test_that_no_rows_at_all_are_no_detection(name: str) -> None:
    case = CASES[name]
    empty = [array[:, :0] if array.ndim > 1 else array * 0 for array in case.outputs()]
    head = case.made()
    assert [len(part) for part in head.detect(empty, 0.25, 0.45, 300)] == [0, 0, 0]
    assert head.count_bad_scores(empty) == 0
    assert [len(part) for part in head.decode_anchors(empty)] == [0, 0]


def test_that_rows_of_other_images_and_unknown_classes_are_passed_over() -> None:
    rows = [[0, 1, 1, 9, 9, 0, 0.9], [1, 1, 1, 9, 9, 0, 0.9], [-1, 0, 0, 0, 0, 0, 0.9], [0, 1, 1, 9, 9, 7, 0.9]]
    outputs = [np.array(rows, np.float32)]
    head = make_head(HeadChoice("end2end", CLASSES, WIDTH, HEIGHT), [OutputSpec("out", (0, 7))])
    assert len(head.detect(outputs, 0.25, 0.45, 300).scores) == 1
    assert head.count_bad_scores(outputs) == 1


def test_that_padding_is_no_bad_score() -> None:
    outputs = [np.array([[0, -1, -1]]), np.zeros((1, 3, 4), np.float32), np.array([[0.5, 0, 0]], np.float32)]
    specs = [OutputSpec(name, (1, 3)) for name in "abc"]
    specs[1] = OutputSpec("b", (1, 3, 4))
    head = make_head(HeadChoice("detections", CLASSES, WIDTH, HEIGHT, SEPARATE), specs)
    assert head.count_bad_scores(outputs) == 0


@pytest.mark.parametrize(
    ("name", "shapes", "options", "words"),
    [
        ("yolov8", [(2, 7, 40)], {}, "yolov8 decodes [1, 7, n] for 3 classes, not out [2, 7, 40]"),
        ("yolov8", [(1, 7, 40)], {"boxes": "round"}, "the option 'boxes' of the head yolov8 is 'round'"),
        ("yolov8", [(1, 7, 40)], {"columns": "x"}, "the head yolov8 takes no option 'columns'"),
        ("yolov8", [(1, 7, 40)], {"normalised": "yes"}, "is 'yes'; expected true or false"),
        ("yolov8", [(1, 7, 40)], {"outputs": ["rows", "rows"]}, "expected rows for one of 1 outputs"),
        ("yolov5", [(1, 40, 7)], {}, "yolov5 decodes [1, n, 8] for 3 classes, not out [1, 40, 7]"),
        ("yolox", [(1, 41, 8)], {}, "one row for each cell of strides 8, 16 and 32 of 96x64, not out [1, 41, 8]"),
        ("end2end", [(1, 9, 5)], {}, "end2end decodes rows of 6 or 7 values, not out [1, 9, 5]"),
        ("end2end", [(1, 9, 6), (1, 5)], {}, "not out [1, 9, 6], out [1, 5]"),
        ("end2end", [(1, 9, 6)], {"columns": "batch_box_class_score"}, "expected one of box_score_class"),
        ("suppressed", [(1, 9, 8)], {}, "suppressed decodes rows of 7 values for 3 classes, not out [1, 9, 8]"),
        ("detections", [(1, 9), (1, 9, 4)], {}, "needs to be told which outputs are boxes, scores and labels"),
        ("detections", [(1, 9), (1, 9, 5), (1, 9)], SEPARATE, "decodes rows of 4 values as boxes, not out [1, 9, 5]"),
        ("detr", [(1, 9, 4), (1, 9, 5)], PAIR, "class values [1, n, 3] for 3 classes"),
        ("boxes_scores", [(1, 9, 3), (1, 9, 4)], {}, "told as nothing"),
        ("ssd", [(1, 9, 3), (1, 9, 4)], PAIR, "ssd decodes offsets from anchors that are an output too"),
        ("nanodet", [(1, 9, 30)], {}, "nanodet decodes scores [1, n, 3] and distances"),
        ("nanodet", [(1, 9, 3), (1, 9, 31)], {"outputs": ["scores", "distances"]}, "nanodet decodes scores"),
        ("fastestdet", [(1, 7, 4, 6)], {}, "fastestdet decodes [1, 8, h, w] for 3 classes, not out [1, 7, 4, 6]"),
    ],
)
def test_that_what_a_head_cannot_decode_is_refused(name: str, shapes: Any, options: Any, words: str) -> None:
    with pytest.raises(CommandError, match=re.escape(words)):
        make_head(HeadChoice(name, CLASSES, WIDTH, HEIGHT, options), [OutputSpec("out", shape) for shape in shapes])


@pytest.mark.parametrize(
    ("name", "shapes", "arrays", "words"),
    [
        ("yolox", [(1, 0, 8)], [(1, 41, 8)], "41 rows came where the grid of 96x64 has others"),
        ("yolov5", [(1, 0, 8)], [(1, 41, 9)], "shape [1, 41, 9] came where rows of 8 values are decoded"),
        ("nanodet", [(1, 0, 35)], [(1, 41, 35)], "41 rows came where strides [8, 16, 32, 64] of 96x64 have"),
    ],
)
def test_that_outputs_of_other_shapes_in_mid_run_are_refused(name: str, shapes: Any, arrays: Any, words: str) -> None:
    specs = [OutputSpec("out", shape) for shape in shapes]
    head = make_head(HeadChoice(name, CLASSES, WIDTH, HEIGHT), specs)
    with pytest.raises(CommandError, match=re.escape(words)):
        head.decode_anchors([np.ones(shape, np.float32) for shape in arrays])
