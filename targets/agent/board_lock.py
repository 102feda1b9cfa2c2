"""Who uses a board: one lock that the kernel frees when its holders are gone, with the owner's words inside it."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import stat
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

from .protocol import E_BUSY, E_DISK, E_USAGE, CommandError

SHARED = Path("/run/lock/slipway")
_OWNER_BYTES = 8192
_PATIENCE_S = 0.3


class BoardLock:
    """The board's one lock, held by at most one agent (and the runs it started).

    The owner's JSON lies in the locked file itself: it cannot be taken for another's, and no second file has to be
    replaced in a folder where only a file's owner may. It counts only while the lock is held.

    Args:
        root: the board root; the lock falls back to it where the shared place cannot be used, and is weak then: it
            keeps out only those who use the same root.
        path: the shared place; another one for tests and virtual boards.
    """

    def __init__(self, root: Path, path: Optional[Path] = None) -> None:
        self._shared = path or SHARED
        self._fallback = root / "lock"
        self._handle: Optional[int] = None
        self._weak = False
        self._changing = threading.Lock()

    @property
    def held(self) -> bool:
        """Whether this agent holds the lock."""
        return self._handle is not None

    @property
    def handles(self) -> Tuple[int, ...]:
        """Descriptors that a run must inherit: the board stays in use until the last holder is gone."""
        return () if self._handle is None else (self._handle,)

    def take(self, owner: Dict[str, Any], purpose: str) -> bool:
        """Take the lock, or keep it with a new purpose; returns whether it is weak.

        Raises:
            CommandError: E_BUSY, naming the owner; E_DISK where no lock file can be opened.
        """
        with self._changing:
            if self._handle is None:
                handle, weak = self._open()
                if not _try(handle):
                    busy = _busy(handle)
                    os.close(handle)
                    raise busy
                self._handle, self._weak = handle, weak
            since = datetime.now(timezone.utc).isoformat(timespec="seconds")
            try:
                _write(self._handle, dict(owner, purpose=purpose, since=since, host=socket.gethostname()))
            except OSError as error:
                self._let_go()
                raise CommandError(E_DISK, "the board's lock cannot be written: %s" % error.strerror) from error
            return self._weak

    def release(self) -> None:
        """Give the lock back; does nothing where it is not held."""
        with self._changing:
            self._let_go()

    def require(self, command: str) -> None:
        """Raise CommandError E_USAGE where this agent does not hold the lock."""
        if not self.held:
            raise CommandError(E_USAGE, "%s needs the board's lock, which this agent does not hold" % command)

    def describe(self) -> Dict[str, Any]:
        """Where the lock is, whether it is weak, and who holds it (None: nobody)."""
        try:
            handle, weak = self._open()
        except CommandError as error:
            return {"path": str(self._shared), "weak": True, "owner": None, "problem": error.summary}
        path = self._fallback if weak else self._shared
        owner = None
        try:
            if self.held or not _try(handle, fcntl.LOCK_SH, 0.0):
                owner = _read(handle)
        finally:
            os.close(handle)
        return {"path": str(path), "weak": weak, "owner": owner}

    def _let_go(self) -> None:
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            fcntl.flock(self._handle, fcntl.LOCK_UN)
            os.close(self._handle)
            self._handle = None

    def _open(self) -> Tuple[int, bool]:
        try:
            return _open_shared(self._shared), False
        except OSError:
            try:
                self._fallback.parent.mkdir(parents=True, exist_ok=True)
                return _open_shared(self._fallback), True
            except OSError as error:
                text = "the board's lock can be opened neither at %s nor at %s" % (self._shared, self._fallback)
                raise CommandError(E_DISK, text, "Check that the board's root can be written.", str(error)) from error


def _open_shared(path: Path) -> int:
    """Open the lock without following a link; a file that we make may be used by every user of the board."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        # Without O_CREAT: in a sticky folder the kernel forbids it for another user's file (fs.protected_regular).
        handle = os.open(str(path), flags)
    except FileNotFoundError:
        handle = _create(path, flags)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a plain file", str(path))
    return handle


def _create(path: Path, flags: int) -> int:
    try:
        handle = os.open(str(path), flags | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return os.open(str(path), flags)
    os.fchmod(handle, 0o666)
    return handle


def _try(handle: int, how: int = fcntl.LOCK_EX, patience_s: float = _PATIENCE_S) -> bool:
    """Take the lock without waiting long; the patience outlasts another agent's look at who holds it."""
    end_s = time.monotonic() + patience_s
    while not _try_once(handle, how):
        if time.monotonic() >= end_s:
            return False
        time.sleep(0.03)
    return True


def _try_once(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(handle: int, owner: Dict[str, Any]) -> None:
    data = json.dumps(owner).encode("utf-8")[:_OWNER_BYTES]
    os.pwrite(handle, data, 0)
    os.ftruncate(handle, len(data))


def _read(handle: int) -> Dict[str, Any]:
    """The owner's words; what cannot be read (another user may write there) is an owner without a name."""
    try:
        value = json.loads(os.pread(handle, _OWNER_BYTES, 0).decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    return {str(key)[:40]: item if type(item) in (int, float) else str(item)[:400] for key, item in value.items()}


def _busy(handle: int) -> CommandError:
    owner = _read(handle)
    who, where, what, since = (str(owner.get(key, "unknown")) for key in ("person", "desktop", "purpose", "since"))
    begun = since[:16].replace("T", " ") + " UTC" if since.endswith("+00:00") else since
    text = "%s uses this board from %s (%s, since %s)" % (who, where, what, begun)
    hint = "Wait until they are done, or ask them to stop. The lock is free as soon as their agent ends."
    return CommandError(E_BUSY, text, hint, json.dumps(owner, sort_keys=True))
