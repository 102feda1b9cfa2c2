"""The run path of TensorRT, call by call: sizes, streams, shapes that depend on the data, and each way to fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from targets.agent.bench import Pipeline, Samples
from targets.agent.frames import FramePack, Preprocessor
from targets.agent.heads.yolov8 import Yolov8
from targets.agent.meter import Job, Meter
from targets.agent.plan import Preprocess
from targets.agent.protocol import E_INVALID_SIZE, E_MISSING, E_RUNTIME, E_USAGE, CommandError
from targets.agent.runtimes import cuda_memory
from targets.agent.runtimes.base import LoadOptions, TensorSpec
from targets.agent.runtimes.tensorrt_inference import Decoding, TRTInference, output_order
from targets.agent.runtimes.tensorrt_tensors import MAX_OUTPUT_BYTES

from .conftest import MODEL, FakeCudart
from .fakes.trt import MAGIC

OPTIONS = LoadOptions("f32", 1, 1)
BUILT = {"module": "tensorrt", "gpu": "Fake Orin", "compute_capability": "8.7"}
ROWS = [{"name": "rows", "shape": [-1, 6], "dtype": "FLOAT", "most_bytes": 240}]


def plan_of(trt: Any, **changes: Any) -> bytes:
    """An engine of MODEL for this version, with these entries changed."""
    return MAGIC + json.dumps({**MODEL, "version": trt.__version__, **changes}).encode()


@pytest.fixture
def opened(trt: Any) -> Iterator[Callable[..., TRTInference]]:
    """Opens engines of MODEL with changes; closes them at the end."""
    engines: list[TRTInference] = []

    def open_engine(options: LoadOptions = OPTIONS, **changes: Any) -> TRTInference:
        engines.append(TRTInference(plan_of(trt, **changes), options))
        return engines[-1]

    yield open_engine
    for engine in engines:
        engine.close()


def frame(first: float = 1.0) -> Any:
    """An input; its first value is the rows of an output that depends on the data."""
    array = np.arange(24, dtype=np.float32).reshape(1, 3, 2, 4)
    array.flat[0] = first
    return array


def test_that_an_inference_goes_over_the_device_and_comes_back(
    opened: Callable[..., TRTInference], trt: Any, cudart: FakeCudart
) -> None:
    engine = opened()
    assert engine.inputs == (TensorSpec("images", (1, 3, 2, 4), "float32"),)
    assert engine.outputs == (TensorSpec("output0", (1, 6, 4), "float32"),)
    assert engine.precisions == {"f32": 1, "i8": 1}
    assert engine.memory_bytes == 4096
    assert engine.device_us() is None
    (result,) = engine.run(frame())
    assert np.array_equal(result, 2 * frame().reshape(1, 6, 4))
    assert cudart.calls("cudaMemcpyToDevice") == [96]
    assert cudart.calls("cudaMemcpyToHost") == [96]
    assert len(cudart.calls("cudaStreamSynchronize")) == 1
    assert engine.device_us() == (1000.0, 5000.0, 1000.0)
    assert trt.seen.calls[-1][0] == "execute"
    assert trt.seen.calls[-1][1] != 0, "the default stream waits for all others"


def test_that_memory_is_taken_once(opened: Callable[..., TRTInference], cudart: FakeCudart) -> None:
    engine = opened()
    before = cudart.live()
    assert before == {"device": 2, "pinned": 2, "stream": 1, "event": 4}
    for _ in range(5):
        engine.run(frame())
    assert cudart.live() == before
    assert cudart.calls("cudaMalloc") == [96, 96]


def test_that_forks_have_streams_and_memory_of_their_own(opened: Callable[..., TRTInference], trt: Any) -> None:
    first = opened()
    second = first.fork()
    first.copy_in(frame(1.0))
    second.copy_in(frame(5.0))
    for engine in (first, second):
        engine.execute()
    assert first.copy_out()[0].flat[0] == 2.0
    assert second.copy_out()[0].flat[0] == 10.0
    streams = {stream for name, stream in trt.seen.calls if name == "execute"}
    assert len(streams) == 2
    first.close()
    second.copy_in(frame(7.0))
    second.execute()
    assert second.copy_out()[0].flat[0] == 14.0
    assert trt.seen.live == 1
    second.close()
    assert trt.seen.live == 0


def test_that_a_closed_engine_can_be_closed_again_and_does_nothing_else(
    opened: Callable[..., TRTInference], trt: Any, cudart: FakeCudart
) -> None:
    engine = opened()
    engine.close()
    engine.close()
    assert not cudart.live()
    assert trt.seen.live == 0
    for call in (lambda: engine.copy_in(frame()), engine.execute, engine.copy_out, engine.fork):
        with pytest.raises(CommandError, match="the engine was closed"):
            call()


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((1, 3, 2, 4)),
        np.zeros((1, 3, 4, 2), np.float32),
        np.zeros((1, 2, 4, 3), np.float32).transpose(0, 3, 1, 2),
        np.zeros(0, np.float32),
    ],
)
def test_that_an_input_of_another_shape_type_or_layout_is_refused(
    opened: Callable[..., TRTInference], cudart: FakeCudart, array: Any
) -> None:
    engine = opened()
    with pytest.raises(CommandError, match=r"the engine takes float32 of \(1, 3, 2, 4\), not ") as caught:
        engine.copy_in(array)
    assert caught.value.code == E_INVALID_SIZE
    assert cudart.calls("cudaMemcpyToDevice") == []


@pytest.mark.parametrize("rows", [0, 1, 10])
def test_that_an_output_whose_shape_depends_on_the_data_is_as_large_as_the_data(
    opened: Callable[..., TRTInference], cudart: FakeCudart, rows: int
) -> None:
    engine = opened(outputs=[*MODEL["outputs"], *ROWS])
    assert engine.outputs[1] == TensorSpec("rows", (0, 6), "float32")
    fixed, found = engine.run(frame(rows))
    assert found.shape == (rows, 6)
    assert np.array_equal(found.ravel(), np.resize(frame(rows), rows * 6))
    assert fixed.shape == (1, 6, 4)
    assert cudart.calls("cudaMemcpyToHost") == [96, *([rows * 24] if rows else [])]
    assert cudart.calls("cudaMalloc") == [96, 96, 240]


def test_that_an_output_that_outgrows_what_was_said_gets_more_memory(
    opened: Callable[..., TRTInference], cudart: FakeCudart
) -> None:
    engine = opened(outputs=[{**ROWS[0], "most_bytes": -1}])
    for rows in (3, 20, 2):
        assert engine.run(frame(rows))[0].shape == (rows, 6)
    assert cudart.calls("cudaMalloc") == [96, 1, 72, 480]


def test_that_an_output_without_memory_fails_the_inference_and_no_more(
    opened: Callable[..., TRTInference], cudart: FakeCudart
) -> None:
    engine = opened(outputs=ROWS)
    cudart.fail("cudaMalloc", 2)
    engine.copy_in(frame(11))
    with pytest.raises(CommandError, match="TensorRT failed in an inference"):
        engine.execute()
    cudart.fail("nothing", 0)
    assert engine.run(frame(11))[0].shape == (11, 6)


def test_that_an_output_that_asks_for_too_much_is_refused(opened: Callable[..., TRTInference]) -> None:
    engine = opened(outputs=ROWS)
    (tensor,) = engine._outputs
    assert tensor.reallocate(MAX_OUTPUT_BYTES + 1) == 0
    assert tensor.reallocate(10) == tensor.address != 0


def test_that_an_output_that_came_to_be_larger_than_its_memory_is_not_read(opened: Callable[..., TRTInference]) -> None:
    engine = opened(outputs=[{**ROWS[0], "lie": 5}])
    engine.copy_in(frame(10))
    engine.execute()
    with pytest.raises(CommandError, match=r"the output rows came to be \[15, 11\], more than the 240 bytes"):
        engine.copy_out()


def test_that_an_output_that_tensorrt_keeps_on_the_host_is_not_copied(
    opened: Callable[..., TRTInference], cudart: FakeCudart
) -> None:
    engine = opened(outputs=[{"name": "count", "shape": [2], "dtype": "INT32", "on_host": True}])
    assert engine.run(frame(9))[0].tolist() == [9, 1]
    assert cudart.calls("cudaMemcpyToHost") == []


def test_that_half_and_whole_numbers_come_out_in_their_own_types(opened: Callable[..., TRTInference]) -> None:
    outputs = [{"name": "a", "shape": [4], "dtype": "HALF"}, {"name": "b", "shape": [4], "dtype": "INT64"}]
    half, whole = opened(outputs=outputs).run(frame())
    assert (half.dtype, whole.dtype) == (np.float16, np.int64)
    assert whole.tolist() == [1, 1, 2, 3]


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("cudaStreamCreateWithFlags", 0),
        *((name, after) for name in ("cudaMalloc", "cudaHostAlloc", "cudaEventCreate") for after in (0, 1)),
    ],
)
def test_that_an_engine_that_finds_no_memory_leaves_none_behind(
    trt: Any, cudart: FakeCudart, name: str, after: int
) -> None:
    cudart.fail(name, 2, after)
    with pytest.raises(CommandError, match="cudaErrorMemoryAllocation"):
        TRTInference(plan_of(trt), OPTIONS)
    assert not cudart.live()


@pytest.mark.parametrize("name", ["cudaMemcpyToDevice", "cudaEventRecord"])
def test_that_a_copy_that_cuda_refuses_is_told_in_its_words(
    opened: Callable[..., TRTInference], cudart: FakeCudart, name: str
) -> None:
    engine = opened()
    cudart.fail(name, 700)
    with pytest.raises(CommandError, match=r"cudaErrorIllegalAddress \(an illegal memory access") as caught:
        engine.copy_in(frame())
    assert "only a new process" in caught.value.hint
    cudart.fail("nothing", 0)


@pytest.mark.parametrize("name", ["cudaMemcpyToHost", "cudaStreamSynchronize"])
def test_that_a_failed_execution_is_told_in_cudas_words(
    opened: Callable[..., TRTInference], cudart: FakeCudart, name: str
) -> None:
    engine = opened()
    engine.copy_in(frame())
    cudart.fail(name, 719)
    with pytest.raises(CommandError, match=r"cudaErrorLaunchFailure \(unspecified launch failure\)"):
        engine.execute()
    cudart.fail("nothing", 0)


def test_that_a_launch_that_tensorrt_refuses_is_told_in_its_words(opened: Callable[..., TRTInference]) -> None:
    engine = opened()
    engine.copy_in(frame(-1))
    with pytest.raises(CommandError, match="TensorRT failed in an inference") as caught:
        engine.execute()
    assert caught.value.code == E_RUNTIME
    assert "ERROR: [executionContext] the launch failed" in caught.value.detail


def test_that_an_engine_of_another_version_is_refused_with_the_log(trt: Any) -> None:
    foreign = MAGIC + json.dumps({**MODEL, "version": "8.0.0"}).encode()
    with pytest.raises(CommandError, match="cannot load the engine") as caught:
        TRTInference(foreign, OPTIONS)
    assert f"expecting library version {trt.__version__} got 8.0.0" in caught.value.detail
    assert "build it again on this board" in caught.value.hint


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"vtrt....", "one of TensorRT for RTX; the deployment asks for TensorRT"),
        (b"\x10\0\0\0{'a': 1}........ftrt", "metadata in front of it, as Ultralytics writes it"),
        (b"not an engine", "do not begin as an engine of TensorRT does"),
    ],
)
def test_that_what_bytes_look_like_is_said_where_they_cannot_be_loaded(trt: Any, data: bytes, hint: str) -> None:
    with pytest.raises(CommandError) as caught:
        TRTInference(data, OPTIONS)
    assert hint in caught.value.hint


def test_that_an_engine_for_another_board_is_refused_before_tensorrt_sees_it(trt: Any) -> None:
    built = {**BUILT, "gpu": "Xavier", "compute_capability": "7.2", "version": trt.__version__}
    with pytest.raises(CommandError) as caught:
        TRTInference(plan_of(trt), OPTIONS._replace(built=built))
    text = "built for another board: gpu Xavier, here it is Fake Orin; compute capability 7.2, here it is 8.7"
    assert text in caught.value.summary
    assert ("deserialise", -1) not in trt.seen.calls


def test_that_another_driver_is_only_noted(
    opened: Callable[..., TRTInference], trt: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    opened(OPTIONS._replace(built={**BUILT, "version": trt.__version__, "driver": "12.2"}))
    assert "built with driver 12.2, here it is 12.6" in capsys.readouterr().err


def test_that_tensorrt_is_never_touched_without_a_device(trt: Any, cudart: FakeCudart) -> None:
    cudart.reset(devices=0)
    cuda_memory.open_cuda.cache_clear()
    with pytest.raises(CommandError, match="no CUDA device can be used here") as caught:
        TRTInference(plan_of(trt), OPTIONS)
    assert caught.value.code == E_MISSING
    assert trt.seen.calls == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"no_context": True}, "TensorRT gave no execution context"),
        ({"inputs": MODEL["inputs"] * 2}, "the engine has 2 inputs; one was expected"),
        ({"inputs": [{**MODEL["inputs"][0], "shape": [1, 3, -1, 4]}]}, "input images has no fixed shape"),
        ({"outputs": [{**MODEL["outputs"][0], "dtype": "BF16"}]}, "of type BF16, which numpy does not have"),
        ({"outputs": [{**MODEL["outputs"][0], "refused": True}]}, "TensorRT takes no memory for output0"),
    ],
)
def test_that_an_engine_that_cannot_be_run_is_refused_and_leaves_nothing(
    trt: Any, cudart: FakeCudart, changes: dict[str, Any], text: str
) -> None:
    with pytest.raises(CommandError, match=text):
        TRTInference(plan_of(trt, **changes), OPTIONS)
    assert not cudart.live()


def test_that_an_engine_whose_layers_are_not_told_has_no_precisions(opened: Callable[..., TRTInference]) -> None:
    assert opened(layers_told=["conv", "last"]).precisions == {}


def test_that_a_dla_core_is_chosen_before_the_engine_is_loaded(opened: Callable[..., TRTInference], trt: Any) -> None:
    opened(OPTIONS._replace(dla_core=1))
    assert ("deserialise", 1) in trt.seen.calls


def test_that_a_frame_becomes_detections(trt: Any) -> None:
    outputs = [{"name": "output0", "shape": [1, 6, 4], "dtype": "FLOAT", "factor": 1}]
    preprocess = Preprocessor(Preprocess("rgb", 1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), 2, 4)
    how = Decoding(preprocess, Yolov8(2), 0.5, 0.45, 10)
    engine = TRTInference(plan_of(trt, outputs=outputs), OPTIONS, decoding=how)
    image = np.zeros((2, 4, 3), np.uint8)
    image[..., 0] = 1  # blue, the last channel of the input: rows 4 and 5 of the output, the scores
    image[..., 2] = 3  # red, the first: centre x and y
    found = engine.infer(image)
    again = engine.fork()
    assert isinstance(again, TRTInference)
    assert np.array_equal(again.infer(image).boxes, found.boxes)
    assert found.scores.tolist() == [1.0] * len(found.scores)
    assert len(found.scores) > 0
    for one in (engine, again):
        one.close()


@pytest.mark.parametrize("in_flight", [1, 2])
def test_that_the_measuring_loop_uses_it_as_it_uses_any_engine(
    opened: Callable[..., TRTInference], tmp_path: Path, in_flight: int
) -> None:
    np.save(tmp_path / "pack.npy", np.full((5, 2, 4, 3), 3, np.uint8))
    engine = opened(outputs=[{"name": "output0", "shape": [1, 6, 4], "dtype": "FLOAT"}])
    preprocess = Preprocessor(Preprocess("rgb", 1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), 2, 4)
    pipelines = [Pipeline(engine, preprocess, Yolov8(2), FramePack(str(tmp_path / "pack.npy")), (0.5, 0.45, 10))]
    pipelines += [pipelines[0].fork() for _ in range(in_flight - 1)]
    kept: list[Any] = []

    def send(_job: Job, samples: Samples) -> None:
        kept.append({name: column[: samples.rows].copy() for name, column in samples.columns.items()})
        samples.take()

    meter = Meter(pipelines, send, None, lambda: False)
    outcome = meter.measure(Job(0, 0, 0, 20, None, None, (), in_flight))
    assert (outcome.frames, outcome.errors) == (20, 0)
    rows = {name: np.concatenate([part[name] for part in kept]) for name in kept[0]}
    assert sorted(rows["frame"].tolist()) == sorted([*range(5)] * 4)
    stages = ("queue_us", "preprocess_us", "copy_in_us", "execute_us", "copy_out_us", "decode_us")
    assert np.allclose(sum(rows[stage] for stage in stages), rows["latency_us"], rtol=1e-3)
    assert (rows["copy_in_us"] > 0).all()
    for pipeline in pipelines[1:]:
        pipeline._engine.close()


def test_that_an_engine_without_a_head_decodes_nothing(opened: Callable[..., TRTInference]) -> None:
    engine = opened()
    with pytest.raises(CommandError, match="opened without preprocessing and head") as caught:
        engine.infer(np.zeros((2, 4, 3), np.uint8))
    assert caught.value.code == E_USAGE


@pytest.mark.usefixtures("cudart")
def test_that_a_missing_package_is_told_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for module, words in (("tensorrt", "JetPack brings it"), ("tensorrt_rtx", "pip install tensorrt_rtx")):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(CommandError, match="is not installed in this Python") as caught:
            TRTInference(b"", OPTIONS, module)
        assert caught.value.code == E_MISSING
        assert words in caught.value.hint
        assert "--system-site-packages" in caught.value.hint


def test_that_outputs_have_the_models_order() -> None:
    assert output_order({"outputs": '["boxes", "scores"]'}) == {"boxes": 0, "scores": 1}
    assert output_order({}) == {}


@pytest.mark.parametrize("told", ["[" * 99_999, '"boxes"', '{"boxes": 1}', "[1]", "[", "1"])
def test_that_what_is_no_list_of_outputs_is_refused(told: str) -> None:
    with pytest.raises(CommandError, match="the outputs of the engine are told as") as caught:
        output_order({"outputs": told})
    assert caught.value.code == E_USAGE
