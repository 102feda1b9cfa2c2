"""Where the ticks of axes stand and what they say."""

from __future__ import annotations

import math

TIME_STEPS_S = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 10800, 21600, 43200, 86400),
)
DAY_S = 86_400


def nice_step(span: float, most: int) -> float:
    """The least of 1, 2, 5 times a power of ten by which a span has at most so many steps."""
    if span <= 0 or not math.isfinite(span):
        return 1.0
    raw = span / max(1, most)
    power = 10.0 ** math.floor(math.log10(raw))
    return next((factor * power for factor in (1, 2, 5) if factor * power >= raw * (1 - 1e-9)), 10 * power)


def time_step_s(span_s: float, most: int) -> float:
    """The least step that people count time in by which a span has at most so many steps."""
    raw = span_s / max(1, most)
    return next((step for step in TIME_STEPS_S if step >= raw), TIME_STEPS_S[-1] * math.ceil(raw / TIME_STEPS_S[-1]))


def multiples(start: float, end: float, step: float) -> list[float]:
    """The multiples of a step in a range."""
    first, last = math.ceil(start / step - 1e-9), math.floor(end / step + 1e-9)
    return [place * step for place in range(first, min(last, first + 1000) + 1)]


def number_text(value: float, step: float) -> str:
    """A tick's number, with as many digits as its step needs."""
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
    text = f"{value:.{digits}f}"
    return text if float(text) else f"{0:.{digits}f}"  # never "-0"


def ago_text(seconds: float, step_s: float) -> str:
    """A moment before now: `−2 min`, `−30 s`, `now`."""
    if abs(seconds) < step_s / 100:
        return "now"
    past = -seconds
    if step_s >= 3600 or past % 3600 == 0:
        return f"−{number_text(past / 3600, 1 if past % 3600 == 0 else 0.1)} h"
    if step_s >= 60:
        return f"−{past / 60:.0f} min"
    if past >= 60 and step_s >= 1:
        minutes, rest = divmod(round(past), 60)
        return f"−{minutes}:{rest:02}"
    return f"−{number_text(past, step_s)} s"


def since_text(seconds: float, step_s: float = 1.0) -> str:
    """A time since the start: `0:42`, `1:02:05`, `3.25 s` where the steps are that small."""
    if step_s < 1 and abs(seconds) < 60:
        return f"{number_text(seconds, step_s).replace('-', '−')} s"
    sign, seconds = ("−", -seconds) if seconds < 0 else ("", seconds)
    whole = math.floor(seconds + 1e-6)
    rest = f"{seconds - whole:.3f}"[1:] if step_s < 1 else ""
    minutes, second = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{sign}{head}:{second:02}{rest}"


def duration_text(seconds: float) -> str:
    """How long something is: `850 ms`, `12.3 s`, `4 min 10 s`, `2 h 5 min`."""
    span = abs(seconds)
    if span < 1:
        return f"{span * 1000:.0f} ms" if span >= 0.01 else f"{span * 1000:.2f} ms"
    if span < 60:
        return f"{span:.1f} s"
    minutes, second = divmod(round(span), 60)
    if minutes < 60:
        return f"{minutes} min {second} s" if second else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
