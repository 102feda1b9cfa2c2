"""Moments, sizes, counts, folders and hashes as people read them, the same on every page."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from workbench.base import clock

HASH_ENDS = 4
LONG_AGO_DAYS = 200


def moment_of(created: str) -> datetime | None:
    """A moment of a record (ISO 8601) on this machine's clock; None where it is none."""
    try:
        return datetime.fromisoformat(created).astimezone()
    except ValueError:
        return None


def moment_at(seconds: float) -> datetime:
    """Seconds since 1970 on this machine's clock."""
    return datetime.fromtimestamp(seconds, UTC).astimezone()


def say_moment(moment: datetime, now: datetime | None = None, *, today: str = "") -> str:
    """`14:57` today, `yesterday 16:22`, `12 May 16:22`, and after half a year the day with its year.

    Args:
        moment: what is said.
        now: what it is compared with; this moment where it is None.
        today: a word before the time of today, where the sentence wants one.
    """
    days = ((now or clock.now_utc()).astimezone().date() - moment.astimezone().date()).days
    if abs(days) >= LONG_AGO_DAYS:
        return say_day(moment)
    day = {0: today, 1: "yesterday"}.get(days, f"{moment.day} {moment:%b}")
    return f"{day} {moment:%H:%M}".strip()


def say_day(moment: datetime) -> str:
    """`12 May 2026`."""
    return f"{moment.day} {moment:%b %Y}"


def say_created(created: str, now: datetime | None = None, *, today: str = "") -> str:
    """A moment of a record in words; what is none stays as it is."""
    moment = moment_of(created)
    return created if moment is None else say_moment(moment, now, today=today)


def say_bytes(size_bytes: float) -> str:
    """`3.7 MB`, `12.0 kB`; MB is 10^6 bytes."""
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1e5 else f"{size_bytes / 1e3:.1f} kB"


def say_folder(folder: Path) -> str:
    """`~/road-users` below the home of the user, else the whole path."""
    try:
        return f"~/{folder.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(folder)


def say_hash(sha256: str | None) -> str:
    """`3f9c…a71e`; empty where there is none."""
    return f"{sha256[:HASH_ENDS]}…{sha256[-HASH_ENDS:]}" if sha256 else ""


def say_count(amount: float, noun: str) -> str:
    """`1 problem`, `1,200 frames`, `2 classes`, `3 entries`."""
    return f"{amount:,.0f} {noun if amount == 1 else _plural(noun)}"


def _plural(noun: str) -> str:
    if noun.endswith("s"):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"
