"""What a live run tells, taken from the job's thread at the pace of the page: series, the newest picture, marks."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from ui.widgets.frame_view import Picture
from workbench.base.errors import SlipwayError
from workbench.base.events import ErrorText, Event, JobEnded, JobStarted
from workbench.base.live import LiveBatch, LiveFrame, LiveMark, SlotPicture
from workbench.frames.slots import SlotReader
from workbench.telemetry.live_feed import LiveFeed

if TYPE_CHECKING:
    from workbench.jobs.handle import JobHandle
    from workbench.orders.live import LiveMessage

BATCH_MS, FRAME_MS = 40, 16
MOST_BATCHES = 1500
"""A minute of batches, should the page be kept from taking them."""
QUIET_S = 1.0
"""After so long without a batch the time goes on without one, so that the gap is seen to grow."""


class Intake(QObject):
    """One live run as the page takes it. Lives in the UI thread; `_take` alone is called in threads of the job."""

    advanced = Signal(object)
    """The newest LiveBatch; the series hold it already."""
    framed = Signal(object, object)
    """A LiveFrame, and its picture (uint8 [h, w, 3] BGR) or None where it has none."""
    marked = Signal()
    """There is another mark."""
    refused = Signal(object)
    """The ErrorText of a message that the run did not take."""

    def __init__(self, handle: JobHandle, rate: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.handle = handle
        self.feed = LiveFeed()
        self.feed.expect_pauses(of_frames=rate == "step")
        self.batch: LiveBatch | None = None
        self.marks: list[LiveMark] = []
        self._batches: deque[LiveBatch] = deque(maxlen=MOST_BATCHES)
        self._frames: deque[LiveFrame] = deque(maxlen=1)
        self._new_marks: deque[LiveMark] = deque()
        self._reader: SlotReader | None = None
        self._picture: tuple[int, Picture | None] = (-1, None)
        self.began = False
        """Whether the run left the queue."""
        self._heard_s = time.monotonic()
        self._batch_timer = self._timer(BATCH_MS, self._take_batches)
        self._frame_timer = self._timer(FRAME_MS, self._take_frame)
        self._forget = handle.subscribe(self._take)

    @property
    def now_s(self) -> float:
        """The newest moment of the run's clock, going on while nothing is heard."""
        silent_s = time.monotonic() - self._heard_s
        return self.feed.t_s + (silent_s if silent_s > QUIET_S and self.working else 0.0)

    @property
    def silent_s(self) -> float:
        """For how long nothing was heard; 0 while it comes as it should, and before the first."""
        if self.batch is None:
            return 0.0
        silent_s = time.monotonic() - self._heard_s
        return silent_s if silent_s > QUIET_S else 0.0

    @property
    def working(self) -> bool:
        """Whether the run has not ended."""
        return self.handle.ended is None

    def tell(self, message: LiveMessage) -> None:
        """Hand the run a message."""
        try:
            self.handle.tell(message)
        except SlipwayError as error:
            self.refused.emit(ErrorText.of(error))

    def close(self) -> None:
        """Take what is left, and nothing any more."""
        self._forget()
        for timer in (self._batch_timer, self._frame_timer):
            timer.stop()
        self._take_batches()
        self._take_frame()
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _timer(self, interval_ms: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        timer.start()
        return timer

    def _take(self, event: Event | LiveBatch | LiveFrame | LiveMark) -> None:
        if isinstance(event, LiveBatch):
            self._batches.append(event)
        elif isinstance(event, LiveFrame):
            self._frames.append(event)
        elif isinstance(event, LiveMark):
            self._new_marks.append(event)
        elif isinstance(event, JobStarted):
            self.began = True
        elif isinstance(event, JobEnded):
            self._heard_s = time.monotonic()

    def _take_batches(self) -> None:
        newest = None
        while self._batches:
            newest = self._batches.popleft()
            self.feed.take_batch(newest)
        if newest is not None:
            self._heard_s = time.monotonic()
            self.batch = newest
            self.advanced.emit(newest)
        if self._new_marks:
            while self._new_marks:
                self.marks.append(self._new_marks.popleft())
            self.marked.emit()

    def _take_frame(self) -> None:
        if not self._frames:
            return
        frame = self._frames.popleft()
        if frame.picture is not None:
            self._picture = (frame.frame_id, self._read(frame.picture))
        kept_id, picture = self._picture
        self.framed.emit(frame, picture if kept_id == frame.frame_id else None)

    def _read(self, told: SlotPicture) -> Picture | None:
        """A copy of the picture; None where something newer lies in its place, or its writer is gone."""
        try:
            if self._reader is None or self._reader.name != told.memory:
                if self._reader is not None:
                    self._reader.close()
                self._reader = SlotReader(told.memory)
            data = self._reader.copy(told)
        except FileNotFoundError:
            return None
        return None if data is None else np.frombuffer(data, np.uint8).reshape(told.height, told.width, 3)
