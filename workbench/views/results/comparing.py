"""Two runs compared: what differs, whether it is shown, whether it is better, and the frames on which they disagree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.results.values import ZERO_AT, ComparedLine, ComparedRuns, Disagreements
from workbench.views.verify.detections import KeptDetections, Pairing, draw, open_detections, pair
from workbench.views.verify.frames import loss_of, moved, overlap_of
from workbench.views.verify.pictures import Pictures
from workbench.views.verify.rows import title_of
from workbench.views.verify.values import BAD, GOOD, PLAIN, FramePair, IntervalBar, WorstFrame
from workbench.views.verify.words import signed
from workbench.words import say_count

if TYPE_CHECKING:
    from projects.runs import RunFolder
    from workbench.results.comparison import Comparison, Difference
    from workbench.results.run_record import RunRecord
    from workbench.session import Session

DEPENDS_ON_BOARD = frozenset(
    {"latency", "stage_time", "throughput", "load_time", "memory_peak", "memory_steady", "temperature", "power"}
    | {"resource_gpu_memory", "resource_system_memory", "resource_cpu_threads", "continuous_operation"}
)
SHOWN = 8
THUMBNAIL = 160
_ROOM = 0.46


def read_comparison(session: Session, project: Path, a: str, b: str) -> ComparedRuns:
    """Two runs, requirement by requirement; a difference is A less B, and better is to the right.

    Figures that depend on the board are withheld where the boards or their modes are not the same. The first time it
    takes a second or two; the same two runs are not compared twice while their files stay as they are.

    Raises:
        SlipwayError: a run cannot be read, or a file of it is not what it was.
    """
    found = _compare(*(_of(project, name) for name in (a, b)))
    first, second = session.run(project, a), session.run(project, b)
    checks = tuple(_checks(first, second))
    comparable = all(good for text, good in checks if text in _NEEDED)
    kinds = {item.path: item.kind for run in (second, first) for item in run.requirements}
    relations = {item.path: item.verdict.relation for run in (second, first) for item in run.requirements}
    titles = {
        item.path: title_of(item.title, item.kind, item.parameters)
        for run in (second, first)
        for item in run.requirements
    }
    lines = []
    for row in found.rows:
        withheld = not comparable and kinds.get(row.path) in DEPENDS_ON_BOARD
        title = titles.get(row.path, row.title)
        lines.append(_withheld(row, title, checks) if withheld else _line(row, title, relations.get(row.path, "")))
    return ComparedRuns(
        a=first.id,
        b=second.id,
        title=f"Run {first.number} {_candidate(first)} against run {second.number} {_candidate(second)}",
        lines=tuple(lines),
        comparable=comparable,
        checks=checks,
        note=found.note,
        changed=found.changed,
    )


@dataclass(frozen=True)
class _Kept:
    """A run's folder, and its files as they are now."""

    folder: RunFolder
    files: frozenset[tuple[str, int, int]]
    """Name, size and time of change."""


def _of(project: Path, name: str) -> _Kept:
    from projects.layout import Layout
    from projects.runs import find_run

    folder = find_run(Layout(project).runs, name)
    found = ((path.name, path.stat()) for path in folder.path.iterdir() if path.is_file())
    return _Kept(folder, frozenset((file, stat.st_size, stat.st_mtime_ns) for file, stat in found))


@lru_cache(maxsize=32)
def _compare(a: _Kept, b: _Kept) -> Comparison:
    from workbench.pipeline.report import load_evidence
    from workbench.results.comparison import compare_runs

    return compare_runs(load_evidence(a.folder), load_evidence(b.folder), a.folder.path, b.folder.path)


_SAME_BOARD, _SAME_MODE, _SAME_FRAMES, _BOTH_WHOLE = (
    "same board",
    "same threads and streams",
    "same frames",
    "none quick",
)
_NEEDED = frozenset({_SAME_BOARD, _SAME_MODE})


def _checks(a: RunRecord, b: RunRecord) -> Iterator[tuple[str, bool]]:
    """What must be the same so that a difference means something, and whether it is."""
    yield _SAME_BOARD, a.board.get("id") == b.board.get("id") and a.board.get("id") is not None
    loads = [run.settings.get("load", {}) for run in (a, b)]
    yield _SAME_MODE, all(loads[0].get(name) == loads[1].get(name) for name in ("threads", "streams"))
    yield _SAME_FRAMES, a.frames.get("sha256") == b.frames.get("sha256") and a.frames.get("sha256") is not None
    yield _BOTH_WHOLE, not a.quick and not b.quick


def _candidate(run: RunRecord) -> str:
    return str(run.chain.get("candidate", {}).get("name", ""))


def _withheld(row: Difference, title: str, checks: tuple[tuple[str, bool], ...]) -> ComparedLine:
    wrong = " and ".join(text.replace("same", "another") for text, good in checks if not good and text in _NEEDED)
    reason = f"withheld: {wrong}"
    return ComparedLine(
        title, row.unit, _text(row.a, row), _text(row.b, row), "", "", "not comparable", PLAIN, None, "", reason
    )


def _line(row: Difference, title: str, relation: str) -> ComparedLine:
    """The comparison has B less A; here it is A less B."""
    from workbench.results.comparison import DIFFERENT

    value = None if row.difference is None else -row.difference
    lower, upper = (None if end is None else -end for end in (row.upper, row.lower))
    better = (value or 0.0) * (1 if relation == ">=" else -1) > 0
    verdict, tone = row.result, PLAIN
    if row.result == DIFFERENT and relation:
        verdict, tone = (f"{DIFFERENT}, better", GOOD) if better else (f"{DIFFERENT}, worse", BAD)
    return ComparedLine(
        title=title,
        unit=row.unit,
        a_text=_text(row.a, row),
        b_text=_text(row.b, row),
        difference_text="" if value is None else _difference(value),
        interval_text="" if lower is None and upper is None else f"{_end(lower)} … {_end(upper)}",
        verdict=verdict,
        tone=tone,
        bar=_bar(value, lower, upper, relation),
        basis=row.basis,
        text=row.text if value is None else "",
    )


