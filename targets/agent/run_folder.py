"""A run's folder on the board: its files, its control files, and whether its process lives."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any, BinaryIO, Dict, List, Optional

from .files import cannot_write, discard, encode_json, read_json, write_atomic, write_durable
from .protocol import E_BUSY, E_MISSING, E_USAGE, CommandError
from .schema import is_name

STATUS_FORMAT = "slipway.run-status/1"
STOP = "stop"
STOP_HARD = "stop-hard"
RESERVE_BYTES = 64 << 10
"""So much of the disk is kept back, so that a run that fills it can still say how it ended."""


class RunFolder:
    """The paths of `runs/<run>/`, and what is done with them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.plan = path / "plan.json"
        self.live = path / "live.sqlite"
        self.outputs = path / "outputs.bin"
        self.status = path / "status.json"
        self.lock = path / "run.lock"
        self.reserve = path / "reserve"
        self.control = path / "control"
        self.logs = path / "logs"

    @property
    def root(self) -> Path:
        """The board's root that the run lies in."""
        return self.path.resolve().parent.parent

    def read_plan(self) -> Dict[str, Any]:
        """The plan as it was sent.

        Raises:
            CommandError: E_MISSING or E_USAGE where there is none that can be read.
        """
        try:
            return read_json(self.plan)
        except OSError as error:
            raise CommandError(E_MISSING, "the run %s has no plan" % self.path.name, "", str(error)) from error
        except ValueError as error:
            raise CommandError(
                E_USAGE, "the plan of run %s is no JSON object" % self.path.name, "", str(error)
            ) from error

    def hold(self) -> BinaryIO:
        """Lock the folder for the life of this process; the returned stream keeps the lock.

        Raises:
            CommandError: E_BUSY where another process runs it.
        """
        stream = self.lock.open("ab")
        try:
            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            stream.close()
            raise CommandError(E_BUSY, "the run %s is running already" % self.path.name) from error
        return stream

    def alive(self) -> bool:
        """Whether a run process holds the folder now."""
        try:
            handle = os.open(str(self.lock), os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def write_control(self, name: str) -> None:
        """Ask the run: `stop`, `stop-hard` or `advance-<phase>`; it looks several times a second."""
        if not is_name(name):
            raise CommandError(E_USAGE, "%r is no control word" % (name,))
        write_atomic(self.control / name, b"")

    def asked_words(self) -> List[str]:
        """What was asked so far."""
        try:
            return [path.name for path in self.control.iterdir()]
        except OSError:
            return []

    def keep_reserve(self) -> None:
        """Keep some of the disk back for the status.

        Raises:
            CommandError: E_DISK.
        """
        try:
            write_durable(self.reserve, bytes(RESERVE_BYTES))
        except OSError as error:
            raise cannot_write(self.reserve, error) from error

    def write_status(self, state: str, text: str, phases: Any) -> None:
        """How the run ended; written once, at its end, into the space that was kept back for it."""
        discard(self.reserve)
        value = {"format": STATUS_FORMAT, "run": self.path.name, "state": state, "text": text, "phases": phases}
        write_atomic(self.status, encode_json(value))

    def read_status(self) -> Optional[Dict[str, Any]]:
        """How the run ended; None while it runs, and for ever where it was killed."""
        try:
            return read_json(self.status)
        except (OSError, ValueError):
            return None


def boot_id() -> str:
    """Which boot of the machine this is; empty where the kernel does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def encode_line(value: Any) -> str:
    """JSON on one line, as it stands in the recording; NaN is refused."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
