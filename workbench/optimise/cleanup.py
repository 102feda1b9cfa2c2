"""Graph clean-up before any optimisation: opset, shapes, constants, fusion; checked against the source by number."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.base.errors import SlipwayError
from workbench.base.hashing import sha256_bytes
from workbench.optimise.hooks import Check, Progress, never, silent
from workbench.optimise.model_facts import ModelFacts, facts_of, require_static
from workbench.optimise.model_file import ModelFile, every_tensor
from workbench.optimise.opset import settle_opset
from workbench.optimise.skeleton import subgraphs
from workbench.reference import conform, open_session, require_modest, run_session, runtime_errors

if TYPE_CHECKING:
    import numpy as np
    import onnx
    from numpy.typing import NDArray

MAX_RELATIVE_DIFFERENCE = 1e-4
"""Of the largest output: fusion changes the order of float32 sums, no more."""
MAX_SLIMMED_NODES = 5000
"""The largest detectors have half of that; onnxslim takes some milliseconds a node."""


@dataclass(frozen=True)
class CleanModel:
    """A cleaned model, its bytes, and the facts and bytes of the source that it computes the same as.

    `source` holds external data too. `max_abs` is the largest difference of any output to the source on the frame that
    was tried; `notes` say in words what was changed and what could not be.
    """

    facts: ModelFacts
    source: bytes
    content: bytes
    sha256: str
    max_abs: float
    notes: tuple[str, ...]

    def model(self) -> onnx.ModelProto:
        """A fresh copy of the graph; unless the source was quantised, every node has a name of its own."""
        import onnx

        return onnx.load_model_from_string(self.content)


def clean(
    source: ModelFile,
    *,
    frame: NDArray[np.float32] | None = None,
    threads: int = 1,
    progress: Progress = silent,
    check: Check = never,
) -> CleanModel:
    """Clean a model up: opset 13 to 17, shape inference, constant folding and fusion (onnxslim).

    Each step's result is run beside the source on `frame` (seeded noise if None). A clean-up that changes the outputs
    is left out and noted. A model that is quantised already is left as it is. The same source gives the same bytes.

    Raises:
        UsageError: dynamic axes, more than one input, or an opset that cannot be raised.
        SlipwayError: ONNX Runtime cannot run the source, or raising its opset changed what it computes.
    """
    facts = facts_of(source)
    require_static(facts)
    probe = _Probe(source, facts, frame, threads)
    if facts.quantisation is not None:
        note = f"quantised already ({facts.quantisation.value}): the graph was left as it is"
        return _finish(probe.source, facts, source.model, 0.0, [note])
    check()
    progress(0.2, "settling the opset")
    model, difference, notes = _settled(source, facts, probe)
    check()
    progress(0.5, "folding constants and fusing")
    slimmed = _slim(model)
    slimmed_difference = probe.difference(slimmed) if slimmed is not None else None
    if slimmed is not None and probe.accepts(slimmed_difference):
        model, difference = slimmed, slimmed_difference
    else:
        why = "onnxslim failed or its graph computed something else"
        if len(model.graph.node) > MAX_SLIMMED_NODES:
            why = f"{len(model.graph.node)} nodes would take onnxslim minutes"
        notes.append(f"constant folding and fusion left out: {why}")
    progress(1.0, "cleaned up")
    return _finish(probe.source, facts, model, difference or 0.0, notes)


def noise_frame(facts: ModelFacts) -> NDArray[np.float32]:
    """A frame of seeded noise between 0 and 1 in the model's input shape."""
    import numpy as np

    shape = [axis for axis in facts.inputs[0].shape if isinstance(axis, int)]
    return np.random.default_rng(0).random(shape, dtype=np.float32)


class _Probe:
    """The source's outputs on one frame, to compare rewritten graphs with."""

    def __init__(self, source: ModelFile, facts: ModelFacts, frame: NDArray[np.float32] | None, threads: int) -> None:
        self._threads = threads
        self._input = facts.inputs[0].name
        self._frame = conform(
            noise_frame(facts) if frame is None else frame, facts.inputs[0].shape, facts.inputs[0].dtype
        )
        self.source = serialise(source.model)
        session = open_session(self.source, threads, what=str(source.path))
        self._expected = run_session(session, self._input, self._frame)
        require_modest(self._expected, str(source.path))

    def difference(self, model: onnx.ModelProto) -> float | None:
        """The largest difference of any output; None where the graph does not run or its outputs have other shapes."""
        try:
            got = run_session(open_session(model.SerializeToString(), self._threads), self._input, self._frame)
        except SlipwayError:
            return None
        if [tensor.shape for tensor in got] != [tensor.shape for tensor in self._expected]:
            return None
        return max(_largest_difference(a, b) for a, b in zip(self._expected, got, strict=True))

    def accepts(self, difference: float | None) -> bool:
        """Whether a difference is no more than float32 rounding."""
        import numpy as np

        largest = max(float(np.abs(tensor).max(initial=0.0)) for tensor in self._expected)
        return difference is not None and difference <= MAX_RELATIVE_DIFFERENCE * max(1.0, largest)


def _largest_difference(expected: NDArray[Any], got: NDArray[Any]) -> float:
    """0 where both are the same infinity; NaN, which nothing accepts, where either is NaN."""
    import numpy as np

    a, b = expected.astype(np.float64), got.astype(np.float64)
    with np.errstate(invalid="ignore"):
        return float(np.where(a == b, 0.0, np.abs(a - b)).max(initial=0.0))


