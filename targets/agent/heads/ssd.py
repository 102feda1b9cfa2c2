"""The head of SSD models that give their anchors with their outputs, as those of STMicroelectronics' model zoo do."""

from __future__ import annotations

from typing import Any, Sequence, Tuple

import numpy as np

from ..plan import HeadChoice
from ..protocol import E_RUNTIME, E_USAGE, CommandError
from .arrays import BOX, rows_of
from .base import Detections, OutputSpec, in_words
from .options import Options
from .pairs import PAIR, require_pair, split_pair
from .tables import ScoreRule, count_bad, detect_dense


class Ssd:
    """Decodes class values [1, n, c], offsets [1, n, 4] and anchors [1, n, 4], all as parts of the input.

    A corner is the anchor's own, moved by its offset times the anchor's side. Options: `outputs` (the role of each
    output), `activation`, `background` (the first class unless said).
    """

    name = "ssd"
    ranked = False

    def __init__(self, choice: HeadChoice, options: Options, roles: Tuple[str, ...]) -> None:
        self.classes = choice.classes
        self._roles = roles
        self._scale = np.array([choice.width, choice.height] * 2, np.float32)
        self._rule = ScoreRule.of(options, choice.classes, "first")

    @classmethod
    def of(cls, choice: HeadChoice, outputs: Sequence[OutputSpec]) -> Ssd:
        """For outputs whose roles the option `outputs` tells; raises CommandError for others."""
        options = Options(choice)
        head = cls(choice, options, options.words("outputs", PAIR, len(outputs)))
        options.close()
        if "anchors" not in head._roles:
            text = "ssd decodes offsets from anchors that are an output too, not %s"
            raise CommandError(E_USAGE, text % in_words(outputs))
        require_pair(choice, outputs, head._roles, BOX + head._rule.columns)
        return head

    def decode_anchors(self, outputs: Sequence[Any]) -> Tuple[Any, Any]:
        """Boxes float32 [n, 4] and scores float32 [n, c] of every anchor."""
        offsets, anchors, values = self._parts(outputs)
        return self._decode(offsets, anchors), self._rule.scores(values)

    def detect(self, outputs: Sequence[Any], confidence: float, nms_iou: float, max_detections: int) -> Detections:
        """One class for each anchor, its best; then suppression within each class."""
        offsets, anchors, values = self._parts(outputs)
        limits = (confidence, nms_iou, max_detections)
        return detect_dense(lambda at: self._decode(offsets[at], anchors[at]), values, self._rule, limits)

    def count_bad_scores(self, outputs: Sequence[Any]) -> int:
        """Scores of any anchor that are not numbers in [0, 1]."""
        return count_bad(self._parts(outputs)[2], self._rule)

    def _parts(self, outputs: Sequence[Any]) -> Tuple[Any, Any, Any]:
        offsets, values = split_pair(outputs, self._roles, self._rule.columns)
        anchors = rows_of(outputs[self._roles.index("anchors")], BOX)
        if len(anchors) != len(offsets):
            raise CommandError(E_RUNTIME, "the engine gives %d anchors for %d boxes" % (len(anchors), len(offsets)))
        return offsets, anchors, values

    def _decode(self, offsets: Any, anchors: Any) -> Any:
        with np.errstate(invalid="ignore", over="ignore"):
            sides = anchors[:, 2:] - anchors[:, :2]
            return (offsets * np.tile(sides, 2) + anchors) * self._scale
