"""The head of YOLOX exports without decoding: one output [1, n, 5 + c] of raw values, cell by cell."""

from __future__ import annotations

from typing import Any, Dict, Sequence, Tuple

import numpy as np

from ..plan import HeadChoice
from ..protocol import E_RUNTIME, E_USAGE, CommandError
from .arrays import BOX, BoxCoding, grid_of
from .base import OutputSpec, in_words
from .options import Options
from .yolov5 import Yolov5, require_rows

STRIDES = ((8, 16, 32), (8, 16, 32, 64), (4, 8, 16, 32), (16, 32))
"""Of the feature maps, in pixels of the input; which of these it is, the number of anchors tells."""


class Yolox(Yolov5):
    """Decodes rows by their cell: centre (value + cell) * stride, size exp(value) * stride; scores as YOLOv5 has."""

    name = "yolox"

    def __init__(self, classes: int, width: int, height: int) -> None:
        super().__init__(classes, BoxCoding("cxcywh", False, width, height))
        self._size = (width, height)
        self._grids: Dict[int, Tuple[Any, Any]] = {}

    @classmethod
    def of(cls, choice: HeadChoice, outputs: Sequence[OutputSpec]) -> Yolox:
        """For one output [1, n, 5 + classes] with as many rows as cells; raises CommandError for others."""
        require_rows(choice, outputs)
        Options(choice).close()
        head = cls(choice.classes, choice.width, choice.height)
        count = _other(outputs[0].shape[1:], BOX + 1 + choice.classes)
        if count and not strides_of(count, choice.width, choice.height):
            text = "yolox decodes one row for each cell of strides 8, 16 and 32 of %dx%d, not %s"
            raise CommandError(E_USAGE, text % (choice.width, choice.height, in_words(outputs)))
        return head

    def _boxes(self, rows: Any, places: Any, count: int) -> Any:
        cells, strides = (part[places] for part in self._grid(count))
        raw = rows[:, :BOX]
        boxes = np.empty((len(raw), BOX), np.float32)
        with np.errstate(invalid="ignore", over="ignore"):
            boxes[:, :2] = (raw[:, :2] + cells) * strides
            boxes[:, 2:] = np.exp(raw[:, 2:]) * strides
        return self._corners(boxes.T)

    def _grid(self, count: int) -> Tuple[Any, Any]:
        if count not in self._grids:
            strides = strides_of(count, *self._size)
            if not strides:
                text = "%d rows came where the grid of %dx%d has others"
                raise CommandError(E_RUNTIME, text % (count, *self._size))
            self._grids[count] = grid_of(sides_of(strides, *self._size))
        return self._grids[count]


def sides_of(strides: Sequence[int], width: int, height: int) -> Tuple[Tuple[int, int, int], ...]:
    """(columns, rows, stride) of each feature map; a last cell may be a part of one."""
    return tuple((-(-width // stride), -(-height // stride), stride) for stride in strides)


def strides_of(count: int, width: int, height: int, each: int = 1) -> Tuple[int, ...]:
    """The strides whose maps have `count` cells with `each` anchors; empty where none have."""
    for strides in STRIDES:
        if each * sum(columns * rows for columns, rows, _ in sides_of(strides, width, height)) == count:
            return strides
    return ()


def _other(axes: Sequence[int], columns: int) -> int:
    """The length of the axis that is not the columns."""
    return axes[0] if axes[1] == columns else axes[1]
