"""A candidate: one optimised variant of a source model, with everything that it was made from by hash."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.base.errors import SlipwayError, UsageError
from workbench.base.hashing import sha256_bytes
from workbench.optimise.calibration import DEFAULT_PERCENTILE, Calibration, Method, calibrate
from workbench.optimise.cleanup import CleanModel, clean, noise_frame, serialise
from workbench.optimise.deviation import Deviation, PartError, Parts, detector_parts
from workbench.optimise.fp16 import to_fp16
from workbench.optimise.hooks import Check, Progress, never, part_of, silent
from workbench.optimise.int8 import quantise, require_quantisable
from workbench.optimise.keep import kept_nodes
from workbench.optimise.model_facts import opset_of
from workbench.optimise.model_file import ModelFile, load_model
from workbench.reference import conform, open_session, run_session, tool_versions

if TYPE_CHECKING:
    import numpy as np
    import onnx
    import onnxruntime
    from numpy.typing import NDArray

_RANGE_FRAMES = 4


class Precision(enum.Enum):
    """What a candidate computes in."""

    FP32 = "fp32"
    FP16 = "fp16"
    INT8 = "int8"


@dataclass(frozen=True)
class Recipe:
    """How a candidate is made.

    `keep` names nodes, or patterns of nodes, that stay in float32. `method` and `percentile` are for INT8 only. The
    defaults were chosen by measurement: over the example and public YOLOs they lost least detections.
    """

    precision: Precision
    keep: tuple[str, ...] = ()
    method: Method = Method.PERCENTILE
    percentile: float = DEFAULT_PERCENTILE


@dataclass(frozen=True)
class Candidate:
    """An optimised model and where it comes from.

    `error` is the deviation from the source over `error_frames` frames, both with ONNX Runtime; empty where none were
    given. `kept` are the nodes that `recipe.keep` matched. `tools` are names and versions.
    """

    content: bytes
    sha256: str
    size_bytes: int
    recipe: Recipe
    kept: tuple[str, ...]
    opset: int
    ir_version: int
    parent_sha256: str
    clean_sha256: str
    calibration: Calibration | None
    error: tuple[PartError, ...]
    error_frames: int
    tools: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def make_candidate(
    source: Path | ModelFile,
    recipe: Recipe,
    *,
    frames: Iterable[NDArray[np.float32]] = (),
    check_frames: Sequence[NDArray[np.float32]] = (),
    compare_frames: Sequence[NDArray[np.float32]] = (),
    expected_frames: int | None = None,
    parts: Parts = detector_parts,
    threads: int = 1,
    progress: Progress = silent,
    check: Check = never,
) -> Candidate:
    """Make a candidate from a model file. The same file, recipe and frames give the same bytes.

    Args:
        source: the ONNX file, or a model that was read already.
        recipe: how.
        frames: calibration frames for INT8, read once; for FP16 the first few show ranges
            (those of `check_frames` where there are none). Float32, input's shape.
        check_frames: frames to measure the deviation from the source on.
        compare_frames: the same where there are no `check_frames`; they decide nothing of the candidate's bytes.
        expected_frames: how many calibration frames will come, for the progress.
        parts: splits outputs into parts whose deviation is given apart.
        threads: of one inference.
        progress: see `hooks`.
        check: see `hooks`.

    Raises:
        UsageError: a model, a recipe or frames that cannot be taken, with what to do.
        SlipwayError: a tool failed, the candidate breaks a rule, or it computes no finite numbers.
    """
    cleaned = clean(
        source if isinstance(source, ModelFile) else load_model(source),
        frame=check_frames[0] if len(check_frames) else None,
        threads=threads,
        progress=part_of(progress, 0.0, 0.1),
        check=check,
    )
    calibration = None
    if recipe.precision is Precision.INT8:
        part = part_of(progress, 0.1, 0.8)
        calibration = calibrate_for(
            cleaned, recipe, frames, threads=threads, expected_frames=expected_frames, progress=part, check=check
        )
    half = recipe.precision is Precision.FP16
    ranges = list(itertools.islice(frames, _RANGE_FRAMES)) or check_frames[:_RANGE_FRAMES] if half else ()
    return build_candidate(
        cleaned,
        recipe,
        calibration=calibration,
        range_frames=ranges,
        check_frames=check_frames or compare_frames,
        parts=parts,
        threads=threads,
        progress=part_of(progress, 0.8, 1.0),
        check=check,
    )


def calibrate_for(
    cleaned: CleanModel,
    recipe: Recipe,
    frames: Iterable[NDArray[np.float32]],
    *,
    threads: int = 1,
    expected_frames: int | None = None,
    progress: Progress = silent,
    check: Check = never,
) -> Calibration:
    """The calibration that an INT8 recipe asks for; what can be refused is refused before a frame is read."""
    require_quantisable(cleaned)
    kept_nodes(cleaned.model(), recipe.keep)
    return calibrate(
        cleaned,
        frames,
        method=recipe.method,
        percentile=recipe.percentile,
        threads=threads,
        expected_frames=expected_frames,
        progress=progress,
        check=check,
    )


def build_candidate(
    cleaned: CleanModel,
    recipe: Recipe,
    *,
    calibration: Calibration | None = None,
    range_frames: Sequence[NDArray[np.float32]] = (),
    check_frames: Sequence[NDArray[np.float32]] = (),
    parts: Parts = detector_parts,
    threads: int = 1,
    progress: Progress = silent,
    check: Check = never,
) -> Candidate:
    """Make a candidate from a cleaned model and, for INT8, its calibration (see `make_candidate`)."""
    notes = [*cleaned.facts.changes, *cleaned.notes]
    if cleaned.facts.checker:
        notes.append(f"ONNX's checker objects to the source: {cleaned.facts.checker}")
    content = _convert(cleaned, recipe, calibration, range_frames, threads, notes, check)
    progress(0.5, "comparing with the source")
    error = _compare(cleaned, content, check_frames, parts, threads, check)
    notes += [f"the candidate's {part.part} are far from the source's" for part in error if _is_lost(part)]
    model = _parse(content)
    progress(1.0, "candidate made")
    return Candidate(
        content=content,
        sha256=sha256_bytes(content),
        size_bytes=len(content),
        recipe=recipe,
        kept=tuple(sorted(kept_nodes(cleaned.model(), recipe.keep))),
        opset=opset_of(model),
        ir_version=model.ir_version,
        parent_sha256=cleaned.facts.sha256,
        clean_sha256=cleaned.sha256,
        calibration=calibration,
        error=error,
        error_frames=len(check_frames),
        tools=optimiser_versions(),
        notes=tuple(notes),
    )


def optimiser_versions() -> tuple[tuple[str, str], ...]:
    """Names and versions of the tools that decide a candidate's bytes."""
    import onnx
    import onnxslim

    versions = {**tool_versions(), "onnx": onnx.__version__, "onnxslim": onnxslim.__version__}
    return tuple(sorted(versions.items()))


