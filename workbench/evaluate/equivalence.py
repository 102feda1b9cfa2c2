"""Which samples differ most between device and reference: those worth looking at."""

from __future__ import annotations

from typing import NamedTuple

from workbench.evaluate.detection_iou import DetectionIou
from workbench.evaluate.output_difference import OutputDifference


class WorstSample(NamedTuple):
    """A sample to show; None where a figure does not exist: nothing to match, or not compared."""

    sample: int
    min_iou: float | None
    mean_iou: float | None
    difference: float | None


def worst_samples(count: int, overlaps: DetectionIou | None, differences: OutputDifference | None) -> list[WorstSample]:
    """The samples with the smallest mean overlap (misses 0, extra detections as misses), then the largest difference.

    Args:
        count: at most so many.
        overlaps: samples numbered as in `differences`; None where detections were not compared.
        differences: None where outputs were not compared.
    """
    found = {sample.sample: sample for sample in overlaps.samples} if overlaps else {}
    apart = {sample.sample: sample for sample in differences.samples} if differences else {}
    ranked: list[tuple[float, float, WorstSample]] = []
    for index in sorted({*found, *apart}):
        overlap, difference = found.get(index), apart.get(index)
        rms = differences.figure(difference) if differences and difference and not difference.damaged else None
        ious = overlap.ious if overlap else None
        extra = overlap.extra if overlap else 0
        shown = ious is not None and ious.size > 0
        worst = WorstSample(
            index,
            float(ious.min()) if ious is not None and shown else None,
            float(ious.mean()) if ious is not None and shown else None,
            rms,
        )
        total = float(ious.sum()) if ious is not None else 0.0
        size = (ious.size if ious is not None else 0) + extra
        key = -1.0 if difference and difference.damaged else total / size if size else 1.0
        ranked.append((key, -(rms or 0.0), worst))
    ranked.sort(key=lambda entry: entry[:2])
    return [worst for _, _, worst in ranked[:count]]
