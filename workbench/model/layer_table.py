"""The layers of a model as a table: what each holds and computes, and in which precision each candidate has it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from projects.blobs import BlobStore
from projects.records import CandidateRecord, RecordStore
from workbench.base.atomic import write_atomic
from workbench.base.errors import SlipwayError
from workbench.model.facts import big_number
from workbench.model.opened import Keeper, OpenedDocument, OpenedModel, open_document, open_model
from workbench.optimise.layers import LAYER_OPERATORS, Layer
from workbench.optimise.model_file import load_model
from workbench.views.model import LayerRow, LayerTable

if TYPE_CHECKING:
    import onnx

TIMES = "×"
MOST_CANDIDATES = 4
"""Columns of a table; the newest ones."""
_TENSOR_TYPES = {1: "float", 10: "fp16", 16: "bf16", 11: "float64"}
_INTEGERS = ("ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul", "QGemm", "MatMulIntegerToFloat")


@dataclass(frozen=True)
class _Candidate:
    name: str
    sha256: str
    precisions: Mapping[str, str] | None
    """By the layer's name; None where the bytes are not here."""


_TABLES: Keeper[LayerTable] = Keeper(4, 1 << 30, lambda table: len(table.rows) * 400)
_PRECISIONS: Keeper[Mapping[str, str]] = Keeper(32, 1 << 30, lambda found: len(found) * 100)


def layer_table(project: Path) -> LayerTable:
    """The table of a project's model.

    Raises:
        UsageError: the project or its model cannot be read.
    """
    document = open_document(project)
    model = open_model(document)
    candidates, problem = _candidates(document, model)
    key = (model.identity, tuple((item.sha256, item.precisions is None) for item in candidates), problem)
    return _TABLES.get(key, lambda: make_table(model, candidates, problem))


def make_table(model: OpenedModel, candidates: Sequence[_Candidate], problem: str = "") -> LayerTable:
    """The table, most multiply-accumulates first."""
    shown = [item for item in candidates if item.precisions is not None]
    total = sum(layer.mac_count or 0 for layer in model.facts.layers)
    kernels = dict(_kernels(model.source.model))
    labels = short_names([layer.name for layer in model.facts.layers])
    most = max((layer.mac_count or 0 for layer in model.facts.layers), default=0)
    parts = _Whole(total, most, kernels, labels)
    rows = [_row(layer, parts, shown) for layer in model.facts.layers]
    rows.sort(key=lambda row: -(row.macs or 0))
    return LayerTable(
        rows=tuple(rows),
        candidates=tuple(item.name for item in shown),
        missing=tuple(item.name for item in candidates if item.precisions is None),
        weighted=sum(1 for row in rows if row.parameters),
        problem=problem,
    )


def write_layers(project: Path, text: str, target: Path) -> str:
    """Write what a filter leaves as CSV.

    Raises:
        SlipwayError: it cannot be written.
    """
    from workbench.model.layer_filter import match_layers

    table = layer_table(project)
    chosen = match_layers(table, text).rows
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(["layer", "operator", "output", "parameters", "macs", "share", *table.candidates])
    for index in chosen:
        row = table.rows[index]
        writer.writerow([row.name, row.operator, row.output, row.parameters, row.macs, row.share, *row.precisions])
    write_atomic(target, stream.getvalue().encode("utf-8"))
    return f"{len(chosen):,} layers written to {target.name}"


def precisions_of(model: onnx.ModelProto) -> dict[str, str]:
    """How each layer of a candidate computes, by its name: from the pairs before it, else from its stored weights."""
    makers = {name: node for node in model.graph.node for name in node.output}
    types = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    found = {}
    for node in model.graph.node:
        if node.op_type in LAYER_OPERATORS:
            found[node.name or (node.output[0] if node.output else "")] = _precision(node, makers, types)
    return found


def _precision(node: onnx.NodeProto, makers: Mapping[str, onnx.NodeProto], types: Mapping[str, int]) -> str:
    if node.op_type in _INTEGERS:
        return "int8"
    before = [makers[name].op_type for name in node.input if name in makers]
    if "DequantizeLinear" in before[:2]:
        return "int8"
    stored = [_TENSOR_TYPES.get(types[name], "float") for name in node.input if name in types]
    return stored[0] if stored else "float"


