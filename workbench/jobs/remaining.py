"""How long a job still takes, from its speed so far and from what its steps took before; None until that is known."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

WINDOW_S = 60.0
"""The speed is that of about the last minute: caches warm up and boards grow hot."""
MIN_ELAPSED_S = 3.0
MIN_FRACTION = 0.02


class RemainingTime:
    """Watches the fractions of a job's steps; all times in seconds on one clock."""

    def __init__(self) -> None:
        self._known: dict[str, float] = {}
        self._step = ""
        self._points: deque[tuple[float, float]] = deque()

    def know(self, steps: Mapping[str, float]) -> None:
        """What each step took the last time, in their order."""
        self._known = dict(steps)

    def begin(self, step: str, at_s: float) -> None:
        """A step began."""
        self._step = step
        self._points = deque([(at_s, 0.0)])

    def note(self, fraction: float | None, at_s: float) -> None:
        """The step is that far; going back means that it counts anew."""
        if fraction is None:
            return
        if self._points and fraction < self._points[-1][1]:
            self._points.clear()
        self._points.append((at_s, fraction))
        while len(self._points) > 2 and self._points[1][0] < at_s - WINDOW_S:
            self._points.popleft()

    def of_step(self, now_s: float) -> float | None:
        """What is left of the step that works."""
        if not self._points:
            return None
        (began_s, first), (_, last) = self._points[0], self._points[-1]
        if last >= 1.0:
            return 0.0
        if now_s - began_s < MIN_ELAPSED_S or last - first < MIN_FRACTION:
            return self._left_as_before(now_s)
        return (1.0 - last) * (now_s - began_s) / (last - first)

    def of_job(self, now_s: float) -> float | None:
        """What is left of the whole job: None where it is not known which steps follow, or how long they take."""
        step = self.of_step(now_s)
        if step is None or self._step not in self._known:
            return None
        names = list(self._known)
        return step + sum(self._known[name] for name in names[names.index(self._step) + 1 :])

    def _left_as_before(self, now_s: float) -> float | None:
        """Too early to say from its speed: what it took the last time, less what has gone by."""
        before_s = self._known.get(self._step)
        return None if before_s is None else max(0.0, before_s - (now_s - self._points[0][0]))
