"""What both sides detected as COCO results, and the frames, classes and labels that they speak of as COCO JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.base.atomic import open_atomic
from workbench.base.errors import UsageError
from workbench.results.run_record import RunRecord
from workbench.telemetry.blocks import Table
from workbench.telemetry.freeze import read_parquet
from workbench.verify import kept_tables as kept

SIDES = {"reference.json": kept.REFERENCE, "device.json": kept.DEVICE}
FRAMES = "frames.json"


def write_coco(folder: Path, run: RunRecord, into: Path) -> tuple[Path, ...]:
    """Write `reference.json`, `device.json` and `frames.json`, which pycocotools loads as `loadRes` and `COCO` do.

    Image and category ids are those of the labels where these are a COCO file; what they do not name is numbered on
    from the largest. Where any frame is labelled, detections go down to the threshold of average precision, so that the
    run's own figures come from these files; else to half the threshold of the overlap.

    Args:
        folder: the run's.
        run: its record.
        into: the folder to write; it is made if it is not there.

    Raises:
        UsageError: the run compared nothing, or it is of a Slipway that did not keep detections.
        SlipwayError: the files cannot be read or written.
    """
    missing = [name for name in (kept.SAMPLES, kept.CLASSES, kept.DETECTIONS) if name not in run.files]
    if missing:
        raise UsageError(
            f"the run {run.id} kept no detections ({missing[0]} is not among its files)",
            "Verify again with a requirement on equivalence or accuracy.",
        )
    samples, classes = (read_parquet(folder / name) for name in (kept.SAMPLES, kept.CLASSES))
    images = _numbered(samples["coco_image"])
    categories = _numbered(classes["coco_category"])
    found = read_parquet(folder / (kept.WEAK_DETECTIONS if kept.WEAK_DETECTIONS in run.files else kept.DETECTIONS))
    for name, side in SIDES.items():
        _write_list(into / name, _results(found, side, images, categories))
    document = {
        "info": _info(run, samples, classes),
        "images": [_image(samples, place, images) for place in range(len(images))],
        "categories": [
            {"id": int(number), "name": str(name)} for number, name in zip(categories, classes["name"], strict=True)
        ],
        "annotations": list(_annotations(folder, run, images, categories)),
    }
    _write_list(into / FRAMES, iter([document]), whole=True)
    return tuple(into / name for name in (*SIDES, FRAMES))


def _numbered(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """The ids, with numbers above the largest where there is none; from 1, since COCO takes 0 for nobody."""
    numbers = ids.copy()
    absent = np.flatnonzero(ids == kept.NO_ID)
    numbers[absent] = max(0, int(ids.max(initial=0))) + 1 + np.arange(absent.size)
    return numbers


def _results(
    table: Table, side: int, images: NDArray[np.int64], categories: NDArray[np.int64]
) -> Iterator[dict[str, Any]]:
    """Detections of one side; such as have no place or no score are left out, for JSON cannot say so."""
    boxes = kept.boxes_of(table, np.arange(len(table["sample"]))).astype(np.float64)
    sound = np.isfinite(boxes).all(axis=1) & np.isfinite(table["score"]) & (table["side"] == side)
    for row in np.flatnonzero(sound):
        yield {
            "image_id": int(images[table["sample"][row]]),
            "category_id": int(categories[table["class"][row]]),
            "bbox": _xywh(boxes[row]),
            "score": float(table["score"][row]),
        }


def _annotations(
    folder: Path, run: RunRecord, images: NDArray[np.int64], categories: NDArray[np.int64]
) -> Iterator[dict[str, Any]]:
    if kept.LABELS not in run.files:
        return
    table = read_parquet(folder / kept.LABELS)
    boxes = kept.boxes_of(table, np.arange(len(table["sample"]))).astype(np.float64)
    for row, box in enumerate(boxes):
        size = _xywh(box)
        yield {
            "id": row + 1,
            "image_id": int(images[table["sample"][row]]),
            "category_id": int(categories[table["class"][row]]),
            "bbox": size,
            "area": size[2] * size[3],
            "iscrowd": int(table["crowd"][row]),
        }


def _xywh(box: NDArray[np.float64]) -> list[float]:
    left, top, right, bottom = (float(edge) for edge in box)
    return [left, top, max(right - left, 0.0), max(bottom - top, 0.0)]


def _image(samples: Table, place: int, images: NDArray[np.int64]) -> dict[str, Any]:
    return {
        "id": int(images[place]),
        "file_name": str(samples["name"][place]),
        "width": int(samples["width"][place]),
        "height": int(samples["height"][place]),
    }


def _info(run: RunRecord, samples: Table, classes: Table) -> dict[str, Any]:
    """How to read the ids, in words."""
    said = {"images": _origin(samples["coco_image"]), "categories": _origin(classes["coco_category"])}
    thresholds = {name: run.settings.get(name) for name in ("confidence", "map_confidence", "nms_iou", "map_nms_iou")}
    return {
        "description": f"Frames, classes and labels of the run {run.id}, without labels of classes it lacks",
        "ids": said,
        "boxes": "x, y, width, height in pixels of the frame as it is, clipped to it",
        "thresholds": thresholds,
        "labelled_images": int(samples["labelled"].sum()),
    }


def _origin(ids: NDArray[np.int64]) -> str:
    absent = int((ids == kept.NO_ID).sum())
    if absent == len(ids):
        return "numbered from 1: the labels are no COCO file"
    if not absent:
        return "those of the labels' COCO file"
    return f"those of the labels' COCO file; {absent} that it does not name are numbered on from its largest"


def _write_list(path: Path, rows: Iterator[Mapping[str, Any]], *, whole: bool = False) -> None:
    """A JSON list, a row a line, or the one row alone."""
    with open_atomic(path) as stream:
        if whole:
            stream.write(json.dumps(next(rows), sort_keys=True, allow_nan=False).encode() + b"\n")
            return
        stream.write(b"[")
        for place, row in enumerate(rows):
            stream.write((b",\n" if place else b"\n") + json.dumps(row, allow_nan=False).encode())
        stream.write(b"\n]\n")
