"""The findings of a project: written once, closed by a record of their own, listed with what became of them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from projects.layout import Layout
from projects.project import Project
from projects.record_file import Author
from projects.records import FindingClosureRecord, FindingRecord, RecordStore, Stored
from projects.runs import find_run
from workbench.base.errors import UsageError
from workbench.views.findings import FindingDraft, FindingRow

TOPIC = "observation"
"""Of what a person wrote; what Slipway finds by itself has topics of its own."""
MOST_WORDS = 4000
OPEN, CLOSED = "open", "closed"


def read_findings(project: Path, run: str | None = None, *, open_only: bool = False) -> tuple[FindingRow, ...]:
    """All findings, newest first; of one run where one is named.

    Raises:
        UsageError: the run is not there, or a record is of a newer Slipway.
        SlipwayError: a record is damaged.
    """
    wanted = None if run is None else find_run(Layout(project).runs, run).id
    rows = _rows(project)
    fitting = (row for row in rows if wanted is None or row.run == wanted)
    return tuple(row for row in reversed(list(fitting)) if not open_only or row.state == OPEN)


def write_finding(project: Path, draft: FindingDraft, by: Author) -> FindingRow:
    """Write a finding (`views.findings.add_finding`)."""
    text = _checked(draft.text)
    for moment in (draft.t_s, draft.until_s):
        if moment is not None and not math.isfinite(moment):
            raise UsageError(f"a finding at {moment} s", "Give seconds since the run began.")
    _require_requirement(project, draft.requirement)
    record = FindingRecord(
        topic=TOPIC,
        text=text,
        run=find_run(Layout(project).runs, draft.run).id if draft.run else None,
        requirement=draft.requirement or None,
        t_s=draft.t_s,
        until_s=draft.until_s,
        frame_id=draft.frame_id,
        frame_name=draft.frame_name,
    )
    stored = _store(project).write(record, by)
    return next(row for row in _rows(project) if row.id == stored.id)


def write_closure(project: Path, finding: str, text: str, by: Author) -> FindingRow:
    """Close a finding (`views.findings.close_finding`)."""
    row = _open_row(project, finding)
    _store(project).write(FindingClosureRecord(finding=row.id, text=text.strip()[:MOST_WORDS]), by)
    return next(item for item in _rows(project) if item.id == row.id)


def write_revision(project: Path, finding: str, text: str, by: Author) -> FindingRow:
    """Say a finding in other words (`views.findings.edit_finding`)."""
    row = _open_row(project, finding)
    store, words = _store(project), _checked(text)
    before = next(item for item in store.all(FindingRecord) if item.id == row.id)
    if words == before.record.text:
        return row
    stored = store.write(replace(before.record, text=words), by)
    revised = next(item for item in _rows(project) if item.id == stored.id)
    store.write(FindingClosureRecord(finding=row.id, text=f"reworded as {revised.label}"), by)
    return revised


def find_row(rows: tuple[FindingRow, ...], name: str) -> FindingRow:
    """A finding by its label, its number or the beginning of its id.

    Raises:
        UsageError: there is none, or several fit.
    """
    wanted = name.strip().lower()
    number = wanted.removeprefix("f-")
    labelled = [row for row in rows if number.isdecimal() and row.label == f"F-{int(number)}"]
    found = labelled or [row for row in rows if wanted and row.id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    known = f"Findings are {', '.join(row.label for row in rows[-5:])}." if rows else "There is none yet."
    what = f"several findings are called {name[:40]}" if found else f"no finding is called {name[:40]}"
    raise UsageError(what, "Give more of the id." if found else known)


def _open_row(project: Path, finding: str) -> FindingRow:
    row = find_row(_rows(project), finding)
    if row.state == CLOSED:
        raise UsageError(f"{row.label} is closed already, by {row.closed_by}", "Write a new finding, if it came back.")
    return row


def _checked(text: str) -> str:
    words = text.strip()
    if not words or len(words) > MOST_WORDS:
        raise UsageError("a finding without words" if not words else "a finding of too many words", "Say what you saw.")
    return words


def _rows(project: Path) -> tuple[FindingRow, ...]:
    """Oldest first, numbered in that order."""
    store = _store(project)
    closures = {item.record.finding: item for item in reversed(store.all(FindingClosureRecord))}
    return tuple(
        _row(f"F-{number}", item, closures.get(item.id)) for number, item in enumerate(store.all(FindingRecord), 1)
    )


def _row(label: str, item: Stored[FindingRecord], closure: Stored[FindingClosureRecord] | None) -> FindingRow:
    record = item.record
    return FindingRow(
        id=item.id,
        label=label,
        text=record.text,
        by=item.by.name,
        created=item.created,
        state=OPEN if closure is None else CLOSED,
        where=_where(record),
        run=record.run or "",
        t_s=record.t_s,
        until_s=record.until_s,
        frame_id=record.frame_id,
        requirement=record.requirement or "",
        closed_by="" if closure is None else closure.by.name,
        closed="" if closure is None else closure.created,
        closed_text="" if closure is None else closure.record.text,
    )


def _where(record: FindingRecord) -> str:
    parts = []
    if record.run:
        parts.append(f"run {int(record.run.partition('-')[0])}")
    if record.frame_id is not None:
        parts.append(f"frame {record.frame_id}")
    if record.frame_name:
        parts.append(record.frame_name)
    if record.t_s is not None:
        until = "" if record.until_s is None else f" to {record.until_s:.1f}"
        parts.append(f"at {record.t_s:.1f}{until} s")
    if record.requirement:
        parts.append(record.requirement)
    return ", ".join(parts)


def _require_requirement(project: Path, name: str) -> None:
    if not name:
        return
    known = [item.id for item in Project.open(project).requirements]
    if name not in known:
        raise UsageError(f"no requirement is called {name[:80]}", f"They are {', '.join(known[:8])}.")


def _store(project: Path) -> RecordStore:
    return RecordStore(Layout(project).records)
