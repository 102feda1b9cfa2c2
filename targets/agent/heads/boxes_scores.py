"""The head of models with decoded boxes and class values as two outputs, before suppression."""

from __future__ import annotations

from typing import Any, Sequence, Tuple

from ..plan import HeadChoice
from .arrays import BOX, CODINGS, BoxCoding
from .base import Detections, OutputSpec
from .options import Options
from .pairs import PAIR, require_pair, split_pair
from .tables import ScoreRule, count_bad, detect_dense


class BoxesScores:
    """Decodes boxes [1, n, 4] and class values [1, n, c], either of them turned or not.

    SSD, UltraFace, YOLOv4, YOLO-NAS, and what `EfficientNMS_TRT` was fed with. Options: `outputs` (the role of each
    output), `boxes`, `normalised`, `activation`, `background`.
    """

    name = "boxes_scores"
    ranked = False

    def __init__(self, choice: HeadChoice, options: Options, roles: Tuple[str, ...]) -> None:
        self.classes = choice.classes
        self._roles = roles
        coding = options.word("boxes", CODINGS, "xyxy")
        self._corners = BoxCoding(coding, options.flag("normalised", False), choice.width, choice.height)
        self._rule = ScoreRule.of(options, choice.classes)

    @classmethod
    def of(cls, choice: HeadChoice, outputs: Sequence[OutputSpec]) -> BoxesScores:
        """For outputs whose roles the option `outputs` tells; raises CommandError for others."""
        options = Options(choice)
        head = cls(choice, options, options.words("outputs", PAIR, len(outputs)))
        options.close()
        require_pair(choice, outputs, head._roles, BOX + head._rule.columns)
        return head

    def decode_anchors(self, outputs: Sequence[Any]) -> Tuple[Any, Any]:
        """Boxes float32 [n, 4] and scores float32 [n, c] of every anchor."""
        boxes, values = split_pair(outputs, self._roles, self._rule.columns)
        return self._corners(boxes.T), self._rule.scores(values)

    def detect(self, outputs: Sequence[Any], confidence: float, nms_iou: float, max_detections: int) -> Detections:
        """One class for each anchor, its best; then suppression within each class."""
        boxes, values = split_pair(outputs, self._roles, self._rule.columns)
        limits = (confidence, nms_iou, max_detections)
        return detect_dense(lambda chosen: self._corners(boxes[chosen].T), values, self._rule, limits)

    def count_bad_scores(self, outputs: Sequence[Any]) -> int:
        """Scores of any anchor that are not numbers in [0, 1]."""
        return count_bad(split_pair(outputs, self._roles, self._rule.columns)[1], self._rule)
