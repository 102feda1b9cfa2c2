"""Labels of frames: COCO JSON or YOLO text files, mapped to the model's classes by name."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.base.errors import UsageError
from workbench.frames.class_file import CLASS_FILES, read_class_file
from workbench.frames.label_map import MappedName, map_names
from workbench.frames.source import Source

MAX_LABEL_BYTES = 512 << 20
LABEL_FILES = ("labels.json", "_annotations.coco.json", "annotations.json")
"""Where labels lie inside a folder of frames, by who wrote them."""
_SHOWN = 12
_EDGE = 0.1
_FAR_PX = 1e9
"""No frame reaches so far; single precision, which boxes are kept in, ends at 3e38."""

_COCO = "It needs `images` (id, file_name), `categories` (id, name), `annotations` (image_id, category_id, bbox)."

_Rows = list[tuple[list[float], str, bool]]
"""Box xyxy in pixels, class name, crowd."""
_SizeOf = Callable[[int], tuple[int, int]]
"""(width, height) of a frame by its index, in pixels."""


@dataclass(frozen=True)
class FrameLabels:
    """What a person marked on one frame."""

    boxes: NDArray[np.float32]
    """[k, 4] xyxy in pixels of the frame."""
    classes: NDArray[np.int64]
    """[k], indices into the model's classes."""
    crowd: NDArray[np.bool_]
    """[k], regions that COCO marks as crowds: they neither count nor penalise."""


@dataclass(frozen=True)
class Labels:
    """Labels by frame name, and what could not be mapped."""

    frames: Mapping[str, FrameLabels]
    path: Path
    unmapped: tuple[str, ...] = field(default=())
    """Label classes that the model does not have, by name."""
    missing: tuple[str, ...] = field(default=())
    """Classes of the model that no label names."""
    mapping: tuple[MappedName, ...] = field(default=())
    """Each class that labels name, and what it is to the model."""
    by_number: bool = False
    """Whether labels number their classes and nothing says their names, so that the model's order was taken."""

    def of(self, name: str) -> FrameLabels | None:
        """The labels of a frame; None where nobody labelled it (which is not the same as labelled empty)."""
        return self.frames.get(name)


def load_labels(
    path: Path, source: Source, class_names: Sequence[str], label_map: Mapping[str, str] | None = None
) -> Labels:
    """Read labels: a COCO JSON file, or a folder of YOLO text files.

    Args:
        path: of either.
        source: the frames that they are of.
        class_names: the model's classes, which the labels' are mapped to by name.
        label_map: what the documents say of names that differ (`label_map.py`).

    Raises:
        UsageError: unreadable, no labels, or labels that name frames which are not there (all of them named at once).
    """

    def size_of(index: int) -> tuple[int, int]:
        height, width = source.read(index).shape[:2]
        return width, height

    return _load(path, source, _Classes(class_names, label_map or {}), size_of)


@dataclass(frozen=True)
class _Classes:
    """The model's classes, and what the documents say of the labels'."""

    names: Sequence[str]
    asked: Mapping[str, str]


@dataclass(frozen=True)
class LabelSurvey:
    """What labels speak of, without their boxes."""

    frames: tuple[str, ...]
    """Names of the frames that are labelled."""
    classes: tuple[str, ...]
    """Classes that labels name and the model has, in the model's order."""
    unmapped: tuple[str, ...]
    """As in `Labels`."""
    missing: tuple[str, ...]
    """As in `Labels`."""
    mapping: tuple[MappedName, ...] = ()
    """As in `Labels`."""
    by_number: bool = False
    """As in `Labels`."""


def survey_labels(
    path: Path, source: Source, class_names: Sequence[str], label_map: Mapping[str, str] | None = None
) -> LabelSurvey:
    """Read labels for what they name, without decoding a frame; as `load_labels`."""
    labels = _load(path, source, _Classes(class_names, label_map or {}), lambda _: (1, 1))
    seen = tuple(name for name in class_names if name not in labels.missing)
    return LabelSurvey(
        tuple(sorted(labels.frames)), seen, labels.unmapped, labels.missing, labels.mapping, labels.by_number
    )


