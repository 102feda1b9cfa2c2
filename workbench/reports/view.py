"""What a report shows, in its order: one set of values for the page, for paper and for build servers.

The same folder gives the same values: nothing here asks for the time, the machine or anything outside the folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.base.hashing import sha256_file
from workbench.evaluate.verdict import Outcome
from workbench.reports.figures import Figure, draw_figures
from workbench.reports.rules import RULES
from workbench.reports.wording import WITHOUT_LIMIT, interval_text, limit_text, quantity_text, samples_text
from workbench.results.run_folder import check_files, inside
from workbench.results.run_record import RequirementResult, RunRecord, RunState

COLOURS = {
    Outcome.PASS: "pass",
    Outcome.FAIL: "fail",
    Outcome.INCONCLUSIVE: "unsure",
    Outcome.NOT_MEASURED: "none",
}
TITLE = "Deployment verification report"
DOCUMENT = "13-67"
OVERLAYS_TEXT = (
    "Reference on the left, device on the right, at the confidence threshold. Solid: matched; dashed red: missed by "
    "the device; dotted orange: only on the device."
)
RECORDED_ONLY_TEXT = "Fields of the documents on which nothing in this version acts."
_STAGES = ("model", "candidate", "engine", "release")


@dataclass(frozen=True)
class Bar:
    """An interval against its limit, as shares of the bar's width, from 0 to 1."""

    low: float
    high: float
    value: float
    limit: float


@dataclass(frozen=True)
class Row:
    """A requirement with its verdict, in words."""

    result: RequirementResult
    limit_text: str
    value_text: str
    interval_text: str
    samples_text: str
    colour: str
    """One of `COLOURS`."""
    bar: Bar | None
    """None where no figure stands against a limit on one scale."""

    @property
    def outcome(self) -> str:
        """`PASS`, `FAIL`, `INCONCLUSIVE` or `NOT MEASURED`."""
        return self.result.verdict.outcome.value


@dataclass(frozen=True)
class Table:
    """A table of the run's figures."""

    title: str
    text: str
    columns: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Overlay:
    """A worst sample as a picture."""

    text: str
    jpeg: bytes


@dataclass(frozen=True)
class Stage:
    """One stage from the model to the release."""

    stage: str
    name: str
    sha256: str
    text: str


@dataclass(frozen=True)
class Block:
    """Facts under a heading, as (name, value)."""

    title: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReportView:
    """Everything that a report shows of one run."""

    run: RunRecord
    about: Mapping[str, str]
    """id, model, precision and board as the head names them; an em dash where a run was closed before it was judged."""
    colour: str
    """Of the outcome's tile."""
    counts: tuple[tuple[str, int], ...]
    """Outcome to how many requirements have it."""
    warnings: tuple[tuple[str, str], ...]
    """(what, why): why this run is no evidence for the whole specification."""
    unfinished: str
    """How it ended, where it did not finish; else empty."""
    rows: tuple[Row, ...]
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    overlays: tuple[Overlay, ...]
    rules: tuple[str, ...]
    defaults: tuple[str, ...]
    recorded_only: tuple[tuple[str, str], ...]
    chain: tuple[Stage, ...]
    blocks: tuple[Block, ...]
    record_sha256: str
    """Of `run.json`."""


def view_report(folder: Path, run: RunRecord) -> ReportView:
    """Gather what the report of a run shows.

    Args:
        folder: the run's folder with `run.json`, the Parquet tables and the overlays that the record names.
        run: the record in that folder.

    Raises:
        SlipwayError: a file that the record names is not there or is not what it was.
    """
    check_files(folder, run.files)
    return ReportView(
        run=run,
        about=_about(run),
        colour=_tile_colour(run),
        counts=_counts(run),
        warnings=tuple(_warnings(run)),
        unfinished="" if run.state is RunState.FINISHED else f"This run did not finish ({run.state.value}).",
        rows=tuple(_row(item) for item in run.requirements),
        figures=tuple(draw_figures(folder, run)),
        tables=tuple(_tables(run)),
        overlays=tuple(_overlay(folder, item) for item in run.worst if item.get("overlay") in run.files),
        rules=RULES,
        defaults=_defaults(run),
        recorded_only=tuple(sorted((str(a), str(b)) for a, b in run.project.get("recorded_only", {}).items())),
        chain=tuple(_stage(name, run.chain[name]) for name in _STAGES if name in run.chain),
        blocks=tuple(_blocks(run)),
        record_sha256=sha256_file(folder / "run.json"),
    )


