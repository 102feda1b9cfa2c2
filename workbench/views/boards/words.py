"""Times, sizes and numbers of boards as a page says them."""

from __future__ import annotations

import time

NOT_KNOWN = "unknown"
DAY_S = 86400.0


def moment(utc: float | None, now: float) -> str:
    """When something was: how long ago for an hour, then the time, then the day."""
    if utc is None:
        return "never"
    age_s = now - utc
    if -5 < age_s < 5:
        return "now"
    if 0 <= age_s < 60:
        return f"{age_s:.0f} s ago"
    if 0 <= age_s < 3600:
        return f"{age_s / 60:.0f} min ago"
    return clock(utc, now)


def brief(utc: float, now: float) -> str:
    """The same for a narrow column: `12 s`, `5 min`, `13:58`, `Fri 15 May`."""
    age_s = now - utc
    if -5 < age_s < 60:
        return f"{max(0.0, age_s):.0f} s"
    if 0 <= age_s < 3600:
        return f"{age_s / 60:.0f} min"
    day, _, hour = clock(utc, now).rpartition(" ")
    return day or hour


def clock(utc: float, now: float) -> str:
    """The time of today, or day and time."""
    then, today = time.localtime(utc), time.localtime(now)
    if then[:3] == today[:3]:
        return time.strftime("%H:%M", then)
    day = time.strftime("%a %d %b", then).replace(" 0", " ")
    return f"{day} {then.tm_year}" if then.tm_year != today.tm_year else f"{day} {time.strftime('%H:%M', then)}"


def is_today(utc: float, now: float) -> bool:
    """Whether a moment is of the same day."""
    return time.localtime(utc)[:3] == time.localtime(now)[:3]


def gigabytes(size_bytes: float) -> str:
    """A number of GB in three figures, without its unit."""
    value = size_bytes / 1e9
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def groups_of(fingerprint: str) -> tuple[str, ...]:
    """A fingerprint in fours."""
    bare = fingerprint.removeprefix("SHA256:")
    return tuple(bare[at : at + 4] for at in range(0, len(bare), 4))


def megahertz(value: float) -> str:
    """A clock."""
    return f"{value / 1000:.2f} GHz" if value >= 1000 else f"{value:.0f} MHz"
