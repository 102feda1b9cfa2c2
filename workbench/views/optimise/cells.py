"""Figures of candidates as cells: accuracy, overlap, error and speed, each from the run that says most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.views.optimise.values import FAIL, INCONCLUSIVE, PASS, BoardCell, Cell, Limit
from workbench.views.optimise.words import interval_text, ms_text, share_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from projects.records import CandidateRecord, EngineRecord, Stored
    from workbench.pipeline.candidate_evidence import RunOfCandidate
    from workbench.results.run_record import RequirementResult

REFERENCE = Cell(text="reference", why="All others are compared with it.")
_PASSES = {"back_to_back": "latency", "paced": "latency_paced"}
_TOLERANCE = 1e-9


def missing(what: str) -> Cell:
    """A figure that no run measured."""
    return Cell(text="not measured", why=f"No run of this candidate measured {what}. Verify it.")


def judged_cell(runs: Sequence[RunOfCandidate], limit: Limit, what: str, *, milliseconds: bool = False) -> Cell:
    """The figure of a requirement, with its interval and its verdict, from the first run that has it."""
    for item in runs:
        result = item.result(lambda found: found.id == limit.id)
        if result is not None:
            return _of_result(result, item, limit, milliseconds=milliseconds)
    return missing(what)


def metric_cell(runs: Sequence[RunOfCandidate], metric: str, side: str = "device") -> Cell:
    """An accuracy that no requirement judges, of the `device` or of the `reference`."""
    for item in runs:
        figures = item.run.figures.get("accuracy", {}).get(side, {})
        value = figures.get(metric)
        if isinstance(value, int | float):
            low, high = figures.get("intervals", {}).get(metric, (None, None))
            return Cell(
                value=value,
                text=share_text(value),
                low=low,
                high=high,
                interval=interval_text(low, high),
                stale=item.stale,
                why=_source(item),
            )
    return missing("accuracy on labels")


def judge_cell(cell: Cell, limit: Limit) -> Cell:
    """The same figure with what a lower limit says of it; the interval decides as it does in a run."""
    from dataclasses import replace

    from workbench.evaluate.verdict import judge_interval

    if cell.value is None or cell.stale or (cell.low is None and cell.high is None):
        return cell
    return replace(cell, outcome=judge_interval(cell.value, cell.low, cell.high, limit.value, ">=").value)


def error_cell(record: CandidateRecord) -> Cell:
    """How far the outputs are from the model's: the part that is farthest off, the others in words."""
    known = {
        name.removesuffix("_snr_db"): value
        for name, value in record.error.items()
        if name.endswith("_snr_db") and value is not None
    }
    if not known:
        return Cell(text="not measured", why="No frames were at hand when it was made.")
    part = min(known, key=known.__getitem__)
    parts = ", ".join(f"{name} {value:.1f} dB" for name, value in sorted(known.items()))
    why = f"Signal to error against the model over a few frames when it was made: {parts}. Higher is closer."
    return Cell(value=known[part], text=f"{known[part]:.1f}", interval=part, why=why)


def board_cell(
    runs: Sequence[RunOfCandidate], board: str, limit: Limit | None, engine: Stored[EngineRecord] | None
) -> BoardCell:
    """The speed on one board."""
    there = [item for item in runs if item.run.board.get("name") == board]
    words = "" if engine is None else f"{engine.record.runtime} {engine.record.runtime_version.partition('-')[0]}"
    size = None if engine is None else engine.record.size_bytes
    for item in there:
        passed, p50, p99 = _latencies(item, limit)
        if p99 is not None:
            measured = judged_cell([item], limit, "latency", milliseconds=True) if limit else _plain(p99, item)
            middle = Cell(value=p50, text=ms_text(p50), stale=item.stale, why=f"{_source(item)} {passed}.")
            return BoardCell(board, measured, middle, item.run.id, words, size, _peak(there))
    nothing = "An engine is built; it was not verified." if words else "No engine was built for it."
    none = Cell(text="not measured", why=f"{nothing} Verify this candidate on {board}.")
    return BoardCell(board, none, none, "", words, size)


def _peak(runs: Sequence[RunOfCandidate]) -> Cell:
    """Peak memory in MB from the first run that has it."""
    for item in runs:
        result = item.result(lambda found: found.kind == "memory_peak")
        if result is not None and result.verdict.value is not None:
            size_mb, outcome = result.verdict.value, "" if item.stale else result.verdict.outcome.value
            why = f"{_source(item)} {result.verdict.reason}."
            return Cell(size_mb, f"{size_mb:.0f}", outcome=outcome, stale=item.stale, why=why)
    return Cell(text="not measured")


def _of_result(result: RequirementResult, item: RunOfCandidate, limit: Limit, *, milliseconds: bool) -> Cell:
    verdict = result.verdict
    moved = verdict.limit is not None and abs(verdict.limit - limit.value) > _TOLERANCE * max(1.0, abs(limit.value))
    known = verdict.outcome.value if verdict.outcome.value in {PASS, FAIL, INCONCLUSIVE} else ""
    why = f"{_source(item)} {verdict.reason}."
    if moved:
        why = f"{_source(item)} Its limit was {result.limit_text} then: verify again, or run to have it judged again."
    value = verdict.value
    return Cell(
        value=value,
        text=ms_text(value) if milliseconds else share_text(value),
        low=verdict.lower,
        high=verdict.upper,
        interval=interval_text(verdict.lower, verdict.upper, None if milliseconds else 3),
        outcome="" if moved or item.stale else known,
        stale=item.stale,
        why=why,
    )


def _latencies(item: RunOfCandidate, limit: Limit | None) -> tuple[str, float | None, float | None]:
    """(the pass that was judged, median in ms, judged percentile in ms)."""
    result = None if limit is None else item.result(lambda found: found.id == limit.id)
    judged = "back_to_back"
    if result is not None:
        judged = str(result.verdict.details.get("judged") or judged)
    figures = item.run.figures.get(_PASSES.get(judged, "latency"), {})
    p99 = _ms(figures, "p99_us") if result is None else result.verdict.value
    if limit is not None and result is None:
        p99 = None
    return judged.replace("_", " ").capitalize(), _ms(figures, "p50_us"), p99


def _plain(p99: float, item: RunOfCandidate) -> Cell:
    return Cell(value=p99, text=ms_text(p99), stale=item.stale, why=_source(item))


def _ms(figures: Mapping[str, Any], name: str) -> float | None:
    value = figures.get(name)
    return value / 1e3 if isinstance(value, int | float) else None


def _source(item: RunOfCandidate) -> str:
    quick = ", a quick one" if item.run.quick else ""
    return f"Run {item.run.number} on {item.run.board.get('name', 'a board')}{quick}."
