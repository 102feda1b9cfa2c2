"""The tables that commands print, from the values of results, boards and the doctor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from workbench.command.table import NOT_KNOWN, Table
from workbench.evaluate.wording import number

if TYPE_CHECKING:
    from projects.project import Unconfirmed
    from targets.facts import BoardFacts
    from targets.inventory import BoardEntry
    from targets.lacks import Lack
    from workbench.doctor import Finding
    from workbench.frames.label_map import MappedName
    from workbench.intake.preprocessing_rank import Ranking as Feedings
    from workbench.optimise.rank import Ranking
    from workbench.pipeline.candidate_table import CandidateRow, CandidateSpeed
    from workbench.pipeline.chain import ChainStatus
    from workbench.pipeline.check import RecordedField
    from workbench.pipeline.model_check import ModelSummary
    from workbench.results.comparison import Comparison, Difference
    from workbench.results.run_record import RequirementResult
    from workbench.results.run_table import RunRow

_OPERATORS = 12
"""So many kinds are shown."""
WITH_FIGURES = 96
"""Columns of a screen on which the table of runs has room for figures."""


def verdict_table(results: Sequence[RequirementResult], title: str = "", *, reasons: bool = True) -> Table:
    """Every requirement with its verdict, and the reason unless a narrow screen has no room for it."""
    from workbench.reports.wording import interval_text, limit_text, quantity_text

    prefix = _common_prefix([item.id for item in results])
    rows = tuple(
        (
            item.id.removeprefix(prefix),
            item.title + ("" if item.confirmed else " (limit not confirmed)"),
            quantity_text(item.verdict.value, item.verdict.unit),
            interval_text(item.verdict) or NOT_KNOWN,
            limit_text(item),
            item.verdict.outcome.value,
            *((item.verdict.reason,) if reasons else ()),
        )
        for item in results
    )
    columns = ("id", "criterion", "measured", "interval", "limit", "verdict", *(("reason",) if reasons else ()))
    where = f" of {prefix.rstrip('/')}" if prefix else ""
    return Table(columns, rows, f"{title}{where}", frozenset({"measured"}))


def _common_prefix(ids: Sequence[str]) -> str:
    """What all derived ids begin with, the specification's id and a slash; nothing where one was given by hand."""
    prefixes = {name[: name.rfind("/") + 1] for name in ids}
    return prefixes.pop() if len(prefixes) == 1 else ""


def runs_table(rows: Sequence[RunRow], width: int | None = None) -> Table:
    """All runs of a project, the figures in the units of their headings, as fits a screen of this many columns."""
    return _wide_runs(rows) if width is None else _screen_runs(rows, figures=width >= WITH_FIGURES)


def _wide_runs(rows: Sequence[RunRow]) -> Table:
    cells = tuple(
        (
            str(row.number),
            _minute(row.created),
            row.state,
            row.board,
            row.candidate,
            _number(row.latency_p50_ms),
            _number(row.latency_p99_ms),
            row.latency_pass.replace("_", " ") or NOT_KNOWN,
            _number(row.throughput_fps),
            _number(row.memory_peak_mb),
            _number(row.detection_iou),
            _number(row.map50),
            _counts(row),
            row.verdict,
            row.run,
        )
        for row in rows
    )
    speed, figures = ("p50 ms", "p99 ms"), ("frames/s", "peak MB", "IoU", "mAP50")
    before = ("run", "created, UTC", "state", "board", "candidate", *speed, "latency pass")
    columns = (*before, *figures, "requirements", "verdict", "id")
    return Table(columns, cells, right=frozenset({"run", *speed, *figures}))


def _screen_runs(rows: Sequence[RunRow], *, figures: bool) -> Table:
    """Cells of several lines; the long id is left out, for the number stands for it everywhere."""
    cells = tuple(
        (
            str(row.number),
            _minute(row.created).replace(" ", "\n"),
            f"{row.board}\n{row.candidate}",
            *(_screen_figures(row) if figures else ()),
            _counts(row).replace(", ", "\n"),
            _screen_verdict(row),
        )
        for row in rows
    )
    latency, fps, peak = "p50, p99 ms\nof the pass", "frames\nin a s", "peak\nMB"
    shown = (latency, fps, peak, "IoU") if figures else ()
    columns = ("run", "created\nUTC", "board,\ncandidate", *shown, "requirements", "verdict")
    return Table(columns, cells, right=frozenset({"run", fps, peak, "IoU"}))


