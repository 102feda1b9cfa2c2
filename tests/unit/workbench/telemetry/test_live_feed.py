"""What jobs tell, as series."""

from __future__ import annotations

import math

import pytest

from workbench.base.events import LiveValues
from workbench.base.live import LiveBatch
from workbench.telemetry.live_feed import LiveFeed


def test_that_batches_become_rows_and_what_was_not_measured_stays_so() -> None:
    feed = LiveFeed()
    for second in range(3):
        t_s = (second + 0.25, second + 0.75)
        tables = {
            "telemetry": {"t_s": t_s, "temperature_c": (50.0, 51.0), "power_w": (math.nan, math.nan)},
            "frames": {"t_s": t_s, "latency_ms": (8.0, 9.0), "frame_id": (0.0, 1.0)},
            "of a newer version": {"t_s": t_s},
        }
        feed.take_batch(LiveBatch("job", "run", tables, t_s=second + 1.0))
    telemetry = feed.series["telemetry"]
    assert telemetry.extent == (0.25, 2.75)
    assert telemetry.latest()[feed.column("telemetry", "temperature_c")] == 51.0
    assert feed.has("frames", "latency_ms")
    assert not feed.has("telemetry", "power_w")
    assert feed.t_s == 3.0


def test_that_the_values_of_any_job_have_the_same_units() -> None:
    feed = LiveFeed()
    feed.take_values(LiveValues("job", "telemetry", 1000.0, {"worker_rss_bytes": 2e8, "power_w": None}))
    feed.take_values(LiveValues("job", "latency", 1001.0, {"latency_p50_us": 8500.0, "latency_max_us": 9000.0}))
    assert feed.series["telemetry"].latest()[feed.column("telemetry", "worker_rss_mb")] == pytest.approx(200.0)
    assert feed.series["figures"].latest()[feed.column("figures", "latency_max_ms")] == pytest.approx(9.0)
    assert feed.t_s == 1.0
    feed.take_values(LiveValues("job", "telemetry", 999.0, {"worker_rss_bytes": 1e8}))
    assert len(feed.series["telemetry"].history) == 1


def test_that_a_silence_between_steps_of_a_person_is_no_gap() -> None:
    feed = LiveFeed()
    feed.expect_pauses(of_frames=True)
    for t_s in (1.0, 60.0):
        feed.take_batch(LiveBatch("job", "run", {"frames": {"t_s": (t_s,), "latency_ms": (8.0,)}}, t_s=t_s))
    assert feed.series["frames"].gaps(0, 100) == ()
