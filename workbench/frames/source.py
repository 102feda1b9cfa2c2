"""Where frames come from: image folders and video files behind one small protocol."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.base.errors import UsageError
from workbench.base.hashing import sha256_bytes, sha256_file

IMAGE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"})
VIDEO_SUFFIXES = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm"})
MAX_PIXELS = 64_000_000

Image = NDArray[np.uint8]


class UnreadableFrame(UsageError):
    """A frame that cannot be decoded."""


class Source(Protocol):
    """Frames in a fixed order, each with a name that stays."""

    @property
    def path(self) -> Path:
        """The folder or file."""

    def names(self) -> Sequence[str]:
        """The frames' names, in order: paths inside the folder with `/`, or `frame000123` of a video."""

    def read(self, index: int) -> Image:
        """A frame as uint8 [h, w, 3], BGR; raises UnreadableFrame."""

    def digest(self, index: int) -> str:
        """sha256 of what the frame is made from: the file's bytes, or a video frame's pixels."""


class ImageFolder:
    """All images below a folder, sorted by name."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        found = sorted(
            item.relative_to(folder).as_posix() for item in folder.rglob("*") if item.suffix.lower() in IMAGE_SUFFIXES
        )
        if not found:
            raise UsageError(
                f"{folder} holds no image",
                f"Put images there ({', '.join(sorted(IMAGE_SUFFIXES))}) or name another folder.",
            )
        self._names = tuple(found)

    def names(self) -> Sequence[str]:
        """Paths inside the folder."""
        return self._names

    def read(self, index: int) -> Image:
        """Decode one file."""
        import cv2

        path = self.path / self._names[index]
        try:
            data = np.frombuffer(path.read_bytes(), np.uint8)
        except OSError as error:
            raise UnreadableFrame(f"cannot read the frame {path}: {error.strerror}") from error
        image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
        if image is None:
            raise UnreadableFrame(
                f"cannot decode the frame {path}", "Replace or remove this file; it is not an image that OpenCV reads."
            )
        return _bounded(np.asarray(image, np.uint8), path)

    def digest(self, index: int) -> str:
        """sha256 of the file."""
        return sha256_file(self.path / self._names[index])


class VideoFile:
    """The frames of a video; made for reading forwards, and jumping where it must."""

    def __init__(self, path: Path) -> None:
        import cv2

        self.path = path
        self._capture = cv2.VideoCapture(str(path))
        count = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)) if self._capture.isOpened() else 0
        if count <= 0:
            raise UsageError(
                f"cannot open the video {path}", "Name a video that OpenCV can read, or a folder of images."
            )
        self._names = tuple(f"frame{index:06d}" for index in range(count))
        self._next = 0

    def names(self) -> Sequence[str]:
        """One name a frame of the container's count."""
        return self._names

    def read(self, index: int) -> Image:
        """Decode one frame."""
        import cv2

        if index != self._next:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, index)
        good, image = self._capture.read()
        self._next = index + 1
        if not good or image is None:
            raise UnreadableFrame(
                f"cannot decode {self._names[index]} of {self.path}",
                "The video is shorter than its header says, or damaged there: cut or re-encode it.",
            )
        return _bounded(np.asarray(image, np.uint8), self.path)

    def digest(self, index: int) -> str:
        """sha256 of the frame's pixels."""
        return sha256_bytes(np.ascontiguousarray(self.read(index)).data)


def open_source(path: Path) -> Source:
    """The source for a folder of images or a video file; raises UsageError with what would be allowed."""
    if path.is_dir():
        return ImageFolder(path)
    if path.is_file() and path.suffix.lower() in VIDEO_SUFFIXES:
        return VideoFile(path)
    found = "is not there" if not path.exists() else "is neither a folder nor a video"
    raise UsageError(
        f"{path} {found}", f"Name a folder of images or a video file ({', '.join(sorted(VIDEO_SUFFIXES))})."
    )


def _bounded(image: Image, path: Path) -> Image:
    if image.ndim != 3 or image.shape[0] * image.shape[1] > MAX_PIXELS:
        raise UnreadableFrame(f"the frame {path} has {image.shape} pixels; at most {MAX_PIXELS} in all are taken")
    return image
