"""What somebody who comes late is told of a job: everything that is not superseded."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.base.events import Event, LiveValues, LogLine, Progress
from workbench.base.live import LiveBatch, LiveFrame, LiveMark

KEPT_LOG_LINES = 5_000
KEPT_MARKS = 2_000
"""Of a live run, which may go on for days."""


class History:
    """The events of a job in order; of progress and live values the last ones, of log and marks the last lines."""

    def __init__(self) -> None:
        self._events: dict[object, Event] = {}
        self._added = 0
        self._lines = 0
        self._marks = 0

    def add(self, event: Event) -> None:
        """Keep an event, in place of the one that it supersedes."""
        self._added += 1
        key = self._key(event)
        self._events.pop(key, None)
        self._events[key] = event

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events.values())

    def _key(self, event: Event) -> object:
        if isinstance(event, Progress):
            return Progress, event.step
        if isinstance(event, LiveValues):
            return LiveValues, event.stream
        if isinstance(event, LiveBatch | LiveFrame):
            return type(event)
        if isinstance(event, LiveMark):
            self._marks += 1
            return LiveMark, self._marks % KEPT_MARKS
        if isinstance(event, LogLine):
            self._lines += 1
            return LogLine, self._lines % KEPT_LOG_LINES
        return self._added
