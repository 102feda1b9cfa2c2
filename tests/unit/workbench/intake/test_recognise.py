from __future__ import annotations

import re
from typing import Any

import pytest

from targets.agent.heads.base import OutputSpec
from workbench.base.errors import UsageError
from workbench.intake.recognise import Recognised, recognise_heads

SIZE = (640, 384)
CELLS = 5040
SQUARE = 640 // 8 * 384 // 8


def specs(*outputs: Any) -> list[OutputSpec]:
    """Outputs as shapes, or as (name, shape) or (name, shape, dtype)."""
    named = [one if isinstance(one[0], str) else ("out", one) for one in outputs]
    return [OutputSpec(*one) for one in named]


def recognise(*outputs: Any, classes: int = 0, asked: str | None = None) -> tuple[Recognised, ...]:
    return recognise_heads(specs(*outputs), SIZE, classes, asked)


@pytest.mark.parametrize(
    ("shape", "classes", "expected"),
    [
        ((1, 10, CELLS), 0, [("yolov8", 6)]),
        ((1, 10, CELLS), 6, [("yolov8", 6)]),
        ((0, 10, CELLS), 6, [("yolov8", 6)]),
        ((1, 11, CELLS), 6, [("yolox", 6), ("yolov5", 6)]),
        ((1, 84, 30), 80, [("yolov8", 80)]),
        ((1, 84, 0), 80, [("yolov8", 80)]),
        ((1, CELLS, 10), 6, [("yolov8", 6)]),
        ((1, CELLS, 11), 6, [("yolox", 6), ("yolov5", 6)]),
        ((1, CELLS, 11), 0, [("yolov8", 7), ("yolox", 6), ("yolov5", 6)]),
        ((1, 3 * CELLS, 11), 0, [("yolov5", 6)]),
        ((1, 3 * CELLS, 11), 6, [("yolov5", 6)]),
        ((1, 11, 3 * CELLS), 6, [("yolov5", 6)]),
        ((1, 4001, 11), 6, [("yolov5", 6)]),
        ((1, 4001, 11), 0, [("yolov5", 6), ("yolov8", 7)]),
        ((1, 300, 6), 0, [("end2end", 0), ("detr", 2)]),
        ((1, 300, 6), 80, [("end2end", 0)]),
        ((0, 7), 0, [("end2end", 0)]),
        ((1, 1, 100, 7), 0, [("end2end", 0)]),
        ((1, 300, 84), 80, [("detr", 80)]),
        ((1, 300, 10), 0, [("detr", 6)]),
        ((1, 0, 84), 80, [("suppressed", 80), ("yolov8", 80)]),
        ((1, 11, 24, 40), 6, [("fastestdet", 6)]),
    ],
)
def test_that_one_output_is_told_by_its_shape(
    shape: tuple[int, ...], classes: int, expected: list[tuple[str, int]]
) -> None:
    found = recognise(shape, classes=classes)
    assert [(one.name, one.values) for one in found] == expected
    assert all(one.classes == one.values for one in found)
    assert [one.name for one in found if one.usual] == [
        name for name, values in expected if (name, values) != ("detr", 2)
    ]


def test_that_the_name_of_an_output_tells_that_its_rows_were_chosen() -> None:
    (found,) = recognise(("nms/selected", (1, 0, 84)), classes=80)
    assert (found.name, found.certain) == ("suppressed", True)
    assert "its name (nms/selected) says that they are chosen" in found.why


def test_that_nanodet_plus_is_one_of_those_with_a_grid_of_four_strides() -> None:
    cells = CELLS + 60
    assert [one.name for one in recognise((1, cells, 112), classes=80)] == ["nanodet"]
    assert {one.name for one in recognise((1, cells, 112))} == {"nanodet", "yolov8", "yolox", "yolov5"}


ROWS = ("boxes", (1, 300, 4))
SEPARATE: list[tuple[list[Any], list[str], dict[str, Any]]] = [
    (
        [("labels", (1, 300), "int64"), ROWS, ("scores", (1, 300))],
        ["labels", "boxes", "scores"],
        {"boxes": "xyxy", "normalised": False, "background": "none"},
    ),
    (
        [("a", (0, 4)), ("b", (0,), "int64"), ("c", (0,))],
        ["boxes", "labels", "scores"],
        {"background": "first"},
    ),
    (
        [("num_dets", (1, 1), "int32"), ROWS, ("det_scores", (1, 300)), ("det_classes", (1, 300), "int32")],
        ["count", "boxes", "scores", "labels"],
        {"boxes": "xyxy", "background": "none"},
    ),
    (
        [
            ("detection_anchor_indices", (1, 100)),
            ("detection_boxes", (1, 100, 4)),
            ("detection_classes", (1, 100)),
            ("detection_multiclass_scores", (1, 100, 91)),
            ("detection_scores", (1, 100)),
            ("num_detections", (1,)),
            ("raw_detection_boxes", (1, 51150, 4)),
            ("raw_detection_scores", (1, 51150, 91)),
        ],
        ["unused", "boxes", "labels", "unused", "scores", "count", "unused", "unused"],
        {"boxes": "yxyx", "normalised": True, "background": "first"},
    ),
    (
        [
            ("TFLite_Detection_PostProcess", (1, 10, 4)),
            ("TFLite_Detection_PostProcess:1", (1, 10)),
            ("TFLite_Detection_PostProcess:2", (1, 10)),
            ("TFLite_Detection_PostProcess:3", (1,)),
        ],
        ["boxes", "labels", "scores", "count"],
        {"boxes": "yxyx", "normalised": True, "background": "none"},
    ),
    (
        [("a", (0, 4)), ("b", (0,), "int64"), ("c", (0,)), ("d", (2,), "int64")],
        ["boxes", "labels", "scores", "unused"],
        {"background": "none"},
    ),
    ([("dets", (1, 100, 5)), ("labels", (1, 100), "int64")], ["boxes_scores", "labels"], {"boxes": "xyxy"}),
]


