"""The reference runs the source model, exactly, and refuses frames that are not the model's."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from workbench import reference as module
from workbench.base.errors import SlipwayError, UsageError
from workbench.base.hashing import sha256_file
from workbench.reference import Reference, session_options


@pytest.fixture
def doubler(tmp_path: Path) -> Path:
    return save_doubler(tmp_path, TensorProto.FLOAT)


def save_doubler(folder: Path, kind: int) -> Path:
    given = helper.make_tensor_value_info("images", kind, [1, 3, 2, 2])
    made = helper.make_tensor_value_info("twice", kind, [1, 3, 2, 2])
    graph = helper.make_graph([helper.make_node("Add", ["images", "images"], ["twice"])], "g", [given], [made])
    path = folder / "model.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
    return path


def test_that_the_reference_computes_what_the_model_says(doubler: Path) -> None:
    batch = np.arange(12, dtype=np.float32).reshape(1, 3, 2, 2)
    with Reference(doubler, threads=2) as reference:
        (twice,) = reference.infer(batch)
        assert np.array_equal(twice, 2 * batch)
        assert reference.input.name == "images"
        assert reference.output_names == ("twice",)
        assert reference.sha256 == sha256_file(doubler)
        assert set(reference.tools) == {"numpy", "onnxruntime"}


def test_that_a_batch_of_another_shape_or_type_is_refused(doubler: Path) -> None:
    with Reference(doubler) as reference:
        with pytest.raises(UsageError, match=r"float32\[1, 3, 2, 3\], the model takes float32\[1, 3, 2, 2\]"):
            reference.infer(np.zeros((1, 3, 2, 3), dtype=np.float32))
        with pytest.raises(UsageError, match="A frame is float64"):
            reference.infer(np.zeros((1, 3, 2, 2), dtype=np.float64))


def test_that_a_float16_input_gets_float16(tmp_path: Path) -> None:
    with Reference(save_doubler(tmp_path, TensorProto.FLOAT16)) as reference:
        (twice,) = reference.infer(np.ones((1, 3, 2, 2), dtype=np.float32))
    assert twice.dtype == np.float16


def test_that_a_closed_reference_says_so(doubler: Path) -> None:
    reference = Reference(doubler)
    reference.close()
    reference.close()
    with pytest.raises(SlipwayError, match="is closed"):
        reference.infer(np.zeros((1, 3, 2, 2), dtype=np.float32))


def test_that_a_model_with_unknown_operators_is_refused_in_words(doubler: Path) -> None:
    model = onnx.load(str(doubler))
    model.graph.node[0].op_type = "NoSuchOperator"
    onnx.save(model, str(doubler))
    with pytest.raises(SlipwayError, match=r"ONNX Runtime .* cannot load") as caught:
        Reference(doubler)
    assert "NoSuchOperator" in caught.value.detail


def test_that_memory_is_bounded_once_whatever_threads_ask_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime

    asked, second_asks = [], threading.Event()

    def register(*_: object) -> None:
        asked.append(1)
        second_asks.wait(0.2)  # a second caller would come in meanwhile and set it
        if len(asked) > 1:
            second_asks.set()

    monkeypatch.setattr(module, "_bound_memory_once", cache(module._bound_memory_once.__wrapped__))
    monkeypatch.setattr(onnxruntime, "create_and_register_allocator", register)
    threads = [threading.Thread(target=session_options, args=(1,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == [1]
