"""Makes the frame that is shown: its picture in shared memory, its boxes matched with the reference's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from workbench.base.errors import SlipwayError
from workbench.base.live import LiveFrame, SlotPicture
from workbench.evaluate.matching import Detections
from workbench.frames.resize import Fit
from workbench.frames.slots import SlotWriter
from workbench.frames.source import UnreadableFrame
from workbench.live.boxes import show_boxes
from workbench.live.segments import Segments, decode_jpeg
from workbench.live.sources import PICTURE_WIDTH, Picture
from workbench.live.state import LiveState, SeenFrame

MAX_HEIGHT = 1600
WAIT_S = 0.25
THERE, PENDING, OFF = "there", "pending", "off"


@dataclass(frozen=True)
class ReferenceDesk:
    """How the shower asks for the reference: None of a frame that is not there yet."""

    of: Callable[[str], Detections | None]
    off_text: str = ""
    """Why there is none at all; empty where there is."""


@dataclass(frozen=True)
class Told:
    """What is the same for all frames of a run."""

    job_id: str
    source: str
    class_names: tuple[str, ...]
    show_pictures: bool
    period_s: float


class Shower:
    """One thread from `start` to `stop`.

    Args:
        told: what stays the same.
        state: of the run.
        segments: of a source of this machine; None for a camera.
        reference: where the reference's boxes come from.
        age_ms: how old a moment of the board's clock is now; None where the clocks are not known.
        publish: takes each frame.
    """

    def __init__(
        self,
        told: Told,
        state: LiveState,
        segments: Segments | None,
        reference: ReferenceDesk,
        age_ms: Callable[[int], float | None],
        publish: Callable[[LiveFrame], None],
    ) -> None:
        self._told, self._state, self._segments = told, state, segments
        self._reference, self._age_ms, self._publish = reference, age_ms, publish
        self._changed = threading.Condition()
        self._asked: list[int | None] = []
        self._new = self._stopped = False
        self._slots: SlotWriter | None = None
        self._revision = 0
        self._shown: tuple[int, str, SlotPicture | None, float] | None = None
        """Frame id, what its reference was, its picture and the picture's scale."""
        self._looked_at: int | None = None
        """A frame that somebody holds, paused."""
        self.confidence = 0.25
        self.pending = self.ready = 0
        self.trouble: SlipwayError | None = None
        self._thread = threading.Thread(target=self._work, name="live shower", daemon=True)

    def start(self, confidence: float) -> None:
        """Begin."""
        self.confidence = confidence
        self._thread.start()

    def stop(self) -> None:
        """End the thread and let go of the pictures."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()
        if self._slots is not None:
            self._slots.close()

    def frame_came(self, _frame_id: int) -> None:
        """There are new boxes; any thread."""
        with self._changed:
            self._new = True
            self._changed.notify_all()

    def reference_came(self, _name: str) -> None:
        """The reference of some frame is there; any thread."""
        with self._changed:
            if self._shown is not None and self._shown[1] == PENDING:
                self._asked.append(self._looked_at)
                self._changed.notify_all()

    def show_again(self, confidence: float, frame_id: int | None) -> None:
        """Match anew; `frame_id` None is the newest one."""
        with self._changed:
            self.confidence, self._looked_at = confidence, frame_id
            self._asked.append(frame_id)
            self._changed.notify_all()

    def _work(self) -> None:
        next_s = time.monotonic()
        try:
            while self._await():
                with self._changed:
                    asked, self._asked = list(dict.fromkeys(self._asked)), []
                    new, self._new = self._new, False
                for frame_id in asked:
                    self._show(frame_id, again=True)
                if new:
                    self._show(None, again=False)
                    next_s = max(next_s + self._told.period_s, time.monotonic())
                    self._rest(next_s)
        except SlipwayError as error:
            self.trouble = error

    def _await(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._new or self._asked or self._stopped)
            return not self._stopped

    def _rest(self, until_s: float) -> None:
        """Show no more frames than can be looked at; what is asked for comes at once."""
        with self._changed:
            left_s = until_s - time.monotonic()
            if left_s > 0:
                self._changed.wait_for(lambda: self._asked or self._stopped, left_s)

    def _show(self, frame_id: int | None, *, again: bool) -> None:
        frame = self._state.frame(frame_id)
        if frame is None:
            return
        same = self._shown is not None and self._shown[0] == frame.frame_id
        if same and not again:
            return
        found, fit, scale, slot, why_not = self._gather(frame, same=same)
        reference, state = self._refer(frame)
        if fit is None:
            return
        shown = show_boxes(frame.device, reference, self.confidence, self._told.class_names, fit, scale)
        self._revision += 1
        age_ms = self._age_ms(frame.mono_ns)
        self._publish(
            LiveFrame(
                job_id=self._told.job_id,
                frame_id=frame.frame_id,
                revision=self._revision,
                source=self._told.source,
                name="" if self._segments is None else self._segments.source.name(frame.index),
                index=frame.index,
                t_s=self._state.seconds(frame.mono_ns),
                taken_utc=self._clock_text(frame.mono_ns),
                age_ms=age_ms,
                confidence=self.confidence,
                reference=state,
                reference_text=self._reference_text(state),
                boxes=shown.boxes,
                picture=found,
                picture_text=why_not,
                frame_width=fit.width,
                frame_height=fit.height,
                matched=shown.matched,
                missed=shown.missed,
                device_only=shown.device_only,
                latency_ms=frame.latency_ms,
                arrived_s=None if age_ms is None else time.monotonic() - age_ms / 1e3,
            )
        )
        self._count(state, again=same)
        self._shown = (frame.frame_id, state, slot, scale)

    def _gather(
        self, frame: SeenFrame, *, same: bool
    ) -> tuple[SlotPicture | None, Fit | None, float, SlotPicture | None, str]:
        """The picture to tell (None where it was told before), fit, scale, the picture that lies there, why none."""
        if same and self._shown is not None:
            return None, self._fit_of(frame), self._shown[3], self._shown[2], ""
        found = self._picture_of(frame) if self._told.show_pictures else None
        if found is None:
            why_not = "This frame's picture is not at hand." if self._told.show_pictures else ""
            return None, self._fit_of(frame), 1.0, None, why_not
        picture, fit = found
        slot = self._write(picture)
        return slot, fit, picture.scale, slot, ""

    def _fit_of(self, frame: SeenFrame) -> Fit | None:
        if self._segments is not None:
            found = self._segments.known(frame.index)
            return None if found is None else found[0].fits[found[1]]
        picture = self._state.picture(frame.frame_id) or self._state.exact(frame_id=frame.frame_id)
        return None if picture is None else picture.fit

    def _picture_of(self, frame: SeenFrame) -> tuple[Picture, Fit] | None:
        if self._segments is not None:
            return self._segments.picture(frame.index)
        picture = self._state.picture(frame.frame_id)
        if picture is None:
            return None
        try:
            pixels = decode_jpeg(picture.data)
        except UnreadableFrame:
            return None
        return Picture(pixels, picture.fit.width, picture.fit.height), picture.fit

    def _write(self, picture: Picture) -> SlotPicture | None:
        height, width = picture.pixels.shape[:2]
        if height > MAX_HEIGHT or width > PICTURE_WIDTH:
            return None
        if self._slots is None:
            self._slots = SlotWriter(PICTURE_WIDTH, MAX_HEIGHT)
        return self._slots.write(picture.pixels, width, height)

    def _refer(self, frame: SeenFrame) -> tuple[Detections | None, str]:
        if self._reference.off_text:
            return None, OFF
        name = self._name_of(frame)
        found = None if name is None else self._reference.of(name)
        return found, PENDING if found is None else THERE

    def _name_of(self, frame: SeenFrame) -> str | None:
        if self._segments is None:
            exact = self._state.exact(frame_id=frame.frame_id)
            return None if exact is None else exact.name
        found = self._segments.known(frame.index)
        return None if found is None else f"{found[0].sha256}/{found[1]}"

    def _reference_text(self, state: str) -> str:
        if state == OFF:
            return self._reference.off_text
        return "Reference pending" if state == PENDING else "Reference: ONNX Runtime, FP32"

    def _count(self, state: str, *, again: bool) -> None:
        if not again:
            self.pending += state == PENDING
            self.ready += state == THERE

    def _clock_text(self, mono_ns: int) -> str:
        age_ms = self._age_ms(mono_ns)
        moment = time.time() - (age_ms or 0.0) / 1e3
        return datetime.fromtimestamp(moment, UTC).strftime("%H:%M:%S.%f")[:-3]
