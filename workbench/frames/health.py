"""Whether frames can be read: told from how all files begin, and from a few that are decoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.frames.source import ImageFolder, Source, UnreadableFrame

DECODED = 3
"""Spread over the set; decoding all of them is for the run."""
_MOST_FILES = 20_000
_BEGINNINGS = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"RIFF",
    *(b"P%d" % n for n in range(1, 8)),
)
"""Of JPEG, PNG, BMP, TIFF, WebP and PNM; OpenCV goes by these too, whatever the file is called."""


def find_unreadable(source: Source) -> tuple[str, ...]:
    """Frames that cannot be read, each as `name (why)`; seconds at most, whatever the size of the set."""
    names = source.names()
    found = dict(_bad_files(source, names)) if isinstance(source, ImageFolder) else {}
    for index in _spread(len(names)) if isinstance(source, ImageFolder) else [0]:
        if names[index] not in found:
            try:
                source.read(index)
            except UnreadableFrame:
                found[names[index]] = "cannot be decoded"
    return tuple(f"{name} ({why})" for name, why in found.items())


def _bad_files(source: Source, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in names[:_MOST_FILES]:
        try:
            with (source.path / name).open("rb") as file:
                beginning = file.read(12)
        except OSError as error:
            yield name, (error.strerror or "cannot be opened").lower()
            continue
        if not beginning:
            yield name, "empty"
        elif not beginning.startswith(_BEGINNINGS):
            yield name, "no image"


def _spread(count: int) -> list[int]:
    """Indices of the first, the last and those between."""
    steps = max(1, DECODED - 1)
    return sorted({round(step * (count - 1) / steps) for step in range(steps + 1)})
