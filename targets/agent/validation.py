"""Checking an input before the runtime sees it, and the wrong inputs that a run sends to prove it."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from .protocol import E_INVALID_SIZE, E_NULL_INPUT, CommandError

CHANNELS = 3
_TYPE_BYTES = {"uint8": 1, "float32": 4, "float64": 8}


class Case(NamedTuple):
    """An input that is sent as a frame: what its header claims, and its bytes (None: no input at all)."""

    name: str
    shape: List[int]
    dtype: str
    data: Optional[bytes]
    code: str
    """The error code that must come back."""


def check_input(arguments: Dict[str, Any], attachments: Sequence[bytes], height: int, width: int) -> bytes:
    """The bytes of a frame uint8 [height, width, 3], or the reason why it is none.

    Raises:
        CommandError: E_NULL_INPUT without bytes; E_INVALID_SIZE for another rank, size, type or byte count.
    """
    if not attachments or not attachments[0]:
        raise CommandError(E_NULL_INPUT, "the input has no bytes", "Send one frame as an attachment.")
    expected = [height, width, CHANNELS]
    shape, dtype = arguments.get("shape"), arguments.get("dtype")
    if not isinstance(shape, list) or len(shape) != len(expected):
        raise _invalid("the input has the shape %r; expected three sizes, %r" % (shape, expected))
    if shape != expected:
        raise _invalid("the input has the shape %r; expected %r" % (shape, expected))
    if dtype != "uint8":
        raise _invalid("the input's type is %r; expected 'uint8'" % (dtype,))
    if len(attachments) != 1 or len(attachments[0]) != height * width * CHANNELS:
        sizes = [len(part) for part in attachments]
        raise _invalid("the input has %r bytes; expected one part of %d" % (sizes, height * width * CHANNELS))
    return attachments[0]


def wrong_inputs(height: int, width: int) -> List[Case]:
    """Every kind of wrong input: size, rank, channels, type, byte count, and none at all."""
    good = [height, width, CHANNELS]
    shapes = [
        ("too_small", [max(1, height // 2), max(1, width // 2), CHANNELS], "uint8"),
        ("too_large", [height * 2, width * 2, CHANNELS], "uint8"),
        ("transposed", [CHANNELS, height, width], "uint8"),
        ("wrong_rank", [height, width], "uint8"),
        ("wrong_channels", [height, width, 1], "uint8"),
        ("wrong_type_float32", good, "float32"),
        ("wrong_type_float64", good, "float64"),
    ]
    cases = [Case(name, shape, dtype, _zeros(shape, dtype), E_INVALID_SIZE) for name, shape, dtype in shapes]
    cases.append(Case("too_few_bytes", good, "uint8", _zeros(good, "uint8")[:-1], E_INVALID_SIZE))
    cases.append(Case("too_many_bytes", good, "uint8", _zeros(good, "uint8") + b"\0", E_INVALID_SIZE))
    cases.append(Case("no_bytes", good, "uint8", b"", E_NULL_INPUT))
    cases.append(Case("null", good, "uint8", None, E_NULL_INPUT))
    return cases


def _zeros(shape: Sequence[int], dtype: str) -> bytes:
    count = 1
    for size in shape:
        count *= size
    return bytes(count * _TYPE_BYTES[dtype])


def _invalid(summary: str) -> CommandError:
    return CommandError(E_INVALID_SIZE, summary, "Resize the frame to the model's input before it is sent.")
