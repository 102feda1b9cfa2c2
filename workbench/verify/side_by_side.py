"""Reference and device over the same frames: the reference runs ahead in its own thread while the device answers."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from projects.requirements import Requirement
from targets.agent.frames import Preprocessor
from targets.agent.heads.base import Detections as Found
from targets.agent.heads.base import Head
from targets.agent.plan import Preprocess
from targets.agent.protocol import CommandError
from workbench.base.errors import Fault, SlipwayError
from workbench.evaluate.detection_iou import DetectionIou, SampleOverlap
from workbench.evaluate.io_validation import count_bad_scores
from workbench.evaluate.matching import Detections
from workbench.evaluate.output_difference import AnchorOutput, OutputDifference, SampleDifference
from workbench.frames.pack import Pack

Outputs = Sequence[NDArray[Any]]

DECODED_SCORES = (0.0, 1.0)
"""What a board checks every score of every frame against."""

_AHEAD = 64
"""Device outputs come in bursts of a second; so many the reference may wait with (0.2 MB each for the example)."""


class Model(Protocol):
    """Whatever gives the reference's outputs for one input [1, 3, h, w]."""

    def infer(self, batch: NDArray[np.float32]) -> list[NDArray[np.generic]]:
        """Outputs in the model's order."""


class Thresholds(NamedTuple):
    """By what a detection counts."""

    confidence: float
    nms_iou: float
    max_detections: int
    map_confidence: float = 0.001
    map_nms_iou: float = 0.7
    """Both for average precision, which wants weak detections too."""


class Criteria(NamedTuple):
    """By what reference and device are compared: as the requirements say, each with a confidence of its own."""

    difference_confidence: float
    iou_confidence: float
    difference_statistic: str = "max"
    difference_scope: str = "above_threshold"
    iou_statistic: str = "mean"
    score_range: tuple[float, float] = DECODED_SCORES
    """What every score must lie in."""


def choose_criteria(requirements: Iterable[Requirement], confidence: float) -> Criteria:
    """The criteria that requirements ask for; `confidence` where no requirement speaks of it."""
    parameters = {item.kind: item.parameters for item in requirements}
    difference, overlap, scores = (
        parameters.get(kind, {}) for kind in ("output_difference", "detection_iou", "confidence_range")
    )
    low, high = DECODED_SCORES
    return Criteria(
        float(str(difference.get("confidence", confidence))),
        float(str(overlap.get("confidence", confidence))),
        str(difference.get("statistic", "max")),
        str(difference.get("scope", "above_threshold")),
        str(overlap.get("statistic", "mean")),
        (float(str(scores.get("low", low))), float(str(scores.get("high", high)))),
    )


@dataclass
class Sample:
    """What both sides said of one frame; detections in pixels of the model's input."""

    position: int
    """Place in the test set, and in the pack."""
    difference: SampleDifference
    overlap: SampleOverlap
    reference: Detections
    device: Detections
    """Both from half the overlap's threshold up."""
    accurate: tuple[Found, Found] | None = None
    """Reference and device at the low threshold that average precision wants; None where nobody labelled."""


class ReferenceAhead:
    """Gives the reference's outputs of frames in order, a few frames ahead of who asks; a context manager."""

    def __init__(self, model: Model, pack: Pack, preprocess: Preprocess, positions: Sequence[int]) -> None:
        self._model, self._pack, self._positions = model, pack, positions
        self._preprocess = Preprocessor(preprocess, pack.height, pack.width)
        self._ready: queue.Queue[Outputs | BaseException] = queue.Queue(_AHEAD)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="reference-ahead", daemon=True)
        self._given = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        while self._thread.is_alive():
            self._drain()
            self._thread.join(0.05)

    def of(self, position: int) -> Outputs | None:
        """Outputs of a frame; frames are asked for in the order that was said at first.

        Returns:
            None where they were given already: a board whose engine crashed begins with the first frame again.

        Raises:
            SlipwayError: another frame is due; or what the reference raised.
        """
        due = self._positions[self._given] if self._given < len(self._positions) else None
        if position != due:
            if position in self._positions[: self._given]:
                return None
            expected = "none was due" if due is None else f"those of {due} were due"
            raise SlipwayError(f"the board sent the outputs of frame {position} where {expected}")
        self._given += 1
        value = self._await()
        if isinstance(value, BaseException):
            raise value
        return value

    def _await(self) -> Outputs | BaseException:
        while True:
            alive = self._thread.is_alive()
            try:
                return self._ready.get(timeout=0.5 if alive else 0.0)
            except queue.Empty:
                if not alive:
                    raise SlipwayError("the reference ended in mid-run", fault=Fault.INTERNAL) from None

    def _work(self) -> None:
        try:
            for outputs in self._infer():
                self._put(outputs)
        except (SlipwayError, OSError, ValueError, RuntimeError, MemoryError) as error:
            self._put(error)

    def _infer(self) -> Iterator[Outputs]:
        frames = self._pack.open()
        for position in self._positions:
            if self._stop.is_set():
                return
            yield self._model.infer(self._preprocess(np.ascontiguousarray(frames[position])))

    def _put(self, value: Outputs | BaseException) -> None:
        while not self._stop.is_set():
            try:
                self._ready.put(value, timeout=0.1)
            except queue.Full:
                continue
            return

    def _drain(self) -> None:
        while not self._ready.empty():
            self._ready.get_nowait()