def named_classes(path: Path) -> tuple[str, ...]:
    """The class names that labels bring: COCO's categories by id, or those of a class file beside YOLO's; else none.

    Raises:
        UsageError: the labels cannot be read.
    """
    if path.is_dir():
        listed = [path / name for name in CLASS_FILES if (path / name).is_file()]
        return read_class_file(listed[0]) if listed else ()
    return tuple(named_ids(path).values())


def named_ids(path: Path) -> dict[int, str]:
    """Category names of a COCO file by id, lowest first; raises UsageError where they cannot be read."""
    return dict(sorted(_texts_by_id(path, "categories", "name").items()))


def image_names(path: Path) -> dict[int, str]:
    """File names of a COCO file's images by id; raises UsageError where they cannot be read."""
    return _texts_by_id(path, "images", "file_name")


def labels_inside(folder: Path) -> Path | None:
    """Labels among frames: COCO JSON by its usual names, or YOLO texts (the folder); None where there are none."""
    if not folder.is_dir():
        return None
    known = next((folder / name for name in LABEL_FILES if (folder / name).is_file()), None)
    return known or (folder if next(folder.rglob("*.txt"), None) is not None else None)


def image_facts(path: Path, without: frozenset[str] = frozenset()) -> dict[str, dict[str, str]]:
    """What a COCO file says in texts of its images beside their names, such as light or weather, by file name.

    Args:
        path: of the file.
        without: keys that say nothing of what an image shows.

    Raises:
        UsageError: it cannot be read.
    """
    facts = {}
    try:
        for row in _read_json(path).get("images") or ():
            known = {str(key): value for key, value in row.items() if isinstance(value, str) and key not in without}
            facts[str(row["file_name"])] = known
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"the images of {path} cannot be read: {error}", "Each needs `file_name`.") from error
    return facts


def _texts_by_id(path: Path, key: str, field_name: str) -> dict[int, str]:
    try:
        return {int(row["id"]): str(row[field_name]) for row in _read_json(path).get(key) or ()}
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        hint = f"Each needs `id` and `{field_name}`."
        raise UsageError(f"the {key} of {path} cannot be read: {error}", hint) from error


def _load(path: Path, source: Source, classes: _Classes, size_of: _SizeOf) -> Labels:
    if path.is_dir():
        return _load_yolo(path, source, classes, size_of)
    if path.is_file():
        return _load_coco(path, source, classes)
    raise UsageError(f"the labels {path} are not there", "Name a COCO JSON file or a folder of YOLO text files.")


def _load_coco(path: Path, source: Source, classes: _Classes) -> Labels:
    document = _read_json(path)
    try:
        categories = {int(row["id"]): str(row["name"]) for row in document["categories"]}
        images = {int(row["id"]): str(row["file_name"]) for row in document["images"]}
        rows: dict[str, _Rows] = {name: [] for name in images.values()}
        for row in document["annotations"]:
            x, y, w, h = (float(value) for value in row["bbox"])
            box = _finite([x, y, x + w, y + h])
            name = images[int(row["image_id"])]
            rows[name].append((box, categories[int(row["category_id"])], bool(row.get("iscrowd", 0))))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UsageError(
            f"{path} is not COCO JSON: {type(error).__name__} {error}",
            _COCO,
        ) from error
    return _mapped(path, _match_names(path, rows, source), classes)


def _load_yolo(folder: Path, source: Source, classes: _Classes, size_of: _SizeOf) -> Labels:
    """Numbers are those of a class file beside the labels where there is one; else of the model's own order."""
    numbered = named_classes(folder)
    stems = {Path(name).with_suffix("").as_posix(): index for index, name in enumerate(source.names())}
    files = sorted(item for item in folder.rglob("*.txt") if item.name not in CLASS_FILES)
    names = source.names()
    rows: dict[str, _Rows] = {}
    strangers = []
    for item in files:
        stem = item.relative_to(folder).with_suffix("").as_posix()
        if stem not in stems:
            strangers.append(item.name)
            continue
        index = stems[stem]
        rows[names[index]] = _yolo_rows(item, size_of(index), numbered or classes.names)
    _refuse_strangers(folder, strangers, source)
    return _mapped(folder, rows, classes, by_number=not numbered)


