"""How a document has a model understood: what decodes it, how a frame becomes its input, what counts as a detection."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from projects.deployment_settings import CONFIDENCE, NMS_IOU, Preprocessing, Thresholds, value_or
from projects.fields import Section
from projects.keys import keys_of
from workbench.base.errors import UsageError
from workbench.intake.heads import ChosenHead
from workbench.intake.own_head import OwnHead, read_own_head
from workbench.intake.trial import Feeding
from workbench.model.opened import OpenedDocument, OpenedModel
from workbench.pipeline.model_check import CLASSES, HEAD, recognise_head

SectionT = TypeVar("SectionT", bound=Section)
OPTIONS, PREPROCESSING, THRESHOLDS = "slipway.head_options", "slipway.preprocessing", "slipway.thresholds"


@dataclass(frozen=True)
class Understood:
    """A model as a document has it fed and decoded."""

    model: OpenedModel
    head: ChosenHead | UsageError
    """What decodes it, or why nothing does."""
    names: tuple[str, ...]
    """Of the classes; numbered where nobody names them, empty where there is no head."""
    feeding: Feeding
    confidence: float
    nms_iou: float
    most: int
    """Detections of one frame."""


def understand(document: OpenedDocument, model: OpenedModel, home: Path) -> Understood:
    """What a document, whole or not, says of a model; sections with problems count as left out."""
    raw = document.raw
    preprocessing = _section(document, PREPROCESSING, Preprocessing)
    thresholds = _section(document, THRESHOLDS, Thresholds)
    given = raw.texts(CLASSES)
    head = _head(document, model, home, given)
    names = given or model.facts.class_names or ()
    count = 0 if isinstance(head, UsageError) else head.head.classes
    if len(names) != count:
        names = tuple(f"class {number}" for number in range(count))
    return Understood(
        model=model,
        head=head,
        names=tuple(names),
        feeding=_feeding(preprocessing),
        confidence=value_or(thresholds.confidence, CONFIDENCE),
        nms_iou=value_or(thresholds.nms_iou, NMS_IOU),
        most=thresholds.max_detections,
    )


def _feeding(settings: Preprocessing) -> Feeding:
    return Feeding(
        resize="stretch" if settings.resize == "stretch" else "letterbox",
        anchor="top_left" if settings.anchor == "top_left" else "center",
        color="bgr" if settings.color == "bgr" else "rgb",
        scale=settings.factor,
        mean=settings.mean,
        std=settings.std,
        pad=settings.pad,
    )


def _section(document: OpenedDocument, path: str, kind: type[SectionT]) -> SectionT:
    """A section of the document; a value with a problem counts as left out, the others stay."""
    value = document.raw.file.find(keys_of(path, document.raw.root))
    given = dict(value) if isinstance(value, dict) else {}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        wrong = {
            problem["loc"][0] for problem in error.errors(include_url=False, include_input=False) if problem["loc"]
        }
    try:
        return kind.model_validate({name: part for name, part in given.items() if name not in wrong})
    except ValidationError:
        return kind()


def _head(document: OpenedDocument, model: OpenedModel, home: Path, given: tuple[str, ...]) -> ChosenHead | UsageError:
    raw, facts = document.raw, model.facts
    asked = raw.text(HEAD)
    try:
        own = _own(document, home) if asked is not None and asked.lower().endswith(".py") else None
    except UsageError as error:
        return error
    options = {**facts.head_options, **raw.mapping(OPTIONS)}
    names = len(given or facts.class_names or ())
    return recognise_head(model.source, facts, names, asked, options, own)


def _own(document: OpenedDocument, home: Path) -> OwnHead:
    own = read_own_head(document.raw.inner(HEAD), home)
    own.require_trust()
    return own
