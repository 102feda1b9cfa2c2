"""The head of exports that end in detections: one output of rows of a box, a score and a class, as YOLOv10 has."""

from __future__ import annotations

from typing import Any, Dict, Sequence, Tuple

import numpy as np

from ..plan import HeadChoice
from ..protocol import E_USAGE, CommandError
from .arrays import BOX, CODINGS, BoxCoding
from .base import OutputSpec, in_words
from .options import Options
from .ranked import RankedHead, Rows, flat_rows

COLUMNS: Dict[str, Tuple[int, int, int, int]] = {
    "box_score_class": (0, 4, 5, -1),
    "box_class_score": (0, 5, 4, -1),
    "class_score_box": (2, 1, 0, -1),
    "batch_box_class_score": (1, 6, 5, 0),
    "batch_box_score_class": (1, 5, 6, 0),
    "batch_class_score_box": (3, 2, 1, 0),
}
"""Where box, score, class and the number of the image stand; -1: there is no such column."""


class End2End(RankedHead):
    """Decodes `[1, n, 6]` and `[n, 7]`: the rows are detections, suppressed or never in need of it.

    Options: `columns`, `boxes`, `normalised`, `background`.
    """

    name = "end2end"

    def __init__(self, choice: HeadChoice, options: Options, width: int) -> None:
        default = "box_score_class" if width == BOX + 2 else "batch_box_class_score"
        allowed = [name for name, places in COLUMNS.items() if (places[3] < 0) == (width == BOX + 2)]
        coding = options.word("boxes", CODINGS, "xyxy")
        normalised = options.flag("normalised", False)
        super().__init__(choice, options, BoxCoding(coding, normalised, choice.width, choice.height))
        self._box, self._score, self._label, self._image = COLUMNS[options.word("columns", allowed, default)]
        self._width = width

    @classmethod
    def of(cls, choice: HeadChoice, outputs: Sequence[OutputSpec]) -> End2End:
        """For one output whose rows have 6 or 7 values; outputs that only count rows may stand beside it."""
        shape = outputs[0].shape if outputs else ()
        counts = all(_is_count(output) for output in outputs[1:])
        if len(shape) not in (2, 3, 4) or shape[-1] not in (BOX + 2, BOX + 3) or not counts:
            raise CommandError(E_USAGE, "end2end decodes rows of 6 or 7 values, not %s" % in_words(outputs))
        options = Options(choice)
        head = cls(choice, options, shape[-1])
        options.close()
        return head

    def rows(self, outputs: Sequence[Any]) -> Rows:
        """The rows of the first image."""
        rows = flat_rows(outputs[0], self._width)
        if self._image >= 0 and len(rows):
            rows = rows[np.rint(rows[:, self._image]) == 0]
        return Rows(rows[:, self._box : self._box + BOX], rows[:, self._score], rows[:, self._label])


def _is_count(output: OutputSpec) -> bool:
    return len(output.shape) <= 2 and all(axis in (0, 1) for axis in output.shape)
