"""Accuracy of reference and device on labelled frames, in the frames' own pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from workbench.evaluate.accuracy import evaluate_accuracy
from workbench.evaluate.coco_matches import make_labels
from workbench.evaluate.matching import Detections
from workbench.frames.labels import Labels
from workbench.frames.resize import Fit

if TYPE_CHECKING:
    from targets.agent.heads.base import Detections as Found
    from workbench.evaluate.accuracy import Accuracy
    from workbench.verify.side_by_side import Sample


def measure_accuracy(
    samples: Sequence[Sample],
    labels: Labels,
    names: Sequence[str],
    fits: Sequence[Fit],
    class_names: Sequence[str],
    confidence: float,
) -> dict[str, Accuracy]:
    """`reference` and `device`, over the frames that somebody labelled; crowd regions are left out."""
    wanted, truth, found = [], [], {"reference": [], "device": []}  # type: ignore[var-annotated]
    for sample in samples:
        marked = labels.of(names[sample.position])
        if marked is None or sample.accurate is None:
            continue
        wanted.append(sample.position)
        truth.append(make_labels(marked.boxes[~marked.crowd], marked.classes[~marked.crowd]))
        for side, detections in zip(("reference", "device"), sample.accurate, strict=True):
            found[side].append(_to_frame(detections, fits[sample.position]))
    if not wanted:
        return {}
    return {side: evaluate_accuracy(truth, items, class_names, confidence) for side, items in found.items()}


def _to_frame(found: Found, fit: Fit) -> Detections:
    return Detections(fit.to_frame(found.boxes).astype(np.float64), found.scores, found.classes)