@dataclass
class SideBySide:
    """Compares the two, sample by sample; one thread."""

    head: Head
    thresholds: Thresholds
    input_size: tuple[int, int]
    """(width, height) of the model's input."""
    requested: int
    criteria: Criteria
    labelled: bool
    """Whether detections are wanted for average precision too."""
    seed: int = 0
    samples: list[Sample] = field(default_factory=list)
    checked_scores: int = 0
    bad_scores: int = 0
    """Scores of any anchor of the device, and those of them that are no numbers in the range that is asked for."""

    def __post_init__(self) -> None:
        asked = self.criteria
        self.difference = OutputDifference(
            asked.difference_confidence,
            self.input_size,
            self.requested,
            asked.difference_statistic,
            asked.difference_scope,
            self.seed,
        )
        self.iou = DetectionIou(asked.iou_confidence, self.requested, asked.iou_statistic, self.seed)

    def add(self, position: int, reference: Outputs, device: Outputs) -> Sample:
        """Compare one frame's raw outputs.

        Raises:
            SlipwayError: the device's have other shapes than the reference's, or the head cannot decode them.
        """
        shapes = [[part.shape for part in outputs] for outputs in (reference, device)]
        if shapes[0] != shapes[1] and not (self.head.ranked and _differ_in_rows(shapes[0], shapes[1])):
            summary = f"the device gives outputs of {_in_words(shapes[1])}, the reference of {_in_words(shapes[0])}"
            raise SlipwayError(summary, "The engine was built from another model: build it again.")
        try:
            return self._compare(position, reference, device)
        except CommandError as error:
            hint = error.hint or "The model gives what its head does not decode: choose another head."
            raise SlipwayError(f"frame {position}: {error.summary}", hint, error.detail) from error

    def _compare(self, position: int, reference: Outputs, device: Outputs) -> Sample:
        anchors = [AnchorOutput(*self.head.decode_anchors(outputs)) for outputs in (reference, device)]
        found = [self._detect(outputs) for outputs in (reference, device)]
        self.checked_scores += anchors[1].scores.size
        self.bad_scores += self._count_bad_scores(device, anchors[1].scores)
        add = self.difference.add_ranked if self.head.ranked else None
        sample = Sample(
            position,
            add(found[0], found[1]) if add else self.difference.add_anchors(anchors[0], anchors[1]),
            self.iou.add(found[0], found[1]),
            found[0],
            found[1],
            (self._detect_all(reference), self._detect_all(device)) if self.labelled else None,
        )
        self.samples.append(sample)
        return sample

    def _count_bad_scores(self, outputs: Outputs, scores: NDArray[np.floating]) -> int:
        low, high = self.criteria.score_range
        if (low, high) == DECODED_SCORES:
            return self.head.count_bad_scores(outputs)
        return count_bad_scores(np.asarray(scores, np.float64), low, high)

    def _detect(self, outputs: Outputs) -> Detections:
        limits = self.thresholds
        found = self.head.detect(outputs, self.criteria.iou_confidence / 2, limits.nms_iou, limits.max_detections)
        return Detections(found.boxes, found.scores, found.classes)

    def _detect_all(self, outputs: Outputs) -> Found:
        limits = self.thresholds
        return self.head.detect(outputs, limits.map_confidence, limits.map_nms_iou, limits.max_detections)


def _differ_in_rows(one: Sequence[tuple[int, ...]], other: Sequence[tuple[int, ...]]) -> bool:
    """Whether shapes are the same but for one axis of each, the rows of what was found; never the values of a row."""
    return len(one) == len(other) and all(
        len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) <= 1 and (len(a) < 3 or a[-1] == b[-1])
        for a, b in zip(one, other, strict=True)
    )


def _in_words(shapes: Sequence[tuple[int, ...]]) -> str:
    return ", ".join(str(list(shape)) for shape in shapes) or "nothing"
