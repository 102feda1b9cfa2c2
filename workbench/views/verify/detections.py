"""What both sides detected in the frames of a run, as it kept them, with what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.views.verify.values import DrawnBox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.evaluate.matching import Detections
    from workbench.results.run_record import RunRecord

Table = dict[str, Any]
NEEDED = ("equivalence.parquet", "matches.parquet", "detections.parquet", "samples.parquet", "classes.parquet")


@dataclass(frozen=True, eq=False)
class KeptDetections:
    """Detections of one run; its tables are read when they are first wanted."""

    record: RunRecord
    folder: Path

    @property
    def kept(self) -> bool:
        """Whether the run kept what it compared."""
        return all(name in self.record.files for name in NEEDED)

    @cached_property
    def equivalence(self) -> Table:
        """One row a compared frame."""
        return self._table("equivalence.parquet")

    @cached_property
    def samples(self) -> Table:
        """One row a frame of the test set: name, sha256, size."""
        return self._table("samples.parquet")

    @cached_property
    def class_names(self) -> list[str]:
        """Class number n is class_names[n]."""
        return [str(name) for name in self._table("classes.parquet")["name"]]

    @cached_property
    def confidence(self) -> float:
        """The threshold by which the overlap was judged."""
        found = next((item for item in self.record.requirements if item.kind == "detection_iou"), None)
        parameters = {} if found is None else found.parameters
        return float(parameters.get("confidence", self.record.settings.get("confidence", 0.25)))

    def sides(self, sample: int) -> tuple[Detections, Detections]:
        """Reference and device from half the threshold up, boxes in pixels of the frame."""
        from workbench.verify.kept_tables import DEVICE, REFERENCE

        rows = self._rows["detections"].get(sample, [])
        side = self._found["side"][rows]
        return self._pick(rows, side == REFERENCE), self._pick(rows, side == DEVICE)

    def overlaps(self, sample: int) -> NDArray[Any]:
        """The overlap of each reference detection from the threshold up, as it was judged; 0 is missed."""
        found: NDArray[Any] = self._matches["iou"][self._rows["matches"].get(sample, [])]
        return found

    def _pick(self, rows: NDArray[Any], chosen: NDArray[Any]) -> Detections:
        import numpy as np

        from workbench.evaluate.matching import Detections
        from workbench.verify.kept_tables import boxes_of

        picked = np.asarray(rows, np.intp)[chosen]
        table = self._found
        return Detections(boxes_of(table, picked).astype(np.float64), table["score"][picked], table["class"][picked])

    @cached_property
    def _rows(self) -> dict[str, dict[int, Any]]:
        """Rows of both tables by frame."""
        return {"detections": _by_sample(self._found["sample"]), "matches": _by_sample(self._matches["sample"])}

    @cached_property
    def _found(self) -> Table:
        return self._table("detections.parquet")

    @cached_property
    def _matches(self) -> Table:
        return self._table("matches.parquet")

    def _table(self, name: str) -> Table:
        from workbench.telemetry.freeze import read_parquet

        return read_parquet(self.folder / name)


def _by_sample(samples: NDArray[Any]) -> dict[int, Any]:
    import numpy as np

    order = np.argsort(samples, kind="stable")
    values, first = np.unique(samples[order], return_index=True)
    return {int(value): rows for value, rows in zip(values, np.split(order, first[1:]), strict=True)}


def open_detections(project: Path, run: str) -> KeptDetections:
    """The detections of a run.

    Raises:
        SlipwayError: there is no such run, or its record cannot be read.
    """
    from projects.runs import find_run
    from workbench.pipeline.report import load_run

    folder = find_run(project / "runs", run)
    return KeptDetections(load_run(folder), folder.path)


@dataclass(frozen=True, eq=False)
class Pairing:
    """What became of the detections of one frame."""

    reference: Detections
    """From the threshold up."""
    device: Detections
    """From half the threshold up."""
    causes: tuple[str, ...]
    """Of each reference detection: one of `CAUSES`; `box_shift` for all that have a partner."""
    overlaps: NDArray[Any]
    """Of each reference detection; 0 is missed."""
    partners: tuple[int, ...]
    """Of each reference detection its place in `device`, -1 without one."""
    extra: tuple[int, ...]
    """Places in `device` of what is only there."""


def pair(reference: Detections, device: Detections, confidence: float, judged: NDArray[Any] | None = None) -> Pairing:
    """Match two sides of a frame as the overlap does.

    Args:
        reference: from half the threshold up, or all.
        device: likewise.
        confidence: the threshold.
        judged: the overlaps as they were judged, where they are known: clipping to the frame changes the last digits.
    """
    import numpy as np

    from workbench.evaluate.detection_iou import causes_of_misses
    from workbench.evaluate.matching import match, unmatched

    expected, offered = reference.at_least(confidence), device.at_least(confidence / 2)
    pairs = match(expected, offered)
    overlaps = np.zeros(len(expected))
    overlaps[pairs.reference] = pairs.ious
    if judged is not None and len(judged) == len(overlaps):
        overlaps = judged
    partners = np.full(len(expected), -1)
    partners[pairs.reference] = pairs.device
    alone = unmatched(len(expected), pairs.reference)
    causes = np.full(len(expected), "box_shift", dtype=object)
    causes[alone] = causes_of_misses(expected, offered, alone, confidence)
    sure = np.flatnonzero(offered.scores >= confidence)
    explained = set(sure[match(reference.at_least(confidence / 2), offered.at_least(confidence)).device].tolist())
    extra = tuple(int(place) for place in sure if place not in explained and place not in set(pairs.device.tolist()))
    return Pairing(expected, offered, tuple(causes.tolist()), overlaps, tuple(int(place) for place in partners), extra)


def draw(pairing: Pairing, names: Sequence[str]) -> tuple[tuple[DrawnBox, ...], tuple[DrawnBox, ...]]:
    """Both sides as boxes: reference ones matched or missed, device ones matched or extra."""
    first = [
        _box(pairing.reference, place, names, "matched" if partner >= 0 else "missed", pairing, place)
        for place, partner in enumerate(pairing.partners)
    ]
    second = [
        _box(pairing.device, partner, names, "matched", pairing, place)
        for place, partner in enumerate(pairing.partners)
        if partner >= 0
    ]
    second += [_box(pairing.device, place, names, "extra", pairing, None) for place in pairing.extra]
    return tuple(box for box in first if box), tuple(box for box in second if box)


def _box(
    side: Detections, place: int, names: Sequence[str], mark: str, pairing: Pairing, pair_place: int | None
) -> DrawnBox | None:
    """One box; None where the engine gave no place for it."""
    import numpy as np

    edges, kind = side.boxes[place], int(side.classes[place])
    if not np.isfinite(edges).all():
        return None
    name = names[kind] if 0 <= kind < len(names) else f"class {kind}"
    iou = None if pair_place is None or mark != "matched" else float(pairing.overlaps[pair_place])
    cause = "" if pair_place is None else pairing.causes[pair_place]
    x0, y0, x1, y1 = (float(edge) for edge in edges)
    return DrawnBox(x0, y0, x1, y1, name, float(side.scores[place]), mark, iou, cause)
