"""What a project's model is, and whether it can be taken: every objection at once, in words."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from projects.problems import Finding, Problem, suggest
from targets.agent.heads.base import Head
from workbench.base.errors import UsageError
from workbench.intake.heads import ChosenHead, choose_head
from workbench.intake.own_head import FLAG as TRUST_FLAG
from workbench.intake.own_head import OwnHead, read_own_head
from workbench.optimise.adapt import Changes, adapt_model, changes_of
from workbench.optimise.layers import Layer
from workbench.optimise.model_facts import ModelFacts, facts_of
from workbench.optimise.model_file import ModelFile, load_model
from workbench.optimise.objections import (
    OPENVINO_HINT,
    describe_precision,
    find_objections,
    find_openvino_objections,
    refuse_precision,
)
from workbench.pipeline.detector import input_size
from workbench.pipeline.raw_document import RawDocument
from workbench.settings import home_folder

MODEL, CLASSES, HEAD, KEEP, PRECISION = (
    "model_format.intermediate",
    "slipway.frames.classes",
    "slipway.head",
    "slipway.optimise.keep",
    "model_format.precision",
)
_A_MODEL = "a detector in ONNX with one image as its input, of a fixed shape"
_DECODED = "outputs that a head decodes"
_FRAMEWORK, _OPTIONS = "runtime_configuration.framework", "slipway.head_options"
_METADATA_CHARS = 2000


@dataclass(frozen=True)
class ModelSummary:
    """What a model is, for a person."""

    file: str
    sha256: str
    size_bytes: int
    opset: int
    ir_version: int
    producer: str
    inputs: tuple[str, ...]
    """Each as `images float32[1, 3, 384, 640]`."""
    outputs: tuple[str, ...]
    head: str | None
    """What decodes the outputs; None where nothing does."""
    head_reason: str
    """How that was recognised, or why not."""
    class_names: tuple[str, ...]
    """Empty where nobody names them."""
    class_names_from: str
    """Where they come from, in words."""
    parameter_count: int
    node_count: int
    weight_dtype: str | None
    quantisation: str | None
    """How it is quantised already; None where it is not."""
    precision: str = ""
    """What FP32 in the documents means for it, in words."""
    changes: tuple[str, ...] = ()
    """What is changed in memory before anything is made from it, in words."""
    external: tuple[tuple[str, int], ...] = ()
    """Data files beside it and their bytes."""
    other_opsets: tuple[tuple[str, int], ...] = ()
    """Domains of further operators and their versions."""
    operators: tuple[tuple[str, int], ...] = ()
    """How often each comes, those of subgraphs and functions included."""
    suppression: tuple[str, ...] = ()
    """Operators inside that suppress overlapping boxes."""
    metadata: tuple[tuple[str, str], ...] = ()
    """What its exporter wrote, bounded."""
    mac_count: int | None = None
    """Multiply-accumulates of one inference; None where a shape is not known."""
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True)
class ModelCheck:
    """What came out about a project's model; `summary` is None where it cannot be read."""

    summary: ModelSummary | None
    classes: tuple[str, ...] | None
    """The names that labels are matched with; None where the head or its names are not known."""
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]
    source: ModelFile | None = None
    """The model as it is worked with; None where it cannot be read."""
    facts: ModelFacts | None = None
    """Of it; None where it cannot be read or taken."""


