"""Where frames come from: image folders and video files behind one small protocol."""

from __future__ import annotations

import os
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
MAX_FILE_BYTES = 1 << 30
MAX_VIDEO_FRAMES = 10_000_000
MAX_FPS, USUAL_FPS = 1000.0, 30.0
# OpenCV reads this when it is imported, which functions do later: a larger image it refuses before it takes memory.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))

_REPLACE = "Replace or remove this file."

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
        """sha256 of what a frame is made from: the file's bytes, or a video's pixels; raises UnreadableFrame."""


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
        return self.read_file(self.path / self._names[index])

    @staticmethod
    def read_file(path: Path) -> Image:
        """Decode one image file from anywhere, as uint8 [h, w, 3] BGR; raises UnreadableFrame."""
        import cv2

        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                raise UnreadableFrame(f"the frame {path} has more than {MAX_FILE_BYTES} bytes", _REPLACE)
            data = np.frombuffer(path.read_bytes(), np.uint8)
            image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
        except OSError as error:
            raise UnreadableFrame(f"cannot read the frame {path}: {error.strerror}", _REPLACE) from error
        except cv2.error as error:  # more pixels than OpenCV takes
            raise UnreadableFrame(f"cannot decode the frame {path}", _REPLACE, str(error)) from error
        if image is None:
            raise UnreadableFrame(f"cannot decode the frame {path}: it is no image that OpenCV reads", _REPLACE)
        return _bounded(np.asarray(image, np.uint8), path)

    def digest(self, index: int) -> str:
        """sha256 of the file."""
        path = self.path / self._names[index]
        try:
            return sha256_file(path)
        except OSError as error:
            raise UnreadableFrame(f"cannot read the frame {path}: {error.strerror}", _REPLACE) from error


class VideoFile:
    """The frames of a video; made for reading forwards, jumping where it must. The file is free with the object."""

    def __init__(self, path: Path) -> None:
        import cv2

        self.path = path
        self._capture = cv2.VideoCapture(str(path))
        count = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)) if self._capture.isOpened() else 0
        if not 0 < count <= MAX_VIDEO_FRAMES:
            self._capture.release()
            why = f": it says that it has {count} frames" if count else ""
            hint = f"Name a video of 1 to {MAX_VIDEO_FRAMES} frames that OpenCV can read, or a folder of images."
            raise UsageError(f"cannot open the video {path}{why}", hint)
        width, height = (int(self._capture.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        if width * height > MAX_PIXELS:
            self._capture.release()
            text = f"the frames of {path} have {width} x {height} pixels; at most {MAX_PIXELS} in all are taken"
            raise UsageError(text, "Make the video smaller.")
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps: float = float(fps) if 0 < fps <= MAX_FPS else USUAL_FPS
        """Frames a second, as its header says; a usual rate where it says none."""
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
        sizes = " x ".join(str(size) for size in image.shape[1::-1])
        raise UnreadableFrame(
            f"the frame {path} has {sizes} pixels; at most {MAX_PIXELS} in all are taken", "Make it smaller."
        )
    return image
