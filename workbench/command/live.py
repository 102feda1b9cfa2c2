"""Live values of a board: a table that moves in a terminal, a line a sample in a pipe, JSON lines for programs."""

from __future__ import annotations

from collections import deque
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from workbench.base.events import Event, LiveValues, LogLine
from workbench.command.console import Console
from workbench.command.table import NOT_KNOWN, Table, rich_table
from workbench.command.views import View, lines_of
from workbench.evaluate.wording import number

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table as RichTable

KEPT = 120
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


class SampleView(JsonView):
    """One line a sample on stdout."""

    def _show_values(self, event: LiveValues) -> None:
        parts = [f"{label(name)} {text_of(name, value)}" for name, value in event.values.items()]
        self._console.say(f"{event.mono_s:.1f} s  {event.stream}  " + ", ".join(parts))


class TableView(JsonView):
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
        return rich_table(Table(("value", "now", "lowest", "highest", "last samples"), rows))


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