def check_model(document: RawDocument) -> ModelCheck:
    """Look at the model that a deployment specification names."""
    if document.text(MODEL) is None:
        return ModelCheck(None, None, (), ())
    try:
        source = adapt_model(load_model(document.inner(MODEL)), _changes(document))
        facts = facts_of(source)
    except UsageError as error:
        return ModelCheck(None, None, (document.refusal(MODEL, error, _A_MODEL),), ())
    given = document.texts(CLASSES)
    names = given or facts.class_names or ()
    objections = list(find_objections(facts))
    options = {**facts.head_options, **document.mapping(_OPTIONS)}
    own, unread = _own_head(document)
    asked = document.text(HEAD)
    found = objections[0] if objections else recognise_head(source, facts, len(names), asked, options, own)
    head = None if isinstance(found, UsageError) else found.head
    undecoded = isinstance(found, UsageError) and not objections and unread is None and (own is None or own.trusted)
    problems = [
        *(document.refusal(MODEL, objection, _A_MODEL) for objection in objections),
        *(
            [document.refusal(HEAD, unread, "one of Slipway's heads, or a Python file of the project")]
            if unread
            else ()
        ),
        *([document.refusal(MODEL, found, _DECODED)] if isinstance(found, UsageError) and undecoded else ()),
        *(_class_problems(document, head, given, facts) if head is not None else ()),
        *_runtime_problems(document, source),
        *_quantisation_problems(document, facts),
        *_keep_problems(document, source),
    ]
    summary = summarise_model(facts, document.text(MODEL) or "", found, given)
    untrusted = [document.finding(HEAD, *_not_trusted(own))] if own is not None and not own.trusted else []
    findings = (*untrusted, *_findings(document, facts, source, head, given))
    taken = None if objections else facts
    return ModelCheck(summary, _classes_of(head, names), tuple(problems), findings, source, taken)


def _own_head(document: RawDocument) -> tuple[OwnHead | None, UsageError | None]:
    """The project's own head, or why its file cannot be read; neither where a head of Slipway's is named, or none."""
    if not (document.text(HEAD) or "").lower().endswith(".py"):
        return None, None
    try:
        return read_own_head(document.inner(HEAD), home_folder()), None
    except UsageError as error:
        return None, error


def _not_trusted(own: OwnHead) -> tuple[str, str]:
    text = f"the project's own head is code that nobody trusted yet (sha256 {own.sha256[:12]}), so it was not run"
    return text, f"read it; to trust it: {TRUST_FLAG} {own.sha256[:12]}, or answer the question of the next job"


def recognise_head(
    source: ModelFile,
    facts: ModelFacts,
    names: int,
    asked: str | None = None,
    options: Mapping[str, object] | None = None,
    own: OwnHead | None = None,
) -> ChosenHead | UsageError:
    """The head that decodes a model's outputs, or why there is none.

    Args:
        source: the model as it is worked with.
        facts: of it.
        names: how many classes are named; a number that does not fit is left for others to object to.
        asked: the head that the documents name.
        options: of the head, as far as they are known.
        own: the project's own head, where the documents name one.
    """
    refused: list[UsageError] = []
    for classes in dict.fromkeys((names, 0)):
        try:
            width, height, _ = input_size(facts)
            return choose_head(facts, (width, height), classes, asked, options, model=source.model, own=own)
        except UsageError as error:
            refused.append(error)
    return refused[0]


def summarise_model(
    facts: ModelFacts, file: str, found: ChosenHead | UsageError, given: Sequence[str] = ()
) -> ModelSummary:
    """The summary of a model; `found` is from `recognise_head`, `given` are class names that the documents give."""
    names = tuple(given) or facts.class_names or ()
    origin = "the documents" if given else "the model's metadata" if facts.class_names else "nobody: they are numbered"
    return ModelSummary(
        file=file,
        sha256=facts.sha256,
        size_bytes=facts.size_bytes,
        opset=facts.opset,
        ir_version=facts.ir_version,
        producer=facts.producer,
        inputs=tuple(map(str, facts.inputs)),
        outputs=tuple(map(str, facts.outputs)),
        head=None if isinstance(found, UsageError) else found.head.name,
        head_reason=_reason(facts, found),
        class_names=names,
        class_names_from=origin,
        parameter_count=facts.parameter_count,
        node_count=facts.node_count,
        weight_dtype=facts.weight_dtype,
        quantisation=facts.quantisation.value if facts.quantisation else None,
        precision=describe_precision(facts),
        changes=facts.changes,
        external=facts.external,
        other_opsets=facts.other_opsets,
        operators=facts.operators,
        suppression=facts.suppression,
        metadata=tuple((key, value[:_METADATA_CHARS]) for key, value in facts.metadata),
        mac_count=facts.mac_count,
        layers=facts.layers,
    )


