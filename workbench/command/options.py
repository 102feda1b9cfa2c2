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
TrustHead = Annotated[
    str | None,
    typer.Option(
        "--trust-head",
        metavar="SHA256",
        help="Trust the project's own head: code whose sha256 begins so, which you read.",
    ),
]


def trust_own_head(project: Path, sha256: str | None, head: str | None = None) -> None:
    """Remember that a person trusts the code that is a project's head; nothing where no sha256 was given.

    Args:
        project: its folder.
        sha256: how the file's sha256 begins.
        head: the file, where the project is still to be made.

    Raises:
        DocumentProblems, UsageError: the project has no head of its own, or the file is another one.
    """
    if sha256 is None:
        return
    from projects.project import Project
    from workbench.intake.own_head import read_own_head, trust_by_prefix
    from workbench.settings import home_folder

    path = Path(head or "")
    if head is None:
        opened = Project.open(project)
        path = opened.folder / (opened.settings.head or "")
    if path.suffix.lower() != ".py":
        raise UsageError(f"{project} has no head of its own", "Leave --trust-head out, or name one: `slipway: head:`.")
    trust_by_prefix(read_own_head(path, home_folder()), sha256)


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
