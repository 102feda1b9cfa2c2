"""A new project from a model: inspected, copied, and both documents proposed; all of it or nothing."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from projects.create import Proposal, create_project
from projects.layout import Layout
from projects.problems import near_miss
from targets.agent.heads.base import Head
from workbench.base.atomic import cannot_write
from workbench.base.errors import UsageError
from workbench.frames.health import find_unreadable
from workbench.frames.labels import named_classes, survey_labels
from workbench.frames.source import ImageFolder, Source, open_source
from workbench.intake.heads import choose_head
from workbench.optimise.adapt import Changes, adapt_model
from workbench.optimise.model_facts import ModelFacts, facts_of, require_static
from workbench.optimise.model_file import ModelFile, load_model
from workbench.pipeline.check import CheckResult, check_project
from workbench.pipeline.detector import input_size

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

PRECISIONS = ("FP32", "FP16", "INT8")
_SAMPLES, _CALIBRATION_FRAMES = 1000, 128
_TEST_SAMPLES = "functional_equivalence.test_samples"
_GUESSED = (
    "slipway.head",
    "slipway.preprocessing.resize",
    "slipway.preprocessing.color",
    "slipway.preprocessing.scale",
)
_PREPROCESSING = {"resize": "letterbox", "color": "rgb", "scale": "1/255"}


@dataclass(frozen=True)
class NewJob:
    """Make a project from an ONNX model, and from frames and labels where there are any; they are copied into it."""

    project: Path
    """Its folder: new, empty, or one that holds model and data already and no documents."""
    model: Path
    frames: Path | None = None
    """The test set: a folder of images, or a video."""
    labels: Path | None = None
    """Of these frames: a COCO JSON file, or a folder of YOLO text files."""
    calibration: Path | None = None
    """Frames for INT8: a folder of images, or a video."""
    target: str = "this machine"
    """The board, as the documents call it."""
    precision: str = "FP32"

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Make the project {self.project.name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> CheckResult:
        """What a check of the new project says, with the limits that wait for a person.

        Raises:
            UsageError: model, frames or labels cannot be taken, or there is a project already; nothing is written.
            SlipwayError: the project cannot be written; what was written is removed.
        """
        _refuse_occupied(self.project)
        context.step("inspect", f"Inspect {self.model.name}")
        detector = _inspect(self.model)
        data = _Data.open(self, detector)
        proposal = _propose(self, detector, data)
        context.end_step(f"{detector.facts.inputs[0]} → {detector.head.name} with {detector.head.classes} classes")
        context.step("create", f"Write {self.project}")
        try:
            _write(self.project, {**_model_files(self, detector), **data.files}, proposal, context)
        except OSError as error:
            raise cannot_write(Path(str(error.filename or self.project)), error) from error
        result = check_project(self.project)
        context.end_step(f"{len(result.unconfirmed)} proposed values wait for a person")
        return result


@dataclass(frozen=True)
class _Inspected:
    source: ModelFile
    facts: ModelFacts
    head: Head


def _inspect(path: Path) -> _Inspected:
    source = adapt_model(load_model(path), Changes())
    facts = facts_of(source)
    require_static(facts)
    width, height, _ = input_size(facts)
    return _Inspected(source, facts, choose_head(facts, (width, height), len(facts.class_names or ())).head)


@dataclass(frozen=True)
class _Data:
    """Frames and labels as the documents will name them, and what has to be copied for it."""

    names: Mapping[str, str]
    """`frames`, `labels` and `calibration`: paths inside the project."""
    files: Mapping[str, Path]
    """What is copied: path inside the project and source."""
    counts: Mapping[str, int]
    """How many frames `frames` and `calibration` have."""
    classes: tuple[str, ...]
    """Class names that the labels bring where the model has none."""

    @classmethod
    def open(cls, asked: NewJob, detector: _Inspected) -> _Data:
        """Look at all of it before anything is copied; raises UsageError for what cannot be read."""
        names: dict[str, str] = {}
        files: dict[str, Path] = {}
        counts: dict[str, int] = {}
        sources: dict[str, Source] = {}
        for kind, path in (("frames", asked.frames), ("calibration", asked.calibration)):
            if path is not None:
                sources[kind] = _open_frames(path)
                counts[kind] = len(sources[kind].names())
                names[kind], more = _place(asked.project, path, f"data/{kind}", _frame_files(sources[kind]))
                files |= more
        classes: tuple[str, ...] = ()
        if asked.labels is not None:
            if "frames" not in sources:
                raise UsageError(f"the labels {asked.labels} come without frames", "Give the frames too: --frames.")
            classes = _label_classes(asked.labels, sources["frames"], detector)
            names["labels"], more = _place(asked.project, asked.labels, "data/labels", _label_files(asked.labels))
            files |= more
        return cls(names, files, counts, classes)


def _open_frames(path: Path) -> Source:
    source = open_source(path)
    bad = find_unreadable(source)
    if bad:
        hint = "Replace or remove these files, then try again."
        raise UsageError(f"{len(bad)} of the frames in {path} cannot be read", hint, "\n".join(bad[:20]))
    return source


def _label_classes(labels: Path, source: Source, detector: _Inspected) -> tuple[str, ...]:
    """Names that the labels bring for a model without; raises UsageError where labels and model do not fit."""
    brought = named_classes(labels) if labels.exists() and not detector.facts.class_names else ()
    taken = brought if len(brought) == detector.head.classes else ()
    names = detector.facts.class_names or taken or tuple(f"class {number}" for number in range(detector.head.classes))
    survey = survey_labels(labels, source, names)
    if not survey.frames:
        raise UsageError(f"{labels} labels no frame at all", "Give a COCO JSON file or a folder of YOLO text files.")
    if survey.unmapped and not survey.classes:
        raise UsageError(
            f"{labels} names {', '.join(survey.unmapped[:8])}, and the model knows none of these classes",
            f"The model's classes are {', '.join(names[:8])}: give labels with these names.",
        )
    return taken


def _frame_files(source: Source) -> Mapping[str, Path]:
    """Paths inside the copy and files; a video is one file that takes its copy's place."""
    if isinstance(source, ImageFolder):
        return {name: source.path / name for name in source.names()}
    return {"": source.path}


