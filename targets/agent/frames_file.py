"""The frames' pack as a plain file, for the run process, which has no numpy."""

from __future__ import annotations

from pathlib import Path

from .plan import FrameSet
from .protocol import E_HASH, E_MISSING, CommandError

CHANNELS = 3


def read_first_frame(path: str, frames: FrameSet) -> bytes:
    """The bytes of frame 0: the pack ends with `total` frames of known size.

    Raises:
        CommandError: E_MISSING or E_HASH.
    """
    one = frames.height * frames.width * CHANNELS
    try:
        offset = Path(path).stat().st_size - frames.total * one
        if offset < 0:
            raise CommandError(E_HASH, "the frames' pack is smaller than the plan says")
        with Path(path).open("rb") as stream:
            stream.seek(offset)
            return stream.read(one)
    except OSError as error:
        raise CommandError(E_MISSING, "the frames cannot be read: %s" % error) from error
