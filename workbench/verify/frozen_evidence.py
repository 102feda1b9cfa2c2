"""Evidence as a run keeps it: what verdicts were reached from, so that they can be reached again, and compared."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from targets.facts import BoardFacts
from workbench.base.atomic import encode_json
from workbench.base.errors import SlipwayError, UsageError
from workbench.evaluate.coco_matches import Labels
from workbench.evaluate.detection_iou import DetectionIou, SampleOverlap
from workbench.evaluate.matching import Detections
from workbench.evaluate.output_difference import OutputDifference, SampleDifference
from workbench.results.run_record import RunRecord
from workbench.telemetry.blocks import Table
from workbench.telemetry.freeze import read_parquet
from workbench.telemetry.recording import Recording, RunEvent
from workbench.verify import kept_tables as kept
from workbench.verify.evidence import Evidence
from workbench.verify.sample_tables import DAMAGED
from workbench.verify.side_by_side import Criteria, SideBySide

if TYPE_CHECKING:
    from workbench.evaluate.accuracy import Accuracy

EVIDENCE = "evidence.json"
"""What of the evidence is no table."""
FORMAT = "slipway.evidence/1"


@dataclass(frozen=True)
class FrozenComparison:
    """What a `SideBySide` came to, from the tables that it was written to."""

    samples: Sequence[int]
    """Their places in the test set."""
    criteria: Criteria
    requested: int
    checked_scores: int
    bad_scores: int
    difference: OutputDifference
    iou: DetectionIou


def encode_evidence(evidence: Evidence, compared: SideBySide | None, confidence: float) -> bytes:
    """The bytes of `EVIDENCE`.

    Args:
        evidence: of the run.
        compared: what compared the outputs; None where nothing was.
        confidence: threshold of recall and precision.
    """
    recording = evidence.recording
    value = {
        "format": FORMAT,
        "meta": dict(recording.meta),
        "events": [[event.mono_ns, event.kind, dict(event.data)] for event in recording.events],
        "problems": list(recording.problems),
        "phases": [dict(phase) for phase in evidence.phases],
        "quick": evidence.quick,
        "until_decided": evidence.until_decided,
        "threads": evidence.threads,
        "streams": evidence.streams,
        "accuracy_missing": evidence.accuracy_missing,
        "confidence": confidence,
        "board": asdict(evidence.board),
        "compared": None if compared is None else _comparison(compared),
    }
    return encode_json(_plain(value))


def _comparison(compared: SideBySide) -> dict[str, Any]:
    return {
        "input_size": list(compared.input_size),
        "criteria": compared.criteria._asdict(),
        "requested": compared.requested,
        "seed": compared.seed,
        "checked_scores": compared.checked_scores,
        "bad_scores": compared.bad_scores,
    }


def _plain(value: Any) -> Any:
    """As JSON has it: a board may have told numbers that are none."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def thaw_evidence(folder: Path, run: RunRecord, *, accuracy: bool) -> Evidence:
    """The evidence of a run, from its folder alone.

    Args:
        folder: the run's; the caller has checked its files against the record.
        run: its record.
        accuracy: whether the accuracy on labels is wanted, which takes seconds.

    Raises:
        UsageError: the run is of a Slipway that did not keep it.
        SlipwayError: a file cannot be read.
    """
    if EVIDENCE not in run.files:
        raise UsageError(f"the run {run.id} did not keep its evidence ({EVIDENCE})", "Verify again.")
    value = _read(folder / EVIDENCE)
    try:
        return _evidence(folder, run, value, accuracy)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        summary = f"{folder / EVIDENCE} is not the evidence of a run: {type(error).__name__} {error}"
        raise SlipwayError(summary, "Restore the run's folder.") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SlipwayError(f"cannot read {path}: {error}", "Restore the run's folder.") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise SlipwayError(f"{path} has a format that this Slipway does not read", f"Expected {FORMAT}.")
    return value


def _evidence(folder: Path, run: RunRecord, value: Mapping[str, Any], accuracy: bool) -> Evidence:
    streams = {name: read_parquet(folder / f"{name}.parquet") for name in ("frames", "telemetry")}
    events = tuple(RunEvent(int(mono_ns), str(kind), data) for mono_ns, kind, data in value["events"])
    found = None
    if accuracy and kept.WEAK_DETECTIONS in run.files and "equivalence.parquet" in run.files:
        found = _accuracy(folder, float(value["confidence"]))
    return Evidence(
        recording=Recording(value["meta"], events, streams, tuple(value["problems"])),
        phases=value["phases"],
        quick=bool(value["quick"]),
        until_decided=bool(value["until_decided"]),
        board=BoardFacts.parse(value["board"]),
        threads=int(value["threads"]),
        streams=int(value["streams"]),
        compared=_thaw_comparison(folder, run, value["compared"]),
        accuracy=found,
        accuracy_missing=str(value["accuracy_missing"]),
    )


