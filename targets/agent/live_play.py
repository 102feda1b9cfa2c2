"""The live loop: takes frame after frame through the pipeline until it is stopped, and tells of each at once.

Nothing here waits for who listens. Rows are told of every frame; boxes and pictures only of so many a second as
somebody can look at.
"""

from __future__ import annotations

import queue
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .bench import COLUMNS as FRAME_COLUMNS
from .bench import Pipeline, Samples, timing
from .heads.base import Detections
from .live_plan import CAMERA, RATES, Begin, Live, LivePack
from .live_sources import Camera, Packs, Shot
from .protocol import E_USAGE, CommandError

COLUMNS: Tuple[Tuple[str, str], ...] = (*FRAME_COLUMNS, ("frame_id", "i"), ("dropped", "i"))
"""The stream `frames` of a live run: also the frame's running number, and how many were left out before it."""
BOX_COLUMNS: Tuple[Tuple[str, str], ...] = (
    ("mono_ns", "q"),
    ("frame_id", "i"),
    ("class", "h"),
    ("score", "f"),
    ("x0", "f"),
    ("y0", "f"),
    ("x1", "f"),
    ("y1", "f"),
)
"""The stream `boxes`: one row a box, in pixels of the model's input."""
TELL_EVERY_NS = 15_000_000
ALIVE_EVERY_NS = 500_000_000
WAIT_S = 0.05
MAX_FAILURES_IN_A_ROW = 3
JPEG_QUALITY = 82
_NS = 10**9

Send = Callable[[Dict[str, Any], List[Any]], None]


class Due(NamedTuple):
    """The frame whose turn it is."""

    at: int
    """Its place in the source; of a camera its running number."""
    arrival_ns: Optional[int]
    """None where it arrives when its turn comes."""
    dropped: int
    shot: Optional[Shot]


class Limiter:
    """Lets so many through in a second, evenly, with a quarter of a period to spare."""

    def __init__(self, rate_hz: float) -> None:
        self._period_ns = int(_NS / rate_hz) if rate_hz > 0 else 0
        self._due_ns = 0

    def lets(self, now_ns: int) -> bool:
        """Whether one may pass now."""
        if not self._period_ns or now_ns < self._due_ns - self._period_ns // 4:
            return False
        self._due_ns = max(self._due_ns, now_ns - self._period_ns) + self._period_ns
        return True


