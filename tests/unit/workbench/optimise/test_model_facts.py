"""What is said about a model, and which models are refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from workbench.base.errors import UsageError
from workbench.optimise.model_facts import Quantisation, inspect_model, require_static

if TYPE_CHECKING:
    from collections.abc import Callable

    Save = Callable[[onnx.ModelProto], Path]


def test_that_facts_describe_the_model(detector_path: Path) -> None:
    facts = inspect_model(detector_path)
    assert (facts.opset, facts.ir_version, facts.producer) == (17, 8, "tests")
    assert [str(tensor) for tensor in facts.inputs] == ["images float32[1, 3, 32, 48]"]
    assert [tensor.shape for tensor in facts.outputs] == [(1, 7, 96)]
    assert facts.class_names == ("car", "lorry", "sign")
    assert facts.weight_dtype == "float32"
    assert facts.quantisation is None
    assert facts.dynamic_axes == ()
    assert facts.checker is None
    assert dict(facts.operators)["Conv"] == 7
    assert facts.node_count == sum(count for _, count in facts.operators)
    assert facts.parameter_count > 7000
    require_static(facts)


def test_that_dynamic_axes_are_named_and_refused(detector: onnx.ModelProto, save: Save) -> None:
    axes = detector.graph.input[0].type.tensor_type.shape.dim
    axes[0].dim_param = "batch"
    axes[2].ClearField("dim_value")
    facts = inspect_model(save(detector))
    assert facts.dynamic_axes == ("images axis 0 (batch)", "images axis 2")
    with pytest.raises(UsageError, match=r"images axis 0 \(batch\), images axis 2") as caught:
        require_static(facts)
    assert "--input-size 640x640" in caught.value.hint


def test_that_a_second_input_is_refused(detector: onnx.ModelProto, save: Save) -> None:
    detector.graph.input.append(helper.make_tensor_value_info("sizes", TensorProto.INT64, [1, 2]))
    with pytest.raises(UsageError, match="has 2 inputs"):
        require_static(inspect_model(save(detector)))


def test_that_initialisers_listed_as_inputs_are_no_inputs(detector: onnx.ModelProto, save: Save) -> None:
    for tensor in detector.graph.initializer:
        detector.graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
    assert [tensor.name for tensor in inspect_model(save(detector)).inputs] == ["images"]


@pytest.mark.parametrize(
    ("operator", "quantisation"),
    [
        ("QuantizeLinear", Quantisation.QDQ),
        ("ConvInteger", Quantisation.DYNAMIC),
        ("QLinearConv", Quantisation.QOPERATOR),
    ],
)
def test_that_a_quantised_model_is_seen(
    detector: onnx.ModelProto, save: Save, operator: str, quantisation: Quantisation
) -> None:
    detector.graph.node.append(helper.make_node(operator, ["images"], ["unused"]))
    assert inspect_model(save(detector)).quantisation is quantisation


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("{0: 'car', 1: \"it's (one)\"}", ("car", "it's (one)")),
        ('{"1": "b", "0": "a"}', ("a", "b")),
        ('["a", "b"]', ("a", "b")),
        ("('a', 'b')", ("a", "b")),
        ("{0: 'car', 2: 'gap'}", None),
        ("__import__('os').system('true')", None),
        ("[" * 500 + "]" * 500, None),
        ("(" * 100_000, None),
        ("'" + "x" * 300_000 + "'", None),
        ("{0: ['nested']}", None),
        ("[]", None),
        ("no literal", None),
        ("", None),
    ],
)
def test_that_class_names_are_read_without_running_anything(
    detector: onnx.ModelProto, save: Save, value: str, names: tuple[str, ...] | None
) -> None:
    helper.set_model_props(detector, {"names": value})
    assert inspect_model(save(detector)).class_names == names


def test_that_a_model_that_asks_for_a_huge_tensor_is_refused(detector: onnx.ModelProto, save: Save) -> None:
    shape = onnx.numpy_helper.from_array(np.array([2**20, 2**20], dtype=np.int64), "huge")
    detector.graph.initializer.append(shape)
    detector.graph.node.append(helper.make_node("ConstantOfShape", ["huge"], ["bomb"]))
    with pytest.raises(UsageError, match="computes a tensor of"):
        inspect_model(save(detector))


def test_that_what_the_checker_objects_to_is_told_but_no_refusal(detector: onnx.ModelProto, save: Save) -> None:
    nodes = list(detector.graph.node)
    del detector.graph.node[:]
    detector.graph.node.extend(reversed(nodes))
    assert "topologically sorted" in (inspect_model(save(detector)).checker or "")
