"""The commands about boards: which are known, what they are, and what they lack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from targets.inventory import THIS_MACHINE, BoardEntry
from workbench.command import exit_codes, results, tables
from workbench.command.console import Console
from workbench.command.options import AcceptHostKey, RuntimeName
from workbench.command.wiring import command, make_app
from workbench.command.work import carry_out, open_session

boards = make_app("The boards that Slipway knows, and what they are.")


@command(boards, "list", "slipway boards list", "slipway boards list --json")
def list_boards(console: Console) -> int:
    """All boards; this machine is always there."""
    entries = open_session().boards()
    console.show(tables.boards_table(entries))
    return console.answer(entries, exit_codes.PASSED)


@command(
    boards,
    "add",
    "slipway boards add jetson --host 192.168.1.40 --user nvidia",
    "slipway boards add rig-3 --host rig3.lab --key ~/.ssh/rigs --accept-host-key SHA256:...",
)
def add_board(
    console: Console,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What you call it.")],
    host: Annotated[str, typer.Option(metavar="HOST", help="Its name or address, or its alias in ~/.ssh/config.")],
    port: Annotated[int | None, typer.Option(help="Its SSH port; else of ~/.ssh/config, else 22.")] = None,
    user: Annotated[str | None, typer.Option(help="The account there; else of ~/.ssh/config, else yours here.")] = None,
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A private key to try first; else the key agent and the usual.")
    ] = None,
    root: Annotated[str | None, typer.Option(help="Its folder for Slipway there; else ~/.slipway.")] = None,
    python: Annotated[
        str | None, typer.Option(help="The Python to run there; else that of `prepare`, else python3.")
    ] = None,
    id: Annotated[  # noqa: A002 - the key's name in boards.json
        str | None, typer.Option(help="What counts as its id; else its serial number or machine id.")
    ] = None,
    lock: Annotated[str | None, typer.Option(metavar="FILE", help="Its lock there, where not the usual one.")] = None,
    accept_host_key: AcceptHostKey = None,
    probe: Annotated[
        bool, typer.Option("--probe/--no-probe", help="Reach it first; what cannot be reached is not saved.")
    ] = True,
) -> int:
    """Make a Linux board known that is reached over SSH. Nothing secret is stored; a new host is asked about."""
    from workbench.pipeline.boards import AddBoardJob

    place = None if key is None else str(key.expanduser().absolute())
    entry = BoardEntry(name, "ssh", host, port, user, place, root, python, id, lock)
    return carry_out(console, lambda _: AddBoardJob(entry, accept_host_key, probe), results.show_added)


@command(boards, "remove", "slipway boards remove jetson")
def remove_board(console: Console, name: Annotated[str, typer.Argument(metavar="BOARD", help="Its name.")]) -> int:
    """Forget a board. Nothing changes on it, nor in ~/.ssh."""
    entry = open_session().forget_board(name)
    console.say(f"{entry.name} is forgotten")
    return console.answer(entry, exit_codes.PASSED)


@command(boards, "probe", "slipway boards probe", "slipway boards probe this-machine --json")
def probe_board(
    console: Console,
    name: Annotated[str, typer.Argument(metavar="[BOARD]", help="Its name.")] = THIS_MACHINE,
    runtime: RuntimeName = None,
    accept_host_key: AcceptHostKey = None,
) -> int:
    """Ask a board what it is and has. What is missing comes with the command that brings it; exit 1 then."""
    from workbench.pipeline.boards import ProbeBoardJob

    return carry_out(console, lambda _: ProbeBoardJob(name, runtime, accept_host_key), results.show_probed)


@command(
    boards,
    "prepare",
    "slipway boards prepare this-machine --dry-run",
    "slipway boards prepare jetson --runtime openvino",
)
def prepare_board(
    console: Console,
    name: Annotated[str, typer.Argument(metavar="BOARD", help="Its name.")],
    runtime: RuntimeName = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Make the environment anew, though nothing is missing.")
    ] = False,
    carry: Annotated[
        bool, typer.Option("--carry", help="Carry the wheels from here, though the board may reach a package index.")
    ] = False,
) -> int:
    """Bring a board numpy and a runtime, into an environment in its root; the system's Python stays as it is."""
    from workbench.pipeline.prepare import PrepareJob

    job = PrepareJob(name, runtime, dry_run, again, carry)
    return carry_out(console, lambda _: job, results.show_prepared)
