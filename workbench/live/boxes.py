"""Boxes of one frame as they are shown: what device and reference have in common, and what one of them has alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.base.live import LiveBox
from workbench.evaluate.matching import Detections, match
from workbench.frames.resize import Fit

FLOOR = 0.05
"""Boxes are sent and kept from this score up: half of the lowest confidence that can be asked for."""
LEAST_CONFIDENCE, MOST_CONFIDENCE = 0.10, 0.95


@dataclass(frozen=True)
class Shown:
    """The boxes of a frame at one confidence."""

    boxes: tuple[LiveBox, ...]
    matched: int
    missed: int
    device_only: int


def show_boxes(
    device: Detections,
    reference: Detections | None,
    confidence: float,
    class_names: Sequence[str],
    fit: Fit,
    scale: float,
) -> Shown:
    """The boxes at a confidence, matched as the overlap of a verification counts them.

    Args:
        device: from half the confidence up, or more; in pixels of the model's input.
        reference: likewise; None where it is not there.
        confidence: what counts as found.
        class_names: class number n is class_names[n].
        fit: from the model's input back to the frame.
        scale: from the frame to the picture.
    """
    place = _Place(fit, scale)
    if reference is None:
        found = device.at_least(confidence)
        edges = place.edges(found.boxes)
        plain = [_device_box("device", found, edges, row, class_names) for row in range(len(found))]
        return Shown(tuple(plain), 0, 0, 0)
    return _side_by_side(device, reference, confidence, class_names, place)


def _side_by_side(
    device: Detections, reference: Detections, confidence: float, names: Sequence[str], place: _Place
) -> Shown:
    expected, offered = reference.at_least(confidence), device.at_least(confidence / 2)
    edges, expected_edges = place.edges(offered.boxes), place.edges(expected.boxes)
    partners = _Partners.of(expected, offered)
    known = reference.at_least(confidence / 2)
    explained = _Partners.of(known, offered)
    boxes = []
    for row in np.flatnonzero((offered.scores >= confidence) | partners.has):
        own, others = (partners, expected) if partners.has[row] else (explained, known)
        if own.has[row]:
            boxes.append(_matched_box(offered, edges, int(row), others, own, names))
        else:
            boxes.append(_device_box("device_only", offered, edges, int(row), names))
    left = np.setdiff1d(np.arange(len(expected)), partners.reference[partners.has])
    boxes += [_missed_box(expected, expected_edges, int(row), names) for row in left]
    extra = sum(box.kind == "device_only" for box in boxes)
    return Shown(tuple(boxes), len(boxes) - extra - len(left), len(left), extra)


@dataclass(frozen=True)
class _Place:
    fit: Fit
    scale: float

    def edges(self, boxes: NDArray[np.floating]) -> NDArray[np.float64]:
        """Boxes [k, 4] in pixels of the picture."""
        moved: NDArray[np.float64] = self.fit.to_frame(boxes).astype(np.float64) * self.scale
        return np.nan_to_num(moved)


@dataclass(frozen=True)
class _Partners:
    """By row of the device: its partner among the reference's, and their overlap."""

    has: NDArray[np.bool_]
    reference: NDArray[np.intp]
    ious: NDArray[np.float64]

    @classmethod
    def of(cls, reference: Detections, device: Detections) -> _Partners:
        has, partner = np.zeros(len(device), bool), np.zeros(len(device), np.intp)
        ious = np.zeros(len(device))
        if len(reference) and len(device):
            pairs = match(reference, device)
            has[pairs.device], partner[pairs.device], ious[pairs.device] = True, pairs.reference, pairs.ious
        return cls(has, partner, ious)


def _device_box(kind: str, found: Detections, edges: NDArray[np.float64], row: int, names: Sequence[str]) -> LiveBox:
    score, name = float(found.scores[row]), class_name(names, int(found.classes[row]))
    label = f"{name} {score:.2f}" + (" device only" if kind == "device_only" else "")
    return LiveBox(kind, name, label, *_corners(edges, row), score=score)


def _matched_box(
    found: Detections,
    edges: NDArray[np.float64],
    row: int,
    reference: Detections,
    partners: _Partners,
    names: Sequence[str],
) -> LiveBox:
    score, name = float(found.scores[row]), class_name(names, int(found.classes[row]))
    before = float(reference.scores[partners.reference[row]])
    return LiveBox(
        "matched",
        name,
        f"{name} {score:.2f}",
        *_corners(edges, row),
        score=score,
        reference_score=before,
        iou=float(partners.ious[row]),
        score_change=score - before,
    )


def _missed_box(expected: Detections, edges: NDArray[np.float64], row: int, names: Sequence[str]) -> LiveBox:
    name = class_name(names, int(expected.classes[row]))
    return LiveBox("missed", name, f"{name} missed", *_corners(edges, row), reference_score=float(expected.scores[row]))


def _corners(edges: NDArray[np.float64], row: int) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(value) for value in edges[row])
    return x0, y0, x1, y1


def class_name(names: Sequence[str], number: int) -> str:
    """A class by its number."""
    return names[number] if 0 <= number < len(names) else f"class {number}"
