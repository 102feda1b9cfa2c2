"""Arguments and options that several commands share, and what their texts mean."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.base.errors import UsageError

ProjectFolder = Annotated[Path, typer.Argument(metavar="PROJECT", help="The project's folder.")]
BoardToWatch = Annotated[
    str, typer.Option("--board", metavar="BOARD", help="Its name, as `slipway boards list` has it.")
]
BoardName = Annotated[
    str | None,
    typer.Option(
        "--board",
        metavar="BOARD",
        help="Its name, as `slipway boards list` has it; else `slipway: board:` of deployment.yaml, else this-machine.",
    ),
]
RuntimeName = Annotated[
    str | None, typer.Option("--runtime", metavar="NAME", help="What it shall run, as openvino; else what suits it.")
]
AcceptHostKey = Annotated[
    str | None,
    typer.Option("--accept-host-key", metavar="SHA256:...", help="Trust a new host that shows this key, unasked."),
]
Quick = Annotated[
    bool, typer.Option("--quick", help="Shorten durations; what is then not shown is NOT MEASURED, and it is said.")
]


def split_names(text: str | None) -> tuple[str, ...] | None:
    """`a, b` as names; None stays None."""
    return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())


def choose_board(project: Path, named: str | None) -> str:
    """The board that is named, else the one that the project's deployment.yaml names, else this machine.

    A folder without documents names none: the example is made there, or the job says what is missing.

    Raises:
        DocumentProblems, UsageError: none is named, and the project cannot be opened.
    """
    from projects.layout import Layout
    from projects.project import Project
    from targets.inventory import THIS_MACHINE

    if named is not None:
        return named
    layout = Layout(project)
    whole = layout.deployment.is_file() and layout.deployment_tests.is_file()
    return (Project.open(project).settings.board if whole else None) or THIS_MACHINE


def duration_s(option: str, text: str) -> float:
    """A duration such as `30min` in seconds.

    Raises:
        UsageError: it is none.
    """
    from projects.quantity import DURATION, QuantityError, parse

    try:
        return parse(text, DURATION).value
    except QuantityError as error:
        raise UsageError(f"{option} {text}: expected {error.expected}", error.hint) from error


def find_project(run: str) -> tuple[Path, str]:
    """The project and the name of a run that is given as its folder, or as its name in the project of this folder.

    Raises:
        UsageError: it is a name, and this folder is no project.
    """
    path = Path(run)
    if path.is_dir() and path.resolve().parent.name == "runs":
        return path.resolve().parent.parent, path.resolve().name
    if not Path("deployment.yaml").is_file() and not Path("runs").is_dir():
        hint = "Give the runs' folders, or change into the project's folder."
        raise UsageError(f"no run is called {run[:80]} here: this folder is no project", hint)
    return Path(), run
