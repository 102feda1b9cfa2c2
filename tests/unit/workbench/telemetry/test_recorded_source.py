"""Curves of a finished run: overviews first, raw values where somebody looks closely."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.telemetry.ranges import Gap
from workbench.telemetry.recorded_source import Detail, Overview, RecordedSource

SECONDS = np.arange(1000.0)
MEAN = 10 + np.sin(SECONDS / 50)
CURVE = Overview("latency", SECONDS, MEAN - 1, MEAN + 2, MEAN)
RAW_T = np.arange(100.0, 130.0, 0.01)
RAW = 10 + np.sin(RAW_T * 3)


def test_that_an_overview_is_drawn_from_least_to_greatest() -> None:
    source = RecordedSource((CURVE,), (), 1000.0)
    (((t, y),),) = source.lines(0, 1000, 300)
    assert (y.min(), y.max()) == pytest.approx((8.0, 13.0), abs=0.01)
    assert len(t) <= 600
    assert source.extent == (0.0, 1000.0)
    assert source.latest()[0] == pytest.approx(MEAN[-1])


def test_that_raw_values_are_wanted_where_few_points_are_in_sight() -> None:
    source = RecordedSource((CURVE,), (), 1000.0)
    assert not source.wants_detail(0, 1000)
    assert source.wants_detail(100, 130)
    source.set_detail(100, 130, (Detail(RAW_T, RAW),))
    assert not source.wants_detail(105, 120)
    assert source.wants_detail(90, 120)


def test_that_raw_values_are_drawn_read_and_counted() -> None:
    source = RecordedSource((CURVE,), (), 1000.0)
    assert source.statistics(0, 100, 130).p99 is None
    source.set_detail(100, 130, (Detail(RAW_T, RAW),))
    ((line,),) = source.lines(105, 110, 2000)
    assert line[1].max() == pytest.approx(11.0, abs=0.001)
    assert source.at(107.123)[0] == pytest.approx(10 + np.sin(107.12 * 3), abs=0.04)
    assert source.statistics(0, 105, 110).count == pytest.approx(500, abs=2)
    assert source.at(500.4)[0] == pytest.approx(MEAN[500])


def test_that_what_was_not_recorded_splits_both_kinds_of_lines() -> None:
    low = MEAN - 1
    hole = (SECONDS > 300) & (SECONDS < 400)
    low, high, mean = (np.where(hole, np.nan, values) for values in (low, MEAN + 2, MEAN))
    source = RecordedSource((Overview("a", SECONDS, low, high, mean),), (Gap(300, 400), Gap(110, 112)), 1000.0)
    assert len(source.lines(0, 1000, 400)[0]) == 2
    assert source.at(350) == (None,)
    kept = (RAW_T < 110) | (RAW_T > 112)
    source.set_detail(100, 130, (Detail(RAW_T[kept], RAW[kept]),))
    assert len(source.lines(105, 120, 400)[0]) == 2
    assert source.gaps(0, 200) == (Gap(110, 112),)


def test_that_no_curve_is_no_extent() -> None:
    source = RecordedSource((), (), 0.0)
    assert source.extent is None
    assert source.lines(0, 1, 10) == ()
