"""Building with TensorRT in three generations: what the builder is told, what is told of it, and its refusals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from targets.agent.plan import Preprocess
from targets.agent.protocol import E_MISSING, E_RUNTIME, E_USAGE, CommandError
from targets.agent.runtimes import cuda_memory, tensorrt, tensorrt_build
from targets.agent.runtimes.base import BuildWork, CalibrationFrames, LoadOptions
from targets.agent.runtimes.tensorrt_build import convert_to_trt
from targets.agent.sensors import proc

from .conftest import MODEL, FakeCudart

F32, F16 = LoadOptions("f32", 1, 1), LoadOptions("f16", 1, 1)
PAIRED = [
    {"name": "q", "type": "QUANTIZE", "inputs": ["images"], "outputs": ["q"], "dtype": "INT8"},
    {"name": "dq", "type": "DEQUANTIZE", "inputs": ["q"], "outputs": ["dq"]},
    *MODEL["layers"],
]
ENTROPY = F32._replace(calibrator="entropy", calibration_sha256="1" * 64)


def old(trt: Any) -> bool:
    """Whether this generation chooses types itself."""
    return not trt.__version__.startswith("11.")


def flags_of(trt: Any) -> set[str]:
    """The flags that a network was asked for with, by name whatever their numbers are in this version."""
    known = trt.NetworkDefinitionCreationFlag.__members__
    return {name for name, flag in known.items() if trt.seen.flags >> int(flag) & 1}


def calibration(tmp_path: Path) -> CalibrationFrames:
    frames = np.arange(3 * 2 * 4 * 3, dtype=np.uint8).reshape(3, 2, 4, 3)
    np.save(tmp_path / "pack.npy", frames)
    return CalibrationFrames(
        str(tmp_path / "pack.npy"), Preprocess("bgr", 1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "NCHW")
    )


def test_that_a_build_gives_an_engine_and_what_it_is_bound_to(trt: Any, model: Callable[..., str]) -> None:
    plan, facts = convert_to_trt(model(), F32._replace(threads=3))
    assert plan[:4] == b"ftrt"
    assert (facts["runtime"], facts["runtime_version"]) == ("tensorrt", trt.__version__)
    assert facts["precisions"] == {"f32": 1, "i8": 1}
    assert facts["device_key"] == tensorrt.device_key()
    assert facts["build_options"]["typing"] == ("weak" if old(trt) else "strong")
    assert facts["build_options"]["tf32"] is True
    assert trt.seen.threads == 3
    assert facts["sidecar"] == {
        "module": "tensorrt",
        "version": trt.__version__,
        "gpu": "Fake Orin",
        "compute_capability": "8.7",
        "driver": "12.6",
        "outputs": '["output0"]',
    }
    engine = tensorrt.load(plan, F32._replace(built=facts["sidecar"]))
    assert engine.inputs[0].shape == (1, 3, 2, 4)
    engine.close()


def test_that_outputs_come_in_the_models_order_whatever_the_engines_is(trt: Any, model: Callable[..., str]) -> None:
    outputs = [{"name": name, "shape": [1, 4], "dtype": "FLOAT", "factor": n} for n, name in enumerate("cab", 1)]
    plan, facts = convert_to_trt(model(outputs=outputs), F32)
    for built, names in ((facts["sidecar"], "cab"), (None, "bac")):
        engine = tensorrt.load(plan, F32._replace(built=built))
        assert "".join(spec.name for spec in engine.outputs) == names
        engine.copy_in(np.ones((1, 3, 2, 4), np.float32))
        engine.execute()
        assert [int(array[0, 0]) for array in engine.copy_out()] == ["_cab".index(name) for name in names]
        engine.close()
    with pytest.raises(CommandError, match="outputs of the engine are told as"):
        tensorrt.load(plan, F32._replace(built={"outputs": "[["}))


def test_that_a_network_is_asked_for_by_the_names_of_its_generation(trt: Any, model: Callable[..., str]) -> None:
    convert_to_trt(model(), F32)
    expected = {"8.5.2.2": {"EXPLICIT_BATCH"}, "10.3.0": set(), "11.4.0": {"STRONGLY_TYPED"}}
    assert flags_of(trt) == expected[trt.__version__]
    assert ("plugins", "") in trt.seen.calls


@pytest.mark.parametrize(
    ("layers", "options", "expected"),
    [
        (MODEL["layers"], F32, set()),
        (MODEL["layers"], F16, {"FP16", "PREFER_PRECISION_CONSTRAINTS"}),
        (PAIRED, F32, {"INT8"}),
        (PAIRED, F16, {"INT8", "FP16", "PREFER_PRECISION_CONSTRAINTS"}),
    ],
)
def test_that_types_are_allowed_by_flags_where_there_are_flags(
    trt: Any, model: Callable[..., str], layers: Any, options: LoadOptions, expected: set[str]
) -> None:
    convert_to_trt(model(layers=layers), options)
    assert set(trt.seen.config.set) == (expected if old(trt) else set())


def test_that_boxes_stay_in_float32_where_the_builder_may_choose_half(trt: Any, model: Callable[..., str]) -> None:
    cast = {"name": "cast", "type": "CAST", "inputs": ["d"], "outputs": ["x"]}
    half = {"name": "half", "type": "SHUFFLE", "inputs": ["x"], "outputs": ["y"], "dtype": "HALF"}
    convert_to_trt(model(layers=[*MODEL["layers"], cast, half]), F16)
    kept = {layer.name for layer in trt.seen.network.layers if layer.precision is not None}
    assert kept == ({"sigmoid", "boxes"} if old(trt) else set())
    for layer in trt.seen.network.layers:
        if layer.name in kept:
            assert (layer.precision.word, layer.output_types[0].word) == ("FLOAT", "FLOAT")


def test_that_the_workspace_is_the_documents_but_never_most_of_the_memory(
    trt: Any, model: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    work = BuildWork(tell=lambda _fraction, text: told.append(text))
    monkeypatch.setattr(proc, "read_text", lambda *_: "MemAvailable:   2000000 kB\n")
    for wanted, granted in ((256 << 20, 256 << 20), (None, 1_024_000_000), (8 << 30, 1_024_000_000)):
        facts = convert_to_trt(model(), F32._replace(workspace_bytes=wanted), work)[1]
        assert facts["build_options"]["workspace_bytes"] == granted == trt.seen.config.pools["WORKSPACE"]
    assert "the workspace is 1024 MB instead of 8590 MB: no more memory is free" in told
    monkeypatch.setattr(proc, "read_text", lambda *_: "")
    facts = convert_to_trt(model(), F32._replace(workspace_bytes=8 << 30), work)[1]
    assert facts["build_options"]["workspace_bytes"] == 1_500_000_000


def test_that_every_error_of_the_parser_is_told(trt: Any, model: Callable[..., str]) -> None:
    errors = [["Unsupported operator", "node_7", "Foo"], ["must have same input types", "node_9", "Add"]]
    with pytest.raises(CommandError, match=r"TensorRT cannot take model\.onnx") as caught:
        convert_to_trt(model(errors=errors), F32)
    assert caught.value.code == E_RUNTIME
    lines = caught.value.detail.splitlines()
    named = not trt.__version__.startswith("8.")
    assert lines == [f"{node} ({operator}): {text}" if named else text for text, node, operator in errors]
    assert "slipway check" in caught.value.hint


def test_that_a_failed_build_shows_the_log(trt: Any, model: Callable[..., str]) -> None:
    with pytest.raises(CommandError, match=r"cannot build an engine of model\.onnx") as caught:
        convert_to_trt(model(fails="Tactic Device request: 4229MB, OutOfMemory"), F32)
    assert caught.value.detail == "ERROR: Tactic Device request: 4229MB, OutOfMemory"
    assert "more memory" in caught.value.hint


def test_that_progress_and_log_lines_are_told(
    trt: Any, model: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[tuple[float | None, str]] = []
    convert_to_trt(model(), F32, BuildWork(tell=lambda fraction, text: told.append((fraction, text))))
    if trt.__version__.startswith("8."):
        assert told == [(None, "Detected 1 inputs and 1 output network tensors.")]
    else:
        assert told == [(None, "Timing tactics"), (0.5, "Building engine")]
    errors = capsys.readouterr().err
    assert "INFO: Detected 1 inputs" in errors
    assert "thousands" not in errors


def test_that_what_was_timed_is_used_again_on_the_same_board(
    trt: Any, model: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = BuildWork(cache=str(tmp_path / "cache"))
    convert_to_trt(model(), F32, work)
    (path,) = (tmp_path / "cache").iterdir()
    assert path.read_bytes() == b"timed"
    convert_to_trt(model(), F32, work)
    assert trt.seen.config.cache.data == b"timed"
    path.write_bytes(b"foreign")
    convert_to_trt(model(), F32, work)
    assert trt.seen.config.cache.data == b""
    monkeypatch.setattr(tensorrt_build, "power_mode", lambda: "15W")
    convert_to_trt(model(), F32, work)
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_that_a_dla_core_is_used_and_its_share_told(trt: Any, model: Callable[..., str]) -> None:
    told: list[str] = []
    layers = [*MODEL["layers_told"], {"Name": "{ForeignNode[a..b]}", "LayerType": "DLA", "Inputs": [], "Outputs": []}]
    work = BuildWork(tell=lambda _fraction, text: told.append(text))
    facts = convert_to_trt(model(layers_told=layers), F16._replace(dla_core=1), work)[1]
    config = trt.seen.config
    assert (config.default_device_type.word, config.DLA_core) == ("DLA", 1)
    assert "GPU_FALLBACK" in config.set
    told_of = ("dla_core", "dla_able", "dla_unable", "layers_on_dla", "layers_on_gpu")
    assert [facts["build_options"][name] for name in told_of] == [1, 2, 3, 1, 2]
    assert "2 of 5 layers can run on DLA core 1" in told
    assert "1 layers run on the DLA, 2 on the GPU" in told


def test_that_a_dla_core_that_is_not_there_is_refused(trt: Any, model: Callable[..., str]) -> None:
    with pytest.raises(CommandError, match=r"DLA core 2 is asked for; TensorRT .* has 2 here") as caught:
        convert_to_trt(model(), F16._replace(dla_core=2))
    assert caught.value.code == E_USAGE
    assert "dla_enabled: false" in caught.value.hint


def test_that_a_calibrator_sees_every_frame_as_the_engine_would(
    trt: Any, model: Callable[..., str], tmp_path: Path, cudart: FakeCudart
) -> None:
    work = BuildWork(str(tmp_path / "cache"), calibration(tmp_path))
    if not old(trt):
        with pytest.raises(CommandError, match=r"TensorRT 11\.4\.0 measures no INT8 ranges itself") as caught:
            convert_to_trt(model(), ENTROPY, work)
        assert caught.value.code == E_USAGE
        return
    convert_to_trt(model(), ENTROPY, work)
    assert trt.seen.config.set == ["INT8"]
    assert len(trt.seen.batches) == 3
    frames = np.load(tmp_path / "pack.npy")
    for batch, one in zip(trt.seen.batches, frames, strict=True):
        assert np.array_equal(batch[0], one.transpose(2, 0, 1))
    assert not cudart.live()
    (kept,) = (tmp_path / "cache").glob("calibration-*.bin")
    assert kept.read_bytes() == b"ranges"
    convert_to_trt(model(), ENTROPY, work)
    assert len(trt.seen.batches) == 3, "what was measured is used again"
    convert_to_trt(model(), ENTROPY._replace(calibration_sha256="2" * 64), work)
    assert len(trt.seen.batches) == 6, "other frames are measured anew"


@pytest.mark.parametrize(
    ("changes", "shape", "text"),
    [
        ({"layers": PAIRED}, None, "has Q/DQ pairs already"),
        ({}, None, "needs calibration frames and a device"),
        (
            {"inputs": [{**MODEL["inputs"][0], "shape": [1, 3, 4, 4]}]},
            1,
            r"frames are 4x2; the model takes \[1, 3, 4, 4\]",
        ),
    ],
)
def test_that_a_calibrator_without_sense_is_refused(
    trt: Any, model: Callable[..., str], tmp_path: Path, changes: Any, shape: Any, text: str
) -> None:
    frames = None if shape is None and not changes else calibration(tmp_path)
    with pytest.raises(CommandError, match=text):
        convert_to_trt(model(**changes), ENTROPY, BuildWork(None, frames))


def test_that_nothing_is_built_without_a_device(trt: Any, model: Callable[..., str], cudart: FakeCudart) -> None:
    cudart.reset(devices=0)
    cuda_memory.open_cuda.cache_clear()
    with pytest.raises(CommandError, match="no CUDA device") as caught:
        convert_to_trt(model(), F32)
    assert caught.value.code == E_MISSING
    assert trt.seen.calls == []


@pytest.mark.usefixtures("trt")
@pytest.mark.parametrize("precision", ["bf16", "i8"])
def test_that_a_type_that_no_engine_is_asked_for_in_is_refused(model: Callable[..., str], precision: str) -> None:
    with pytest.raises(CommandError, match=f"TensorRT builds no engine in '{precision}'"):
        convert_to_trt(model(), LoadOptions(precision, 1, 1))


def test_that_a_library_that_gives_nothing_is_an_error_in_words(
    trt: Any, model: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_self: Any, _logger: Any) -> None:
        raise TypeError("pybind11::init(): factory function returned nullptr")

    plan = convert_to_trt(model(), F32)[0]
    monkeypatch.setattr(trt.Builder, "__init__", nothing)
    monkeypatch.setattr(trt.Runtime, "__init__", nothing)
    with pytest.raises(CommandError, match="TensorRT cannot start"):
        convert_to_trt(model(), F32)
    with pytest.raises(CommandError, match="TensorRT cannot start"):
        tensorrt.load(plan, F32)


def test_that_a_runtime_tells_version_device_and_types(trt: Any) -> None:
    assert tensorrt.version() == trt.__version__
    assert tensorrt.precisions() == ["f32", "f16", "i8"]
    assert len(tensorrt.device_key()) == 64
