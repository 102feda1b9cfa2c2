"""A live run on the page: pictures and plots as they come, paused or not; recording goes on in either case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from ui.pages.live.intake import Intake
from ui.pages.live.stage import Stage, frame_caption, size_caption
from ui.widgets.frame_view import Picture
from ui.widgets.states import end_of
from ui.widgets.ticks import since_text
from workbench.base.events import JobState
from workbench.base.live import LiveBatch, LiveBox, LiveFrame
from workbench.orders.live import CAMERA_PREFIX, LiveOrder, Mark, SetConfidence, SetRate, Step

if TYPE_CHECKING:
    from workbench.jobs.handle import JobHandle

LABELS_MS = 250
NEAR_S = 0.02
"""A frame this near to the moment under the cursor is the frame of this moment."""
STARTING = "Starting: the first frames are made ready"
QUEUED = "Waits until the board is free; the job panel says for what"
STATES = {"starting": "Starting", "playing": "Live", "waiting": "Waiting", "stopping": "Stopping"}


class Playing(QObject):
    """Shows one live run until it is let go of."""

    changed = Signal()
    """Paused or not, and what is said of the state, may be another; at most four times a second."""
    moment_wanted = Signal(float)
    """Paused, somebody looks at this moment, of which the picture is not at hand."""
    refused = Signal(object)
    """The ErrorText of what the run did not take."""

    def __init__(self, stage: Stage, handle: JobHandle, order: LiveOrder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._closed = False
        self._stage = stage
        self.order = order
        self.of_camera = order.source.startswith(CAMERA_PREFIX)
        self.intake = Intake(handle, order.rate, self)
        self.frame: LiveFrame | None = None
        self.picture: Picture | None = None
        self._newest: tuple[LiveFrame, Picture | None] | None = None
        self._asks_first = order.rate == "step"
        self.intake.advanced.connect(self._on_advanced)
        self.intake.framed.connect(self._on_framed)
        self.intake.marked.connect(self._on_marked)
        self.intake.refused.connect(self.refused)
        stage.axis.range_changed.connect(self._on_range)
        stage.axis.cursor_changed.connect(self._on_cursor)
        stage.video.confidence_changed.connect(self._on_confidence)
        stage.video.box_chosen.connect(self._on_box)
        self._labels = QTimer(self)
        self._labels.setInterval(LABELS_MS)
        self._labels.timeout.connect(self._show_labels)
        self._labels.start()
        stage.wall.show_feed(self.intake.feed, own=True)
        stage.video.view.set_live(True)
        stage.video.say(QUEUED)

    @property
    def paused(self) -> bool:
        """Whether the page stands still; the run goes on."""
        return not self._stage.axis.following

    @property
    def working(self) -> bool:
        """Whether the run has not ended."""
        return self.intake.working

    @property
    def run(self) -> str:
        """The run's id; empty until it is known."""
        return "" if self.intake.batch is None else self.intake.batch.run

    @property
    def recorded_text(self) -> str:
        """For how long it has been recorded."""
        return since_text(self.intake.now_s)

    @property
    def state(self) -> tuple[str, str]:
        """A state and its word."""
        batch, ended = self.intake.batch, self.intake.handle.ended
        if ended is not None:
            return end_of(ended.state.value)
        if not self.intake.began:
            return "waiting", "Queued"
        if self.intake.silent_s:
            return "warn", f"No data for {self.intake.silent_s:.0f} s"
        if self.paused:
            return "waiting", "Paused, recording"
        state = "starting" if batch is None else batch.state
        return ("ok" if state == "playing" else "running"), STATES.get(state, state)

    def pause(self) -> None:
        """Let the page stand still."""
        self._stage.axis.hold()

    def step(self) -> None:
        """Play one frame more."""
        self.intake.tell(Step())

    def set_rate(self, rate: str) -> None:
        """Go on at another rate."""
        self.intake.feed.expect_pauses(of_frames=rate == "step")
        self.intake.tell(SetRate(rate))

    def mark(self, text: str, t_s: float) -> None:
        """Put a mark on the time axis and into the record."""
        self.intake.tell(Mark(text, t_s))

    def close(self) -> None:
        """Show it no more; what is drawn stays. A run that ended is closed already when the page leaves it."""
        if self._closed:
            return
        self._closed = True
        self._labels.stop()
        self.intake.close()
        self._show_labels()
        ended = self.intake.handle.ended
        if ended is not None and ended.state is JobState.LOST:
            self._stage.mark_loss()
        if self.frame is None:
            self._stage.video.say("It ended before a frame was shown")
        self._stage.wall.clock.stop()
        self._stage.wall.refresh()
        self._stage.video.view.set_live(False)
        self._stage.axis.range_changed.disconnect(self._on_range)
        self._stage.axis.cursor_changed.disconnect(self._on_cursor)
        self._stage.video.confidence_changed.disconnect(self._on_confidence)
        self._stage.video.box_chosen.disconnect(self._on_box)

    def _on_advanced(self, batch: LiveBatch) -> None:
        self._stage.axis.set_extent(0.0, batch.t_s)
        if self._asks_first and batch.state == "waiting":
            self._asks_first = False
            self.step()  # a page that waits for the first step has nothing to show

    def _on_framed(self, frame: LiveFrame, picture: Picture | None) -> None:
        self._newest = (frame, picture)
        shown = self.frame
        if self.paused and (shown.frame_id != frame.frame_id if shown is not None else self._elsewhere(frame)):
            return
        self._show(frame, picture)

    def _elsewhere(self, frame: LiveFrame) -> bool:
        """Whether the cursor stands on another moment than a frame's."""
        moment_s = self._stage.axis.cursor_s
        return moment_s is not None and abs(frame.t_s - moment_s) > NEAR_S

    def _show(self, frame: LiveFrame, picture: Picture | None) -> None:
        if picture is None and self.frame is not None and self.frame.frame_id == frame.frame_id:
            picture = self.picture
        self.frame, self.picture = frame, picture
        if picture is None:
            self._stage.video.say(frame.picture_text or "The picture of this frame was overtaken by a newer one")
        else:
            self._stage.show_frame(frame.frame_id, picture, frame.boxes, frame.reference, badge_of(frame))
        fps = None if self.intake.batch is None else self.intake.batch.fps
        self._stage.video.view.set_captions(
            frame_caption(frame.name, frame.frame_id, frame.taken_utc),
            size_caption(frame.frame_width, frame.frame_height, fps, frame.age_ms),
        )

    def _on_marked(self) -> None:
        self._stage.show_marks(self.intake.marks)

    def _on_range(self) -> None:
        self._stage.video.view.set_live(not self.paused)
        if not self.paused and self._newest is not None:
            self._show(*self._newest)
        self.changed.emit()

    def _on_cursor(self, moment_s: float | None) -> None:
        if moment_s is None:
            return
        self.pause()
        newest = self._newest
        if newest is not None and abs(newest[0].t_s - moment_s) <= NEAR_S:
            self._show(*newest)
        elif self.frame is None or abs(self.frame.t_s - moment_s) > NEAR_S:
            # The picture of another moment, and its boxes, must not stand under this one; nor may M note that frame.
            self.frame = self.picture = None
            self._stage.video.say("What was recorded of this moment is looked for")
            self.changed.emit()
            self.moment_wanted.emit(moment_s)

    def _on_confidence(self, confidence: float) -> None:
        of = self.frame.frame_id if self.paused and self.frame is not None else None
        self.intake.tell(SetConfidence(confidence, of))

    def _on_box(self, box: LiveBox | None) -> None:
        if box is not None:
            self.pause()
        self._stage.inspector.show_box(box)

    def _show_labels(self) -> None:
        batch = self.intake.batch
        self._stage.video.timeline.refresh()
        if batch is not None:
            if self.intake.silent_s:
                self._stage.axis.set_extent(0.0, self.intake.now_s)
            self._stage.tiles.show_tiles(batch.tiles)
            ended = self.intake.handle.ended
            words = status_text(batch, self.intake.silent_s) if ended is None else end_text(ended.state)
            self._stage.video.status.setText(words)
        elif self.frame is None and self.working:
            self._stage.video.say(STARTING if self.intake.began else QUEUED)
        self.changed.emit()


