"""Which frames of one source are in another one too, by content; of all files, only those of equal size are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.base.hashing import sha256_file
from workbench.frames.source import ImageFolder, Source


@dataclass(frozen=True)
class Limits:
    """How much is looked at, at most."""

    names: int
    """Frames of a source; each costs a look at its file's size."""
    files: int
    """Files that are read."""
    size_bytes: int


def find_shared(
    first: Source, second: Source, limits: Limits | None = None, check: Callable[[], None] = lambda: None
) -> tuple[str, ...] | None:
    """Names in `first` of frames whose files are in `second` too; None where that is more work than the limits allow.

    Two videos share all of their frames or none: that of two different videos some frames are equal is not looked for,
    nor that images were taken out of a video.
    """
    if isinstance(first, ImageFolder) != isinstance(second, ImageFolder):
        return ()
    if limits is not None and max(_count(first), _count(second)) > limits.names:
        return None
    ours, theirs = _by_size(first), _by_size(second)
    sizes = set(ours) & set(theirs)
    read = [(size, len(ours[size]) + len(theirs[size])) for size in sizes]
    if limits is not None and (
        sum(count for _, count in read) > limits.files or sum(size * count for size, count in read) > limits.size_bytes
    ):
        return None
    found = set[str]()
    for size in sizes:
        known = {_digest(path, check) for path in theirs[size].values()}
        found |= {name for name, path in ours[size].items() if _digest(path, check) in known}
    return tuple(first.names()) if "" in found else tuple(name for name in first.names() if name in found)


def _digest(path: Path, check: Callable[[], None]) -> str:
    return sha256_file(path, check)


def _files(source: Source) -> Sequence[tuple[str, Path]]:
    """Names and files; a video is one file without a name."""
    if isinstance(source, ImageFolder):
        return [(name, source.path / name) for name in source.names()]
    return [("", source.path)]


def _count(source: Source) -> int:
    return len(source.names()) if isinstance(source, ImageFolder) else 1


def _by_size(source: Source) -> dict[int, dict[str, Path]]:
    found: dict[int, dict[str, Path]] = {}
    for name, path in _files(source):
        if path.is_file():
            found.setdefault(path.stat().st_size, {})[name] = path
    return found
