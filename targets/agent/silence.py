"""How long nothing came over a link."""

from __future__ import annotations

import time


class Silence:
    """How long nothing came; only time in which this process ran counts, so that a laptop's sleep is no silence."""

    def __init__(self) -> None:
        self._fresh = True
        self._quiet_s = 0.0
        self._looked_s = time.monotonic()

    def end(self) -> None:
        """Something came."""
        self._fresh = True

    def look(self) -> float:
        """Seconds without a byte; for one thread that looks at least every second."""
        now_s = time.monotonic()
        self._quiet_s = 0.0 if self._fresh else self._quiet_s + min(now_s - self._looked_s, 1.0)
        self._fresh = False
        self._looked_s = now_s
        return self._quiet_s
