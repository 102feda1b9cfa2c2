"""Blocks of samples as a board sends and records them: columns of numbers, compressed together."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.base.errors import SlipwayError

Column = NDArray[Any]
Table = dict[str, Column]
"""Columns of one length, by name with unit."""

MAX_ROWS = 1 << 22
MAX_COLUMNS = 256
MAX_BLOCK_BYTES = 64 << 20
"""Decompressed; a run writes a block each second, of less than a megabyte. zlib makes a thousandfold of it."""

_DTYPES = {"q": "<i8", "i": "<i4", "h": "<i2", "f": "<f4", "d": "<f8"}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def decode_block(columns: object, rows: object, data: bytes) -> Table:
    """The columns of one block; nothing in it is trusted.

    Args:
        columns: `[[name, typecode], ...]`, typecodes as in the array module.
        rows: how many rows it says it has.
        data: the columns one after another, little endian, compressed by zlib.

    Raises:
        SlipwayError: it is no block; the text says why.
    """
    named = _parse_columns(columns)
    if type(rows) is not int or not 0 <= rows <= MAX_ROWS:
        raise SlipwayError(f"a block of {rows!r} rows; 0 to {MAX_ROWS} are allowed")
    sizes = [np.dtype(dtype).itemsize * rows for _, dtype in named]
    if sum(sizes) > MAX_BLOCK_BYTES:
        raise SlipwayError(f"a block of {sum(sizes)} bytes; at most {MAX_BLOCK_BYTES} are allowed")
    raw = _inflate(data, sum(sizes))
    table, start = {}, 0
    for (name, dtype), size in zip(named, sizes, strict=True):
        table[name] = np.frombuffer(raw, dtype=dtype, count=rows, offset=start)
        start += size
    return table


def join_blocks(blocks: Sequence[Table]) -> Table:
    """One table of all rows; a column that a block lacks is NaN there, which makes whole numbers into floats."""
    names = list(dict.fromkeys(name for block in blocks for name in block))
    return {name: np.concatenate([_column(block, name) for block in blocks]) for name in names}


def _column(block: Table, name: str) -> Column:
    if name in block:
        return block[name]
    return np.full(len(next(iter(block.values()))), np.nan)


def _parse_columns(columns: object) -> list[tuple[str, str]]:
    if not isinstance(columns, list) or not 0 < len(columns) <= MAX_COLUMNS:
        raise SlipwayError("a block without a list of columns")
    named = []
    for column in columns:
        if not isinstance(column, list) or len(column) != 2 or column[1] not in _DTYPES:
            raise SlipwayError(f"a block with the column {str(column)[:80]}; expected a name and one of q, i, h, f, d")
        if not isinstance(column[0], str) or _NAME.fullmatch(column[0]) is None:
            raise SlipwayError(f"a block with a column called {str(column[0])[:80]!r}")
        named.append((column[0], _DTYPES[column[1]]))
    if len(dict(named)) != len(named):
        raise SlipwayError("a block that has a column twice")
    return named


def _inflate(data: bytes, size: int) -> bytes:
    """Decompress to exactly `size` bytes, taking no more memory than that."""
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(data, size + 1)
    except zlib.error as error:
        raise SlipwayError("a block that cannot be decompressed", detail=str(error)) from error
    if len(raw) != size or inflater.unconsumed_tail:
        raise SlipwayError(f"a block of other than the {size} bytes that its header says")
    return raw
