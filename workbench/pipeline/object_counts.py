"""How many objects of each class the float model finds in the calibration frames, kept by what decides it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from projects.project import Project
from workbench.base.atomic import encode_json, write_json
from workbench.base.hashing import sha256_bytes
from workbench.pipeline.detector import Detector, open_detector
from workbench.pipeline.frame_sets import FrameSet, model_inputs, open_calibration_set
from workbench.reference import Reference

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

FORMAT = "slipway.object-counts/1"
FOLDER = "objects"
MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class ObjectCounts:
    """What a detector found in some frames."""

    frames: int
    objects: Mapping[str, int]
    """By class name; a class that was not found is there with 0."""


def count_objects(folder: Path, context: JobContext) -> ObjectCounts:
    """Run the model over the calibration frames and keep the counts.

    Raises:
        DocumentProblems, UsageError: project, model or frames cannot be read.
    """
    from workbench.pipeline.optimise import worker_threads

    project = Project.open(folder)
    detector = open_detector(project, context)
    context.step("count", "Count objects in the calibration frames")
    frames = open_calibration_set(project, context)
    total = len(frames.selection.names)
    found: Counter[str] = Counter(dict.fromkeys(detector.class_names, 0))
    limits = detector.thresholds
    with Reference(detector.model, worker_threads()) as reference:
        for done, pixels in enumerate(model_inputs(frames, detector)):
            context.check()
            context.progress(done / total, f"frame {done + 1} of {total}")
            outputs = reference.infer(pixels)
            classes = detector.head.detect(outputs, limits.confidence, limits.nms_iou, limits.max_detections).classes
            found.update(detector.class_names[int(number)] for number in classes)
    counts = ObjectCounts(total, dict(found))
    write_json(_path(project, detector, frames), {"format": FORMAT, **asdict(counts)})
    context.end_step(f"{sum(found.values())} objects in {total} frames")
    return counts


def read_object_counts(project: Project, detector: Detector, frames: FrameSet) -> ObjectCounts | None:
    """What was counted in these frames; None where nobody counted, or what is kept cannot be read."""
    try:
        with _path(project, detector, frames).open("rb") as stream:
            value = json.loads(stream.read(MAX_BYTES + 1))
        if value["format"] != FORMAT:
            return None
        return ObjectCounts(int(value["frames"]), {str(name): int(count) for name, count in value["objects"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _path(project: Project, detector: Detector, frames: FrameSet) -> Path:
    limits = detector.thresholds
    decided = [
        detector.facts.sha256,
        frames.selection.sha256,
        asdict(detector.fitting),
        list(detector.preprocess),
        limits.confidence,
        limits.nms_iou,
    ]
    return project.layout.cache / FOLDER / f"{sha256_bytes(encode_json(decided))}.json"
