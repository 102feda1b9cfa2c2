"""Detections against labels by pycocotools, and the same curve for resampled images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.evaluate.intervals import Floats
from workbench.evaluate.matching import Detections, Indices

MOST_DETECTIONS = 100  # of a class in an image, as COCO has it
EVERY_AREA = [0.0, 1e10]


@dataclass(frozen=True, eq=False)
class Labels:
    """What is in one image, by a person or a renderer.

    Attributes:
        boxes: [k, 4] x1, y1, x2, y2 in pixels.
        classes: [k] class numbers.
        crowd: [k] regions that neither count as objects nor against detections in them; None: there are none.
    """

    boxes: Floats
    classes: Indices
    crowd: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        boxes = np.asarray(self.boxes, dtype=np.float64).reshape(-1, 4)
        classes = np.asarray(self.classes).astype(np.intp).reshape(-1)
        crowd = np.zeros(len(boxes), bool) if self.crowd is None else np.asarray(self.crowd, dtype=bool).reshape(-1)
        if not len(boxes) == len(classes) == len(crowd):
            raise ValueError(f"{len(boxes)} boxes, {len(classes)} classes and {len(crowd)} crowd marks do not fit")
        object.__setattr__(self, "boxes", boxes)
        object.__setattr__(self, "classes", classes)
        object.__setattr__(self, "crowd", crowd)


def make_labels(boxes: ArrayLike, classes: ArrayLike) -> Labels:
    """Labels from anything that numpy takes, empty lists included."""
    return Labels(np.asarray(boxes, np.float64), np.asarray(classes, np.intp))


@dataclass(frozen=True, eq=False)
class ClassMatches:
    """Detections of one class over all images, best first, and whether they hit at each of ten IoU thresholds.

    Attributes:
        scores: [d] descending.
        images: [d] which image each is of.
        hits: [10, d] at IoU 0.50, 0.55 … 0.95; `misses` likewise (both False: in a crowd region, does not count).
        misses: [10, d].
        objects: [images] labelled objects.
    """

    scores: Floats
    images: Indices
    hits: NDArray[np.bool_]
    misses: NDArray[np.bool_]
    objects: Floats


def match_classes(
    labels: Sequence[Labels], detections: Sequence[Detections], classes: int
) -> tuple[list[ClassMatches], Floats]:
    """Match as COCO does.

    Args:
        labels: one an image.
        detections: one an image, in the same order.
        classes: how many there are.

    Returns:
        The matches of each class, and COCO's average precision [10, classes] by threshold (NaN: no object of a class).

    Raises:
        ValueError: labels and detections are not of the same images.
    """
    if len(labels) != len(detections):
        raise ValueError(f"labels of {len(labels)} images, detections of {len(detections)}")
    run = _run(_ground_truth(labels, classes), _results(detections, classes))
    precision = np.asarray(run.eval["precision"])[:, :, :, 0, 0]  # [10 thresholds, 101 recalls, classes]
    average = np.where(precision[:, 0] > -1, precision.mean(axis=1), np.nan)
    images = len(labels)
    found = [_collect(run.evalImgs[place * images : (place + 1) * images]) for place in range(classes)]
    return found, average


_RECALLS = np.linspace(0, 1, 101)


def average_precision(matches: ClassMatches, weights: NDArray[np.float32]) -> Floats:
    """Average precision [resamples, 10] with image i drawn weights[:, i] times; NaN where no object was drawn.

    With all weights 1 it is COCO's: precision made monotone, read at 101 recalls.
    """
    objects = weights @ matches.objects.astype(np.float32)
    drawn = weights[:, matches.images]
    result = np.full((len(weights), len(matches.hits)), np.nan)
    counted: NDArray[np.bool_] | None = None
    for threshold, (hits, misses) in enumerate(zip(matches.hits, matches.misses, strict=True)):
        if counted is None or not np.array_equal(counted, hits | misses):  # the same at most thresholds
            counted = hits | misses
            both = (drawn * counted).cumsum(axis=1, dtype=np.float64)
        # Recall grows and precision peaks at hits alone, so that all other detections can be left out.
        places = np.flatnonzero(hits)
        right = drawn[:, places].cumsum(axis=1, dtype=np.float64)
        precision = right / np.maximum(both[:, places], np.spacing(1))
        envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        for row in np.flatnonzero(objects):
            # COCO divides by the whole number first, so the same rounding is needed at the edges of the recalls.
            reached = np.searchsorted(right[row] / float(objects[row]), _RECALLS)
            result[row, threshold] = envelope[row, reached[reached < places.size]].sum() / _RECALLS.size
    return result


def _ground_truth(labels: Sequence[Labels], classes: int) -> dict[str, Any]:
    annotations: list[dict[str, Any]] = []
    for image, label in enumerate(labels):
        crowds = label.crowd if label.crowd is not None else np.zeros(len(label.boxes), bool)
        for box, number, crowd in zip(label.boxes, label.classes, crowds, strict=True):
            annotations.append(_annotation(len(annotations) + 1, image, int(number), box) | {"iscrowd": int(crowd)})
    return _dataset(annotations, len(labels), classes)


def _results(detections: Sequence[Detections], classes: int) -> dict[str, Any]:
    annotations: list[dict[str, Any]] = []
    for image, found in enumerate(detections):
        sound = np.isfinite(found.boxes).all(axis=1) & np.isfinite(found.scores)
        for place in np.flatnonzero(sound):
            entry = _annotation(len(annotations) + 1, image, int(found.classes[place]), found.boxes[place])
            annotations.append(entry | {"iscrowd": 0, "score": float(found.scores[place])})
    return _dataset(annotations, len(detections), classes)


def _annotation(identity: int, image: int, number: int, box: Floats) -> dict[str, Any]:
    """One box; identities begin at 1, because COCO takes a match with 0 for none."""
    left, top, right, bottom = (float(edge) for edge in box)
    size = [left, top, max(right - left, 0.0), max(bottom - top, 0.0)]
    return {"id": identity, "image_id": image, "category_id": number, "bbox": size, "area": size[2] * size[3]}


def _dataset(annotations: list[dict[str, Any]], images: int, classes: int) -> dict[str, Any]:
    return {
        "images": [{"id": image} for image in range(images)],
        "categories": [{"id": number} for number in range(classes)],
        "annotations": annotations,
    }


def _run(truth: dict[str, Any], results: dict[str, Any]) -> Any:
    import pycocotools.coco
    import pycocotools.cocoeval

    for module in (pycocotools.coco, pycocotools.cocoeval):
        _silence(module)
    sides = []
    for dataset in (truth, results):
        side = pycocotools.coco.COCO()
        side.dataset = dataset  # type: ignore[assignment]  # images without size and file name do for boxes
        side.createIndex()
        sides.append(side)
    run = pycocotools.cocoeval.COCOeval(sides[0], sides[1], "bbox")
    run.params.areaRng, run.params.areaRngLbl = [EVERY_AREA], ["all"]
    run.params.maxDets = [MOST_DETECTIONS]
    run.evaluate()
    run.accumulate()
    return run


def _silence(module: ModuleType) -> None:
    """Keep a module's progress prints off stdout, where results go; redirecting stdout would hit other threads."""
    vars(module)["print"] = lambda *_words, **_options: None


def _collect(images: Sequence[dict[str, Any] | None]) -> ClassMatches:
    """Join the images of one class; None stands for an image with neither labels nor detections of it."""
    objects = np.zeros(len(images))
    scores, owners, hits, misses = [np.empty(0)], [np.empty(0, np.intp)], [np.empty((10, 0), bool)], []
    misses.append(np.empty((10, 0), bool))
    for image, entry in enumerate(images):
        if entry is None:
            continue
        objects[image] = np.count_nonzero(np.asarray(entry["gtIgnore"]) == 0)
        matched, ignored = np.asarray(entry["dtMatches"]) > 0, np.asarray(entry["dtIgnore"]).astype(bool)
        scores.append(np.asarray(entry["dtScores"], dtype=np.float64))
        owners.append(np.full(scores[-1].size, image, dtype=np.intp))
        hits.append((matched & ~ignored).reshape(10, -1))
        misses.append((~matched & ~ignored).reshape(10, -1))
    order = np.argsort(-np.concatenate(scores), kind="mergesort")
    return ClassMatches(
        np.concatenate(scores)[order],
        np.concatenate(owners)[order],
        np.concatenate(hits, axis=1)[:, order],
        np.concatenate(misses, axis=1)[:, order],
        objects,
    )
