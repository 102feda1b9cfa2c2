"""What time it is, for all that is said of ages and days: asked in one place, so that a page can be looked at again.

Records are stamped by `projects.record_file`; what is measured, by monotonic clocks.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now_s() -> float:
    """Seconds since 1970."""
    return time.time()


def now_utc() -> datetime:
    """This moment, in UTC."""
    return datetime.fromtimestamp(now_s(), UTC)
