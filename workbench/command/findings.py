"""The commands about findings: what somebody saw, and what became of it."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.command import exit_codes
from workbench.command.console import Console
from workbench.command.options import ProjectFolder
from workbench.command.table import Table
from workbench.command.wiring import command, make_app
from workbench.command.work import open_session
from workbench.evaluate.wording import count
from workbench.views.findings import FindingDraft, FindingRow, add_finding, close_finding, edit_finding, list_findings

findings = make_app("What somebody saw in a project: to list, to add, to edit, to close.")


@command(findings, "list", "slipway findings list demo", "slipway findings list demo --run 7 --all --json")
def list_all(
    console: Console,
    project: ProjectFolder,
    run: Annotated[str | None, typer.Option(help="Of one run: its number, or the beginning of its id.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that are closed, too.")] = False,
) -> int:
    """Findings, newest first."""
    rows = list_findings(open_session(), project, run, open_only=not everything)
    if rows:
        console.show(findings_table(rows))
    else:
        console.say("no finding is open" if not everything else "there is no finding")
    return console.answer(rows, exit_codes.PASSED)


@command(
    findings,
    "add",
    'slipway findings add demo "the far car flickers" --run 7 --at 27.1 --frame 812',
    'slipway findings add demo "slower than the last one" --requirement MLE-DEPLOY-EXAMPLE/latency',
)
def add(
    console: Console,
    project: ProjectFolder,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What you saw.")],
    run: Annotated[str, typer.Option(help="The run that it is about: its number, or the beginning of its id.")] = "",
    at: Annotated[float | None, typer.Option(metavar="SECONDS", help="When, since the run began.")] = None,
    until: Annotated[float | None, typer.Option(metavar="SECONDS", help="The end, of what lasted.")] = None,
    frame: Annotated[int | None, typer.Option(min=0, help="The frame's running number.")] = None,
    requirement: Annotated[str, typer.Option(metavar="ID", help="The requirement that it is about.")] = "",
) -> int:
    """Write a finding down."""
    row = add_finding(open_session(), project, FindingDraft(text, run, at, until, frame, "", requirement))
    console.say(f"{row.label} is open" + (f" ({row.where})" if row.where else ""))
    return console.answer(row, exit_codes.PASSED)


@command(findings, "edit", 'slipway findings edit demo F-3 "the far car flickers, and the bus"')
def edit(
    console: Console,
    project: ProjectFolder,
    finding: Annotated[str, typer.Argument(metavar="FINDING", help="Its label, or the beginning of its id.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What it shall say.")],
) -> int:
    """Say a finding in other words. It is written anew; the one before is closed with the new one's label."""
    row = edit_finding(open_session(), project, finding, text)
    console.say(f"{row.label} is open" + (f" ({row.where})" if row.where else ""))
    return console.answer(row, exit_codes.PASSED)


@command(findings, "close", 'slipway findings close demo F-3 "the exposure was fixed"')
def close(
    console: Console,
    project: ProjectFolder,
    finding: Annotated[str, typer.Argument(metavar="FINDING", help="Its label, or the beginning of its id.")],
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="What was done about it.")] = "",
) -> int:
    """Close a finding. It stays as it was written; who closed it, when and why stands beside it."""
    row = close_finding(open_session(), project, finding, text)
    console.say(f"{row.label} is closed")
    return console.answer(row, exit_codes.PASSED)


def findings_table(rows: tuple[FindingRow, ...]) -> Table:
    """Findings with what they are about, and what became of them."""
    cells = tuple(
        (row.label, row.state, row.created[:16].replace("T", " "), row.by, row.text, row.where, row.closed_text)
        for row in rows
    )
    columns = ("finding", "state", "created, UTC", "by", "what", "where", "closed because")
    return Table(columns, cells, count(len(rows), "finding"))
