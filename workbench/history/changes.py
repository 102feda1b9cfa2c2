"""What changed since the last visit: documents value by value, records, runs, commits; by day, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from projects.document_changes import FieldChange, compare_documents
from projects.records import CandidateRecord, EngineRecord, FindingRecord, ReleaseRecord, Stored
from projects.yaml_file import YamlFile
from workbench.base import clock
from workbench.documents.names import parse
from workbench.history.git import Commit, commits_since, repository_of, uncommitted
from workbench.history.needs import changed_at, list_needs
from workbench.history.visit import Visit, last_save, last_visit
from workbench.results.run_record import RunRecord, RunState
from workbench.standing.state import Standing
from workbench.standing.words import STATES, counts_of
from workbench.views.findings import FindingPlace
from workbench.views.project.changes import Change, Changes, Day
from workbench.views.project.overview import Place, Target
from workbench.words import moment_of, say_bytes, say_count, say_created, say_folder

MOST_VALUES = 4
_RUN_STATES = {
    RunState.CANCELLED: "cancelled",
    RunState.FAILED: "failed",
    RunState.INTERRUPTED: "failed",
}


def list_changes(home: Path, folder: Path, *, whole: bool = False) -> Changes:
    """What needs the user, and what changed; from the beginning where `whole`, or where there was no visit."""
    standing = Standing(home, folder)
    visit = None if whole else last_visit(home, folder)
    found = () if visit is None and not whole else tuple(_changes(standing, visit))
    needs = tuple(list_needs(standing))
    first = visit is None and not whole
    title = "History" if whole else "First visit" if first else "Since your last visit"
    return Changes(
        first_visit=first,
        title=title,
        summary=_summary(standing, visit, len(found), len(needs), whole=whole),
        needs=needs,
        days=_by_day(found),
        facts=tuple(_facts(standing)),
    )


def _summary(standing: Standing, visit: Visit | None, changes: int, needs: int, *, whole: bool) -> str:
    wanted = (
        "nothing needs you" if needs == 0 else f"{say_count(needs, 'thing')} {'needs' if needs == 1 else 'need'} you"
    )
    if whole:
        return f"{say_count(changes, 'event')}, newest first."
    if visit is None:
        runs = say_count(len(standing.run_folders), "run") if standing.run_folders else "No runs yet"
        return f"{runs}; {wanted}. From now on this says what changed meanwhile."
    seen = say_created(visit.seen)
    seen = f"Today {seen}" if " " not in seen else f"{seen[:1].upper()}{seen[1:]}"
    return f"{seen}. {say_count(changes, 'change')}, {wanted}."


def _changes(standing: Standing, visit: Visit | None) -> Iterator[Change]:
    if visit is not None:
        yield from _of_documents(standing, visit)
        yield from _of_commits(standing.folder, visit)
    known = frozenset[str]() if visit is None else visit.records
    yield from (_of_candidate(item) for item in standing.candidates if item.id not in known)
    yield from (_of_engine(item) for item in standing.engines if item.id not in known)
    yield from (_of_release(item) for item in standing.releases if item.id not in known)
    yield from (_of_finding(item) for item in standing.findings if item.id not in known)
    ended = frozenset[str]() if visit is None else visit.runs
    yield from (_of_run(run) for run in standing.runs if isinstance(run, RunRecord) and run.id not in ended)


def _change(state: str, at: str, subject: str, text: str, detail: str, target: Target | None) -> Change:
    moment = moment_of(at)
    return Change(state, at, f"{moment:%H:%M}" if moment is not None else "", subject, text, detail, target)


def _of_documents(standing: Standing, visit: Visit) -> Iterator[Change]:
    for file in standing.files:
        before = visit.documents.get(file.name, "")
        now = file.text.replace("\r\n", "\n").replace("\r", "\n")
        if before == now:
            continue
        at = changed_at(file.path)
        target = Target("project", Place(file.name))
        if not now:
            yield _change("err", at, file.name, f"{file.name} is gone", "", target)
            continue
        values = compare_documents(parse(file.name, before), parse(file.name, now))
        text = (
            f"{file.name} changed in {say_count(len(values), 'value')}" if values else f"{file.name} changed in words"
        )
        detail = _value_words(values) or "comments, order or spaces"
        yield _change("changed", at, file.name, text, f"{_who_edited(standing, file)}{detail}", target)


def _who_edited(standing: Standing, file: YamlFile) -> str:
    from workbench.base.hashing import sha256_bytes
    from workbench.documents.files import read_bytes

    saved = last_save(standing.home, standing.folder, file.name)
    here = saved is not None and sha256_bytes(read_bytes(file.path) or b"") == saved
    return "" if here else "edited outside Slipway: "


def _value_words(values: Sequence[FieldChange]) -> str:
    """`Latency limit 50ms → 40 ms`, the first few."""
    words = [f"{item.label} {item.old or 'not set'} → {item.new or 'not set'}" for item in values[:MOST_VALUES]]
    left = len(values) - len(words)
    return "; ".join([*words, *([f"{left} more"] if left else [])])


def _of_commits(folder: Path, visit: Visit) -> Iterator[Change]:
    for commit in commits_since(folder, visit.head):
        yield _of_commit(commit)


def _of_commit(commit: Commit) -> Change:
    at = datetime.fromtimestamp(commit.seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _change("commit", at, "", commit.subject, f"commit {commit.sha[:9]} by {commit.author}", None)


def _of_candidate(stored: Stored[CandidateRecord]) -> Change:
    record = stored.record
    found = record.error.get("scores_snr_db")
    error = f", scores {found:.1f} dB against the model" if found is not None else ""
    text = f"Candidate {record.name} made"
    detail = f"{say_bytes(record.size_bytes)}{error}, by {stored.by.name}"
    return _change("ok", stored.created, record.name, text, detail, Target("optimise", record.sha256))


def _of_engine(stored: Stored[EngineRecord]) -> Change:
    record = stored.record
    name = f"{record.candidate_name} @ {record.board_name}"
    took = f", built in {record.build_seconds:.1f} s" if record.build_seconds is not None else ""
    detail = f"{record.runtime} {record.runtime_version.split('-')[0]}{took}, by {stored.by.name}"
    return _change("ok", stored.created, name, f"Engine {name} built", detail, Target("boards", record.board_name))


def _of_release(stored: Stored[ReleaseRecord]) -> Change:
    record = stored.record
    text = f"Release {record.release} installed"
    detail = f"on {record.board_name}, by {stored.by.name}"
    return _change("ok", stored.created, record.release, text, detail, Target("boards", record.board_name))


def _of_finding(stored: Stored[FindingRecord]) -> Change:
    record, target = stored.record, Target("project", FindingPlace(stored.id))
    return _change("warn", stored.created, record.topic, f"Finding: {record.text}", f"by {stored.by.name}", target)


def _of_run(run: RunRecord) -> Change:
    name = f"Run {run.number}"
    board = run.board.get("name", "")
    if run.state is RunState.FINISHED:
        state, text = STATES[run.outcome], f"{name}: {run.outcome_text.lower()}"
    else:
        state, text = _RUN_STATES[run.state], f"{name} was {run.state.value}"
    detail = f"{counts_of(run)}, on {board}, by {run.by.name}" if run.requirements else run.text
    return _change(state, run.created, name, text, detail, Target("verify", run.id))


def _by_day(changes: Sequence[Change]) -> tuple[Day, ...]:
    today = clock.now_utc().astimezone().date()
    days: dict[str, list[Change]] = {}
    for change in sorted(changes, key=lambda item: item.at, reverse=True):
        moment = moment_of(change.at)
        if moment is None:
            title = "At some time"
        elif moment.date() == today:
            title = "Today"
        elif moment.date() == today - timedelta(days=1):
            title = "Yesterday"
        else:
            title = f"{moment.day} {moment:%B}" + (f" {moment.year}" if moment.year != today.year else "")
        days.setdefault(title, []).append(change)
    return tuple(Day(title, tuple(listed)) for title, listed in days.items())


def _facts(standing: Standing) -> Iterator[tuple[str, str]]:
    """What the project is."""
    for title, keys in (("Deployment", ("deployment", "id")), ("Model", ("deployment", "model"))):
        value = standing.files[0].find(keys)
        if isinstance(value, str):
            yield title, value
    found = repository_of(standing.folder)
    if found is None:
        yield "Git", "not under git"
    else:
        changed = uncommitted(standing.folder, {file.name: file.text for file in standing.files})
        yield "Branch", found.branch or found.head[:9] or "none"
        yield "Documents", f"{len(changed)} not committed" if changed else "committed"
    made = len(standing.candidates) + len(standing.engines) + len(standing.releases)
    counts = f"{say_count(len(standing.run_folders), 'run')}, {say_count(made, 'record')}"
    yield "Records", counts if made or standing.run_folders else "none yet"
    yield "Folder", say_folder(standing.folder)
