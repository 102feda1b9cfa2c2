"""What a job does, as lines in a pipe or as bars in a terminal; both on stderr."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

from workbench.base.events import (
    Event,
    JobEnded,
    JobStarted,
    JobState,
    Level,
    LogLine,
    Progress,
    RecordWritten,
    StepEnded,
    StepStarted,
    VerdictReached,
)
from workbench.command.console import Console
from workbench.command.plain import printable
from workbench.command.table import STYLES

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

PLAIN_INTERVAL_S = 10.0
LEVEL_STYLES = {Level.INFO: "", Level.WARNING: "yellow", Level.ERROR: "bold red"}


class View(Protocol):
    """Shows the events of one job."""

    def open(self) -> AbstractContextManager[object]:
        """Everything is shown within this."""

    def show(self, event: Event) -> None:
        """Show one event; kinds that this view does not know are left out."""

    def note(self, text: str) -> None:
        """Show a line of our own."""

    def pause(self) -> AbstractContextManager[object]:
        """Keep the terminal still, for a question."""


def view_for(console: Console) -> View:
    """Bars where stderr is a terminal, lines elsewhere."""
    return BarView(console) if console.err.is_terminal else LineView(console)


class EventLines:
    """The lines of events; verdicts wait for the table that shows them, and come only where there is none."""

    def __init__(self, console: Console) -> None:
        self._table_follows = not console.as_json
        self._verdicts: list[tuple[str, str]] = []

    def of(self, event: Event) -> list[tuple[str, str]]:
        """The lines to show now, each with its style."""
        if isinstance(event, VerdictReached) and self._table_follows:
            self._verdicts += lines_of(event)
            return []
        if isinstance(event, JobEnded) and event.state is not JobState.SUCCEEDED:
            return self._verdicts
        return lines_of(event)


class LineView:
    """One line an event; progress at most every ten seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lines = EventLines(console)
        self._progress_at_s = float("-inf")

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
        """Show one event; kinds that this view does not know are left out."""
        if isinstance(event, Progress):
            self._show_progress(event)
        elif isinstance(event, StepStarted):
            self._progress_at_s = time.monotonic()
        for text, style in self._lines.of(event):
            self._console.note(text, style)

    def _show_progress(self, event: Progress) -> None:
        if time.monotonic() - self._progress_at_s >= PLAIN_INTERVAL_S:
            self._progress_at_s = time.monotonic()
            share = "" if event.fraction is None else f"{100 * event.fraction:.0f} % "
            self._console.note(f"    {share}{event.text}")


class BarView:
    """A bar for the step that is open; what is done scrolls up as lines."""

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        self._console = console
        self._lines = EventLines(console)
        columns = (
            TextColumn("    {task.fields[share]:>5}", markup=False),
            BarColumn(bar_width=30),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
        )
        self._bars: Bars = Bars(*columns, console=console.err, transient=True)

    def open(self) -> AbstractContextManager[object]:
        """Draws the bar from a thread of its own while it is entered."""
        return self._bars

    def pause(self) -> AbstractContextManager[object]:
        """Take the bar away while somebody types."""
        return _Paused(self._bars)

    def note(self, text: str) -> None:
        """Show a line of our own."""
        self._console.note(text)

    def show(self, event: Event) -> None:
        """Show one event; kinds that this view does not know are left out."""
        if isinstance(event, StepEnded | StepStarted):
            for task in self._bars.task_ids:
                self._bars.remove_task(task)
        for text, style in self._lines.of(event):
            self._console.note(text, style)
        if isinstance(event, StepStarted):
            self._bars.add_task("", total=None, share="")
        elif isinstance(event, Progress):
            self._show_progress(event)

    def _show_progress(self, event: Progress) -> None:
        task = self._bars.task_ids[-1] if self._bars.task_ids else self._bars.add_task("", total=None, share="")
        share = "" if event.fraction is None else f"{100 * event.fraction:.0f} %"
        total = None if event.fraction is None else 1.0
        self._bars.update(
            task, description=printable(event.text), total=total, completed=event.fraction or 0.0, share=share
        )


class _Paused:
    def __init__(self, bars: Bars) -> None:
        self._bars = bars

    def __enter__(self) -> None:
        self._bars.stop()

    def __exit__(self, *_: object) -> None:
        self._bars.start()


def lines_of(event: Event) -> list[tuple[str, str]]:
    """The lines that an event leaves behind, each with its style; none for what only passes by."""
    match event:
        case JobStarted():
            return [(event.title, "bold")]
        case StepStarted():
            return [(f"==> {event.title}" + (f" ({event.reason})" if event.reason else ""), "cyan")]
        case StepEnded(skipped=True):
            return [(f"    {event.text or 'unchanged'}", "dim")]
        case StepEnded() if event.text:
            return [(f"    {event.text}", "")]
        case LogLine():
            mark = "" if event.level is Level.INFO else f"{event.level.value}: "
            return [(f"    {mark}{event.text}", LEVEL_STYLES[event.level])]
        case VerdictReached():
            limit = f", limit {event.limit_text}" if event.limit_text else ""
            text = f"    {event.outcome:<12}  {event.title}: {event.value_text}{limit}"
            return [(text, STYLES.get(event.outcome, ""))]
        case RecordWritten():
            return [(f"    {event.kind} {event.name}: {event.path}", "dim")]
        case _:
            return []
