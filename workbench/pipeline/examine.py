"""A project's model on a few of its frames, on this machine: what is wrong with it, and whether it is fed rightly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from projects.project import Project
from projects.yaml_edit import set_value
from workbench.base.events import RecordWritten
from workbench.base.reporter import Reporter
from workbench.frames.source import Source, open_source
from workbench.intake.health import Ailment, calibration_ailments, find_ailments
from workbench.intake.outside import FRAMES, Outside, rank_by_outside
from workbench.intake.preprocessing_rank import Ranking
from workbench.intake.trial import Feeding, Trial, spread_frames
from workbench.pipeline.detector import Detector, open_detector
from workbench.pipeline.frame_sets import open_calibration_set, require_frames
from workbench.pipeline.optimise import worker_threads
from workbench.reference import Reference

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

HEALTH_FRAMES = 4


@dataclass(frozen=True)
class Examination:
    """What came out."""

    frames: int
    """How many the model was run on."""
    ailments: tuple[Ailment, ...]
    feeding: Feeding
    """As the documents have it."""
    ranking: Ranking | None
    """None where there are neither labels nor exported detections, or the model is dead."""
    applied: tuple[str, ...] = ()
    """Keys of the deployment specification that were set to the chosen way."""

    @property
    def differs(self) -> bool:
        """Whether another way to feed the model is better than that of the documents."""
        return self.ranking is not None and self.ranking.chosen.feeding != self.feeding


@dataclass(frozen=True)
class ExamineJob:
    """Examine a project's model."""

    project: Path
    frames: int = FRAMES
    """At most so many to rank by."""
    apply: bool = False
    """Write the chosen way into the deployment specification where it is another one."""

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Examine the model of {self.project.name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> Examination:
        """What was found.

        Raises:
            UsageError: the project, its model, frames or labels cannot be taken.
            SlipwayError: ONNX Runtime failed.
        """
        project = Project.open(self.project)
        detector = open_detector(project, context)
        context.step("examine", f"Run {detector.facts.path.name} on a few frames")
        named = require_frames(project)
        source = open_source(project.layout.inner(named.images))
        labels, detections = (
            None if path is None else project.layout.inner(path) for path in (named.labels, named.detections)
        )
        outside = Outside(labels, named.label_map, detections)
        found = examine(detector, source, outside, feeding_of(project), self.frames, context)
        if project.settings.calibration is not None:
            more = calibration_ailments(open_calibration_set(project, context).selection)
            found = Examination(found.frames, (*found.ailments, *more), found.feeding, found.ranking)
        if self.apply and found.differs and found.ranking is not None:
            keys = _apply(project, found.ranking.chosen.feeding)
            context.publish(RecordWritten(context.job_id, "document", str(project.layout.deployment), project.name))
            found = Examination(found.frames, found.ailments, found.feeding, found.ranking, keys)
        wrong = len(found.ailments)
        context.end_step(
            f"{wrong} thing{'s are' if wrong > 1 else ' is'} wrong" if wrong else "nothing is wrong with it"
        )
        return found


def examine(
    detector: Detector,
    source: Source,
    outside: Outside,
    feeding: Feeding,
    frames: int,
    reporter: Reporter,
    limit_s: float = 60.0,
    health_frames: int = HEALTH_FRAMES,
) -> Examination:
    """Look at a model's outputs on frames of a source, and rank the ways to feed it by what there is from outside.

    Args:
        detector: the model and its head.
        source: the frames.
        outside: what is known of them.
        feeding: how the model is fed, or likeliest to be.
        frames: at most so many to rank by.
        reporter: told how far it is.
        limit_s: no further way is tried after that.
        health_frames: at most so many to look at its outputs on.

    Raises:
        UsageError: frames or outside data cannot be read.
        SlipwayError: ONNX Runtime failed.
    """
    size = (detector.fitting.width, detector.fitting.height, detector.preprocess.layout)
    few = [source.read(index) for index in spread_frames(source, health_frames)]
    with Reference(detector.model, worker_threads()) as reference:
        trial = Trial(reference, detector.head, size, few)
        reporter.progress(None, "looking at its outputs")
        ailments = find_ailments(trial, detector.head, detector.model, feeding, reporter.check)
        if any(item.dead for item in ailments):
            return Examination(len(few), ailments, feeding, None)
        reporter.progress(None, "trying the ways to feed it")
        ranking = rank_by_outside(
            reference,
            detector.head,
            size,
            detector.class_names,
            source,
            outside,
            feeding,
            frames=frames,
            limit_s=limit_s,
            check=reporter.check,
        )
    return Examination(len(few), ailments, feeding, ranking)


def feeding_of(project: Project) -> Feeding:
    """How the documents have a frame become the model's input."""
    used = project.effective
    return Feeding(
        resize="stretch" if used.resize == "stretch" else "letterbox",
        anchor="top_left" if used.anchor == "top_left" else "center",
        color="bgr" if used.color == "bgr" else "rgb",
        scale=used.scale,
        mean=used.mean,
        std=used.std,
        pad=used.pad,
    )


def document_values(feeding: Feeding) -> Mapping[str, object]:
    """A way to feed a model as `slipway: preprocessing:` has it."""
    scale: object = "1/255" if feeding.scale == 1 / 255 else feeding.scale
    values: dict[str, object] = {"resize": feeding.resize, "color": feeding.color, "scale": scale}
    if feeding.anchor != "center":
        values["anchor"] = feeding.anchor
    for name, given, usual in (("mean", feeding.mean, 0.0), ("std", feeding.std, 1.0)):
        if any(value != usual for value in given):
            values[name] = given[0] if len(set(given)) == 1 else list(given)
    return values


def _apply(project: Project, feeding: Feeding) -> tuple[str, ...]:
    """Write it; keys that are there and no longer differ from the default are written too."""
    file = project.deployment_file
    values = dict(document_values(feeding))
    there = file.find(("slipway", "preprocessing"))
    for name, usual in (("anchor", "center"), ("mean", 0), ("std", 1)):
        if isinstance(there, dict) and name in cast("dict[str, object]", there):
            values.setdefault(name, usual)
    for name, value in values.items():
        file = set_value(file, ("slipway", "preprocessing", name), value)
    file.check_unchanged()
    file.save()
    return tuple(f"slipway.preprocessing.{name}" for name in values)
