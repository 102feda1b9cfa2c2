"""Slipway's own keys in the deployment specification: what the client's keys leave open. All are optional."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from projects.fields import (
    ChannelNumbers,
    ChannelSpread,
    Count,
    CountOrNone,
    Flag,
    Fraction,
    InnerPath,
    Label,
    NameMap,
    Names,
    Paths,
    Section,
    Share,
    choice_or_file_type,
    choice_type,
    count_type,
    words_type,
)
from projects.quantity import Quantity

HEADS = (
    "yolov8",
    "yolov5",
    "yolox",
    "end2end",
    "suppressed",
    "detections",
    "detr",
    "boxes_scores",
    "ssd",
    "nanodet",
    "fastestdet",
)
"""Names of the heads that Slipway brings."""
COLUMNS = (
    "box_score_class",
    "box_class_score",
    "class_score_box",
    "batch_box_class_score",
    "batch_box_score_class",
    "batch_class_score_box",
)
ROLES = ("boxes", "scores", "labels", "count", "boxes_scores", "anchors", "distances", "rows", "unused")
"""What an output may be."""
UNCONFIRMED = "Paths of values of this document that were proposed and that no person has confirmed yet."


class Frames(Section):
    """The test set."""

    images: InnerPath = Field(description="Folder of images, or a video file, inside the project.")
    labels: InnerPath | None = Field(default=None, description="COCO JSON file, or folder of YOLO text files.")
    format: Annotated[str, *choice_type("coco", "yolo")] | None = Field(
        default=None, description="Format of the labels; taken from their name where it is not given."
    )
    classes: Names | None = Field(default=None, description="Class names in the model's order; else the model's own.")

    detections: InnerPath | None = Field(
        default=None,
        description="Detections on these frames that the training framework exported, as COCO results JSON: they "
        "confirm the preprocessing.",
    )
    label_map: NameMap | None = Field(
        default=None,
        description="What classes of the labels are called in the model, where names differ, such as truck: lorry; "
        "'-' leaves a class out.",
    )

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
    anchor: Annotated[str, *choice_type("center", "top_left")] = Field(
        default="center",
        description="Where a letterbox puts the frame: in its middle, or top left as YOLOX does.",
    )
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


class HeadOptions(Section):
    """What the head cannot know from names and shapes; each is recognised where it is not given."""

    boxes: Annotated[str, *choice_type("cxcywh", "xyxy", "xywh", "yxyx")] | None = Field(
        default=None, description="What the four numbers of a box are."
    )
    normalised: Flag | None = Field(default=None, description="Whether boxes are parts of the input, 0 to 1.")
    activation: Annotated[str, *choice_type("none", "sigmoid", "softmax")] | None = Field(
        default=None, description="What class values still need to be scores from 0 to 1."
    )
    background: Annotated[str, *choice_type("none", "first", "last")] | None = Field(
        default=None, description="Which of the model's classes, or labels, is the background and no class."
    )
    columns: Annotated[str, *choice_type(*COLUMNS)] | None = Field(
        default=None, description="What stands in the rows of a model that gives detections, from left to right."
    )
    outputs: Annotated[tuple[str, ...], *words_type(*ROLES)] | None = Field(
        default=None, description="What each output is, in the model's order."
    )
    classes: Annotated[int, *count_type(1, 10_000)] | None = Field(
        default=None, description="How many classes there are, where neither the outputs nor any names tell."
    )


class ModelChanges(Section):
    """How the ONNX file is changed before anything is made from it; reference and candidates alike."""

    batch: Annotated[int, *count_type(1, 1)] | None = Field(
        default=None, description="Fixes a batch without a length; 1 is what Slipway runs."
    )
    width: Annotated[int, *count_type(8, 16384)] | None = Field(
        default=None, description="Fixes the width of an input that has none, pixels."
    )
    height: Annotated[int, *count_type(8, 16384)] | None = Field(
        default=None, description="Fixes the height of an input that has none, pixels."
    )


class TensorRt(Section):
    """What is TensorRT's own, beside `deployment: runtime_configuration:`."""

    dla_core: Annotated[int, *count_type(0, 15)] = Field(
        default=0, description="The DLA core that layers run on where `dla_enabled` is true."
    )
    calibrator: Annotated[str, *choice_type("entropy")] | None = Field(
        default=None,
        description="INT8 with ranges that TensorRT 8.5 to 10 measures itself on the board, from the calibration "
        "frames; where it is not given they are measured here and stand in the ONNX file as Q/DQ pairs.",
    )


class DeploymentSettings(Section):
    """`slipway:` in `deployment.yaml`."""

    unconfirmed: Paths | None = Field(default=None, description=UNCONFIRMED)
    board: Label | None = Field(default=None, description="Board that is taken where the command names none.")
    head: Annotated[str, *choice_or_file_type(*HEADS, ending=".py")] | None = Field(
        default=None,
        description="Layout of the model's outputs, such as yolov8, or the project's own head, a Python file such as "
        "heads/mine.py; recognised from names and shapes of the outputs where it is not given.",
    )
    head_options: HeadOptions = Field(default_factory=HeadOptions)
    model: ModelChanges = Field(default_factory=ModelChanges)
    frames: Frames | None = None
    calibration: Calibration | None = None
    preprocessing: Preprocessing = Field(default_factory=Preprocessing)
    thresholds: Thresholds = Field(default_factory=Thresholds)
    optimise: Optimise = Field(default_factory=Optimise)
    tensorrt: TensorRt = Field(default_factory=TensorRt)


CONFIDENCE = 0.25
NMS_IOU = 0.45
MAP_CONFIDENCE = 0.001
MAP_NMS_IOU = 0.7
THREADS = 2
"""Of the engine where the deployment gives no `cpu_threads`; never more than the board has cores."""


def value_or(given: Quantity | None, default: float) -> float:
    """The number that a document gives, else the default."""
    return default if given is None else given.value
