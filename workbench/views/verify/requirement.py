"""One requirement: how it is judged, every run of it, its figures by class, and its evidence by hash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.views.verify.present import Present, carry_one, is_evidence, open_present
from workbench.views.verify.rows import row_of_requirement, row_of_result
from workbench.views.verify.stale import find_again, why_result_stale
from workbench.views.verify.validity import judge_run
from workbench.views.verify.values import Attempt, ClassFigure, HashLine, RequirementRow, RequirementView
from workbench.views.verify.ways import show_way
from workbench.views.verify.words import as_sentence, signed

if TYPE_CHECKING:
    from projects.requirements import Requirement
    from workbench.results.run_record import RequirementResult, RunRecord
    from workbench.session import Session

_FILES = {
    "output_difference": ("equivalence.parquet",),
    "detection_iou": ("detections.parquet", "matches.parquet"),
    "accuracy": ("detections_weak.parquet", "labels.parquet"),
    "latency": ("frames.parquet",),
    "stage_time": ("frames.parquet",),
    "throughput": ("frames.parquet",),
    "load_time": ("evidence.json",),
    "memory_peak": ("evidence.json", "telemetry.parquet"),
    "memory_steady": ("telemetry.parquet",),
    "temperature": ("telemetry.parquet",),
    "power": ("telemetry.parquet",),
    "continuous_operation": ("frames.parquet", "telemetry.parquet"),
}
_FILE_WORDS = {
    "equivalence.parquet": "output differences",
    "detections.parquet": "detections",
    "detections_weak.parquet": "all detections",
    "matches.parquet": "overlaps",
    "labels.parquet": "labels",
    "frames.parquet": "every frame's times",
    "telemetry.parquet": "telemetry",
    "evidence.json": "events and figures",
}
_INITIALS = {"iou": "IoU", "nms": "NMS", "map": "mAP"}
_RULES = {
    "latency": "share of late frames with inflation for correlation, and Student's t over starts; the worse counts",
    "stage_time": "share of late frames with inflation for correlation, and Student's t over starts",
    "throughput": "frames in each second, Student's t with their effective number",
    "detection_iou": "bootstrap over frames, what is missed counts 0",
    "accuracy": "bootstrap over images",
    "output_difference": "the largest, or the mean with its bound, over all frames",
    "memory_peak": "the largest of all starts: seen, not estimated",
    "memory_steady": "the largest of all starts: seen, not estimated",
}


def read_requirement(
    session: Session, project: Path, requirement: str, run: str = "", board: str = ""
) -> RequirementView | None:
    """Everything of one requirement; None where neither the documents nor the run know it.

    Args:
        session: whose releases count.
        project: its folder.
        requirement: its id.
        run: the run whose verdict is shown; empty for what counts now.
        board: the board that is meant where no run is; empty for the usual one.
    """
    present = open_present(project, session.home)
    asked = next((item for item in present.requirements if item.id == requirement), None)
    found = _find(present, requirement, asked, run, board)
    if found is None:
        return None if asked is None else _unmeasured(present, asked, board or present.usual_board)
    record, result, stale = found
    name = str(record.board.get("name", ""))
    now = None if run or not stale else asked
    row = _row(present, record, result, stale, now)
    attempts, limit_at = _attempts(present, result, asked, name, row)
    classes, classes_title = _classes(present, record, result)
    return RequirementView(
        id=result.id,
        title=row.title,
        criterion=as_sentence(result.criterion if now is None else now.criterion),
        outcome=row.outcome,
        stale=row.stale,
        reason=as_sentence(f"by the old limit, {row.limit_before}: {row.reason}" if row.limit_before else row.reason),
        way_out=row.way_out,
        judged=tuple(_judged(result, row, now)),
        defaults=result.defaults,
        verifies=result.verifies,
        source=_source(asked, result.path),
        attempts=attempts,
        limit_at=limit_at,
        limit_text=row.limit_text,
        classes=classes,
        classes_title=classes_title,
        evidence=tuple(_evidence(record, result)),
        evidence_title=f"Evidence of run {record.number}",
        figures=tuple(_figures(result)),
    )


def _find(
    present: Present, requirement: str, asked: Requirement | None, run: str, board: str
) -> tuple[RunRecord, RequirementResult, str] | None:
    """The verdict that is shown, its run, and why it is stale."""
    if run or present.project is None:
        chosen = present.run(run) if run else present.newest_judged
        result = None if chosen is None else _result(chosen, requirement)
        if chosen is None or result is None:
            return None
        return chosen, result, present.staleness.get(chosen.id, "")
    item = None if asked is None else carry_one(present, asked, present.on(board or present.usual_board))
    if item is None or item.run is None or item.result is None:
        return None
    return item.run, item.result, item.stale


def _result(run: RunRecord, requirement: str) -> RequirementResult | None:
    return next((item for item in run.requirements if item.id == requirement), None)


def _unmeasured(present: Present, item: Requirement, board: str) -> RequirementView:
    row: RequirementRow = row_of_requirement(item, present.folder, board, "It was not measured yet.")
    return RequirementView(
        id=item.id,
        title=row.title,
        criterion=as_sentence(item.criterion),
        outcome=row.outcome,
        stale="",
        reason=row.reason,
        way_out=row.way_out,
        judged=tuple(_plan(item.kind, item.parameters)),
        defaults=item.defaults,
        verifies=item.verifies,
        source=_source(item, item.path),
        attempts=(),
        limit_at=None,
        limit_text=row.limit_text,
        classes=(),
        classes_title="",
        evidence=(),
        evidence_title="",
        figures=(),
    )


def _source(item: Requirement | None, path: str) -> str:
    return path if item is None else f"{item.file}, line {item.line}"


def _row(
    present: Present, run: RunRecord, result: RequirementResult, stale: str, now: Requirement | None
) -> RequirementRow:
    row = row_of_result(result, run, present.folder, stale, now)
    if now is None:
        return show_way(row, result, present.paces[run.id])
    return replace(row, way_out=find_again(present, str(run.board.get("name", ""))).text)


def _judged(result: RequirementResult, row: RequirementRow, now: Requirement | None) -> Iterator[tuple[str, str]]:
    yield from _plan(result.kind, result.parameters if now is None else now.parameters)
    verdict = result.verdict
    if _has_scale(result):
        has_interval = verdict.lower is not None or verdict.upper is not None
        yield "Pass", f"{'the whole interval' if has_interval else 'the value'} {row.limit_text}"
    if row.limit_before:
        yield "Limit before", row.limit_before
    if verdict.samples is not None:
        worth = verdict.effective_samples
        text = f"{verdict.samples:,}"
        yield "Samples", text if worth is None or round(worth) >= verdict.samples else f"{text}, worth {worth:,.0f}"


def _plan(kind: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if kind in _RULES:
        yield "Method", _RULES[kind]
    for name, value in parameters.items():
        if value is not None and value != "":
            yield _spoken(name), _value(name, value)


def _spoken(name: str) -> str:
    stem = name.removesuffix("_s").removesuffix("_fps").removesuffix("_bytes").replace("_", " ")
    words = " ".join(_INITIALS.get(word, word) for word in stem.split())
    return words if words[:1].isupper() else words[:1].upper() + words[1:]


def _value(name: str, value: object) -> str:
    text = f"{value:.4g}" if _is_number(value) else str(value)
    text = text.replace("_", " ") if text.islower() else text
    unit = next((unit for end, unit in (("_s", "s"), ("_fps", "fps"), ("_bytes", "B")) if name.endswith(end)), "")
    return f"{text} {unit}".rstrip()


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _attempts(
    present: Present, shown: RequirementResult, asked: Requirement | None, board: str, row: RequirementRow
) -> tuple[tuple[Attempt, ...], float | None]:
    """Every run of the requirement on its board, newest first, on one scale with the limit."""
    known = [(run, item) for run in present.runs if (item := _result(run, shown.id)) and run.board.get("name") == board]
    carrier = None if asked is None else carry_one(present, asked, present.on(board)).run
    carrying = "" if carrier is None else carrier.id
    points = [
        point
        for _, item in known
        for point in (item.verdict.value, item.verdict.lower, item.verdict.upper, row.limit)
        if point is not None
    ]
    low, span = (min(points), max(points) - min(points)) if points else (0.0, 0.0)

    def place(point: float | None) -> float | None:
        return None if point is None else 0.5 if not span else 0.06 + 0.88 * (point - low) / span

    attempts = tuple(
        Attempt(
            run=run.id,
            number=run.number,
            text=_attempt_text(present, run, item, asked, carrying),
            carries=run.id == carrying,
            counts=is_evidence(run) and not present.staleness.get(run.id, ""),
            outcome=item.verdict.outcome.value,
            value_text=_value_text(item),
            at=place(item.verdict.value),
            low=place(item.verdict.lower),
            high=place(item.verdict.upper),
        )
        for run, item in known
    )
    return attempts, place(row.limit) if _has_scale(shown) else None


def _has_scale(item: RequirementResult) -> bool:
    from workbench.reports.wording import WITHOUT_LIMIT

    return item.kind not in WITHOUT_LIMIT and item.verdict.limit is not None


def _value_text(item: RequirementResult) -> str:
    from workbench.reports.wording import quantity_text

    return signed(quantity_text(item.verdict.value, item.verdict.unit))


def _attempt_text(
    present: Present, run: RunRecord, item: RequirementResult, asked: Requirement | None, carrying: str
) -> str:
    """Candidate, and what the run counts for."""
    candidate = str(run.chain.get("candidate", {}).get("name", ""))
    stale = present.staleness.get(run.id, "")
    stale = stale if asked is None else why_result_stale(stale, item, asked)
    if run.id == carrying:
        why = "carries the verdict" if not stale else f"the newest, but stale: {stale}"
    elif not is_evidence(run):
        why = judge_run(run)[2].rstrip(".").lower()
    else:
        why = stale or "an older one"
    return f"{candidate}, {why}" if candidate else why


def _classes(present: Present, run: RunRecord, item: RequirementResult) -> tuple[tuple[ClassFigure, ...], str]:
    """Figures by class, and what they are."""
    if item.kind == "detection_iou":
        return tuple(_overlaps_by_class(present.path_of(run), run)), "mean IoU, 95 % interval"
    if item.kind == "accuracy" and item.parameters.get("class_name") is None:
        metric = str(item.parameters.get("metric", "mAP50"))
        return tuple(_accuracy_by_class(present.path_of(run), run, metric)), f"{metric}, 95 % interval"
    return (), ""


def _overlaps_by_class(folder: Path, run: RunRecord) -> Iterator[ClassFigure]:
    import numpy as np

    from workbench.evaluate.bootstrap import ratio_interval
    from workbench.telemetry.freeze import read_parquet

    if "matches.parquet" not in run.files or "classes.parquet" not in run.files:
        return
    table = read_parquet(folder / "matches.parquet")
    for kind, name in enumerate(read_parquet(folder / "classes.parquet")["name"]):
        mine = table["class"] == kind
        if not mine.any():
            yield ClassFigure(str(name), "none found", "")
            continue
        frames, places = np.unique(table["sample"][mine], return_inverse=True)
        sums = np.bincount(places, table["iou"][mine], len(frames)).astype(np.float64)
        sizes = np.bincount(places, minlength=len(frames)).astype(np.float64)
        value, bounds = float(table["iou"][mine].mean()), ratio_interval(sums, sizes)
        yield ClassFigure(str(name), f"{value:.3f}", _span(bounds))


def _accuracy_by_class(folder: Path, run: RunRecord, metric: str) -> Iterator[ClassFigure]:
    import numpy as np

    from workbench.evaluate.intervals import CONFIDENCE
    from workbench.results.run_data import RunData
    from workbench.verify.judge_equivalence import METRIC_KEYS

    data = RunData(run, folder)
    rows = [row for row in range(len(data.places)) if data.is_labelled(row)]
    found = data.accuracy(rows, float(run.settings.get("confidence", 0.25))) if rows else None
    key = METRIC_KEYS.get(metric)
    if found is None or key is None:
        return
    for name, figures in found["device"].classes.items():
        figure = figures[key]
        if figure.value is None:
            yield ClassFigure(name, "no object", "")
            continue
        known = figure.resampled[np.isfinite(figure.resampled)]
        bounds = tuple(np.quantile(known, [1 - CONFIDENCE, CONFIDENCE])) if known.size else (None, None)
        yield ClassFigure(name, f"{figure.value:.3f}", _span(bounds))


def _span(bounds: Sequence[float | None]) -> str:
    if all(end is None for end in bounds):
        return ""
    return " … ".join("open" if end is None else f"{end:.3f}" for end in bounds)


def _evidence(run: RunRecord, item: RequirementResult) -> Iterator[HashLine]:
    chain = run.chain
    for stage in ("model", "candidate", "engine", "release"):
        link = chain.get(stage, {})
        if link.get("sha256"):
            yield HashLine(stage, str(link.get("name", "")), str(link["sha256"]))
    if run.frames.get("sha256"):
        yield HashLine("test frames", str(run.frames.get("source", "")), str(run.frames["sha256"]))
    if item.kind == "accuracy" and run.frames.get("labels_sha256"):
        yield HashLine("labels", str(run.frames.get("labels", "")), str(run.frames["labels_sha256"]))
    for name in _FILES.get(item.kind, ("evidence.json",)):
        if name in run.files:
            yield HashLine(_FILE_WORDS.get(name, name), name, run.files[name])


def _figures(item: RequirementResult) -> Iterator[tuple[str, str]]:
    """Further figures of the verdict, in words."""
    for name, value in sorted(item.verdict.details.items()):
        if value is not None and value != "":
            words = name.replace("_", " ")
            yield words, _value(name, value)
