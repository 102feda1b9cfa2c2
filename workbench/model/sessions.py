"""Models that are ready to run, kept warm between two questions of a page, and what they gave lately."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from targets.agent.frames import Preprocessor, find_misfits
from workbench.base.errors import UsageError
from workbench.base.hashing import sha256_bytes
from workbench.frames.resize import Fit
from workbench.frames.source import Image
from workbench.intake.trial import Feeding
from workbench.model.opened import Keeper, OpenedModel
from workbench.pipeline.optimise import worker_threads
from workbench.reference import Reference

MOST_SESSIONS, MOST_BYTES = 2, 256 << 20
"""Models kept warm, and the bytes of their files; a session takes some times as much."""
MOST_RESULTS, MOST_RESULT_BYTES = 12, 48 << 20


@dataclass(frozen=True, eq=False)
class Result:
    """One frame through a model."""

    fitted: Image
    fit: Fit
    outputs: tuple[NDArray[Any], ...]
    elapsed_ms: float
    """Of the inference alone."""


@dataclass(frozen=True)
class WarmModel:
    """A model whose runtime is open; several threads may ask, one at a time is answered."""

    model: OpenedModel
    reference: Reference
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, frame: Image, feeding: Feeding) -> Result:
        """One frame, fed so.

        Raises:
            UsageError: the input takes bytes, and they would become something else.
            SlipwayError: ONNX Runtime failed.
        """
        width, height, layout = self.model.size
        settings = feeding.preprocess(layout)
        misfits = find_misfits(settings, self.reference.input.dtype)
        if misfits:
            raise UsageError(
                f"the model takes pixels as they are, in bytes; {', '.join(misfits)} would change them",
                "Set scale 1, mean 0 and spread 1.",
            )
        fitted, fit = feeding.fitting(width, height).apply(frame)
        batch = Preprocessor(settings, height, width)(np.ascontiguousarray(fitted))
        with self.lock:
            started = time.perf_counter()
            outputs = self.reference.infer(batch)
            elapsed_ms = (time.perf_counter() - started) * 1e3
        return Result(fitted, fit, tuple(outputs), elapsed_ms)


_WARM: Keeper[WarmModel] = Keeper(MOST_SESSIONS, MOST_BYTES, lambda warm: warm.model.brought.size_bytes)
_RESULTS: Keeper[Result] = Keeper(
    MOST_RESULTS, MOST_RESULT_BYTES, lambda result: sum(part.nbytes for part in result.outputs) + result.fitted.nbytes
)


def warm_model(model: OpenedModel) -> WarmModel:
    """The model with its runtime open.

    Raises:
        UsageError: it has axes without a length, or other than one input.
        SlipwayError: ONNX Runtime cannot load it.
    """
    return _WARM.get(model.identity, lambda: _open(model))


def run_frame(model: OpenedModel, frame: Image, feeding: Feeding) -> Result:
    """One frame through a model, or what it gave when it was asked before.

    Raises:
        UsageError: the input does not take pixels fed so.
        SlipwayError: ONNX Runtime failed.
    """
    key = (model.identity, frame.shape, sha256_bytes(np.ascontiguousarray(frame).data), feeding)
    return _RESULTS.get(key, lambda: warm_model(model).run(frame, feeding))


def _open(model: OpenedModel) -> WarmModel:
    warm = WarmModel(model, Reference(model.source, worker_threads()))
    width, height, layout = model.size
    plain = Feeding(scale=1.0) if warm.reference.input.dtype == "uint8" else Feeding()
    # The first inference allocates; its time would be told as the model's.
    warm.reference.infer(Preprocessor(plain.preprocess(layout), height, width)(np.zeros((height, width, 3), np.uint8)))
    return warm
