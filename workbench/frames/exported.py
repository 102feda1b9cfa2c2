"""Detections that a training framework exported: COCO results JSON, by frame; outside data to check against."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.base.errors import UsageError
from workbench.frames.source import Source

MAX_RESULT_BYTES = 512 << 20
COCO_IDS = tuple(number for number in range(1, 91) if number not in {12, 26, 29, 30, 45, 66, 68, 69, 71, 83})
"""Category ids of COCO's 80 classes in the order in which models number them (cocodataset.org, instances_val2017)."""
_FAR = 1e9
"""In pixels; no frame reaches so far, and no score either."""
_EXPECTED = "A list of objects with image_id, category_id, bbox [x, y, width, height] in pixels of the frame, score."


@dataclass(frozen=True)
class ExportedFrame:
    """What the framework found on one frame."""

    boxes: NDArray[np.float32]
    """[k, 4] xyxy in pixels of the frame."""
    scores: NDArray[np.float32]
    """[k]."""
    categories: NDArray[np.int64]
    """[k], category ids as they stand in the file."""


@dataclass(frozen=True)
class Exported:
    """The whole file."""

    path: Path
    frames: Mapping[str, ExportedFrame]
    """By frame name; frames of which the file says nothing are not in it."""

    @property
    def ids(self) -> tuple[int, ...]:
        """Every category id, sorted."""
        return tuple(sorted({int(number) for frame in self.frames.values() for number in frame.categories}))


def load_exported(path: Path, source: Source, images: Mapping[int, str] | None = None) -> Exported:
    """Read COCO results.

    Args:
        path: the file.
        source: the frames that it is of.
        images: file names by image id, from the labels' file where there is one; else an id is the frame's name, or
            the number that its name is, as COCO's are.

    Raises:
        UsageError: it cannot be read, or speaks of none of these frames.
    """
    rows = _read(path)
    names = _names_by_id(source, images or {})
    found: dict[str, list[tuple[list[float], float, int]]] = {}
    try:
        for row in rows:
            name = names.get(str(row["image_id"]))
            if name is not None:
                box, score = [float(value) for value in row["bbox"]], float(row["score"])
                found.setdefault(name, []).append((_corners(box, score), score, int(row["category_id"])))
        frames = {name: _frame(values) for name, values in found.items()}
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UsageError(f"{path} is not COCO results JSON: {type(error).__name__} {error}", _EXPECTED) from error
    if not frames:
        raise UsageError(f"{path} speaks of no frame of {source.path}", "Export the detections of these frames.")
    return Exported(path, frames)


def category_maps(ids: Sequence[int], classes: int, categories: Mapping[int, str], names: Sequence[str]) -> list[Map]:
    """What the ids may mean, likeliest first: by the labels' names, as the model numbers them, or as COCO does.

    Args:
        ids: that the file uses.
        classes: how many the model has.
        categories: names by id, from the labels' file; empty where there is none.
        names: the model's class names.
    """
    known = {number: names.index(name) for number, name in categories.items() if name in names}
    maps = [("by the names in the labels' file", known)] if set(ids) & set(known) else []
    if all(0 <= number < classes for number in ids):
        maps.append(("as the model numbers them", {number: number for number in range(classes)}))
    if classes == len(COCO_IDS) and set(ids) <= set(COCO_IDS):
        maps.append(("as COCO numbers them", {number: at for at, number in enumerate(COCO_IDS)}))
    if all(1 <= number <= classes for number in ids):
        maps.append(("counted from 1", {number + 1: number for number in range(classes)}))
    return maps


Map = tuple[str, dict[int, int]]
"""How ids are understood, in words, and the model's class of each."""


def _read(path: Path) -> Sequence[Mapping[str, Any]]:
    try:
        if path.stat().st_size > MAX_RESULT_BYTES:
            raise UsageError(f"{path} has more than {MAX_RESULT_BYTES} bytes", "Export fewer frames.")
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"cannot read {path}: {error}", _EXPECTED) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{path} is not COCO results JSON: its top is no list of objects", _EXPECTED)
    return rows


def _names_by_id(source: Source, images: Mapping[int, str]) -> dict[str, str]:
    """Frame names by what an image id may be."""
    found: dict[str, str] = {}
    for name in source.names():
        path = Path(name)
        for key in (path.stem.lstrip("0") if path.stem.isdecimal() else path.stem, path.stem, path.name, name):
            found.setdefault(key or "0", name)
    by_name = {Path(name).name: name for name in source.names()}
    found |= {str(number): by_name[Path(file).name] for number, file in images.items() if Path(file).name in by_name}
    return found


def _corners(box: Sequence[float], score: float) -> list[float]:
    x, y, width, height = box
    if not all(math.isfinite(value) and abs(value) < _FAR for value in (*box, score)) or width < 0 or height < 0:
        raise ValueError(f"the box {list(box)} with the score {score} is none")
    return [x, y, x + width, y + height]


def _frame(values: Sequence[tuple[list[float], float, int]]) -> ExportedFrame:
    boxes, scores, categories = zip(*values, strict=True)
    return ExportedFrame(np.array(boxes, np.float32), np.array(scores, np.float32), np.array(categories, np.int64))
