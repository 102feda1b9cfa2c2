"""Scores a candidate for the ranking: mean IoU against the reference, a missed detection counting 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from targets.agent.heads.base import Head
from workbench.evaluate.detection_iou import DetectionIou
from workbench.evaluate.matching import Detections
from workbench.verify.side_by_side import Thresholds


class OverlapScore:
    """Called with the outputs of all frames of both sides; 1 is perfect, and also where nothing was to be found."""

    def __init__(self, head: Head, thresholds: Thresholds) -> None:
        self._head, self._thresholds = head, thresholds

    def __call__(self, reference: Sequence[Sequence[Any]], candidate: Sequence[Sequence[Any]]) -> float:
        """Mean over all reference detections of all frames."""
        overlap = DetectionIou(self._thresholds.confidence)
        for expected, got in zip(reference, candidate, strict=True):
            overlap.add(self._detect(expected), self._detect(got))
        ious = overlap.ious()
        return float(np.mean(ious)) if len(ious) else 1.0

    def _detect(self, outputs: Sequence[Any]) -> Detections:
        low = self._thresholds.confidence / 2
        found = self._head.detect(outputs, low, self._thresholds.nms_iou, self._thresholds.max_detections)
        return Detections(found.boxes, found.scores, found.classes)
