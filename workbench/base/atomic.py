"""Files that are either wholly there or not there: temporary file, fsync, rename."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from workbench.base.errors import Fault, SlipwayError


def write_atomic(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Write a file so that a crash at any moment leaves the old bytes or the new ones.

    Args:
        path: the file; its folder is made if it is not there.
        data: the bytes.
        replace: False refuses to touch an existing file (records are never edited).

    Raises:
        SlipwayError: the folder cannot be written, the disk is full, or the file exists and `replace` is False.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, data, replace)
    except FileExistsError as error:
        raise SlipwayError(f"{path} exists already and is never overwritten", fault=Fault.WORK) from error
    except OSError as error:
        raise cannot_write(path, error) from error


@contextmanager
def open_atomic(path: Path) -> Iterator[BinaryIO]:
    """Write a file piece by piece that is wholly there once the block ends, and not at all where it raises.

    Raises:
        SlipwayError: the folder cannot be written, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _part(path, replace=True) as stream:
            yield stream
    except OSError as error:
        raise cannot_write(path, error) from error


def write_json(path: Path, value: object, *, replace: bool = True) -> None:
    """Write JSON that a person can compare: sorted keys, one value a line, UTF-8, a newline at its end."""
    write_atomic(path, encode_json(value), replace=replace)


def encode_json(value: object) -> bytes:
    """The bytes that `write_json` writes; NaN and infinity are refused (they are not JSON)."""
    text = json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8")


def cannot_write(path: Path, error: OSError) -> SlipwayError:
    """The error for a file that could not be written, with what to do about it."""
    hint = "Free some space on this disk and try again." if error.errno == 28 else "Check that you may write there."
    return SlipwayError(f"cannot write {path}: {error.strerror or error}", hint, fault=Fault.WORK)


def fsync_folder(folder: Path) -> None:
    """Make a rename in the folder durable; does nothing where folders cannot be opened (Windows)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(path: Path, data: bytes, replace: bool) -> None:
    with _part(path, replace=replace) as stream:
        stream.write(data)


@contextmanager
def _part(path: Path, *, replace: bool) -> Iterator[BinaryIO]:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(0o644)
        if replace:
            part.replace(path)
        else:
            _place_new(part, path)
        fsync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def _place_new(part: Path, path: Path) -> None:
    """Like a rename that fails where the name is taken."""
    try:
        os.link(part, path)
    except (NotImplementedError, PermissionError):  # a file system without hard links
        if path.exists():
            raise FileExistsError(path) from None
        part.rename(path)