def _label_files(labels: Path) -> Mapping[str, Path]:
    if labels.is_file():
        return {"": labels}
    return {item.relative_to(labels).as_posix(): item for item in sorted(labels.rglob("*.txt"))}


def _place(folder: Path, path: Path, wanted: str, files: Mapping[str, Path]) -> tuple[str, dict[str, Path]]:
    """How the documents name a file or folder, and what has to be copied: nothing where it lies in the project."""
    if path.resolve().is_relative_to(folder.resolve()):
        return path.resolve().relative_to(folder.resolve()).as_posix(), {}
    name = f"{wanted}{path.suffix.lower()}" if "" in files else wanted
    return name, {f"{name}/{inner}" if inner else name: file for inner, file in files.items()}


def _model_files(asked: NewJob, detector: _Inspected) -> dict[str, Path]:
    """The model and the data files beside it, which keep their names: the model knows them by those."""
    name, files = _place(asked.project, asked.model, f"models/{_file_name(asked.model)}", {"": asked.model})
    beside = {f"models/{item}": asked.model.resolve().parent / item for item in detector.source.external}
    return {name: asked.model, **beside} if files else {}


def _file_name(model: Path) -> str:
    """A file name without its ending that every system takes."""
    return re.sub(r"[^\w.-]+", "_", model.stem).strip("._")[:100] or "model"