class Player:
    """One worker's live phase; its thread calls everything.

    Args:
        pipeline: from frame to detections.
        live: what is played, and how.
        begin: where it begins.
        blobs: where packs lie.
        controls: messages that come while it plays.
        send: hands a message on.
        stopped: True ends it.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        live: Live,
        begin: Begin,
        blobs: Path,
        controls: "queue.SimpleQueue[Dict[str, Any]]",
        send: Send,
        stopped: Callable[[], bool],
    ) -> None:
        self._pipeline, self._live, self._labels = pipeline, live, begin.labels
        self._controls, self._send, self._stopped = controls, send, stopped
        size = (pipeline.width, pipeline.height)
        is_camera = live.source.kind == CAMERA
        self._camera = Camera(live.source, size) if is_camera else None
        self._packs = None if is_camera else Packs(live.source, begin.packs, blobs, size)
        self._rate, self._fps = begin.rate, begin.fps or 0.0
        self._steps = begin.steps
        self._next_id, self._at = begin.next_id, begin.at
        self._clock_ns, self._ticks = time.monotonic_ns(), 0
        self._samples = Samples(columns=COLUMNS)
        self._boxes: List[Tuple[int, int, Detections]] = []
        self._pictures: List[Tuple[Dict[str, Any], Any]] = []
        self._boxes_limit = Limiter(live.boxes_hz)
        self._picture_limit, self._exact_limit = Limiter(live.picture_hz), Limiter(live.exact_hz)
        self._told_ns = 0
        self._waiting = ""
        self._dropped = self._frames = self._errors = self._in_a_row = 0

    def play(self) -> Dict[str, Any]:
        """Play until stopped; how many frames it were.

        Raises:
            CommandError: what the source or the runtime said.
        """
        try:
            while not self._stopped():
                self._take_controls()
                due = self._next()
                if due is not None:
                    self._one(due)
                self._tell(force=due is None)
            self._tell(force=True)
        finally:
            if self._camera is not None:
                self._camera.close()
        return {"frames": self._frames, "errors": self._errors, "dropped": self._dropped, "next_id": self._next_id}

    def _next(self) -> Optional[Due]:
        """The next frame; None after a moment without one."""
        if self._rate == "step" and not self._steps:
            self._wait("step")
            return None
        due = self._next_shot() if self._camera is not None else self._next_packed()
        if due is not None:
            self._waiting = ""
            self._steps = max(0, self._steps - 1)
        return due

    def _next_shot(self) -> Optional[Due]:
        camera = self._camera
        shot = None if camera is None else camera.take(WAIT_S)
        if shot is None:
            self._waiting = "frames"
            return None
        return Due(self._next_id, shot.mono_ns, shot.left_out if self._rate != "step" else 0, shot)

    def _next_packed(self) -> Optional[Due]:
        arrival_ns, skipped = self._arrival()
        if arrival_ns is not None and arrival_ns > time.monotonic_ns():
            return None
        packs = self._packs
        index = (self._at + skipped) % (packs.total if packs else 1)
        if packs is None or not packs.has(index):
            self._wait("frames")
            self._clock_ns, self._ticks = time.monotonic_ns(), 0  # what did not come in time is no drop of the device
            return None
        self._ticks += 1 + skipped
        self._at = (index + 1) % packs.total
        return Due(index, arrival_ns, skipped, None)

    def _arrival(self) -> Tuple[Optional[int], int]:
        """When the next frame arrives by the clock, after a wait of a moment at most, and how many are past already."""
        if self._rate != "camera":
            return None, 0
        period = _NS / self._fps
        now_ns = time.monotonic_ns()
        behind = int((now_ns - self._clock_ns) / period) - self._ticks
        skipped = max(0, behind)
        arrival_ns = self._clock_ns + int((self._ticks + skipped) * period)
        if arrival_ns > now_ns:
            self._tell(force=False)
            self._sleep(min(WAIT_S, (arrival_ns - time.monotonic_ns()) / _NS))
        return arrival_ns, skipped

    def _one(self, due: Due) -> None:
        frame_id = self._next_id
        label = (*self._labels, due.at)
        try:
            fitted = self._fetch(due)
            stamps, found, outputs = self._pipeline.run(time.monotonic_ns)
        except CommandError as error:
            self._fail(due, label, error)
            return
        bad = self._pipeline.check(found, outputs)
        row = (*timing(stamps, due.arrival_ns, label), len(found.scores), *bad, 0, frame_id, due.dropped)
        self._note(row, due.dropped)
        self._in_a_row = 0
        if self._boxes_limit.lets(stamps[-1]):
            self._boxes.append((row[0], frame_id, self._pipeline.detect_from(outputs, self._live.boxes_from)))
            self._show(due, frame_id, fitted, stamps[-1])

    def _fetch(self, due: Due) -> Any:
        """Bring the frame into the pipeline; of a camera, how it was fitted."""
        if due.shot is None or self._camera is None:
            if self._packs is not None:
                self._packs.read_into(due.at, self._pipeline.frame)
            return None
        fitted = self._camera.fit(due.shot.picture)
        self._pipeline.frame[:] = fitted.frame
        return fitted

    def _show(self, due: Due, frame_id: int, fitted: Any, now_ns: int) -> None:
        """Keep a camera's picture for those who watch: as JPEG, and now and then the fitted frame as it is."""
        if due.shot is None:
            return
        height, width = due.shot.picture.shape[:2]
        about = {"frame_id": frame_id, "width": width, "height": height, "fit": [float(value) for value in fitted[1:]]}
        if self._picture_limit.lets(now_ns):
            jpeg = encode_jpeg(due.shot.picture, self._live.picture_width)
            self._pictures.append((dict(about, form="jpeg"), jpeg))
        if self._exact_limit.lets(now_ns):
            self._pictures.append((dict(about, form="exact"), self._pipeline.frame.tobytes()))

    def _fail(self, due: Due, label: Tuple[int, ...], error: CommandError) -> None:
        moment_ns = time.monotonic_ns() if due.arrival_ns is None else due.arrival_ns
        self._note((moment_ns, *label, *[float("nan")] * 7, 0, 0, 0, 1, self._next_id, due.dropped), due.dropped)
        self._errors += 1
        self._in_a_row += 1
        if self._in_a_row >= MAX_FAILURES_IN_A_ROW:
            self._tell(force=True)
            raise error

    def _note(self, row: Sequence[Any], dropped: int) -> None:
        self._samples.add(row)
        self._next_id += 1
        self._frames += 1
        self._dropped += dropped

    def _tell(self, force: bool) -> None:
        """Send what there is: at once when nothing was sent for a while, else together with the next."""
        now_ns = time.monotonic_ns()
        idle = now_ns - self._told_ns >= ALIVE_EVERY_NS
        full = self._samples.rows == self._samples.capacity
        if not (idle or full or (self._samples.rows and (force or now_ns - self._told_ns >= TELL_EVERY_NS))):
            return
        rows, parts = self._samples.rows, self._samples.take()
        boxes = box_parts(self._boxes)
        data = {
            "rows": rows,
            "columns": COLUMNS,
            "boxes": sum(len(found.scores) for _, _, found in self._boxes),
            "box_columns": BOX_COLUMNS,
            "boxed": [frame_id for _, frame_id, _ in self._boxes],
            "next_id": self._next_id,
            "at": self._at,
            "waiting": self._waiting,
            "rate": self._rate,
            "fps": self._fps,
            "pictures": [about for about, _ in self._pictures],
        }
        self._send(data, [*parts, *boxes, *(pixels for _, pixels in self._pictures)])
        self._boxes, self._pictures, self._told_ns = [], [], now_ns

    def _wait(self, what: str) -> None:
        self._waiting = what
        self._tell(force=True)
        self._sleep(WAIT_S)

    def _sleep(self, seconds: float) -> None:
        """Sleep, unless a message comes."""
        try:
            self._apply(self._controls.get(timeout=max(seconds, 0.0001)))
        except queue.Empty:
            return

    def _take_controls(self) -> None:
        while not self._controls.empty():
            self._apply(self._controls.get())

    def _apply(self, message: Dict[str, Any]) -> None:
        """Do what was asked for; what is asked wrongly is left out, for nobody waits for an answer."""
        tell = message.get("tell")
        if tell == "rate" and message.get("rate") in RATES:
            self._rate, self._steps = str(message["rate"]), 0
            fps = message.get("fps")
            self._fps = float(fps) if isinstance(fps, (int, float)) and 0.001 <= fps <= 100000 else self._fps
            self._clock_ns, self._ticks = time.monotonic_ns(), 0
        elif tell == "step" and type(message.get("count")) is int:
            self._steps = min(10**6, self._steps + max(0, message["count"]))
        elif tell == "pack" and self._packs is not None:
            self._packs.add(int(message["place"]), LivePack(str(message["sha256"]), int(message["count"])))
        elif tell == "drop" and self._packs is not None:
            self._packs.drop(int(message["place"]))


