"""The command `slipway`: each command is a few lines over the session, the same that the window uses."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from workbench.base.errors import Cancelled, Fault, UsageError
from workbench.base.events import ErrorText
from workbench.command import exit_codes
from workbench.command.console import Console
from workbench.command.wiring import command, console_for, make_app

app = make_app("Take a trained detector to an edge board and prove that it may stay there.")
boards = make_app("The boards that Slipway knows, and what they are.")
app.add_typer(boards, name="boards")


def main(argv: list[str] | None = None) -> int:
    """Carry out one call of the command and return its exit code (`docs/architecture.md`)."""
    from workbench.jobs.outcome import outcome_of

    arguments = sys.argv[1:] if argv is None else argv
    console = console_for(arguments)
    outcome = outcome_of(lambda: _call(arguments, console))
    if outcome.error is not None:
        return console.fail(outcome.error)
    if isinstance(outcome.result, int):
        return outcome.result
    return console.fail(ErrorText("the command ended without an exit code", fault=Fault.INTERNAL))


def _call(arguments: list[str], console: Console) -> object:
    try:
        code: object = app(args=arguments, prog_name="slipway", standalone_mode=False, obj=console)
    except typer.TyperException as error:
        raise UsageError(error.format_message().rstrip("."), _try_help(error)) from error
    except SystemExit:  # the reader of stdout has gone; nothing more can be told there
        return exit_codes.WORK
    if code == exit_codes.CANCELLED and not console.answered:
        raise Cancelled
    return code


def _try_help(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"Try: {context.command_path if context else 'slipway'} --help"


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"slipway {version('slipway')}")
        raise typer.Exit


@app.callback()
def slipway(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take a trained detector to an edge board and prove that it may stay there."""


@command(app, "doctor", "slipway doctor", "slipway doctor --json")
def doctor(console: Console) -> int:
    """What is installed, what is missing, and how to get it; exit 1 where something is missing."""
    from workbench.command.tables import doctor_table
    from workbench.doctor import State, examine
    from workbench.settings import home_folder

    findings = examine(home_folder())
    missing = any(finding.state is State.MISSING for finding in findings)
    console.show(doctor_table(findings))
    return console.answer(findings, exit_codes.REQUIREMENT_FAILED if missing else exit_codes.PASSED)


@command(boards, "list", "slipway boards list", "slipway boards list --json")
def list_boards(console: Console) -> int:
    """All boards; this machine is always there."""
    from targets import inventory
    from workbench.command.tables import boards_table

    entries = inventory.list_boards()
    console.show(boards_table(entries))
    return console.answer(entries, exit_codes.PASSED)
