"""Clean-up changes the graph, not what it computes; the same source gives the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import helper

from workbench.base.errors import UsageError
from workbench.optimise import cleanup
from workbench.optimise.cleanup import clean, name_nodes, serialise, sort_nodes
from workbench.optimise.model_file import load_model
from workbench.reference import open_session, run_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from workbench.optimise.cleanup import CleanModel

    Save = Callable[[onnx.ModelProto], Path]


def test_that_norms_are_fused_and_outputs_stay(cleaned: CleanModel, frames: list[NDArray[np.float32]]) -> None:
    model = cleaned.model()
    assert "BatchNormalization" not in {node.op_type for node in model.graph.node}
    before, after = (open_session(content, 1) for content in (cleaned.source, cleaned.content))
    for frame in frames:
        (expected,), (got,) = (run_session(session, "images", frame) for session in (before, after))
        np.testing.assert_allclose(got, expected, atol=1e-5)
    assert 0.0 <= cleaned.max_abs < 1e-4
    assert cleaned.notes == ()


def test_that_metadata_and_names_survive(cleaned: CleanModel) -> None:
    model = cleaned.model()
    assert {entry.key for entry in model.metadata_props} == {"names", "stride"}
    assert {"/stem/Conv", "/head/Concat"} <= {node.name for node in model.graph.node}
    onnx.checker.check_model(model, full_check=True)


def test_that_other_hash_seeds_give_the_same_bytes(detector_path: Path, cleaned: CleanModel) -> None:
    script = (
        "import sys; from pathlib import Path; from workbench.optimise.model_file import load_model;"
        "from workbench.optimise.cleanup import clean; print(clean(load_model(Path(sys.argv[1]))).sha256)"
    )
    command = [sys.executable, "-c", script, str(detector_path)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONHASHSEED": "77"}, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == cleaned.sha256


def test_that_a_clean_up_that_changes_outputs_is_left_out(detector_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(model: onnx.ModelProto) -> onnx.ModelProto:
        spoilt = onnx.ModelProto()
        spoilt.CopyFrom(model)
        weight = next(tensor for tensor in spoilt.graph.initializer if tensor.name == "/head/scores/Conv.weight")
        weight.raw_data = np.full(48, 0.5, dtype=np.float32).tobytes()
        return spoilt

    monkeypatch.setattr(cleanup, "_slim", spoil)
    cleaned = clean(load_model(detector_path))
    assert any("left out" in note for note in cleaned.notes)
    assert cleaned.max_abs == 0.0
    assert "BatchNormalization" in {node.op_type for node in cleaned.model().graph.node}


def test_that_a_quantised_source_is_left_as_it_is(detector: onnx.ModelProto, save: Save) -> None:
    scale = onnx.numpy_helper.from_array(np.array(0.1, dtype=np.float32), "scale")
    zero = onnx.numpy_helper.from_array(np.array(0, dtype=np.int8), "zero")
    detector.graph.initializer.extend([scale, zero])
    detector.graph.node.insert(0, helper.make_node("QuantizeLinear", ["images", "scale", "zero"], ["images_q"]))
    detector.graph.node.insert(1, helper.make_node("DequantizeLinear", ["images_q", "scale", "zero"], ["images_dq"]))
    detector.graph.node[2].input[0] = "images_dq"
    cleaned = clean(load_model(save(detector)))
    assert cleaned.model() == detector
    assert "quantised already (QDQ)" in cleaned.notes[0]


def test_that_dynamic_axes_are_refused(detector: onnx.ModelProto, save: Save) -> None:
    detector.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "batch"
    with pytest.raises(UsageError, match=r"images axis 0 \(batch\)"):
        clean(load_model(save(detector)))


def test_that_every_node_gets_a_name_of_its_own() -> None:
    nodes = [
        helper.make_node("Relu", [str(i)], [str(i + 1)], name=name)
        for i, name in enumerate(["", "Relu_1", "", "a", "a"])
    ]
    model = helper.make_model(helper.make_graph(nodes, "g", [], []))
    name_nodes(model)
    names = [node.name for node in model.graph.node]
    assert len(set(names)) == 5
    assert all(names)
    assert {"Relu_1", "a"} <= set(names)


def test_that_nodes_are_put_behind_what_they_read(detector: onnx.ModelProto) -> None:
    wanted = [node.name for node in detector.graph.node]
    sort_nodes(detector)
    assert [node.name for node in detector.graph.node] == wanted
    nodes = list(detector.graph.node)
    shuffled = onnx.GraphProto(node=[*nodes[5:], *nodes[:5]])
    detector.graph.ClearField("node")
    detector.graph.node.extend(shuffled.node)
    sort_nodes(detector)
    assert sorted(node.name for node in detector.graph.node) == sorted(wanted)
    onnx.checker.check_model(detector, full_check=True)


def test_that_a_public_model_is_raised_and_computes_the_same(shared_data: Path) -> None:
    cleaned = clean(load_model(shared_data / "models" / "face_ultraface_rfb320_fp32.onnx"))
    assert cleaned.notes == ("opset raised from 9 to 17",)
    assert cleaned.max_abs < 1e-5
    assert serialise(cleaned.model()) == cleaned.content


def test_that_a_public_model_is_lowered_and_computes_the_same(shared_data: Path) -> None:
    cleaned = clean(load_model(shared_data / "models" / "coco_yolov8n_fp32_derived.onnx"), threads=2)
    assert cleaned.notes == ("opset lowered from 20 to 17, for TensorRT 8.x",)
    assert cleaned.max_abs < 1e-3