def _warnings(run: RunRecord) -> Iterator[tuple[str, str]]:
    if run.only:
        yield "Part of the test specification.", f"Only {', '.join(run.only)} was asked for."
    if run.quick:
        yield "Quick run.", "Durations and counts were shortened; nothing here is evidence for a duration."


def _tile_colour(run: RunRecord) -> str:
    """Amber where only a part was asked for, or quickly: nothing but a whole PASS is green; a FAIL stays red."""
    return "unsure" if run.outcome is not Outcome.FAIL and (run.only or run.quick) else COLOURS[run.outcome]


def _about(run: RunRecord) -> dict[str, str]:
    known = {name: run.project.get(name) for name in ("id", "model")}
    known |= {"precision": run.precision or None, "board": run.board.get("name")}
    return {name: "—" if value is None else str(value) for name, value in known.items()}


def _counts(run: RunRecord) -> tuple[tuple[str, int], ...]:
    found = Counter(item.verdict.outcome for item in run.requirements)
    return tuple((outcome.value, found[outcome]) for outcome in COLOURS)


def _row(item: RequirementResult) -> Row:
    verdict = item.verdict
    return Row(
        result=item,
        limit_text=limit_text(item),
        value_text=quantity_text(verdict.value, verdict.unit),
        interval_text=interval_text(verdict),
        samples_text=samples_text(verdict),
        colour=COLOURS[verdict.outcome],
        bar=_bar(item),
    )


def _bar(item: RequirementResult) -> Bar | None:
    """The interval against the limit, from 0 or, where all lies close together, from just below; no axis."""
    verdict = item.verdict
    if item.kind in WITHOUT_LIMIT or verdict.value is None or verdict.limit is None or verdict.limit <= 0:
        return None
    ends = [end for end in (verdict.lower, verdict.upper) if end is not None]
    known = [verdict.value, verdict.limit, *ends]
    start = 0.0 if min(known) < 0.7 * max(known) else min(known) - 0.15 * (max(known) - min(known) or max(known))
    span = max(known) - start or 1.0
    places = (min([verdict.value, *ends]), max([verdict.value, *ends]), verdict.value, verdict.limit)
    return Bar(*((place - start) / span for place in places))


def _tables(run: RunRecord) -> Iterator[Table]:
    """Tables that the run's figures hold: {title, text, columns, lines}, as `workbench.pipeline` wrote them."""
    for table in run.figures.get("tables", ()):
        lines = tuple(tuple("—" if cell is None else str(cell) for cell in line) for line in table["lines"])
        columns = tuple(str(name) for name in table["columns"])
        yield Table(str(table["title"]), str(table.get("text", "")), columns, lines)


def _overlay(folder: Path, item: Mapping[str, Any]) -> Overlay:
    return Overlay(str(item["text"]), inside(folder, str(item["overlay"])).read_bytes())


def _defaults(run: RunRecord) -> tuple[str, ...]:
    """Of the requirements and of the settings, each once."""
    said = [text for item in run.requirements for text in item.defaults]
    return tuple(dict.fromkeys([*said, *run.settings.get("defaults", ())]))


def _stage(name: str, value: Mapping[str, Any]) -> Stage:
    shown = {
        key: part for key, part in value.items() if key not in {"name", "sha256", "record"} and part not in (None, "")
    }
    text = "; ".join(f"{key.replace('_', ' ')} {_plain(part)}" for key, part in sorted(shown.items()))
    return Stage(name, str(value.get("name", "")), str(value.get("sha256", "")), text)


def _blocks(run: RunRecord) -> Iterator[Block]:
    groups = (
        ("The board", run.board),
        ("The machine's state", run.machine),
        ("Frames", run.frames),
        ("Settings", {name: value for name, value in run.settings.items() if name != "defaults"}),
        ("Tools", run.tools),
        ("The project", {name: value for name, value in run.project.items() if name != "recorded_only"}),
    )
    for title, values in groups:
        missing = "not measured" if values is run.machine else "—"
        lines = ((name.replace("_", " "), missing if value is None else _plain(value)) for name, value in _flat(values))
        yield Block(title, tuple(lines))


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in sorted(values.items()):
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name} / ")
        else:
            yield prefix + name, value


def _plain(value: Any) -> str:
    if value is None:
        return "not measured"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(item) for item in value) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(item)}" for name, item in sorted(value.items()))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def shown_files(run: RunRecord) -> Sequence[tuple[str, str]]:
    """Files of a run with their sha256, by name."""
    return sorted((str(name), str(sha256)) for name, sha256 in run.files.items())