def badge_of(frame: LiveFrame) -> str:
    """What is said in the picture of a reference that is not there."""
    return {"pending": "reference pending", "off": frame.reference_text or "no reference"}.get(frame.reference, "")


def end_text(state: JobState) -> str:
    """What stands in place of frames per second once nothing comes any more."""
    if state is JobState.LOST:
        return "Nothing comes any more; what the board recorded is fetched by the next job on it"
    return "Nothing comes any more"


def status_text(batch: LiveBatch, silent_s: float) -> str:
    """Frames per second, age and drops in one line; what is silent says for how long."""
    if silent_s:
        return f"Nothing heard for {silent_s:.0f} s; what the board records meanwhile is fetched later"
    parts = [f"{batch.fps:.1f} frames/s" if batch.fps is not None else "no frames yet"]
    if batch.age_ms is not None:
        p99 = "" if batch.age_p99_ms is None else f" (p99 {batch.age_p99_ms:.0f})"
        parts.append(f"age {batch.age_ms:.0f} ms{p99}")
    parts += [f"{batch.dropped} dropped", f"{batch.lost} not shown"]
    parts += [f"{batch.errors} failed"] if batch.errors else []
    parts += [f"link {batch.link_ms:.1f} ms"] if batch.link_ms is not None else []
    parts += [f"{batch.reference_pending} references pending"] if batch.reference_pending else []
    return "   ".join(parts)
