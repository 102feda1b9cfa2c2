"""What a model is that is no detector, or one whose outputs are not decoded yet: said in words, with what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from targets.agent.heads.base import OutputSpec
from workbench.base.errors import UsageError

_OWN = "If its outputs hold boxes, a head of your own decodes them: `slipway: head: heads/mine.py` (see README)."
_OR_OWN = f"or {_OWN[0].lower()}{_OWN[1:]}"
_DETECTOR = "Slipway takes detectors: give a model that finds boxes."


@dataclass(frozen=True)
class Foreign:
    """Another kind of model."""

    kind: str
    """What it is, as `a classifier`."""
    why: str
    """What tells so."""
    hint: str

    def refusal(self, path: object) -> UsageError:
        """The refusal of this model."""
        return UsageError(f"{path}: this is {self.kind}: {self.why}", self.hint)


_TASKS: Mapping[str, tuple[str, str]] = {
    "segment": (
        "an instance segmentation model",
        f"Export the detector of the same family, {_OR_OWN}",
    ),
    "pose": ("a keypoint model", f"Export the detector of the same family, {_OR_OWN}"),
    "obb": ("a detector of turned boxes", "Slipway compares upright boxes: export the detector of the same family."),
    "classify": ("a classifier", _DETECTOR),
}


def what_by_task(metadata: Mapping[str, str]) -> Foreign | None:
    """What Ultralytics' metadata say of a model; None for a detector, or where they say nothing."""
    task = metadata.get("task", "")
    if task not in _TASKS:
        return None
    kind, hint = _TASKS[task]
    return Foreign(kind, f"its metadata says `task: {task}`", hint)


def what_by_outputs(outputs: Sequence[OutputSpec], size: tuple[int, int], classes: int = 0) -> Foreign | None:
    """What names and shapes of outputs say that no head decodes.

    Args:
        outputs: of the model.
        size: (width, height) of its input.
        classes: how many are named; 0: unknown.
    """
    return (
        _indices(outputs)
        or _faces(outputs)
        or _masks(outputs, size)
        or _keypoints(outputs, classes)
        or _many_heads(outputs, size)
        or _maps(outputs, size)
        or _vectors(outputs)
    )


def _named(outputs: Sequence[OutputSpec], *words: str) -> bool:
    """Whether every word is in some output's name."""
    return all(any(word in one.name.lower() for one in outputs) for word in words)


def _lengths(outputs: Sequence[OutputSpec]) -> str:
    return ", ".join(f"{one.name} [{', '.join(str(axis or '?') for axis in one.shape)}]" for one in outputs)


def _indices(outputs: Sequence[OutputSpec]) -> Foreign | None:
    """What NonMaxSuppression gives: an image's number, a class and a box's number, as many rows as it chose."""
    chosen = [one for one in outputs if "int" in one.dtype and len(one.shape) in {2, 3} and one.shape[-1] == 3]
    rows = [one for one in chosen if one.shape[-2] == 0]
    if not rows:
        return None
    return Foreign(
        "a detector that gives indices of boxes",
        f"{_lengths(rows)}: whole numbers, as NonMaxSuppression gives them, that name boxes by their place",
        f"Export it without suppression, so that boxes and scores come out, {_OR_OWN}",
    )


def _faces(outputs: Sequence[OutputSpec]) -> Foreign | None:
    last = sorted({one.shape[-1] for one in outputs if one.shape})
    listed = _lengths(outputs)
    if _named(outputs, "cls_", "obj_", "bbox_", "kps_"):
        return Foreign("the face detector YuNet", f"cls, obj, bbox and kps of three strides ({listed})", _OWN)
    if len(outputs) == 9 and last == [1, 4, 10]:
        return Foreign("the face detector SCRFD", f"scores, boxes and five points of three strides ({listed})", _OWN)
    if len(outputs) == 3 and 10 in last and 4 in last:
        anchors = "offsets from anchors that are not in the model, class values and five points"
        return Foreign("the face detector RetinaFace", f"{anchors} ({listed})", _OWN)
    if len(outputs) == 2 and last == [1, 16]:
        return Foreign(
            "the face detector BlazeFace", f"offsets from anchors that are not in the model ({listed})", _OWN
        )
    return None


