"""Boards of Slipway on the servers of tests."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from targets.inventory import BoardEntry, save_board
from tests.ssh_lab.server import SshServer

BOARD = "bench"


def entry_of(server: SshServer, root: Path | str, name: str = BOARD, **changes: Any) -> BoardEntry:
    """What is known of a board with that root; its Python is this one, its id and its lock are its own."""
    entry = BoardEntry(
        name,
        "ssh",
        root=str(root),
        python=sys.executable,
        id=f"{name}-board",
        lock=str(server.folder / "lock"),
        host=server.host,
        port=server.port,
        user=server.user,
        key=str(server.keys.plain),
    )
    return replace(entry, **changes)


def add_board(server: SshServer, root: Path | str, name: str = BOARD, **changes: Any) -> BoardEntry:
    """Enter it into the list of boards of SLIPWAY_HOME."""
    entry = entry_of(server, root, name, **changes)
    save_board(entry)
    return entry
