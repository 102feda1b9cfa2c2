"""The pipes of an agent that moves one file."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

import pytest

from targets.agent.pipes import PIPE_BYTES, PipeReader, PipeWriter
from targets.agent.protocol import CommandError

F_GETPIPE_SZ = 1032


def test_that_pipes_are_made_wide() -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux lets a pipe grow")
    handles = [os.pipe(), os.pipe()]
    try:
        os.write(handles[0][1], b"x")
        with (
            os.fdopen(handles[0][0], "rb", closefd=False) as inward,
            os.fdopen(handles[1][1], "wb", closefd=False) as outward,
        ):
            assert PipeReader(inward, 1.0).read(5) == b"x"
            PipeWriter(outward, 1.0)
        for handle in (handles[0][0], handles[1][1]):
            assert fcntl.fcntl(handle, F_GETPIPE_SZ) >= PIPE_BYTES
    finally:
        for pair in handles:
            for handle in pair:
                os.close(handle)


def test_that_what_is_no_pipe_is_read_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"words")
    with path.open("rb") as stream:
        assert PipeReader(stream, 1.0).read(3) == b"wor"


def test_that_silence_ends_a_reader() -> None:
    inward, outward = os.pipe()
    os.write(outward, b"x")
    with os.fdopen(inward, "rb") as stream, os.fdopen(outward, "wb"):
        reader = PipeReader(stream, 0.05)
        assert reader.read(10) == b"x"
        with pytest.raises(CommandError, match="nothing came"):
            reader.read(10)


def test_that_a_desktop_that_takes_nothing_ends_a_writer() -> None:
    inward, outward = os.pipe()
    with os.fdopen(inward, "rb"), os.fdopen(outward, "wb") as stream, pytest.raises(TimeoutError, match="took nothing"):
        PipeWriter(stream, 0.05).write(bytes(2 * PIPE_BYTES))
