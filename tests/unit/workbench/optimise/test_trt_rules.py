"""What TensorRT cannot take: each rule on a model that breaks it, and on real models that are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from workbench.base.errors import UsageError
from workbench.optimise.model_file import load_model
from workbench.optimise.trt_rules import TrtTarget, find_trt_objections, group_objections, require_trt

OLD, TEN, ELEVEN = (TrtTarget.of("tensorrt", version) for version in ("8.6", "10.3.0", "11.4.0"))
RTX = TrtTarget.of("tensorrt_rtx", "1.7.1.116")
ANY = TrtTarget.of("tensorrt", None)
_SCALE, _ZERO = np.float32(0.1), np.int8(0)


def model_of(nodes: list[Any], stored: dict[str, Any], opset: int = 17, **more: Any) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in stored.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, **more)


def paired(scale: Any = _SCALE, zero: Any = _ZERO, zero_given: bool = True) -> onnx.ModelProto:
    """One activation through a pair."""
    inputs = ["x", "scale", *(["zero"] if zero_given else [])]
    nodes = [
        helper.make_node("QuantizeLinear", inputs, ["q"], name="q"),
        helper.make_node("DequantizeLinear", ["q", *inputs[1:]], ["y"], name="dq"),
    ]
    return model_of(nodes, {"scale": scale, **({"zero": zero} if zero_given else {})})


def stored_pair(value: Any) -> onnx.ModelProto:
    """A DQ that stands on stored numbers."""
    nodes = [
        helper.make_node("DequantizeLinear", ["w", "scale", "zero"], ["a"], name="dq"),
        helper.make_node("Add", ["x", "a"], ["y"], name="add"),
    ]
    zero = np.zeros((), value.dtype)
    return model_of(nodes, {"w": value, "scale": np.float32(0.1), "zero": zero})


def one(kind: str, domain: str = "", opset: int = 17) -> onnx.ModelProto:
    return model_of([helper.make_node(kind, ["x"], ["y"], name="it", domain=domain)], {}, opset)


def words(model: onnx.ModelProto, target: TrtTarget) -> str:
    return "\n".join(text for text, _ in group_objections(find_trt_objections(model, target)))


@pytest.mark.parametrize(
    ("model", "refusing", "taking", "text"),
    [
        (
            paired(zero=np.int8(3)),
            [OLD, TEN, ELEVEN, RTX, ANY],
            [],
            "a zero point is not 0; TensorRT is symmetric",
        ),
        (paired(zero=np.uint8(0)), [OLD, TEN, ELEVEN, RTX, ANY], [], "values are quantised to uint8"),
        (paired(zero=np.int16(0)), [OLD, ANY], [], "values are quantised to int16"),
        (paired(zero_given=False), [OLD], [TEN, ELEVEN, RTX, ANY], "a Q or DQ has no zero point, which TensorRT 8.6"),
        (paired(scale=np.float32(0)), [OLD, TEN, ANY], [], "a scale is not above 0"),
        (paired(scale=np.float16(0.1)), [OLD], [TEN, ANY], "a scale is float16; TensorRT 8.6 reads it as float32"),
        (stored_pair(np.ones(8, np.int32)), [OLD, TEN, ELEVEN, RTX], [], "a bias is int32 behind a DQ"),
        (
            stored_pair(np.ones(8, np.int8)),
            [OLD],
            [TEN, ELEVEN, RTX, ANY],
            "stored as int8 with a DQ alone",
        ),
        (one("ConvInteger"), [OLD, TEN, ELEVEN, RTX, ANY], [], "operators on whole numbers"),
        (one("QLinearSigmoid", "com.microsoft"), [OLD, ANY], [], "operators on whole numbers"),
        (one("Gelu", "com.microsoft"), [OLD, ANY], [], "Gelu of com.microsoft is no operator of ONNX"),
        (one("Gelu", opset=17), [OLD, ELEVEN], [], "Gelu is no operator of ONNX 17"),
        (one("Gelu", opset=20), [OLD], [TEN, ELEVEN, RTX], "opset 20; TensorRT 8.6 knows up to 17"),
        (one("Unique"), [OLD, ANY], [], "Unique is an operator that TensorRT"),
        (one("EfficientNMS_TRT"), [RTX], [OLD, TEN, ANY], "EfficientNMS_TRT is a plugin, and TensorRT for RTX"),
        (one("NonMaxSuppression"), [RTX], [OLD, TEN, ANY], "NonMaxSuppression is an operator that TensorRT for RTX"),
        (paired(), [], [OLD, TEN, ELEVEN, RTX, ANY], ""),
    ],
)
def test_that_each_rule_is_of_the_versions_that_have_it(
    model: onnx.ModelProto, refusing: list[TrtTarget], taking: list[TrtTarget], text: str
) -> None:
    for target in refusing:
        assert text in words(model, target), str(target)
    for target in taking:
        assert words(model, target) == "", str(target)


def test_that_operators_inside_of_branches_are_seen() -> None:
    branch = helper.make_graph(
        [helper.make_node("Unique", ["x"], ["z"], name="inner")],
        "branch",
        [],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)],
    )
    node = helper.make_node("If", ["c"], ["y"], name="if", then_branch=branch, else_branch=branch)
    assert "(inner, inner)" in words(model_of([node], {"c": np.bool_(True)}), TEN)


def test_that_functions_of_the_model_are_for_versions_that_inline_them() -> None:
    function = helper.make_function(
        "mine", "Act", ["a"], ["b"], [helper.make_node("Relu", ["a"], ["b"])], [helper.make_opsetid("", 17)]
    )
    model = model_of([helper.make_node("Act", ["x"], ["y"], name="it", domain="mine")], {}, functions=[function])
    assert "Act is a function of the model; TensorRT 8.6 knows none" in words(model, OLD)
    assert words(model, TEN) == ""


def test_that_a_dla_takes_no_pairs_before_11_4_1() -> None:
    assert words(paired(), TrtTarget.of("tensorrt", "10.3.0", dla=True)) == (
        "a DLA takes no Q/DQ pairs, and the model has 2 of them"
    )
    assert words(paired(), TrtTarget.of("tensorrt", "11.4.1", dla=True)) == ""
    assert words(one("Relu"), TrtTarget.of("tensorrt", "10.3.0", dla=True)) == ""
    assert "runs on no DLA" in words(one("Relu"), TrtTarget.of("tensorrt_rtx", "1.7", dla=True))


def test_that_strings_and_early_bfloat16_are_refused() -> None:
    model = one("Relu")
    model.graph.initializer.append(
        onnx.TensorProto(name="words", data_type=TensorProto.STRING, dims=[1], string_data=[b"a"])
    )
    model.graph.initializer.append(helper.make_tensor("half", TensorProto.BFLOAT16, [1], [1.0]))
    assert words(model, OLD).count("has no tensors of") == 2
    assert words(model, TEN) == "TensorRT 10.3.0 has no tensors of string (words)"


def test_that_a_refusal_names_every_reason_and_the_first_nodes() -> None:
    nodes = [helper.make_node("ConvInteger", ["x"], [f"y{n}"], name=f"conv{n}") for n in range(9)]
    nodes.append(helper.make_node("Unique", ["x"], ["y"], name="unique"))
    with pytest.raises(UsageError, match=r"^TensorRT 10\.3\.0 cannot take the candidate fp32") as caught:
        require_trt(model_of(nodes, {}), TEN, "the candidate fp32")
    assert "(conv0, conv1, conv2, conv3, conv4 and 4 more)" in caught.value.summary
    assert "float32 model that it was made from" in caught.value.hint
    assert "Unique" in caught.value.detail
    require_trt(paired(), TEN, "a sound one")


@pytest.mark.parametrize(
    ("version", "opset"),
    [
        ("8.5.2", 17),
        ("8.6", 17),
        ("10.0.1", 20),
        ("10.3", 20),
        ("10.13.3", 22),
        ("10.16", 24),
        ("11.4", 24),
        ("11.5", 25),
    ],
)
def test_that_the_newest_opset_follows_the_version(version: str, opset: int) -> None:
    assert TrtTarget.of("tensorrt", version).max_opset == opset


KNOWN = {
    "coco_yolov8n_int8_dynamic": "operators on whole numbers",
    "bdd100k_yolov8n_int8_qoperator_dynamic": "operators on whole numbers",
    "coco_yolov8n_int8_qdq": "values are quantised to uint8",
    "coco_yolox_nano_416_fp32": "",
    "coco_yolov5n_fp16": "",
    "person_ssd_mobilenet_v1_025_256_fp32": "",
}


@pytest.mark.parametrize("name", KNOWN)
def test_that_public_models_are_judged_as_is_known_of_them(shared_data: Path, name: str) -> None:
    said = words(load_model(shared_data / "models" / f"{name}.onnx").model, TEN)
    assert KNOWN[name] in said
    assert bool(said) == bool(KNOWN[name])