def _thaw_comparison(folder: Path, run: RunRecord, value: Mapping[str, Any] | None) -> FrozenComparison | None:
    if value is None or "equivalence.parquet" not in run.files:
        return None
    criteria = Criteria(**{**value["criteria"], "score_range": tuple(value["criteria"]["score_range"])})
    requested, seed = int(value["requested"]), int(value["seed"])
    size = (int(value["input_size"][0]), int(value["input_size"][1]))
    statistic, scope = criteria.difference_statistic, criteria.difference_scope
    difference = OutputDifference(criteria.difference_confidence, size, requested, statistic, scope, seed)
    overlap = DetectionIou(criteria.iou_confidence, requested, criteria.iou_statistic, seed)
    table, matches = read_parquet(folder / "equivalence.parquet"), read_parquet(folder / "matches.parquet")
    difference.samples += [_difference(table, row) for row in range(len(table["sample"]))]
    overlap.samples += _overlaps(table, matches)
    checked, bad = int(value["checked_scores"]), int(value["bad_scores"])
    return FrozenComparison(table["sample"].tolist(), criteria, requested, checked, bad, difference, overlap)


def _difference(table: Table, row: int) -> SampleDifference:
    figures = {name: float(table[name][row]) for name in ("rms", "boxes_rms", "scores_rms", "all_rms", "l2")}
    relative, damaged = float(table["relative_l2"][row]), DAMAGED[int(table["damaged"][row])]
    if damaged:
        figures = dict.fromkeys(figures, 0.0)
    return SampleDifference(
        sample=row,
        anchors=int(table["anchors"][row]),
        **figures,
        relative_l2=None if math.isnan(relative) else relative,
        unmatched=int(table["unmatched"][row]),
        expected=bool(table["expected"][row]),
        dead=bool(table["dead"][row]),
        silent=bool(table["silent"][row]),
        damaged=damaged,
    )


def _overlaps(table: Table, matches: Table) -> list[SampleOverlap]:
    parts = _split(matches["iou"], matches["sample"], table["sample"])
    near, flips, missed = (table[name].tolist() for name in ("missed_near", "class_flips", "missed"))
    return [
        SampleOverlap(row, ious, near[row], missed[row] - near[row] - flips[row], flips[row], int(table["extra"][row]))
        for row, ious in enumerate(parts)
    ]


def _split(values: NDArray[Any], owners: NDArray[Any], order: NDArray[Any]) -> list[NDArray[Any]]:
    """Values by their owner, in the order of owners; rows of one owner follow each other."""
    by_owner = np.argsort(owners, kind="stable")
    ordered = owners[by_owner]
    first, last = np.searchsorted(ordered, order, "left"), np.searchsorted(ordered, order, "right")
    return [values[by_owner[start:end]] for start, end in zip(first, last, strict=True)]


def labelled_detections(folder: Path, order: Sequence[int]) -> tuple[list[Labels], dict[str, list[Detections]]]:
    """Labels of some frames, and what both sides found there from the threshold of average precision up.

    Args:
        folder: the run's.
        order: places of frames in the test set; each is labelled.

    Returns:
        Labels by frame, and `reference` and `device` by frame; boxes in pixels of the frame.
    """
    wanted = np.asarray(order, np.int64)
    marks, found = read_parquet(folder / kept.LABELS), read_parquet(folder / kept.WEAK_DETECTIONS)
    rows = _split(np.arange(len(marks["sample"])), marks["sample"], wanted)
    boxes = (kept.boxes_of(marks, part).astype(np.float64) for part in rows)
    labels = [
        Labels(edges, marks["class"][part].astype(np.intp), marks["crowd"][part].astype(bool))
        for edges, part in zip(boxes, rows, strict=True)
    ]
    sides = {}
    for name, side in (("reference", kept.REFERENCE), ("device", kept.DEVICE)):
        mine = np.flatnonzero(found["side"] == side)
        parts = _split(mine, found["sample"][mine], wanted)
        sides[name] = [
            Detections(kept.boxes_of(found, part).astype(np.float64), found["score"][part], found["class"][part])
            for part in parts
        ]
    return labels, sides


def labelled_places(folder: Path) -> list[int]:
    """The compared frames that somebody labelled, in the order in which they were compared."""
    compared = read_parquet(folder / "equivalence.parquet")["sample"]
    labelled = read_parquet(folder / kept.SAMPLES)["labelled"].astype(bool)
    return [int(place) for place in compared if labelled[place]]


def _accuracy(folder: Path, confidence: float) -> dict[str, Accuracy] | None:
    from workbench.evaluate.accuracy import evaluate_accuracy

    order = labelled_places(folder)
    if not order:
        return None
    names = [str(name) for name in read_parquet(folder / kept.CLASSES)["name"]]
    labels, sides = labelled_detections(folder, order)
    return {side: evaluate_accuracy(labels, found, names, confidence) for side, found in sides.items()}
