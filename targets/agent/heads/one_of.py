"""A head that decodes one of several outputs; the others stand beside it unused, as older exports have them."""

from __future__ import annotations

from typing import Any, Sequence, Tuple

from .base import Detections, Head


class OneOf:
    """Hands one output to a head."""

    def __init__(self, head: Head, place: int) -> None:
        self.name, self.classes, self.ranked = head.name, head.classes, head.ranked
        self._head = head
        self._place = place

    def decode_anchors(self, outputs: Sequence[Any]) -> Tuple[Any, Any]:
        """As the head does."""
        return self._head.decode_anchors([outputs[self._place]])

    def detect(self, outputs: Sequence[Any], confidence: float, nms_iou: float, max_detections: int) -> Detections:
        """As the head does."""
        return self._head.detect([outputs[self._place]], confidence, nms_iou, max_detections)

    def count_bad_scores(self, outputs: Sequence[Any]) -> int:
        """As the head does."""
        return self._head.count_bad_scores([outputs[self._place]])
