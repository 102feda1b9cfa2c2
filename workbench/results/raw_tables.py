"""What a run measured, table by table and row by row, in the words of its documents: for CSV and XLSX."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.base.errors import SlipwayError
from workbench.results.cells import Cell, guard_cell
from workbench.results.run_record import RunRecord
from workbench.verify import kept_tables as kept

BATCH = 8192
"""Rows that are read at once: a day of frames has millions."""

_TEXTS = {
    "frames.parquet": "Every frame that ran on the board; times in microseconds, mono_ns is the board's clock.",
    "telemetry.parquet": "Every sample of the board; empty is not measured.",
    "equivalence.parquet": "Every compared frame: how far device and reference are apart.",
    "matches.parquet": "Every detection of the reference from the threshold up; score_device is empty where missed.",
    kept.SAMPLES: "The frames of the test set; coco_image is empty where the labels have no id.",
    kept.CLASSES: "The model's classes.",
    kept.LABELS: "Labelled objects, in pixels of the frame.",
    kept.DETECTIONS: "Detections of both sides from half the overlap's threshold up, in pixels of the frame.",
    kept.WEAK_DETECTIONS: "Detections of both sides from the threshold of average precision up.",
}
_REQUIREMENTS = "Every requirement with its verdict; value, limit and bounds are in the unit."


@dataclass(frozen=True)
class RawTable:
    """One table; its rows can be read once or many times, and are never in memory as a whole."""

    name: str
    text: str
    """What a row is."""
    columns: tuple[str, ...]
    count: int
    rows: Callable[[], Iterator[Sequence[Cell]]]


def raw_tables(folder: Path, run: RunRecord) -> Iterator[RawTable]:
    """All tables of a run that its record names, the requirements first.

    Raises:
        SlipwayError: a file cannot be read.
    """
    yield _requirements(run)
    names = _class_names(folder, run)
    for file, text in _TEXTS.items():
        if file in run.files:
            yield _parquet(folder / file, text, _words(run, names))


def _requirements(run: RunRecord) -> RawTable:
    rows = [_requirement(run, place) for place in range(len(run.requirements))]
    columns = tuple(rows[0]) if rows else ("id",)
    cells = [[guard_cell(value) for value in row.values()] for row in rows]
    return RawTable("requirements", _REQUIREMENTS, columns, len(rows), lambda: iter(cells))


def _requirement(run: RunRecord, place: int) -> dict[str, object]:
    item = run.requirements[place]
    verdict = item.verdict
    return {
        "id": item.id,
        "kind": item.kind,
        "title": item.title,
        "criterion": item.criterion,
        "verdict": verdict.outcome.value,
        "value": verdict.value,
        "relation": {"<=": "at most", ">=": "at least"}.get(verdict.relation, ""),
        "limit": verdict.limit,
        "unit": verdict.unit,
        "lower": verdict.lower,
        "upper": verdict.upper,
        "samples": verdict.samples,
        "effective_samples": verdict.effective_samples,
        "needed": verdict.needed,
        "limit_in_document": item.limit_text,
        "limit_confirmed": item.confirmed,
        "verifies": ", ".join(item.verifies),
        "reason": verdict.reason,
    }


Words = Mapping[str, Callable[[Mapping[str, Any]], object]]
"""By column: what stands there, from the row; numbers of phases, passes, sides and classes become their names."""


def _words(run: RunRecord, classes: Mapping[int, str]) -> Words:
    phases = run.figures.get("phases", [])

    def phase_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
        number = row["phase"]
        return phases[number] if 0 <= number < len(phases) else {}

    def pass_of(row: Mapping[str, Any]) -> object:
        names, number = phase_of(row).get("passes", []), row["pass"]
        return names[number] if 0 <= number < len(names) else number

    return {
        "phase": lambda row: phase_of(row).get("kind", row["phase"]),
        "pass": pass_of,
        "side": lambda row: "device" if row["side"] == kept.DEVICE else "reference",
        "class": lambda row: classes.get(row["class"], row["class"]),
        "coco_image": lambda row: None if row["coco_image"] == kept.NO_ID else row["coco_image"],
        "coco_category": lambda row: None if row["coco_category"] == kept.NO_ID else row["coco_category"],
    }


def _class_names(folder: Path, run: RunRecord) -> dict[int, str]:
    if kept.CLASSES not in run.files:
        return dict(enumerate(run.settings.get("classes", ())))
    table: dict[str, list[Any]] = next(_batches(folder / kept.CLASSES), {"class": [], "name": []})
    return dict(zip(table["class"], table["name"], strict=True))


def _parquet(path: Path, text: str, words: Words) -> RawTable:
    from pyarrow import parquet

    with _readable(path), parquet.ParquetFile(path) as file:
        columns, count = tuple(file.schema_arrow.names), file.metadata.num_rows
    said = {
        name: words[name] for name in columns if name in words and not (path.name == kept.CLASSES and name == "class")
    }

    def rows() -> Iterator[Sequence[Cell]]:
        for batch in _batches(path):
            for values in zip(*batch.values(), strict=True):
                row = dict(zip(columns, values, strict=True))
                yield [guard_cell(said[name](row) if name in said else value) for name, value in row.items()]

    return RawTable(path.stem, text, columns, count, rows)


def _batches(path: Path) -> Iterator[dict[str, list[Any]]]:
    from pyarrow import parquet

    with _readable(path), parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH):
            yield batch.to_pydict()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what pyarrow raises into an error with the file's name."""
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise SlipwayError(f"cannot read {path}", "Restore the run's folder.", str(error)) from error
