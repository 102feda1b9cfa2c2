"""The boards that this user knows: `boards.json` in the user's settings, and this machine, which is always there."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from targets.agent.strict_json import decode
from targets.board import Board
from targets.person import NOBODY, Person
from targets.road import Road
from workbench.base.atomic import cannot_write, write_json
from workbench.base.errors import UsageError

if TYPE_CHECKING:
    from targets.ssh.config import SshAddress

MAX_BYTES: Final = 1 << 20
"""Of the file; what is cut off is no JSON."""
FORMAT: Final = "slipway.boards/1"
THIS_MACHINE: Final = "this-machine"
LOCK_S: Final = 20.0
KINDS: Final = ("local", "ssh")
MAX_NAME: Final = 64
_MEND: Final = "Mend the file, or move it away and add the boards again."
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class BoardEntry:
    """What is known of a board before it is reached."""

    name: str
    kind: str
    """`local`: this machine; `ssh`: one that is reached over SSH."""
    host: str | None = None
    """Its name, its address, or its alias in the user's SSH configuration."""
    port: int | None = None
    user: str | None = None
    key: str | None = None
    """The private key's file to log in with, before all others."""
    root: str | None = None
    """The board's root folder; None: `~/.slipway` there."""
    python: str | None = None
    """The Python that runs the agent there."""
    id: str | None = None
    """What counts as its id instead of its serial number or machine id."""
    lock: str | None = None
    """Its lock, where it is not the usual one."""

    @property
    def address(self) -> str:
        """Where it is, as people write it: `user@host:port`."""
        return str(_address(self)) if self.kind == "ssh" else "here"


def settings_folder() -> Path:
    """Where this user's settings lie; `SLIPWAY_HOME` overrides the platform's place."""
    home = os.environ.get("SLIPWAY_HOME")
    if home:
        return Path(home)
    import platformdirs

    return Path(platformdirs.user_config_dir("slipway", appauthor=False))


def list_boards() -> tuple[BoardEntry, ...]:
    """All boards, this machine first, the others by name.

    Raises:
        UsageError: `boards.json` is not what it should be; nothing of it is used then.
    """
    entries = {entry.name: entry for entry in _load(_path())}
    here = entries.pop(THIS_MACHINE, BoardEntry(THIS_MACHINE, "local"))
    return (here, *(entries[name] for name in sorted(entries)))


def find_board(name: str) -> BoardEntry:
    """The board of that name.

    Raises:
        UsageError: there is none; names the nearest.
    """
    entries = {entry.name: entry for entry in list_boards()}
    if name not in entries:
        near = difflib.get_close_matches(name, entries, 1)
        hint = f"Did you mean {near[0]}?" if near else f"Known boards: {', '.join(entries)}."
        raise UsageError(f"there is no board {name!r}", hint)
    return entries[name]


def save_board(entry: BoardEntry) -> None:
    """Add a board, or change the one of the same name.

    Raises:
        UsageError: a key of it is not what it should be.
    """
    check_board(entry)
    with _alone():
        _save([*(known for known in _load(_path()) if known.name != entry.name), entry])


def remove_board(name: str) -> BoardEntry:
    """Forget a board; nothing changes on it.

    Raises:
        UsageError: there is none, or it is this machine.
    """
    with _alone():
        entry = find_board(name)
        known = _load(_path())
        if entry not in known:
            raise UsageError(f"{name} is always there and cannot be removed", "Name another board.")
        _save([item for item in known if item != entry])
    return entry


def check_board(entry: BoardEntry) -> None:
    """Refuse a board whose keys do not belong together or are not what they should be.

    Raises:
        UsageError: says which.
    """
    if len(entry.name) > MAX_NAME or not _NAME.fullmatch(entry.name):
        hint = f"Letters, digits, '.', '_' and '-', at most {MAX_NAME}; the first a letter or digit."
        raise UsageError(f"{entry.name[:80]!r} cannot be the name of a board", hint)
    if entry.kind not in KINDS:
        raise UsageError(
            f"board {entry.name} is of kind {entry.kind!r}; known: {', '.join(KINDS)}", "Give one of these kinds."
        )
    if entry.name == THIS_MACHINE and entry.kind != "local":
        raise UsageError(
            f"{THIS_MACHINE} is this machine, and nothing that is reached over SSH", "Give the board another name."
        )
    if entry.kind == "ssh":
        _address(entry)
    for key in ("host", "port", "user", "key"):
        if entry.kind == "local" and getattr(entry, key) is not None:
            raise UsageError(f"board {entry.name} is this machine, but has the key {key}", "Make its kind ssh.")


