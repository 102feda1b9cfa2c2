"""Another job's run on the page: what it tells of latency and machine while it works."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from ui.pages.live.stage import Stage
from ui.widgets.ticks import since_text
from ui.widgets.time_axis import Mark
from workbench.base.events import Event, LiveValues, LogLine, Progress, StepStarted
from workbench.telemetry.live_feed import LiveFeed

if TYPE_CHECKING:
    from workbench.jobs.handle import JobHandle

TURN_MS = 50
LABEL_TURNS = 5
MOST = 4000


class Watching(QObject):
    """Shows a job that is no live run, such as a verification; `_take` alone is called in threads of the job."""

    changed = Signal()
    """What is said of it may be another."""

    def __init__(self, stage: Stage, handle: JobHandle, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._closed = False
        self._stage = stage
        self.handle = handle
        self.feed = LiveFeed(gap_s=5.0)
        self._events: deque[Event] = deque(maxlen=MOST)
        self._marks: list[Mark] = []
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
        if not self.working:
            return "done", "Ended"
        return ("waiting", "Paused, recording") if not self._stage.axis.following else ("running", "Watched live")

    @property
    def recorded_text(self) -> str:
        """For how long it has told something."""
        return since_text(self.feed.t_s)

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

    def _take(self, event: Event) -> None:
        if isinstance(event, LiveValues | StepStarted | Progress | LogLine):
            self._events.append(event)

    def _on_turn(self) -> None:
        marks = len(self._marks)
        while self._events:
            match self._events.popleft():
                case LiveValues() as told:
                    self.feed.take_values(told)
                case StepStarted(title=title):
                    self._step = title
                    self._marks.append(Mark(self.feed.t_s, title))
                case Progress(text=text) if text:
                    self._stage.video.status.setText(f"{self._step}: {text}" if self._step else text)
        self._stage.axis.set_extent(0.0, self.feed.t_s)
        if len(self._marks) > marks:
            self._stage.axis.set_marks(self._marks)
            self._stage.inspector.refresh_events()
        self._turns += 1
        if self._turns % LABEL_TURNS == 0:
            self._stage.video.timeline.refresh()
            self.changed.emit()
