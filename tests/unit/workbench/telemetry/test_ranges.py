"""What a plot says about a range."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.telemetry.ranges import Gap, find_gaps, gaps_between, segments, summarise, value_at


def test_that_a_silence_is_a_gap() -> None:
    assert find_gaps([0, 1, 2, 7, 8], 1.5) == (Gap(2, 7),)
    assert find_gaps([], 1.0) == ()


def test_that_the_gaps_of_a_range_are_those_that_touch_it() -> None:
    gaps = (Gap(1, 2), Gap(4, 6), Gap(9, 12))
    assert gaps_between(gaps, 2.5, 9.5) == gaps[1:]
    assert gaps_between(gaps, 5, 5.5) == gaps[1:2]
    assert gaps_between(gaps, 13, 20) == ()


def test_that_lines_never_hold_what_was_not_measured() -> None:
    t = np.array([0.0, 1, 2, 3, 10, 11])
    lines = segments(t, np.array([1.0, np.nan, 2, 3, 4, np.nan]), 2.5)
    assert [(x.tolist(), y.tolist()) for x, y in lines] == [([0, 2, 3], [1, 2, 3]), ([10], [4])]
    assert segments(t, np.full(6, np.nan), 1.0) == ()


def test_that_statistics_count_measured_values_only() -> None:
    figures = summarise([1.0, np.nan, *([2.0] * 97), 50.0, 60.0])
    assert figures.count == 100
    assert (figures.least, figures.greatest, figures.p50) == (1.0, 60.0, 2.0)
    assert figures.p99 == pytest.approx(50.1)
    empty = summarise([np.nan])
    assert (empty.count, empty.p99) == (0, None)


def test_that_a_value_is_the_last_measured_before_the_moment() -> None:
    t, y = np.array([0.0, 1, 2, 3]), np.array([5.0, 6, np.nan, 8])
    assert value_at(t, y, 2.5, 2.0) == 6
    assert value_at(t, y, 2.5, 1.0) is None
    assert value_at(t, y, 9.0, 2.0) is None
    assert value_at(t, y, 3.0, 1.0) == 8