def _screen_verdict(row: RunRow) -> str:
    """With spaces in the names of kinds, so that they can be wrapped."""
    text = row.verdict.replace("_", " ") or "no verdict"
    return text if row.state == "finished" else f"{row.state}: {text}"


def _screen_figures(row: RunRow) -> tuple[str, ...]:
    p50, p99, fps, peak, iou = (
        NOT_KNOWN if value is None else number(value, 3)
        for value in (row.latency_p50_ms, row.latency_p99_ms, row.throughput_fps, row.memory_peak_mb, row.detection_iou)
    )
    latency = f"{p50}, {p99}\n{row.latency_pass.replace('_', ' ')}" if row.latency_pass else NOT_KNOWN
    return latency, fps, peak, iou


def _counts(row: RunRow) -> str:
    """`12 PASS, 1 NOT MEASURED`; what there is none of is left out."""
    found = {
        "PASS": row.passed,
        "FAIL": row.failed,
        "INCONCLUSIVE": row.inconclusive,
        "NOT MEASURED": row.not_measured,
    }
    return ", ".join(f"{amount} {outcome}" for outcome, amount in found.items() if amount) or NOT_KNOWN


def _minute(created: str) -> str:
    """`2026-11-24T09:15:00Z` as `2026-11-24 09:15`."""
    return created[:16].replace("T", " ") or NOT_KNOWN


def comparison_table(comparison: Comparison, *, screen: bool = False) -> Table:
    """Two runs, requirement by requirement; the words have the interval too, so that a screen has no column for it."""
    from workbench.reports.wording import quantity_text, unit_of_difference

    rows = tuple(
        (
            row.title,
            quantity_text(row.a, row.unit),
            row.outcome_a,
            quantity_text(row.b, row.unit),
            row.outcome_b,
            *(() if screen else (quantity_text(row.difference, unit_of_difference(row.unit)), _bounds(row))),
            row.text,
            row.basis or NOT_KNOWN,
        )
        for row in comparison.rows
    )
    figures = () if screen else ("B - A", "interval")
    columns = ("criterion", "A", "verdict A", "B", "verdict B", *figures, "in words", "what is compared")
    title = f"A = {comparison.a}, B = {comparison.b}"
    return Table(columns, rows, title, frozenset({"A", "B", "B - A"}))


def _bounds(row: Difference) -> str:
    return _interval(row.lower, row.upper, row.unit)


def model_table(model: ModelSummary) -> Table:
    """What a project's model is."""
    named = f"{len(model.class_names)}, {model.class_names_from}: {', '.join(model.class_names)}"
    domains = "".join(f", {name} {version}" for name, version in model.other_opsets)
    macs = NOT_KNOWN if model.mac_count is None else f"{model.mac_count / 1e9:.3g} billion"
    operators = sorted(model.operators, key=lambda item: (-item[1], item[0]))
    rest = f" and {len(operators) - _OPERATORS} more" if len(operators) > _OPERATORS else ""
    weights = ", ".join(part for part in (model.weight_dtype, model.quantisation) if part) or NOT_KNOWN
    rows = [
        ("file", f"{model.file}, {model.size_bytes / 1e6:.2f} MB"),
        *(("data beside it", f"{name}, {size_bytes / 1e6:.2f} MB") for name, size_bytes in model.external),
        ("sha256", model.sha256),
        ("made by", f"{model.producer or 'nobody says'}, opset {model.opset}{domains}, IR {model.ir_version}"),
        ("metadata", ", ".join(key for key, _ in model.metadata) or "none"),
        ("input", ", ".join(model.inputs)),
        ("output", ", ".join(model.outputs)),
        *(("changed", change) for change in model.changes),
        ("head", f"{model.head or 'none'}: {model.head_reason}"),
        ("classes", named if model.class_names else model.class_names_from),
        ("suppression inside", ", ".join(model.suppression) or "none"),
        ("operators", ", ".join(f"{name} {count}" for name, count in operators[:_OPERATORS]) + rest),
        ("size", f"{model.node_count} nodes, {model.parameter_count / 1e6:.3g} million parameters"),
        ("multiply-accumulates", macs),
        ("weights", weights),
        ("FP32 means", model.precision),
    ]
    return Table(("model", ""), tuple(rows))


