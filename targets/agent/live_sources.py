"""Where a live phase takes its frames from: packs on this board, played round and round, or the board's camera."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

from .fitting import Fitted, fit
from .frames import FramePack
from .live_plan import LivePack, LiveSource
from .protocol import E_MISSING, E_RUNTIME, E_USAGE, CommandError

OPEN_S = 10.0
SILENT_S = 5.0
"""A camera that gives no frame for so long has failed."""
_NS = 10**9


class Packs:
    """Frames of a source by their place in it; packs come and go while it plays."""

    def __init__(self, source: LiveSource, packs: Mapping[int, LivePack], blobs: Path, size: Tuple[int, int]) -> None:
        self.total = source.total
        self._each = source.each
        self._blobs = blobs
        self._size = size
        self._open: Dict[int, FramePack] = {}
        for place, pack in packs.items():
            self.add(place, pack)

    def add(self, place: int, pack: LivePack) -> None:
        """Take a pack that lies on the board now.

        Raises:
            CommandError: it is not there, no pack, or of another size.
        """
        opened = FramePack(str(self._blobs / pack.sha256))
        expected = min(self._each, self.total - place * self._each)
        if (opened.width, opened.height) != self._size or opened.count != expected or opened.count != pack.frames:
            opened.close()
            raise CommandError(E_USAGE, "the pack %s does not fit the others" % pack.sha256[:12])
        self.drop(place)
        self._open[place] = opened

    def drop(self, place: int) -> None:
        """Forget a pack, whose file may go then."""
        known = self._open.pop(place, None)
        if known is not None:
            known.close()

    def place_of(self, index: int) -> int:
        """The pack that a frame lies in."""
        return index // self._each

    def has(self, index: int) -> bool:
        """Whether a frame is here now."""
        return self.place_of(index) in self._open

    def read_into(self, index: int, frame: Any) -> None:
        """Fill `frame` with frame `index`, which is here."""
        self._open[self.place_of(index)].read_into(index % self._each, frame)


class Shot(NamedTuple):
    """A frame of the camera."""

    picture: Any
    """uint8 [h, w, 3], BGR, as the camera gave it."""
    mono_ns: int
    """When it came."""
    left_out: int
    """Frames since the one before that nobody took."""


class Camera:
    """The board's camera through its own OpenCV; a thread reads it, and the newest frame waits."""

    def __init__(self, source: LiveSource, size: Tuple[int, int]) -> None:
        """Open it.

        Raises:
            CommandError: E_MISSING, with what to do: no OpenCV, no GStreamer in it, or no such camera.
        """
        self._source, self._size = source, size
        self._capture, self._pace_s = open_camera(source.device)
        self._changed = threading.Condition()
        self._shot: Optional[Shot] = None
        self._left_out = 0
        self._silent_since_s = time.monotonic()
        self._closed = False
        threading.Thread(target=self._read, name="camera", daemon=True).start()

    def take(self, timeout_s: float) -> Optional[Shot]:
        """The newest frame that was not taken yet; None where none came in time.

        Raises:
            CommandError: E_RUNTIME where the camera gives none any more.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._shot is not None, timeout_s)
            shot, self._shot, self._left_out = self._shot, None, 0
        if shot is None and time.monotonic() - self._silent_since_s > SILENT_S:
            text = "the camera %s has given no frame for %d s" % (self._source.device[:200], SILENT_S)
            raise CommandError(E_RUNTIME, text, "Check its cable, and whether another program uses it.")
        return shot

    def fit(self, picture: Any) -> Fitted:
        """A frame at the model's size."""
        source = self._source
        return fit(picture, self._size, source.mode, source.pad, source.anchor)

    def close(self) -> None:
        """Let the thread end; it lets go of the camera."""
        self._closed = True

    def _read(self) -> None:
        next_s = time.monotonic()
        while not self._closed:
            good, picture = self._capture.read()
            if not good or picture is None or getattr(picture, "ndim", 0) != 3:
                self._begin_again()
                continue
            self._silent_since_s = time.monotonic()
            with self._changed:
                if self._shot is not None:
                    self._left_out += 1
                self._shot = Shot(picture, time.monotonic_ns(), self._left_out)
                self._changed.notify_all()
            if self._pace_s:
                next_s = max(next_s + self._pace_s, time.monotonic() - self._pace_s)
                time.sleep(max(0.0, next_s - time.monotonic()))
        self._capture.release()

    def _begin_again(self) -> None:
        """A recording that is played as a camera begins again at its end; a camera may have a frame a moment later."""
        if self._pace_s:
            self._capture.set(_cv2().CAP_PROP_POS_FRAMES, 0)
        time.sleep(0.01)


def open_camera(device: str) -> Tuple[Any, float]:
    """A capture, and the seconds between two frames of a recording, which has no clock; 0 for a camera.

    Raises:
        CommandError: E_MISSING.
    """
    cv2 = _cv2()
    pipeline = "!" in device
    if pipeline and not _has_gstreamer(cv2):
        hint = "Install an OpenCV with GStreamer on the board (on a Jetson: apt's python3-opencv), or name a device."
        raise CommandError(E_MISSING, "the board's OpenCV knows no GStreamer, which a pipeline needs", hint)
    opened: List[Any] = []
    _within(OPEN_S, lambda: opened.append(_open(cv2, device, pipeline)))
    if not opened or not opened[0].isOpened():
        hint = "See `ls /dev/video*` on the board, whether your account there is in the group video, and whether "
        raise CommandError(
            E_MISSING, "the camera %s cannot be opened" % device[:200], hint + "another program uses it."
        )
    capture = opened[0]
    recorded = capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0
    fps = capture.get(cv2.CAP_PROP_FPS)
    return capture, (1.0 / fps if 0 < fps < 1000 else 1 / 30) if recorded else 0.0


def _open(cv2: Any, device: str, pipeline: bool) -> Any:
    if device.isdigit():
        return cv2.VideoCapture(int(device))
    return cv2.VideoCapture(device, cv2.CAP_GSTREAMER) if pipeline else cv2.VideoCapture(device)


def _within(limit_s: float, act: Callable[[], None]) -> None:
    """Do something that may hang in a driver; it is left behind then."""
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(limit_s)


def _cv2() -> Any:
    try:
        import cv2
    except ImportError as error:
        hint = "Install it there: `python3 -m pip install opencv-python-headless` in the board's environment "
        raise CommandError(
            E_MISSING,
            "the board's Python has no OpenCV (cv2), which its camera needs",
            hint + "(on a Jetson: apt's python3-opencv), or play a folder or a video from here.",
            str(error),
        ) from error
    return cv2


def _has_gstreamer(cv2: Any) -> bool:
    lines = [line for line in cv2.getBuildInformation().splitlines() if "GStreamer" in line]
    return any("YES" in line for line in lines)
