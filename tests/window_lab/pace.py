"""How fast the machine is just now: a stall counts by what it would have taken on one that nobody shares."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from functools import cache
from itertools import cycle
from statistics import median

NUMBERS, ROUNDS, REFERENCE_S = 200_000, 2_500, 1.1e-4
"""A sum over some of many numbers that lie all over memory, and what it takes of a quiet core of the machine that the
limits were measured on. What stays in the nearest cache is not slowed by neighbours; the window's work is."""
EVERY_S, AROUND_S, KEPT = 0.025, 0.1, 4000
SLOWEST = 3.0
"""A machine that is slower than this is no excuse any more."""


class Pace:
    """Times the sum again and again in a thread of its own, in its own processor time.

    Neighbours of a shared machine take its caches and its turbo, and the kernel counts that as time which our thread
    used: twice the time for the same work is usual there.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque(maxlen=KEPT)
        self._places = cycle(range(0, NUMBERS, ROUNDS))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._measure, name="pace", daemon=True)

    def start(self) -> None:
        """Begin to measure."""
        self._thread.start()

    def stop(self) -> None:
        """Measure no more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def slowness(self, start_s: float, end_s: float) -> float:
        """How many times as long as on a quiet core work took between two moments (`perf_counter`)."""
        seen = [slow for moment_s, slow in self._seen if start_s - AROUND_S <= moment_s <= end_s + AROUND_S]
        return min(SLOWEST, max(1.0, median(seen))) if seen else 1.0

    def _measure(self) -> None:
        while not self._stopped.wait(EVERY_S):
            at = next(self._places)
            self._seen.append((time.perf_counter(), _sum_s(_numbers()[at : at + ROUNDS]) / REFERENCE_S))


@cache
def _numbers() -> list[int]:
    numbers = list(range(1000, 1000 + NUMBERS))
    random.Random(1).shuffle(numbers)
    return numbers


def _sum_s(numbers: list[int]) -> float:
    start_s = time.thread_time()
    total = 0
    for number in numbers:
        total += number % 7
    return time.thread_time() - start_s
