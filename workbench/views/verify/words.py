"""Words and places that views of runs share; standard library only."""

from __future__ import annotations

from datetime import datetime

from workbench.base import clock
from workbench.views.verify.values import LIMIT_AT, IntervalBar

_ROOM = 0.92
"""How much of the room at a side the furthest point takes."""


def age_text(created: str, now: datetime | None = None) -> str:
    """How long ago something was, shortly: `now`, `12 min`, `21 h`, `3 d`; empty where the moment is none."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return ""
    passed_s = ((now or clock.now_utc()) - moment).total_seconds()
    if passed_s < 60:
        return "now"
    for length_s, unit in ((86_400, "d"), (3600, "h")):
        if passed_s >= 1.5 * length_s:
            return f"{passed_s / length_s:.0f} {unit}"
    return f"{passed_s // 60:.0f} min"


def spell_seconds(seconds: float | None) -> str:
    """About how long something takes: `20 s`, `4 min`, `2 h`; empty where nobody knows."""
    if seconds is None:
        return ""
    if seconds >= 2 * 3600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 60:.0f} min" if seconds >= 100 else f"{max(1.0, seconds):.0f} s"


def grouped(value: float) -> str:
    """A count with its thousands told apart: `14,244`."""
    return f"{value:,.0f}"


def split_unit(text: str) -> tuple[str, str]:
    """`8.2 ms` as its number and its unit; `9 of 9 rejected` as `9 of 9` and `rejected`."""
    number, _, unit = text.rpartition(" ")
    return (number, unit) if number and not unit[:1].isdigit() else (text, "")


def as_sentence(text: str) -> str:
    """With a capital, unless it begins with the name of a file or of an entry, and a full stop."""
    first = text.partition(" ")[0]
    head = text[:1].upper() if first.islower() and not {".", "_"} & set(first[:-1]) else text[:1]
    return f"{head}{text[1:]}{'' if text.endswith('.') else '.'}" if text else ""


def signed(text: str) -> str:
    """A number with a minus sign that is as wide as a plus."""
    return f"−{text[1:]}" if text.startswith("-") and text[1:2].isdigit() else text


def place_bar(
    value: float,
    ends: tuple[float | None, float | None],
    limit: float,
    relation: str,
    opened: tuple[bool, bool] = (False, False),
) -> IntervalBar:
    """Where value and interval stand against the limit.

    Args:
        value: what was measured.
        ends: (lower, upper) of its interval; None is no end, or an open one.
        limit: in the same unit.
        relation: `<=` or `>=`.
        opened: whether the lower and the upper end are open.
    """
    sense = 1.0 if relation == ">=" else -1.0
    points = [(point - limit) * sense for point in (value, *ends) if point is not None]
    room = max(max(0.0, *points) / (1 - LIMIT_AT), max(0.0, *(-point for point in points)) / LIMIT_AT)
    scale = room / _ROOM or 1.0
    at = [None if end is None else LIMIT_AT + (end - limit) * sense / scale for end in ends]
    left, right = (at[0], at[1]) if sense > 0 else (at[1], at[0])
    left_open, right_open = opened if sense > 0 else (opened[1], opened[0])
    return IntervalBar(
        value=LIMIT_AT + (value - limit) * sense / scale,
        low=0.0 if left_open else left,
        high=1.0 if right_open else right,
        low_open=left_open,
        high_open=right_open,
    )


def margin_of(bound: float | None, limit: float | None, relation: str) -> float | None:
    """The share of the limit by which a bound stays inside it; negative is outside; None where there is none."""
    if bound is None or limit is None or limit == 0:
        return None
    return (bound - limit) * (1.0 if relation == ">=" else -1.0) / abs(limit)


def percent_text(share: float | None) -> str:
    """A signed margin: `−2.3 %`, `23.6 %`, `825 %`; an em dash where there is none."""
    if share is None:
        return "—"
    value = 100 * share
    text = f"{abs(value):.0f}" if abs(value) >= 99.95 else f"{abs(value):.1f}"
    return f"{'−' if value < 0 and float(text) else ''}{text} %"
