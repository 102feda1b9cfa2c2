"""Calibration: how large each activation in front of a quantised operator gets, over frames that come one by one."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.base.errors import UsageError
from workbench.optimise.cleanup import CleanModel
from workbench.optimise.histogram import Histogram, entropy_limit, percentile_limit
from workbench.optimise.hooks import Check, Progress, never, silent
from workbench.reference import conform, open_session, run_session

if TYPE_CHECKING:
    import numpy as np
    import onnx
    from numpy.typing import NDArray

QUANTISED_OPERATORS = ("Conv", "ConvTranspose", "MatMul", "Gemm")
DEFAULT_PERCENTILE = 99.9999
_MAX_FETCH_BYTES = 2**28
"""Activations taken out of the runtime at once; larger models need several inferences a frame."""


class Method(enum.Enum):
    """How the range of an activation is chosen from what was seen.

    Percentile is the default by measurement: mean IoU, misses as 0, was 0.981 on the example (minmax 0.976, entropy
    0.978) and 0.937 on YOLOv8n (0.925, 0.764: entropy cuts the long tails of SiLU).
    """

    MINMAX = "minmax"
    PERCENTILE = "percentile"
    ENTROPY = "entropy"


@dataclass(frozen=True)
class Calibration:
    """Ranges of activations, symmetric around zero, and what they were measured on.

    `limits` gives the largest magnitude of each tensor; `model_sha256` is the cleaned model's, `frames_sha256` covers
    every frame's shape and bytes in order. `percentile` is None unless the method uses it.
    """

    model_sha256: str
    method: Method
    percentile: float | None
    frame_count: int
    frames_sha256: str
    limits: tuple[tuple[str, float], ...]


def calibrate(
    clean: CleanModel,
    frames: Iterable[NDArray[np.float32]],
    *,
    method: Method = Method.PERCENTILE,
    percentile: float = DEFAULT_PERCENTILE,
    threads: int = 1,
    expected_frames: int | None = None,
    progress: Progress = silent,
    check: Check = never,
) -> Calibration:
    """Run the frames through the cleaned model and choose a range for each activation that will be quantised.

    Frames are float32 in the input's shape and are read once; memory does not grow with their number. Limits are
    rounded up to ten significant bits, so that the last bits of another CPU's sums do not change the candidate.

    Args:
        clean: the model.
        frames: the calibration frames.
        method: see `Method`.
        percentile: of magnitudes, for `Method.PERCENTILE` only.
        threads: of one inference.
        expected_frames: how many frames will come, for the progress.
        progress: see `hooks`.
        check: see `hooks`.

    Raises:
        UsageError: no frame, a frame of another shape, only black frames, a percentile outside 50 to 100, or an
            activation that is not finite.
    """
    if not 50.0 < percentile <= 100.0:
        raise UsageError(f"The percentile is {percentile}, allowed is more than 50 and at most 100", "Try 99.99.")
    histograms: dict[str, Histogram] = {}
    digest, count = hashlib.sha256(), 0
    for frame, activations in observe(clean, activation_names(clean.model()), frames, threads=threads):
        check()
        digest.update(f"{frame.dtype}{list(frame.shape)}".encode() + frame.tobytes())
        for name, tensor in activations:
            histograms.setdefault(name, Histogram()).add(tensor, magnitudes_only=method is Method.MINMAX)
        count += 1
        progress(count / max(expected_frames or count + 1, count), f"calibration frame {count}")
    if not count:
        raise UsageError("There is no calibration frame", "Name a folder with frames of the kind that the board sees.")
    limits = tuple((name, _limit(histogram, method, percentile, name)) for name, histogram in histograms.items())
    if dict(limits).get(clean.facts.inputs[0].name) == 0.0:
        raise UsageError("Every calibration frame is zero everywhere", "Give frames as the model sees them, 0 to 1.")
    used = percentile if method is Method.PERCENTILE else None
    return Calibration(clean.sha256, method, used, count, digest.hexdigest(), limits)


def activation_names(model: onnx.ModelProto) -> list[str]:
    """The computed float tensors that quantised operators read, in the graph's order; weights are not among them."""
    constants = constant_names(model)
    wanted: dict[str, None] = {}
    for node in model.graph.node:
        if node.op_type in QUANTISED_OPERATORS:
            wanted.update(dict.fromkeys(name for name in node.input[:2] if name and name not in constants))
    return list(wanted)


def constant_names(model: onnx.ModelProto) -> set[str]:
    """Tensors that do not depend on the input: initialisers and the outputs of `Constant`."""
    constants = {tensor.name for tensor in model.graph.initializer}
    return constants | {name for node in model.graph.node if node.op_type == "Constant" for name in node.output}


def observe(
    clean: CleanModel, names: Sequence[str], frames: Iterable[NDArray[np.float32]], *, threads: int
) -> Iterator[tuple[NDArray[Any], Iterator[tuple[str, NDArray[Any]]]]]:
    """For each frame: the frame as the model takes it, and the named tensors while it runs, one after the other."""
    model = clean.model()
    spec = clean.facts.inputs[0]
    groups = list(_fetch_groups(model, [name for name in names if name != spec.name]))
    _expose(model, [name for group in groups for name in group])
    session = open_session(model.SerializeToString(), threads, optimise="none")

    def tensors(batch: NDArray[Any]) -> Iterator[tuple[str, NDArray[Any]]]:
        if spec.name in names:
            yield spec.name, batch
        for group in groups:
            yield from zip(group, run_session(session, spec.name, batch, group), strict=True)

    for frame in frames:
        batch = conform(frame, spec.shape, spec.dtype)
        yield batch, tensors(batch)


def _fetch_groups(model: onnx.ModelProto, names: Sequence[str]) -> Iterator[list[str]]:
    """The names in groups whose tensors together stay under `_MAX_FETCH_BYTES`."""
    import math

    sizes = {
        value.name: 4 * math.prod(axis.dim_value for axis in value.type.tensor_type.shape.dim)
        for value in (*model.graph.value_info, *model.graph.output)
    }
    group: list[str] = []
    size_bytes = 0
    for name in names:
        if group and size_bytes + sizes.get(name, 0) > _MAX_FETCH_BYTES:
            yield group
            group, size_bytes = [], 0
        group.append(name)
        size_bytes += sizes.get(name, 0)
    if group:
        yield group


def _expose(model: onnx.ModelProto, names: Iterable[str]) -> None:
    import onnx

    present = {value.name for value in model.graph.output}
    infos = {value.name: value for value in model.graph.value_info}
    for name in names:
        if name not in present:
            model.graph.output.append(infos.get(name) or onnx.helper.make_empty_tensor_value_info(name))


def _limit(histogram: Histogram, method: Method, percentile: float, name: str) -> float:
    import math

    if not math.isfinite(histogram.largest):
        raise UsageError(
            f"Tensor {name!r} is not finite on the calibration frames",
            "Check the scaling of the frames (0 to 1 is usual) and the model in ONNX Runtime.",
        )
    match method:
        case Method.MINMAX:
            limit = histogram.largest
        case Method.PERCENTILE:
            limit = percentile_limit(histogram, percentile)
        case Method.ENTROPY:
            limit = entropy_limit(histogram)
    mantissa, exponent = math.frexp(limit)
    return math.ldexp(math.ceil(mantissa * 1024) / 1024, exponent)