def layers_table(model: ModelSummary) -> Table:
    """A model's layers, in the graph's order, with what each has a share of."""
    total = model.mac_count
    rows = [
        (
            layer.name,
            layer.operator,
            _shape(layer.output_shape),
            _count(layer.parameter_count),
            _count(layer.mac_count),
            NOT_KNOWN if not total or layer.mac_count is None else f"{100 * layer.mac_count / total:.1f} %",
        )
        for layer in model.layers
    ]
    parameters = [layer.parameter_count for layer in model.layers]
    held = None if None in parameters else sum(count for count in parameters if count is not None)
    rows.append((f"{len(model.layers)} layers", "", "", _count(held), _count(total), ""))
    columns = ("layer", "operator", "output", "parameters", "MACs", "share")
    return Table(columns, tuple(rows), "", frozenset({"parameters", "MACs", "share"}))


def _shape(shape: tuple[int | None, ...] | None) -> str:
    if shape is None:
        return NOT_KNOWN
    return f"[{', '.join('?' if length is None else str(length) for length in shape)}]"


def _count(value: int | None) -> str:
    return NOT_KNOWN if value is None else f"{value:,}"


def label_map_table(mapping: Iterable[MappedName]) -> Table:
    """What the labels' classes are to the model."""
    rows = tuple((item.label, item.model or NOT_KNOWN, item.how) for item in mapping)
    return Table(("labels say", "the model's class", "matched by"), rows)


def unconfirmed_table(values: Iterable[Unconfirmed]) -> Table:
    """What was proposed and waits for a person."""
    rows = tuple((item.path, item.value, f"{item.file}:{item.line}") for item in values)
    return Table(("not confirmed by a person", "value", "where"), rows)


def recorded_table(fields: Iterable[RecordedField]) -> Table:
    """What the documents say and nothing uses."""
    return Table(("recorded only", "because"), tuple((field.path, field.because) for field in fields))


def chain_table(chain: ChainStatus) -> Table:
    """The chain from model to run: what is there, what is stale and why, and the command that mends it."""
    rows = tuple(
        (
            link.stage,
            link.state,
            link.name or NOT_KNOWN,
            link.sha256[:12] if link.sha256 else NOT_KNOWN,
            _minute(link.created or ""),
            link.reason,
            link.next_step,
        )
        for link in chain.links
    )
    columns = ("stage", "state", "name", "sha256", "created", "reason", "next")
    return Table(columns, rows, f"Project {chain.project}")


def candidates_table(rows: Iterable[CandidateRow]) -> Table:
    """Candidates, oldest first; the newest run on each board gives the speed."""
    lines = tuple(
        (
            row.name,
            row.sha256[:12],
            _minute(row.created),
            f"{row.size_bytes / 1e6:.2f}",
            row.parent_sha256[:12],
            row.calibration_sha256[:12] if row.calibration_sha256 else NOT_KNOWN,
            ",".join(row.keep),
            *(_number(row.error.get(f"{part}_snr_db")) for part in ("boxes", "scores")),
            "; ".join(_speed(speed) for speed in row.speed) or NOT_KNOWN,
        )
        for row in rows
    )
    columns = ("name", "sha256", "created", "MB", "parent", "calibration", "keep", "boxes dB", "scores dB", "speed")
    return Table(columns, lines, "", frozenset({"MB", "boxes dB", "scores dB"}))


def _speed(speed: CandidateSpeed) -> str:
    quick = ", quick" if speed.quick else ""
    return f"{speed.board}: p50 {_number(speed.latency_p50_ms)} ms, p99 {_number(speed.latency_p99_ms)} ms{quick}"


def ranking_table(ranking: Ranking) -> Table:
    """What INT8 costs in each group of layers when it alone is quantised, the most harmful first."""
    rows = tuple(
        (
            loss.group.name,
            f"{loss.score:.4f}",
            *(NOT_KNOWN if part.snr_db is None else f"{part.snr_db:.1f}" for part in loss.error),
            f"{loss.group.mac_count / 1e6:.1f}",
            ",".join(loss.group.keep),
        )
        for loss in ranking.groups
    )
    parts = tuple(f"{part.part} dB" for part in ranking.groups[0].error) if ranking.groups else ()
    columns = ("group", "IoU", *parts, "million MACs", "keep")
    title = f"IoU on {ranking.frame_count} frames with one group in INT8"
    return Table(columns, rows, title, frozenset({"IoU", *parts, "million MACs"}))


def feeding_table(ranking: Feedings) -> Table:
    """The ways to feed a model, best first; the chosen one is marked."""
    rows = tuple(
        (
            "\u2192" if way is ranking.chosen else "",
            way.fit,
            way.values,
            way.feeding.color.upper(),
            f"{way.agreement:.3f}",
        )
        for way in ranking.ways
    )
    title = f"Ways to feed the model, by {ranking.truth} on {ranking.frames} frames"
    return Table(("", "frames", "pixels", "channels", "agreement"), rows, title, frozenset({"agreement"}))


