"""A stall is weighed by how fast the machine was."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication

from tests.window_lab.pace import SLOWEST, Pace


@pytest.fixture
def pace(qapp: QCoreApplication) -> Iterator[Pace]:
    made = Pace()
    yield made
    made.stop()


def test_that_a_quiet_machine_is_no_excuse(pace: Pace) -> None:
    assert pace.slowness(0.0, 1.0) == 1.0


def test_that_a_faster_machine_makes_no_limit_narrower_and_a_very_slow_one_is_no_excuse(pace: Pace) -> None:
    pace._seen.extend([(1.0, 0.5), (2.0, 10.0)])
    assert pace.slowness(0.95, 1.05) == 1.0
    assert pace.slowness(1.95, 2.05) == SLOWEST


def test_that_only_the_time_of_the_stall_counts(pace: Pace) -> None:
    pace._seen.extend([(1.0, 1.0), (5.0, 2.0), (5.1, 2.2), (5.2, 2.4), (9.0, 1.0)])
    assert pace.slowness(5.0, 5.2) == 2.2


def test_that_it_is_measured(pace: Pace, qtbot) -> None:
    start_s = time.perf_counter()
    pace.start()
    qtbot.waitUntil(lambda: len(pace._seen) > 3)
    assert all(0.1 < slow < 100 for _, slow in pace._seen)
    assert pace.slowness(start_s, time.perf_counter()) >= 1.0
