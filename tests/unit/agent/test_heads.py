"""Decoding YOLOv8 outputs, suppression, and the refusal of outputs that no head knows."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.agent.heads.base import Head, OutputSpec, count_bad_boxes, make_head, suppress
from targets.agent.heads.yolov8 import Yolov8
from targets.agent.plan import HeadChoice
from targets.agent.protocol import CommandError


def raw(*anchors: tuple[float, ...]) -> list[Any]:
    """An output [1, 4 + c, n] of anchors (x centre, y centre, width, height, scores ...)."""
    return [np.array(anchors, np.float32).T[None]]


def naive(boxes: Any, scores: Any, classes: Any, limit: float, most: int) -> list[int]:
    """Suppression as its definition says, one pair at a time."""
    kept: list[int] = []
    for index in sorted(range(len(scores)), key=lambda place: (-scores[place], place)):
        if all(classes[other] != classes[index] or overlap(boxes[other], boxes[index]) <= limit for other in kept):
            kept.append(index)
    return kept[:most]


def overlap(one: Any, two: Any) -> float:
    width = max(0.0, float(min(one[2], two[2])) - float(max(one[0], two[0])))
    height = max(0.0, float(min(one[3], two[3])) - float(max(one[1], two[1])))
    both = sum(float(box[2] - box[0]) * float(box[3] - box[1]) for box in (one, two))
    return width * height / (both - width * height)


def test_that_anchors_become_corners_and_scores_stay_as_they_are() -> None:
    boxes, scores = Yolov8(2).decode_anchors(raw((50, 40, 20, 10, 0.9, 0.1), (5, 5, 4, 4, 0.0, 0.2)))
    assert boxes.tolist() == [[40, 35, 60, 45], [3, 3, 7, 7]]
    np.testing.assert_allclose(scores, [[0.9, 0.1], [0.0, 0.2]])
    assert boxes.dtype == scores.dtype == np.float32


def test_that_detections_reach_the_threshold_and_come_best_first() -> None:
    found = Yolov8(2).detect(
        raw((50, 40, 20, 10, 0.5, 0.1), (5, 5, 4, 4, 0.0, 0.75), (80, 8, 4, 4, 0.25, 0.0), (9, 40, 4, 4, 0.2, 0.2)),
        confidence=0.25,
        nms_iou=0.45,
        max_detections=300,
    )
    assert found.classes.tolist() == [1, 0, 0]
    assert found.scores.tolist() == [0.75, 0.5, 0.25]
    assert found.boxes[0].tolist() == [3, 3, 7, 7]


def test_that_overlapping_boxes_of_a_class_leave_the_best_and_other_classes_stay() -> None:
    outputs = raw((50, 40, 20, 20, 0.6, 0), (51, 40, 20, 20, 0.9, 0), (50, 41, 20, 20, 0, 0.3))
    found = Yolov8(2).detect(outputs, 0.25, 0.45, 300)
    np.testing.assert_allclose(found.scores, [0.9, 0.3])
    assert len(Yolov8(2).detect(outputs, 0.25, 0.45, 1).scores) == 1


def test_that_nothing_above_the_threshold_is_no_detection() -> None:
    found = Yolov8(1).detect(raw((1, 1, 1, 1, 0.1), (1, 1, 1, 1, np.nan)), 0.25, 0.45, 300)
    assert [len(part) for part in found] == [0, 0, 0]


@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2, 127, 128, 129, 300]), st.sampled_from([5, 1000]))
def test_that_suppression_in_blocks_is_suppression_one_by_one(seed: int, count: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    corner, size = rng.integers(0, 60, (count, 2)), rng.integers(3, 30, (count, 2))
    boxes = np.concatenate([corner, corner + size], axis=1).astype(np.float32)
    scores, classes = np.round(rng.random(count), 2).astype(np.float32), rng.integers(0, 3, count)
    assert suppress(boxes, scores, classes, 0.437, most).tolist() == naive(boxes, scores, classes, 0.437, most)


def test_that_boxes_that_cannot_be_are_counted() -> None:
    good = [[0, 0, 10, 10], [-5, -5, 3, 3], [90, 40, 120, 70]]
    bad = [[5, 5, 5, 9], [9, 9, 3, 12], [np.nan, 0, 1, 1], [0, 0, np.inf, 9], [-9, 0, -1, 5], [100, 0, 120, 5]]
    assert count_bad_boxes(np.array(good, np.float32), 100, 64) == 0
    assert count_bad_boxes(np.array(bad, np.float32), 100, 64) == len(bad)
    assert count_bad_boxes(np.zeros((0, 4), np.float32), 100, 64) == 0


def test_that_scores_of_any_anchor_outside_of_the_range_are_counted() -> None:
    head = Yolov8(2)
    assert head.count_bad_scores(raw((9, 9, 2, 2, 0.0, 1.0))) == 0
    assert head.count_bad_scores(raw((9, 9, 2, 2, 1.01, np.nan), (9, 9, 2, 2, -0.1, 0.5))) == 3


def test_that_half_precision_outputs_are_decoded() -> None:
    (array,) = raw((50, 40, 20, 10, 0.5, 0.1))
    assert Yolov8(2).detect([array.astype(np.float16)], 0.25, 0.45, 9).boxes.dtype == np.float32


def choice(name: str, classes: int = 2, **more: Any) -> HeadChoice:
    return HeadChoice(name, classes, 64, 32, **more)


def test_that_a_head_is_made_by_its_name_for_outputs_that_it_can_decode() -> None:
    head = make_head(choice("yolov8"), [OutputSpec("out", (1, 6, 40))])
    assert (head.name, head.classes, head.ranked) == ("yolov8", 2, False)


@pytest.mark.parametrize(
    ("name", "shapes", "words"),
    [
        ("yolov8", [(1, 7, 40)], "decodes [1, 6, n] for 2 classes, not out [1, 7, 40]"),
        ("yolov8", [(1, 6, 40), (1, 2)], "not out [1, 6, 40], out [1, 2]"),
        ("yolov8", [], "not nothing"),
        ("nowhere", [(1, 6, 40)], "no head is called 'nowhere'"),
    ],
)
def test_that_a_head_refuses_outputs_that_it_cannot_decode(name: str, shapes: Any, words: str) -> None:
    with pytest.raises(CommandError, match=re.escape(words)):
        make_head(choice(name), [OutputSpec("out", shape) for shape in shapes])


OWN = b"""
import numpy as np

