"""What the Boards page and the board pill ask; light at import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.base import clock
from workbench.views.boards.values import (
    BoardDetail,
    BoardList,
    BoardRow,
    FingerprintCheck,
    KnownHost,
    PillBoard,
    Way,
)

if TYPE_CHECKING:
    from workbench.session import Session


def read_boards(session: Session) -> BoardList:
    """All boards as they were known last; no board is asked."""
    from targets.inventory import list_boards
    from workbench.base.errors import UsageError
    from workbench.views.boards.rows import board_list

    try:
        entries = list_boards()
    except UsageError as error:
        return BoardList((), error.summary, error.hint)
    return board_list(session.home, entries, clock.now_s())


def read_board(session: Session, name: str, project: Path | None = None) -> BoardDetail:
    """One board as it was known last.

    Args:
        session: who asks.
        name: the board's.
        project: what is compared with its specification, and whose requirements are named.

    Raises:
        UsageError: there is no such board.
    """
    from targets.inventory import find_board
    from targets.kept_facts import load_kept
    from workbench.views.boards.details import board_detail

    return board_detail(find_board(name), load_kept(session.home, name), project, clock.now_s())


def read_pill(session: Session) -> tuple[PillBoard, ...]:
    """The boards for the pill and its menu, this machine first.

    Raises:
        UsageError: the list of boards cannot be used.
    """
    from targets.inventory import list_boards
    from workbench.views.boards.rows import board_row

    now = clock.now_s()
    return tuple(_pill(board_row(session.home, entry, now)) for entry in list_boards())


def read_hosts(session: Session) -> tuple[KnownHost, ...]:  # noqa: ARG001 - a query
    """The hosts of the user's SSH configuration that are no boards yet."""
    from targets.inventory import list_boards
    from targets.ssh.aliases import list_aliases

    taken = {entry.host for entry in list_boards()}
    return tuple(KnownHost(alias) for alias in list_aliases() if alias not in taken)


def read_way(session: Session, host: str, port: int | None = None, user: str = "", key: str = "") -> Way:  # noqa: ARG001
    """How a board would be reached, by the user's SSH configuration; nothing is sent."""
    from workbench.views.boards.ways import find_way

    return find_way(host, port, user or None, key or None)


def check_board_name(session: Session, name: str) -> str:  # noqa: ARG001 - a query
    """What is wrong with a name for a new board, in words; empty where nothing is."""
    from targets.inventory import BoardEntry, check_board, list_boards
    from workbench.base.errors import UsageError

    try:
        check_board(BoardEntry(name, "ssh", "host"))
    except UsageError as error:
        return error.hint
    return f"there is a board {name} already" if name in {entry.name for entry in list_boards()} else ""


def compare_fingerprint(session: Session, kind: str, base64: str, text: str) -> FingerprintCheck:  # noqa: ARG001
    """What a person pasted from the board's own screen, against the key that the host showed over the network."""
    from base64 import b64decode

    from targets.fingerprints import Match, compare
    from targets.road import ShownKey, Standing
    from targets.ssh.known_hosts import fingerprint
    from workbench.views.boards.words import groups_of

    key = ShownKey("", kind, base64, fingerprint(b64decode(base64)), Standing.UNKNOWN)
    found = compare(key, text)
    looks = {Match.EQUAL: "ok", Match.DIFFERENT: "err", Match.NOTHING: "todo"}
    group = None if found.differs_at is None else found.differs_at // 4
    return FingerprintCheck(found.match is Match.EQUAL, looks[found.match], found.text, groups_of(found.pasted), group)


def forget_board(session: Session, name: str) -> None:
    """Forget a board and what it told; nothing changes on it.

    Raises:
        UsageError: there is none, or it is this machine.
    """
    from targets.kept_facts import forget_kept
    from targets.kept_history import forget_history

    session.forget_board(name)
    forget_kept(session.home, name)
    forget_history(session.home, name)


def _pill(row: BoardRow) -> PillBoard:
    heat = f"{row.hottest_text} °C" if row.hottest_c is not None else ""
    mode = row.mode.text if row.mode.known else ""
    parts = (row.state.word, row.state.detail, row.address, row.runtime.text, f"clocks {row.clocks.text}")
    tip = ", ".join(part for part in parts if part and not part.endswith((" ", "unknown")))
    return PillBoard(row.name, row.state, mode, heat, tip)
