"""What of a project needs its user: problems, verdicts that do not pass, values that nobody confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from workbench.history.visit import last_save
from workbench.pipeline.report import UnreadableRun
from workbench.results.run_record import RunRecord
from workbench.standing.state import Standing
from workbench.standing.strip import make_strip
from workbench.standing.words import STATES, joined, short_id, verdict_in_words, way_out, worst_first
from workbench.views.findings import FindingPlace
from workbench.views.project.changes import Change
from workbench.views.project.documents import DocumentView
from workbench.views.project.overview import Place, Target
from workbench.words import say_count, say_created

MOST_LINES = 3


def list_needs(standing: Standing) -> Iterator[Change]:
    """What stands open now, what blocks most first; whether it is new does not matter."""
    for view in standing.views:
        if view.problems:
            yield _of_document(standing, view)
    strip = make_strip(standing)
    if strip.stale_from:
        box = next(box for box in strip.boxes if box.stage == strip.stale_from)
        yield Change("stale", "", "", box.name, f"{box.name} is stale", box.reason, box.target)
    yield from _of_values(standing)
    run = standing.whole_run
    if run is not None:
        yield from _of_run(run)
    yield from _of_findings(standing)
    for unreadable in (item for item in standing.runs if isinstance(item, UnreadableRun)):
        name = f"Run {int(unreadable.id.partition('-')[0])}"
        text = f"{name} cannot be read: {unreadable.state}"
        yield Change("warn", "", "", name, text, unreadable.text, Target("verify", unreadable.id))


def _of_document(standing: Standing, view: DocumentView) -> Change:
    path = standing.folder / view.name
    lines = sorted({mark.line for mark in view.problems if mark.line is not None})
    more = ["more"] if len(lines) > MOST_LINES else []
    shown = joined([*map(str, lines[:MOST_LINES]), *more])
    where = f"line{'' if len(lines) == 1 else 's'} {shown}" if lines else ""
    by = _edited_by(standing, view.name)
    first = view.problems[0]
    return Change(
        "err",
        changed_at(path),
        say_created(changed_at(path)),
        view.name,
        f"{view.name} has {say_count(len(view.problems), 'problem')}",
        ", ".join(part for part in (by, where) if part),
        Target("project", Place(view.name, first.line, first.path)),
    )


def _edited_by(standing: Standing, name: str) -> str:
    saved = last_save(standing.home, standing.folder, name)
    if saved is None:
        return ""
    file = next(file for file in standing.files if file.name == name)
    from workbench.base.hashing import sha256_bytes
    from workbench.documents.files import read_bytes

    return "saved here" if sha256_bytes(read_bytes(file.path) or b"") == saved else "edited outside Slipway"


def _of_values(standing: Standing) -> Iterator[Change]:
    waiting = standing.project.unconfirmed if standing.project is not None else ()
    if waiting:
        text = f"{say_count(len(waiting), 'proposed value')} {'is' if len(waiting) == 1 else 'are'} not confirmed"
        shown = ", ".join(item.path for item in waiting[:MOST_LINES])
        place = Place(waiting[0].file, waiting[0].line, waiting[0].path)
        yield Change("warn", "", "", say_count(len(waiting), "proposed value"), text, shown, Target("project", place))


def _of_run(run: RunRecord) -> Iterator[Change]:
    for item in worst_first(run):
        detail = f"run {run.number}; {way_out(item)}"
        state, target = STATES[item.verdict.outcome], Target("verify", item.id)
        text = verdict_in_words(item)
        yield Change(state, run.created, say_created(run.created), short_id(item), text, detail, target)


def _of_findings(standing: Standing) -> Iterator[Change]:
    """One line for all: their list says which."""
    if not standing.findings:
        return
    newest = standing.findings[-1]
    count = say_count(len(standing.findings), "finding")
    text = f"{count} {'is' if len(standing.findings) == 1 else 'are'} open"
    moment = say_created(newest.created)
    yield Change("warn", newest.created, moment, count, text, newest.record.text, Target("project", FindingPlace()))


def changed_at(path: Path) -> str:
    """When a file was changed, UTC; empty where it is not there."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except OSError:
        return ""
