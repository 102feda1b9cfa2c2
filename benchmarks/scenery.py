"""What benchmarks that drive the window share: waiting in the event loop, and the load of the machine in words."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

POLL_MS = 2


def load_text() -> str:
    """How loaded the machine is, to be read beside a figure."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def wait_for(found: Callable[[], bool], limit_s: float, otherwise: str) -> None:
    """Run the event loop until something holds.

    Raises:
        SystemExit: it did not in time; `otherwise` is what is said then.
    """
    from PySide6.QtCore import QEventLoop, QTimer

    loop, timer, began_s = QEventLoop(), QTimer(), time.perf_counter()
    seen = False

    def look() -> None:
        nonlocal seen
        seen = found()
        if seen or time.perf_counter() - began_s > limit_s:
            loop.quit()

    timer.timeout.connect(look)
    timer.start(POLL_MS)
    loop.exec()
    if not seen:
        sys.exit(otherwise)
