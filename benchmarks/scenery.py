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

    loop, began_s = QEventLoop(), time.perf_counter()
    timer = QTimer()
    timer.timeout.connect(lambda: loop.quit() if found() or time.perf_counter() - began_s > limit_s else None)
    timer.start(POLL_MS)
    loop.exec()
    if not found():
        sys.exit(otherwise)
