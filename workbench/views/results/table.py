"""All runs of a project as one table, and the same in a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.views.results.filtering import apply_filter
from workbench.views.results.values import NOT_THERE, Facet, Figure, Filter, ResultsPage, RunLine
from workbench.views.verify.present import Present, open_present
from workbench.views.verify.rows import short_id
from workbench.views.verify.validity import judge_run
from workbench.views.verify.values import BAD, BUSY, FAIL, NEAR, ORDER, PASS, PLAIN
from workbench.views.verify.words import as_sentence
from workbench.words import say_count, say_created

if TYPE_CHECKING:
    from workbench.results.run_record import RequirementResult, RunRecord
    from workbench.results.run_table import RunRow
    from workbench.session import Session

TRY, UNFINISHED = "try", "unfinished"
FACETS = (("candidate", "Candidate"), ("board", "Board"), ("kind", "Kind"), ("word", "Validity"))


def read_results(session: Session, project: Path) -> ResultsPage:
    """Every run of a project, newest first: finished, unfinished and unreadable ones, and the gaps of deleted ones."""
    return _page(open_present(project, session.home), session, project)


def _page(present: Present, session: Session, project: Path) -> ResultsPage:
    known = {run.id: run for run in present.runs}
    rows = session.runs(project)
    unended = any(row.state == UNFINISHED and row.kind != TRY for row in rows)
    boards_at_work = _at_work(session.home, project) if unended else {}
    lines = [_line(row, known.get(row.run), present, boards_at_work) for row in rows]
    lines += _gaps(lines)
    lines.sort(key=lambda line: (-line.number, line.run))
    boards = tuple(dict.fromkeys(line.board for line in lines if line.board))
    facets = tuple(
        Facet(name, title, tuple(sorted({getattr(line, name) for line in lines} - {""}))) for name, title in FACETS
    )
    there = sum(bool(line.run) for line in lines)
    return ResultsPage(
        project=project.resolve().name,
        lines=tuple(lines),
        facets=facets,
        boards=boards,
        text=f"{say_count(there, 'run')}, {say_count(len(boards), 'board')}",
        empty_text="" if lines else "No runs yet.",
    )


def export_runs(session: Session, project: Path, path: Path, wanted: Filter) -> str:
    """Write the runs that a filter leaves as CSV or XLSX, by what the file's name ends with; returns what was done.

    Raises:
        UsageError: there is no such form, or no such folder.
        SlipwayError: the file cannot be written.
    """
    from workbench.results.run_table import write_runs

    chosen = [line.run for line in apply_filter(read_results(session, project), wanted).lines]
    rows = {row.run: row for row in session.runs(project)}
    write_runs(path, [rows[run] for run in chosen if run in rows])
    return f"{say_count(len([run for run in chosen if run]), 'run')} written to {path}"


def _at_work(home: Path, project: Path) -> dict[str, str]:
    """Boards on which a living window works for this project now: since when, ISO 8601 in UTC."""
    from workbench.jobs.journal_files import read_journal

    heads = (item.story.head for item in read_journal(home) if item.story.row(0.0).in_flight)
    return {
        head.board: datetime.fromtimestamp(head.submitted_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for head in heads
        if head.board and head.project is not None and Path(head.project).resolve() == project.resolve()
    }


def _line(row: RunRow, run: RunRecord | None, present: Present, at_work: Mapping[str, str]) -> RunLine:
    if run is None:
        return _without_record(row, present, at_work)
    stale = present.staleness.get(run.id, "")
    word, tone, why = judge_run(run, stale)
    counts = Counter(item.verdict.outcome.value for item in run.requirements)
    open_ids = tuple(f"{item.verdict.outcome.value.lower()} {short_id(item.id)}" for item in _open(run))
    kind = _kind(run)
    line = RunLine(
        run=run.id,
        number=run.number,
        created=run.created,
        started_text=say_created(run.created),
        model=row.model,
        candidate=row.candidate,
        precision=row.precision,
        board=row.board,
        mode=run.power_mode,
        kind=kind,
        word=word,
        tone=tone,
        why=why,
        void=run.state.value != "finished",
        verdicts=tuple((outcome, counts[outcome]) for outcome in ORDER if counts[outcome]),
        outcome=row.verdict if run.requirements else "",
        p50_ms=_figure(row.latency_p50_ms, run, ""),
        p99_ms=_figure(row.latency_p99_ms, run, "latency"),
        throughput_fps=_figure(row.throughput_fps, run, "throughput"),
        memory_mb=_figure(row.memory_peak_mb, run, "memory_peak"),
        iou=_figure(row.detection_iou, run, "detection_iou", "{:.3f}"),
        map50=_figure(row.map50, run, "accuracy", "{:.3f}"),
        open_ids=open_ids,
    )
    return _with_text(line)


def _with_text(line: RunLine) -> RunLine:
    parts = (f"run {line.number}", line.run, line.started_text, line.model, line.candidate, line.precision, line.board)
    words = " ".join([*parts, line.mode, line.kind, line.word, line.why, line.outcome, *line.open_ids])
    return replace(line, text=words.lower())


def _without_record(row: RunRow, present: Present, at_work: Mapping[str, str]) -> RunLine:
    """A run that works still, or that nobody closed, or whose record cannot be read: with what its plan says."""
    from workbench.results.run_record import precision_of

    about = _plan_of(row, present)
    created, since = str(about.get("created", "")), at_work.get(str(about.get("board", "")))
    word, tone, why = (
        "Not finished",
        NEAR,
        "A command works on it still, or it was interrupted: the next job on its board closes it.",
    )
    if row.kind == TRY:
        word, tone, why = "Try", PLAIN, "Frames were played to look at them: it is not evidence."
    elif since is not None and created >= since:
        word, tone, why = "Running", BUSY, "A job measures it now; its verdicts come with its end."
    elif row.state != UNFINISHED:
        word, tone, why = row.state.capitalize(), BAD, _why_unreadable(row, present)
    asked = ", ".join(str(name).rpartition("/")[2] for name in about.get("only", ())) or "all"
    chain, project = about.get("chain") or {}, about.get("project") or {}
    return _with_text(
        RunLine(
            run=row.run,
            number=row.number,
            created=created,
            started_text=say_created(created) if created else "",
            model=str(project.get("model", "")),
            candidate=str((chain.get("candidate") or {}).get("name", "")),
            precision=precision_of(chain, project),
            board=str(about.get("board", "")),
            kind=(f"{asked}, quick" if about.get("quick") else asked) if about else "",
            word=word,
            tone=tone,
            why=why,
            void=row.kind == TRY or row.state != UNFINISHED,
        )
    )


def _why_unreadable(row: RunRow, present: Present) -> str:
    """What is wrong with a record, and what to do."""
    from projects.runs import RunFolder
    from workbench.pipeline.report import UnreadableRun, try_run

    found = try_run(RunFolder(present.folder / "runs" / row.run, row.number))
    return as_sentence(found.text) if isinstance(found, UnreadableRun) else "Its record was mended meanwhile."


def _plan_of(row: RunRow, present: Present) -> dict[str, Any]:
    """What a run was to do; nothing where that cannot be read either."""
    from projects.runs import RunFolder
    from workbench.base.errors import SlipwayError

    try:
        plan = RunFolder(present.folder / "runs" / row.run, row.number).read_plan()
    except SlipwayError:
        return {}
    return {**plan.body, "created": plan.created}


def _gaps(lines: Sequence[RunLine]) -> list[RunLine]:
    """Runs that were deleted or not fetched: a gap is never closed."""
    numbers = {line.number for line in lines}
    missing = (number for number in range(1, max(numbers, default=0)) if number not in numbers)
    why = "It was deleted, or not fetched."
    return [
        _with_text(RunLine("", number, "", "", word="Missing", tone=PLAIN, why=why, void=True)) for number in missing
    ]


def _open(run: RunRecord) -> Iterator[RequirementResult]:
    return (item for item in run.requirements if item.verdict.outcome.value != PASS)


def _kind(run: RunRecord) -> str:
    part = ", ".join(name.rpartition("/")[2] for name in run.only) or "all"
    ways = [way for way, there in (("until decided", run.settings.get("until_decided")), ("quick", run.quick)) if there]
    return ", ".join([part, *ways])


def _figure(value: float | None, run: RunRecord, kind: str, form: str = "") -> Figure:
    if value is None:
        return NOT_THERE
    outcomes = {item.verdict.outcome.value for item in run.requirements if item.kind == kind}
    return Figure(value, form.format(value) if form else _digits(value), FAIL in outcomes)


def _digits(value: float) -> str:
    """As many digits as a column can be read with."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