def _yolo_rows(path: Path, size: tuple[int, int], class_names: Sequence[str]) -> _Rows:
    width, height = size
    found = []
    for number, line in enumerate(_read_lines(path), 1):
        if not line.strip():
            continue
        try:
            kind, *numbers = line.split()
            cx, cy, w, h = (_share(value) for value in numbers)
            box = [(cx - w / 2) * width, (cy - h / 2) * height, (cx + w / 2) * width, (cy + h / 2) * height]
            name = class_names[_class_index(kind, len(class_names))]
        except (ValueError, IndexError) as error:
            raise UsageError(
                f"{path}:{number}: got {line.strip()[:80]!r}, expected `class cx cy w h`",
                f"The class is a number from 0 to {len(class_names) - 1}, the others are parts of the frame, 0 to 1.",
            ) from error
        found.append((box, name, False))
    return found


def _finite(box: list[float]) -> list[float]:
    if not all(math.isfinite(value) and abs(value) < _FAR_PX for value in box) or box[2] < box[0] or box[3] < box[1]:
        raise ValueError(f"the box {box} is none")
    return box


def _share(text: str) -> float:
    """A part of the frame; some tools write a little less than 0 or more than 1 at its edges."""
    value = float(text)
    if not -_EDGE <= value <= 1 + _EDGE:
        raise ValueError(text)
    return value


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the labels {path}: {error}", "YOLO labels are text in UTF-8.") from error


def _class_index(text: str, count: int) -> int:
    index = int(text)
    if not 0 <= index < count:
        raise IndexError(text)
    return index


def _read_json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_LABEL_BYTES:
            raise UsageError(
                f"the labels {path} are larger than {MAX_LABEL_BYTES} bytes", "Leave out what is not of these frames."
            )
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"cannot read the labels {path}: {error}", "Labels are COCO JSON in UTF-8.") from error
    if not isinstance(document, dict):
        raise UsageError(f"{path} is not COCO JSON: its top is not an object", _COCO)
    return document


def _match_names(path: Path, rows: Mapping[str, _Rows], source: Source) -> dict[str, _Rows]:
    """COCO writes bare file names where folders write paths: take the full name, else the one with this last part."""
    full = set(source.names())
    last: dict[str, list[str]] = {}
    for name in source.names():
        last.setdefault(Path(name).name, []).append(name)
    matched, strangers = {}, []
    for name, value in rows.items():
        found = [name] if name in full else last.get(Path(name).name, [])
        if len(found) == 1:
            matched[found[0]] = value
        else:
            strangers.append(name)
    _refuse_strangers(path, strangers, source)
    return matched


def _refuse_strangers(path: Path, strangers: Sequence[str], source: Source) -> None:
    if not strangers:
        return
    shown = "\n".join(strangers[:_SHOWN]) + ("" if len(strangers) <= _SHOWN else f"\n… {len(strangers) - _SHOWN} more")
    frames = "1 frame" if len(strangers) == 1 else f"{len(strangers)} frames"
    raise UsageError(
        f"{path} labels {frames} that {source.path} does not hold (or holds twice)",
        "Labels must name frames of the set they stand beside; correct the names or the folder.",
        shown,
    )


def _mapped(path: Path, rows: Mapping[str, _Rows], classes: _Classes, *, by_number: bool = False) -> Labels:
    named = sorted({name for values in rows.values() for _, name, _ in values})
    mapping = map_names(named, classes.names, classes.asked)
    index = {item.label: classes.names.index(item.model) for item in mapping if item.model is not None}
    frames = {}
    for frame, values in rows.items():
        known = [(box, index[name], crowd) for box, name, crowd in values if name in index]
        frames[frame] = FrameLabels(
            np.array([box for box, _, _ in known], np.float32).reshape(-1, 4),
            np.array([number for _, number, _ in known], np.int64),
            np.array([crowd for _, _, crowd in known], np.bool_),
        )
    unmapped = tuple(item.label for item in mapping if item.model is None)
    seen = {item.model for item in mapping}
    missing = tuple(name for name in classes.names if name not in seen)
    return Labels(frames, path, unmapped, missing, mapping, by_number)
