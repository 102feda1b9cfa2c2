"""The deployment's settings with every default filled in, and the sentences that say which were taken."""

from __future__ import annotations

from dataclasses import dataclass

from projects.deployment_settings import (
    CONFIDENCE,
    MAP_CONFIDENCE,
    MAP_NMS_IOU,
    NMS_IOU,
    THREADS,
    Calibration,
    DeploymentSettings,
    Preprocessing,
    Thresholds,
    value_or,
)
from projects.deployment_spec import DeploymentSpec
from projects.derive.draft import DETECTIONS_COUNT, MAP_DETECTIONS_COUNT, MAP_SUPPRESSED, default, fixed, unless_set


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
    anchor: str
    """`center` or `top_left`: where a letterbox puts the frame."""
    pad: int
    """Grey of a letterbox's bars, 0 to 255."""
    head: str | None
    """None: recognised from names and shapes of the outputs."""
    keep: tuple[str, ...]
    """Nodes that stay in float."""
    calibration_method: str
    """`minmax`, `percentile` or `entropy`."""
    defaults: tuple[str, ...]
    """One sentence for each default that was taken."""


def effective_settings(settings: DeploymentSettings, deployment: DeploymentSpec) -> Settings:
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
        anchor=preprocessing.anchor,
        pad=preprocessing.pad,
        head=settings.head,
        keep=settings.optimise.keep or (),
        calibration_method=settings.optimise.calibration,
        defaults=_said(settings, deployment),
    )


def _said(settings: DeploymentSettings, deployment: DeploymentSpec) -> tuple[str, ...]:
    head = "The head is recognised from names and shapes of the outputs"
    labelled = settings.frames is not None and settings.frames.labels is not None
    return (
        *(() if settings.head else (default(head, "slipway.head"),)),
        *_said_of_frames(settings.preprocessing),
        *_said_of_detections(settings.thresholds),
        *(_said_of_accuracy(settings.thresholds) if labelled else ()),
        *(_said_of_calibration(settings, settings.calibration) if settings.calibration else ()),
        *_said_of_runtime(deployment),
    )


def _said_of_frames(preprocessing: Preprocessing) -> tuple[str, ...]:
    key = "slipway.preprocessing"
    fitted = "Frames are fitted with their sides' ratio kept and the rest padded (letterbox)"
    bars = unless_set(preprocessing, "pad", f"A letterbox's bars are grey, {preprocessing.pad} of 255", f"{key}.pad")
    middle = unless_set(preprocessing, "anchor", "A letterbox has the frame in its middle", f"{key}.anchor")
    return (
        *unless_set(preprocessing, "resize", fitted, f"{key}.resize"),
        *((*middle, *bars) if preprocessing.resize == "letterbox" else ()),
        *unless_set(preprocessing, "color", "Channels are given in the order red, green, blue", f"{key}.color"),
        *unless_set(preprocessing, "scale", "Pixels are divided by 255", f"{key}.scale"),
        *unless_set(preprocessing, "mean", "Nothing is subtracted from the scaled pixels (mean 0)", f"{key}.mean"),
        *unless_set(preprocessing, "std", "The scaled pixels are divided by no spread (std 1)", f"{key}.std"),
    )


def _said_of_detections(thresholds: Thresholds) -> tuple[str, ...]:
    key = "slipway.thresholds"
    overlap = f"Of two boxes of a class that overlap by more than {NMS_IOU:g}, the weaker goes"
    most = f"Of a frame's detections, the {thresholds.max_detections} with the highest scores count"
    return (
        *unless_set(thresholds, "confidence", DETECTIONS_COUNT.format(CONFIDENCE), f"{key}.confidence"),
        *unless_set(thresholds, "nms_iou", overlap, f"{key}.nms_iou"),
        *unless_set(thresholds, "max_detections", most, f"{key}.max_detections"),
    )


def _said_of_accuracy(thresholds: Thresholds) -> tuple[str, ...]:
    key, counted = "slipway.thresholds", MAP_DETECTIONS_COUNT.format(MAP_CONFIDENCE)
    return (
        *unless_set(thresholds, "map_confidence", counted, f"{key}.map_confidence"),
        *unless_set(thresholds, "map_nms_iou", MAP_SUPPRESSED.format(MAP_NMS_IOU), f"{key}.map_nms_iou"),
    )


def _said_of_calibration(settings: DeploymentSettings, calibration: Calibration) -> tuple[str, ...]:
    key = "slipway.calibration"
    ranges = "INT8 ranges are the 99.9999th percentile of the magnitudes that the calibration frames gave"
    count = f"INT8 ranges are measured on {calibration.count} calibration frames, on all where there are fewer"
    return (
        *unless_set(settings.optimise, "calibration", ranges, "slipway.optimise.calibration"),
        *unless_set(calibration, "count", count, f"{key}.count"),
        *unless_set(calibration, "seed", f"Calibration frames are chosen with seed {calibration.seed}", f"{key}.seed"),
    )


def _said_of_runtime(deployment: DeploymentSpec) -> tuple[str, ...]:
    threads = f"The engine gets {THREADS} threads, or as many as the board has cores where these are fewer"
    half = "in float16 only for an FP16 candidate where the processor has it"
    return (
        *(() if deployment.resource_allocation.cpu_threads else (default(threads, "resource_allocation.cpu_threads"),)),
        *unless_set(
            deployment.runtime_configuration, "streams", "One frame is in flight", "runtime_configuration.streams"
        ),
        fixed(f"What is not quantised is computed in float32, {half}", "candidate and processor decide"),
        fixed(
            "How often the board's state is sampled is no matter of the documents",
            "`telemetry_hz` in the user's settings.toml decides, 10 a second where it says nothing",
        ),
    )
