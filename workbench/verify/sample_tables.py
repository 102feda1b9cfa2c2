"""Per sample and per reference detection: what the comparison came to, as columns for Parquet."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.evaluate.matching import match
from workbench.verify.side_by_side import SideBySide

Columns = dict[str, NDArray[Any]]


def sample_columns(compared: SideBySide) -> Columns:
    """One row a sample; `sample` is its position in the test set, NaN is not measured."""
    rows = [
        (
            sample.position,
            sample.difference.anchors,
            sample.difference.rms,
            sample.difference.boxes_rms,
            sample.difference.scores_rms,
            sample.difference.all_rms,
            sample.difference.l2,
            np.nan if sample.difference.relative_l2 is None else sample.difference.relative_l2,
            len(sample.overlap.ious),
            sample.overlap.missed,
            sample.overlap.missed_near,
            sample.overlap.class_flips,
            sample.overlap.extra,
            sample.overlap.ious.mean() if sample.overlap.ious.size else np.nan,
            sample.overlap.ious.min() if sample.overlap.ious.size else np.nan,
        )
        for sample in compared.samples
    ]
    values = np.array(rows, np.float64).reshape(-1, len(_SAMPLE_COLUMNS))
    return {name: values[:, index].astype(kind) for index, (name, kind) in enumerate(_SAMPLE_COLUMNS.items())}


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
    kinds = {"sample": np.int32, "class": np.int32}
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
}
