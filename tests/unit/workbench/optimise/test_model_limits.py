"""Models that are endless in one way or another are refused as soon as they are read."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from workbench import reference
from workbench.base.errors import SlipwayError, UsageError
from workbench.optimise.cleanup import MAX_SLIMMED_NODES, clean, name_nodes
from workbench.optimise.model_file import load_model
from workbench.optimise.model_limits import MAX_NAME_CHARS, MAX_NODES, MAX_VALUES, breach_of, large_input


def make(*nodes: onnx.NodeProto, **values: np.ndarray) -> onnx.ModelProto:
    """A model of the input `x` [1, 3, 8, 8] and the output `y`."""
    graph = helper.make_graph(
        list(nodes) or [helper.make_node("Relu", ["x"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def test_that_a_plain_model_and_one_of_ten_thousand_nodes_are_within_all_limits() -> None:
    assert breach_of(make()) is None
    names = ["x", *(f"t{number}" for number in range(9_999)), "y"]
    assert breach_of(make(*(helper.make_node("Relu", [a], [b]) for a, b in pairwise(names)))) is None


def test_that_weights_that_old_exporters_list_as_inputs_do_not_count_as_such() -> None:
    model = make(**{f"w{number}": np.zeros(1, np.float32) for number in range(MAX_VALUES + 1)})
    model.graph.input.extend(helper.make_tensor_value_info(tensor.name, 1, [1]) for tensor in model.graph.initializer)
    assert breach_of(model) is None


def test_that_too_many_of_anything_are_named() -> None:
    many = make()
    many.graph.input.extend(helper.make_tensor_value_info(f"i{number}", 1, [1]) for number in range(MAX_VALUES))
    assert breach_of(many) == f"the model has {MAX_VALUES + 1} inputs; at most {MAX_VALUES} are taken"
    nodes = make()
    nodes.graph.node.extend(helper.make_node("Relu", ["x"], [f"t{number}"]) for number in range(MAX_NODES))
    assert breach_of(nodes) == f"the model has {MAX_NODES + 1} nodes; at most {MAX_NODES} are taken"


def test_that_an_input_of_terabytes_is_too_large_and_weights_among_the_inputs_are_not(tmp_path: Path) -> None:
    model = make(w=np.zeros(1, np.float32))
    model.graph.input.append(helper.make_tensor_value_info("w", TensorProto.FLOAT, [2**31, 2**31]))
    assert large_input(model) is None
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 2**31
    onnx.save(model, str(tmp_path / "m.onnx"))
    words = (
        r"m\.onnx is too large: its input x \[.*, 2147483648\D.* takes 549755813888 bytes a frame; at most 268435456"
    )
    with pytest.raises(UsageError, match=words):
        load_model(tmp_path / "m.onnx")


def test_that_an_endless_name_is_refused_and_a_long_text_is_not() -> None:
    model = make()
    model.metadata_props.add(key="names", value="x" * 100_000)
    model.doc_string = "x" * 100_000
    assert breach_of(model) is None
    model.graph.node[0].op_type = "x" * (MAX_NAME_CHARS + 1)
    assert breach_of(model) == f"a name has {MAX_NAME_CHARS + 1} characters"


def test_that_functions_that_call_each_other_are_refused_and_others_are_not() -> None:
    own = [helper.make_opsetid("own", 1), helper.make_opsetid("", 17)]
    model = make(helper.make_node("F", ["x"], ["y"], domain="own"))
    model.opset_import.append(own[0])
    model.functions.append(
        helper.make_function("own", "F", ["a"], ["b"], [helper.make_node("G", ["a"], ["b"], domain="own")], own)
    )
    model.functions.append(
        helper.make_function("own", "G", ["a"], ["b"], [helper.make_node("Relu", ["a"], ["b"])], own)
    )
    assert breach_of(model) is None
    model.functions[1].node[0].CopyFrom(helper.make_node("F", ["a"], ["b"], domain="own"))
    assert breach_of(model) == "its functions call each other in a circle, F among them"


def test_that_two_functions_of_one_name_are_refused() -> None:
    own = [helper.make_opsetid("own", 1), helper.make_opsetid("", 17)]
    model = make(helper.make_node("F", ["x"], ["y"], domain="own"))
    for operator in ("Relu", "Abs"):
        inner = helper.make_node(operator, ["a"], ["b"])
        model.functions.append(helper.make_function("own", "F", ["a"], ["b"], [inner], own))
    assert breach_of(model) == "two of its functions have the same name"


def counting(limit: int, *, constant: bool = False) -> onnx.ModelProto:
    """A model with a Range from 0 to the limit, which is stored, or made by a Constant."""
    values = {"a": np.array(0), "step": np.array(1)}
    made = [helper.make_node("Constant", [], ["b"], value_int=limit)] if constant else []
    values |= {} if constant else {"b": np.array(limit)}
    nodes = [*made, helper.make_node("Range", ["a", "b", "step"], ["r"]), helper.make_node("Cast", ["r"], ["y"], to=1)]
    return make(*nodes, **values)


@pytest.mark.parametrize("constant", [False, True])
def test_that_a_range_of_billions_is_refused_before_shapes_are_inferred(tmp_path: Path, constant: bool) -> None:
    onnx.save(counting(8400, constant=constant), str(tmp_path / "m.onnx"))
    load_model(tmp_path / "m.onnx")
    onnx.save(counting(2**33, constant=constant), str(tmp_path / "m.onnx"))
    with pytest.raises(UsageError, match="its Range r counts 8589934592 numbers; at most 1048576 are taken"):
        load_model(tmp_path / "m.onnx")


def test_that_ten_thousand_nodes_without_names_get_theirs_in_one_walk() -> None:
    names = ["x", *(f"t{number}" for number in range(9_999)), "y"]
    model = make(*(helper.make_node("Relu", [a], [b]) for a, b in pairwise(names)))
    model.graph.node[5].name = "Relu_3"
    name_nodes(model)
    assert len({node.name for node in model.graph.node}) == 10_000
    assert [node.name for node in model.graph.node][:6] == [f"Relu_{number}" for number in (1, 2, 4, 5, 6, 3)]


def test_that_a_refusal_names_the_file(tmp_path: Path) -> None:
    model = make()
    model.graph.node[0].name = "n" * 5000
    onnx.save(model, str(tmp_path / "m.onnx"))
    with pytest.raises(UsageError, match=r"m\.onnx is cut off or damaged: a name has 5000 characters"):
        load_model(tmp_path / "m.onnx")


def external(folder: Path, *entries: dict[str, str]) -> Path:
    """A model whose weights lie in `w.bin`, of 4096 bytes; or where the entries say."""
    (folder / "w.bin").write_bytes(bytes(4096))
    model = make()
    for number, given in enumerate(entries):
        tensor = model.graph.initializer.add(name=f"w{number}", data_type=1, dims=[1024])
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in {"location": "w.bin", **given}.items():
            tensor.external_data.add(key=key, value=value)
    onnx.save(model, str(folder / "m.onnx"))
    return folder / "m.onnx"


@pytest.mark.parametrize("number", ["1" * 5000, "٤", "-1", "99999999999999999999", " 4"])
def test_that_an_offset_that_is_no_plain_number_is_refused(tmp_path: Path, number: str) -> None:
    with pytest.raises(UsageError, match="The data file is cut off") as refused:
        load_model(external(tmp_path, {"offset": number}))
    assert len(str(refused.value)) < 600


def test_that_tensors_that_share_a_file_count_each_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_model(external(tmp_path, {}, {})).external == ("w.bin",)
    monkeypatch.setattr("workbench.optimise.model_file.MAX_MODEL_BYTES", 10_000)
    with pytest.raises(UsageError, match="has 12288 bytes with its data; at most 10000 are read"):
        load_model(external(tmp_path, {}, {}, {}))


def test_that_data_behind_links_in_a_circle_or_an_endless_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "round.bin").symlink_to("round.bin")
    with pytest.raises(UsageError, match="is a link that leaves the model's folder"):
        load_model(external(tmp_path, {"location": "round.bin"}))
    with pytest.raises(UsageError, match="which is not a file name"):
        load_model(external(tmp_path, {"location": "x" * 5000}))


def endless_loop() -> bytes:
    """A model of a few hundred bytes whose loop ends after 2**63 - 1 steps."""
    number, going = helper.make_tensor_value_info("i", 7, []), helper.make_tensor_value_info("c", 9, [])
    infos = [number, going, helper.make_tensor_value_info("v", 1, None)]
    outs = [helper.make_tensor_value_info("c2", 9, []), helper.make_tensor_value_info("v2", 1, None)]
    step = [helper.make_node("Identity", ["c"], ["c2"]), helper.make_node("Relu", ["v"], ["v2"])]
    body = helper.make_graph(step, "body", infos, outs)
    loop = helper.make_node("Loop", ["n", "yes", "x"], ["y"], body=body)
    return bytes(make(loop, n=np.array(2**63 - 1), yes=np.array(True)).SerializeToString())


def test_that_an_inference_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "RUN_LIMIT_S", 0.2)
    session = reference.open_session(endless_loop(), 1)
    with pytest.raises(SlipwayError, match=r"took more than 0\.2 s and was stopped"):
        reference.run_session(session, "x", np.zeros((1, 3, 8, 8), np.float32))


def test_that_a_model_that_asks_for_all_memory_gets_an_end() -> None:
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["m"], keepdims=0),
        helper.make_node("Cast", ["m"], ["i"], to=7),
        helper.make_node("Mul", ["i", "n"], ["s"]),
        helper.make_node("ConstantOfShape", ["s"], ["big"]),
        helper.make_node("ReduceMean", ["big"], ["y"]),
    ]
    elements = reference.MAX_RUN_BYTES // 4 + 1
    session = reference.open_session(make(*nodes, n=np.array([elements])).SerializeToString(), 1)
    with pytest.raises(SlipwayError, match="ONNX Runtime failed in an inference") as failed:
        reference.run_session(session, "x", np.ones((1, 3, 8, 8), np.float32))
    assert "Available memory" in failed.value.detail


def test_that_outputs_that_nobody_could_compare_are_refused_after_the_first_run(tmp_path: Path) -> None:
    pads = np.array([0, 0, reference.MAX_OUTPUT_BYTES // 96, 0, 0, 0, 0, 0])
    onnx.save(make(helper.make_node("Pad", ["x", "p"], ["y"]), p=pads), str(tmp_path / "m.onnx"))
    source = load_model(tmp_path / "m.onnx")
    with pytest.raises(SlipwayError, match="gives outputs of 268436160 bytes a frame; at most 268435456 are taken"):
        clean(source)
    with reference.Reference(source) as opened, pytest.raises(SlipwayError, match="bytes a frame"):
        opened.infer(np.zeros((1, 3, 8, 8), np.float32))


def test_that_a_graph_of_thousands_of_nodes_is_cleaned_without_onnxslim(tmp_path: Path) -> None:
    names = ["x", *(f"t{number}" for number in range(MAX_SLIMMED_NODES)), "y"]
    nodes = [helper.make_node("Relu", [a], [b]) for a, b in pairwise(names)]
    onnx.save(make(*nodes), str(tmp_path / "m.onnx"))
    cleaned = clean(load_model(tmp_path / "m.onnx"))
    assert f"constant folding and fusion left out: {len(nodes)} nodes would take onnxslim minutes" in cleaned.notes
