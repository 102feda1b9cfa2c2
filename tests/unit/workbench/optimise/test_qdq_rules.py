"""Each rule finds its breach, and names itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from workbench.base.errors import SlipwayError
from workbench.optimise.calibration import calibrate
from workbench.optimise.int8 import quantise
from workbench.optimise.qdq_rules import RULES, check_qdq, require_rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.optimise.cleanup import CleanModel


@pytest.fixture
def quantised(cleaned: CleanModel, frames: list[NDArray[np.float32]]) -> onnx.ModelProto:
    return quantise(cleaned, calibrate(cleaned, frames))


def pair(model: onnx.ModelProto, source: str) -> tuple[onnx.NodeProto, onnx.NodeProto]:
    quantiser = next(node for node in model.graph.node if node.op_type == "QuantizeLinear" and node.input[0] == source)
    return quantiser, next(node for node in model.graph.node if quantiser.output[0] in node.input)


def replace(model: onnx.ModelProto, name: str, values: NDArray[np.generic]) -> None:
    tensor = next(tensor for tensor in model.graph.initializer if tensor.name == name)
    tensor.CopyFrom(numpy_helper.from_array(values, name))


def new_opset(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 19


def old_opset(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 12


def new_ir(model: onnx.ModelProto) -> None:
    model.ir_version = 9


def no_zero_point(model: onnx.ModelProto) -> None:
    del pair(model, "images")[1].input[2]


def unsigned_zero_point(model: onnx.ModelProto) -> None:
    replace(model, pair(model, "images")[0].input[2], np.array(0, dtype=np.uint8))


def wide_zero_point(model: onnx.ModelProto) -> None:
    replace(model, pair(model, "images")[0].input[2], np.array(0, dtype=np.int16))


def shifted_zero_point(model: onnx.ModelProto) -> None:
    replace(model, pair(model, "images")[0].input[2], np.array(3, dtype=np.int8))


def zero_scale(model: onnx.ModelProto) -> None:
    replace(model, pair(model, "images")[0].input[1], np.array(0, dtype=np.float32))


def half_scale(model: onnx.ModelProto) -> None:
    replace(model, pair(model, "images")[0].input[1], np.array(0.1, dtype=np.float16))


def nan_scale(model: onnx.ModelProto) -> None:
    replace(model, pair(model, "images")[0].input[1], np.array(np.nan, dtype=np.float32))


def integer_bias(model: onnx.ModelProto) -> None:
    conv = next(node for node in model.graph.node if node.name == "/stage1/Conv")
    model.graph.initializer.append(numpy_helper.from_array(np.zeros(16, dtype=np.int32), "bias32"))
    zero = numpy_helper.from_array(np.array(0, dtype=np.int8), "bias_zero")
    model.graph.initializer.extend([numpy_helper.from_array(np.array(0.1, dtype=np.float32), "bias_scale"), zero])
    model.graph.node.append(
        helper.make_node("DequantizeLinear", ["bias32", "bias_scale", "bias_zero"], ["bias"], name="BiasDQ")
    )
    conv.input[2] = "bias"


def stored_integer_weight(model: onnx.ModelProto) -> None:
    quantiser, dequantiser = pair(model, "/stage1/Conv.weight")
    model.graph.initializer.append(numpy_helper.from_array(np.zeros((16, 8, 3, 3), dtype=np.int8), "stored8"))
    dequantiser.input[0] = "stored8"
    model.graph.node.remove(quantiser)


def integer_reader(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Cast", [pair(model, "images")[0].output[0]], ["c"], name="Odd", to=1))


def wrong_axis(model: onnx.ModelProto) -> None:
    for node in pair(model, "/stage2/first/Conv.weight"):
        next(item for item in node.attribute if item.name == "axis").i = 1


def too_few_scales(model: onnx.ModelProto) -> None:
    replace(model, pair(model, "/stage1/Conv.weight")[0].input[1], np.full(5, 0.1, dtype=np.float32))


def channel_activation(model: onnx.ModelProto) -> None:
    replace(model, pair(model, "images")[0].input[1], np.full(3, 0.1, dtype=np.float32))


def dynamic_integer(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("ConvInteger", ["a", "b"], ["c"], name="CI"))


def linear_operator(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("QLinearConv", ["a", "b"], ["c"], name="QL"))


def vendor_domain(model: onnx.ModelProto) -> None:
    pair(model, "images")[0].domain = "com.microsoft"


def unclipped(model: onnx.ModelProto) -> None:
    clip = next(node for node in model.graph.node if node.op_type == "Clip")
    pair(model, clip.output[0])[0].input[0] = clip.input[0]
    model.graph.node.remove(clip)


def twice(model: onnx.ModelProto) -> None:
    quantiser, dequantiser = pair(model, "images")
    second, third = onnx.NodeProto(), onnx.NodeProto()
    second.CopyFrom(quantiser)
    third.CopyFrom(dequantiser)
    second.name, third.name = "second", "third"
    second.input[0], second.output[0] = dequantiser.output[0], "again_q"
    third.input[0], third.output[0] = "again_q", "again"
    model.graph.node.extend([second, third])


BREACHES: list[tuple[Callable[[onnx.ModelProto], None], str]] = [
    (new_opset, "opset"),
    (old_opset, "opset"),
    (new_ir, "ir-version"),
    (no_zero_point, "zero-point"),
    (unsigned_zero_point, "zero-point"),
    (wide_zero_point, "zero-point"),
    (shifted_zero_point, "zero-point"),
    (zero_scale, "scale"),
    (half_scale, "scale"),
    (nan_scale, "scale"),
    (integer_bias, "bias"),
    (stored_integer_weight, "weight-pair"),
    (integer_reader, "weight-pair"),
    (wrong_axis, "channel-axis"),
    (too_few_scales, "channel-axis"),
    (channel_activation, "per-tensor-activations"),
    (dynamic_integer, "operators"),
    (linear_operator, "operators"),
    (vendor_domain, "operators"),
    (unclipped, "behind-concat"),
    (twice, "placement"),
]


def test_that_the_recipe_breaks_no_rule(quantised: onnx.ModelProto) -> None:
    assert check_qdq(quantised) == []
    require_rules(quantised)


@pytest.mark.parametrize(("breach", "rule"), BREACHES)
def test_that_a_breach_is_refused_with_its_rule_named(
    quantised: onnx.ModelProto, breach: Callable[[onnx.ModelProto], None], rule: str
) -> None:
    breach(quantised)
    assert rule in {item.rule for item in check_qdq(quantised)}
    with pytest.raises(SlipwayError, match=rule) as caught:
        require_rules(quantised)
    assert f"{rule} is a rule because" in caught.value.detail
    assert caught.value.hint


def test_that_every_rule_has_a_breach_here() -> None:
    assert {rule.name for rule in RULES} == {rule for _, rule in BREACHES}


@pytest.mark.allow_warnings
def test_that_onnx_runtimes_default_recipe_breaks_the_rules(
    cleaned: CleanModel, frames: list[NDArray[np.float32]], tmp_path: Path
) -> None:
    from onnxruntime.quantization import CalibrationDataReader, quantize_static

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.frames = iter(frames)

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            return next(({"images": frame} for frame in self.frames), None)

    path = tmp_path / "default.onnx"
    quantize_static(cleaned.model(), path, Reader(), per_channel=True)
    assert {"zero-point", "bias", "weight-pair"} <= {item.rule for item in check_qdq(onnx.load(str(path)))}
