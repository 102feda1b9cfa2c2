"""Files on a board: wholly there or not there, on disk before anybody hears of them."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any, Callable, Dict, List

from .protocol import E_DISK, CommandError
from .strict_json import decode

SPARE_BYTES = 4 << 20
STAGE = ".stage-"
"""How the name of a folder begins that is not whole yet."""
END_S = 5.0
"""How long a process that said its last word may take to end."""
OLD = ".old-"
"""How the name of a folder begins that is being removed."""
BLOCK_BYTES = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def encode_json(value: Any) -> bytes:
    """The bytes of a JSON file that a person can compare; `workbench.base.atomic` encodes the same way."""
    return (json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def read_json(path: Path, limit_bytes: int = 4 << 20) -> Dict[str, Any]:
    """An object from a JSON file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is too large, no JSON or no object.
    """
    with path.open("rb") as stream:
        data = stream.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise ValueError("%s is over %d bytes" % (path.name, limit_bytes))
    value = decode(data)
    if not isinstance(value, dict):
        raise ValueError("%s holds no object" % path.name)  # noqa: TRY004 - a wrong file, not a wrong call
    return value


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that a crash at any moment leaves the old bytes or the new ones.

    Raises:
        CommandError: E_DISK.
    """
    part = path.with_name(".%s.%d.part" % (path.name, os.getpid()))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_durable(part, data)
        part.replace(path)
        fsync_folder(path.parent)
    except OSError as error:
        discard(part)
        raise cannot_write(path, error) from error


def write_durable(path: Path, data: bytes) -> None:
    """Write a new file through to the disk."""
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def fsync_file(path: Path) -> None:
    """Bring a file's bytes to the disk."""
    handle = os.open(str(path), os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def fsync_folder(folder: Path) -> None:
    """Make a rename in a folder durable."""
    handle = os.open(str(folder), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def discard(path: Path) -> None:
    """Remove a file if it is there."""
    try:
        path.unlink()
    except FileNotFoundError:
        return


def remove_folder(folder: Path) -> None:
    """Remove a folder so that no half of it is ever found under its name: renamed first, then emptied.

    Raises:
        CommandError: E_DISK.
    """
    old = folder.with_name("%s%s-%s" % (OLD, folder.name, os.urandom(4).hex()))
    try:
        folder.rename(old)
        fsync_folder(folder.parent)
        shutil.rmtree(str(old))
    except OSError as error:
        raise cannot_write(folder, error) from error


def remove_leavings(folder: Path) -> List[str]:
    """Remove what interrupted work left in a folder; only for the holder of the board's lock. Returns the names."""
    left = sorted(path for mark in (STAGE, OLD) for path in folder.glob(mark + "*")) if folder.is_dir() else []
    for path in left:
        shutil.rmtree(str(path), ignore_errors=True)
    return [path.name for path in left]


def go_on() -> None:
    """The check of work that nobody stops."""


def sha256_file(path: Path, check: Callable[[], None] = go_on) -> str:
    """Lower-case hexadecimal sha256 of a file's bytes; `check` is called once a block and may raise to stop."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while True:
            block = stream.read(BLOCK_BYTES)
            if not block:
                return digest.hexdigest()
            digest.update(block)
            check()


def need_space(folder: Path, size_bytes: int) -> None:
    """Refuse what would fill the disk: 1.1 times the size and 4 MiB must be free.

    Raises:
        CommandError: E_DISK.
    """
    free = shutil.disk_usage(str(folder)).free
    needed = size_bytes + size_bytes // 10 + SPARE_BYTES
    if free < needed:
        text = "no space for %.1f MB under %s: %.1f MB are free" % (needed / 1e6, folder, free / 1e6)
        raise CommandError(E_DISK, text, "Remove old runs and releases from the board, or free space there.")


def cannot_write(path: Path, error: OSError) -> CommandError:
    """The error for a file that could not be written."""
    hint = "Free space on the board." if error.errno in _FULL else "Check that you may write there."
    return CommandError(E_DISK, "cannot write %s: %s" % (path, error.strerror or error), hint)
