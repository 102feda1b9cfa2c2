"""Hostile ONNX files: mutated bytes of valid ones, bombs, cycles, data from elsewhere, sizes that no memory holds."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from projects.templates import DEPLOYMENT, DEPLOYMENT_TESTS
from tests.fuzz.case import Case, require_short
from tests.fuzz.driver import REPOSITORY
from tests.fuzz.mutate import HOSTILE, mutate_bytes
from workbench.base.errors import SlipwayError

PROCESSES: Final = False
_PUBLIC: Final = REPOSITORY.parent / "shared" / "data" / "models"
_MOST_PUBLIC_BYTES: Final = 1_300_000
_SECRET: Final = b"SLIPWAY-SECRET"
_SIDE: Final = 32


def prepare(home: Path) -> None:
    """Import what the product imports when it is at it."""
    import cv2  # noqa: F401
    import onnxruntime  # noqa: F401
    import onnxslim  # noqa: F401

    import workbench.optimise.cleanup
    import workbench.pipeline.check
    import workbench.pipeline.model_check
    import workbench.reference

    workbench.reference.RUN_LIMIT_S, workbench.reference.MAX_RUN_BYTES = 5.0, 1 << 30


def make(random: Random) -> Case:
    """A model file."""
    kind = random.random()
    if kind < 0.35:
        names = sorted(_valid())
        data = mutate_bytes(random, _valid()[random.choice(names)], list(_valid().values())[:3])
    elif kind < 0.45 and _public():
        data = mutate_bytes(random, random.choice(_public()).read_bytes())
    else:
        model = random.choice(_BOMBS)(random)
        data = model if isinstance(model, bytes) else model.SerializeToString()
        if random.random() < 0.1:
            data = mutate_bytes(random, data)
    return Case("model.onnx", data)


def check(case: Case, folder: Path) -> str:
    """What `slipway check` does with it, then the clean-up that every candidate begins with."""
    from workbench.optimise.cleanup import clean
    from workbench.optimise.model_file import load_model
    from workbench.pipeline.check import check_project

    path = folder / "models" / "model.onnx"
    path.parent.mkdir()
    path.write_bytes(case.data)
    _surround(path.parent, folder.parent / "outside")
    (folder / "deployment.yaml").write_text(DEPLOYMENT)
    (folder / "deployment_tests.yaml").write_text(DEPLOYMENT_TESTS)
    result = check_project(folder)
    for problem in (*result.problems, *result.findings):
        assert len(str(problem)) < 20_000, f"a problem of {len(str(problem))} characters: {str(problem)[:300]}"
        str(problem).encode()
    str(result.model).encode()
    try:
        source = load_model(path)
        assert _SECRET not in source.model.SerializeToString(), "bytes from outside of the model's folder were taken"
        clean(source)
    except SlipwayError as error:
        require_short(error)
        return "checked" if result.ok else "refused"
    return "cleaned"


def _surround(folder: Path, outside: Path) -> None:
    """What a hostile archive may bring beside the model: data, links that lead away, a pipe, an empty hole."""
    (folder / "weights.bin").write_bytes(bytes(4096))
    (folder / "link.bin").symlink_to(outside / "secret")
    (folder / "away").symlink_to(outside)
    (folder / "round.bin").symlink_to("round.bin")
    (folder / "zero.bin").symlink_to("/dev/zero")
    (folder / "folder.bin").mkdir()
    os.mkfifo(folder / "pipe.bin")
    with (folder / "hole.bin").open("wb") as stream:
        stream.truncate(200 << 20)


@cache
def _public() -> list[Path]:
    """The smaller of the public models, where they are at hand."""
    found = sorted(_PUBLIC.glob("*.onnx")) if _PUBLIC.is_dir() else []
    return [path for path in found if path.stat().st_size < _MOST_PUBLIC_BYTES]


@cache
def _valid() -> dict[str, bytes]:
    """Small models of every layout that the product tells apart."""
    made = {
        "detector": _detector(),
        "branches": _with_subgraphs(),
        "quantised": _quantised(),
        "external": _external("weights.bin", "0", "48"),
        "metadata": _named("{0: 'a', 1: 'b'}"),
        "late": _detector(opset=21),
        "early": _detector(opset=9),
        "nms": _suppressed(),
        "function": _with_function(),
    }
    return {name: model.SerializeToString() for name, model in made.items()}


def _model(
    nodes: list[Any], outputs: list[tuple[str, list[Any]]], values: dict[str, Any], opset: int = 17, **more: Any
) -> onnx.ModelProto:
    """A model of one image input `images` [1, 3, 32, 32]."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, more.pop("input", [1, 3, _SIDE, _SIDE]))],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs],
        [
            value if isinstance(value, onnx.TensorProto) else numpy_helper.from_array(np.asarray(value), name)
            for name, value in values.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset), *more.pop("imports", [])], **more)
    model.ir_version = 8
    return model


