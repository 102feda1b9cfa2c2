"""Pictures that cross from a worker process to the window without being copied: slots of shared memory, newest wins.

The writer fills slot after slot and tells of each by an event; a reader looks whether the slot still holds what the
event said, before and after it used the bytes. Nobody waits for anybody.
"""

from __future__ import annotations

import contextlib
import struct
from multiprocessing.shared_memory import SharedMemory
from typing import Final

from workbench.base.live import SlotPicture

SLOTS: Final = 4
_HEADER = struct.Struct("<qq")
"""Sequence that is being written, and sequence that is whole: equal where the slot is at rest."""
_HEADER_BYTES: Final = 64
_PAGE_BYTES: Final = 1 << 14
"""Systems round memory up to pages; a reader must come to the same size of a slot."""


class SlotWriter:
    """Owns the memory; one thread writes.

    Args:
        max_width, max_height: of the largest picture, pixels.
    """

    def __init__(self, max_width: int, max_height: int) -> None:
        needed = _HEADER_BYTES + max_width * max_height * 3
        self._slot_bytes = -(-needed // _PAGE_BYTES) * _PAGE_BYTES
        self._memory = SharedMemory(create=True, size=SLOTS * self._slot_bytes)
        self._sequence = 0

    @property
    def name(self) -> str:
        """What a reader opens it by."""
        return self._memory.name

    def write(self, pixels: object, width: int, height: int) -> SlotPicture:
        """Put a picture into the oldest slot.

        Args:
            pixels: uint8 BGR, row by row without padding: anything with a contiguous buffer of width x height x 3.
            width, height: pixels.
        """
        data = memoryview(pixels).cast("B")  # type: ignore[arg-type]
        if len(data) != width * height * 3 or len(data) > self._slot_bytes - _HEADER_BYTES:
            raise ValueError(f"{len(data)} bytes are no picture of {width} x {height} for these slots")
        self._sequence += 1
        slot = self._sequence % SLOTS
        start = slot * self._slot_bytes
        whole = _HEADER.unpack_from(_bytes(self._memory), start)[1]
        _HEADER.pack_into(_bytes(self._memory), start, self._sequence, whole)
        _bytes(self._memory)[start + _HEADER_BYTES : start + _HEADER_BYTES + len(data)] = data
        _HEADER.pack_into(_bytes(self._memory), start, self._sequence, self._sequence)
        return SlotPicture(self.name, slot, self._sequence, width, height)

    def close(self) -> None:
        """Let go of the memory; readers keep what they have open."""
        self._memory.close()
        with contextlib.suppress(FileNotFoundError):
            self._memory.unlink()


class SlotReader:
    """Reads the pictures of one writer; one thread uses it."""

    def __init__(self, name: str) -> None:
        """Open the memory.

        Raises:
            FileNotFoundError: its writer is gone.
        """
        self._memory = SharedMemory(name)
        self.name = name
        self._slot_bytes = self._memory.size // SLOTS

    def view(self, picture: SlotPicture) -> memoryview | None:
        """The picture's bytes, BGR, as they lie there; None where something newer took their place.

        Release the view before `close`. Whoever copied or drew from it asks `still_there` afterwards.
        """
        start = picture.slot * self._slot_bytes
        if not self.still_there(picture):
            return None
        return _bytes(self._memory)[start + _HEADER_BYTES : start + _HEADER_BYTES + picture.width * picture.height * 3]

    def copy(self, picture: SlotPicture) -> bytes | None:
        """The picture's bytes as a copy; None where something newer took their place meanwhile."""
        view = self.view(picture)
        if view is None:
            return None
        with view:
            data = bytes(view)
        return data if self.still_there(picture) else None

    def still_there(self, picture: SlotPicture) -> bool:
        """Whether the slot holds this picture, whole."""
        writing, whole = _HEADER.unpack_from(_bytes(self._memory), picture.slot * self._slot_bytes)
        return bool(writing == whole == picture.sequence)

    def close(self) -> None:
        """Let go of the memory."""
        self._memory.close()

    def discard(self) -> None:
        """Let go of the memory and remove it, because its writer died without doing so."""
        self.close()
        with contextlib.suppress(FileNotFoundError):
            self._memory.unlink()


def _bytes(memory: SharedMemory) -> memoryview:
    if memory.buf is None:
        raise ValueError("the pictures' memory was closed")
    return memory.buf