def open_board(
    name: str, person: Person = NOBODY, accepted_host_key: str | None = None, road: Road | None = None
) -> Board:
    """The board of that name, ready to be reached; nothing is sent yet.

    Args:
        name: its name.
        person: asked what only a person can answer, while it is reached.
        accepted_host_key: the fingerprint of its host key, where that is new and was accepted beforehand.
        road: told how far an attempt to reach it came, where it is reached over SSH.

    Raises:
        UsageError: there is none.
    """
    return open_entry(find_board(name), person, accepted_host_key, road)


def open_entry(
    entry: BoardEntry, person: Person = NOBODY, accepted_host_key: str | None = None, road: Road | None = None
) -> Board:
    """The same for a board that need not be saved."""
    check_board(entry)
    if entry.kind == "ssh":
        from targets.ssh.board import SshBoard

        keys = (entry.root, entry.python, entry.id, entry.lock)
        return SshBoard(entry.name, _address(entry), *keys, person, accepted_host_key, road)
    from targets.local import LocalBoard

    root = Path(entry.root).expanduser() if entry.root else _default_root()
    lock = Path(entry.lock).expanduser() if entry.lock else None
    return LocalBoard(entry.name, root, entry.python, entry.id, lock)


def _default_root() -> Path:
    """`SLIPWAY_HOME` moves this machine's board too: a test must never touch the user's own."""
    home = os.environ.get("SLIPWAY_HOME")
    return Path(home) / "board" if home else Path.home() / ".slipway"


def _address(entry: BoardEntry) -> SshAddress:
    from targets.ssh.config import SshAddress

    if entry.host is None:
        raise UsageError(f"board {entry.name} is reached over SSH, but lacks its key host", "Give its name or address.")
    key = Path(entry.key).expanduser() if entry.key else None
    return SshAddress(entry.host, entry.port, entry.user, key)


def _save(entries: Sequence[BoardEntry]) -> None:
    ordered = sorted(entries, key=lambda item: item.name)
    boards = [{key: value for key, value in asdict(item).items() if value is not None} for item in ordered]
    write_json(_path(), {"format": FORMAT, "boards": boards})


@contextmanager
def _alone() -> Iterator[None]:
    """Nobody else changes the boards meanwhile; the system lets go of the lock of a process that ends."""
    from filelock import FileLock, Timeout

    path = settings_folder() / "boards.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path, timeout=LOCK_S):
            yield
    except Timeout as error:
        hint = "Wait until the other Slipway has saved its boards, then try again."
        raise UsageError(f"cannot lock {path}: another process holds it", hint) from error
    except OSError as error:
        raise cannot_write(path, error) from error


def _path() -> Path:
    return settings_folder() / "boards.json"


def _load(path: Path) -> list[BoardEntry]:
    try:
        with path.open("rb") as stream:
            value = decode(stream.read(MAX_BYTES))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}", _MEND) from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        form = value.get("format") if isinstance(value, dict) else None
        raise UsageError(
            f"{path} has the format {form!r}, expected {FORMAT!r}", "A newer Slipway wrote it: use that one."
        )
    boards = value.get("boards")
    if not isinstance(boards, list):
        raise UsageError(f"{path} lacks its list `boards`", _MEND)
    return [_entry(path, item) for item in boards]


def _entry(path: Path, item: object) -> BoardEntry:
    if not isinstance(item, dict):
        raise UsageError(f"{path}: a board is {item!r}, expected an object", _MEND)
    known = [field.name for field in fields(BoardEntry)]
    for key, value in item.items():
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(known)}."
            raise UsageError(f"{path}: a board has the unknown key {key!r}", hint)
        expected = int if key == "port" else str
        if type(value) is not expected or not value:
            words = "a number" if expected is int else "text"
            raise UsageError(f"{path}: the key {key} of a board is {value!r}, expected {words}", _MEND)
    missing = [key for key in ("name", "kind") if key not in item]
    if missing:
        raise UsageError(f"{path}: a board lacks its key {missing[0]}", _MEND)
    entry = BoardEntry(**item)
    try:
        check_board(entry)
    except UsageError as error:
        raise UsageError(f"{path}: {error.summary}", error.hint) from error
    return entry
