"""Frames and labels of a new project: looked at before anything is copied, and how the documents name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.base.errors import UsageError
from workbench.frames.health import find_unreadable
from workbench.frames.labels import named_classes, survey_labels
from workbench.frames.source import ImageFolder, Source, open_source


@dataclass(frozen=True)
class DataAsked:
    """What a person brings beside the model; None where they bring none."""

    frames: Path | None = None
    labels: Path | None = None
    calibration: Path | None = None
    detections: Path | None = None


@dataclass(frozen=True)
class NewData:
    """Frames and labels as the documents will name them, and what has to be copied for it."""

    names: Mapping[str, str]
    """`frames`, `labels`, `calibration` and `detections`: paths inside the project."""
    files: Mapping[str, Path]
    """What is copied: path inside the project and source."""
    sources: Mapping[str, Source]
    """`frames` and `calibration`, where they lie now."""
    classes: tuple[str, ...]
    """Class names that the labels bring where nobody else names them."""

    def count(self, kind: str) -> int:
        """How many frames there are of a kind."""
        return len(self.sources[kind].names())


def open_sources(asked: DataAsked) -> dict[str, Source]:
    """The frames to test and to calibrate with, `frames` and `calibration`, as far as there are any.

    Raises:
        UsageError: they cannot be read, or labels or detections come without them.
    """
    named = (("frames", asked.frames), ("calibration", asked.calibration))
    sources = {kind: _open_frames(path) for kind, path in named if path is not None}
    for what, path in (("labels", asked.labels), ("detections", asked.detections)):
        if path is not None and "frames" not in sources:
            raise UsageError(f"the {what} {path} come without frames", "Give the frames too: --frames.")
    return sources


def open_data(
    project: Path, asked: DataAsked, sources: Mapping[str, Source], names: Sequence[str], classes: int
) -> NewData:
    """Look at the rest.

    Args:
        project: what lies in it already is not copied.
        asked: where all of it lies.
        sources: from `open_sources`.
        names: of the model's classes; empty where nobody names them.
        classes: how many the model has.

    Raises:
        UsageError: something cannot be read, or labels and model do not fit.
    """
    places: dict[str, str] = {}
    files: dict[str, Path] = {}
    wanted: list[tuple[str, Path, Mapping[str, Path]]] = [
        (kind, source.path, _frame_files(source)) for kind, source in sources.items()
    ]
    brought: tuple[str, ...] = ()
    if asked.labels is not None:
        brought = _label_classes(asked.labels, sources["frames"], names, classes)
        wanted.append(("labels", asked.labels, _label_files(asked.labels)))
    if asked.detections is not None:
        if not asked.detections.is_file():
            raise UsageError(f"there is no file {asked.detections}", "Give a COCO results JSON file.")
        wanted.append(("detections", asked.detections, {"": asked.detections}))
    for kind, path, inner in wanted:
        places[kind], more = place(project, path, f"data/{kind}", inner)
        files |= more
    return NewData(places, files, sources, brought)


def place(folder: Path, path: Path, wanted: str, files: Mapping[str, Path]) -> tuple[str, dict[str, Path]]:
    """How the documents name a file or folder, and what has to be copied: nothing where it lies in the project."""
    if path.resolve().is_relative_to(folder.resolve()):
        return path.resolve().relative_to(folder.resolve()).as_posix(), {}
    name = f"{wanted}{path.suffix.lower()}" if "" in files else wanted
    return name, {f"{name}/{inner}" if inner else name: file for inner, file in files.items()}


def _open_frames(path: Path) -> Source:
    source = open_source(path)
    bad = find_unreadable(source)
    if bad:
        hint = "Replace or remove these files, then try again."
        raise UsageError(f"{len(bad)} of the frames in {path} cannot be read", hint, "\n".join(bad[:20]))
    return source


def _label_classes(labels: Path, source: Source, names: Sequence[str], classes: int) -> tuple[str, ...]:
    """Names that the labels bring for a model without; raises UsageError where labels and model do not fit."""
    brought = named_classes(labels) if labels.exists() and not names else ()
    taken = brought if len(brought) == classes else ()
    known = tuple(names) or taken or tuple(f"class {number}" for number in range(classes))
    survey = survey_labels(labels, source, known)
    if not survey.frames:
        raise UsageError(f"{labels} labels no frame at all", "Give a COCO JSON file or a folder of YOLO text files.")
    if survey.unmapped and not survey.classes:
        raise UsageError(
            f"{labels} names {', '.join(survey.unmapped[:8])}, and the model knows none of these classes",
            f"The model's classes are {', '.join(known[:8])}: give labels with these names.",
        )
    return taken


def _frame_files(source: Source) -> Mapping[str, Path]:
    """Paths inside the copy and files; a video is one file that takes its copy's place."""
    if isinstance(source, ImageFolder):
        return {name: source.path / name for name in source.names()}
    return {"": source.path}


def _label_files(labels: Path) -> Mapping[str, Path]:
    """Label files, and the class names beside them."""
    if labels.is_file():
        return {"": labels}
    kept = {".txt", ".yaml", ".yml"}
    return {item.relative_to(labels).as_posix(): item for item in sorted(labels.rglob("*")) if item.suffix in kept}
