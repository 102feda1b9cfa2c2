"""Blocks of samples that nobody vouches for."""

from __future__ import annotations

import zlib

import pytest

from workbench.base.errors import SlipwayError
from workbench.telemetry.blocks import MAX_BLOCK_BYTES, MAX_COLUMNS, MAX_ROWS, decode_block


def test_that_a_block_that_would_take_gigabytes_is_refused_before_it_is_decompressed() -> None:
    columns = [[f"c{number}", "d"] for number in range(MAX_COLUMNS)]
    with pytest.raises(SlipwayError, match=f"a block of {MAX_COLUMNS * MAX_ROWS * 8} bytes; at most {MAX_BLOCK_BYTES}"):
        decode_block(columns, MAX_ROWS, b"no block at all")


def test_that_a_block_that_holds_more_than_it_says_is_refused() -> None:
    with pytest.raises(SlipwayError, match="other than the 16 bytes that its header says"):
        decode_block([["mono_ns", "q"]], 2, zlib.compress(bytes(50_000_000)))
