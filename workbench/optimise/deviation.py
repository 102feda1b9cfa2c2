"""How far outputs are from their parent's: signal-to-noise ratio and largest difference, boxes and scores apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import NDArray

Outputs: TypeAlias = "Sequence[NDArray[Any]]"
"""All outputs of one inference, in the model's order."""

Parts: TypeAlias = "Callable[[Outputs], Mapping[str, NDArray[Any]]]"
"""Splits the outputs of one inference into named parts that are judged apart."""

SNR_CEILING_DB = 200.0
"""Reported where nothing differs at all; float32 itself ends near 140 dB."""


@dataclass(frozen=True)
class PartError:
    """One part's deviation over all frames; `snr_db` is None where the parent's part is zero everywhere."""

    part: str
    snr_db: float | None
    max_abs: float


def detector_parts(outputs: Outputs) -> Mapping[str, NDArray[Any]]:
    """Boxes and scores of a raw detector output `[1, 4+c, n]` or `[1, n, 4+c]`; else each output by its number.

    Which axis holds the features is told by its being the shorter one. Ranked outputs (end-to-end, NMS inside) cannot
    be compared row by row: give a function of your own for them.
    """
    if len(outputs) == 1 and outputs[0].ndim == 3 and min(outputs[0].shape[1:]) > 4:
        tensor = outputs[0]
        rows = tensor if tensor.shape[1] <= tensor.shape[2] else tensor.transpose(0, 2, 1)
        return {"boxes": rows[:, :4], "scores": rows[:, 4:]}
    return {f"output {index}": tensor for index, tensor in enumerate(outputs)}


class Deviation:
    """Sums up the deviation of frames that come one by one."""

    def __init__(self, parts: Parts = detector_parts) -> None:
        self._parts = parts
        self._sums: dict[str, tuple[float, float, float]] = {}

    def add(self, parent: Outputs, candidate: Outputs) -> None:
        """Take one frame's outputs of both in; shapes that differ count as an infinite deviation."""
        theirs = self._parts(candidate)
        for name, expected in self._parts(parent).items():
            signal, noise, largest = self._sums.get(name, (0.0, 0.0, 0.0))
            one = _energies(expected, theirs[name]) if name in theirs else (0.0, math.inf, math.inf)
            self._sums[name] = (signal + one[0], noise + one[1], max(largest, one[2]))

    def result(self) -> tuple[PartError, ...]:
        """The deviation of each part so far."""
        return tuple(
            PartError(name, _ratio_db(signal, noise), largest) for name, (signal, noise, largest) in self._sums.items()
        )


def _energies(expected: NDArray[Any], got: NDArray[Any]) -> tuple[float, float, float]:
    import numpy as np

    if expected.shape != got.shape:
        return 0.0, math.inf, math.inf
    wanted, difference = expected.astype(np.float64), got.astype(np.float64)
    difference -= wanted
    if not np.isfinite(difference).all():
        return float(np.square(wanted).sum()), math.inf, math.inf
    return (
        float(np.square(wanted).sum()),
        float(np.square(difference).sum()),
        float(np.abs(difference).max(initial=0.0)),
    )


def _ratio_db(signal: float, noise: float) -> float | None:
    if signal == 0.0:
        return None
    if math.isinf(noise):
        return -SNR_CEILING_DB
    if noise == 0.0:
        return SNR_CEILING_DB
    return min(10.0 * math.log10(signal / noise), SNR_CEILING_DB)
