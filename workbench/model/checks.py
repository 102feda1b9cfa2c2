"""The checks of a model, one after the other, each with what came out, how long it took and which node it concerns."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from projects.records import CandidateRecord, RecordStore
from targets.agent.heads.base import Head
from workbench.base.errors import SlipwayError, UsageError
from workbench.evaluate.matching import iou_matrix
from workbench.frames.source import Image
from workbench.intake.trial import Trial, spread_frames
from workbench.model.kept_checks import PREPROCESSING
from workbench.model.page import Sight
from workbench.model.tried_frames import SCENES, frames_source, read_frame
from workbench.optimise.model_file import every_tensor
from workbench.optimise.objections import find_objections, find_openvino_objections
from workbench.optimise.opset import settle_opset
from workbench.optimise.skeleton import Skeleton, inferred, skeleton_of
from workbench.optimise.trt_rules import TrtObjection, TrtTarget, find_trt_objections
from workbench.pipeline.optimise import worker_threads
from workbench.pipeline.runtime_check import TENSORRT
from workbench.reference import Reference
from workbench.views.model import ERR, IDLE, OK, WARN, CheckRow

if TYPE_CHECKING:
    import onnx

FRAMES, REPEATS = 3, 3
CLOSE = 1e-3
"""Of the range of an output: two implementations of float32 differ by less."""
CLOSE_HALF = 1e-2
"""The same of weights in float16."""
_DIFFERS = "Two runtimes compute something else: look at the operators that they differ on."
TRT_VERSIONS = ((8, 5, 2), (8, 6, 1), (10, 3, 0))
"""What JetPack 5.1, 5.1 with an update, and 6.1 and later bring."""
_MODEL = "slipway: head:"


class Outcome(NamedTuple):
    """What a check came to."""

    level: str
    text: str
    hint: str = ""
    node: str = ""


@dataclass(frozen=True)
class Check:
    """One check: its name, its title, and what it does."""

    name: str
    title: str
    run: Callable[[Subject], Outcome]


class Subject:
    """A model under check: what several checks need is made once.

    Args:
        sight: the model as its document has it.
        check: raises where the work is to stop.
    """

    def __init__(self, sight: Sight, check: Callable[[], None]) -> None:
        self.sight = sight
        self.understood = sight.understood
        self.opened = sight.understood.model
        self.facts = self.opened.facts
        self.model: onnx.ModelProto = self.opened.source.model
        self.check = check
        self.confirmed = ""
        """Set by the check of the preprocessing where outside data confirm it."""

    @cached_property
    def skeleton(self) -> Skeleton:
        """The graph without its weights."""
        return skeleton_of(self.model)

    @property
    def rendered(self) -> bool:
        """Whether there are no frames of the test set, so that rendered ones stand in."""
        return frames_source(self.sight.document) is None

    @cached_property
    def frames(self) -> list[Image]:
        """A few frames of the test set, else rendered ones."""
        source = frames_source(self.sight.document)
        if source is None:
            return [read_frame(self.sight.document, f"scene:{seed}")[0] for seed in SCENES[:FRAMES]]
        return [source.read(index) for index in spread_frames(source, FRAMES)]

    @cached_property
    def reference(self) -> Reference:
        """The model in ONNX Runtime, open until `close`."""
        return Reference(self.opened.source, worker_threads())

    @cached_property
    def batches(self) -> list[NDArray[np.float32]]:
        """The frames as the model gets them."""
        from targets.agent.frames import Preprocessor

        width, height, layout = self.opened.size
        feeding = self.understood.feeding
        prepare = Preprocessor(feeding.preprocess(layout), height, width)
        fitting = feeding.fitting(width, height)
        return [prepare(np.ascontiguousarray(fitting.apply(frame)[0])).copy() for frame in self.frames]

    @cached_property
    def outputs(self) -> list[list[NDArray[Any]]]:
        """What the reference gives for each frame."""
        found = []
        for batch in self.batches:
            self.check()
            found.append(self.reference.infer(batch))
        return found

    def close(self) -> None:
        """Free the runtime."""
        if "reference" in self.__dict__:
            self.reference.close()


def run_checks(subject: Subject, tell: Callable[[CheckRow], None]) -> tuple[CheckRow, ...]:
    """Every check, told as it ends; one that cannot be made says why and is no reason to stop.

    Raises:
        Cancelled: a person stopped it.
    """
    rows = []
    try:
        for check in CHECKS:
            subject.check()
            row = _run(check, subject)
            rows.append(row)
            tell(row)
    finally:
        subject.close()
    return tuple(rows)


def _run(check: Check, subject: Subject) -> CheckRow:
    from workbench.base.errors import Cancelled

    started = time.perf_counter()
    try:
        outcome = check.run(subject)
    except Cancelled:
        raise
    except SlipwayError as error:
        path = f"{subject.opened.identity.path}"
        outcome = Outcome(ERR, error.summary.replace(f"{path}: ", "").replace(path, "it"), error.hint)
    elapsed_ms = (time.perf_counter() - started) * 1e3
    shown = None if outcome.level == IDLE else elapsed_ms
    return CheckRow(check.name, check.title, outcome.text, outcome.level, shown, outcome.node, outcome.hint)


def _file_hash(subject: Subject) -> Outcome:
    layout = subject.sight.document.raw.layout
    records = RecordStore(layout.records)
    sha256 = subject.facts.sha256
    candidates = records.all(CandidateRecord)
    mine = [item for item in candidates if item.record.parent_sha256 == sha256]
    kept = subject.sight.kept
    if mine:
        return Outcome(OK, f"as {len(mine)} candidate{'s' if len(mine) > 1 else ''} of it say")
    if candidates:
        return Outcome(WARN, "every candidate is of another file", "Make the candidates again: the model was replaced.")
    if kept is not None and kept.model_sha256 == sha256:
        return Outcome(OK, "as at the last check")
    return Outcome(OK, f"{subject.opened.brought.sha256[:12]}, nothing made of it yet")


def _takeable(subject: Subject) -> Outcome:
    found = list(find_objections(subject.facts))
    if found:
        path = str(subject.facts.path)
        return Outcome(ERR, found[0].summary.replace(f"{path} ", ""), found[0].hint)
    shown = str(subject.facts.inputs[0])
    return Outcome(OK, f"one image: {shown}")


def _onnx_checker(subject: Subject) -> Outcome:
    import onnx

    about = f"IR {subject.facts.ir_version}, opset {subject.facts.opset}"
    try:
        onnx.checker.check_model(subject.skeleton.model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        said = str(error).strip().splitlines()[0][:200]
        hint = "ONNX Runtime may take it all the same; export it again where a board refuses it."
        return Outcome(WARN, f"{about}: {said}", hint)
    return Outcome(OK, about)


def _shapes(subject: Subject) -> Outcome:
    shaped = inferred(subject.skeleton)
    values = (*shaped.graph.value_info, *shaped.graph.output)
    known = {value.name for value in values if _is_known(value)}
    known |= {tensor.name for tensor in shaped.graph.initializer}
    nodes = [node for node in shaped.graph.node if node.output]
    left = [node for node in nodes if not all(name in known for name in node.output if name)]
    text = f"{len(left):,} of {len(nodes):,} nodes open"
    if not left:
        return Outcome(OK, text)
    hint = "Shapes that depend on the data cost speed on boards; TensorRT asks for more memory."
    return Outcome(WARN, f"{text}, first {_name(left[0])}", hint, _name(left[0]))


def _is_known(value: onnx.ValueInfoProto) -> bool:
    kind = value.type.tensor_type
    return kind.HasField("shape") and all(axis.HasField("dim_value") for axis in kind.shape.dim)


def _axes(subject: Subject) -> Outcome:
    from workbench.optimise.model_facts import facts_of

    if subject.facts.dynamic_axes:
        return Outcome(ERR, f"open: {', '.join(subject.facts.dynamic_axes)}", "Set `slipway: model: width`, `height`.")
    changed = subject.opened.source is not subject.opened.brought
    brought = facts_of(subject.opened.brought).dynamic_axes if changed else ()
    if brought:
        return Outcome(OK, f"{len(brought)} open in the file, fixed in memory")
    first = subject.facts.inputs[0].shape[0] if subject.facts.inputs and subject.facts.inputs[0].shape else None
    return Outcome(OK, f"batch fixed at {first}")


def _custom(subject: Subject) -> Outcome:
    kinds = len(subject.facts.operators)
    foreign = subject.facts.foreign
    if foreign:
        node = next((node for node in subject.model.graph.node if f"{node.domain}.{node.op_type}" == foreign[0]), None)
        hint = "Export the model without them, or end it before them."
        return Outcome(ERR, ", ".join(foreign[:4]), hint, "" if node is None else _name(node))
    return Outcome(OK, f"{kinds} kind{'s' if kinds != 1 else ''}, all of ONNX or its runtime")


def _openvino(subject: Subject) -> Outcome:
    try:
        import openvino
    except ImportError:
        return Outcome(IDLE, "OpenVINO is not installed here")
    objections = find_openvino_objections(subject.model)
    if objections:
        return Outcome(ERR, objections[0], "Export the model in float32, or with QDQ pairs.")
    total = len(subject.model.graph.node)
    core = openvino.Core()
    try:
        model = core.read_model(subject.model.SerializeToString())
        supported = core.query_model(model, "CPU")
        operators = model.get_ordered_ops()
    except RuntimeError as error:
        said = str(error).strip().splitlines()[-1][:200]
        return Outcome(ERR, f"it does not take the model: {said}", "Export it with standard operators, opset 13 to 17.")
    left = [op for op in operators if op.get_friendly_name() not in supported]
    if left:
        text = f"{len(left)} of {len(operators)} of its operations not on a CPU, first {left[0].get_friendly_name()}"
        return Outcome(ERR, text, "Choose another runtime, or export without them.", left[0].get_friendly_name())
    return Outcome(OK, f"takes all of {total:,} nodes")


def _tensorrt(subject: Subject) -> Outcome:
    asked = subject.sight.document.whole
    framework = asked.deployment.runtime_configuration.framework if asked is not None else None
    wanted = framework is not None and framework.name in TENSORRT
    total = len(subject.model.graph.node)
    refused: list[tuple[TrtTarget, list[TrtObjection]]] = []
    targets = [TrtTarget(version) for version in TRT_VERSIONS]
    for target in targets:
        model = subject.model
        if subject.facts.opset > target.max_opset:
            model = settle_opset(model)[0]  # as it is lowered before anything is made from it
        found = find_trt_objections(model, target)
        if found:
            refused.append((target, found))
    names = ", ".join(".".join(map(str, target.version)) for target in targets)
    if not refused:
        return Outcome(OK, f"{names} take all of {total:,} nodes")
    target, found = refused[0]
    nodes = len({item.node for item in found if item.node})
    which = "none of them takes" if len(refused) == len(targets) else f"{target} does not take"
    text = f"{which} {nodes} of {total:,} nodes: {found[0].reason}" if nodes else f"{target}: {found[0].reason}"
    level = ERR if wanted else IDLE
    return Outcome(level, text, found[0].hint, found[0].node)


def _finite(subject: Subject) -> Outcome:
    import onnx

    total = bad = 0
    where = ""
    for tensor in every_tensor(subject.model):
        subject.check()
        values = onnx.numpy_helper.to_array(tensor)
        total += values.size
        if values.dtype.kind != "f":
            continue
        wrong = int(values.size - np.count_nonzero(np.isfinite(values)))
        bad += wrong
        where = where or (tensor.name if wrong else "")
    text = f"{bad:,} of {_count(total)} bad"
    if bad:
        return Outcome(ERR, f"{text}, first in {where}", "The file is damaged, or training diverged.", where)
    return Outcome(OK, text)


def _head(subject: Subject) -> Outcome:
    head = subject.understood.head
    if isinstance(head, UsageError):
        return Outcome(ERR, head.summary.replace(f"{subject.facts.path}: ", ""), head.hint)
    shapes = ", ".join("×".join(str(axis) for axis in tensor.shape) for tensor in subject.facts.outputs[:3])
    text = f"{head.head.name}, {head.head.classes} classes: {shapes}"
    return Outcome(WARN, f"{text}; {head.doubts[0]}", f"Look at `{_MODEL}`.") if head.doubts else Outcome(OK, text)


def _suppression(subject: Subject) -> Outcome:
    head = subject.understood.head
    if isinstance(head, UsageError):
        return Outcome(IDLE, "not known: nothing decodes the model")
    inside = ", ".join(subject.facts.suppression)
    if head.head.ranked:
        return Outcome(OK, f"in the model ({inside})" if inside else "not needed: rows are detections")
    if inside:
        return Outcome(WARN, f"{inside} inside, and again after it", "Export the detector without suppression.")
    return Outcome(OK, f"after the model, overlap ≤ {subject.understood.nms_iou:g}")


def _alive(subject: Subject) -> Outcome:
    from workbench.intake.health import find_ailments

    head = subject.understood.head
    if isinstance(head, UsageError):
        return Outcome(IDLE, "not known: nothing decodes the model")
    trial = Trial(subject.reference, head.head, subject.opened.size, subject.frames)
    found = find_ailments(trial, head.head, subject.opened.source, subject.understood.feeding, subject.check)
    dead = any(item.dead for item in found)
    if found and not dead and subject.rendered:
        return Outcome(IDLE, f"rendered scenes do not tell: {found[0].text}", "Add frames that the model was made for.")
    if found:
        return Outcome(ERR if dead else WARN, found[0].text, f"{found[0].hint[:1].upper()}{found[0].hint[1:]}.")
    return Outcome(OK, f"on {len(subject.frames)} frames")


def _equals(subject: Subject) -> Outcome:
    """OpenVINO in float32 against ONNX Runtime: two implementations that know nothing of each other."""
    try:
        import openvino
    except ImportError:
        return Outcome(IDLE, "OpenVINO is not installed here")
    if subject.facts.quantisation is not None:
        return Outcome(IDLE, "not asked of a model of integers: runtimes round differently")
    core = openvino.Core()
    try:
        model = core.read_model(subject.model.SerializeToString())
        compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        results = [(compiled(batch), outputs) for batch, outputs in _pairs(subject)]
    except RuntimeError as error:
        said = str(error).strip().splitlines()[-1][:200]
        return Outcome(WARN, f"OpenVINO cannot run it: {said}", "See the check of OpenVINO.")
    name = f"OpenVINO {openvino.__version__.split('-')[0]}"
    head = subject.understood.head
    if not isinstance(head, UsageError) and head.head.ranked:
        return _equals_ranked(name, head.head, results)
    worst = max(_difference(found, outputs) for found, outputs in results)
    text = f"{name}: at most {worst:.1e} of the range, {len(results)} frames"
    close = CLOSE if subject.facts.weight_dtype == "float32" else CLOSE_HALF
    return Outcome(OK, text) if worst <= close else Outcome(WARN, text, _DIFFERS)


def _equals_ranked(name: str, head: Head, results: list[tuple[Any, list[NDArray[Any]]]]) -> Outcome:
    """By what is detected: rows of equal scores may change places."""
    boxes, worst = 0, 1.0
    for found, outputs in results:
        mine = head.detect([np.asarray(found[place]) for place in range(len(outputs))], 0.1, 0.7, 300)
        wanted = head.detect(outputs, 0.25, 0.7, 300)
        boxes += len(wanted.scores)
        if len(wanted.scores):
            overlaps = iou_matrix(wanted.boxes, mine.boxes) if len(mine.scores) else np.zeros((len(wanted.scores), 1))
            worst = min(worst, float(overlaps.max(axis=1).min()))
    text = f"{name}: {boxes} boxes of {len(results)} frames" + (f", least overlap {worst:.4f}" if boxes else "")
    return Outcome(OK, text) if worst >= 0.99 else Outcome(WARN, text, _DIFFERS)


def _pairs(subject: Subject) -> Iterator[tuple[NDArray[Any], list[NDArray[Any]]]]:
    dtype = subject.facts.inputs[0].dtype
    for batch, outputs in zip(subject.batches, subject.outputs, strict=True):
        subject.check()
        yield batch.astype(dtype, copy=False), outputs


def _difference(results: Any, outputs: list[NDArray[Any]]) -> float:
    """The largest difference of any output, as a part of its range; of ranked rows their number may differ."""
    worst = 0.0
    for place, expected in enumerate(outputs):
        found = np.asarray(results[place], np.float64)
        wanted = np.asarray(expected, np.float64)
        if found.shape != wanted.shape:
            return float("inf")
        if wanted.size:
            span = float(wanted.max() - wanted.min()) or 1.0
            worst = max(worst, float(np.abs(found - wanted).max()) / span)
    return worst


def _repeats(subject: Subject) -> Outcome:
    first = subject.outputs[0]
    same = 1
    for _ in range(REPEATS - 1):
        subject.check()
        again = subject.reference.infer(subject.batches[0])
        same += all(np.array_equal(one, two, equal_nan=True) for one, two in zip(first, again, strict=True))
    text = f"{same} of {REPEATS} runs"
    if same < REPEATS:
        return Outcome(WARN, text, "Its results depend on more than the frame; equivalence will be judged with that.")
    return Outcome(OK, text)


def _preprocessing(subject: Subject) -> Outcome:
    from workbench.model.confirmation import confirm_preprocessing

    return confirm_preprocessing(subject)


def _name(node: onnx.NodeProto) -> str:
    return node.name or (node.output[0] if node.output else node.op_type)


def _count(value: int) -> str:
    return f"{value / 1e6:.2f} M" if value >= 1e6 else f"{value:,}"


CHECKS: tuple[Check, ...] = (
    Check("hash", "File hash", _file_hash),
    Check("taken", "Taken by Slipway", _takeable),
    Check("axes", "No dynamic axes", _axes),
    Check("custom", "No custom operators", _custom),
    Check("checker", "ONNX checker, full", _onnx_checker),
    Check("shapes", "All shapes known", _shapes),
    Check("finite", "Weights finite", _finite),
    Check("head", "Head understood", _head),
    Check("suppression", "Suppression", _suppression),
    Check("tensorrt", "TensorRT", _tensorrt),
    Check("openvino", "OpenVINO", _openvino),
    Check("alive", "Outputs make sense", _alive),
    Check("repeats", "Repeats bit for bit", _repeats),
    Check("equals", "Equals the reference", _equals),
    Check(PREPROCESSING, "Preprocessing confirmed", _preprocessing),
)
