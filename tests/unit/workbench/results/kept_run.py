"""A run's folder with what both sides detected on small frames, for tests of what is made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.unit.workbench.reports.conftest import _record
from workbench.base.hashing import sha256_file
from workbench.frames.coco_ids import CocoIds
from workbench.frames.labels import FrameLabels, Labels
from workbench.frames.resize import Fit
from workbench.frames.selection import Selection
from workbench.results.run_record import RequirementResult, RunRecord
from workbench.telemetry.freeze import encode_parquet
from workbench.verify import kept_tables as kept
from workbench.verify.accuracy_step import measure_accuracy
from workbench.verify.evidence import Evidence
from workbench.verify.frozen_evidence import EVIDENCE, encode_evidence
from workbench.verify.sample_tables import match_columns, sample_columns
from workbench.verify.side_by_side import Criteria, SideBySide, Thresholds

CLASSES = ("car", "sign")
FITS = [Fit(0.5, 0.5, 0.0, 0.0, 128, 128)] * 500
Objects = list[tuple[float, float, float, float, int]]
"""x0, y0, x1, y1 in pixels of the model's input, class."""


class RowsHead:
    """Outputs are rows x0, y0, x1, y1, score, class already."""

    name, classes, ranked = "rows", 2, True

    def decode_anchors(self, outputs: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        rows = outputs[0]
        scores = np.zeros((len(rows), 2), np.float32)
        scores[np.arange(len(rows)), rows[:, 5].astype(int)] = rows[:, 4]
        return rows[:, :4].astype(np.float32), scores

    def detect(self, outputs: Any, confidence: float, nms_iou: float, max_detections: int) -> Any:
        from targets.agent.heads.base import Detections

        rows = outputs[0][outputs[0][:, 4] >= confidence]
        return Detections(rows[:, :4].astype(np.float32), rows[:, 4].astype(np.float32), rows[:, 5].astype(np.int64))

    def count_bad_scores(self, outputs: Any) -> int:
        return 0


def draw_objects(frames: int, seed: int = 1) -> list[Objects]:
    """Some objects in each frame."""
    random = np.random.default_rng(seed)
    drawn: list[Objects] = []
    for _ in range(frames):
        corners = random.uniform(0, 40, (random.integers(1, 4), 2))
        drawn.append([(x, y, x + random.uniform(8, 20), y + random.uniform(8, 20), int(random.integers(2)))
                      for x, y in corners])  # fmt: skip
    return drawn


def detect(objects: list[Objects], noise: float, seed: int) -> list[NDArray[np.float32]]:
    """What a detector of a certain noise says of each frame: shifted boxes, some missed, some false and weak."""
    random = np.random.default_rng(seed)
    found = []
    for frame in objects:
        rows = [[x0, y0, x1, y1, random.uniform(0.3, 0.95), kind] for x0, y0, x1, y1, kind in frame]
        rows += [
            [
                *random.uniform(0, 30, 2),
                *random.uniform(34, 60, 2),
                random.uniform(0.002, 0.3),
                float(random.integers(2)),
            ]
        ]
        array = np.array(rows, np.float32)
        array[:, :4] += random.normal(0, noise, (len(array), 4))
        found.append(array)
    return found


def compare_sides(reference: list[NDArray[np.float32]], device: list[NDArray[np.float32]]) -> SideBySide:
    compared = SideBySide(
        RowsHead(), Thresholds(0.25, 0.45, 300), (64, 64), len(reference), Criteria(0.25, 0.25), labelled=True
    )
    for position, (one, other) in enumerate(zip(reference, device, strict=True)):
        compared.add(position, [one], [other])
    return compared


def label(objects: list[Objects], names: tuple[str, ...], labelled: int) -> Labels:
    """Labels of the first so many frames, in pixels of the frame."""
    marked = {
        name: FrameLabels(
            2 * np.array([entry[:4] for entry in frame], np.float32).reshape(-1, 4),
            np.array([entry[4] for entry in frame], np.int64),
            np.zeros(len(frame), bool),
        )
        for name, frame in list(zip(names, objects, strict=True))[:labelled]
    }
    return Labels(marked, Path("labels.json"))


def keep_run(
    folder: Path,
    compared: SideBySide,
    objects: list[Objects],
    *,
    labelled: int | None = None,
    ids: CocoIds | None = None,
    requirements: tuple[RequirementResult, ...] = (),
    names: tuple[str, ...] | None = None,
    extra: Mapping[str, Any] | None = None,
    evidence: Evidence | None = None,
    **fields: Any,
) -> RunRecord:
    """Write the tables as a run does, and give its record with the accuracy of both sides."""
    count = len(compared.samples)
    shown = names or tuple(f"{place}.png" for place in range(count))
    selection = Selection("data", count, count, 0, tuple(range(count)), shown, tuple(f"{n:0>64}" for n in shown))
    labels = label(objects, shown, count if labelled is None else labelled)
    tables = {
        kept.SAMPLES: kept.frame_columns(selection, FITS[:count], labels, ids or CocoIds()),
        kept.CLASSES: kept.class_columns(CLASSES, ids or CocoIds(), {}),
        kept.LABELS: kept.label_columns(selection, labels),
        kept.DETECTIONS: kept.detection_columns(compared.samples, FITS),
        kept.WEAK_DETECTIONS: kept.weak_detection_columns(compared.samples, FITS),
        "equivalence.parquet": sample_columns(compared),
        "matches.parquet": match_columns(compared),
        **(extra or {}),
    }
    folder.mkdir(parents=True)
    if evidence is not None:
        streams = {"frames": evidence.recording.frames_table(), "telemetry": evidence.recording.telemetry_table()}
        tables |= {f"{name}.parquet": table for name, table in streams.items()}
        (folder / EVIDENCE).write_bytes(encode_evidence(evidence, compared, 0.25))
    for name, columns in tables.items():
        (folder / name).write_bytes(encode_parquet(columns))
    found = measure_accuracy(compared.samples, labels, shown, FITS, CLASSES, 0.25)
    figures = {
        "accuracy": {side: {key: one.value for key, one in value.overall.items()} for side, value in found.items()}
    }
    record = _record({path.name: sha256_file(path) for path in sorted(folder.iterdir())})
    return replace(record, figures=figures, requirements=requirements, worst=(), **fields)
