from __future__ import annotations

from typing import Any

import pytest

from targets.agent.heads.base import OutputSpec
from workbench.intake.foreign import what_by_outputs, what_by_task

SIZE = (640, 640)


def specs(*outputs: Any) -> list[OutputSpec]:
    named = [one if isinstance(one[0], str) else (f"out{place}", one) for place, one in enumerate(outputs)]
    return [OutputSpec(*one) for one in named]


@pytest.mark.parametrize(
    ("task", "kind"),
    [
        ("segment", "an instance segmentation model"),
        ("pose", "a keypoint model"),
        ("obb", "a detector of turned boxes"),
        ("classify", "a classifier"),
        ("detect", None),
    ],
)
def test_that_the_metadata_tell_the_task(task: str, kind: str | None) -> None:
    found = what_by_task({"task": task, "author": "Ultralytics"})
    assert (found.kind if found else None) == kind
    if found:
        assert f"task: {task}" in str(found.refusal("m.onnx"))


STRIDES = [(8, 80), (16, 40), (32, 20)]


def by_stride(*parts: tuple[str, int]) -> list[Any]:
    """An output [1, cells, width] of each part and stride."""
    return [(f"{name}_{stride}", (1, side * side, width)) for name, width in parts for stride, side in STRIDES]


@pytest.mark.parametrize(
    ("outputs", "classes", "kind"),
    [
        ([(1, 1000)], 0, "a classifier"),
        ([(0, 43)], 43, "a classifier"),
        ([(1, 1000, 1, 1)], 0, "a classifier"),
        ([("embeddings", (1, 512))], 0, "a model of features"),
        ([(1, 512, 512, 4)], 0, "a segmentation model"),
        ([(1, 21, 640, 640)], 0, "a segmentation model"),
        ([(1, 1, 640, 640)], 0, "a model of a value for each place, such as depth"),
        ([(1, 640, 640)], 0, "a model of a value for each place, such as depth"),
        ([(1, 116, 8400), (1, 32, 160, 160)], 80, "an instance segmentation model"),
        ([("boxes", (0, 4)), ("labels", (0,)), ("scores", (0,)), ("masks", (0, 1, 28, 28))], 0, "an instance segm"),
        ([(1, 56, 8400)], 1, "a keypoint model"),
        ([(1, 1, 17, 3)], 0, "a keypoint model"),
        ([*by_stride(("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10))], 0, "the face detector YuNet"),
        ([*by_stride(("score", 1), ("bbox", 4), ("kps", 10))], 0, "the face detector SCRFD"),
        ([("loc", (1, 16800, 4)), ("conf", (1, 16800, 2)), ("landms", (1, 16800, 10))], 0, "the face detector Retina"),
        ([("regressors", (1, 896, 16)), ("classificators", (1, 896, 1))], 0, "the face detector BlazeFace"),
        ([(1, 80, 40, 40), (1, 2, 40, 40)], 0, "a detector without its decoding"),
        ([("hm", (1, 80, 160, 160)), ("wh", (1, 2, 160, 160)), ("reg", (1, 2, 160, 160))], 0, "CenterNet"),
        ([(1, 255, 40, 40), (1, 255, 20, 20)], 0, "a YOLO without its decoding"),
        ([(1, 40, 40, 255), (1, 20, 20, 255)], 0, "a YOLO without its decoding"),
        ([(1, 3, 80, 80, 85), (1, 3, 40, 40, 85), (1, 3, 20, 20, 85)], 0, "a YOLO without its decoding"),
        (
            [(1, side * side, width) for width in (80, 32) for side in (80, 40, 20, 10)],
            0,
            "PicoDet without its decoding",
        ),
        ([(40 * 40 + 20 * 20, 95)], 0, "YOLO-FastestV2 without its decoding"),
        ([("chosen", (0, 3), "int64")], 0, "a detector that gives indices of boxes"),
        ([("chosen", (1, 0, 3), "int32"), ("boxes", (1, 10647, 4))], 80, "a detector that gives indices of boxes"),
        ([(0, 3)], 0, "a classifier"),
        ([(1, 84, 8400)], 80, None),
        ([(7,)], 0, None),
        ([], 0, None),
    ],
)
def test_that_outputs_tell_what_no_head_decodes(outputs: list[Any], classes: int, kind: str | None) -> None:
    found = what_by_outputs(specs(*outputs), SIZE, classes)
    assert (found.kind if found else "nothing").startswith(kind or "nothing")
    if found:
        assert found.why
        assert found.hint
