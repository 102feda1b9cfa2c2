"""The deployment's settings with every default filled in, and the sentences that say which were taken."""

from __future__ import annotations

from dataclasses import dataclass

from projects.deployment_settings import (
    CONFIDENCE,
    MAP_CONFIDENCE,
    MAP_NMS_IOU,
    NMS_IOU,
    DeploymentSettings,
    Preprocessing,
    Thresholds,
    value_or,
)
from projects.derive.draft import default, unless_set


@dataclass(frozen=True)
class Settings:
    """What is really used; shares from 0 to 1."""

    confidence: float
    nms_iou: float
    map_confidence: float
    map_nms_iou: float
    max_detections: int
    resize: str
    """`letterbox` or `stretch`."""
    color: str
    """`rgb` or `bgr`."""
    scale: float
    """Input = (pixel of 0 to 255 * scale - mean) / std."""
    mean: tuple[float, ...]
    """One number, or one a channel."""
    std: tuple[float, ...]
    pad: int
    """Grey of a letterbox's bars, 0 to 255."""
    head: str | None
    """None: recognised from the shapes of the outputs."""
    keep: tuple[str, ...]
    """Nodes that stay in float."""
    calibration_method: str
    """`minmax`, `percentile` or `entropy`."""
    defaults: tuple[str, ...]
    """One sentence for each default that was taken."""


def effective_settings(settings: DeploymentSettings) -> Settings:
    """Settings with the defaults filled in."""
    thresholds, preprocessing = settings.thresholds, settings.preprocessing
    return Settings(
        confidence=value_or(thresholds.confidence, CONFIDENCE),
        nms_iou=value_or(thresholds.nms_iou, NMS_IOU),
        map_confidence=value_or(thresholds.map_confidence, MAP_CONFIDENCE),
        map_nms_iou=value_or(thresholds.map_nms_iou, MAP_NMS_IOU),
        max_detections=thresholds.max_detections,
        resize=preprocessing.resize,
        color=preprocessing.color,
        scale=preprocessing.factor,
        mean=preprocessing.mean,
        std=preprocessing.std,
        pad=preprocessing.pad,
        head=settings.head,
        keep=settings.optimise.keep or (),
        calibration_method=settings.optimise.calibration,
        defaults=_said(settings, thresholds, preprocessing),
    )


def _said(settings: DeploymentSettings, thresholds: Thresholds, preprocessing: Preprocessing) -> tuple[str, ...]:
    frames, key = "slipway.preprocessing", "slipway.thresholds"
    head = "The head is recognised from the shapes of the outputs"
    fitted = "Frames are fitted with their sides' ratio kept and the rest padded (letterbox)"
    score = f"Detections count from a score of {CONFIDENCE:g} up"
    overlap = f"Of two boxes of a class that overlap by more than {NMS_IOU:g}, the weaker goes"
    ranges = "INT8 ranges are the 99.999th percentile of the magnitudes that the calibration frames gave"
    calibrated = settings.calibration is not None
    return (
        *(() if settings.head else (default(head, "slipway.head"),)),
        *unless_set(preprocessing, "resize", fitted, f"{frames}.resize"),
        *unless_set(preprocessing, "color", "Channels are given in the order red, green, blue", f"{frames}.color"),
        *unless_set(preprocessing, "scale", "Pixels are divided by 255", f"{frames}.scale"),
        *unless_set(thresholds, "confidence", score, f"{key}.confidence"),
        *unless_set(thresholds, "nms_iou", overlap, f"{key}.nms_iou"),
        *(unless_set(settings.optimise, "calibration", ranges, "slipway.optimise.calibration") if calibrated else ()),
    )