def _detector(opset: int = 17, weights: Any = None) -> onnx.ModelProto:
    """[1, 6, 16]: four of a box and two scores."""
    values = {
        "w": np.ones((6, 3, 8, 8), np.float32) if weights is None else weights,
        "shape": np.array([1, 6, 16], np.int64),
    }
    nodes = [
        helper.make_node("Conv", ["images", "w"], ["raw"], strides=[8, 8], kernel_shape=[8, 8], name="conv"),
        helper.make_node("Sigmoid", ["raw"], ["squashed"], name="act"),
        helper.make_node("Reshape", ["squashed", "shape"], ["output0"], name="flat"),
    ]
    return _model(nodes, [("output0", [1, 6, 16])], values, opset)


def _with_subgraphs() -> onnx.ModelProto:
    def branch(name: str, op: str) -> onnx.GraphProto:
        return helper.make_graph(
            [helper.make_node(op, ["images"], [name])],
            name,
            [],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None)],
        )

    body = helper.make_graph(
        [helper.make_node("Identity", ["c"], ["c2"]), helper.make_node("Relu", ["v"], ["v2"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("c", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("c2", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v2", TensorProto.FLOAT, None),
        ],
    )
    nodes = [
        helper.make_node("If", ["yes"], ["x"], then_branch=branch("t", "Relu"), else_branch=branch("e", "Sigmoid")),
        helper.make_node("Loop", ["n", "yes", "x"], ["output0"], body=body),
    ]
    return _model(nodes, [("output0", [1, 3, _SIDE, _SIDE])], {"yes": np.array(True), "n": np.array(3, np.int64)})


def _quantised() -> onnx.ModelProto:
    values = {"s": np.array(0.1, np.float32), "z": np.array(0, np.uint8)}
    nodes = [
        helper.make_node("QuantizeLinear", ["images", "s", "z"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["output0"]),
    ]
    return _model(nodes, [("output0", [1, 3, _SIDE, _SIDE])], values)


def _external(location: str, offset: str, length: str, dims: tuple[int, ...] = (6, 3, 8, 8)) -> onnx.ModelProto:
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=dims, data_location=TensorProto.EXTERNAL)
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        if value:
            tensor.external_data.add(key=key, value=value)
    return _detector(weights=tensor)


def _named(names: str) -> onnx.ModelProto:
    model = _detector()
    for key, value in (("names", names), ("imgsz", "[32, 32]"), ("stride", "32"), ("task", "detect")):
        model.metadata_props.add(key=key, value=value)
    return model


def _suppressed() -> onnx.ModelProto:
    """EfficientNMS_TRT at the end of a detector."""
    nodes = [
        helper.make_node("Conv", ["images", "w"], ["raw"], strides=[8, 8], kernel_shape=[8, 8]),
        helper.make_node("Reshape", ["raw", "shape"], ["flat"]),
        helper.make_node("Split", ["flat", "parts"], ["boxes", "scores"], axis=2),
        helper.make_node(
            "EfficientNMS_TRT", ["boxes", "scores"], ["num", "b", "s", "c"], domain="TRT", max_output_boxes=10,
            score_threshold=0.25, iou_threshold=0.65, background_class=-1, score_activation=0, class_agnostic=0,
            box_coding=1,
        ),
    ]  # fmt: skip
    values = {
        "w": np.ones((6, 3, 8, 8), np.float32),
        "shape": np.array([1, 16, 6], np.int64),
        "parts": np.array([4, 2], np.int64),
    }
    outputs: list[tuple[str, list[Any]]] = [("num", [1, 1]), ("b", [1, 10, 4]), ("s", [1, 10]), ("c", [1, 10])]
    return _model(nodes, outputs, values, imports=[helper.make_opsetid("TRT", 1)])


def _with_function() -> onnx.ModelProto:
    inner = helper.make_function(
        "own", "F", ["a"], ["b"], [helper.make_node("Relu", ["a"], ["b"])], [helper.make_opsetid("", 17)]
    )
    model = _model(
        [helper.make_node("F", ["images"], ["output0"], domain="own")],
        [("output0", [1, 3, _SIDE, _SIDE])],
        {},
        imports=[helper.make_opsetid("own", 1)],
    )
    model.functions.append(inner)
    return model


def _elsewhere(random: Random) -> onnx.ModelProto:
    location = random.choice(
        ("../outside/secret", "../../outside/secret", "link.bin", "away/secret", "/etc/passwd", "round.bin",
        "zero.bin", "folder.bin", "pipe.bin",
         "hole.bin", "weights.bin", "./weights.bin", "models/../weights.bin", "a\0b", "", "C:\\x",
         "..\\..\\outside\\secret", "\\\\host\\x", "x" * 5000,
         "model.onnx", "/dev/zero", "/proc/self/mem", "absent.bin", "weights.bin/", "file:///etc/passwd",
         "away/../weights.bin", ".")
    )  # fmt: skip
    number = (
        "0",
        "48",
        "4608",
        "4096",
        "-1",
        "",
        "99999999999999999999",
        "1e3",
        " 4",
        "٤",
        "0x10",
        "209715200",
        "1" * 5000,
        "2147483648",
    )
    dims = random.choice(((6, 3, 8, 8), (0,), (2**31, 2**31), (-1,), (), (200 << 20,), (1, 1024)))
    model = _external(location, random.choice(number), random.choice(number), dims)
    for copy in range(random.choice((0, 0, 3, 40))):
        model.graph.initializer.add().CopyFrom(model.graph.initializer[0])
        model.graph.initializer[-1].name = f"w{copy}"
    return model


def _huge(random: Random) -> onnx.ModelProto:
    """Small files that ask for more than any memory, in as many ways as there are to say a size."""
    side = random.choice((1 << 12, 1 << 15, 1 << 20, 2**31, 2**40, 2**62, -1, 0))
    shape = np.array([1, side, side][: random.choice((1, 2, 3))], np.int64)
    kind = random.randrange(9)
    if kind == 0:
        nodes = [
            helper.make_node("ConstantOfShape", ["s"], ["big"]),
            helper.make_node("ReduceMean", ["big"], ["output0"]),
        ]
        return _model(nodes, [("output0", [])], {"s": shape})
    if kind == 1:
        values = {
            "a": np.array(0, np.int64),
            "b": np.array(random.choice((2**33, 2**62, -(2**63))), np.int64),
            "c": np.array(random.choice((1, -1, 0)), np.int64),
        }
        return _model(
            [helper.make_node("Range", ["a", "b", "c"], ["r"]), helper.make_node("Cast", ["r"], ["output0"], to=1)],
            [("output0", ["n"])],
            values,
        )
    if kind == 2:
        return _model(
            [helper.make_node("Expand", ["images", "s"], ["output0"])],
            [("output0", [None] * 4)],
            {"s": np.array([side, 3, _SIDE, _SIDE], np.int64)},
        )
    if kind == 3:
        return _model(
            [helper.make_node("Tile", ["images", "s"], ["output0"])],
            [("output0", [None] * 4)],
            {"s": np.array([1, 1, abs(side), 1], np.int64)},
        )
    if kind == 4:
        values = {"s": np.array([1, 1, random.choice((1e3, 1e6, 1e12, float("nan"), -1)), 1], np.float32)}
        return _model([helper.make_node("Resize", ["images", "", "s"], ["output0"])], [("output0", [None] * 4)], values)
    if kind == 5:
        values = {"p": np.array([0, 0, side, 0, 0, 0, 0, 0], np.int64)}
        return _model([helper.make_node("Pad", ["images", "p"], ["output0"])], [("output0", [None] * 4)], values)
    if kind == 6:  # the size is only known when it runs
        nodes = [
            helper.make_node("ReduceMax", ["images"], ["m"], keepdims=0), helper.make_node("Cast", ["m"], ["i"], to=7),
            helper.make_node("Add", ["i", "s"], ["n"]), helper.make_node("ConstantOfShape", ["n"], ["big"]),
            helper.make_node("ReduceMean", ["big"], ["output0"]),
        ]  # fmt: skip
        return _model(nodes, [("output0", [])], {"s": np.array([abs(side) % 2**33], np.int64)})
    if kind == 7:
        return _model(
            [helper.make_node("Relu", ["images"], ["output0"])],
            [("output0", [1, 3, side, side])],
            {},
            input=[1, 3, side, side],
        )
    tensor = TensorProto(
        name="w", data_type=random.choice((1, 7, 10, 0, 99, 16, 22)), dims=[side, side], raw_data=b"\0" * 16
    )
    return _detector(weights=tensor)


def _endless(random: Random) -> onnx.ModelProto:
    """A loop of very many steps, also in loops, also within the graph that is folded."""
    count = random.choice((10**6, 10**12, 2**63 - 1))
    grows = random.random() < 0.5
    source = "images" if random.random() < 0.7 else "k"
    step = helper.make_node("Concat", ["v", "v"], ["v2"], axis=0) if grows else helper.make_node("Relu", ["v"], ["v2"])
    infos = [
        helper.make_tensor_value_info("i", TensorProto.INT64, []),
        helper.make_tensor_value_info("c", TensorProto.BOOL, []),
        helper.make_tensor_value_info("v", TensorProto.FLOAT, None),
    ]
    outs = [
        helper.make_tensor_value_info("c2", TensorProto.BOOL, []),
        helper.make_tensor_value_info("v2", TensorProto.FLOAT, None),
    ]
    body = helper.make_graph([helper.make_node("Identity", ["c"], ["c2"]), step], "body", infos, outs)
    nodes = [helper.make_node("Loop", ["n", "yes", source], ["output0"], body=body)]
    return _model(
        nodes,
        [("output0", [None] * 4)],
        {"yes": np.array(True), "n": np.array(count, np.int64), "k": np.ones((1, 3, 4, 4), np.float32)},
    )


def _cycle(random: Random) -> onnx.ModelProto:
    nodes = [
        helper.make_node("Add", ["images", "b"], ["a"]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Relu", ["b"], ["output0"]),
    ]
    if random.random() < 0.5:
        nodes[0] = helper.make_node("Add", ["images", "a"], ["a"])
    model = _model(nodes, [("output0", [1, 3, _SIDE, _SIDE])], {})
    if random.random() < 0.3:
        name = random.choice(("F", "G"))
        for own, other in (("F", name), ("G", "F")):
            model.functions.append(
                helper.make_function(
                    "own",
                    own,
                    ["a"],
                    ["b"],
                    [helper.make_node(other, ["a"], ["b"], domain="own")],
                    [helper.make_opsetid("own", 1)],
                )
            )
        model.graph.node.append(helper.make_node("F", ["images"], ["x"], domain="own"))
        model.opset_import.append(helper.make_opsetid("own", 1))
    return model


def _many(random: Random) -> onnx.ModelProto:
    """10,000 nodes in a row, in a tangle or of one name; 100,000 inputs, outputs, initialisers or attributes."""
    kind = random.randrange(7)
    if kind <= 2:
        count = 10_000
        nodes = [
            helper.make_node(random.choice(("Relu", "Abs")), [f"x{number}"], [f"x{number + 1}"])
            for number in range(count)
        ]
        nodes[0].input[0] = "images"
        if kind == 1:
            random.shuffle(nodes)
        if kind == 2:
            nodes = [
                helper.make_node("Add", [f"x{number}", f"x{max(0, number - 1)}"], [f"x{number + 1}"], name="same")
                for number in range(count)
            ]
            nodes[0].input[:] = ["images", "images"]
            nodes[1].input[:] = ["x1", "x1"]
        return _model(nodes, [(f"x{count}", [1, 3, _SIDE, _SIDE])], {})
    model = _detector()
    count = random.choice((1000, 100_000))
    for number in range(count):
        if kind == 3:
            model.graph.input.append(helper.make_tensor_value_info(f"i{number}", TensorProto.FLOAT, [1]))
        elif kind == 4:
            model.graph.output.append(helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, 6, 16]))
        elif kind == 5:
            model.graph.initializer.add(name=f"k{number}", data_type=1, dims=[1], raw_data=b"\0\0\0\0")
        else:
            model.opset_import.append(helper.make_opsetid(f"d{number}", number))
    return model


def _nested(random: Random) -> bytes:
    """If in If in If: protobuf stops at a depth, what walks the graph must too. Deep ones are written by hand."""
    depth = random.choice((5, 20, 25, 30, 33, 60, 5000))
    ending = _field(1, _field(1, b"images") + _field(2, b"t") + _field(4, b"Relu")) + _field(12, _field(1, b"t"))
    graph = ending
    for _ in range(depth):
        branches = b"".join(
            _field(5, _field(1, name) + _field(6, inner) + b"\xa0\x01\x05")
            for name, inner in ((b"then_branch", graph), (b"else_branch", ending))
        )
        graph = _field(1, _field(1, b"yes") + _field(2, b"t") + _field(4, b"If") + branches) + _field(
            12, _field(1, b"t")
        )
    model = _model([], [("t", [1, 3, _SIDE, _SIDE])], {"yes": np.array(True)})
    return model.SerializeToString() + _field(7, graph)


def _field(number: int, data: bytes) -> bytes:
    """A field of protobuf that has a length."""
    size, length = len(data), bytearray()
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    return bytes([number << 3 | 2, *length, size]) + data


def _texts(random: Random) -> onnx.ModelProto:
    """Names, metadata and documentation that are long, odd or code."""
    value = random.choice(HOSTILE)
    text = (
        value
        if isinstance(value, str) and "\ud800" not in value
        else str(
            random.choice(
                (
                    "{" * 50_000,
                    "x" * 3_000_000,
                    "\x1b[31m",
                    "{0: __import__('os')}",
                    "9" * 5000,
                    "(" * 90,
                    "-" * 100_000,
                    "[" + "0," * 100_000 + "]",
                    "1e999",
                    "{0: 'a', 0: 'b'}",
                    "{'0': 'a', 1: 2}",
                    "['a', 'a']",
                    "\u202e",
                )
            )
        )
    )
    model = _named(text if random.random() < 0.5 else "['a', 'b']")
    kind = random.randrange(6)
    if kind == 0:
        model.producer_name = text
    elif kind == 1:
        model.graph.node[0].name = text
        model.graph.node[1].op_type = text
    elif kind == 2:
        model.graph.input[0].name = text
    elif kind == 3:
        model.metadata_props[1].value = text
        model.metadata_props[3].value = text
    elif kind == 4:
        for number in range(2000):
            model.metadata_props.add(key=f"k{number}", value=text[:1000])
    else:
        model.graph.doc_string = text
        model.graph.output[0].name = text
    return model


def _odd_types(random: Random) -> onnx.ModelProto:
    """Wrong ranks, types, domains, attributes, opsets and duplicates."""
    model = onnx.ModelProto()
    model.ParseFromString(_valid()[random.choice(("detector", "branches", "quantised", "nms", "metadata"))])
    kind = random.randrange(9)
    number = random.choice((-1, 0, 1, 6, 7, 99, 2**31 - 1, 2**62, -(2**62)))
    if kind == 0:
        model.opset_import[0].version = number
    elif kind == 1:
        model.opset_import.add(
            domain=random.choice(("", "ai.onnx", "ai.onnx.ml", "com.microsoft", "nobody")), version=number
        )
    elif kind == 2:
        model.graph.input[0].type.tensor_type.elem_type = number % 2**31
    elif kind == 3:
        model.graph.input[0].type.tensor_type.shape.dim[random.randrange(4)].dim_value = number
    elif kind == 4:
        model.graph.node[0].attribute.add(name="strides", type=random.choice((0, 1, 2, 3, 7, 14)), i=number)
    elif kind == 5:
        model.graph.node.add().CopyFrom(model.graph.node[0])
    elif kind == 6:
        model.graph.output[0].type.Clear()
        model.graph.input[0].type.sequence_type.elem_type.tensor_type.elem_type = 1
    elif kind == 7:
        model.graph.node[0].domain = random.choice(("nobody", "com.microsoft", "TRT", "ai.onnx.ml"))
    else:
        model.ir_version = number
    return model


def _other_files(random: Random) -> bytes:
    return random.choice(
        (
            b"",
            b"\0",
            b"PK\x03\x04" + bytes(100),
            b"\x80\x02c__builtin__\neval\n",
            b"<xml/>",
            b"\x08" * 100,
            b"\xff" * 1000,
            b"\x3a\xff\xff\xff\xff\x0f",
            b"ftrt",
            random.randbytes(1000),
            b"\x08\x08\x3a\x02\x0a\x00" * 1000,
            b"\x0a" * 100_000,
        )
    )


_BOMBS: Final[tuple[Callable[[Random], onnx.ModelProto | bytes], ...]] = (
    _elsewhere, _elsewhere, _huge, _huge, _huge, _endless, _cycle, _many, _nested, _texts, _texts, _odd_types,
    _odd_types, _other_files,
)  # fmt: skip
