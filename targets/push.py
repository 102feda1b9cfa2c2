"""Bringing blobs to a board: only what it lacks, each by its sha256."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from targets.agent_client import AgentClient
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import SlipwayError

SLOWEST_BYTES_PER_S = 100_000
"""A push that is slower is given up."""
LEAST_S = 60.0


@dataclass(frozen=True)
class Pushed:
    """What a push did."""

    sent: tuple[str, ...]
    """sha256 of the blobs that the board lacked."""
    sent_bytes: int


def push_blobs(
    client: AgentClient,
    blobs: Mapping[str, Path],
    cancel: CancelToken,
    progress: Callable[[int, int], None] | None = None,
) -> Pushed:
    """Bring blobs to the board that it does not have.

    Args:
        client: the agent of the board.
        blobs: files by their sha256; the board hashes what arrives and refuses other bytes.
        cancel: stops the push; what was wholly sent stays.
        progress: bytes sent so far, and in all.

    Raises:
        Refused: the board has no space, or a file changed.
        SlipwayError: a file cannot be read.
    """
    present = client.have(blobs, cancel)
    missing = {sha256: path for sha256, path in blobs.items() if sha256 not in present}
    sizes = {sha256: _size_bytes(path) for sha256, path in missing.items()}
    total = sum(sizes.values())
    done = 0
    for sha256, path in missing.items():
        deadline = Deadline(LEAST_S + sizes[sha256] / SLOWEST_BYTES_PER_S)
        client.board.put_blob(path, sha256, deadline, cancel, _onwards(progress, done, total))
        done += sizes[sha256]
    return Pushed(tuple(missing), total)


def _onwards(progress: Callable[[int, int], None] | None, before: int, total: int) -> Callable[[int], None]:
    return lambda sent: progress(before + sent, total) if progress is not None else None


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise SlipwayError(f"cannot read {path}: {error.strerror}") from error