def _candidates(document: OpenedDocument, model: OpenedModel) -> tuple[list[_Candidate], str]:
    """The newest candidates of this model, oldest of them first, and what hinders reading their records."""
    layout = document.raw.layout
    blobs = BlobStore(layout.blobs)
    try:
        stored = RecordStore(layout.records).made_from(CandidateRecord, model.facts.sha256)
    except SlipwayError as error:
        return [], error.summary
    newest = {item.record.name: item.record for item in stored}
    found, problem = [], ""
    for record in list(newest.values())[-MOST_CANDIDATES:]:
        path = blobs.path_of(record.sha256)
        try:
            precisions = None if path is None else _PRECISIONS.get(record.sha256, partial(_read, path))
        except SlipwayError as error:
            precisions, problem = None, error.summary
        found.append(_Candidate(record.name, record.sha256, precisions))
    return found, problem


def _read(path: Path) -> Mapping[str, str]:
    return precisions_of(load_model(path).model)


@dataclass(frozen=True)
class _Whole:
    """What a row needs to know of all."""

    macs: int
    most: int
    """MACs of the largest layer."""
    kernels: Mapping[str, str]
    labels: Mapping[str, str]


def short_names(names: Sequence[str]) -> dict[str, str]:
    """The shortest end of each name, whole parts between slashes, that no other name ends in."""
    parts = {name: _without_operator(name).split("/") for name in names}
    endings = Counter("/".join(split[-depth:]) for split in parts.values() for depth in range(1, len(split) + 1))
    found = {}
    for name, split in parts.items():
        every = ("/".join(split[-depth:]) for depth in range(1, len(split) + 1))
        found[name] = next((ending for ending in every if endings[ending] == 1), name)
    return found


def _without_operator(name: str) -> str:
    """`/model.22/conv` from `/model.22/conv/Conv`: exporters add the operator, which stands beside it anyway."""
    head, _, last = name.rpartition("/")
    return head if head.strip("/") and last.split("_")[0] in LAYER_OPERATORS else name


def _row(layer: Layer, whole: _Whole, candidates: Sequence[_Candidate]) -> LayerRow:
    macs = layer.mac_count
    share = macs / whole.macs if macs is not None and whole.macs else None
    shape = layer.output_shape
    axes = () if shape is None else shape[1:] if len(shape) > 1 and shape[0] == 1 else shape
    return LayerRow(
        name=layer.name,
        label=whole.labels[layer.name],
        operator=f"{layer.operator}{whole.kernels.get(layer.name, '')}",
        output="not known" if shape is None else TIMES.join("?" if axis is None else str(axis) for axis in axes),
        parameters=layer.parameter_count,
        parameters_text="not known" if layer.parameter_count is None else f"{layer.parameter_count:,}",
        macs=macs,
        macs_text="not known" if macs is None else big_number(macs),
        share=share,
        share_text="" if share is None else f"{100 * share:.1f} %",
        bar=macs / whole.most if macs is not None and whole.most else None,
        precisions=tuple((item.precisions or {}).get(layer.name, "") for item in candidates),
    )


def _kernels(model: onnx.ModelProto) -> Iterator[tuple[str, str]]:
    """Kernel, stride and groups of convolutions by the layer's name: ` 3x3 /2`."""
    for node in model.graph.node:
        if "Conv" not in node.op_type:
            continue
        lists = {item.name: list(item.ints) for item in node.attribute if item.ints}
        groups = next((item.i for item in node.attribute if item.name == "group"), 1)
        kernel, strides = lists.get("kernel_shape", []), lists.get("strides", [])
        text = " " + TIMES.join(map(str, kernel)) if kernel else ""
        if strides and set(strides) != {1}:
            text += f" /{strides[0]}" if len(set(strides)) == 1 else " /" + TIMES.join(map(str, strides))
        yield node.name or (node.output[0] if node.output else ""), text + (f" g{groups}" if groups > 1 else "")
