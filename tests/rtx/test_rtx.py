"""Really building with TensorRT for RTX: all candidates of the example and of two public models, without a device."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from targets.agent.protocol import E_MISSING, E_RUNTIME
from workbench.optimise.candidate import Precision, Recipe, make_candidate
from workbench.optimise.model_facts import inspect_model
from workbench.optimise.model_file import load_model
from workbench.optimise.trt_rules import TrtTarget, find_trt_objections

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
Ask = Callable[..., Any]
EXAMPLE = "example"
PUBLIC = ("coco_yolov8n_fp32_derived", "coco_yolox_nano_416_fp32")
RTX = TrtTarget.of("tensorrt_rtx", "1.7.1")


def source_of(name: str, repository: Path) -> Path:
    """A model's file; skips where it is not at hand."""
    if name == EXAMPLE:
        return repository / "resources" / "example" / "model.onnx"
    folder = repository.parent / "shared" / "data" / "models"
    if not folder.is_dir():
        pytest.skip(f"public models are not at hand: {folder} is no folder")
    return folder / f"{name}.onnx"


def make_all(source: Path, folder: Path) -> list[str]:
    """Its candidates as files; noise stands for frames, as ranges say nothing about whether a file can be built."""
    shape = [int(str(axis)) for axis in inspect_model(source).inputs[0].shape]
    frames = [np.random.default_rng(seed).random(shape, dtype=np.float32) for seed in range(2)]
    paths = []
    for precision in Precision:
        candidate = make_candidate(source, Recipe(precision), frames=frames, threads=2)
        path = folder / f"{precision.value}.onnx"
        path.write_bytes(candidate.content)
        paths.append(str(path))
        assert find_trt_objections(load_model(path).model, RTX) == []
    return paths


@pytest.mark.parametrize("name", [EXAMPLE, *PUBLIC])
def test_that_every_candidate_is_built(ask: Ask, repository: Path, tmp_path: Path, name: str) -> None:
    paths = make_all(source_of(name, repository), tmp_path)
    built = ask("build", *paths)
    for precision, one in built.items():
        assert "error" not in one, (precision, one)
        assert one["begins"] == "vtrt"
        assert one["size_bytes"] > 100_000
        assert one["told"] > 0
        facts = one["facts"]
        assert facts["runtime"] == "tensorrt_rtx"
        assert facts["sidecar"]["version"] == facts["runtime_version"]
        assert facts["build_options"]["typing"] == "strong"
    types = {precision: one["types"] for precision, one in ask("parse", *paths).items()}
    assert "CONVOLUTION HALF" not in types["fp32"]
    assert types["fp16"]["CONVOLUTION HALF"] >= types["fp16"].get("CONVOLUTION FLOAT", 0)
    assert types["int8"]["QUANTIZE INT8"] >= types["fp32"]["CONVOLUTION FLOAT"]


def test_that_what_is_refused_on_the_desktop_is_what_the_parser_refuses(ask: Ask, shared_data: Path) -> None:
    paths = sorted((shared_data / "models").glob("*.onnx"))
    parsed = ask("parse", *map(str, paths))
    objections = {path.stem: find_trt_objections(load_model(path).model, RTX) for path in paths}
    assert len(parsed) == len(paths) > 20
    wrong = {name: one["errors"] or "taken" for name, one in parsed.items() if one["taken"] == bool(objections[name])}
    assert wrong == {}
    assert 5 < sum(one["taken"] for one in parsed.values()) < len(paths) - 5


def test_that_a_refused_model_comes_with_every_error_of_the_parser(ask: Ask, shared_data: Path) -> None:
    path = shared_data / "models" / "coco_yolo11n_320_int8_dynamic.onnx"
    error = ask("build", str(path))[path.stem]["error"]
    assert error["code"] == E_RUNTIME
    assert "TensorRT for RTX cannot take coco_yolo11n_320_int8_dynamic.onnx" in error["summary"]
    assert "(DynamicQuantizeLinear)" in error["detail"]
    assert "(ConvInteger)" in error["detail"]


def test_that_an_engine_is_not_loaded_where_there_is_no_device(ask: Ask) -> None:
    """Deserialising without a driver can end the process, so it is refused before."""
    if shutil.which("nvidia-smi") is not None:
        pytest.skip("there is a driver here: tests/gpu loads engines")
    answer = ask("load")
    assert answer["code"] == E_MISSING
    assert "no CUDA device can be used here" in answer["summary"]