def _masks(outputs: Sequence[OutputSpec], size: tuple[int, int]) -> Foreign | None:
    listed = _lengths(outputs)
    maps = [one for one in outputs if len(one.shape) == 4 and one.shape[1] > 1 and one.shape[2] >= size[1] // 8]
    if len(outputs) == 2 and len(maps) == 1 and any(len(one.shape) == 3 for one in outputs):
        return Foreign("an instance segmentation model", f"rows of a detector and prototypes of masks ({listed})", _OWN)
    if _named(outputs, "boxes", "labels", "masks") or _named(outputs, "dets", "labels", "masks"):
        return Foreign("an instance segmentation model", f"boxes, labels and masks ({listed})", _OWN)
    return None


def _keypoints(outputs: Sequence[OutputSpec], classes: int) -> Foreign | None:
    if len(outputs) != 1:
        return None
    shape = outputs[0].shape
    if len(shape) == 3 and classes and classes <= 3:
        for values in shape[1:]:
            points, left = divmod(values - 4 - classes, 3)
            if not left and points >= 4 and values <= 4 + classes + 3 * 133:
                rows = f"4 values of a box, {classes} scores and {points} points of three values"
                return Foreign("a keypoint model", f"{_lengths(outputs)}: {rows}", _OWN)
    if len(shape) == 4 and shape[1:3] in {(1, 17), (6, 17)}:
        return Foreign("a keypoint model", f"{_lengths(outputs)}: 17 points", _DETECTOR)
    return None


def _many_heads(outputs: Sequence[OutputSpec], size: tuple[int, int]) -> Foreign | None:
    """Raw outputs of each stride, whose decoding is not in the model."""
    listed = _lengths(outputs)
    if len(outputs) == 8 and {one.shape[-1] for one in outputs} >= {32}:
        text = f"class scores and distances of four strides ({listed})"
        return Foreign("PicoDet without its decoding", text, f"Export it with its post-processing, {_OR_OWN}")
    if len(outputs) == 1 and len(outputs[0].shape) == 2 and _is_yolo_fastest(outputs[0].shape, size):
        text = f"three anchors, which are not in the model, for each cell of strides 16 and 32 ({listed})"
        return Foreign("YOLO-FastestV2 without its decoding", text, _OWN)
    maps = [one.shape for one in outputs if len(one.shape) in {4, 5}]
    if len(maps) < 2 or len(maps) != len(outputs):
        return None
    if _named(outputs, "hm") or _named(outputs, "heatmap"):
        return Foreign("CenterNet", f"a heat map of middles with sizes ({listed})", _OWN)
    anchored = all(len(shape) == 5 and 3 in shape[1:4] for shape in maps)
    sides = [{size[0] // stride for stride in (4, 8, 16, 32, 64)} & set(shape) for shape in maps]
    if anchored or (all(sides) and _anchored(maps)):
        return Foreign(
            "a YOLO without its decoding (YOLOv3, YOLO-Fastest and their kin)",
            f"raw maps of {len(maps)} strides, whose anchors are not in the model ({listed})",
            f"Export it with its decoding, so that boxes come out, {_OR_OWN}",
        )
    if all(sides):
        text = f"raw maps of several strides ({listed})"
        return Foreign("a detector without its decoding", text, f"Export it with its decoding, {_OR_OWN}")
    return None


def _is_yolo_fastest(shape: Sequence[int], size: tuple[int, int]) -> bool:
    """Rows of 3 boxes, 3 objectnesses and class values."""
    cells = sum(size[0] // stride * (size[1] // stride) for stride in (16, 32))
    return shape[0] == cells > shape[1] > 3 * 4 + 3


def _anchored(shapes: Sequence[Sequence[int]]) -> bool:
    """Whether all maps have the same axis of anchors times (5 + classes)."""
    channels = [{axis for axis in (shape[1], shape[-1]) if axis != shape[2]} for shape in shapes]
    shared = set.intersection(*channels)
    return any(axis % 3 == 0 and axis // 3 > 5 for axis in shared)


def _maps(outputs: Sequence[OutputSpec], size: tuple[int, int]) -> Foreign | None:
    width, height = size
    for one in outputs:
        shape = one.shape
        for rows, columns, kinds in (_axes(shape, 2, 3, 1), _axes(shape, 1, 2, 3)):
            same = rows and columns and abs(rows * width - columns * height) <= max(width, height)
            if same and rows >= height // 16 and columns >= 8 and kinds != 3:
                cells = f"{kinds or '?'} values for each of {columns}x{rows} places of the picture"
                kind = "a segmentation model" if kinds != 1 else "a model of a value for each place, such as depth"
                return Foreign(kind, f"{_lengths([one])}: {cells}, and no boxes", _DETECTOR)
    return None


def _axes(shape: Sequence[int], rows: int, columns: int, kinds: int) -> tuple[int, int, int]:
    if len(shape) == 3 and kinds != 3:
        return shape[1], shape[2], 1
    return (shape[rows], shape[columns], shape[kinds]) if len(shape) == 4 else (0, 0, 0)


def _vectors(outputs: Sequence[OutputSpec]) -> Foreign | None:
    """One row of numbers an image."""
    inner = [[axis for axis in one.shape[1:] if axis != 1] for one in outputs]
    flat = all(2 <= len(one.shape) <= 4 and one.shape[0] in {0, 1} for one in outputs)
    if not outputs or not flat or any(len(axes) > 1 for axes in inner):
        return None
    listed = _lengths(outputs)
    if _named(outputs, "embed") or _named(outputs, "feature"):
        return Foreign("a model of features", f"{listed}: one row of numbers an image, and no boxes", _DETECTOR)
    count = inner[0][0] if len(outputs) == 1 and inner[0] else 0
    each = f"one value for each of {count} classes" if count else "one row of numbers an image"
    return Foreign("a classifier", f"{listed}: {each}, and no boxes", _DETECTOR)
