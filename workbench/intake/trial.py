"""A model on a few real frames, with ONNX Runtime on this machine: what it gives, under one way to feed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from targets.agent.frames import Preprocessor, find_misfits
from targets.agent.heads.base import Detections as Found
from targets.agent.heads.base import Head
from targets.agent.plan import Preprocess
from targets.agent.protocol import CommandError
from workbench.base.errors import UsageError
from workbench.evaluate.matching import Detections, make_detections
from workbench.frames.resize import Fitting
from workbench.frames.source import Image, Source
from workbench.reference import Reference

Outputs = list[NDArray[Any]]

MOST = 300
"""Detections of one frame."""


@dataclass(frozen=True)
class Feeding:
    """How a frame becomes the model's input: what the documents call preprocessing."""

    resize: Literal["letterbox", "stretch"] = "letterbox"
    anchor: Literal["center", "top_left"] = "center"
    color: Literal["rgb", "bgr"] = "rgb"
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    pad: int = 114

    def fitting(self, width: int, height: int) -> Fitting:
        """The rule for an input of this size."""
        return Fitting(width, height, self.resize, self.pad, self.anchor)

    def preprocess(self, layout: str) -> Preprocess:
        """The rule for pixels."""
        mean, std = (values * 3 if len(values) == 1 else values for values in (self.mean, self.std))
        return Preprocess(self.color, self.scale, mean, std, layout)


@dataclass(frozen=True)
class Tried:
    """One frame's raw outputs, and what they come to."""

    outputs: Outputs
    found: Detections
    """In pixels of the frame."""


class Trial:
    """Frames in memory and an open reference; one thread uses it.

    Args:
        reference: the model; the caller closes it.
        head: decodes it.
        size: (width, height, layout) of its input.
        frames: as they are, uint8 [h, w, 3] BGR.
    """

    def __init__(self, reference: Reference, head: Head, size: tuple[int, int, str], frames: Sequence[Image]) -> None:
        self._reference, self._head, self._frames = reference, head, frames
        self._width, self._height, self._layout = size

    def takes(self, feeding: Feeding) -> bool:
        """Whether the input can hold what pixels become; bytes hold them only as they are."""
        return not find_misfits(feeding.preprocess(self._layout), self._reference.input.dtype)

    def run(self, feeding: Feeding, confidence: float = 0.1, nms_iou: float = 0.45) -> Iterator[Tried]:
        """Every frame's outputs and detections from `confidence` up.

        Raises:
            SlipwayError: ONNX Runtime failed.
            UsageError: the head cannot decode what it gives.
        """
        fitting = feeding.fitting(self._width, self._height)
        prepare = Preprocessor(feeding.preprocess(self._layout), self._height, self._width)
        for frame in self._frames:
            fitted, fit = fitting.apply(frame)
            outputs = self._reference.infer(prepare(np.ascontiguousarray(fitted)))
            found = self._detect(outputs, confidence, nms_iou)
            yield Tried(outputs, make_detections(fit.to_frame(found.boxes), found.scores, found.classes))

    def _detect(self, outputs: Outputs, confidence: float, nms_iou: float) -> Found:
        try:
            return self._head.detect(outputs, confidence, nms_iou, MOST)
        except CommandError as error:
            raise UsageError(error.summary, error.hint or "Look at `slipway: head:`.") from error


def spread_frames(source: Source, count: int, among: Sequence[int] | None = None) -> list[int]:
    """Indices of at most `count` frames, evenly over a source or over some of its frames."""
    every = list(range(len(source.names()))) if among is None else list(among)
    if len(every) <= count:
        return every
    return [every[round(step * (len(every) - 1) / max(count - 1, 1))] for step in range(count)]
