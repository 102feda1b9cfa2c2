"""Files that a board gives away: blobs, and the files of runs and releases, by names that lead nowhere else."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

from . import files
from .protocol import E_DISK, E_MISSING, E_USAGE, CommandError, write_message
from .schema import is_name, is_sha256

FOLDERS = ("runs", "releases")


def send(root: Path, name: str, frames: BinaryIO) -> None:
    """Write a frame `{"ok": {size_bytes}}`, so many raw bytes, and a frame `{"sha256": ...}` of what was sent.

    Args:
        root: the board's root.
        name: a sha256, or `runs/<run>/<file>`, or `releases/<release>/<file>`.

    Raises:
        CommandError: E_USAGE for another name, E_MISSING, E_DISK.
    """
    path = _locate(root, name)
    try:
        handle = os.open(str(path), os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise CommandError(E_MISSING, "the board has no %s (%s)" % (name, error.strerror)) from error
    with os.fdopen(handle, "rb") as stream:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise CommandError(E_USAGE, "%s is no file" % name)
        write_message(frames, {"ok": {"size_bytes": status.st_size}})
        _copy(stream, frames, status.st_size, name)


def _copy(source: BinaryIO, frames: BinaryIO, size_bytes: int, name: str) -> None:
    digest = hashlib.sha256()
    missing = size_bytes
    while missing:
        block = source.read(min(missing, files.BLOCK_BYTES))
        if not block:
            raise CommandError(E_DISK, "%s became shorter while it was read" % name)
        digest.update(block)
        frames.write(block)
        missing -= len(block)
    write_message(frames, {"sha256": digest.hexdigest()})


def _locate(root: Path, name: str) -> Path:
    if is_sha256(name):
        return root / "blobs" / name
    parts = name.split("/")
    if len(parts) != 3 or parts[0] not in FOLDERS or not all(is_name(part) for part in parts):
        raise CommandError(E_USAGE, "%r names no file that a board gives away" % name[:200])
    return root.joinpath(*parts)
