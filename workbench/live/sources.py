"""What is played from this machine: a folder of images or a video, frame by frame, with its pictures."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.base.errors import UsageError
from workbench.base.hashing import sha256_bytes
from workbench.frames.resize import Fitting
from workbench.frames.source import ImageFolder, VideoFile, open_source

FOLDER_FPS = 30.0
PICTURE_WIDTH = 1280
"""Pictures are shown at this width at most."""


@dataclass(frozen=True)
class Picture:
    """A frame as it is shown."""

    pixels: NDArray[np.uint8]
    """[h, w, 3] BGR, contiguous; at most `PICTURE_WIDTH` wide."""
    width: int
    height: int
    """Of the frame in its source."""

    @property
    def scale(self) -> float:
        """From the frame to the picture."""
        return float(self.pixels.shape[1] / self.width)


class PlayedSource:
    """A source that lies on this machine; any thread may read it, one at a time.

    Args:
        path: a folder or a video.
        shown_as: how a person calls it.

    Raises:
        UsageError: it is neither, or holds nothing.
    """

    def __init__(self, path: Path, shown_as: str) -> None:
        self.path = path
        self.shown_as = shown_as
        self.opened = open_source(path)
        self.total = len(self.opened.names())
        self.is_video = isinstance(self.opened, VideoFile)
        self.fps: float = self.opened.fps if isinstance(self.opened, VideoFile) else FOLDER_FPS
        """Its own rate; of a folder a usual one."""
        self._reading = threading.Lock()

    def name(self, index: int) -> str:
        """What a frame is called."""
        return self.opened.names()[index]

    def read(self, index: int) -> NDArray[np.uint8]:
        """A frame as it is."""
        with self._reading:
            return self.opened.read(index)

    def identity(self, fitting: Fitting) -> str:
        """What its packs are kept under: changes where a file changes, by size and time."""
        if isinstance(self.opened, ImageFolder):
            files = [self.path / name for name in self.opened.names()]
        else:
            files = [self.path]
        try:
            seen = [(item.as_posix(), item.stat().st_size, item.stat().st_mtime_ns) for item in files]
        except OSError as error:
            raise UsageError(f"cannot read {self.shown_as}: {error.strerror}", "Choose another source.") from error
        return sha256_bytes(repr((seen, fitting)).encode())[:32]


def make_picture(frame: NDArray[np.uint8], widest: int = PICTURE_WIDTH) -> Picture:
    """A frame as it is shown, made smaller where it is wide."""
    height, width = frame.shape[:2]
    if width <= widest:
        return Picture(np.ascontiguousarray(frame), width, height)
    import cv2

    size = (widest, max(1, round(height * widest / width)))
    return Picture(np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8), width, height)