def doctor_table(findings: Iterable[Finding]) -> Table:
    """What this machine has and lacks."""
    rows = tuple((item.name, item.state.value, item.found, item.how_to_get) for item in findings)
    return Table(("needed", "state", "found", "how to get it"), rows)


def boards_table(entries: Iterable[BoardEntry]) -> Table:
    """The boards that this user knows."""
    rows = tuple((item.name, item.kind, item.address, item.root or "usual", item.python or "usual") for item in entries)
    return Table(("board", "kind", "address", "root", "Python"), rows)


def facts_table(name: str, facts: BoardFacts) -> Table:
    """What a board is and has."""
    rows = [(label, NOT_KNOWN if value is None else str(value)) for label, value in _facts(facts)]
    return Table(("fact", "value"), tuple(rows), f"Board {name}")


def lacks_table(name: str, lacks: Iterable[Lack]) -> Table:
    """What a board lacks, and the one command that brings each."""
    rows = tuple((item.name, item.weight.value, item.found, item.command) for item in lacks)
    return Table(("lacks", "state", "found", "how to get it"), rows, f"What {name} lacks")


def _facts(facts: BoardFacts) -> Iterable[tuple[str, str | int | None]]:
    from targets.lacks import clock_text

    yield "host", facts.hostname
    yield "machine id", facts.machine_id
    yield "model", facts.model
    yield "system", facts.os
    if facts.l4t is not None:
        yield "L4T", facts.l4t + (f" (JetPack {facts.jetpack})" if facts.jetpack else "")
    yield "kernel", facts.kernel
    yield "processor", facts.cpu_model
    yield "architecture", facts.arch
    yield "cores", facts.cores
    yield "memory", _gigabytes(facts.memory_bytes)
    yield "disk free", _gigabytes(facts.disk_free_bytes)
    yield "Python", facts.python and f"{facts.python} at {facts.python_path or 'an unknown place'}"
    yield "numpy", facts.numpy or facts.problems.get("numpy")
    yield "cv2", facts.cv2 or facts.problems.get("cv2")
    yield "TensorRT package", facts.tensorrt or facts.problems.get("tensorrt")
    yield "CUDA", facts.cuda
    yield "C library", facts.libc
    for name, runtime in facts.runtimes.items():
        yield f"runtime {name}", _runtime(runtime.version, runtime.precisions, runtime.problem or runtime.missing)
    for sensor in facts.sensors:
        yield f"{sensor.kind} {sensor.name}", sensor.source
    yield "temperature from", facts.temperature_sensor or _none(facts.temperature_reason)
    yield "power from", facts.power_sensor or _none(facts.power_reason)
    if facts.lock is not None:
        weak = ", weak: keeps out only users of the same root" if facts.lock.weak else ""
        yield "lock", f"{facts.lock.path}{weak}"
        yield "used by", _owner(facts.lock.owner)
    yield "root", facts.root
    yield "refuses changes", facts.policy or "no"
    yield "clock", clock_text(facts)
    yield "read at", None if facts.read_utc is None else _utc(facts.read_utc)
    yield "device key", facts.device_key
    yield "agent", facts.agent_sha256


def _runtime(version: str | None, precisions: Sequence[str], missing: str | None) -> str:
    if version is None:
        return f"missing: {missing}" if missing else "missing"
    return f"{version} ({', '.join(precisions)})" if precisions else version


def _utc(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC by this machine"


def _none(reason: str | None) -> str:
    return f"no sensor: {reason}" if reason else "no sensor"


def _owner(owner: object) -> str:
    if not isinstance(owner, dict):
        return "nobody"
    return f"{owner.get('person', 'somebody')} from {owner.get('desktop', 'somewhere')}: {owner.get('purpose', '')}"


def _gigabytes(value_bytes: int | None) -> str | None:
    return None if value_bytes is None else f"{value_bytes / 1e9:.1f} GB"


def _number(value: float | None) -> str:
    return NOT_KNOWN if value is None else f"{value:.4g}"


def _interval(lower: float | None, upper: float | None, unit: str) -> str:
    from workbench.reports.wording import quantity_text

    if lower is None and upper is None:
        return NOT_KNOWN
    return " to ".join("open" if end is None else quantity_text(end, unit) for end in (lower, upper))
