"""Figures of latencies for tables and plots."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.evaluate.latency_summary import histogram, summarise


def test_that_the_summary_has_the_percentiles_of_all_starts_together() -> None:
    starts = [np.arange(1, 501.0), np.arange(501, 1001.0)]
    summary = summarise(starts)
    assert summary is not None
    assert (summary.samples, summary.starts, summary.min_us, summary.max_us) == (1000, 2, 1.0, 1000.0)
    assert summary.p50_us == pytest.approx(500.5)
    assert summary.p99_us == pytest.approx(990.01)
    assert summary.effective == pytest.approx(1000 / summary.inflation)
    assert summary.inflation > 100


def test_that_nothing_has_no_summary() -> None:
    assert summarise([]) is None
    assert summarise([np.empty(0)]) is None
    assert histogram([]) is None


def test_that_the_histogram_counts_every_sample_once() -> None:
    values = np.random.default_rng(0).lognormal(9, 0.5, size=5000)
    for limit in (None, float(np.quantile(values, 0.999)) * 1.5, 1e9, 1.0):
        bars = histogram([values[:2000], values[2000:]], limit)
        assert bars is not None
        assert bars.counts.sum() + bars.above == 5000
        assert bars.max_us == values.max()


def test_that_equal_values_still_make_a_histogram() -> None:
    bars = histogram([np.full(10, 5.0)])
    assert bars is not None
    assert bars.counts.sum() == 10
