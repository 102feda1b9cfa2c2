"""The calibration set beside the test set: frames, objects by class, shares by what the labels say of each image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.optimise.calibration_values import (
    DETECTIONS,
    HERE,
    LABELS,
    NONE,
    UNREADABLE,
    Calibration,
    Scenes,
    Share,
    Thumbnail,
)
from workbench.words import say_count

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from projects.project import Project
    from workbench.frames.source import Source
    from workbench.pipeline.detector import Detector
    from workbench.pipeline.frame_sets import FrameSet
    from workbench.session import Session

UNDER = 0.5
"""At this part of its share in the test set a class or a scene counts as under-represented."""
LEAST_SHARE = 0.01
FIRST_SCENES = ("light", "timeofday")
"""What is shown first of what labels say of images."""
MOST_VALUES = 12
_NO_SCENES = frozenset({"file_name", "coco_url", "flickr_url", "date_captured", "license"})

UNLABELLED = "Nobody labelled these frames. Count what the model finds in them."


def read_calibration(_session: Session, project: Path) -> Calibration:
    """The calibration set of the documents.

    Raises:
        DocumentProblems, UsageError: the documents or the model cannot be read.
    """
    from projects.project import Project
    from workbench.base.errors import UsageError
    from workbench.base.reporter import Silent
    from workbench.pipeline.detector import open_detector
    from workbench.pipeline.frame_sets import open_calibration_set

    opened = Project.open(project)
    named = opened.settings.calibration
    if named is None:
        why = "No calibration set. INT8 needs a folder of typical frames, none of them in the test set."
        return _without(NONE, why, "")
    detector = open_detector(opened)
    try:
        return _of(opened, detector, open_calibration_set(opened, Silent()))
    except UsageError as error:
        return _without(UNREADABLE, f"{error.summary}. {error.hint}".strip(), named.images)


def read_thumbnails(
    _session: Session, project: Path, first: int = 0, most: int = 10, width_px: int = 160
) -> tuple[Thumbnail, ...]:
    """Calibration frames, scaled down.

    Args:
        project: its folder.
        first: place of the first one; -1 spreads `most` evenly over the set.
        most: how many.
        width_px: of each.

    Raises:
        DocumentProblems, UsageError: documents or frames cannot be read.
    """
    from projects.project import Project
    from workbench.base.reporter import Silent
    from workbench.pipeline.frame_sets import open_calibration_set

    opened = Project.open(project)
    frames = open_calibration_set(opened, Silent())
    total = len(frames.selection.names)
    places = _spread(total, most) if first < 0 else range(first, min(first + most, total))
    under = _under_by_frame(opened, frames)
    return tuple(
        Thumbnail(
            frames.selection.names[place],
            _scaled(frames.frame(place), width_px),
            under.get(frames.selection.names[place], ""),
        )
        for place in places
    )


def _spread(total: int, most: int) -> list[int]:
    if total <= most:
        return list(range(total))
    return [round(step * (total - 1) / max(most - 1, 1)) for step in range(most)]


def _scaled(image: NDArray[np.uint8], width_px: int) -> NDArray[np.uint8]:
    import cv2
    import numpy as np

    height, width = image.shape[:2]
    size = (width_px, max(1, round(height * width_px / width)))
    return np.ascontiguousarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _without(state: str, why: str, source: str) -> Calibration:
    return Calibration(state, why, source, 0, 0, 0, None, "", "", (), (), (), "")


def _of(project: Project, detector: Detector, frames: FrameSet) -> Calibration:
    here, by, why = _count_here(project, detector, frames)
    there, against = _count_test(project, detector)
    classes = tuple(_shares(here or {}, there, detector.class_names))
    scenes = tuple(_scenes(project, frames))
    count, objects = len(frames.selection.names), None if here is None else sum(here.values())
    counted = "" if objects is None else f", {objects:,} objects by {by}"
    return Calibration(
        state=HERE,
        why=why,
        source=frames.selection.source,
        frames=count,
        available=frames.selection.available,
        seed=frames.selection.seed,
        objects=objects,
        counted_by=by,
        against=against if here is not None else "",
        classes=classes,
        scenes=scenes,
        warnings=tuple(_warnings(classes, scenes)),
        text=f"{say_count(count, 'frame')}{counted}",
    )


def _count_here(project: Project, detector: Detector, frames: FrameSet) -> tuple[Mapping[str, int] | None, str, str]:
    """Objects by class, what they were counted by, and why there are none or no labels were taken."""
    from workbench.base.errors import UsageError
    from workbench.frames.labels import labels_inside
    from workbench.pipeline.object_counts import read_object_counts

    path, why = labels_inside(frames.source.path), UNLABELLED
    if path is not None:
        try:
            return _labelled(path, frames.source, detector, set(frames.selection.names), None), LABELS, ""
        except UsageError as error:
            said, more = f"{error.summary[:1].upper()}{error.summary[1:]}", ", ".join(error.detail.splitlines())
            why = f"{said}{f': {more}' if more else ''}. {error.hint} Or count what the model finds in them."
    counts = read_object_counts(project, detector, frames)
    return (None, "", why) if counts is None else (counts.objects, DETECTIONS, "")


def _count_test(project: Project, detector: Detector) -> tuple[Mapping[str, int] | None, str]:
    """Objects of the whole test set by its labels; else those that the reference found in the newest run."""
    from workbench.base.errors import UsageError
    from workbench.frames.source import open_source

    named = project.settings.frames
    if named is None:
        return None, ""
    try:
        source = open_source(project.layout.inner(named.images))
        if named.labels is not None:
            path = project.layout.inner(named.labels)
            return _labelled(path, source, detector, set(source.names()), named.label_map), "test set, by labels"
    except UsageError:
        return None, ""
    found = _detected(project, detector)
    return (None, "") if found is None else (found, "test set, by detections")


def _labelled(
    path: Path, source: Source, detector: Detector, names: set[str], label_map: Mapping[str, str] | None
) -> Mapping[str, int]:
    from workbench.frames.labels import load_labels

    labels = load_labels(path, source, detector.class_names, label_map)
    found: Counter[str] = Counter(dict.fromkeys(detector.class_names, 0))
    for name, marked in labels.frames.items():
        if name in names:
            found.update(detector.class_names[int(number)] for number in marked.classes[~marked.crowd])
    return found


def _detected(project: Project, detector: Detector) -> Mapping[str, int] | None:
    """What the reference found in the newest run that kept it."""
    from projects.runs import list_runs
    from workbench.telemetry.freeze import read_parquet
    from workbench.verify.kept_tables import REFERENCE

    for folder in reversed(list_runs(project.layout.runs)):
        path = folder.path / "detections.parquet"
        if folder.is_finished() and path.is_file():
            table = read_parquet(path)
            sure = (table["side"] == REFERENCE) & (table["score"] >= detector.thresholds.confidence)
            numbers = Counter(int(number) for number in table["class"][sure])
            return {name: numbers[place] for place, name in enumerate(detector.class_names)}
    return None


def _shares(here: Mapping[str, int], there: Mapping[str, int] | None, names: Sequence[str]) -> Iterator[Share]:
    if not here:
        return
    total, other_total = sum(here.values()), sum((there or {}).values())
    for name in sorted(names, key=lambda name: -here.get(name, 0)):
        count = here.get(name, 0)
        other = None if there is None or not other_total else there.get(name, 0) / other_total
        yield _share(name, count, total, other)


def _share(name: str, count: int, total: int, other: float | None) -> Share:
    share = count / total if total else 0.0
    is_under = other is not None and other >= LEAST_SHARE and share <= other * UNDER
    other_text = "" if other is None else f"{100 * other:.1f} %"
    return Share(name, count, share, f"{100 * share:.1f} %", other, other_text, is_under)


def _scenes(project: Project, frames: FrameSet) -> Iterator[Scenes]:
    """By each text that the labels of the calibration frames have of every image."""
    here, there = _image_facts(frames), _test_facts(project)
    chosen = set(frames.selection.names)
    names = dict.fromkeys(key for facts in here.values() for key in facts)
    for name in sorted(names, key=lambda name: (name not in FIRST_SCENES, name)):
        counts = Counter(facts[name] for image, facts in here.items() if image in chosen and name in facts)
        others = Counter(facts[name] for facts in there.values() if name in facts)
        values = set(counts) | set(others)
        if 2 <= len(values) <= MOST_VALUES:
            total, other_total = sum(counts.values()), sum(others.values())
            shares = (
                _share(value, counts[value], total, others[value] / other_total if other_total else None)
                for value in sorted(values, key=lambda value: -counts[value])
            )
            yield Scenes(name, tuple(shares))


def _image_facts(frames: FrameSet) -> Mapping[str, Mapping[str, str]]:
    from workbench.frames.labels import labels_inside

    path = labels_inside(frames.source.path)
    return {} if path is None else _facts_in(path)


def _test_facts(project: Project) -> Mapping[str, Mapping[str, str]]:
    named = project.settings.frames
    return {} if named is None or named.labels is None else _facts_in(project.layout.inner(named.labels))


def _facts_in(path: Path) -> Mapping[str, Mapping[str, str]]:
    """What a COCO file says of each image in texts, by file name; nothing where it is none."""
    from workbench.base.errors import UsageError
    from workbench.frames.labels import image_facts

    try:
        return image_facts(path, _NO_SCENES) if path.is_file() else {}
    except UsageError:
        return {}


def _under_by_frame(project: Project, frames: FrameSet) -> dict[str, str]:
    """Frames that show a kind of scene that is under-represented, and which."""
    facts = _image_facts(frames)
    under = {(scene.name, share.name) for scene in _scenes(project, frames) for share in scene.shares if share.is_under}
    return {
        image: ", ".join(value for name, value in known.items() if (name, value) in under)
        for image, known in facts.items()
        if any((name, value) in under for name, value in known.items())
    }


def _warnings(classes: Sequence[Share], scenes: Sequence[Scenes]) -> Iterator[str]:
    named = [share.name for scene in scenes for share in scene.shares if share.is_under]
    named += [share.name for share in classes if share.is_under]
    if named:
        verb = "is" if len(named) == 1 else "are"
        yield f"{_listed(named)} {verb} half as frequent here as in the test set, or less."
    absent = [share.name for share in classes if not share.count and not share.is_under]
    if absent:
        yield f"No object of {_listed(absent)} is in these frames."


def _listed(names: Sequence[str]) -> str:
    text = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return text[:1].upper() + text[1:]
