"""The worst samples of a run as pictures in its folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workbench.base.atomic import write_atomic
from workbench.evaluate.equivalence import WorstSample, worst_samples
from workbench.evaluate.matching import Detections, match
from workbench.evaluate.wording import number
from workbench.frames.resize import Fit
from workbench.frames.source import Image, UnreadableFrame
from workbench.reports.overlay import Drawn, Mark, draw_pair
from workbench.verify.side_by_side import Sample, SideBySide

SHOWN = 6


def write_overlays(
    folder: Path,
    compared: SideBySide,
    names: Sequence[str],
    fits: Sequence[Fit],
    class_names: Sequence[str],
    read: Callable[[int], Image],
) -> list[dict[str, Any]]:
    """Draw the worst samples; a frame that cannot be read any more has no picture, and costs nothing but that.

    Args:
        folder: the run's; pictures go into `overlays/`.
        compared: the samples.
        names: of all frames of the test set, by position.
        fits: how each was fitted to the model, by position.
        class_names: class number n is class_names[n].
        read: gives a frame by its position, before fitting.

    Returns:
        What `RunRecord.worst` holds.
    """
    shown: list[dict[str, Any]] = []
    for rank, worst in enumerate(worst_samples(SHOWN, compared.iou, compared.difference)):
        sample = compared.samples[worst.sample]
        file = f"overlays/{rank:02d}.jpg"
        reference, device = _sides(sample, fits[sample.position], compared.criteria.iou_confidence)
        try:
            frame = read(sample.position)
        except UnreadableFrame:
            continue
        write_atomic(folder / file, draw_pair(frame, reference, device, class_names))
        shown.append(
            {
                "sample": sample.position,
                "name": names[sample.position],
                "overlay": file,
                "min_iou": worst.min_iou,
                "mean_iou": worst.mean_iou,
                "difference": worst.difference,
                "text": _text(names[sample.position], worst, reference, device),
            }
        )
    return shown


def _sides(sample: Sample, fit: Fit, confidence: float) -> tuple[Drawn, Drawn]:
    """Both sides from the threshold up, and partners below it: marked as the overlap counted them."""
    reference, device = sample.reference.at_least(confidence), sample.device
    pairs = match(reference, device)
    sure = np.flatnonzero(device.scores >= confidence)
    explained = set(sure[match(sample.reference, device.at_least(confidence)).device].tolist())
    found, partners = set(pairs.reference.tolist()), set(pairs.device.tolist())
    left = [Mark.MATCHED if index in found else Mark.MISSED for index in range(len(reference))]
    kept = sorted(partners | (set(sure.tolist()) - explained))
    right = [Mark.MATCHED if index in partners else Mark.EXTRA for index in kept]
    return _drawn(reference, list(range(len(reference))), left, fit), _drawn(device, kept, right, fit)


def _drawn(found: Detections, kept: list[int], marks: list[Mark], fit: Fit) -> Drawn:
    return Drawn(
        fit.to_frame(found.boxes[kept]),
        found.scores[kept].astype(np.float32),
        found.classes[kept].astype(np.int64),
        marks,
    )


def _text(name: str, worst: WorstSample, reference: Drawn, device: Drawn) -> str:
    missed = sum(mark is Mark.MISSED for mark in reference.marks)
    extra = sum(mark is Mark.EXTRA for mark in device.marks)
    parts = [f"{len(reference.marks)} reference detections, {missed} missed, {extra} only on the device"]
    if worst.min_iou is not None and worst.mean_iou is not None:
        parts.append(f"smallest IoU {number(worst.min_iou, 3)}, mean {number(worst.mean_iou, 3)}")
    if worst.difference is not None:
        parts.append(f"difference {number(worst.difference, 3)}")
    return f"{name}: {'; '.join(parts)}"
