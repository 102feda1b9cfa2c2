"""The protocol between desktop and agent, and between run and worker: frames, messages, commands, error codes.

A frame is a 4-byte big-endian length, that many bytes of JSON (the header), and the attachments that the header's
`attachments` list gives the sizes of. Messages by their key:

    {"hello": {...}}                                         the agent's first word: protocol, agent, pid, boot id
    {"id": 7, "do": "probe", "args": {...}}                  request
    {"id": 7, "ok": {...}}                                   its one reply, or
    {"id": 7, "error": {"code", "summary", "hint", "detail"}}
    {"event": "progress", "of": 7, "data": {...}}            any number before the reply
    {"ping": 3} / {"pong": 3, "mono_ns": ..., "wall_s": ...} heartbeat

Both sides share this file. Nothing here trusts the other side: sizes are bounded before memory is taken.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .strict_json import decode

PROTOCOL = 1
"""Raised when an old agent could misunderstand a new desktop; both refuse a version that is not theirs."""

MAX_HEADER_BYTES = 4 << 20
MAX_ATTACHMENTS = 64
MAX_BODY_BYTES = 256 << 20
MAX_WORDS = 2000
"""Characters of an error's summary or hint."""
_BLOCK_BYTES = 1 << 20
"""So much memory is taken at most before its bytes are there."""
HEARTBEAT_S = 2.0
SILENCE_S = 15.0
"""An agent that heard nothing for so long ends."""

E_USAGE = "E_USAGE"
"""A request that the schema does not allow."""
E_BUSY = "E_BUSY"
"""Somebody else works on the board."""
E_POLICY = "E_POLICY"
"""The board's policy forbids the change, or is in a format that this agent does not know."""
E_MISSING = "E_MISSING"
"""A blob, release, run or program that is not there."""
E_HASH = "E_HASH"
"""Bytes are not what their name says."""
E_RUNTIME = "E_RUNTIME"
"""The runtime refused to build, load or run."""
E_WORKER = "E_WORKER"
"""The engine's worker process died."""
E_INVALID_SIZE = "E_INVALID_SIZE"
"""An input of another shape, type or byte count than the engine's."""
E_NULL_INPUT = "E_NULL_INPUT"
"""An input without bytes."""
E_DISK = "E_DISK"
"""No space, or the folder cannot be written."""
E_CANCELLED = "E_CANCELLED"
"""The other side asked to stop."""
E_INTERNAL = "E_INTERNAL"
"""A defect of the agent."""

_LENGTH = struct.Struct(">I")


class ProtocolError(Exception):
    """The other side does not speak this protocol: garbage, a frame that is too large, or an end in mid-frame."""


class Message(NamedTuple):
    """One frame: its header and its attachments."""

    header: Dict[str, Any]
    attachments: Tuple[bytes, ...]
    header_bytes: int = 0
    """How long the header was on the link."""


def _shortened(text: str) -> str:
    """What a person reads; it may quote what the other side sent, at any length."""
    return text if len(text) <= MAX_WORDS else text[: MAX_WORDS - 1] + "…"


class CommandError(Exception):
    """A request that failed, as it travels over the link."""

    def __init__(self, code: str, summary: str, hint: str = "", detail: str = "") -> None:
        super().__init__(summary)
        self.code = code
        self.summary = _shortened(summary)
        self.hint = _shortened(hint)
        self.detail = detail

    def to_json(self) -> Dict[str, str]:
        """The `error` value of a reply."""
        return {"code": self.code, "summary": self.summary, "hint": self.hint, "detail": self.detail}

    @classmethod
    def from_json(cls, value: Any) -> CommandError:
        """From the `error` value of a reply; whatever the other side sent becomes text."""
        if not isinstance(value, dict):
            return cls(E_INTERNAL, "the other side sent an error that is none")
        texts = [str(value.get(key, ""))[:20000] for key in ("code", "summary", "hint", "detail")]
        return cls(*texts)


def write_message(stream: BinaryIO, header: Dict[str, Any], attachments: Sequence[Any] = ()) -> None:
    """Write one frame and flush; the caller holds the stream's lock.

    Raises:
        ProtocolError: the header is no JSON (NaN is none) or too large. Nothing is written then.
    """
    views = [memoryview(part).cast("B") for part in attachments]
    if views:
        header = dict(header, attachments=[len(view) for view in views])
    try:
        text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode("utf-8")
    except (TypeError, ValueError) as error:
        raise ProtocolError("a header that cannot be JSON: %s" % error) from error
    if len(text) > MAX_HEADER_BYTES:
        raise ProtocolError("a header of %d bytes; at most %d are allowed" % (len(text), MAX_HEADER_BYTES))
    stream.write(_LENGTH.pack(len(text)) + text)
    for view in views:
        stream.write(view)
    stream.flush()


def read_message(stream: BinaryIO) -> Optional[Message]:
    """Read one frame; None at a clean end of the stream.

    Raises:
        ProtocolError: garbage, sizes over the limits, or an end in mid-frame.
    """
    prefix = _read_exactly(stream, _LENGTH.size, at_start=True)
    if prefix is None:
        return None
    (length,) = _LENGTH.unpack(prefix)
    if length > MAX_HEADER_BYTES:
        if all(32 <= byte < 127 or byte in b"\t\r\n" for byte in prefix):
            raise ProtocolError("text where a frame was expected; it begins with %r" % prefix.decode("ascii"))
        raise ProtocolError("a header of %d bytes; at most %d are allowed" % (length, MAX_HEADER_BYTES))
    header = _parse(_read_exactly(stream, length) or b"")
    sizes = _sizes(header.pop("attachments", []))
    return Message(header, tuple(_read_exactly(stream, size) or b"" for size in sizes), length)


def _parse(text: bytes) -> Dict[str, Any]:
    try:
        header = decode(text)
    except ValueError as error:
        raise ProtocolError("a header that is not JSON (%s): %r" % (str(error)[:80], text[:80])) from error
    if not isinstance(header, dict):
        raise ProtocolError("a header that is not an object: %r" % text[:80])
    return header


def _sizes(value: Any) -> List[int]:
    if not isinstance(value, list) or len(value) > MAX_ATTACHMENTS:
        raise ProtocolError("a list of attachments that is none")
    if not all(type(size) is int and size >= 0 for size in value) or sum(value) > MAX_BODY_BYTES:
        raise ProtocolError("attachments of %s bytes; at most %d in all are allowed" % (value, MAX_BODY_BYTES))
    return value


def _read_exactly(stream: BinaryIO, size: int, at_start: bool = False) -> Optional[bytes]:
    data = stream.read(min(size, _BLOCK_BYTES)) if size else b""
    if not data and at_start:
        return None
    if len(data) == size:
        return data
    grown = bytearray(data)
    while data and len(grown) < size:
        data = stream.read(min(size - len(grown), _BLOCK_BYTES))
        grown += data
    if len(grown) < size:
        raise ProtocolError("the stream ended %d bytes before the end of a frame" % (size - len(grown)))
    return bytes(grown)
