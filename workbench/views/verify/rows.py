"""Requirements as rows: of a run's record, and of documents of which nothing was measured yet."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.views.verify.stale import spaced
from workbench.views.verify.values import (
    FAIL,
    INCONCLUSIVE,
    NOT_MEASURED,
    ORDER,
    PASS,
    STALE,
    IntervalBar,
    RequirementRow,
)
from workbench.views.verify.words import age_text, margin_of, percent_text, place_bar, signed, split_unit
from workbench.words import say_count

if TYPE_CHECKING:
    from pathlib import Path

    from projects.requirements import Requirement
    from workbench.evaluate.verdict import Verdict
    from workbench.results.run_record import RequirementResult, RunRecord

YES_OR_NO = "yes or no"
_SHOWN_IN = {"s": 1e3, "B": 1e-6}
"""Verdicts are on milliseconds and megabytes, requirements in seconds and bytes."""
_HELD = {"invalid_size": "rejected", "null_input": "rejected", "detection_format": "holds", "confidence_range": "holds"}
_TITLES = {"latency": "Latency {statistic}", "stage_time": "{stage} {statistic}"}


def row_of_result(
    item: RequirementResult, run: RunRecord, project: Path, stale: str = "", asked: Requirement | None = None
) -> RequirementRow:
    """The row of a requirement that a run judged.

    Args:
        item: the verdict.
        run: whose it is.
        project: its folder.
        stale: why it does not hold any more.
        asked: the requirement as the documents have it now, where that is what the row stands for.
    """
    row = _judged_row(item, run, project, stale)
    if asked is None or asked.limit_text == item.limit_text:
        return row
    return _by_new_limit(row, item, asked)


def _by_new_limit(row: RequirementRow, item: RequirementResult, asked: Requirement) -> RequirementRow:
    """A verdict by an old limit, beside the limit that counts now; the margin to that is not known before it is
    judged."""
    limit = limit_now(asked)
    return replace(
        row,
        limit=limit,
        limit_text=_wanted(asked),
        limit_before=limit_of(item),
        bar=_bar(item, limit),
        margin=None,
        margin_text="" if row.bar_text else "—",
        confirmed=asked.confirmed,
    )


def limit_now(asked: Requirement) -> float | None:
    """The limit of the documents in the unit of verdicts; None where nothing is compared."""
    if asked.limit is None or asked.kind in _yes_or_no():
        return None
    return asked.limit * _SHOWN_IN.get(asked.unit, 1.0)


def _judged_row(item: RequirementResult, run: RunRecord, project: Path, stale: str) -> RequirementRow:
    verdict = item.verdict
    value_text, unit_text = _measured(item)
    margin = _margin(item)
    return RequirementRow(
        id=item.id,
        short_id=short_id(item.id),
        path=item.path,
        kind=item.kind,
        title=title_of(item.title, item.kind, item.parameters),
        phase=phase_of(item.kind),
        limit=None if item.kind in _yes_or_no() else verdict.limit,
        limit_text=limit_of(item),
        value=verdict.value,
        value_text=value_text,
        unit_text=unit_text,
        interval_text=_interval(item, unit_text),
        bar=_bar(item, verdict.limit),
        bar_text="" if item.kind not in _yes_or_no() else YES_OR_NO,
        margin=margin,
        margin_text=_margin_text(item, margin),
        outcome=verdict.outcome.value,
        evidence_text=evidence_text(item),
        run=run.id,
        run_number=run.number,
        created=run.created,
        age_text=age_text(run.created),
        stale=stale,
        limit_before="",
        reason=verdict.reason,
        way_out="",
        takes_s=None,
        can_decide=verdict.outcome.value == INCONCLUSIVE and _is_percentile(item),
        command=command_of(project, run.board.get("name"), item.id),
        confirmed=item.confirmed,
    )


def row_of_requirement(item: Requirement, project: Path, board: str, reason: str) -> RequirementRow:
    """The row of a requirement that nothing was measured for."""
    return RequirementRow(
        id=item.id,
        short_id=short_id(item.id),
        path=item.path,
        kind=item.kind,
        title=title_of(item.title, item.kind, item.parameters),
        phase=phase_of(item.kind),
        limit=limit_now(item),
        limit_text=_wanted(item),
        value=None,
        value_text="—",
        unit_text="",
        interval_text="",
        bar=None,
        bar_text="" if item.kind not in _yes_or_no() else YES_OR_NO,
        margin=None,
        margin_text="—",
        outcome=NOT_MEASURED,
        evidence_text="none",
        run="",
        run_number=None,
        created="",
        age_text="",
        stale="",
        limit_before="",
        reason=reason,
        way_out="Run the verification.",
        takes_s=None,
        can_decide=False,
        command=command_of(project, board, item.id),
        confirmed=item.confirmed,
    )


def phase_of(kind: str) -> str:
    """The phase of a run that measures a kind of requirement; empty where none does."""
    from workbench.verify.run_plan import NEEDS

    return next((phase for phase, kinds in NEEDS.items() if kind in kinds), "")


def sort_rows(rows: Iterable[RequirementRow]) -> tuple[RequirementRow, ...]:
    """Worst first, then by the smallest margin; rows without one last."""
    return tuple(
        sorted(
            rows,
            key=lambda row: (ORDER.index(row.outcome), row.margin is None, 0.0 if row.margin is None else row.margin),
        )
    )


def count_rows(rows: Iterable[RequirementRow]) -> tuple[tuple[str, int], ...]:
    """Outcome to how many rows have it, worst first and stale ones before those that pass; none where no row has."""
    known = [STALE if row.stale else row.outcome for row in rows]
    return tuple((name, known.count(name)) for name in (*ORDER[:-1], STALE, ORDER[-1]) if name in known)


def short_id(requirement: str) -> str:
    """Without the id of the specification before it."""
    return requirement.rpartition("/")[2]


def title_of(title: str, kind: str, parameters: Mapping[str, Any]) -> str:
    """The criterion in a few words: `Latency p99`."""
    form = _TITLES.get(kind)
    if form is None or "statistic" not in parameters:
        return title
    words = {name: str(value).replace("_", " ").capitalize() for name, value in parameters.items() if name == "stage"}
    return form.format(statistic=parameters["statistic"], **{"stage": title, **words})


def command_of(project: Path, board: object, only: str = "") -> str:
    """The command that measures one requirement on a board, or all where none is named."""
    where = f" --board {shlex.quote(str(board))}" if board else ""
    part = f" --only {shlex.quote(only)}" if only else ""
    return f"slipway verify {shlex.quote(str(project))}{where}{part}"


def evidence_text(item: RequirementResult) -> str:
    """What the verdict rests on, shortly: `1,500 frames, 10 starts`."""
    verdict = item.verdict
    if verdict.outcome.value == NOT_MEASURED:
        return "none"
    text = _EVIDENCE.get(item.kind, _samples)(verdict)
    return text or "none"


def _samples(verdict: Verdict) -> str:
    return "" if verdict.samples is None else say_count(verdict.samples, "sample")


def _latency(verdict: Verdict) -> str:
    starts = verdict.details.get("starts")
    frames = say_count(verdict.samples or 0, "frame")
    return f"{frames}, {say_count(starts, 'start')}" if isinstance(starts, int) else frames


def _throughput(verdict: Verdict) -> str:
    frames, length_s = verdict.details.get("frames"), verdict.details.get("duration_s")
    if not isinstance(frames, int) or not isinstance(length_s, (int, float)):
        return _samples(verdict)
    return f"{say_count(frames, 'frame')} in {length_s:.0f} s"


def _starts(verdict: Verdict) -> str:
    return f"largest of {say_count(verdict.samples or 0, 'start')}"


def _frames(verdict: Verdict) -> str:
    return say_count(verdict.samples or 0, "frame")


def _labelled(verdict: Verdict) -> str:
    return f"{say_count(verdict.samples or 0, 'labelled frame')}"


def _cases(verdict: Verdict) -> str:
    return f"{verdict.value:.0f} of {say_count(verdict.samples or 0, 'case')}" if verdict.value is not None else ""


def _continuous(verdict: Verdict) -> str:
    done = verdict.details.get("completed")
    return say_count(done, "frame") if isinstance(done, int) else ""


def _checked(verdict: Verdict) -> str:
    frames = verdict.details.get("frames")
    return say_count(frames, "frame") if isinstance(frames, int) else _samples(verdict)


_EVIDENCE: dict[str, Callable[[Verdict], str]] = {
    "latency": _latency,
    "stage_time": _latency,
    "throughput": _throughput,
    "load_time": _starts,
    "memory_peak": _starts,
    "memory_steady": _starts,
    "resource_system_memory": _starts,
    "resource_gpu_memory": _starts,
    "output_difference": _frames,
    "detection_iou": _frames,
    "accuracy": _labelled,
    "continuous_operation": _continuous,
    "invalid_size": _cases,
    "null_input": _cases,
    "detection_format": _checked,
    "confidence_range": _checked,
}


def _measured(item: RequirementResult) -> tuple[str, str]:
    """What was measured, and its unit."""
    from workbench.evaluate.wording import duration
    from workbench.reports.wording import quantity_text

    verdict = item.verdict
    if verdict.value is None:
        return "—", ""
    if item.kind in _HELD and verdict.outcome.value == PASS:
        return _HELD[item.kind], ""
    measured_s = verdict.details.get("measured_s")
    if item.kind == "continuous_operation" and isinstance(measured_s, (int, float)):
        return split_unit(duration(float(f"{measured_s:.3g}")))
    number, unit = split_unit(quantity_text(verdict.value, verdict.unit))
    return signed(number), unit


def limit_of(item: RequirementResult) -> str:
    """The limit with its relation, number and unit told apart: `≤ 50 ms`; what holds or not in a word."""
    from workbench.reports.wording import limit_text

    return _wish(item.kind, item.parameters) or spaced(limit_text(item))


def _wish(kind: str, parameters: Mapping[str, Any]) -> str:
    """What is asked for where no figure is compared, shortly; empty where one is."""
    from workbench.evaluate.wording import duration

    length_s = parameters.get("duration_s")
    if kind == "continuous_operation" and isinstance(length_s, (int, float)):
        return duration(float(length_s))
    if kind == "confidence_range" and "low" in parameters:
        return f"{parameters['low']:g} … {parameters['high']:g}"
    return _HELD.get(kind, "")


def _interval(item: RequirementResult, unit_text: str) -> str:
    """The interval, shortly, without the unit that stands beside the value already."""
    from workbench.evaluate.wording import number
    from workbench.reports.wording import interval_text, quantity_text

    verdict = item.verdict
    if item.kind in _yes_or_no() or not interval_text(verdict):
        return ""
    ends = (verdict.lower, verdict.upper)
    known = [end for end in (*ends, verdict.value) if end is not None]
    fewest = 2 if max(abs(end) for end in known) < 0.01 else 3
    digits = next(
        (many for many in range(fewest, 6) if len({number(end, many) for end in known}) == len(set(known))), 6
    )
    shown = ["open" if end is None else quantity_text(float(number(end, digits)), verdict.unit) for end in ends]
    return " … ".join(signed(end.removesuffix(f" {unit_text}") if unit_text else end) for end in shown)


def _yes_or_no() -> frozenset[str]:
    from workbench.reports.wording import WITHOUT_LIMIT

    return WITHOUT_LIMIT


def _bar(item: RequirementResult, limit: float | None) -> IntervalBar | None:
    verdict = item.verdict
    if item.kind in _yes_or_no() or verdict.value is None or limit is None or not verdict.relation:
        return None
    opened = (bool(verdict.details.get("lower_open")), bool(verdict.details.get("upper_open")))
    return place_bar(verdict.value, (verdict.lower, verdict.upper), limit, verdict.relation, opened)


def _judged_bound(verdict: Verdict) -> tuple[float | None, bool]:
    """The bound that decides: the worse end of the interval, of a FAIL the better one; and whether it is open."""
    wants_upper = (verdict.relation == "<=") != (verdict.outcome.value == FAIL)
    bound = verdict.upper if wants_upper else verdict.lower
    is_open = bool(verdict.details.get("upper_open" if wants_upper else "lower_open"))
    if bound is None and (is_open or verdict.outcome.value == INCONCLUSIVE):
        return None, True
    return verdict.value if bound is None else bound, False


def _margin(item: RequirementResult) -> float | None:
    verdict = item.verdict
    if item.kind in _yes_or_no() or verdict.value is None:
        return None
    return margin_of(_judged_bound(verdict)[0], verdict.limit, verdict.relation)


def _margin_text(item: RequirementResult, margin: float | None) -> str:
    verdict = item.verdict
    if item.kind not in _yes_or_no() and verdict.value is not None and _judged_bound(verdict)[1]:
        return "open"
    return "" if item.kind in _yes_or_no() else percent_text(margin)


def _is_percentile(item: RequirementResult) -> bool:
    """Whether `until decided` can decide it: latency by a percentile."""
    from workbench.evaluate.latency import share_of

    return item.kind == "latency" and share_of(str(item.parameters.get("statistic", "p99"))) is not None


def _wanted(item: Requirement) -> str:
    sign = {"<=": "≤ ", ">=": "≥ "}.get(item.relation, "")
    text = _wish(item.kind, item.parameters)
    if text:
        return text
    text = item.limit_text
    unit = f" {item.unit}" if item.unit and text[-1:].isdigit() else ""
    return text if not sign or item.kind in _yes_or_no() else spaced(f"{sign}{text}{unit}")
