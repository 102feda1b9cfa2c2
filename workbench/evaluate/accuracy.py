"""Accuracy against labels: mAP, recall and precision of reference and device, with intervals over images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.base.errors import UsageError
from workbench.evaluate import wording
from workbench.evaluate.bootstrap import resample_weights
from workbench.evaluate.coco_matches import ClassMatches, Labels, average_precision, match_classes
from workbench.evaluate.intervals import CONFIDENCE, Floats, Interval, needed_by_scaling
from workbench.evaluate.matching import Detections
from workbench.evaluate.verdict import Detail, Outcome, Relation, Verdict, judge_interval, not_measured

METRICS = ("map50", "map50_95", "recall", "precision")
NAMES = {"map50": "mAP50", "map50_95": "mAP50-95", "recall": "recall", "precision": "precision"}
RESAMPLES = 200
LEAST_IMAGES = 20


@dataclass(frozen=True, eq=False)
class Figure:
    """One metric: its value, None where there is no object to find, and the same for resampled images [resamples]."""

    value: float | None
    resampled: Floats


@dataclass(frozen=True, eq=False)
class Accuracy:
    """All metrics over one set of labelled images.

    Attributes:
        images: how many.
        objects: labelled objects.
        confidence: threshold of recall and precision (IoU 0.5).
        overall: by metric: map50, map50_95, recall, precision.
        classes: by class name, then by metric; mAP of one class is its average precision.
        seed: of the resampling.
    """

    images: int
    objects: int
    confidence: float
    overall: dict[str, Figure]
    classes: dict[str, dict[str, Figure]]
    seed: int

    def figure(self, metric: str, class_name: str | None = None) -> Figure:
        """One metric, of all classes or of one.

        Raises:
            UsageError: there is no such metric or class.
        """
        if metric not in METRICS:
            raise UsageError(f"there is no accuracy metric {metric!r}", f"Use one of {', '.join(METRICS)}.")
        if class_name is None:
            return self.overall[metric]
        if class_name not in self.classes:
            raise UsageError(f"there is no class {class_name!r}", f"The classes are {', '.join(self.classes)}.")
        return self.classes[class_name][metric]


def evaluate_accuracy(
    labels: Sequence[Labels],
    detections: Sequence[Detections],
    class_names: Sequence[str],
    confidence: float,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Accuracy:
    """Compare detections with labels (pycocotools), and again for resampled images (percentile bootstrap).

    Args:
        labels: one an image.
        detections: one an image, in the same order; from a score of 0.001 up, else mAP is cut short.
        class_names: class number n is class_names[n].
        confidence: threshold of recall and precision.
        resamples: how often the images are resampled.
        seed: of the resampling; give reference and device the same, so that their drop is paired.

    Raises:
        ValueError: labels and detections are not of the same images.
    """
    matches, average = match_classes(labels, detections, len(class_names))
    images = len(labels)
    batches = resample_weights(images, resamples, seed, batch=25) if images else []
    curves = np.stack([_curves(found, batches) for found in matches], axis=2)  # [resamples, 10, classes]
    weights = np.concatenate([np.empty((0, images), np.float32), *batches])
    counts = [_counts(found, images, confidence) for found in matches]
    overall = {
        "map50": Figure(_value(average[0]), _mean(curves[:, 0])),
        "map50_95": Figure(_value(average), _mean(curves.mean(axis=1))),
        **_shares(np.sum(counts, axis=0), weights),
    }
    classes = {
        name: {
            "map50": Figure(_value(average[0, place]), curves[:, 0, place]),
            "map50_95": Figure(_value(average[:, place]), curves[:, :, place].mean(axis=1)),
            **_shares(counts[place], weights),
        }
        for place, name in enumerate(class_names)
    }
    objects = int(sum(found.objects.sum() for found in matches))
    return Accuracy(images, objects, confidence, overall, classes, seed)


def bounds_of(accuracy: Accuracy, figure: Figure) -> tuple[Interval, int]:
    """The interval of one of its metrics and how many resamples say so; open where there are too few images."""
    known = figure.resampled[np.isfinite(figure.resampled)]
    if accuracy.images < LEAST_IMAGES or not known.size:
        return Interval(None, None), known.size
    return Interval(*np.quantile(known, [1 - CONFIDENCE, CONFIDENCE]).tolist()), known.size


def judge_accuracy(accuracy: Accuracy, metric: str, limit: float, class_name: str | None = None) -> Verdict:
    """Whether a metric of the device is at least the limit (0 to 1)."""
    figure = accuracy.figure(metric, class_name)
    return _judge(accuracy, figure, limit, ">=", _name(metric, class_name), {})


def judge_drop(
    reference: Accuracy, device: Accuracy, metric: str, limit: float, class_name: str | None = None
) -> Verdict:
    """Whether a metric of the device is at most `limit` (0 to 1, absolute) below the reference's, image by image.

    Raises:
        UsageError: the metric or class is unknown.
        ValueError: the two were resampled differently, so that they cannot be paired.
    """
    before, after = reference.figure(metric, class_name), device.figure(metric, class_name)
    keys = [
        (part.images, part.objects, part.seed, part.overall["map50"].resampled.size) for part in (reference, device)
    ]
    if keys[0] != keys[1]:
        raise ValueError("reference and device were evaluated on other images or with another seed")
    both = before.value is not None and after.value is not None
    value = before.value - after.value if before.value is not None and after.value is not None else None
    drop = Figure(value, before.resampled - after.resampled)
    shown: dict[str, Detail] = {"reference": before.value, "device": after.value}
    verdict = _judge(device, drop, limit, "<=", f"drop of {_name(metric, class_name)}", shown)
    if not both:
        return verdict
    sides = f"reference {wording.number(before.value or 0.0)}, device {wording.number(after.value or 0.0)}"
    return Verdict.from_json({**verdict.to_json(), "reason": f"{verdict.reason}; {sides}"})


def _judge(
    accuracy: Accuracy, figure: Figure, limit: float, relation: Relation, name: str, shown: dict[str, Detail]
) -> Verdict:
    details: dict[str, Detail] = {"objects": accuracy.objects, "confidence": accuracy.confidence, **shown}
    if figure.value is None:
        reason = f"{name}: nothing to find or nothing found in {wording.count(accuracy.images, 'labelled image')}"
        return not_measured(reason, limit=limit, relation=relation, samples=accuracy.images, details=details)
    bounds, resamples = bounds_of(accuracy, figure)
    enough = bounds != (None, None)
    outcome = judge_interval(figure.value, bounds.lower, bounds.upper, limit, relation)
    needed = (
        _needed(accuracy.images, figure.value, bounds, limit, relation) if outcome is Outcome.INCONCLUSIVE else None
    )
    parts = [f"{name} {wording.number(figure.value)}, limit {wording.number(limit)}"]
    if enough:
        parts.append(f"{wording.interval(*bounds)} (95 % confidence at each end, bootstrap over images)")
    else:
        parts.append(f"fewer than {LEAST_IMAGES} images: no bounds")
    parts.append(f"{accuracy.objects} objects in {wording.count(accuracy.images, 'image')}")
    if outcome is Outcome.INCONCLUSIVE:
        parts.append(
            f"about {needed} images would decide" if needed else "too close for any number of images to decide"
        )
    open_ends: dict[str, Detail] = {} if enough else {"lower_open": 1, "upper_open": 1}
    return Verdict(
        outcome=outcome,
        value=figure.value,
        limit=limit,
        relation=relation,
        lower=bounds.lower,
        upper=bounds.upper,
        samples=accuracy.images,
        effective_samples=accuracy.images,
        needed=needed,
        reason="; ".join(parts),
        details=details | open_ends | {"resamples": resamples, "seed": accuracy.seed, "bootstrap": "percentile"},
    )


def _needed(images: int, value: float, bounds: Interval, limit: float, relation: Relation) -> int | None:
    if bounds == (None, None):
        return LEAST_IMAGES
    above = value >= limit if relation == ">=" else value > limit
    return needed_by_scaling(images, value, bounds.lower if above else bounds.upper, limit)


def _name(metric: str, class_name: str | None) -> str:
    return f"{NAMES[metric]} of {class_name}" if class_name else NAMES[metric]


def _value(average: Floats) -> float | None:
    """Mean over what exists; None where nothing does."""
    known = np.asarray(average)[np.isfinite(average)]
    return float(known.mean()) if known.size else None


def _curves(found: ClassMatches, batches: Sequence[NDArray[np.float32]]) -> Floats:
    """Average precision [resamples, 10] of one class, a batch at a time to bound the memory."""
    return np.concatenate([np.empty((0, len(found.hits))), *(average_precision(found, batch) for batch in batches)])


def _mean(curves: Floats) -> Floats:
    """Mean over classes [resamples] of those that have objects in the resample."""
    known = np.isfinite(curves)
    total = np.where(known, curves, 0.0).sum(axis=1)
    mean: Floats = np.divide(total, known.sum(axis=1), out=np.full(len(curves), np.nan), where=known.any(axis=1))
    return mean


def _counts(found: ClassMatches, images: int, confidence: float) -> Floats:
    """Hits, false detections and objects [3, images] of one class at the threshold and IoU 0.5."""
    sure = found.scores >= confidence
    right = np.bincount(found.images[sure & found.hits[0]], minlength=images)
    wrong = np.bincount(found.images[sure & found.misses[0]], minlength=images)
    return np.stack([right.astype(np.float64), wrong.astype(np.float64), found.objects])


def _shares(counts: Floats, weights: NDArray[np.float32]) -> dict[str, Figure]:
    """Recall and precision from hits, false detections and objects [3, images]."""
    right, wrong, objects = counts
    below = {"recall": objects, "precision": right + wrong}
    shares = {}
    for name, bottom in below.items():
        total, drawn = float(bottom.sum()), weights @ bottom
        resampled = np.divide(weights @ right, drawn, out=np.full(len(weights), np.nan), where=drawn > 0)
        shares[name] = Figure(float(right.sum()) / total if total else None, resampled)
    return shares
