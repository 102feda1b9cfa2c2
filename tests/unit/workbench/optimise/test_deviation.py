"""Deviation is counted over all frames, boxes and scores apart."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.optimise.deviation import SNR_CEILING_DB, Deviation, PartError, detector_parts


def test_that_boxes_and_scores_are_told_apart_on_either_axis() -> None:
    tensor = np.arange(7 * 20, dtype=np.float32).reshape(1, 7, 20)
    for output in (tensor, tensor.transpose(0, 2, 1)):
        parts = detector_parts([output])
        assert np.array_equal(parts["boxes"], tensor[:, :4])
        assert np.array_equal(parts["scores"], tensor[:, 4:])


def test_that_other_outputs_are_numbered() -> None:
    assert list(detector_parts([np.zeros((1, 5)), np.zeros((1, 2, 3, 4))])) == ["output 0", "output 1"]


def test_that_the_ratio_is_that_of_all_frames_together() -> None:
    deviation = Deviation()
    for value in (1.0, 3.0):
        parent = np.full((1, 6, 10), value, dtype=np.float32)
        deviation.add([parent], [parent + np.float32(0.1)])
    boxes, scores = deviation.result()
    assert boxes.snr_db == pytest.approx(10 * np.log10((1 + 9) / (2 * 0.01)), abs=1e-3)
    assert boxes.max_abs == pytest.approx(0.1, abs=1e-6)
    assert (boxes.part, scores.part) == ("boxes", "scores")


def test_that_equal_silent_and_broken_outputs_are_told_apart() -> None:
    ones, zeros = np.ones((1, 3), dtype=np.float32), np.zeros((1, 3), dtype=np.float32)
    cases = [
        ([ones], [ones], PartError("output 0", SNR_CEILING_DB, 0.0)),
        ([ones], [zeros], PartError("output 0", 0.0, 1.0)),
        ([zeros], [ones], PartError("output 0", None, 1.0)),
        ([ones], [ones * np.nan], PartError("output 0", -SNR_CEILING_DB, np.inf)),
        ([ones], [np.ones((1, 4), dtype=np.float32)], PartError("output 0", None, np.inf)),
    ]
    for parent, candidate, expected in cases:
        deviation = Deviation()
        deviation.add(parent, candidate)
        assert deviation.result() == (expected,)
