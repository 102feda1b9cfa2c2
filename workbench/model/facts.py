"""The facts of a model for the inspector: tensors, size, identity, and what was made from it."""

from __future__ import annotations

from collections.abc import Iterator

from projects.blobs import BlobStore
from projects.records import CandidateRecord, EngineRecord, RecordStore, ReleaseRecord
from workbench.base.errors import SlipwayError, UsageError
from workbench.intake.heads import ChosenHead
from workbench.model.opened import OpenedDocument
from workbench.model.understood import Understood
from workbench.optimise.model_facts import ModelFacts, TensorFacts
from workbench.views.facts import Fact, FactGroup
from workbench.views.model import ModelForm
from workbench.words import say_bytes, say_hash

_LICENCE_KEYS = ("license", "licence", "License", "LICENSE")
_SHOWN = 8


def fact_groups(document: OpenedDocument, understood: Understood, form: ModelForm) -> tuple[FactGroup, ...]:
    """All of them, in their order."""
    facts = understood.model.facts
    return (
        *(FactGroup("Input", tuple(_input(tensor, form))) for tensor in facts.inputs[:2]),
        *_outputs(understood),
        FactGroup("Size", tuple(_size(facts))),
        FactGroup("Identity", tuple(_identity(document, understood))),
        FactGroup("Used by", tuple(_uses(document, facts.sha256))),
    )


def _input(tensor: TensorFacts, form: ModelForm) -> Iterator[Fact]:
    yield Fact(tensor.name, _shape(tensor))
    fields = {field.label: field for field in form.fields}
    layout, scale = fields.get("Layout"), fields.get("Scale")
    if layout is not None:
        yield Fact("Type, order", ", ".join(reversed(layout.text.split(", "))))
    if scale is not None:
        assumed = ", assumed" if scale.amber else ""
        values = scale.text.rpartition(", ")[2]
        plain = all(fields[name].value == usual for name, usual in (("Mean", "0"), ("Spread", "1")) if name in fields)
        text = values if plain else f"({scale.text.partition(',')[0]} − mean) ÷ spread"
        yield Fact("Values", f"{text}{assumed}", "warn" if scale.amber else "")


def _outputs(understood: Understood) -> Iterator[FactGroup]:
    head, outputs = understood.head, understood.model.facts.outputs
    lines = [Fact(tensor.name, _shape(tensor)) for tensor in outputs[:_SHOWN]]
    if len(outputs) > _SHOWN:
        lines.append(Fact("Further outputs", str(len(outputs) - _SHOWN)))
    if isinstance(head, ChosenHead):
        lines.append(Fact("Classes", str(head.head.classes)))
        lines.append(Fact("Rows", "detections, ranked" if head.head.ranked else "one for each anchor"))
    yield FactGroup("Output" if len(outputs) == 1 else "Outputs", tuple(lines))


def _size(facts: ModelFacts) -> Iterator[Fact]:
    yield Fact("File", say_bytes(facts.size_bytes))
    for name, size_bytes in facts.external[:3]:
        yield Fact(f"With {name}", say_bytes(size_bytes))
    weighted = sum(1 for layer in facts.layers if layer.parameter_count)
    yield Fact("Weights", facts.weight_dtype or "none stored")
    yield Fact("Parameters", f"{facts.parameter_count:,}")
    macs = facts.mac_count
    yield Fact("MACs per frame", "not known" if macs is None else big_number(macs))
    yield Fact("Nodes", f"{facts.node_count:,}, {weighted:,} with weights")
    if facts.quantisation is not None:
        yield Fact("Quantised", facts.quantisation.value)


def _identity(document: OpenedDocument, understood: Understood) -> Iterator[Fact]:
    facts = understood.model.facts
    brought = understood.model.brought
    named = document.raw.text("model")
    if named:
        yield Fact("Document", named)
    yield Fact("SHA-256", say_hash(brought.sha256), copies=brought.sha256)
    yield Fact("Made by", f"{facts.producer or 'not said'}, opset {facts.opset}, IR {facts.ir_version}")
    metadata = dict(facts.metadata)
    licence = next((metadata[key] for key in _LICENCE_KEYS if metadata.get(key)), "")
    yield Fact("Licence", f"{licence.splitlines()[0][:60]}, from the file" if licence else "not in the file")
    for change in facts.changes:
        yield Fact("Changed in memory", change)


def _uses(document: OpenedDocument, sha256: str) -> Iterator[Fact]:
    layout = document.raw.layout
    records, blobs = RecordStore(layout.records), BlobStore(layout.blobs)
    try:
        candidates = records.made_from(CandidateRecord, sha256)
        engines = [engine for one in candidates for engine in records.made_from(EngineRecord, one.record.sha256)]
        releases = [item for one in candidates for item in records.made_from(ReleaseRecord, one.record.sha256)]
    except (SlipwayError, UsageError) as error:
        yield Fact("Records", error.summary, "err")
        return
    if not candidates:
        yield Fact("Candidates", "none yet")
    for item in candidates[-_SHOWN:]:
        away = "" if blobs.path_of(item.record.sha256) is not None else ", bytes not here"
        yield Fact("Candidate", f"{item.record.name}{away}", link=f"candidate:{item.record.sha256}")
    for engine in engines[-_SHOWN:]:
        text = f"{engine.record.candidate_name} @ {engine.record.board_name}"
        yield Fact("Engine", text, link=f"candidate:{engine.record.candidate_sha256}")
    for release in releases[-_SHOWN:]:
        yield Fact("Release", release.record.release)


def _shape(tensor: TensorFacts) -> str:
    return " × ".join("?" if axis is None else str(axis) for axis in tensor.shape) or "a single number"


def big_number(value: int) -> str:
    """`2.43 G`, `141.6 M`, `36.9 k`, as people write multiply-accumulates."""
    for factor, unit, digits in ((1e9, "G", 2), (1e6, "M", 1), (1e3, "k", 1)):
        if value >= factor:
            return f"{value / factor:.{digits}f} {unit}"
    return str(value)
