"""Frames: the pack that they come in, and the way from a uint8 frame to the engine's input.

The desktop imports `Preprocessor` too, so that reference and device see the same numbers.
"""

from __future__ import annotations

import os
import struct
from ast import literal_eval
from pathlib import Path
from typing import Any, List, Tuple

import numpy as np

from .plan import Preprocess
from .protocol import E_HASH, E_MISSING, E_USAGE, CommandError

_MAGIC = b"\x93NUMPY"
CHANNELS = 3


class FramePack:
    """A `.npy` file of uint8 [count, height, width, 3], BGR; frames are read one at a time, so memory stays small."""

    def __init__(self, path: str) -> None:
        """Open and check the pack.

        Raises:
            CommandError: E_MISSING where it is not there, E_HASH where it is no such pack.
        """
        try:
            self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise CommandError(E_MISSING, "the frames %s cannot be read" % Path(path).name) from error
        shape, self._offset = _read_header(self._handle)
        self.count, self.height, self.width = shape[:3]
        self.frame_bytes = self.height * self.width * CHANNELS
        size = os.fstat(self._handle).st_size
        if size != self._offset + self.count * self.frame_bytes:
            raise CommandError(E_HASH, "the frames' pack has %d bytes; its header says otherwise" % size)

    def read_into(self, index: int, frame: Any) -> None:
        """Fill `frame`, uint8 [height, width, 3] and contiguous, with frame `index`."""
        if not 0 <= index < self.count:
            raise CommandError(E_USAGE, "there is no frame %d; the pack has %d" % (index, self.count))
        view = memoryview(frame).cast("B")
        done = 0
        while done < self.frame_bytes:
            got = os.preadv(self._handle, [view[done:]], self._offset + index * self.frame_bytes + done)
            if not got:
                raise CommandError(E_HASH, "the frames' pack ends inside frame %d" % index)
            done += got

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)


def find_misfits(settings: Preprocess, dtype: str) -> List[str]:
    """Which of `scale`, `mean` and `std` an input of this type cannot take: bytes hold pixels only as they are."""
    if dtype != "uint8":
        return []
    usual = (("scale", (settings.scale,), 1.0), ("mean", settings.mean, 0.0), ("std", settings.std, 1.0))
    return [name for name, values, plain in usual if any(value != plain for value in values)]


class Preprocessor:
    """Colour order, scale, mean and deviation, into one buffer that is used again and again.

    Computed in float32 channel by channel, whatever type and layout the engine's input has.
    """

    def __init__(self, settings: Preprocess, height: int, width: int, dtype: str = "float32") -> None:
        """Make the buffer.

        Raises:
            CommandError: E_USAGE where the input takes bytes and pixels would become something else.
        """
        misfits = find_misfits(settings, dtype)
        if misfits:
            text = "the engine takes pixels as they are, in uint8; %s would change them" % ", ".join(misfits)
            raise CommandError(E_USAGE, text, "Set scale 1, mean 0 and std 1.")
        self._settings = settings
        self.size = (height, width)
        channels_last = settings.layout == "NHWC"
        shape = (1, height, width, CHANNELS) if channels_last else (1, CHANNELS, height, width)
        self.buffer = np.zeros(shape, dtype=dtype)
        """The engine's input, [1, 3, height, width] or [1, height, width, 3]; each call overwrites it."""
        self._planes = [self.buffer[0, :, :, at] if channels_last else self.buffer[0, at] for at in range(CHANNELS)]
        self._scratch = None if dtype == "float32" else np.zeros((height, width), dtype=np.float32)
        order = (2, 1, 0) if settings.color == "rgb" else (0, 1, 2)
        self._channels = [
            (
                target,
                source,
                np.float32(settings.scale / settings.std[target]),
                np.float32(-settings.mean[target] / settings.std[target]),
            )
            for target, source in enumerate(order)
        ]

    def fork(self) -> Preprocessor:
        """Another one with a buffer of its own."""
        return Preprocessor(self._settings, self.size[0], self.size[1], self.buffer.dtype.name)

    def __call__(self, frame: Any) -> Any:
        """From uint8 [height, width, 3] BGR to `buffer`, which it returns."""
        for target, source, factor, offset in self._channels:
            plane = self._planes[target]
            out = plane if self._scratch is None else self._scratch
            np.multiply(frame[:, :, source], factor, out=out, dtype=np.float32, casting="unsafe")
            if offset:
                np.add(out, offset, out=out)
            if out is not plane:
                np.copyto(plane, out, casting="unsafe")
        return self.buffer


def _read_header(handle: int) -> Tuple[Tuple[int, int, int, int], int]:
    """Shape and data offset of a version 1.0 `.npy` file of uint8 frames; the text is read as a literal, never run."""
    start = os.pread(handle, 4096, 0)
    if start[:6] != _MAGIC or start[6:8] != b"\x01\x00" or len(start) < 10:
        raise CommandError(E_HASH, "the frames' pack is no .npy file of version 1.0")
    (length,) = struct.unpack("<H", start[8:10])
    try:
        header = literal_eval(start[10 : 10 + length].decode("latin-1").strip())
        shape = tuple(int(size) for size in header["shape"])
        good = header["descr"] == "|u1" and header["fortran_order"] is False
    except (ValueError, SyntaxError, KeyError, TypeError) as error:
        raise CommandError(E_HASH, "the frames' pack has a header that cannot be read") from error
    if not good or len(shape) != 4 or shape[3] != CHANNELS or min(shape) < 1:
        raise CommandError(
            E_HASH, "the frames' pack holds %s %s; expected uint8 [n, h, w, 3]" % (header["descr"], shape)
        )
    return (shape[0], shape[1], shape[2], shape[3]), 10 + length
