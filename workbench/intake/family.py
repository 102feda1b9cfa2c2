"""How models of a family are usually fed: what is proposed where nothing better is known."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.intake.trial import Feeding
from workbench.optimise.model_facts import ModelFacts

_STRETCHED = Feeding(resize="stretch")
_MOBILE = Feeding(resize="stretch", color="bgr", scale=1.0, mean=(103.53, 116.28, 123.675), std=(57.375, 57.12, 58.395))
_BY_HEAD: Mapping[str, Feeding] = {
    "yolox": Feeding(anchor="top_left", color="bgr", scale=1.0),
    "detr": _STRETCHED,
    "ssd": _STRETCHED,
    "nanodet": _MOBILE,
    "fastestdet": Feeding(resize="stretch", color="bgr"),
    "detections": _STRETCHED,
}
"""Sources: the inference code of each family's own repository. All others are fed as the YOLOs of Ultralytics are."""
_ULTRAFACE = Feeding(resize="stretch", scale=1.0, mean=(127.0,), std=(128.0,))


def usual_feeding(head: str, options: Mapping[str, object], facts: ModelFacts) -> Feeding:
    """The usual way to feed a model.

    Args:
        head: that decodes it.
        options: of the head.
        facts: of the model; an input in uint8 takes pixels as they are.
    """
    feeding = _BY_HEAD.get(head, Feeding())
    if head == "boxes_scores" and options.get("normalised") is True:
        feeding = _ULTRAFACE
    if facts.inputs[0].dtype == "uint8":
        return Feeding(feeding.resize, feeding.anchor, feeding.color, scale=1.0)
    return feeding