@pytest.mark.parametrize(("outputs", "roles", "options"), SEPARATE)
def test_that_separate_detections_are_told_by_names_shapes_and_types(
    outputs: list[Any], roles: list[str], options: dict[str, Any]
) -> None:
    (found,) = recognise(*outputs)
    assert found.name == "detections"
    assert found.options["outputs"] == roles
    assert options.items() <= found.options.items()


@pytest.mark.parametrize(
    ("outputs", "classes", "head", "roles", "still_open"),
    [
        (
            [("scores", (1, 4420, 2)), ("boxes", (1, 4420, 4))],
            0,
            "boxes_scores",
            ["scores", "boxes"],
            {"activation", "background", "boxes", "normalised"},
        ),
        (
            [("output", (1, 8400, 4)), ("1432", (1, 8400, 80))],
            80,
            "boxes_scores",
            ["boxes", "scores"],
            {"activation", "background", "boxes", "normalised"},
        ),
        ([("boxes", (1, 4, 8400)), ("scores", (1, 80, 8400))], 80, "boxes_scores", ["boxes", "scores"], None),
        ([("boxes", (1, 22743, 1, 4)), ("confs", (1, 22743, 80))], 80, "boxes_scores", ["boxes", "scores"], None),
        (
            [("logits", (1, 100, 92)), ("pred_boxes", (1, 100, 4)), ("last_hidden_state", (1, 100, 256))],
            91,
            "detr",
            ["scores", "boxes", "unused"],
            {"activation", "background"},
        ),
        ([("dets", (1, 300, 4)), ("labels", (1, 300, 91))], 0, "detr", ["boxes", "scores"], None),
        (
            [("cls", (1, 6825, 2)), ("box", (1, 6825, 4)), ("anchors", (1, 6825, 4))],
            0,
            "ssd",
            ["scores", "boxes", "anchors"],
            {"activation", "background"},
        ),
    ],
)
def test_that_boxes_with_class_values_are_told_and_what_they_leave_open(
    outputs: list[Any], classes: int, head: str, roles: list[str], still_open: set[str] | None
) -> None:
    (found,) = recognise(*outputs, classes=classes)
    assert (found.name, found.options["outputs"]) == (head, roles)
    if still_open is not None:
        assert set(found.open) == still_open


def test_that_nanodet_is_told_by_its_six_outputs() -> None:
    sizes = [(48, 80), (24, 40), (12, 20)]
    outputs = [
        (f"{kind}_stride_{8 << level}", (1, rows * columns, width))
        for kind, width in (("cls_pred", 80), ("dis_pred", 32))
        for level, (rows, columns) in enumerate(sizes)
    ]
    (found,) = recognise(*outputs)
    assert (found.name, found.classes) == ("nanodet", 80)
    assert found.options["outputs"] == ["scores"] * 3 + ["distances"] * 3


def test_that_raw_maps_beside_all_rows_are_left_aside() -> None:
    outputs = [(1, 3 * CELLS, 85), (1, 3, 48, 80, 85), (1, 3, 24, 40, 85), (1, 3, 12, 20, 85)]
    (found,) = recognise(*outputs, classes=80)
    assert (found.name, found.options["outputs"]) == ("yolov5", ["rows", "unused", "unused", "unused"])


def test_that_rows_of_paddle_are_told_by_their_count() -> None:
    (found,) = recognise(("multiclass_nms3_0.tmp_0", (0, 6)), ("multiclass_nms3_0.tmp_2", (0,), "int32"))
    assert (found.name, found.options["columns"]) == ("end2end", "class_score_box")


def test_that_only_the_head_that_is_asked_for_comes() -> None:
    assert [one.name for one in recognise((1, CELLS, 11), asked="yolov5")] == ["yolov5"]
    with pytest.raises(UsageError, match="the head ssd was asked for, and yolov8 would fit"):
        recognise((1, 10, CELLS), asked="ssd")


@pytest.mark.parametrize(
    ("shapes", "classes", "words"),
    [
        ([], 0, "shape nothing: neither names nor shapes are those of a detector"),
        ([(2, 10, CELLS)], 0, "out [2, 10, 5040]: neither"),
        ([(1, 4, CELLS)], 0, "neither"),
        ([(1, 10, CELLS)], 7, "they have 6 class values, and 7 classes are named"),
        ([(1, CELLS, 11)], 3, "they have 6 or 7 class values, and 3 classes are named"),
    ],
)
def test_that_outputs_that_no_head_knows_are_refused(shapes: Any, classes: int, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)) as caught:
        recognise(*shapes, classes=classes)
    assert "slipway: head: heads/mine.py" in caught.value.hint
