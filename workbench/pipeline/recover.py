"""Runs that nobody ended, since desktop, agent or board died: what they recorded is kept and said to be partial."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

from projects.project import Project
from projects.runs import RunFolder, list_runs
from targets.fetch import fetch_run
from targets.replies import Refused
from workbench.base.cancel import CancelToken
from workbench.base.errors import LinkLost, SlipwayError
from workbench.base.events import Level
from workbench.base.hashing import sha256_file
from workbench.pipeline.on_board import HeldBoard, end_run
from workbench.pipeline.run_files import project_facts
from workbench.results.run_record import TRY, VERIFICATION, RunRecord, RunState
from workbench.telemetry.events_file import write_events
from workbench.telemetry.freeze import FROZEN, freeze
from workbench.telemetry.recording import Recording, read_recording

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext


def close_interrupted_runs(project: Project, held: HeldBoard, context: JobContext) -> None:
    """Close the project's unfinished runs on this board; who holds the board's lock knows that none of them works."""
    folders = list_runs(project.layout.runs)
    _remove_recorded(held, {folder.id for folder in folders if folder.is_finished()})
    for folder in folders:
        if folder.is_finished():
            continue
        try:
            if folder.read_plan().body.get("board_id") == held.id:
                _close(project, folder, held, context)
        except LinkLost:
            raise
        except SlipwayError as error:
            context.log(Level.WARNING, f"the unfinished run {folder.id} stays as it is: {error.summary}")


def _remove_recorded(held: HeldBoard, recorded: Set[str]) -> None:
    """Remove runs from the board whose record stands; a desktop that died just then left them."""
    for run in held.client.run_list():
        if run.run in recorded and run.state != "running":
            with contextlib.suppress(Refused):
                held.client.remove_run(run.run, CancelToken())


def _close(project: Project, folder: RunFolder, held: HeldBoard, context: JobContext) -> None:
    recording = _fetch(project, folder, held, context)
    files = _frozen(folder) if recording is None else freeze(recording, folder.path)
    if recording is not None and folder.is_try():
        files |= write_events(folder.path, recording)
    text = (
        "it was interrupted; samples up to the last second are kept" if files else "it was interrupted before it began"
    )
    problems = () if recording is None else recording.problems
    close_unjudged(project, folder, held, RunState.INTERRUPTED, text, files, problems)
    with contextlib.suppress(Refused):
        held.client.remove_run(folder.id, CancelToken())
    context.log(Level.WARNING, f"the run {folder.id} is closed: {text}")


def close_unjudged(
    project: Project,
    folder: RunFolder,
    held: HeldBoard,
    state: RunState,
    text: str,
    files: Mapping[str, str],
    problems: Sequence[str] = (),
) -> None:
    """Write the record of a run that has no verdict.

    Args:
        project: the run's project.
        folder: the run.
        held: the board that it was for.
        state: how it ended.
        text: the same in words.
        files: sha256 of what it recorded, by file name.
        problems: what of it could not be read.
    """
    plan = folder.read_plan()
    about = plan.body
    record = RunRecord(
        id=folder.id,
        number=folder.number,
        created=plan.created,
        by=plan.by,
        state=state,
        text=text,
        quick=bool(about.get("quick")),
        only=tuple(str(kind) for kind in about.get("only", ())),
        project=_mapping(about.get("project")) or project_facts(project),
        chain=_mapping(about.get("chain")),
        board={"name": held.name, "id": held.id},
        machine={},
        tools={},
        frames={},
        settings={},
        requirements=(),
        figures={},
        findings=(f"This run gives no verdict: {text}.", *problems),
        worst=(),
        files=files,
        kind=TRY if folder.is_try() else VERIFICATION,
    )
    folder.finish(record.to_json())


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _frozen(folder: RunFolder) -> dict[str, str]:
    """What was frozen before the desktop died, with its sha256."""
    paths = [folder.path / name for name in FROZEN]
    return {path.name: sha256_file(path) for path in paths if path.is_file()}


def _fetch(project: Project, folder: RunFolder, held: HeldBoard, context: JobContext) -> Recording | None:
    """What the board still has of it; None where it has nothing."""
    part = project.layout.cache / f"fetch-{folder.id}"
    end_run(held, folder.id, context)
    try:
        fetch_run(held.client.board, folder.id, part, CancelToken(), outputs=False)
        recording = read_recording(part / "live.sqlite")
    except Refused:
        return None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return recording
