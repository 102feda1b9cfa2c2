"""Per sample and per reference detection: what the comparison came to, as columns for Parquet."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.evaluate.detection_iou import SampleOverlap
from workbench.evaluate.matching import match
from workbench.evaluate.output_difference import SampleDifference
from workbench.verify.side_by_side import SideBySide

Columns = dict[str, NDArray[Any]]

DAMAGED = ("", "device", "reference")
"""Whose numbers are none, by what the column `damaged` says."""


def sample_columns(compared: SideBySide) -> Columns:
    """One row a sample; `sample` is its position in the test set, NaN is not measured."""
    rows = [
        (sample.position, *_difference(sample.difference), *_overlap(sample.overlap), *_marks(sample.difference))
        for sample in compared.samples
    ]
    values = np.array(rows, np.float64).reshape(-1, len(_SAMPLE_COLUMNS))
    return {name: values[:, index].astype(kind) for index, (name, kind) in enumerate(_SAMPLE_COLUMNS.items())}


def _difference(difference: SampleDifference) -> tuple[float, ...]:
    """Anchors and figures of one sample; damaged outputs have no figures."""
    if difference.damaged:
        return difference.anchors, *[np.nan] * 6
    relative = np.nan if difference.relative_l2 is None else difference.relative_l2
    figures = difference.rms, difference.boxes_rms, difference.scores_rms, difference.all_rms, difference.l2
    return difference.anchors, *figures, relative


def _overlap(overlap: SampleOverlap) -> tuple[float, ...]:
    counts = len(overlap.ious), overlap.missed, overlap.missed_near, overlap.class_flips, overlap.extra
    return *counts, *((overlap.ious.mean(), overlap.ious.min()) if overlap.ious.size else (np.nan, np.nan))


def _marks(difference: SampleDifference) -> tuple[float, ...]:
    """What a verdict must know besides figures, so that it can be reached again from the table."""
    marks = difference.unmatched, difference.expected, difference.dead, difference.silent
    return *marks, DAMAGED.index(difference.damaged)


def match_columns(compared: SideBySide) -> Columns:
    """One row a reference detection at or above the threshold; `score_device` is NaN where it was missed."""
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in ("sample", "class", "score", "score_device", "iou")}
    for sample in compared.samples:
        expected = sample.reference.at_least(compared.criteria.iou_confidence)
        offered = sample.device.at_least(compared.criteria.iou_confidence / 2)
        pairs = match(expected, offered)
        ious, scores = np.zeros(len(expected)), np.full(len(expected), np.nan)
        ious[pairs.reference] = pairs.ious
        scores[pairs.reference] = offered.scores[pairs.device]
        parts["sample"].append(np.full(len(expected), sample.position))
        parts["class"].append(expected.classes)
        parts["score"].append(expected.scores)
        parts["score_device"].append(scores)
        parts["iou"].append(ious)
    kinds = {"sample": np.int32, "class": np.int32, "iou": np.float64}
    return {
        name: np.concatenate([np.empty(0), *values]).astype(kinds.get(name, np.float32))
        for name, values in parts.items()
    }


_SAMPLE_COLUMNS: dict[str, Any] = {
    "sample": np.int32,
    "anchors": np.int32,
    "rms": np.float64,
    "boxes_rms": np.float64,
    "scores_rms": np.float64,
    "all_rms": np.float64,
    "l2": np.float64,
    "relative_l2": np.float64,
    "reference": np.int32,
    "missed": np.int32,
    "missed_near": np.int32,
    "class_flips": np.int32,
    "extra": np.int32,
    "mean_iou": np.float64,
    "min_iou": np.float64,
    "unmatched": np.int32,
    "expected": np.int8,
    "dead": np.int8,
    "silent": np.int8,
    "damaged": np.int8,
}
