"""Least and greatest value of each span, kept up to date."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.telemetry.buckets import Buckets, span_for, spans_in

RNG = np.random.default_rng(5)


def expected(t: np.ndarray, y: np.ndarray, width_s: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The same by a plain loop."""
    spans = np.floor(t / width_s).astype(int)
    kept = range(max(spans[0], spans[-1] - count + 1), spans[-1] + 1)
    low = [np.fmin.reduce(y[spans == span], initial=np.nan) for span in kept]
    high = [np.fmax.reduce(y[spans == span], initial=np.nan) for span in kept]
    return np.array(low), np.array(high)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=20), st.integers(1, 30))
def test_that_spans_hold_the_least_and_greatest_of_their_values(sizes: list[int], count: int) -> None:
    t = np.cumsum(RNG.exponential(0.05, sum(sizes))) + 1000
    y = RNG.normal(size=(2, len(t)))
    y[1, ::5] = np.nan
    buckets, start = Buckets(2, 0.1, count), 0
    for size in sizes:
        buckets.extend(t[start : start + size], y[:, start : start + size])
        start += size
    moments, drawn = buckets.view()
    for channel in (0, 1):
        low, high = expected(t, y[channel], 0.1, count)
        np.testing.assert_array_equal(drawn[channel, 0::2], low)
        np.testing.assert_array_equal(drawn[channel, 1::2], high)
    assert (np.diff(moments[0::2]) > 0).all()
    assert (moments[0::2] == moments[1::2]).all()


def test_that_a_silence_leaves_empty_spans() -> None:
    buckets = Buckets(1, 1.0, 100)
    buckets.extend([0.5, 5.5], [[1.0, 2.0]])
    _, y = buckets.view()
    assert np.isnan(y[0, 2:10]).all()
    buckets.extend([500.5], [[3.0]])
    t, y = buckets.view()
    assert len(t) == 200
    assert np.isnan(y[0, :-2]).all()
    assert y[0, -2:].tolist() == [3.0, 3.0]


def test_that_what_came_too_late_changes_nothing() -> None:
    buckets = Buckets(1, 1.0, 4)
    buckets.extend([10.5, 11.5], [[1.0, 2.0]])
    buckets.extend([3.5], [[9.0]])
    assert not (buckets.view()[1] == 9.0).any()


def test_that_spans_cover_a_window() -> None:
    width_s = span_for(600, 500)
    assert width_s == pytest.approx(1.2)
    assert spans_in(600, width_s) >= 500
    with pytest.raises(ValueError, match="0 spans"):
        Buckets(1, 1.0, 0)
