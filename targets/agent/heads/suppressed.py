"""The head of exports with suppression inside whose rows keep all class scores: one output [1, n, 4 + c]."""

from __future__ import annotations

from typing import Any, Sequence, Tuple

from ..plan import HeadChoice
from ..protocol import E_USAGE, CommandError
from .arrays import BOX, CODINGS, BoxCoding, rows_of
from .base import Detections, OutputSpec, in_words
from .options import Options
from .tables import ScoreRule, count_bad, detect_suppressed


class Suppressed:
    """Decodes `[1, n, 4 + c]` of rows that stay as they are; n depends on the frame and may be 0.

    Options: `boxes`, `normalised`, `activation`, `background`.
    """

    name = "suppressed"
    ranked = True
    default_boxes = "cxcywh"
    default_normalised = False

    def __init__(self, choice: HeadChoice, options: Options) -> None:
        self.classes = choice.classes
        coding = options.word("boxes", CODINGS, self.default_boxes)
        normalised = options.flag("normalised", self.default_normalised)
        self._corners = BoxCoding(coding, normalised, choice.width, choice.height)
        self._rule = ScoreRule.of(options, choice.classes)

    @classmethod
    def of(cls, choice: HeadChoice, outputs: Sequence[OutputSpec]) -> Suppressed:
        """For one output of rows of 4 + classes values; raises CommandError for others."""
        options = Options(choice)
        head = cls(choice, options)
        options.close()
        shape = outputs[0].shape if len(outputs) == 1 else ()
        if len(shape) not in (2, 3) or shape[-1] not in (0, head.columns):
            text = "%s decodes rows of %d values for %d classes, not %s"
            raise CommandError(E_USAGE, text % (cls.name, head.columns, choice.classes, in_words(outputs)))
        return head

    @property
    def columns(self) -> int:
        """Values of a row."""
        return BOX + self._rule.columns

    def split(self, outputs: Sequence[Any]) -> Tuple[Any, Any]:
        """Boxes [n, 4] and class values [n, columns - 4] as the model gives them."""
        rows = rows_of(outputs[0], self.columns)
        return rows[:, :BOX], rows[:, BOX:]

    def decode_anchors(self, outputs: Sequence[Any]) -> Tuple[Any, Any]:
        """Boxes float32 [n, 4] and scores float32 [n, c] of every row."""
        boxes, values = self.split(outputs)
        return self._corners(boxes.T), self._rule.scores(values)

    def detect(self, outputs: Sequence[Any], confidence: float, _nms_iou: float, max_detections: int) -> Detections:
        """The rows that reach the confidence, each once, of its best class; nothing is suppressed again."""
        boxes, values = self.split(outputs)
        return detect_suppressed(
            lambda chosen: self._corners(boxes[chosen].T), values, self._rule, confidence, max_detections
        )

    def count_bad_scores(self, outputs: Sequence[Any]) -> int:
        """Scores of any row that are not numbers in [0, 1]."""
        return count_bad(self.split(outputs)[1], self._rule)
