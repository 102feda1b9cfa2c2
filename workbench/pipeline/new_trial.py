"""A new project's model on a few of its frames: is it alive, and which way to feed it do outside data confirm?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from projects.deployment_settings import CONFIDENCE, MAP_CONFIDENCE, MAP_NMS_IOU, NMS_IOU, Thresholds
from workbench.base.errors import UsageError
from workbench.intake.family import usual_feeding
from workbench.intake.health import Ailment
from workbench.intake.outside import FRAMES, Outside
from workbench.intake.trial import Feeding
from workbench.intake.words import NOT_CONFIRMED
from workbench.pipeline.detector import Detector
from workbench.pipeline.examine import examine
from workbench.pipeline.inspection import Inspected
from workbench.verify.side_by_side import Thresholds as Limits

if TYPE_CHECKING:
    from workbench.frames.source import Source
    from workbench.intake.preprocessing_rank import Ranking
    from workbench.jobs.context import JobContext

LIMIT_S = 4.0
"""No further way to feed a model is tried after that: a new project is there within seconds; `examine` takes longer."""

HEALTH_FRAMES = 2
"""That its outputs are looked at on."""

_UNCONFIRMED = Ailment(NOT_CONFIRMED, "give labels, or detections that the training framework exported")


@dataclass(frozen=True)
class Trialled:
    """How the model is to be fed, and what was seen."""

    feeding: Feeding
    confirmed: str = ""
    """What outside data say for it, in words; empty where nothing confirms it."""
    ailments: tuple[Ailment, ...] = ()


def usual_way(detector: Inspected) -> Trialled:
    """The usual way of the model's family, without a look at frames."""
    choice = detector.chosen.choice
    return Trialled(usual_feeding(choice.name, choice.options, detector.facts), ailments=(_UNCONFIRMED,))


def try_model(
    inspected: Inspected, source: Source, names: Sequence[str], outside: Outside, context: JobContext
) -> Trialled:
    """Look at what the model gives, and rank the ways to feed it where there are outside data.

    Raises:
        UsageError: frames or outside data cannot be read.
        SlipwayError: ONNX Runtime cannot run the model.
    """
    start = usual_way(inspected).feeding
    detector = _detector(inspected, start, names)
    try:
        found = examine(detector, source, outside, start, FRAMES, context, LIMIT_S, HEALTH_FRAMES)
    except UsageError as error:
        if outside == Outside():
            raise
        found = examine(detector, source, Outside(), start, FRAMES, context, LIMIT_S, HEALTH_FRAMES)
        return Trialled(start, "", (*found.ailments, Ailment(error.summary, error.hint)))
    ranking = found.ranking
    feeding = ranking.chosen.feeding if ranking is not None and ranking.confirmed else start
    unconfirmed = (_UNCONFIRMED,) if outside == Outside() else ()
    return Trialled(feeding, _confirmation(ranking), (*found.ailments, *_of_ranking(ranking), *unconfirmed))


def _detector(inspected: Inspected, feeding: Feeding, names: Sequence[str]) -> Detector:
    width, height, layout = inspected.size
    chosen = inspected.chosen
    most = Thresholds().max_detections
    return Detector(
        model=inspected.source,
        facts=inspected.facts,
        head=chosen.head,
        choice=chosen.choice,
        plugin=chosen.plugin,
        class_names=tuple(names) or tuple(f"class {number}" for number in range(chosen.head.classes)),
        named=bool(names),
        fitting=feeding.fitting(width, height),
        preprocess=feeding.preprocess(layout),
        thresholds=Limits(CONFIDENCE, NMS_IOU, most, MAP_CONFIDENCE, MAP_NMS_IOU),
    )


def _confirmation(ranking: Ranking | None) -> str:
    if ranking is None or not ranking.confirmed:
        return ""
    return f"confirmed by {ranking.truth} of {ranking.frames} frames: agreement {ranking.chosen.agreement:.2f}"


def _of_ranking(ranking: Ranking | None) -> tuple[Ailment, ...]:
    if ranking is None:
        return ()
    if not ranking.confirmed:
        best = ranking.ways[0].agreement
        text = f"no way to feed the model finds what {ranking.truth} mark (agreement {best:.2f} at best)"
        return (Ailment(text, "look at head, class names and labels first"),)
    hint = "`slipway examine` takes the time to try more ways, on more frames"
    return tuple(Ailment(f"these frames do not tell {text}", hint) for text in ranking.undecided)
