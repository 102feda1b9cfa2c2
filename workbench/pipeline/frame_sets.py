"""The project's frames: test set and calibration set, chosen, packed, and checked against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from projects.deployment_settings import Frames
from projects.project import Project
from targets.agent.frames import Preprocessor
from workbench.base.atomic import encode_json
from workbench.base.errors import UsageError
from workbench.base.hashing import sha256_bytes, sha256_file
from workbench.base.reporter import Reporter
from workbench.frames.class_file import CLASS_FILES
from workbench.frames.labels import Labels, load_labels
from workbench.frames.pack import Pack, make_pack
from workbench.frames.selection import Selection, repeated_frames, select_frames, shared_frames
from workbench.frames.shared import find_shared
from workbench.frames.source import Source, open_source
from workbench.pipeline.detector import Detector


@dataclass(frozen=True)
class FrameSet:
    """Chosen frames of one source."""

    source: Source
    selection: Selection
    labels: Labels | None
    labels_sha256: str | None = None

    def frame(self, position: int) -> NDArray[np.uint8]:
        """A frame as it is, before fitting."""
        return self.source.read(self.selection.indices[position])


def open_test_set(project: Project, detector: Detector, count: int, reporter: Reporter) -> FrameSet:
    """The frames that the test specification is carried out on.

    Raises:
        UsageError: the documents name none, or they or their labels cannot be read.
    """
    named = require_frames(project)
    source = open_source(project.layout.inner(named.images))
    labels = None
    if named.labels is not None:
        labels = load_labels(project.layout.inner(named.labels), source, detector.class_names, named.label_map)
    seed = int(project.acceptance_settings.test_set.seed)
    chosen = select_frames(source, named.images, count, seed, reporter.check)
    return FrameSet(source, chosen, labels, _labels_sha256(project))


def identify_test_set(project: Project, count: int, reporter: Reporter) -> dict[str, str | None]:
    """What the test set is now, as the record of a run has it under `frames`; nothing is decoded.

    Raises:
        UsageError: the frames or the labels are not there.
    """
    named = project.settings.frames
    if named is None:
        return {"sha256": None, "labels_sha256": None}
    source = open_source(project.layout.inner(named.images))
    seed = int(project.acceptance_settings.test_set.seed)
    chosen = select_frames(source, named.images, count, seed, reporter.check)
    return {"sha256": chosen.sha256, "labels_sha256": _labels_sha256(project)}


def require_frames(project: Project) -> Frames:
    """What the documents say of the test set.

    Raises:
        UsageError: they name none.
    """
    named = project.settings.frames
    if named is None:
        raise UsageError(
            f"{project.layout.deployment} names no frames to test with",
            "Put images into the project and name their folder under `slipway: frames: images:`.",
        )
    return named


def open_calibration_set(project: Project, reporter: Reporter) -> FrameSet:
    """The frames that INT8 ranges are measured on.

    Raises:
        UsageError: the documents name none, or they cannot be read.
    """
    named = project.settings.calibration
    if named is None:
        raise UsageError(
            f"{project.layout.deployment} names no calibration frames, and INT8 needs some",
            "Name a folder of typical frames, none of them in the test set, under `slipway: calibration: images:`.",
        )
    source = open_source(project.layout.inner(named.images))
    chosen = select_frames(source, named.images, int(named.count), int(named.seed), reporter.check)
    return FrameSet(source, chosen, None)


def pack_frames(frames: FrameSet, detector: Detector, cache: Path, reporter: Reporter) -> Pack:
    """The set at the model's size, from the cache where it is there."""
    return make_pack(frames.source, frames.selection, detector.fitting, cache, reporter)


def model_inputs(frames: FrameSet, detector: Detector, positions: range | None = None) -> Iterator[NDArray[np.float32]]:
    """Each frame as the model's input, float32 [1, 3, h, w]; every array is its own."""
    fitting = detector.fitting
    preprocess = Preprocessor(detector.preprocess, fitting.height, fitting.width)
    for position in positions if positions is not None else range(len(frames.selection.indices)):
        fitted, _ = fitting.apply(frames.frame(position))
        yield preprocess(np.ascontiguousarray(fitted)).copy()


def _labels_sha256(project: Project) -> str | None:
    """Of the labels' file, or of names and contents of all files of their folder; and of what their classes are."""
    named = project.settings.frames
    if named is None or named.labels is None:
        return None
    content = _content_sha256(project.layout.inner(named.labels))
    return sha256_bytes(encode_json([content, named.label_map])) if named.label_map else content


def _content_sha256(path: Path) -> str:
    if path.is_dir():
        wanted = [item for item in sorted(path.rglob("*")) if item.suffix == ".txt" or item.name in CLASS_FILES]
        return sha256_bytes(encode_json({item.relative_to(path).as_posix(): sha256_file(item) for item in wanted}))
    if not path.is_file():
        raise UsageError(f"the labels {path} are not there", "Name a COCO JSON file or a folder of YOLO text files.")
    return sha256_file(path)


def frame_findings(test: FrameSet, calibration: FrameSet | None) -> list[str]:
    """What a reviewer must know of the sets, in words."""
    found = [] if calibration is None else _shared_findings(test, calibration)
    repeats = repeated_frames(test.selection)
    if repeats:
        found.append(f"{len(repeats)} frames of the test set repeat others ({_some(repeats)}): they add no evidence.")
    if len(test.selection.names) < test.selection.requested:
        found.append(
            f"The test set has {len(test.selection.names)} frames; the specification asks for "
            f"{test.selection.requested}. Nothing was looped."
        )
    return [*found, *_label_findings(test)]


def _shared_findings(test: FrameSet, calibration: FrameSet) -> list[str]:
    """Of the whole sources, so that they are found whichever frames were chosen."""
    whole = find_shared(test.source, calibration.source) or ()
    shared = [*dict.fromkeys([*whole, *shared_frames(test.selection, calibration.selection)])]
    if not shared:
        return []
    chosen, taken = len(set(shared) & set(test.selection.names)), len(test.selection.names)
    many = f"{len(shared)} frames of the test set are" if len(shared) > 1 else "A frame of the test set is"
    tuned = ": the engine may have been tuned on what it is tested with" if chosen else ""
    text = f"{many} in the calibration set too ({_some(shared)}), {chosen} of them among the {taken} that were chosen"
    return [f"{text}{tuned}."]


def _label_findings(test: FrameSet) -> list[str]:
    labels = test.labels
    if labels is None:
        return []
    found = []
    if labels.by_number:
        found.append("The labels number their classes and nobody names them: they were taken in the model's order.")
    alike = [f"{item.label} as {item.model}" for item in labels.mapping if item.model not in {None, item.label}]
    if alike:
        found.append(f"Labels were taken for classes of other names: {_some(alike)}.")
    if labels.unmapped:
        found.append(f"Labels of {_some(labels.unmapped)} are left out: the model has no such class.")
    if labels.missing:
        found.append(f"No label names {_some(labels.missing)}: nothing is known of these classes.")
    bare = [name for name in test.selection.names if labels.of(name) is None]
    if bare:
        found.append(f"{len(bare)} frames of the test set have no labels ({_some(bare)}).")
    return found


def _some(names: Sequence[str], most: int = 3) -> str:
    listed = list(names)
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")