def _convert(
    cleaned: CleanModel,
    recipe: Recipe,
    calibration: Calibration | None,
    range_frames: Sequence[NDArray[np.float32]],
    threads: int,
    notes: list[str],
    check: Check,
) -> bytes:
    match recipe.precision:
        case Precision.FP32:
            if recipe.keep:
                raise UsageError("--keep has no meaning with the recipe fp32", "Leave it out, or use fp16 or int8.")
            return cleaned.content
        case Precision.FP16:
            half = to_fp16(cleaned, range_frames, keep=recipe.keep, threads=threads, check=check)
            notes += half.notes
            return serialise(half.model)
        case Precision.INT8:
            require_quantisable(cleaned)
            if calibration is None:
                raise UsageError("INT8 needs calibration frames", "Name frames of the kind that the board sees.")
            return serialise(quantise(cleaned, calibration, recipe.keep))


def _compare(
    cleaned: CleanModel,
    content: bytes,
    frames: Sequence[NDArray[np.float32]],
    parts: Parts,
    threads: int,
    check: Check,
) -> tuple[PartError, ...]:
    """Run source and candidate side by side; without frames, on noise only to prove that the candidate runs."""
    candidate = open_session(content, threads, what="the candidate")
    if not len(frames):
        _infer(cleaned, candidate, noise_frame(cleaned.facts))
        return ()
    source = open_session(cleaned.source, threads, what=str(cleaned.facts.path))
    deviation = Deviation(parts)
    for frame in frames:
        check()
        deviation.add(_infer(cleaned, source, frame), _infer(cleaned, candidate, frame))
    return deviation.result()


def _infer(
    cleaned: CleanModel, session: onnxruntime.InferenceSession, frame: NDArray[np.float32]
) -> list[NDArray[Any]]:
    import numpy as np

    spec = cleaned.facts.inputs[0]
    outputs = run_session(session, spec.name, conform(frame, spec.shape, spec.dtype))
    if not all(np.isfinite(tensor).all() for tensor in outputs):
        raise SlipwayError(
            "The candidate or its source computes values that are not finite",
            "Check the scaling of the frames; with fp16, keep the nodes with large values in float.",
        )
    return outputs


def _is_lost(part: PartError) -> bool:
    """More noise than signal: nothing useful is left of this part."""
    return part.snr_db is not None and part.snr_db < 3.0


def _parse(content: bytes) -> onnx.ModelProto:
    import onnx

    return onnx.load_model_from_string(content)
