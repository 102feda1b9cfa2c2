"""Overlaps and one-to-one pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.evaluate.matching import Detections, iou_matrix, make_detections, match, unmatched


def boxes(rng: np.random.Generator, count: int) -> Detections:
    corners = rng.uniform(0, 300, size=(count, 2))
    sizes = rng.uniform(5, 120, size=(count, 2))
    return make_detections(
        np.hstack([corners, corners + sizes]), rng.uniform(size=count), rng.integers(0, 3, size=count)
    )


def test_that_known_boxes_have_their_overlap() -> None:
    first = np.array([[0, 0, 10, 10], [0, 0, 10, 10]], dtype=float)
    second = np.array([[5, 0, 15, 10], [0, 0, 10, 10], [20, 20, 30, 30]], dtype=float)
    assert iou_matrix(first, second)[0] == pytest.approx([1 / 3, 1.0, 0.0])


@pytest.mark.parametrize(
    "bad", [[10, 10, 0, 0], [5, 5, 5, 5], [np.nan, 0, 10, 10], [-np.inf, 0, np.inf, 10], [0, 0, 1e308, 1e308]]
)
def test_that_boxes_without_sense_overlap_nothing(bad: list[float]) -> None:
    good = np.array([[0, 0, 10, 10]], dtype=float)
    assert iou_matrix(good, np.array([bad], dtype=float))[0, 0] == 0.0


@settings(max_examples=50)
@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 10**6))
def test_that_pairs_are_one_to_one_and_within_their_class(first: int, second: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    reference, device = boxes(rng, first), boxes(rng, second)
    pairs = match(reference, device)
    assert len(set(pairs.reference)) == len(pairs.reference)
    assert len(set(pairs.device)) == len(pairs.device)
    assert (reference.classes[pairs.reference] == device.classes[pairs.device]).all()
    assert (pairs.ious >= 0.1).all()
    overlaps = iou_matrix(reference.boxes, device.boxes)
    assert pairs.ious == pytest.approx(overlaps[pairs.reference, pairs.device])
    assert len(unmatched(first, pairs.reference)) == first - len(pairs.reference)


def test_that_the_assignment_is_the_best_in_all_not_the_greedy_one() -> None:
    reference = make_detections([[0, 0, 10, 10], [4, 0, 14, 10]], [0.9, 0.9], [0, 0])
    device = make_detections([[1, 0, 11, 10], [-5, 0, 5, 10]], [0.9, 0.5], [0, 0])
    pairs = match(reference, device)
    assert sorted(zip(pairs.reference.tolist(), pairs.device.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_that_everything_is_matched_with_itself() -> None:
    found = boxes(np.random.default_rng(1), 50)
    pairs = match(found, found)
    assert (pairs.reference == pairs.device).all()
    assert pairs.ious == pytest.approx(np.ones(50))


def test_that_a_score_that_is_no_number_is_below_every_threshold() -> None:
    assert len(make_detections([[0, 0, 1, 1]], [np.nan], [0]).at_least(0.0)) == 0


def test_that_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="2 boxes, 1 scores"):
        make_detections([[0, 0, 1, 1], [0, 0, 1, 1]], [0.5], [0])
    assert len(make_detections([], [], [])) == 0
