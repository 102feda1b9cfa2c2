"""Raw values of a live stream."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.telemetry.history import History


@given(st.lists(st.integers(0, 12), max_size=30))
def test_that_the_last_rows_are_kept_in_order(sizes: list[int]) -> None:
    history, everything = History(2, 7), np.arange(sum(sizes), dtype=float)
    start = 0
    for size in sizes:
        part = everything[start : start + size]
        history.extend(part, np.stack([-part, 2 * part]))
        start += size
    t, y = history.rows()
    assert t.tolist() == everything[-7:].tolist()
    assert y[0].tolist() == (-everything[-7:]).tolist()
    assert y[1].tolist() == (2 * everything[-7:]).tolist()
    assert len(history) == min(7, len(everything))


def test_that_rows_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match="2 moments of 3 channels"):
        History(3, 4).extend([1, 2], [[1, 2]])


def test_that_a_range_has_one_row_more_at_each_side() -> None:
    history = History(1, 100)
    history.extend(np.arange(50.0), np.arange(50.0)[None])
    t, y = history.between(10.5, 20.5)
    assert (t[0], t[-1]) == (10.0, 21.0)
    assert y[0].tolist() == t.tolist()
