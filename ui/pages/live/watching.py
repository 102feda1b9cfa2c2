"""Another job's run on the page: what it tells of latency and machine while it works."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from ui.pages.live.stage import Stage
from ui.widgets.states import end_of
from ui.widgets.ticks import since_text
from ui.widgets.time_axis import Mark
from workbench.base.events import Event, JobStarted, LiveValues, LogLine, Progress, StepStarted
from workbench.live.figures import Budget, make_tiles
from workbench.telemetry.live_feed import LiveFeed

if TYPE_CHECKING:
    from workbench.jobs.book import JobBook
    from workbench.jobs.handle import JobHandle

TURN_MS = 50
LABEL_TURNS = 5
MOST = 4000


class Watching(QObject):
    """Shows a job that is no live run, such as a verification; `_take` alone is called in threads of the job."""

    changed = Signal()
    """What is said of it may be another."""

    def __init__(
        self,
        stage: Stage,
        handle: JobHandle,
        book: JobBook,
        budgets: Callable[[], Sequence[Budget]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._book, self._budgets = book, budgets
        self._began_at: float | None = None
        self._closed = False
        self._stage = stage
        self.handle = handle
        self.feed = LiveFeed(gap_s=5.0)
        self._events: deque[Event] = deque(maxlen=MOST)
        self._marks: list[tuple[str, float]] = []
        self._step = ""
        self._turns = 0
        self._timer = QTimer(self)
        self._timer.setInterval(TURN_MS)
        self._timer.timeout.connect(self._on_turn)
        stage.wall.show_feed(self.feed, own=False)
        stage.video.say(
            f"{handle.title} measures without pictures. Its worst frames are on the Verify page once it has ended."
        )
        self._forget = handle.subscribe(self._take)
        self._timer.start()

    @property
    def working(self) -> bool:
        """Whether the job has not ended."""
        return self.handle.ended is None

    @property
    def state(self) -> tuple[str, str]:
        """A state and its word."""
        if self.handle.ended is not None:
            return end_of(self.handle.ended.state.value)
        return ("waiting", "Paused, recording") if not self._stage.axis.following else ("running", "Watched live")

    @property
    def recorded_text(self) -> str:
        """For how long it works; the moments of all rows count from its begin."""
        return since_text(self._now_s)

    def close(self) -> None:
        """Show it no more; what is drawn stays. A run that ended is closed already when the page leaves it."""
        if self._closed:
            return
        self._closed = True
        self._forget()
        self._timer.stop()
        self._on_turn()
        self._stage.wall.clock.stop()
        self._stage.wall.refresh()

    @property
    def _now_s(self) -> float:
        if self._began_at is None or not self.working:
            return self.feed.t_s
        return max(self.feed.t_s, time.time() - self._began_at)

    def _take(self, event: Event) -> None:
        if isinstance(event, JobStarted | LiveValues | StepStarted | Progress | LogLine):
            self._events.append(event)

    def _on_turn(self) -> None:
        events = [self._events.popleft() for _ in range(len(self._events))]
        first_s = self._first_value_s(events)
        for event in events:
            match event:
                case JobStarted(at=at):
                    self._began_at = at
                case LiveValues() as told:
                    self.feed.take_values(told, first_s)
                case StepStarted(title=title):
                    self._step = title
                case Progress(text=text) if text:
                    self._stage.video.status.setText(f"{self._step}: {text}" if self._step else text)
        self._stage.axis.set_extent(0.0, self._now_s)
        self._turns += 1
        if self._turns % LABEL_TURNS == 0 or self._closed:
            self._show_labels()

    def _first_value_s(self, events: Sequence[Event]) -> float:
        """How long the job had worked when its first value came; all that it told so far may come at once."""
        values = [event.mono_s for event in events if isinstance(event, LiveValues)]
        began_at = next((event.at for event in events if isinstance(event, JobStarted)), self._began_at)
        if not values or began_at is None:
            return 0.0
        return max(0.0, time.time() - began_at - (values[-1] - values[0]))

    def _show_labels(self) -> None:
        if (steps := list(self._book.steps(self.handle.id))) != self._marks:
            self._marks = steps
            self._stage.axis.set_marks([Mark(began_s, title) for title, began_s in steps])
            self._stage.inspector.refresh_events()
        self._stage.tiles.show_tiles(make_tiles(self.feed.figures(), self._budgets()))
        self._stage.video.timeline.refresh()
        self.changed.emit()
