"""The hosts that the user's SSH configuration names, for a choice; what they stand for `look_up` says."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from targets.ssh.config import ssh_folder

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 8
_WILD: Final = frozenset("*?!")


def list_aliases() -> tuple[str, ...]:
    """Names after `Host` that are no patterns, in the order of the files, `Include` followed."""
    return tuple(dict.fromkeys(_aliases(ssh_folder() / "config", MAX_DEPTH)))


def _aliases(path: Path, depth: int) -> Iterator[str]:
    for key, words in _lines(path):
        if key == "host":
            yield from (word for word in words if not _WILD & set(word))
        elif key == "include" and depth > 0:
            for name in words:
                for file in sorted(glob.glob(str(_place(name)))):  # noqa: PTH207 - an absolute pattern
                    yield from _aliases(Path(file), depth - 1)


def _place(name: str) -> Path:
    if name.startswith("~/"):
        return Path.home() / name[2:]
    return ssh_folder() / name  # an absolute name stays what it is


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Keyword and words of each line; a file that cannot be read has none."""
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return
    for line in text.splitlines():
        words = line.strip().replace("=", " ", 1).split()
        if len(words) > 1 and not words[0].startswith("#"):
            yield words[0].lower(), [word.strip('"') for word in words[1:]]