def _settled(source: ModelFile, facts: ModelFacts, probe: _Probe) -> tuple[onnx.ModelProto, float | None, list[str]]:
    """The source within the opsets that every runtime takes, its difference, and notes."""
    model, note = settle_opset(_inlined(source.model))
    difference = probe.difference(model)
    if probe.accepts(difference):
        return model, difference, [note] if note else []
    if facts.opset < 13:
        raise SlipwayError(
            f"Raising the opset of {source.path} from {facts.opset} to 17 changed what it computes",
            "Export the model again with opset 17.",
            f"largest difference {difference}",
        )
    return source.model, 0.0, [f"opset {facts.opset} kept: lowering it changed what the model computes"]


def _inlined(model: onnx.ModelProto) -> onnx.ModelProto:
    if not model.functions:
        return model
    from onnx import inliner

    return inliner.inline_local_functions(model)


def _slim(model: onnx.ModelProto) -> onnx.ModelProto | None:
    import onnx
    import onnxslim

    if len(model.graph.node) > MAX_SLIMMED_NODES:
        return None
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    logging.getLogger("onnxslim").setLevel(logging.ERROR)
    try:
        slimmed: onnx.ModelProto | None = onnxslim.slim(copy)
    except _stumbles():
        return None
    if slimmed is not None:
        _restore_names(model, slimmed)
    return slimmed


def _stumbles() -> tuple[type[Exception], ...]:
    """What onnxslim raises where a graph is not as it expects."""
    import onnx

    lookups = (KeyError, IndexError, TypeError, AttributeError, AssertionError)
    return (*runtime_errors(), *lookups, onnx.checker.ValidationError, onnx.shape_inference.InferenceError)


def _restore_names(model: onnx.ModelProto, slimmed: onnx.ModelProto) -> None:
    """onnxslim calls a fused node after the tensor that its first part made: give it that part's name again."""
    names = {node.name for node in model.graph.node}
    made_by = {output: node.name for node in model.graph.node for output in node.output}
    for node in slimmed.graph.node:
        if node.name not in names:
            node.name = made_by.get(node.name, node.name)


def _finish(
    source: bytes, facts: ModelFacts, model: onnx.ModelProto, difference: float, notes: list[str]
) -> CleanModel:
    tidy = model if facts.quantisation is not None else _tidy(model, facts)
    content = serialise(tidy)
    return CleanModel(facts, source, content, sha256_bytes(content), difference, tuple(notes))


def serialise(model: onnx.ModelProto) -> bytes:
    """Bytes that depend on the model alone."""
    return model.SerializeToString(deterministic=True)


def _tidy(model: onnx.ModelProto, facts: ModelFacts) -> onnx.ModelProto:
    """Shapes inferred, nodes named, the source's metadata kept; what nobody uses and what only describes is gone."""
    import onnx

    inferred = onnx.shape_inference.infer_shapes(model)
    name_nodes(inferred)
    for node in inferred.graph.node:
        node.ClearField("doc_string")
    for tensor in every_tensor(inferred):
        tensor.ClearField("doc_string")
    set_metadata(inferred, facts.metadata)
    sort_nodes(inferred)
    drop_unused(inferred)
    return inferred


def set_metadata(model: onnx.ModelProto, metadata: Iterable[tuple[str, str]]) -> None:
    """Make these the model's only metadata: tools add notes of their own."""
    del model.metadata_props[:]
    for key, value in metadata:
        model.metadata_props.add(key=key, value=value)


def name_nodes(model: onnx.ModelProto) -> None:
    """Give a name to every node that has none or shares one: its operator and a number."""
    taken: set[str] = set()
    names = {node.name for node in model.graph.node}
    numbers: dict[str, Iterator[int]] = {}
    for node in model.graph.node:
        if not node.name or node.name in taken:
            counted = numbers.setdefault(node.op_type, itertools.count(1))
            node.name = next(free for free in (f"{node.op_type}_{number}" for number in counted) if free not in names)
        taken.add(node.name)
        names.add(node.name)


def drop_unused(model: onnx.ModelProto) -> None:
    """Remove initialisers that nothing reads and operator-set imports that no node needs."""
    used = {name for node in model.graph.node for name in (*node.input, *_captured(node))}
    used |= {value.name for value in model.graph.output}
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    domains = {node.domain or "ai.onnx" for node in model.graph.node} | {"ai.onnx"}
    imports = [item for item in model.opset_import if (item.domain or "ai.onnx") in domains]
    del model.opset_import[:]
    model.opset_import.extend(imports)


def sort_nodes(model: onnx.ModelProto) -> None:
    """Put every node behind those that it reads from, otherwise keeping the order; a cycle is left as it is."""
    nodes = list(model.graph.node)
    makers = {name: index for index, node in enumerate(nodes) for name in node.output if name}
    order: dict[int, None] = {}
    opened: set[int] = set()
    stack = list(reversed(range(len(nodes))))
    while stack:
        index = stack[-1]
        opened.add(index)
        read = {makers[name]: None for name in (*nodes[index].input, *_captured(nodes[index])) if name in makers}
        missing = [maker for maker in read if maker not in order and maker not in opened]
        if missing and index not in order:
            stack.extend(reversed(missing))
        else:
            order[stack.pop()] = None
    sorted_graph = type(model.graph)()
    sorted_graph.node.extend(nodes[index] for index in order)
    del model.graph.node[:]
    model.graph.node.extend(sorted_graph.node)


def _captured(node: onnx.NodeProto) -> set[str]:
    """Names that a node's subgraphs read, their own included."""
    graphs = subgraphs(node)
    return {name for graph in graphs for inner in graph.node for name in (*inner.input, *_captured(inner))} | {
        value.name for graph in graphs for value in graph.output
    }
