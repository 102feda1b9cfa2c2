"""Layouts that shapes leave open, told by raw outputs that are made as models make them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from targets.agent.heads.arrays import grid_of
from targets.agent.heads.yolox import sides_of
from workbench.base.errors import UsageError
from workbench.intake.heads import ChosenHead, choose_head
from workbench.intake.values import Seen
from workbench.optimise.model_facts import ModelFacts, TensorFacts

WIDTH, HEIGHT, CLASSES, FRAMES = 160, 96, 3, 2
SIZE = (WIDTH, HEIGHT)
SCALE = np.array([WIDTH, HEIGHT, WIDTH, HEIGHT], np.float32)
CELLS, STEPS = grid_of(sides_of((8, 16, 32), WIDTH, HEIGHT))
MANY = len(CELLS)

Maker = Callable[[np.random.Generator], list[Any]]


def anchors(rng: np.random.Generator) -> Any:
    """A box for each cell of the grid, centre and size in pixels: around its cell, and inside the picture."""
    middle = np.clip((CELLS + rng.uniform(0.2, 0.8, (MANY, 2))) * STEPS, 8, [WIDTH - 8, HEIGHT - 8])
    room = np.minimum(middle, [WIDTH, HEIGHT] - middle) * 2
    return np.concatenate([middle, np.minimum(STEPS * rng.uniform(1, 3, (MANY, 2)), room * 0.95)], axis=1)


def corners(boxes: Any) -> Any:
    return np.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2], axis=1)


def scores(rng: np.random.Generator, rows: int = MANY) -> Any:
    """Scores as detectors have them: next to nothing but for a few rows."""
    values = rng.random((rows, CLASSES)) * 0.004
    values[rng.choice(rows, rows // 20 + 5, replace=False), rng.integers(0, CLASSES)] = rng.uniform(0.3, 0.9)
    return values


def objectness(rng: np.random.Generator) -> Any:
    """An objectness, and class values that are large wherever there is no object too."""
    return np.concatenate([scores(rng)[:, :1], rng.uniform(0.05, 0.7, (MANY, CLASSES))], axis=1)


def logits(shares: Any) -> Any:
    shares = np.clip(shares, 1e-5, 1 - 1e-5)
    return np.log(shares / (1 - shares))


def softmaxed(rng: np.random.Generator, *, first: bool, rows: int = MANY) -> Any:
    own = scores(rng, rows)
    rest = np.clip(1 - own.sum(axis=1, keepdims=True), 0.01, 1)
    every = np.concatenate([rest, own] if first else [own, rest], axis=1)
    return every / every.sum(axis=1, keepdims=True)


def rows(rng: np.random.Generator, count: int) -> tuple[Any, Any, Any]:
    """Detections: corners, scores sorted, labels from 0."""
    chosen = rng.choice(MANY, count, replace=False)
    return (
        corners(anchors(rng))[chosen],
        np.sort(rng.uniform(0.01, 0.95, (count, 1)), axis=0)[::-1],
        rng.integers(0, CLASSES, (count, 1)).astype(np.float64),
    )


def raw_yolox(rng: np.random.Generator) -> list[Any]:
    boxes = anchors(rng)
    cell = np.concatenate([boxes[:, :2] / STEPS - CELLS, np.log(boxes[:, 2:] / STEPS)], axis=1)
    return [np.concatenate([cell, objectness(rng)], axis=1)]


def single(boxes: Callable[[Any], Any], values: Callable[[np.random.Generator], Any]) -> Maker:
    return lambda rng: [np.concatenate([boxes(anchors(rng)), values(rng)], axis=1)]


def few(make: Callable[..., Any], count: int = 60) -> Maker:
    return lambda rng: [np.concatenate(make(*rows(rng, count)), axis=1)]


def pair(boxes: Callable[[Any], Any], values: Callable[[np.random.Generator], Any]) -> Maker:
    return lambda rng: [values(rng), boxes(anchors(rng))]


def centred(boxes: Any) -> Any:
    return np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], axis=1)


def queries(values: Callable[[np.random.Generator], Any]) -> Maker:
    return lambda rng: [values(rng), (anchors(rng) / SCALE)[:40]]


def zero(like: Any) -> Any:
    return np.zeros_like(like)


def same(boxes: Any) -> Any:
    return boxes


def parts(boxes: Any) -> Any:
    return boxes / SCALE


PAIR = ("scores", "boxes")
CASES: dict[str, tuple[Maker, tuple[str, ...], str, dict[str, Any], str]] = {
    "yolov8 turned": (single(same, scores), (), "yolov8", {"normalised": False}, "all are class scores"),
    "yolov8 as parts": (single(parts, scores), (), "yolov8", {"normalised": True}, "they are parts of the input"),
    "yolox decoded": (single(same, objectness), (), "yolov5", {"normalised": False}, "strides from their cells"),
    "yolox raw": (raw_yolox, (), "yolox", {}, "strides from their cells"),
    "end2end": (few(lambda b, s, k: (b, s, k)), (), "end2end", {"columns": "box_score_class"}, "whole numbers"),
    "end2end as parts": (few(lambda b, s, k: (b / SCALE, s, k)), (), "end2end", {"normalised": True}, "parts of the"),
    "end2end, class first": (few(lambda b, s, k: (b, k, s)), (), "end2end", {"columns": "box_class_score"}, "score's"),
    "paddle": (few(lambda b, s, k: (k, s, b)), (), "end2end", {"columns": "class_score_box"}, "score's column"),
    "yolov7": (few(lambda b, s, k: (zero(k), b, k, s)), (), "end2end", {"columns": "batch_box_class_score"}, "score's"),
    "yolo-nas": (few(lambda b, s, k: (zero(k), b, s, k)), (), "end2end", {"columns": "batch_box_score_class"}, "score"),
    "ultralytics rt-detr": (
        few(lambda b, s, k: (centred(b) / SCALE, s * np.eye(CLASSES)[k.astype(int).ravel()])),
        (),
        "detr",
        {"boxes": "cxcywh", "normalised": True, "activation": "none"},
        "read as cxcywh",
    ),
    "ultraface": (
        pair(lambda b: corners(b) / SCALE, lambda rng: softmaxed(rng, first=True)),
        PAIR,
        "boxes_scores",
        {"boxes": "xyxy", "normalised": True, "activation": "none", "background": "first"},
        "add up to 1: it is the background",
    ),
    "yolo-nas pair": (
        pair(corners, scores),
        PAIR,
        "boxes_scores",
        {"boxes": "xyxy", "normalised": False, "activation": "none", "background": "none"},
        "no class is a background",
    ),
    "centres": (
        pair(same, scores),
        PAIR,
        "boxes_scores",
        {"boxes": "cxcywh", "normalised": False},
        "read as cxcywh",
    ),
    "retinanet": (
        pair(corners, lambda rng: logits(scores(rng))),
        PAIR,
        "boxes_scores",
        {"activation": "sigmoid", "background": "none"},
        "they are logits",
    ),
    "ssd of logits": (
        pair(corners, lambda rng: np.log(softmaxed(rng, first=True)) + 3),
        PAIR,
        "boxes_scores",
        {"activation": "softmax", "background": "first"},
        "the first class is the largest",
    ),
    "detr": (
        queries(lambda rng: np.log(softmaxed(rng, first=False, rows=40)) + 2),
        ("logits", "pred_boxes"),
        "detr",
        {"activation": "softmax", "background": "last", "boxes": "cxcywh", "normalised": True},
        "the last class is the largest",
    ),
    "rt-detr of transformers": (
        queries(lambda rng: logits(scores(rng, 40))),
        ("logits", "pred_boxes"),
        "detr",
        {"activation": "sigmoid", "background": "none"},
        "they are logits",
    ),
}


def facts_for(outputs: list[Any], names: tuple[str, ...]) -> ModelFacts:
    every: dict[str, Any] = dict.fromkeys(ModelFacts.__dataclass_fields__)
    tensors = [
        TensorFacts(names[place] if names else "output", "float32", array.shape) for place, array in enumerate(outputs)
    ]
    known = {
        "path": Path("m.onnx"),
        "inputs": (TensorFacts("images", "float32", (1, 3, HEIGHT, WIDTH)),),
        "outputs": tuple(tensors),
        "operators": (("Conv", 60),),
        "metadata": (),
        "head_options": {},
    }
    return ModelFacts(**{**every, **known})


def seen_of(maker: Maker) -> Seen:
    rng = np.random.default_rng(7)
    frames = [[part[None].astype(np.float32) for part in maker(rng)] for _ in range(FRAMES)]
    return Seen(tuple(frames), "2 frames")


def choose(maker: Maker, names: tuple[str, ...], classes: int = 0, **more: Any) -> ChosenHead:
    seen = seen_of(maker)
    return choose_head(facts_for(list(seen.frames[0]), names), SIZE, classes, seen=seen, **more)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("named", [True, False])
def test_that_values_tell_what_shapes_leave_open(
    case: tuple[Maker, tuple[str, ...], str, dict[str, Any], str], named: bool
) -> None:
    maker, names, head, options, words = case
    told = {} if named or head != "end2end" else {"classes": CLASSES}
    chosen = choose(maker, names, CLASSES if named else 0, options=told)
    assert (chosen.choice.name, chosen.head.classes, chosen.doubts) == (head, CLASSES, ())
    assert options.items() <= chosen.choice.options.items()
    assert "2 frames" in chosen.why
    assert named or words in chosen.why


def test_that_what_values_told_can_be_kept_and_then_needs_no_values() -> None:
    maker, names, head, _, _ = CASES["ultraface"]
    chosen = choose(maker, names, CLASSES)
    assert chosen.settled == {"boxes": "xyxy", "normalised": True, "activation": "none", "background": "first"}
    facts = facts_for(list(seen_of(maker).frames[0]), names)
    with pytest.raises(UsageError, match="names and shapes leave open") as caught:
        choose_head(facts, SIZE, CLASSES, head)
    assert "`slipway.head_options.normalised`" in caught.value.hint
    again = choose_head(facts, SIZE, CLASSES, head, chosen.settled)
    assert again.choice == chosen.choice


def test_that_what_is_usual_need_not_be_kept() -> None:
    assert choose(CASES["yolov8 turned"][0], (), CLASSES).settled == {}
    assert choose(CASES["yolov8 as parts"][0], (), CLASSES).settled == {"normalised": True}


def test_that_a_person_is_believed_before_values() -> None:
    maker, names, *_ = CASES["ultraface"]
    chosen = choose(maker, names, CLASSES, options={"boxes": "cxcywh"})
    assert chosen.choice.options["boxes"] == "cxcywh"


def test_that_shapes_alone_name_the_candidates_and_the_key() -> None:
    outputs = list(seen_of(raw_yolox).frames[0])
    with pytest.raises(UsageError, match=re.escape("are decoded: yolox or yolov5")) as caught:
        choose_head(facts_for(outputs, ()), SIZE, CLASSES)
    assert "Set `slipway: head:` to yolox or yolov5" in caught.value.hint


def test_that_offsets_from_anchors_that_are_not_there_are_no_boxes() -> None:
    def offsets(rng: np.random.Generator) -> list[Any]:
        return [softmaxed(rng, first=True), rng.normal(0, 1.2, (MANY, 4))]

    with pytest.raises(UsageError, match="no head makes detections of the outputs") as caught:
        choose(offsets, PAIR)
    assert "lie outside of the picture" in caught.value.detail


def test_that_scores_outside_of_0_to_1_are_no_scores_of_yolov8() -> None:
    with pytest.raises(UsageError, match="no head makes detections") as caught:
        choose(lambda rng: [single(same, lambda r: 40 * scores(r))(rng)[0].T], (), CLASSES)
    assert "they are from 0 to 1" in caught.value.detail


def test_that_boxes_of_a_dead_head_are_doubted_and_the_head_is_taken_by_its_shape() -> None:
    def dead(rng: np.random.Generator) -> list[Any]:
        return [np.concatenate([anchors(rng) * [1, 1, 0, 0], np.zeros((MANY, CLASSES))], axis=1).T]

    chosen = choose(dead, (), CLASSES)
    assert chosen.choice.name == "yolov8"
    assert "100% of the best boxes have no area" in chosen.doubts[0]


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, -1e30])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_that_garbage_never_crashes(case: Any, value: float) -> None:
    maker, names, *_ = case
    refused: list[UsageError] = []
    try:
        choose(lambda rng: [np.full_like(part, value) for part in maker(rng)], names, CLASSES)
    except UsageError as error:
        refused.append(error)
    assert all(error.hint for error in refused)


@pytest.mark.parametrize("counts", [(0, 0), (3, 5), (0, 2)])
def test_that_rows_whose_number_depends_on_the_frame_were_suppressed(counts: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    every = np.pad(single(same, scores)(rng)[0], ((0, 0), (0, 5)))
    frames = tuple([every[None, :count].astype(np.float32)] for count in counts)
    facts = facts_for([np.zeros((1, 0, 9 + CLASSES))], ())
    chosen = choose_head(facts, SIZE, 5 + CLASSES, seen=Seen(frames, "2 frames"))
    assert chosen.choice.name == "suppressed"


def test_that_labels_without_a_number_of_classes_ask_for_it() -> None:
    with pytest.raises(UsageError, match="nothing tells how many classes there are") as caught:
        choose(CASES["end2end"][0], ())
    assert "slipway.head_options.classes" in caught.value.hint


def test_that_labels_that_reach_the_number_of_classes_count_from_1() -> None:
    def one_based(rng: np.random.Generator) -> list[Any]:
        boxes, best, labels = rows(rng, 60)
        return [boxes, best.ravel(), labels.ravel() + 1]

    chosen = choose(one_based, ("boxes", "scores", "labels"), CLASSES)
    assert (chosen.choice.name, chosen.choice.options["background"]) == ("detections", "first")
    assert "they count from 1" in chosen.why