def decode(outputs, width, height):
    rows = outputs[0][0]
    return rows[:, :4] * [width, height, width, height], rows[:, 4:]
"""


def own_head(source: bytes = OWN) -> Head:
    return make_head(choice("plugin", plugin="0" * 64), [OutputSpec("out", (1, 3, 6))], source)


def test_that_the_projects_own_head_decodes_and_slipway_suppresses() -> None:
    rows = np.array([[[0, 0, 0.5, 0.5, 0.9, 0.1], [0, 0, 0.5, 0.5, 0.8, 0.1], [0.5, 0.5, 1, 1, 0, 0.1]]], np.float32)
    found = own_head().detect([rows], 0.25, 0.45, 9)
    assert found.boxes.tolist() == [[0, 0, 32, 16]]
    assert found.scores == pytest.approx([0.9])


def test_that_ranked_rows_of_an_own_head_stay_as_they_are() -> None:
    rows = np.array([[[0, 0, 0.5, 0.5, 0.8, 0.1], [0, 0, 0.5, 0.5, 0.9, 0.1], [0.5, 0.5, 1, 1, 0, 0.1]]], np.float32)
    head = own_head(OWN + b"\nRANKED = True\n")
    assert head.ranked
    assert head.detect([rows], 0.25, 0.45, 9).scores == pytest.approx([0.9, 0.8])
    assert head.detect([rows], 0.25, 0.45, 1).scores == pytest.approx([0.9])
    assert len(head.detect([rows[:, :0]], 0.25, 0.45, 9).scores) == 0


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"def decode(:", "cannot be run: SyntaxError"),
        (b"1 / 0", "cannot be run: ZeroDivisionError"),
        (b"decode = 3", "has no function `decode`"),
        (b"import sys; sys.exit(5)", "cannot be run: SystemExit: 5"),
    ],
)
def test_that_an_own_head_that_is_none_is_refused_with_what_is_wrong(source: bytes, words: str) -> None:
    with pytest.raises(CommandError, match=re.escape(words)):
        own_head(source)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise KeyError('x')", "failed: KeyError: 'x'"),
        ("return outputs[0][0][:, :3], outputs[0][0][:, 4:]", "gives boxes [3, 3]"),
        ("return outputs[0][0][:, :4], outputs[0][0][:, 3:]", "and scores [3, 3]; expected [n, 4] and [n, 2]"),
        ("return 1", "failed: TypeError"),
        ("return outputs[0][0][:, :4], 0.5", "gives boxes [3, 4] and scores []"),
        ("return 0.5, outputs[0][0][:, 4:]", "gives boxes [] and scores [3, 2]"),
        ("raise SystemExit(5)", "failed: SystemExit: 5"),
    ],
)
def test_that_what_an_own_head_gives_is_checked(body: str, words: str) -> None:
    head = own_head(f"def decode(outputs, width, height):\n    {body}\n".encode())
    with pytest.raises(CommandError, match=re.escape(words)):
        head.decode_anchors([np.zeros((1, 3, 6), np.float32)])


def test_that_what_an_own_head_prints_is_not_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    own_head(OWN.replace(b"    rows", b"    print('decoding', end='!')\n    rows") + b"\nprint('loaded')\n").detect(
        [np.zeros((1, 3, 6), np.float32)], 0.25, 0.45, 9
    )
    assert capsys.readouterr() == ("", "loaded\ndecoding!")


def test_that_scores_of_an_own_head_that_are_none_are_counted() -> None:
    rows = np.zeros((1, 3, 6), np.float32)
    rows[0, :, 4] = (0.5, 1.5, np.nan)
    assert own_head().count_bad_scores([rows]) == 2


def test_that_roles_of_outputs_that_are_no_words_are_refused_in_words() -> None:
    choice = HeadChoice("yolov8", 2, 64, 64, {"outputs": ["rows", 1]})
    with pytest.raises(CommandError, match="the option 'outputs' is"):
        make_head(choice, [OutputSpec("a", (1, 6, 84)), OutputSpec("b", (1, 6, 84))])