def _reason(facts: ModelFacts, found: ChosenHead | UsageError) -> str:
    return found.summary.removeprefix(f"{facts.path}: ") if isinstance(found, UsageError) else found.why


def _changes(document: RawDocument) -> Changes:
    """Lengths that the document gives to axes without one; what is wrong with them is said elsewhere."""
    return changes_of({axis: document.whole(f"slipway.model.{axis}") for axis in ("batch", "width", "height")})


def _classes_of(head: Head | None, names: Sequence[str]) -> tuple[str, ...] | None:
    if head is None or (names and len(names) != head.classes):
        return None
    return tuple(names) or tuple(f"class {number}" for number in range(head.classes))


def _runtime_problems(document: RawDocument, source: ModelFile) -> Iterator[Problem]:
    """What OpenVINO cannot run although the reference can; for TensorRT see `runtime_check.py`."""
    if (document.text(_FRAMEWORK) or "").lower().startswith("openvino"):
        for objection in find_openvino_objections(source.model):
            hint = f"{OPENVINO_HINT[:1].lower()}{OPENVINO_HINT[1:].rstrip('.')}"
            yield document.problem(MODEL, objection, "a model that OpenVINO runs", hint)


def _class_problems(document: RawDocument, head: Head, given: Sequence[str], facts: ModelFacts) -> Iterator[Problem]:
    expected = f"{head.classes} names, one a class of the model's output {facts.outputs[0]}"
    if given and len(given) != head.classes:
        yield document.problem(CLASSES, f"{len(given)} names", expected)
    elif not given and facts.class_names and len(facts.class_names) != head.classes:
        got = f"{len(facts.class_names)} class names in the model's metadata ({', '.join(facts.class_names[:8])})"
        yield document.problem(MODEL, got, expected, f"export it again, or give the names in `{CLASSES}`")
    for name in dict.fromkeys(given):
        if list(given).count(name) > 1:
            yield document.problem(CLASSES, f"'{name}' a second time", "each name once")


def _quantisation_problems(document: RawDocument, facts: ModelFacts) -> Iterator[Problem]:
    precision = document.text(PRECISION) or ""
    refused = refuse_precision(facts, precision)
    if refused is not None:
        reason, hint = refused
        yield document.problem(
            PRECISION, f"'{precision}' for a model that {reason}", "FP32, or a model in float32", hint
        )


def _keep_problems(document: RawDocument, source: ModelFile) -> Iterator[Problem]:
    """Entries that no node matches; nodes without names get theirs in the clean-up, so those cannot be told here."""
    names = [node.name for node in source.model.graph.node]
    if not all(names):
        return
    for entry in _unmatched(document, names):
        hint = suggest(entry, names) or "patterns such as '/head/*' are allowed; `slipway optimise --rank` lists nodes"
        yield document.problem(KEEP, f"'{entry}', which no node of the model is called", "names of nodes", hint)


def _unmatched(document: RawDocument, names: Sequence[str]) -> list[str]:
    known = set(names)
    return [entry for entry in document.texts(KEEP) if entry not in known and not fnmatch.filter(names, entry)]


def _findings(
    document: RawDocument, facts: ModelFacts, source: ModelFile, head: Head | None, given: Sequence[str]
) -> Iterator[Finding]:
    if facts.checker:
        yield document.finding(MODEL, f"ONNX's checker objects to the model: {facts.checker}")
    if head is not None and not given and facts.class_names is None:
        hint = f"name them in `{CLASSES}`, in the model's order"
        yield document.finding(MODEL, "nobody names the model's classes, so they are numbered", hint)
    if given and facts.class_names and tuple(given) != facts.class_names:
        text = f"the model's own class names differ: {', '.join(facts.class_names[:8])}"
        yield document.finding(CLASSES, text, "the documents' names are taken")
    names = [node.name for node in source.model.graph.node]
    if not all(names):
        for entry in _unmatched(document, names):
            text = f"'{entry}' is no node of the model as it is; nodes without names get theirs when it is optimised"
            yield document.finding(KEEP, text)
