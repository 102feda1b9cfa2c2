"""Packs bytes that are mostly those of another file: what both have is named by its place, the rest is compressed."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator

BLOCK = 64
"""Bytes that must be equal before a place is named."""

Piece = tuple[int, int]
"""Where it begins in the other file, -1 for what only this one has, and its length."""


def pack(data: bytes, base: bytes) -> bytes:
    """A packed form of `data` that `unpack` needs `base` for."""
    pieces = list(_pieces(data, base))
    own, at = bytearray(), 0
    for place, length in pieces:
        own += data[at : at + length] if place < 0 else b""
        at += length
    return lzma.compress(json.dumps(pieces).encode() + b"\n" + bytes(own), preset=9)


def unpack(packed: bytes, base: bytes) -> bytes:
    """What was packed."""
    head, _, own = lzma.decompress(packed).partition(b"\n")
    parts, at = [], 0
    for place, length in json.loads(head):
        parts.append(own[at : at + length] if place < 0 else base[place : place + length])
        at += length if place < 0 else 0
    return b"".join(parts)


def _pieces(data: bytes, base: bytes) -> Iterator[Piece]:
    known = {base[at : at + BLOCK]: at for at in range(0, len(base) - BLOCK + 1, BLOCK)}
    at = own_from = 0
    while at < len(data):
        place = known.get(data[at : at + BLOCK])
        if place is None:
            at += 1
            continue
        length = _equal(data, at, base, place)
        if own_from < at:
            yield -1, at - own_from
        yield place, length
        at += length
        own_from = at
    if own_from < at:
        yield -1, at - own_from


def _equal(data: bytes, at: int, base: bytes, place: int) -> int:
    """How many bytes from there on are the same."""
    length, step = BLOCK, BLOCK
    while step:
        if data[at + length : at + length + step] == base[place + length : place + length + step] and (
            at + length + step <= len(data) and place + length + step <= len(base)
        ):
            length, step = length + step, step * 2
        else:
            step //= 2
    return length
