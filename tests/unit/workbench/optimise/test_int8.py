"""INT8 candidates follow the recipe: what is quantised, what is kept, and what is refused."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from workbench.base.errors import UsageError
from workbench.optimise.calibration import calibrate
from workbench.optimise.cleanup import clean, serialise
from workbench.optimise.deviation import Deviation
from workbench.optimise.int8 import quantise
from workbench.optimise.model_file import load_model
from workbench.optimise.qdq_rules import check_qdq
from workbench.reference import open_session, run_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from workbench.optimise.cleanup import CleanModel

    Frames = list[NDArray[np.float32]]
    Save = Callable[[onnx.ModelProto], Path]


def floats_in(model: onnx.ModelProto) -> set[str]:
    """Names of weighty nodes whose inputs come through no pair."""
    made = {name: node.op_type for node in model.graph.node for name in node.output}
    weighty = [node for node in model.graph.node if node.op_type in {"Conv", "ConvTranspose", "MatMul", "Gemm"}]
    return {node.name for node in weighty if "DequantizeLinear" not in {made.get(name) for name in node.input[:2]}}


def test_that_every_convolution_gets_its_pairs(cleaned: CleanModel, frames: Frames) -> None:
    model = quantise(cleaned, calibrate(cleaned, frames))
    counts = Counter(node.op_type for node in model.graph.node)
    assert counts["QuantizeLinear"] == counts["DequantizeLinear"] == 7 + 8  # two of the eight share their input
    assert floats_in(model) == set()
    assert {entry.key for entry in model.metadata_props} == {"names", "stride"}
    assert (model.producer_name, model.opset_import[0].version, len(model.opset_import)) == ("tests", 17, 1)
    onnx.checker.check_model(model, full_check=True)


def test_that_scales_are_those_of_the_calibration(cleaned: CleanModel, frames: Frames) -> None:
    calibration = calibrate(cleaned, frames)
    model = quantise(cleaned, calibration)
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    limits = dict(calibration.limits)
    clipped = {node.output[0]: node for node in model.graph.node if node.op_type == "Clip"}
    checked = 0
    for node in model.graph.node:
        clip = clipped.get(node.input[0])
        source = node.input[0] if clip is None else clip.input[0]
        if node.op_type == "QuantizeLinear" and source in limits:
            assert float(stored[node.input[1]]) == pytest.approx(limits[source] / 127, rel=1e-6)
            checked += 1
        elif clip is not None:
            pytest.fail(f"the Clip {clip.name} stands in front of no pair")
        elif node.op_type == "QuantizeLinear":
            weight, scale = stored[node.input[0]], stored[node.input[1]]
            axis = next(item.i for item in node.attribute if item.name == "axis")
            others = tuple(index for index in range(weight.ndim) if index != axis)
            np.testing.assert_allclose(np.abs(weight).max(axis=others), 127 * scale, rtol=1e-5)
    assert checked == 7


def test_that_int8_is_near_its_parent(cleaned: CleanModel, frames: Frames, fresh_frames: Frames) -> None:
    content = serialise(quantise(cleaned, calibrate(cleaned, frames)))
    for level in ("none", "basic"):
        deviation = Deviation()
        parent, candidate = open_session(cleaned.content, 1), open_session(content, 1, optimise=level)
        for frame in fresh_frames:
            deviation.add(run_session(parent, "images", frame), run_session(candidate, "images", frame))
        assert {part.part for part in deviation.result()} == {"boxes", "scores"}
        assert all(part.snr_db is not None and 15 < part.snr_db < 60 for part in deviation.result())


def test_that_a_concat_is_clipped_to_its_range_and_reads_float(cleaned: CleanModel, frames: Frames) -> None:
    calibration = calibrate(cleaned, frames)
    model = quantise(cleaned, calibration)
    nodes = {node.name: node for node in model.graph.node}
    stored = {
        tensor.name: float(numpy_helper.to_array(tensor)) for tensor in model.graph.initializer if not tensor.dims
    }
    clip = nodes["/neck/Concat_Clip"]
    limit = dict(calibration.limits)["/neck/Concat_out"]
    assert [stored[name] for name in clip.input[1:]] == pytest.approx([-limit, limit], rel=1e-6)
    assert list(nodes["/neck/Concat"].input) == ["/neck/Up_out", "/stem/Relu_out"]
    assert [node.name for node in model.graph.node if node.op_type == "Clip"] == ["/neck/Concat_Clip"]


def test_that_the_same_frames_give_the_same_bytes(cleaned: CleanModel, frames: Frames) -> None:
    first, second = (serialise(quantise(cleaned, calibrate(cleaned, iter(frames)))) for _ in range(2))
    assert first == second


def test_that_kept_nodes_read_float(cleaned: CleanModel, frames: Frames) -> None:
    calibration = calibrate(cleaned, frames)
    model = quantise(cleaned, calibration, ["/head/boxes/Conv", "/stage2/*"])
    assert floats_in(model) == {"/head/boxes/Conv", "/stage2/first/Conv", "/stage2/second/Conv"}
    readers = {node.name: node for node in model.graph.node}
    assert readers["/head/boxes/Conv"].input[0] == "/neck/Relu_out"
    assert readers["/head/scores/Conv"].input[0] != "/neck/Relu_out"
    assert readers["/stage2/Add"].input[1] == "/stage1/Relu_out"
    assert check_qdq(model) == []
    used = {name for node in model.graph.node for name in node.input}
    outputs = {value.name for value in model.graph.output}
    assert all(set(node.output) & (used | outputs) for node in model.graph.node)
    assert {tensor.name for tensor in model.graph.initializer} <= used


def test_that_a_node_that_is_not_there_is_refused_with_near_ones(cleaned: CleanModel, frames: Frames) -> None:
    calibration = calibrate(cleaned, frames)
    with pytest.raises(UsageError, match="'/head/box/Conv'") as caught:
        quantise(cleaned, calibration, ["/head/box/Conv"])
    assert "'/head/boxes/Conv'" in caught.value.hint
    with pytest.raises(UsageError, match="'/tail/\\*'"):
        quantise(cleaned, calibration, ["/tail/*"])


def test_that_keeping_everything_is_refused(cleaned: CleanModel, frames: Frames) -> None:
    with pytest.raises(UsageError, match="Nothing is left to quantise"):
        quantise(cleaned, calibrate(cleaned, frames), ["*"])


def test_that_matrix_products_are_quantised_on_their_own_axes(
    matrices: onnx.ModelProto, save: Save, frames: Frames
) -> None:
    cleaned = clean(load_model(save(matrices)))
    model = quantise(cleaned, calibrate(cleaned, frames))
    assert floats_in(model) == set()
    assert check_qdq(model) == []
    open_session(serialise(model), 1)


def test_that_a_calibration_of_another_model_is_refused(
    cleaned: CleanModel, matrices: onnx.ModelProto, save: Save, frames: Frames
) -> None:
    other = clean(load_model(save(matrices)))
    with pytest.raises(UsageError, match="on another model"):
        quantise(cleaned, calibrate(other, frames))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("coco_yolov8n_int8_qdq", "is quantised already \\(QDQ\\)"),
        ("coco_yolo11n_320_int8_dynamic", "is quantised already \\(integer operators"),
        ("coco_yolox_nano_416_fp16io_derived", "has float16 weights"),
    ],
)
def test_that_int8_from_what_is_not_float32_is_refused(shared_data: Path, name: str, said: str) -> None:
    from workbench.optimise.int8 import require_quantisable

    with pytest.raises(UsageError, match=said):
        require_quantisable(clean(load_model(shared_data / "models" / f"{name}.onnx"), threads=2))


def test_that_a_public_model_of_opset_11_is_quantised(shared_data: Path) -> None:
    cleaned = clean(load_model(shared_data / "models" / "coco_fastestdet_352_fp32.onnx"))
    frame = np.random.default_rng(4).random((1, 3, 352, 352), dtype=np.float32)
    model = quantise(cleaned, calibrate(cleaned, [frame]))
    assert check_qdq(model) == []
    open_session(serialise(model), 1)
