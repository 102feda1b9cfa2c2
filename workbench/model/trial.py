"""One frame tried on a model: what the network gets, what it finds, and what other preprocessings would find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from targets.agent.frames import find_misfits
from targets.agent.heads.base import Detections, Head
from targets.agent.protocol import CommandError
from workbench.base.errors import UsageError
from workbench.frames.source import Image
from workbench.intake.preprocessing_rank import VALUES
from workbench.intake.trial import Feeding
from workbench.model.edits import MEAN, STD
from workbench.model.form import COLOR, SCALE, channels_value, scale_value
from workbench.model.page import see
from workbench.model.sessions import Result, run_frame
from workbench.model.tried_frames import read_frame, shrink
from workbench.model.understood import Understood
from workbench.views.model import Changes, OtherWay, OutputStatistics, TriedFrame, TryAsked

LEAST = 0.05
"""Boxes are given from this score up, so that a slider can go down to it."""
MOST_RISING = 20_000
_WAYS: tuple[tuple[str, str], ...] = (("rgb", "0 to 1"), ("bgr", "0 to 1"), ("rgb", ""), ("rgb", "0 to 255"))
_MEAN_AND_SPREAD = "ImageNet's mean and spread"
_LABELS = {"0 to 1": "0 … 1", "0 to 255": "0 … 255", "": "mean, spread"}


def try_one(asked: TryAsked, home: Path) -> TriedFrame:
    """A frame through the model as the document with its changes has it.

    Raises:
        UsageError: the model or the frame cannot be read, or the input does not take pixels fed so.
        SlipwayError: ONNX Runtime failed.
    """
    sight = see(asked.project, asked.changes, home)
    frame, name = read_frame(sight.document, asked.frame)
    understood = sight.understood
    result = run_frame(understood.model, frame, understood.feeding)
    camera, factor = shrink(frame)
    head = understood.head
    refused = (head.summary, head.hint) if isinstance(head, UsageError) else ("", "")
    found, rising, best = _nothing_decoded()
    inside = False
    if not isinstance(head, UsageError):
        inside = head.head.ranked
        try:
            found = head.head.detect(result.outputs, LEAST, understood.nms_iou, understood.most)
            rising, best = _rising(head.head, result.outputs), _best(head.head, result.outputs, understood)
        except CommandError as error:
            refused = (error.summary, error.hint)
    boxes = np.asarray(found.boxes, np.float32).reshape(-1, 4)
    return TriedFrame(
        frame=asked.frame,
        label=name,
        fitted=np.ascontiguousarray(result.fitted),
        camera=camera,
        boxes_fitted=boxes,
        boxes_camera=result.fit.to_frame(boxes) * np.float32(factor),
        scores=tuple(float(score) for score in found.scores),
        classes=tuple(_name(understood, int(number)) for number in found.classes),
        least=LEAST,
        confidence=max(LEAST, understood.confidence),
        rising=rising,
        suppressed_inside=inside,
        best=best,
        fitted_text=_fitted_text(understood, result, frame),
        runtime_text=_runtime_text(result),
        elapsed_ms=result.elapsed_ms,
        outputs=_statistics(understood, result) if refused[0] else (),
        form=sight.form(),
        problem=refused[0].replace(f"{understood.model.identity.path}: ", ""),
        hint=refused[1],
    )


def try_other_ways(asked: TryAsked, home: Path) -> tuple[OtherWay, ...]:
    """The usual ways of pixels on the same frame, each with its boxes; the one that is set first.

    Raises:
        UsageError: the model or the frame cannot be read.
        SlipwayError: ONNX Runtime failed.
    """
    sight = see(asked.project, asked.changes, home)
    understood = sight.understood
    if isinstance(understood.head, UsageError) or not understood.model.facts.inputs:
        return ()
    frame, _ = read_frame(sight.document, asked.frame)
    ways = []
    for label, feeding in _other_ways(understood.feeding):
        misfits = find_misfits(feeding.preprocess(understood.model.size[2]), understood.model.facts.inputs[0].dtype)
        if misfits:
            continue
        ways.append(_way(label, feeding, understood, frame))
    return tuple(ways)


def _way(label: str, feeding: Feeding, understood: Understood, frame: Image) -> OtherWay:
    assert not isinstance(understood.head, UsageError)  # noqa: S101
    result = run_frame(understood.model, frame, feeding)
    try:
        found = understood.head.head.detect(result.outputs, understood.confidence, understood.nms_iou, understood.most)
    except CommandError as error:
        raise UsageError(error.summary, error.hint) from error
    scores = np.asarray(found.scores, np.float64)
    mean = float(scores.mean()) if len(scores) else None
    return OtherWay(label, len(scores), mean, feeding == understood.feeding, _changes_to(feeding, understood.feeding))


def _other_ways(current: Feeding) -> list[tuple[str, Feeding]]:
    """Labels and feedings; the current one first, under its own name where it is none of the usual."""
    usual = []
    for color, values in _WAYS:
        scale, mean, std = VALUES[values or _MEAN_AND_SPREAD]
        feeding = replace(current, color="bgr" if color == "bgr" else "rgb", scale=scale, mean=mean, std=std)
        usual.append((f"{color.upper()}, {_LABELS[values]}", feeding))
    if current in [feeding for _, feeding in usual]:
        return sorted(usual, key=lambda way: way[1] != current)
    return [(f"{current.color.upper()}, as set", current), *usual]


def _changes_to(feeding: Feeding, current: Feeding) -> Changes:
    """What of the form is another value then."""
    pairs = (
        (COLOR, feeding.color, current.color),
        (SCALE, scale_value(feeding.scale), scale_value(current.scale)),
        (MEAN, channels_value(feeding.mean), channels_value(current.mean)),
        (STD, channels_value(feeding.std), channels_value(current.std)),
    )
    return tuple((key, new) for key, new, old in pairs if new != old)


def _nothing_decoded() -> tuple[Detections, tuple[float, ...], str]:
    return Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64)), (), ""


def _rising(head: Head, outputs: Sequence[NDArray[Any]]) -> tuple[float, ...]:
    """Best scores of every row from `LEAST` up, rising."""
    _, scores = head.decode_anchors(outputs)
    if not np.size(scores):
        return ()
    best = np.nan_to_num(np.asarray(scores, np.float32).max(axis=1))
    return tuple(np.sort(best[best >= LEAST])[-MOST_RISING:].tolist())


def _best(head: Head, outputs: Sequence[NDArray[Any]], understood: Understood) -> str:
    """The highest score of any row and its class, in words."""
    _, scores = head.decode_anchors(outputs)
    scores = np.nan_to_num(np.asarray(scores, np.float32))
    if not scores.size:
        return "the model gives no rows at all"
    row, number = np.unravel_index(int(scores.argmax()), scores.shape)
    value = float(scores[row, number])
    if value <= 0:
        return "every score is 0"
    return f"highest score {value:.2g}, {_name(understood, int(number))}"


def _name(understood: Understood, number: int) -> str:
    return understood.names[number] if number < len(understood.names) else f"class {number}"


def _fitted_text(understood: Understood, result: Result, frame: Image) -> str:
    height, width = result.fitted.shape[:2]
    text = f"{width} × {height} from {frame.shape[1]} × {frame.shape[0]}"
    fit, feeding = result.fit, understood.feeding
    if feeding.resize == "stretch":
        return f"{text}, stretched"
    spare_x = width - round(fit.width * fit.scale_x)
    spare_y = height - round(fit.height * fit.scale_y)
    if not max(spare_x, spare_y):
        return f"{text}, no bands"
    side = "left and right" if spare_x else "above and below"
    if feeding.anchor == "top_left":
        side = "right" if spare_x else "below"
        return f"{text}, letterbox pad {max(spare_x, spare_y)} px {side}, value {feeding.pad}"
    return f"{text}, letterbox pad {max(spare_x, spare_y) // 2} px {side}, value {feeding.pad}"


def _runtime_text(result: Result) -> str:
    import onnxruntime

    return f"ONNX Runtime {onnxruntime.__version__} here  {result.elapsed_ms:.1f} ms"


def _statistics(understood: Understood, result: Result) -> tuple[OutputStatistics, ...]:
    found = []
    for tensor, output in zip(understood.model.facts.outputs, result.outputs, strict=False):
        values = np.asarray(output, np.float64).reshape(-1)
        good = values[np.isfinite(values)]
        found.append(
            OutputStatistics(
                name=tensor.name,
                shape=" × ".join(map(str, output.shape)),
                range=f"{good.min():.4g} … {good.max():.4g}" if len(good) else "no numbers",
                mean=f"{good.mean():.4g}" if len(good) else "",
                bad=f"{len(values) - len(good):,} of {len(values):,}",
            )
        )
    return tuple(found)
