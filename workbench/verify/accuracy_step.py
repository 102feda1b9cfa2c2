"""Accuracy of reference and device on labelled frames, in the frames' own pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from workbench.evaluate.accuracy import evaluate_accuracy
from workbench.evaluate.coco_matches import Labels as Truth
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
    """`reference` and `device`, over the samples that somebody labelled; empty where there is none.

    Args:
        samples: what both sides found.
        labels: in pixels of the frames as they are.
        names: of all frames of the test set, by position.
        fits: how each was fitted to the model, by position.
        class_names: class number n is class_names[n].
        confidence: threshold of recall and precision.
    """
    truth: list[Truth] = []
    reference: list[Detections] = []
    device: list[Detections] = []
    for sample in samples:
        marked = labels.of(names[sample.position])
        if marked is None or sample.accurate is None:
            continue
        truth.append(Truth(marked.boxes.astype(np.float64), marked.classes, marked.crowd))
        for side, found in zip((reference, device), sample.accurate, strict=True):
            side.append(_to_frame(found, fits[sample.position]))
    if not truth:
        return {}
    sides = {"reference": reference, "device": device}
    return {side: evaluate_accuracy(truth, found, class_names, confidence) for side, found in sides.items()}


def _to_frame(found: Found, fit: Fit) -> Detections:
    return Detections(fit.to_frame(found.boxes).astype(np.float64), found.scores, found.classes)
