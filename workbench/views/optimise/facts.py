"""Facts of a candidate for the inspector: its recipe, its engines, where it comes from, and its classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from workbench.views.facts import Fact, FactGroup
from workbench.views.optimise.values import BoardCell, ClassRow
from workbench.views.optimise.words import mb_text, signed
from workbench.words import say_count, say_hash

if TYPE_CHECKING:
    from projects.project import Project
    from projects.records import CandidateRecord, Stored
    from workbench.pipeline.candidate_evidence import RunOfCandidate
    from workbench.pipeline.detector import Detector

DASH = "\N{EN DASH}"
_ACCURACY_TABLE = "Accuracy on the labels"


def facts_of_model(project: Project, detector: Detector, speeds: Sequence[BoardCell]) -> tuple[FactGroup, ...]:
    """What is known of the model itself."""
    facts = detector.facts
    size = [axis if isinstance(axis, int) else 0 for axis in facts.inputs[0].shape]
    made = [
        Fact("Model", project.deployment.model_format.intermediate),
        Fact("Weights", facts.weight_dtype or "not known"),
        Fact("Input", " \N{MULTIPLICATION SIGN} ".join(map(str, size))),
        Fact("Opset", str(facts.opset)),
    ]
    lineage = [_hash("Model", facts.sha256)]
    return (FactGroup("Model", tuple(made)), *_engines(speeds), FactGroup("Lineage", tuple(lineage)))


def facts_of_candidate(stored: Stored[CandidateRecord], speeds: Sequence[BoardCell]) -> tuple[FactGroup, ...]:
    """What is known of a candidate."""
    record = stored.record
    lineage = [_hash("Model", record.parent_sha256)]
    if record.calibration is not None:
        lineage.append(_hash("Calibration ranges", record.calibration.sha256))
    lineage.append(_hash("This candidate", record.sha256))
    tools = tuple(Fact(name, version) for name, version in sorted(record.tools.items()))
    return (
        FactGroup("Recipe", tuple(_recipe(record))),
        *_engines(speeds),
        FactGroup("Lineage", tuple(lineage)),
        FactGroup("Made with", (*tools, Fact("Opset", str(record.opset)))),
    )


def class_rows(runs: Sequence[RunOfCandidate], side: str) -> tuple[tuple[ClassRow, ...], str]:
    """Average precision by class beside the model's, from the first run that has it; and of what it is, in words."""
    for item in runs:
        reference, device = (dict(_classes(item.run.figures, name)) for name in ("reference", "device"))
        if device:
            shown = device if side == "device" else reference
            rows = tuple(_class_row(name, reference.get(name), shown[name]) for name in device)
            images = item.run.figures.get("accuracy", {}).get("device", {}).get("images")
            count = f"{say_count(images, 'frame')}, " if isinstance(images, int) else ""
            return rows, f"{count}run {item.run.number}{', stale' if item.stale else ''}"
    return (), ""


def _class_row(name: str, reference: float | None, device: float | None) -> ClassRow:
    change = None if reference is None or device is None else device - reference
    return ClassRow(
        name,
        reference,
        device,
        change,
        DASH if reference is None else f"{reference:.3f}",
        DASH if device is None else f"{device:.3f}",
        DASH if change is None else signed(change, 3),
    )


def _classes(figures: dict[str, Any] | Any, side: str) -> Iterator[tuple[str, float | None]]:
    """mAP50 by class; from the printed table where an older Slipway kept no other."""
    kept = figures.get("accuracy", {}).get(side, {}).get("classes")
    if kept:
        yield from ((name, _number(values.get("map50"))) for name, values in kept.items())
        return
    table = next((one for one in figures.get("tables", ()) if one.get("title") == _ACCURACY_TABLE), None)
    column = 1 if side == "reference" else 2
    for line in [] if table is None else table["lines"][1:]:
        yield str(line[0]), _number(line[column])


def _number(value: object) -> float | None:
    try:
        return None if value is None else float(str(value))
    except ValueError:
        return None


def _recipe(record: CandidateRecord) -> Iterator[Fact]:
    calibration = record.calibration
    if record.recipe == "int8":
        yield Fact("Weights", "int8, per channel")
        yield Fact("Activations", "int8, per tensor")
        if calibration is not None:
            yield Fact("Ranges by", calibration.method)
    else:
        yield Fact("Weights", "half precision" if record.recipe == "fp16" else "float32")
    kept = f"{say_count(len(record.keep), 'entry')}, {say_count(len(record.kept_nodes), 'node')}"
    yield Fact("Kept in float", kept if record.keep else "nothing" if record.recipe != "fp32" else "everything")
    if calibration is not None:
        yield Fact("Calibration", f"{say_count(calibration.count, 'frame')}, seed {calibration.seed}")


def _engines(speeds: Sequence[BoardCell]) -> tuple[FactGroup, ...]:
    known = [Fact(speed.board, _engine(speed)) for speed in speeds]
    return (FactGroup("Engines", tuple(known)),) if known else ()


def _engine(speed: BoardCell) -> str:
    if not speed.engine:
        return "not built"
    return speed.engine if speed.engine_bytes is None else f"{speed.engine}, {mb_text(speed.engine_bytes)} MB"


def _hash(name: str, sha256: str) -> Fact:
    return Fact(name, say_hash(sha256), copies=sha256)
