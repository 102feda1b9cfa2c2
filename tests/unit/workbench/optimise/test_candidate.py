"""Candidates carry what they were made from, repeat to the byte, and run alike in ONNX Runtime and OpenVINO."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import onnx
import pytest

from workbench.base.cancel import CancelToken
from workbench.base.errors import Cancelled, SlipwayError, UsageError
from workbench.base.hashing import sha256_bytes, sha256_file
from workbench.optimise.calibration import Method
from workbench.optimise.candidate import Precision, Recipe, make_candidate
from workbench.reference import open_session, run_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from workbench.optimise.deviation import Outputs

    Frames = list[NDArray[np.float32]]
    Save = Callable[[onnx.ModelProto], Path]


@pytest.mark.parametrize("precision", Precision)
def test_that_a_candidate_names_what_it_was_made_from(
    detector_path: Path, frames: Frames, fresh_frames: Frames, precision: Precision
) -> None:
    made = make_candidate(detector_path, Recipe(precision), frames=frames, check_frames=fresh_frames)
    assert made.parent_sha256 == sha256_file(detector_path)
    assert made.sha256 == sha256_bytes(made.content)
    assert made.size_bytes == len(made.content)
    assert (made.opset, made.ir_version) == (17, 8)
    assert {name for name, _ in made.tools} == {"numpy", "onnx", "onnxruntime", "onnxslim"}
    assert (made.calibration is not None) == (precision is Precision.INT8)
    assert [part.part for part in made.error] == ["boxes", "scores"]
    assert made.error_frames == len(fresh_frames)
    lowest_db = {Precision.FP32: 100, Precision.FP16: 45, Precision.INT8: 15}[precision]
    assert all(part.snr_db is not None and part.snr_db > lowest_db for part in made.error)
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 - our own bytes, as between our processes


@pytest.mark.parametrize("precision", Precision)
def test_that_a_candidate_repeats_to_the_byte(detector_path: Path, frames: Frames, precision: Precision) -> None:
    first, second = (make_candidate(detector_path, Recipe(precision), frames=iter(frames)) for _ in range(2))
    assert first.content == second.content
    assert first.error == ()
    assert first.error_frames == 0


@pytest.mark.parametrize("precision", [Precision.FP32, Precision.FP16])
def test_that_frames_to_compare_on_decide_nothing_of_the_bytes(
    detector_path: Path, fresh_frames: Frames, precision: Precision
) -> None:
    without = make_candidate(detector_path, Recipe(precision))
    compared = make_candidate(detector_path, Recipe(precision), compare_frames=fresh_frames)
    assert compared.content == without.content
    assert ([part.part for part in compared.error], without.error) == (["boxes", "scores"], ())


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(Precision.FP32),
        Recipe(Precision.FP16),
        Recipe(Precision.INT8),
        Recipe(Precision.INT8, keep=("/head/*", "/stem/*"), method=Method.MINMAX),
    ],
    ids=["fp32", "fp16", "int8", "int8-keep"],
)
def test_that_openvino_agrees_with_onnx_runtime(
    detector_path: Path, frames: Frames, fresh_frames: Frames, recipe: Recipe
) -> None:
    sys.modules.setdefault("openvino_telemetry", cast("Any", None))  # it would send statistics from a thread
    import openvino

    made = make_candidate(detector_path, recipe, frames=frames)
    core = openvino.Core()
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    compiled = core.compile_model(core.read_model(made.content), "CPU", settings)
    session = open_session(made.content, 1)
    for frame in fresh_frames:
        (expected,) = run_session(session, "images", frame)
        got: NDArray[Any] = compiled(frame)[0]
        assert got.shape == expected.shape
        assert got.dtype == np.float32
        noise = np.square(got - expected).sum() / np.square(expected).sum()
        assert noise < (1e-3 if recipe.precision is Precision.INT8 else 1e-5)


def test_that_kept_nodes_are_listed(detector_path: Path, frames: Frames) -> None:
    made = make_candidate(detector_path, Recipe(Precision.INT8, keep=("/stage2/*",)), frames=frames)
    assert made.kept == ("/stage2/Add", "/stage2/first/Conv", "/stage2/first/Relu", "/stage2/second/Conv")


def test_that_a_wrong_keep_is_refused_before_any_frame_is_read(detector_path: Path, frames: Frames) -> None:
    source = iter(frames)
    with pytest.raises(UsageError, match="No node of the cleaned model"):
        make_candidate(detector_path, Recipe(Precision.INT8, keep=("/nowhere",)), frames=source)
    assert len(list(source)) == len(frames)


def test_that_int8_without_frames_and_fp32_with_keep_are_refused(detector_path: Path) -> None:
    with pytest.raises(UsageError, match="no calibration frame"):
        make_candidate(detector_path, Recipe(Precision.INT8))
    with pytest.raises(UsageError, match="no meaning with the recipe fp32"):
        make_candidate(detector_path, Recipe(Precision.FP32, keep=("/stem/*",)))


def test_that_a_candidate_without_finite_outputs_is_refused(detector: onnx.ModelProto, save: Save) -> None:
    weight = next(tensor for tensor in detector.graph.initializer if tensor.name == "stride")
    weight.raw_data = np.array(np.inf, dtype=np.float32).tobytes()
    with pytest.raises(SlipwayError, match="not finite"):
        make_candidate(save(detector), Recipe(Precision.FP32))


def test_that_fp16_looks_at_ranges_on_the_frames_that_there_are(
    detector: onnx.ModelProto, save: Save, frames: Frames
) -> None:
    weight = next(tensor for tensor in detector.graph.initializer if tensor.name == "/stage1/Conv.bias")
    weight.raw_data = np.full(16, 4e4, dtype=np.float32).tobytes()
    path, recipe = save(detector), Recipe(Precision.FP16)
    assert not any("/stage1/Conv stays" in note for note in make_candidate(path, recipe).notes)
    for given in ({"frames": frames}, {"check_frames": frames}):
        notes = make_candidate(path, recipe, **given).notes  # type: ignore[arg-type]
        assert any("/stage1/Conv stays in float32" in note for note in notes)


def test_that_a_lost_part_is_noted(detector_path: Path, frames: Frames, fresh_frames: Frames) -> None:
    tiny = [frame * np.float32(1e-3) for frame in frames]

    def contrast(outputs: Outputs) -> dict[str, NDArray[Any]]:
        return {"contrast": outputs[0] - outputs[0].mean(axis=2, keepdims=True)}

    recipe = Recipe(Precision.INT8)
    made = make_candidate(detector_path, recipe, frames=tiny, check_frames=fresh_frames, parts=contrast)
    assert any("far from the source's" in note for note in made.notes)


def test_that_making_a_candidate_tells_its_progress_and_can_be_stopped(detector_path: Path, frames: Frames) -> None:
    shares: list[float] = []
    token = CancelToken()
    recipe = Recipe(Precision.INT8)
    make_candidate(
        detector_path,
        recipe,
        frames=frames,
        expected_frames=len(frames),
        progress=lambda share, _: shares.append(share),
        check=token.check,
    )
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    token.request()
    with pytest.raises(Cancelled):
        make_candidate(detector_path, recipe, frames=frames, check=token.check)


def test_that_a_quantised_source_runs_as_it_is(shared_data: Path) -> None:
    path = shared_data / "models" / "coco_yolo11n_320_int8_dynamic.onnx"
    made = make_candidate(path, Recipe(Precision.FP32), threads=2)
    assert made.sha256 == sha256_file(path)
    assert any("quantised already" in note for note in made.notes)
    frames = [np.zeros((1, 3, 320, 320), dtype=np.float32)]
    with pytest.raises(UsageError, match="INT8 from it would round twice"):
        make_candidate(path, Recipe(Precision.INT8), frames=frames, threads=2)