def _text(value: float | None, row: Difference) -> str:
    from workbench.evaluate.wording import number
    from workbench.reports.wording import quantity_text

    if value is None:
        return "—"
    rounded = float(number(value, 3)) if abs(value) < 0.01 else value
    return signed(quantity_text(rounded, row.unit).removesuffix(f" {row.unit}"))


def _difference(value: float, digits: int = 3) -> str:
    from workbench.evaluate.wording import number

    return f"{'+' if value > 0 else '−' if value < 0 else ''}{number(abs(value), digits)}"


def _end(end: float | None) -> str:
    return "open" if end is None else _difference(end, 2)


def _bar(value: float | None, lower: float | None, upper: float | None, relation: str) -> IntervalBar | None:
    """A less B around no difference; better to the right."""
    if value is None or not relation:
        return None
    sense = 1.0 if relation == ">=" else -1.0
    points = [abs(point) for point in (value, lower, upper) if point is not None]
    scale = max(points) / _ROOM or 1.0
    at = [None if end is None else ZERO_AT + end * sense / scale for end in (lower, upper)]
    left, right = (at[0], at[1]) if sense > 0 else (at[1], at[0])
    has_interval = lower is not None or upper is not None
    return IntervalBar(
        value=ZERO_AT + value * sense / scale,
        low=left if left is not None or not has_interval else 0.0,
        high=right if right is not None or not has_interval else 1.0,
        low_open=has_interval and left is None,
        high_open=has_interval and right is None,
    )


def read_disagreements(_session: Session, project: Path, a: str, b: str, most: int = SHOWN) -> Disagreements:
    """The frames on which the devices of two runs disagree most, lowest overlap of their detections first.

    Raises:
        SlipwayError: a run cannot be read.
    """
    first, second = open_detections(project, a), open_detections(project, b)
    if not first.kept or not second.kept:
        absent = first if not first.kept else second
        text = f"Run {absent.record.number} did not keep its detections."
        return Disagreements(first.record.id, second.record.id, text=text)
    common = _common(first, second)
    pairings = [(one, _against(first, second, one, other)) for one, other in common]
    ranked = sorted(pairings, key=lambda entry: (_overlap(entry[1]), -loss_of(entry[1])))[:most]
    pictures = Pictures(project, first)
    frames = tuple(
        WorstFrame(
            sample=sample,
            name=str(first.samples["name"][sample]),
            overlap=overlap_of(one),
            overlap_text=f"{_overlap(one):.3f}",
            missed=sum(partner < 0 for partner in one.partners),
            extra=len(one.extra),
            text=_short(one),
            loss=loss_of(one),
            thumbnail=pictures.read(sample, THUMBNAIL).pixels,
        )
        for sample, one in ranked
    )
    text = "" if common else "They have no frame in common."
    if frames and all(frame.overlap is None or frame.overlap > _ALIKE for frame in frames):
        text = f"They agree on all {say_count(len(common), 'common frame')}."
    return Disagreements(first.record.id, second.record.id, frames, len(common), text)


_ALIKE = 0.9995


def _common(a: KeptDetections, b: KeptDetections) -> list[tuple[int, int]]:
    """Places in both test sets of the frames that both compared, by what the frames are."""
    places = {str(b.samples["sha256"][sample]): int(sample) for sample in b.equivalence["sample"]}
    found = ((int(sample), places.get(str(a.samples["sha256"][sample]))) for sample in a.equivalence["sample"])
    return [(one, other) for one, other in found if other is not None]


def _against(a: KeptDetections, b: KeptDetections, one: int, other: int) -> Pairing:
    """What A's device found as the reference, what B's found as the device."""
    return pair(a.sides(one)[1], b.sides(other)[1], a.confidence)


def _overlap(one: Pairing) -> float:
    found = overlap_of(one)
    return 1.0 if found is None else found


def _short(one: Pairing) -> str:
    missed = sum(partner < 0 for partner in one.partners)
    parts = [f"{missed} only in A"] * bool(missed) + [f"{len(one.extra)} only in B"] * bool(one.extra)
    return ", ".join(parts) or (f"least {float(one.overlaps.min()):.2f}" if one.overlaps.size else "empty")


def read_disagreement(
    _session: Session, project: Path, a: str, b: str, sample: int, width: int = 960
) -> FramePair | None:
    """One frame with what the devices of both runs found; `first` is A, `second` is B.

    Args:
        project: its folder.
        a: the first run.
        b: the second.
        sample: the frame's place in the test set of A.
        width: of the picture, at most.

    Raises:
        SlipwayError: a run cannot be read.
    """
    first, second = open_detections(project, a), open_detections(project, b)
    other = dict(_common(first, second)).get(sample) if first.kept and second.kept else None
    if other is None:
        return None
    one = _against(first, second, sample, other)
    left, right = draw(one, first.class_names)
    picture = Pictures(project, first).read(sample, width)
    return FramePair(
        run=first.record.id,
        sample=sample,
        name=str(first.samples["name"][sample]),
        picture=picture.pixels,
        picture_text=picture.text,
        first=moved(left, picture),
        second=moved(right, picture),
        first_title=f"A  run {first.record.number} {_candidate(first.record)}",
        second_title=f"B  run {second.record.number} {_candidate(second.record)}",
        overlap_text=f"IoU {_overlap(one):.3f}",
        text=_short(one),
    )
