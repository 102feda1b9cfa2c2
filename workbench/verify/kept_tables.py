"""What a run keeps of frames, labels and detections, as columns for Parquet: enough to judge, compare and export it
again without the frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.frames.coco_ids import CocoIds
from workbench.frames.labels import Labels
from workbench.frames.resize import Fit
from workbench.frames.selection import Selection

if TYPE_CHECKING:
    from workbench.verify.side_by_side import Sample

Columns = dict[str, NDArray[Any]]

SAMPLES, CLASSES, LABELS = "samples.parquet", "classes.parquet", "labels.parquet"
DETECTIONS = "detections.parquet"
"""What overlap is judged by: both sides from half its threshold up."""
WEAK_DETECTIONS = "detections_weak.parquet"
"""What average precision is computed from: both sides from the threshold for it up; not kept where nobody labelled."""
REFERENCE, DEVICE = 0, 1
"""The column `side`."""
NO_ID = -1


class _Boxes(NamedTuple):
    """Detections of one side in one frame, in pixels of the frame."""

    sample: int
    side: int
    boxes: NDArray[np.float32]
    scores: NDArray[np.floating]
    classes: NDArray[np.integer]


def frame_columns(selection: Selection, fits: Sequence[Fit], labels: Labels | None, ids: CocoIds) -> Columns:
    """One row a frame of the test set: place, name, sha256, size in pixels, whether labelled, its COCO image id."""
    names = selection.names
    return {
        "sample": np.arange(len(names), dtype=np.int32),
        "name": np.array(names, np.str_),
        "sha256": np.array(selection.digests, np.str_),
        "width": np.array([fit.width for fit in fits], np.int32),
        "height": np.array([fit.height for fit in fits], np.int32),
        "labelled": np.array([labels is not None and labels.of(name) is not None for name in names], np.int8),
        "coco_image": np.array([ids.images.get(name, NO_ID) for name in names], np.int64),
    }


def class_columns(class_names: Sequence[str], ids: CocoIds, label_names: Mapping[str, str]) -> Columns:
    """One row a class of the model: number, name, and the COCO category that labels have for it.

    Args:
        class_names: class number n is class_names[n].
        ids: of the labels.
        label_names: what labels call a class, by the model's name; where it is called alike it may be left out.
    """
    found = [ids.categories.get(label_names.get(name, name), NO_ID) for name in class_names]
    return {
        "class": np.arange(len(class_names), dtype=np.int32),
        "name": np.array(class_names, np.str_),
        "coco_category": np.array(found, np.int64),
    }


def label_columns(selection: Selection, labels: Labels) -> Columns:
    """One row a labelled object of the test set, in pixels of the frame."""
    marked = [(place, labels.of(name)) for place, name in enumerate(selection.names)]
    known = [(place, value) for place, value in marked if value is not None]
    boxes = np.concatenate([np.empty((0, 4), np.float32), *(value.boxes for _, value in known)])
    return {
        "sample": np.repeat([place for place, _ in known], [len(value.boxes) for _, value in known]).astype(np.int32),
        "class": np.concatenate([np.empty(0, np.int32), *(value.classes for _, value in known)]).astype(np.int32),
        **_edges(boxes),
        "crowd": np.concatenate([np.empty(0, np.int8), *(value.crowd for _, value in known)]).astype(np.int8),
    }


def detection_columns(samples: Iterable[Sample], fits: Sequence[Fit]) -> Columns:
    """What `DETECTIONS` holds: one row a detection of either side, in pixels of the frame."""
    return _columns(
        _Boxes(sample.position, side, fits[sample.position].to_frame(found.boxes), found.scores, found.classes)
        for sample in samples
        for side, found in ((REFERENCE, sample.reference), (DEVICE, sample.device))
    )


def weak_detection_columns(samples: Iterable[Sample], fits: Sequence[Fit]) -> Columns:
    """What `WEAK_DETECTIONS` holds, in the same columns; no row where nobody labelled."""
    return _columns(
        _Boxes(sample.position, side, fits[sample.position].to_frame(found.boxes), found.scores, found.classes)
        for sample in samples
        for side, found in zip((REFERENCE, DEVICE), sample.accurate or (), strict=False)
    )


def _columns(parts: Iterator[_Boxes]) -> Columns:
    kept = list(parts)
    sizes = [len(part.scores) for part in kept]
    scores = np.concatenate([np.empty(0, np.float32), *(part.scores for part in kept)])
    classes = np.concatenate([np.empty(0, np.int32), *(part.classes for part in kept)])
    return {
        "sample": np.repeat([part.sample for part in kept], sizes).astype(np.int32),
        "side": np.repeat([part.side for part in kept], sizes).astype(np.int8),
        "class": classes.astype(np.int32),
        "score": scores,
        **_edges(np.concatenate([np.empty((0, 4), np.float32), *(part.boxes for part in kept)])),
    }


def _edges(boxes: NDArray[np.float32]) -> Columns:
    return {name: boxes[:, place] for place, name in enumerate(("x0", "y0", "x1", "y1"))}


def boxes_of(table: Mapping[str, NDArray[Any]], rows: NDArray[Any]) -> NDArray[np.float32]:
    """Boxes [k, 4] x0, y0, x1, y1 of some rows of a table."""
    return np.stack([table[name][rows] for name in ("x0", "y0", "x1", "y1")], axis=1).astype(np.float32)
