"""Watches what Python code does to files while hostile input is taken: nothing outside of the folder, no pickle."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = frozenset({
    "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate",
    "os.utime", "shutil.rmtree", "sqlite3.connect",
})  # fmt: skip
_STARTS = frozenset({"subprocess.Popen", "os.exec", "os.fork", "os.posix_spawn", "os.system", "os.spawn"})
_NEVER = frozenset({"pickle.find_class", "socket.connect", "webbrowser.open"})


class Guard:
    """An audit hook that is only awake between `watch` and `rest`; it notes, it does not stop.

    Args:
        home: writing is allowed below it.
        outside: a folder below it of which not even reading is allowed.
        processes: whether processes may be started.
    """

    def __init__(self, home: Path, outside: Path, processes: bool) -> None:
        self._home, self._outside, self._processes = str(home.resolve()), str(outside.resolve()), processes
        self._awake = False
        self._seen: list[str] = []
        sys.addaudithook(self._hear)

    def watch(self) -> None:
        """Begin to look."""
        self._seen, self._awake = [], True

    def rest(self) -> list[str]:
        """Stop to look; what was seen that must not be."""
        self._awake = False
        return self._seen

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if not self._awake:
            return
        if event in _NEVER or (event in _STARTS and not self._processes):
            self._seen.append(f"{event} {str(args)[:200]}")
        elif event == "open" and isinstance(args[0], (str, bytes)):
            writes = bool(args[2] & _WRITES) if isinstance(args[2], int) else any(c in str(args[1]) for c in "wax+")
            self._look(event, args[0], writes)
        elif event in _CHANGES:
            self._hear_change(event, args)

    def _hear_change(self, event: str, args: tuple[Any, ...]) -> None:
        folder = args[-1] if event in {"os.remove", "os.rmdir"} else -1
        changed = {"os.symlink": args[1:2], "os.rename": args[:2], "os.link": args[:2]}.get(event, args[:1])
        for path in changed:
            if isinstance(path, (str, bytes)):
                self._look(event, path if folder < 0 else f"/proc/self/fd/{folder}/{os.fsdecode(path)}", True)

    def _look(self, event: str, path: str | bytes, writes: bool) -> None:
        self._awake = False  # resolving a path must not be heard itself
        text = os.fsdecode(path).removeprefix("file:").partition("?")[0]
        real = os.path.realpath(text) if "\0" not in text else text
        self._awake = True
        if _within(real, self._outside):
            self._seen.append(f"{event} {text[:200]}, which lies outside of the project")
        elif writes and not _within(real, self._home) and not real.startswith(("/dev/null", "/proc/self/fd")):
            self._seen.append(f"{event} writes to {text[:200]}")


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)
