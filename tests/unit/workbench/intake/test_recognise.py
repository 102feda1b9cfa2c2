from __future__ import annotations

import re
from typing import Any

import pytest

from targets.agent.heads.base import OutputSpec
from workbench.base.errors import UsageError
from workbench.intake.recognise import Recognised, recognise_heads


def recognise(shapes: Any, classes: int = 0, asked: str | None = None) -> Recognised:
    return recognise_heads([OutputSpec("out", shape) for shape in shapes], (640, 384), classes, asked)


@pytest.mark.parametrize(("shape", "classes"), [((1, 10, 5040), 6), ((1, 84, 8400), 80), ((1, 84, 30), 80)])
def test_that_a_head_is_found_by_the_shape(shape: tuple[int, ...], classes: int) -> None:
    head = recognise([shape], classes)
    assert (head.name, head.classes) == ("yolov8", classes)


@pytest.mark.parametrize(
    ("shapes", "classes", "words"),
    [
        ([], 0, "nothing: a YOLOv8 head has one output"),
        ([(1, 10, 5040), (1, 2)], 0, "out [1, 10, 5040], out [1, 2]: a YOLOv8 head has one output"),
        ([(10, 5040)], 0, "gives [1, 4 + classes, anchors]"),
        ([(2, 10, 5040)], 0, "gives [1, 4 + classes, anchors]"),
        ([(1, 300, 6)], 0, "suppression inside the graph"),
        ([(1, 5040, 10)], 0, "looks like [1, anchors, 4 + classes]"),
        ([(1, 4, 5040)], 0, "4 rows are 4 box values and 0 scores; expected at least one class"),
        ([(1, 10, 5040)], 7, "10 rows are 4 box values and 6 scores; expected 7 classes"),
    ],
)
def test_that_outputs_that_no_head_knows_are_refused(shapes: Any, classes: int, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        recognise(shapes, classes)
