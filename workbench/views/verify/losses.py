"""Why the overlap with the reference is not whole: by cause, by class and by the height of the object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.verify.detections import KeptDetections, Pairing, open_detections
from workbench.views.verify.frames import loss_of, pair_all
from workbench.views.verify.values import CAUSE_WORDS, CAUSES, LossBar, LossCell, Losses

if TYPE_CHECKING:
    from workbench.results.run_record import RequirementResult, RunRecord
    from workbench.session import Session

HEIGHTS = (24.0, 64.0)
"""Between the bands, in pixels of the frame."""
BANDS = ("< 24", "24–64", "> 64")
"""Of heights, px."""
OTHERS = 2


@dataclass
class _Sum:
    objects: int = 0
    missed: int = 0
    lost: float = 0.0

    def cell(self) -> LossCell | None:
        return LossCell(self.objects, self.missed, self.lost / self.objects) if self.objects else None


@dataclass
class _Lost:
    """What one run loses."""

    objects: int = 0
    parts: dict[str, _Sum] = field(default_factory=lambda: {cause: _Sum() for cause in CAUSES})
    cells: dict[tuple[int, int], _Sum] = field(default_factory=dict)
    frames: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*CAUSES, "extra"), 0))

    def add(self, one: Pairing) -> None:
        heights = one.reference.boxes[:, 3] - one.reference.boxes[:, 1]
        self.objects += len(one.overlaps)
        for place, cause in enumerate(one.causes):
            lost = 1.0 - float(one.overlaps[place])
            band = sum(float(heights[place]) >= edge for edge in HEIGHTS)
            cell = self.cells.setdefault((int(one.reference.classes[place]), band), _Sum())
            for entry in (self.parts[cause], cell):
                entry.objects += 1
                entry.missed += one.partners[place] < 0
                entry.lost += lost
        for cause in self.frames:
            self.frames[cause] += loss_of(one, cause) > _LEAST


_LEAST = 1e-3
"""A box that moved by less is not called moved."""


def read_losses(_session: Session, project: Path, run: str, limit: float | None = None) -> Losses | None:
    """Where a run loses overlap, beside the newest run of each other candidate on the same frames; None where it
    compared none.

    Args:
        project: its folder.
        run: the run's id.
        limit: the mean overlap that is asked for now, where it is another than the run was judged by.

    Raises:
        SlipwayError: the run cannot be read.
    """
    kept = open_detections(project, run)
    if not kept.kept:
        return None
    mine = _gather(kept)
    others = (_bar(other.record, _gather(other)) for other in _others(project, kept))
    bars = (_bar(kept.record, mine, judged=limit is None), *others)
    item = _judged(kept.record)
    is_mean = item is not None and item.parameters.get("statistic", "mean") == "mean"
    before = None if item is None else item.verdict.limit
    limit = (before if limit is None else limit) if is_mean else None
    return Losses(
        run=kept.record.id,
        bars=bars,
        allowed=None if limit is None else 1.0 - limit,
        allowed_text="" if limit is None else _allowed_words(limit, before),
        bands=BANDS,
        classes=tuple(_classes(mine, kept.class_names)),
        frames=tuple((cause, mine.frames[cause]) for cause in (*CAUSES, "extra")),
        text=_text(mine, kept.class_names),
    )


def _allowed_words(limit: float, before: float | None) -> str:
    was = "" if before is None or before == limit else f", was {1.0 - before:.3f}"
    return f"allowed {1.0 - limit:.3f}{was}"


def _gather(kept: KeptDetections) -> _Lost:
    lost = _Lost()
    for one in pair_all(kept).values():
        lost.add(one)
    return lost


def _others(project: Path, kept: KeptDetections) -> Iterator[KeptDetections]:
    """The newest run of each other candidate, of the same model and frames."""
    from workbench.pipeline.report import readable_runs

    known = {_name(kept.record)}
    for run in reversed(readable_runs(project / "runs")):
        other = KeptDetections(run, project / "runs" / run.id)
        same = run.frames.get("sha256") == kept.record.frames.get("sha256")
        if same and other.kept and run.state.value == "finished" and _name(run) not in known and len(known) <= OTHERS:
            known.add(_name(run))
            yield other


def _name(run: RunRecord) -> str:
    return str(run.chain.get("candidate", {}).get("name", "engine"))


def _judged(run: RunRecord) -> RequirementResult | None:
    return next((item for item in run.requirements if item.kind == "detection_iou"), None)


def _bar(run: RunRecord, lost: _Lost, *, judged: bool = True) -> LossBar:
    total = sum(part.lost for part in lost.parts.values()) / max(1, lost.objects)
    item = _judged(run)
    return LossBar(
        run=run.id,
        title=_name(run),
        subtitle=f"run {run.number}",
        parts=tuple((cause, part.lost / max(1, lost.objects), part.objects) for cause, part in lost.parts.items()),
        total=total,
        total_text=f"{total:.3f}",
        outcome="" if item is None or not judged else item.verdict.outcome.value,
    )


def _classes(lost: _Lost, names: list[str]) -> Iterator[tuple[str, tuple[LossCell | None, ...]]]:
    """By class, the largest loss first."""
    sums: Mapping[int, float] = {
        kind: sum(cell.lost for (owner, _), cell in lost.cells.items() if owner == kind)
        for kind in {owner for owner, _ in lost.cells}
    }
    for kind in sorted(sums, key=lambda one: -sums[one]):
        name = names[kind] if 0 <= kind < len(names) else f"class {kind}"
        cells = (lost.cells.get((kind, band)) for band in range(len(BANDS)))
        yield name, tuple(None if cell is None else cell.cell() for cell in cells)


def _text(lost: _Lost, names: list[str]) -> str:
    total = sum(part.lost for part in lost.parts.values())
    if total <= 0 or not lost.objects:
        return "Nothing is lost: every detection of the reference is there, in the same place."
    cause = max(lost.parts, key=lambda one: lost.parts[one].lost)
    share = lost.parts[cause].lost / total
    kind, band = max(lost.cells, key=lambda one: lost.cells[one].lost)
    name = names[kind] if 0 <= kind < len(names) else f"class {kind}"
    return (
        f"{100 * share:.0f} % of what is lost is {CAUSE_WORDS[cause]}; "
        f"most of all from {name} of {BANDS[band].replace('<', 'under').replace('>', 'over')} px height."
    )