def box_parts(boxes: Sequence[Tuple[int, int, Detections]]) -> List[bytes]:
    """The columns of `BOX_COLUMNS`, one buffer each."""
    import numpy as np

    counts = [len(found.scores) for _, _, found in boxes]
    edges = np.concatenate([np.zeros((0, 4), np.float32), *(found.boxes for _, _, found in boxes)]).astype("<f4")
    columns = [
        np.repeat(np.array([moment for moment, _, _ in boxes], "<i8"), counts),
        np.repeat(np.array([frame_id for _, frame_id, _ in boxes], "<i4"), counts),
        np.concatenate([np.zeros(0, "<i2"), *(found.classes for _, _, found in boxes)]).astype("<i2"),
        np.concatenate([np.zeros(0, "<f4"), *(found.scores for _, _, found in boxes)]).astype("<f4"),
        *(np.ascontiguousarray(edges[:, at]) for at in range(4)),
    ]
    return [column.tobytes() for column in columns]


def encode_jpeg(picture: Any, widest: int) -> bytes:
    """A picture as JPEG, made smaller where it is wider than that.

    Raises:
        CommandError: E_USAGE where it cannot be.
    """
    import cv2

    height, width = picture.shape[:2]
    if width > widest:
        picture = cv2.resize(picture, (widest, max(1, round(height * widest / width))), interpolation=cv2.INTER_AREA)
    good, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not good:
        raise CommandError(E_USAGE, "no JPEG can be made of a picture of %s" % (picture.shape,))
    return bytes(data.tobytes())
