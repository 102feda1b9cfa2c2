"""Slipway's own keys in the deployment specification: what the client's keys leave open. All are optional."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from projects.fields import (
    ChannelNumbers,
    ChannelSpread,
    Count,
    CountOrNone,
    Fraction,
    InnerPath,
    Label,
    Names,
    Paths,
    Section,
    Share,
    choice_type,
    count_type,
)
from projects.quantity import Quantity

UNCONFIRMED = "Paths of values of this document that were proposed and that no person has confirmed yet."


class Frames(Section):
    """The test set."""

    images: InnerPath = Field(description="Folder of images, or a video file, inside the project.")
    labels: InnerPath | None = Field(default=None, description="COCO JSON file, or folder of YOLO text files.")
    format: Annotated[str, *choice_type("coco", "yolo")] | None = Field(
        default=None, description="Format of the labels; taken from their name where it is not given."
    )
    classes: Names | None = Field(default=None, description="Class names in the model's order; else the model's own.")

    @property
    def labels_format(self) -> str | None:
        """`coco` or `yolo`; None where there are no labels."""
        if self.labels is None:
            return None
        return self.format or ("coco" if self.labels.lower().endswith(".json") else "yolo")


class Calibration(Section):
    """Frames that INT8 ranges are measured on; they must not be frames of the test set."""

    images: InnerPath = Field(description="Folder of images, or a video file, inside the project.")
    count: Count = Field(default=128, description="How many frames are taken.")
    seed: CountOrNone = Field(default=0, description="Seed of the choice.")


class Preprocessing(Section):
    """How a frame becomes the model's input: (pixel * scale - mean) / std."""

    resize: Annotated[str, *choice_type("letterbox", "stretch")] = Field(
        default="letterbox", description="Keep the sides' ratio and pad, or stretch."
    )
    color: Annotated[str, *choice_type("rgb", "bgr")] = Field(
        default="rgb", description="Order of the colour channels."
    )
    scale: Fraction | None = Field(
        default=None, description="Factor to pixels of 0 to 255, such as 1/255 (the default)."
    )
    mean: ChannelNumbers = Field(default=(0.0,), description="Subtracted after scaling: one number, or one a channel.")
    std: ChannelSpread = Field(default=(1.0,), description="Divided by after that: one number, or one a channel.")
    pad: Annotated[int, *count_type(0, 255)] = Field(default=114, description="Grey of a letterbox's bars.")

    @property
    def factor(self) -> float:
        """What pixels of 0 to 255 are multiplied by."""
        return 1 / 255 if self.scale is None else self.scale.value


class Thresholds(Section):
    """What counts as a detection."""

    confidence: Share | None = Field(
        default=None, description="Least score of a detection; 0.25 where it is not given."
    )
    nms_iou: Share | None = Field(default=None, description="Overlap from which the weaker of two goes; else 0.45.")
    map_confidence: Share | None = Field(default=None, description="Least score of a detection for mAP; else 0.001.")
    map_nms_iou: Share | None = Field(
        default=None, description="Overlap from which the weaker goes, for mAP; else 0.7."
    )
    max_detections: Annotated[int, *count_type(1, 100_000)] = Field(
        default=300, description="Most detections of one frame."
    )


class Optimise(Section):
    """How candidates are made."""

    keep: Names | None = Field(
        default=None, description="Nodes that stay in float: names, or patterns such as /head/*."
    )
    calibration: Annotated[str, *choice_type("minmax", "percentile", "entropy")] = Field(
        default="percentile",
        description="How the range of an activation is chosen from the calibration frames: the largest magnitude, its "
        "99.9999th percentile, or the range that loses least information.",
    )


class DeploymentSettings(Section):
    """`slipway:` in `deployment.yaml`."""

    unconfirmed: Paths | None = Field(default=None, description=UNCONFIRMED)
    board: Label | None = Field(default=None, description="Board that is taken where the command names none.")
    head: Annotated[str, *choice_type("yolov8")] | None = Field(
        default=None, description="Layout of the model's outputs; recognised from their shapes where it is not given."
    )
    frames: Frames | None = None
    calibration: Calibration | None = None
    preprocessing: Preprocessing = Field(default_factory=Preprocessing)
    thresholds: Thresholds = Field(default_factory=Thresholds)
    optimise: Optimise = Field(default_factory=Optimise)


CONFIDENCE = 0.25
NMS_IOU = 0.45
MAP_CONFIDENCE = 0.001
MAP_NMS_IOU = 0.7
THREADS = 2
"""Of the engine where the deployment gives no `cpu_threads`; never more than the board has cores."""


def value_or(given: Quantity | None, default: float) -> float:
    """The number that a document gives, else the default."""
    return default if given is None else given.value
