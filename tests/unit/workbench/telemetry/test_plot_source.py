"""What plots draw of a stream that grows and of a run that has ended."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.telemetry.plot_source import COARSE_S, LiveSeries, RunSeries


def wave(start_s: float, end_s: float, rate_hz: float = 100.0) -> tuple[np.ndarray, np.ndarray]:
    t = start_s + np.arange(round((end_s - start_s) * rate_hz)) / rate_hz
    return t, np.stack([np.sin(t), 10 + np.cos(t)])


def fed(live: LiveSeries, t: np.ndarray, y: np.ndarray, rows: int = 4) -> LiveSeries:
    for place in range(0, len(t), rows):
        live.extend(t[place : place + rows], y[:, place : place + rows])
    return live


def test_that_a_followed_window_is_thinned_and_keeps_its_peaks() -> None:
    t, y = wave(1000, 1100)
    y[0, 7000] = 9.0
    live = LiveSeries(("a", "b"), raw_s=60)
    live.follow(50, 250)
    ((x, drawn),), (other,) = fed(live, t, y).recent()
    assert 490 <= len(x) <= 504
    assert drawn.max() == 9.0
    assert x[-1] == pytest.approx(1100, abs=0.2)
    assert other[1].min() == pytest.approx(9.0, abs=0.01)


def test_that_another_window_is_filled_from_raw_and_older_values() -> None:
    t, y = wave(0, 300)
    live = fed(LiveSeries(("a", "b"), raw_s=60), t, y, 50)
    live.follow(200, 100)
    ((x, _),) = live.recent()[0]
    assert x[0] == pytest.approx(100, abs=COARSE_S)
    live.follow(10, 1000)
    ((x, _),) = live.recent()[0]
    assert 289 <= x[0] <= 290.1


def test_that_a_silence_splits_the_lines_and_is_a_gap_until_now() -> None:
    t, y = wave(0, 30)
    kept = (t < 10) | (t > 20)
    live = LiveSeries(("a", "b"), gap_s=1.0)
    live.follow(60, 600)
    fed(live, t[kept], y[:, kept])
    assert len(live.recent()[0]) == 2
    assert len(live.lines(5, 25, 300)[0]) == 2
    (gap,) = live.gaps(0, 30)
    assert (gap.start_s, gap.end_s) == pytest.approx((9.99, 20.01))
    assert live.gaps(0, 40)[-1].start_s == pytest.approx(29.99)
    assert live.gaps(0, 40)[-1].end_s == 40
    assert live.at(15) == (None, None)
    assert live.at(25.0)[0] == pytest.approx(np.sin(25.0), abs=0.02)


def test_that_a_channel_that_comes_seldom_is_one_line() -> None:
    t, y = wave(0, 20)
    y[1, np.arange(len(t)) % 100 != 0] = np.nan
    live = LiveSeries(("a", "slow"), gap_s=3.0)
    live.follow(20, 800)
    fed(live, t, y)
    (line,) = live.recent()[1]
    assert len(line[0]) == 2 * 20
    assert np.isfinite(line[1]).all()
    assert live.latest()[1] == pytest.approx(10 + np.cos(19.0))


def test_that_old_ranges_come_from_the_coarse_spans() -> None:
    t, y = wave(0, 200, 10)
    live = fed(LiveSeries(("a", "b"), rate_hz=10, raw_s=20), t, y)
    (line,) = live.lines(0, 100, 500)[0]
    assert line[0][0] < COARSE_S
    assert line[1].max() == pytest.approx(1.0, abs=0.01)


def test_that_nothing_yet_is_no_line_and_no_value() -> None:
    live = LiveSeries(("a",))
    live.follow(10, 100)
    assert live.recent() == ((),)
    assert live.latest() == (None,)
    assert live.extent is None
    assert live.gaps(0, 10) == ()
    assert live.statistics(0, 0, 10).count == 0


def test_that_a_finished_run_shows_ranges_gaps_and_figures() -> None:
    t, y = wave(0, 100)
    kept = (t < 40) | (t > 60)
    run = RunSeries(("a", "b"), t[kept], y[:, kept])
    assert run.extent is not None
    assert run.extent[1] == pytest.approx(99.99)
    assert len(run.lines(0, 100, 500)[0]) == 2
    assert run.gaps(50, 55) == run.gaps(0, 100)
    assert run.statistics(1, 0, 10).count == 1001
    assert run.at(50) == (None, None)
    assert run.latest()[0] == pytest.approx(np.sin(99.99))
