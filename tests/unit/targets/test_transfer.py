"""Files from boards that lie about them."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from targets.agent.protocol import write_message
from targets.transfer import fetch_file
from workbench.base.errors import BoardError, LinkLost, SlipwayError

DATA = b"what a run recorded"


class Told:
    """A program on a board that has said all that it says (`AgentChannel`)."""

    def __init__(self, size_bytes: object, data: bytes, sha256: object) -> None:
        self.reader = io.BytesIO()
        self.writer = io.BytesIO()
        write_message(self.reader, {"ok": {"size_bytes": size_bytes}})
        self.reader.write(data)
        write_message(self.reader, {"sha256": sha256})
        self.reader.seek(0)

    def close_input(self) -> None:
        """Nothing is said to it."""

    def kill(self) -> None:
        """It has ended."""

    def wait(self, timeout_s: float) -> int | None:
        return 0

    def stderr_lines(self) -> list[str]:
        return []

    def close(self) -> None:
        """It has ended."""


SHA256 = hashlib.sha256(DATA).hexdigest()


def test_that_an_honest_file_is_there_whole(tmp_path: Path) -> None:
    assert fetch_file(Told(len(DATA), DATA, SHA256), "bench", "runs/r/x", tmp_path / "in" / "x") == SHA256
    assert (tmp_path / "in" / "x").read_bytes() == DATA


@pytest.mark.parametrize(
    ("size_bytes", "sha256", "kind", "words"),
    [
        (1 << 60, SHA256, SlipwayError, f"no space here for a file of {1 << 60} bytes from bench"),
        (-1, SHA256, LinkLost, "sent a file of -1 bytes"),
        (True, SHA256, LinkLost, "sent a file of True bytes"),
        ("9" * 5000, SHA256, LinkLost, "sent a file of '999"),
        (None, SHA256, LinkLost, "sent a file of None bytes"),
        (10_000, SHA256, LinkLost, "ended"),
        (3, SHA256, LinkLost, "answered by garbage"),
        (len(DATA), "ab" * 32, BoardError, "arrived with other bytes"),
        (len(DATA), ["x"], BoardError, "arrived with other bytes"),
    ],
)
def test_that_a_file_that_is_not_as_it_was_said_leaves_nothing(
    tmp_path: Path, size_bytes: object, sha256: object, kind: type[SlipwayError], words: str
) -> None:
    with pytest.raises(kind, match=words) as refused:
        fetch_file(Told(size_bytes, DATA, sha256), "bench", "runs/r/x", tmp_path / "in" / "x")
    assert len(str(refused.value)) < 1000
    assert list((tmp_path / "in").iterdir()) == []
