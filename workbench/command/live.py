"""Live values of a board: a table that moves in a terminal, a line a second in a pipe, JSON lines for programs."""

from __future__ import annotations

import statistics
from collections import deque
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from workbench.base.events import Event, JobEnded, LiveValues, LogLine
from workbench.command.console import Console
from workbench.command.table import NOT_KNOWN, Table, rich_table
from workbench.command.views import View, lines_of
from workbench.evaluate.wording import count, number

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table as RichTable

KEPT = 120
LINE_EVERY_S = 1.0
BARS = "▁▂▃▄▅▆▇█"
UNITS = {
    "percent": (1.0, "%"),
    "bytes": (1e6, "MB"),
    "c": (1.0, "°C"),
    "w": (1.0, "W"),
    "mhz": (1.0, "MHz"),
    "us": (1e3, "ms"),
    "fps": (1.0, "frames/s"),
}
"""By the last part of a value's name: what it is divided by, and what it is shown in."""


def live_view(console: Console) -> View:
    """A table where stdout is a terminal, lines elsewhere, one JSON object a sample with `--json`."""
    if console.as_json:
        return JsonView(console)
    return TableView(console) if console.out.is_terminal else SampleView(console)


class JsonView:
    """One JSON object a sample on stdout."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def open(self) -> AbstractContextManager[object]:
        """Nothing has to be prepared."""
        return nullcontext()

    def pause(self) -> AbstractContextManager[object]:
        """Lines stand still."""
        return nullcontext()

    def note(self, text: str) -> None:
        """Show a line of our own."""
        self._console.note(text)

    def show(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, LiveValues):
            self._show_values(event)
        elif isinstance(event, LogLine):
            for text, style in lines_of(event):
                self._console.note(text, style)

    def _show_values(self, event: LiveValues) -> None:
        self._console.json({"stream": event.stream, "mono_s": event.mono_s, "values": event.values})


class PeopleView(JsonView):
    """Samples for people, and at the end what there was of them."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._summary = Summary()

    def show(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, LiveValues):
            self._summary.add(event)
        elif isinstance(event, JobEnded):
            self._console.say(self._summary.text)
        super().show(event)


class SampleView(PeopleView):
    """At most one line of telemetry a second on stdout, without what was never measured."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._measured: set[str] = set()
        self._shown_at_s = float("-inf")

    def _show_values(self, event: LiveValues) -> None:
        self._measured |= {name for name, value in event.values.items() if value is not None}
        if event.stream == "telemetry":
            if event.mono_s - self._shown_at_s < LINE_EVERY_S:
                return
            self._shown_at_s = event.mono_s
        parts = [
            f"{label(name)} {text_of(name, event.values[name])}" for name in event.values if name in self._measured
        ]
        self._console.say(f"{event.mono_s:.1f} s  {event.stream}  " + (", ".join(parts) or "nothing measured"))


class TableView(PeopleView):
    """A table with the last value, the extremes since the start, and a small picture of the last samples."""

    def __init__(self, console: Console) -> None:
        from rich.live import Live

        super().__init__(console)
        self._series: dict[str, Series] = {}
        self._live: Live = Live(console=console.out, refresh_per_second=4, get_renderable=self._render)

    def open(self) -> AbstractContextManager[object]:
        """Draws the table from a thread of its own while it is entered."""
        return self._live

    def _show_values(self, event: LiveValues) -> None:
        for name, value in event.values.items():
            self._series.setdefault(name, Series()).add(value)

    def _render(self) -> RichTable:
        rows = tuple(
            (
                label(name),
                text_of(name, series.last),
                text_of(name, series.low),
                text_of(name, series.high),
                picture(list(series.recent)),
            )
            for name, series in list(self._series.items())
        )
        return rich_table(Table(("value", "now", "lowest", "highest", "last samples"), rows), self._console.out.width)


class Series:
    """The last values of one name, and its extremes."""

    def __init__(self) -> None:
        self.last: float | None = None
        self.low: float | None = None
        self.high: float | None = None
        self.recent: deque[float | None] = deque(maxlen=KEPT)

    def add(self, value: float | None) -> None:
        """Take one more; None was not measured and counts for nothing."""
        self.last = value
        self.recent.append(value)
        if value is not None:
            self.low = value if self.low is None else min(self.low, value)
            self.high = value if self.high is None else max(self.high, value)


class Summary:
    """How long was watched, how many samples came, and the latencies of a run if there was one."""

    def __init__(self) -> None:
        self._first_s: float | None = None
        self._last_s = 0.0
        self._samples = 0
        self._medians_us: list[float] = []
        self._longest_us = 0.0

    def add(self, event: LiveValues) -> None:
        """Take one more sample, of telemetry or of a second of latencies."""
        self._first_s = event.mono_s if self._first_s is None else min(self._first_s, event.mono_s)
        self._last_s = max(self._last_s, event.mono_s)
        self._samples += event.stream == "telemetry"
        median_us, longest_us = (event.values.get(f"latency_{name}_us") for name in ("p50", "max"))
        if median_us is not None:
            self._medians_us.append(median_us)
        if longest_us is not None:
            self._longest_us = max(self._longest_us, longest_us)

    @property
    def text(self) -> str:
        """A line."""
        if self._first_s is None:
            return "nothing came"
        text = f"{count(self._samples, 'sample')} of telemetry in {self._last_s - self._first_s:.1f} s"
        if not self._medians_us:
            return f"{text}; no latency came"
        middle = text_of("latency_us", statistics.median(self._medians_us))
        return f"{text}; latency p50 {middle} in the median block, longest {text_of('latency_us', self._longest_us)}"


def label(name: str) -> str:
    """`memory_available_bytes` as a person reads it: the unit goes with the number."""
    stem, _, unit = name.rpartition("_")
    return (stem if unit in UNITS and stem else name).replace("_", " ")


def text_of(name: str, value: float | None) -> str:
    """A value in the unit that its name says; a dash where it was not measured."""
    if value is None:
        return NOT_KNOWN
    scale, unit = UNITS.get(name.rpartition("_")[2], (1.0, ""))
    return f"{number(value / scale)} {unit}".rstrip()


def picture(values: list[float | None], width: int = 30) -> str:
    """The last values as a row of bars between their own extremes; a gap where nothing was measured."""
    shown = values[-width:]
    known = [value for value in shown if value is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    steps = [None if value is None else (value - low) / span if span else 0.0 for value in shown]
    return "".join(" " if step is None else BARS[round(step * (len(BARS) - 1))] for step in steps)
