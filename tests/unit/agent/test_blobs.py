"""The store of blobs: other bytes, short pushes, full disks, two pushes at once."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from targets.agent.blobs import Blobs
from targets.agent.process import agent_command
from targets.agent.protocol import CommandError, read_message

CONTENT = b"an engine" * 50_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def refusal(blobs: Blobs, sha256: str, content: bytes, size_bytes: int) -> CommandError:
    """The error that a push ends with."""
    with pytest.raises(CommandError) as refused:
        blobs.receive(sha256, size_bytes, io.BytesIO(content))
    return refused.value


def left(root: Path) -> list[str]:
    """What lies in the store."""
    return sorted(path.name for path in (root / "blobs").iterdir())


def test_that_a_blob_gets_its_name_once_it_is_whole(board_root: Path) -> None:
    blobs = Blobs(board_root)
    blobs.receive(SHA256, len(CONTENT), io.BytesIO(CONTENT))
    assert left(board_root) == [SHA256]
    assert blobs.checked_path(SHA256).read_bytes() == CONTENT


def test_that_other_bytes_are_refused_and_leave_nothing(board_root: Path) -> None:
    error = refusal(Blobs(board_root), SHA256, b"x" + CONTENT[1:], len(CONTENT))
    assert error.code == "E_HASH"
    assert "arrived as" in error.summary
    assert left(board_root) == []


def test_that_a_push_that_ends_early_is_refused_and_leaves_nothing(board_root: Path) -> None:
    error = refusal(Blobs(board_root), SHA256, CONTENT[:-5], len(CONTENT))
    assert error.code == "E_HASH"
    assert "ended 5 bytes before its end" in error.summary
    assert left(board_root) == []


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "", "0" * 63, "A" * 64, SHA256 + "/x"])
def test_that_what_is_no_sha256_never_becomes_a_path(board_root: Path, name: str) -> None:
    assert refusal(Blobs(board_root), name, b"", 0).code == "E_USAGE"
    assert not board_root.exists()


def test_that_a_size_that_cannot_be_is_refused(board_root: Path) -> None:
    assert refusal(Blobs(board_root), SHA256, b"", -1).code == "E_USAGE"
    assert refusal(Blobs(board_root), SHA256, b"", 2**50).code == "E_USAGE"


def test_that_a_blob_that_cannot_fit_is_refused_before_its_first_byte(board_root: Path) -> None:
    error = refusal(Blobs(board_root), SHA256, b"", 2**40)
    assert error.code == "E_DISK"
    assert "no space for 1209467.0 MB" in error.summary
    assert left(board_root) == []


def test_that_two_pushes_of_one_blob_do_not_mix(board_root: Path) -> None:
    part = board_root / "blobs" / (SHA256 + ".part")
    part.parent.mkdir(parents=True)
    with part.open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert refusal(Blobs(board_root), SHA256, CONTENT, len(CONTENT)).code == "E_BUSY"
        assert part.exists()
    Blobs(board_root).receive(SHA256, len(CONTENT), io.BytesIO(CONTENT))
    assert left(board_root) == [SHA256]


def test_that_a_rotten_blob_is_found_and_removed(board_root: Path) -> None:
    blobs = Blobs(board_root)
    blobs.receive(SHA256, len(CONTENT), io.BytesIO(CONTENT))
    path = blobs.path(SHA256)
    path.chmod(0o644)
    path.write_bytes(b"rot" + CONTENT[3:])
    with pytest.raises(CommandError) as refused:
        blobs.checked_path(SHA256)
    assert refused.value.code == "E_HASH"
    assert blobs.present([SHA256]) == []


def test_that_a_disk_that_fills_in_mid_push_is_said_and_leaves_nothing(board_root: Path) -> None:
    """The limit on file sizes stands for a full disk: the write fails in its middle, after the check of free space."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    command = [*agent_command("receive", SHA256, str(len(CONTENT))), "--root", str(board_root)]
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        done = subprocess.run(command, input=CONTENT, capture_output=True, check=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    message = read_message(io.BytesIO(done.stdout))
    assert message is not None
    assert message.header["error"]["code"] == "E_DISK"
    assert message.header["error"]["hint"] == "Free space on the board."
    assert done.returncode == 1
    assert left(board_root) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB; needs root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "slipway-test", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small file system cannot be mounted here; that needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_that_a_small_disk_is_never_filled(small_disk: Path) -> None:
    content = os.urandom(3_000_000)
    sha256 = hashlib.sha256(content).hexdigest()
    Blobs(small_disk).receive(sha256, len(content), io.BytesIO(content))
    error = refusal(Blobs(small_disk), SHA256, CONTENT, 2_000_000)
    assert error.code == "E_DISK"
    assert "no space for 6.4 MB" in error.summary
    assert left(small_disk) == [sha256]
