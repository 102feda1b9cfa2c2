"""Requirements on what the engine answers: the same as the trained model, and right.

Parameters by kind (shares from 0 to 1):

- output_difference: test_samples, seed, confidence, nms_iou, statistic (max, mean), scope (above_threshold,
  all_anchors)
- detection_iou: test_samples, seed, confidence, match_confidence, nms_iou, statistic (mean, p1, min)
- accuracy: metric, class_name (None: all), basis (absolute, drop), confidence, nms_iou
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from projects.acceptance_settings import AccuracyRequirement
from projects.deployment_settings import CONFIDENCE, MAP_CONFIDENCE, MAP_NMS_IOU, NMS_IOU, value_or
from projects.derive.draft import (
    DETECTIONS_COUNT,
    MAP_DETECTIONS_COUNT,
    MAP_SUPPRESSED,
    Documents,
    Draft,
    compare,
    default,
    unless_set,
)
from projects.quantity import Quantity

_ABOVE_THRESHOLD = "over the anchors where reference or board scores at or above the threshold"


def draft_equivalence(documents: Documents) -> Iterator[Draft]:
    """Output difference and overlap against the trained model."""
    section = documents.tests.functional_equivalence
    if section is None:
        return
    common: dict[str, object] = {
        "test_samples": section.test_samples,
        "seed": documents.settings.test_set.seed,
        "nms_iou": value_or(documents.thresholds.nms_iou, NMS_IOU),
    }
    if section.tolerance.output_difference is not None:
        yield _output_difference(documents, section.tolerance.output_difference, common)
    if section.tolerance.detection_iou is not None:
        yield _detection_iou(documents, section.tolerance.detection_iou, common)


def _said_of_seed(documents: Documents) -> tuple[str, ...]:
    return unless_set(documents.settings.test_set, "seed", "Frames are chosen with seed 0", "slipway.test_set.seed")


def _output_difference(documents: Documents, limit: Quantity, common: Mapping[str, object]) -> Draft:
    settings, key = documents.settings.output_difference, "slipway.output_difference"
    confidence, said = documents.confidence(settings.confidence, f"{key}.confidence")
    over = "largest" if settings.statistic == "max" else "mean"
    scope = _ABOVE_THRESHOLD if settings.scope == "above_threshold" else "over all anchors"
    return compare(
        "functional_equivalence.tolerance.output_difference",
        "output_difference",
        "Output difference",
        f"the {over} root mean square difference of the outputs of {common['test_samples']:,} samples, {scope}, "
        "is at most {limit}",
        "<=",
        limit,
        parameters={**common, "confidence": confidence, "statistic": settings.statistic, "scope": settings.scope},
        defaults=(
            default("Boxes are divided by the input size, scores are taken as they are"),
            *unless_set(settings, "statistic", "The largest difference of all samples counts", f"{key}.statistic"),
            *unless_set(settings, "scope", f"The difference is taken {_ABOVE_THRESHOLD}", f"{key}.scope"),
            *said,
            *_said_of_seed(documents),
        ),
    )


def _detection_iou(documents: Documents, limit: Quantity, common: Mapping[str, object]) -> Draft:
    settings, key = documents.settings.detection_iou, "slipway.detection_iou"
    confidence, said = documents.confidence(settings.confidence, f"{key}.confidence")
    over = {"mean": "mean", "p1": "first percentile", "min": "minimum"}[settings.statistic]
    counted = "Each detection of the reference from the threshold up is matched within its class, and a missed one is 0"
    partners = f"Detections of the board may match from {confidence / 2:g} up, half the threshold"
    return compare(
        "functional_equivalence.tolerance.detection_iou",
        "detection_iou",
        "Detection overlap",
        f"the {over} of the overlap (IoU) of the board's detections with the reference's, over "
        f"{common['test_samples']:,} samples, is at least " + "{limit}",
        ">=",
        limit,
        parameters={
            **common,
            "confidence": confidence,
            "match_confidence": confidence / 2,
            "statistic": settings.statistic,
        },
        defaults=(
            default(counted),
            default(partners),
            *unless_set(settings, "statistic", "The mean over all of them is judged", f"{key}.statistic"),
            *said,
            *_said_of_seed(documents),
        ),
    )


def draft_accuracy(documents: Documents) -> Iterator[Draft]:
    """What the test specification's `slipway: accuracy:` asks for."""
    seen: set[str] = set()
    for index, item in enumerate(documents.settings.accuracy):
        draft = _accuracy(documents, index, item)
        if draft.slug in seen:
            got = f"{draft.title} with this kind of limit a second time"
            documents.note(("slipway", "accuracy", index), got, "each metric and class once")
        seen.add(draft.slug)
        yield draft


def _accuracy(documents: Documents, index: int, item: AccuracyRequirement) -> Draft:
    drop = item.drop_at_most is not None
    of = f" of {item.class_name}" if item.class_name else ""
    confidence, nms_iou, said = _thresholds(documents, item.metric)
    wanted = "is at most {limit} below the trained model's" if drop else "on labelled frames is at least {limit}"
    slug = "-".join(part for part in ("accuracy", item.metric, item.class_name, "drop" if drop else None) if part)
    return compare(
        f"slipway.accuracy[{index}].{'drop_at_most' if drop else 'at_least'}",
        "accuracy",
        f"{'Drop of ' if drop else ''}{item.metric}{of}",
        _escape(f"{item.metric}{of}") + f" {wanted}",
        "<=" if drop else ">=",
        item.limit,
        slug=re.sub(r"[^\w]+", "-", slug.lower()).strip("-"),
        parameters={
            "metric": item.metric,
            "class_name": item.class_name,
            "basis": "drop" if drop else "absolute",
            "confidence": confidence,
            "nms_iou": nms_iou,
        },
        defaults=(*said, *_said_of_seed(documents)),
    )


def _escape(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _thresholds(documents: Documents, metric: str) -> tuple[float, float, tuple[str, ...]]:
    """Confidence and NMS overlap of a metric, and the sentences for what nobody gave.

    All metrics are taken from one list of detections, suppressed as mAP wants it; recall and precision cut it off at
    the threshold of detections.
    """
    given, ranked = documents.thresholds, metric.startswith("mAP")
    chosen = given.map_confidence if ranked else given.confidence
    confidence = value_or(chosen, MAP_CONFIDENCE if ranked else CONFIDENCE)
    name, text = ("map_confidence", MAP_DETECTIONS_COUNT) if ranked else ("confidence", DETECTIONS_COUNT)
    suppressed = MAP_SUPPRESSED.format(MAP_NMS_IOU)
    said = (
        *unless_set(given, name, text.format(confidence), f"slipway.thresholds.{name}"),
        *unless_set(given, "map_nms_iou", suppressed, "slipway.thresholds.map_nms_iou"),
    )
    return confidence, value_or(given.map_nms_iou, MAP_NMS_IOU), said
