"""Which frames of a source are taken: by seed, without repeats, and recorded."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.base.hashing import sha256_bytes
from workbench.frames.source import Source


@dataclass(frozen=True)
class Selection:
    """Frames of one source, in the order in which they are used."""

    source: str
    """The folder or file, as the document names it."""
    available: int
    requested: int
    seed: int
    indices: tuple[int, ...]
    names: tuple[str, ...]
    digests: tuple[str, ...]
    """sha256 of each frame, as `Source.digest` gives it."""

    @property
    def sha256(self) -> str:
        """What the selection is: names and contents in order."""
        return sha256_bytes(json.dumps([self.names, self.digests]).encode())


def select_frames(
    source: Source, shown_as: str, requested: int, seed: int, check: Callable[[], None] = lambda: None
) -> Selection:
    """Choose `requested` frames by seed, without repeats; all of them where there are fewer (never a loop)."""
    names = source.names()
    order = np.random.default_rng(seed).permutation(len(names))[:requested]
    indices = tuple(sorted(int(index) for index in order))
    digests = []
    for index in indices:
        check()
        digests.append(source.digest(index))
    return Selection(
        shown_as, len(names), requested, seed, indices, tuple(names[index] for index in indices), tuple(digests)
    )


def shared_frames(first: Selection, second: Selection) -> tuple[str, ...]:
    """Names in `first` of frames whose contents are in `second` too."""
    others = set(second.digests)
    return tuple(name for name, digest in zip(first.names, first.digests, strict=True) if digest in others)


def repeated_frames(selection: Selection) -> Sequence[str]:
    """Names of frames whose contents came before under another name."""
    seen: set[str] = set()
    repeats = []
    for name, digest in zip(selection.names, selection.digests, strict=True):
        if digest in seen:
            repeats.append(name)
        seen.add(digest)
    return repeats
