"""The boards that this user knows: `boards.json` in the user's settings, and this machine, which is always there."""

from __future__ import annotations

import difflib
import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

from targets.board import Board
from workbench.base.atomic import write_json
from workbench.base.errors import UsageError

FORMAT: Final = "slipway.boards/1"
THIS_MACHINE: Final = "this-machine"
KINDS: Final = ("local",)


@dataclass(frozen=True)
class BoardEntry:
    """What is known of a board before it is reached."""

    name: str
    kind: str
    """`local`: this machine."""
    root: str | None = None
    """The board's root folder; None: `~/.slipway` there."""
    python: str | None = None
    """The Python that runs the agent there."""
    id: str | None = None
    """What counts as its id instead of its serial number or machine id."""
    lock: str | None = None
    """Its lock, where it is not the usual one."""


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
    """Add a board, or change the one of the same name."""
    others = [known for known in _load(_path()) if known.name != entry.name]
    ordered = sorted([*others, entry], key=lambda item: item.name)
    boards = [{key: value for key, value in asdict(item).items() if value is not None} for item in ordered]
    write_json(_path(), {"format": FORMAT, "boards": boards})


def open_board(name: str) -> Board:
    """The board of that name, ready to be reached; nothing is sent yet.

    Raises:
        UsageError: there is none.
    """
    entry = find_board(name)
    from targets.local import LocalBoard

    root = Path(entry.root).expanduser() if entry.root else _default_root()
    lock = Path(entry.lock).expanduser() if entry.lock else None
    return LocalBoard(entry.name, root, entry.python, entry.id, lock)


def _default_root() -> Path:
    """`SLIPWAY_HOME` moves this machine's board too: a test must never touch the user's own."""
    home = os.environ.get("SLIPWAY_HOME")
    return Path(home) / "board" if home else Path.home() / ".slipway"


def _path() -> Path:
    return settings_folder() / "boards.json"


def _load(path: Path) -> list[BoardEntry]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}", "Mend the file, or move it away and add the boards again."
        ) from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        form = value.get("format") if isinstance(value, dict) else None
        raise UsageError(
            f"{path} has the format {form!r}, expected {FORMAT!r}", "A newer Slipway wrote it: use that one."
        )
    boards = value.get("boards")
    if not isinstance(boards, list):
        raise UsageError(f"{path} lacks its list `boards`")
    return [_entry(path, item) for item in boards]


def _entry(path: Path, item: object) -> BoardEntry:
    if not isinstance(item, dict):
        raise UsageError(f"{path}: a board is {item!r}, expected an object")
    known = [field.name for field in fields(BoardEntry)]
    for key, value in item.items():
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(known)}."
            raise UsageError(f"{path}: a board has the unknown key {key!r}", hint)
        if not isinstance(value, str) or not value:
            raise UsageError(f"{path}: the key {key} of a board is {value!r}, expected text")
    missing = [key for key in ("name", "kind") if key not in item]
    if missing:
        raise UsageError(f"{path}: a board lacks its key {missing[0]}")
    if item["kind"] not in KINDS:
        raise UsageError(f"{path}: board {item['name']} is of kind {item['kind']!r}; known: {', '.join(KINDS)}")
    return BoardEntry(**item)
