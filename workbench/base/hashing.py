"""sha256 of bytes and files: how Slipway names everything that it makes."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

_BLOCK_BYTES = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


def sha256_bytes(data: bytes | memoryview) -> str:
    """Lower-case hexadecimal sha256 of the bytes."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: str | os.PathLike[str], check: Callable[[], None] | None = None) -> str:
    """Lower-case hexadecimal sha256 of a file; `check` is called once a block and may raise to stop."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
            if check is not None:
                check()
    return digest.hexdigest()


def is_sha256(text: str) -> bool:
    """Whether the text is a sha256 as Slipway writes it; anything else must never become a path."""
    return _SHA256.fullmatch(text) is not None