def _propose(asked: NewJob, detector: _Inspected, data: _Data) -> Proposal:
    deployment: dict[str, object] = {"slipway.head": detector.head.name, "slipway.preprocessing": _PREPROCESSING}
    tests: dict[str, object] = {}
    guessed = list(_GUESSED)
    if "frames" in data.names:
        labels = {"labels": data.names["labels"]} if "labels" in data.names else {}
        classes = {"classes": list(data.classes)} if data.classes else {}
        deployment["slipway.frames"] = {"images": data.names["frames"], **labels, **classes}
        guessed += ["slipway.frames.classes"] if classes else []
        tests[_TEST_SAMPLES] = min(_SAMPLES, data.counts["frames"])
        if labels:
            tests["slipway.accuracy"] = [{"metric": "mAP50", "drop_at_most": 0.02}]
    if "calibration" in data.names:
        count = min(_CALIBRATION_FRAMES, data.counts["calibration"])
        deployment["slipway.calibration"] = {"images": data.names["calibration"], "count": count}
    name = asked.project.resolve().name
    model, _ = _place(asked.project, asked.model, f"models/{_file_name(asked.model)}", {"": asked.model})
    return Proposal(
        deployment_id=f"MLE-DEPLOY-{_id_part(name)}",
        model_id=f"MLE-MODEL-{_id_part(name if asked.model.stem.lower() == 'model' else asked.model.stem)}",
        platform=asked.target,
        onnx=model,
        precision=_precision(asked.precision, detector.facts),
        deployment=deployment,
        tests=tests,
        unconfirmed=guessed,
        unconfirmed_tests=[_TEST_SAMPLES] if _TEST_SAMPLES in tests else [],
    )


def _precision(text: str, facts: ModelFacts) -> str:
    name = text.upper()
    if name not in PRECISIONS:
        meant = near_miss(text, PRECISIONS)
        hint = f"Did you mean {meant}?" if meant else f"Use one of {', '.join(PRECISIONS)}."
        raise UsageError(f"there is no precision {text!r}", hint)
    if name == "INT8" and facts.quantisation is not None:
        raise UsageError(
            f"{facts.path} is quantised already ({facts.quantisation.value}); INT8 from it would round twice",
            "Give the float32 model that it was made from, or take FP32 to run it as it is.",
        )
    return name


def _id_part(name: str) -> str:
    return re.sub(r"[^\w.]+", "-", name).strip("-._").upper()[:60] or "1"


def _refuse_occupied(folder: Path) -> None:
    layout = Layout(folder)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, so no project can be made in it", "Give the name of a new folder.")
    there = [path.name for path in (layout.deployment, layout.deployment_tests) if path.exists()]
    if there:
        hint = "Open it as it is, or give the name of a new folder."
        raise UsageError(f"{folder} is a project already: it has {' and '.join(there)}", hint)


def _write(folder: Path, files: Mapping[str, Path], proposal: Proposal, context: JobContext) -> None:
    """Copy beside the project first, so that it appears as a whole; a folder that is there gets what it lacks."""
    taken = [name for name in files if (folder / name).exists()]
    if taken:
        hint = "Name the files in the project instead, or remove these."
        raise UsageError(f"{folder} holds {', '.join(taken[:6])} already", hint)
    parent = folder.resolve().parent
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.resolve().name}.", dir=parent) as part:
        stage = Path(part) / "project"
        stage.mkdir()
        _copy(stage, files, context)
        if folder.exists() and any(folder.iterdir()):
            _fill(folder, stage, tuple(files), proposal)
            return
        create_project(stage, proposal)
        if folder.exists():
            folder.rmdir()
        stage.rename(folder)


def _copy(stage: Path, files: Mapping[str, Path], context: JobContext) -> None:
    for done, (name, file) in enumerate(files.items()):
        context.check()
        context.progress(done / len(files), f"copying {name}")
        try:
            file.open("rb").close()
        except OSError as error:
            raise UsageError(f"cannot read {file}: {error.strerror or error}", "Check that it may be read.") from error
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(file, stage / name)
        except OSError as error:
            raise cannot_write(stage / name, error) from error


def _fill(folder: Path, stage: Path, names: Sequence[str], proposal: Proposal) -> None:
    """Move the copies into a folder that holds something, and write the documents; undone where that fails."""
    layout = Layout(folder)
    with contextlib.ExitStack() as undo:
        for path in (layout.deployment, layout.deployment_tests):
            if not path.exists():
                undo.callback(path.unlink, missing_ok=True)
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).rename(folder / name)
            undo.callback((folder / name).unlink, missing_ok=True)
        create_project(folder, proposal)
        undo.pop_all()
