"""Telling from names and shapes of a model's outputs what may decode them; nothing is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from targets.agent.heads.base import OutputSpec, in_words
from targets.agent.heads.yolox import strides_of
from workbench.base.errors import UsageError
from workbench.intake.roles import recognise_several

_SIDES = 4 * 8
"""Values of NanoDet-Plus' four sides."""
MOST_ROWS = 1000
"""Rows of outputs that are detections or queries; fewer than any grid of anchors has."""
OWN_HEAD = (
    "A head of your own decodes it: a Python file of one function, named in deployment.yaml as `slipway: head: "
    "heads/mine.py` (see README)."
)


@dataclass(frozen=True)
class Recognised:
    """A head that may fit."""

    name: str
    values: int
    """Class values of a row, a background's among them; 0 where rows have a label instead."""
    why: str
    """What it was told by, in words."""
    options: Mapping[str, Any] = field(default_factory=dict)
    open: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Options that names and shapes do not tell, with what they may be; values have to."""
    loose: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Options that stand in `options` as exporters have them, and that values may tell otherwise."""
    usual: bool = True
    """Whether exporters write it so; what is not is only taken where values tell."""
    certain: bool = False
    """Whether names and shapes prove it, so that it is taken even where values look wrong."""

    @property
    def classes(self) -> int:
        """How many classes; 0 where the outputs do not tell."""
        return max(self.values - (self.options.get("background", "none") != "none"), 0) if self.values else 0


def recognise_heads(
    outputs: Sequence[OutputSpec], size: tuple[int, int], classes: int = 0, asked: str | None = None
) -> tuple[Recognised, ...]:
    """Every head that names and shapes allow, the likeliest first.

    Args:
        outputs: of the model.
        size: (width, height) of its input.
        classes: how many are named; 0: unknown.
        asked: only this head, where a person names it.

    Raises:
        UsageError: none fits, with what the outputs look like and what to do.
    """
    found = [*_every(outputs, size, classes)]
    fitting = [one for one in found if asked in {None, one.name}]
    if fitting:
        return tuple(fitting)
    if found and asked:
        names = ", ".join(dict.fromkeys(one.name for one in found))
        raise _unknown(outputs, f"the head {asked} was asked for, and {names} would fit")
    without = [*_every(outputs, size, 0)] if classes else []
    if without:
        counts = sorted({one.classes or one.values for one in without} - {0})
        said = " or ".join(map(str, counts))
        raise _unknown(outputs, f"they have {said} class values, and {classes} classes are named")
    raise _unknown(outputs, "neither names nor shapes are those of a detector that Slipway knows")


def _every(outputs: Sequence[OutputSpec], size: tuple[int, int], classes: int) -> Iterator[Recognised]:
    if len(outputs) == 1:
        yield from _single(outputs[0], size, classes)
        return
    for name, values, why, options, opened, loose, certain in recognise_several(outputs, size, classes):
        yield Recognised(name, values, why, options, opened, loose, certain=certain)
    yield from _one_of(outputs, size, classes)


def _one_of(outputs: Sequence[OutputSpec], size: tuple[int, int], classes: int) -> Iterator[Recognised]:
    """One output with all rows beside raw feature maps, as older exports of YOLOv5 and YOLOv7 have them."""
    rows = [place for place, output in enumerate(outputs) if len(output.shape) == 3]
    others = [output for place, output in enumerate(outputs) if place not in rows]
    if len(rows) != 1 or not all(len(output.shape) == 5 for output in others):
        return
    roles = ["rows" if place == rows[0] else "unused" for place in range(len(outputs))]
    for one in _single(outputs[rows[0]], size, classes):
        why = f"{one.why}; the outputs beside it are the same before decoding"
        yield Recognised(
            one.name,
            one.values,
            why,
            {**one.options, "outputs": roles},
            one.open,
            one.loose,
            usual=one.usual,
            certain=one.certain,
        )


def _single(output: OutputSpec, size: tuple[int, int], classes: int) -> Iterator[Recognised]:
    shape = output.shape
    if len(shape) == 2 and shape[1] in {6, 7}:
        yield from _end2end(output, classes)
    elif len(shape) == 4:
        yield from _of_four_axes(output, size, classes)
    elif len(shape) == 3 and shape[0] in {0, 1}:
        for rows, values, turned in ((shape[1], shape[2], False), (shape[2], shape[1], True)):
            if values > 4:
                yield from _rows(_Rows(output, size, classes, rows, values, turned))


@dataclass(frozen=True)
class _Rows:
    """A way to read a tensor of three axes: rows of values."""

    output: OutputSpec
    size: tuple[int, int]
    classes: int
    rows: int
    values: int
    turned: bool
    """Whether the values stand before the rows, [1, values, n]."""

    def __str__(self) -> str:
        lengths = [str(length or "?") for length in self.output.shape]
        return f"one output [{', '.join(lengths)}]"

    def has(self, ahead: int) -> bool:
        """Whether `ahead` values and one for each class fill a row."""
        return self.values - ahead == self.classes if self.classes else self.values > ahead

    def cells(self, each: int) -> tuple[int, ...]:
        """The strides of the grid that has so many rows, with `each` anchors a cell."""
        return strides_of(self.rows, *self.size, each)


def _rows(read: _Rows) -> Iterator[Recognised]:
    single, triple = read.cells(1), read.cells(3)
    if single or triple:
        yield from _on_grid(read, single or triple, 1 if single else 3)
    elif read.rows == 0:
        yield from _without_length(read)
    elif read.rows <= MOST_ROWS and not read.turned and (read.rows >= read.values or read.classes):
        yield from _few_rows(read)
    elif read.rows > MOST_ROWS or (read.has(4) and read.classes):
        yield from _off_grid(read)


def _grid_words(strides: Sequence[int], size: tuple[int, int], each: int) -> str:
    listed = f"{', '.join(map(str, strides[:-1]))} and {strides[-1]}"
    anchors = "a row" if each == 1 else f"{each} rows"
    return f"{anchors} for each cell of strides {listed} of {size[0]}x{size[1]}"


_PIXELS_OR_PARTS: Mapping[str, tuple[Any, ...]] = {"normalised": (False, True)}
_YOLOV8: Mapping[str, Any] = {"normalised": False, "activation": "none"}
_YOLOV8_MAY: Mapping[str, tuple[Any, ...]] = {**_PIXELS_OR_PARTS, "activation": ("none", "sigmoid")}


def _on_grid(read: _Rows, strides: Sequence[int], each: int) -> Iterator[Recognised]:
    grid = _grid_words(strides, read.size, each)
    plain = {"normalised": False}
    if 64 in strides and not read.turned and read.has(_SIDES):
        bins = f"{read.values - _SIDES} class scores and 4 sides of 8 bins, as NanoDet-Plus has them"
        yield Recognised("nanodet", read.values - _SIDES, f"{read}: {grid}, {bins}")
    if read.has(4) and (each == 1 or read.classes):
        why = f"{read}: {grid}, 4 values of a box and {read.values - 4} class scores"
        yield Recognised(
            "yolov8", read.values - 4, why, _YOLOV8, {}, _YOLOV8_MAY, certain=read.turned or bool(read.classes)
        )
    if read.has(5) and (not read.turned or read.classes or each == 3):
        named = f"{read}: {grid}, 4 values of a box, an objectness and {read.values - 5} class values"
        if each == 1:
            yield Recognised("yolox", read.values - 5, f"{named}, box values by cell")
        yield Recognised(
            "yolov5", read.values - 5, f"{named}, boxes as they are", plain, {}, _PIXELS_OR_PARTS, certain=each == 3
        )


def _without_length(read: _Rows) -> Iterator[Recognised]:
    """The number of rows depends on the data, or was never written."""
    after = any(word in read.output.name.lower() for word in ("nms", "selected", "suppress"))
    if read.turned:
        if read.has(4):
            why = f"{read}: 4 values of a box and {read.values - 4} class scores before rows without a fixed number"
            yield Recognised("yolov8", read.values - 4, why, _YOLOV8, {}, _YOLOV8_MAY)
        return
    if read.values in {6, 7}:
        yield from _end2end(read.output, read.classes)
    if read.has(4):
        said = f"4 values of a box and {read.values - 4} class scores a row, and no fixed number of rows"
        named = f", and its name ({read.output.name}) says that they are chosen" if after else ""
        yield Recognised(
            "suppressed",
            read.values - 4,
            f"{read}: {said}{named}",
            {"boxes": "cxcywh", "normalised": False},
            {},
            {"normalised": (False, True), "boxes": ("cxcywh", "xyxy")},
            certain=after,
        )
        if not after:
            yield Recognised("yolov8", read.values - 4, f"{read}: {said}", _YOLOV8, {}, _YOLOV8_MAY)
    if read.has(5) and not after and read.classes:
        said = f"4 values of a box, an objectness and {read.values - 5} class values a row"
        for name, loose in (("yolov5", _PIXELS_OR_PARTS), ("yolox", {})):
            yield Recognised(name, read.values - 5, f"{read}: {said}", {}, {}, loose)


def _few_rows(read: _Rows) -> Iterator[Recognised]:
    detections = read.values in {6, 7}
    if detections:
        yield from _end2end(read.output, read.classes)
    if read.has(4):
        said = f"{read}: {read.rows} rows of 4 values of a box and {read.values - 4} class values, no grid of anchors"
        yield Recognised(
            "detr",
            read.values - 4,
            said,
            {"boxes": "cxcywh", "normalised": True, "activation": "none"},
            {},
            {"normalised": (True, False), "activation": ("none", "sigmoid"), "boxes": ("cxcywh", "xyxy")},
            usual=bool(read.classes) or not detections,
        )


def _off_grid(read: _Rows) -> Iterator[Recognised]:
    """Rows that are no grid of strides 8, 16 and 32: other strides, or another number of anchors a cell."""
    if read.turned and read.has(4):
        why = f"{read}: 4 values of a box and {read.values - 4} class scores for each of {read.rows} anchors"
        yield Recognised("yolov8", read.values - 4, why, _YOLOV8, {}, _YOLOV8_MAY, certain=bool(read.classes))
        return
    if read.turned and not read.classes:
        return
    if read.has(5):
        why = f"{read}: a box, an objectness and {read.values - 5} class values for each of {read.rows} anchors"
        yield Recognised("yolov5", read.values - 5, why, {"normalised": False}, {}, _PIXELS_OR_PARTS)
    if read.has(4):
        why = f"{read}: a box and {read.values - 4} class scores for each of {read.rows} anchors"
        yield Recognised("yolov8", read.values - 4, why, _YOLOV8, {}, _YOLOV8_MAY)


_COLUMNS = {
    6: ("box_score_class", "box_class_score", "class_score_box"),
    7: ("batch_box_class_score", "batch_box_score_class", "batch_class_score_box"),
}
_COLUMN_WORDS = {
    6: "a box, a score and a class",
    7: "the number of the image, a box, a class and a score",
}


def _end2end(output: OutputSpec, classes: int) -> Iterator[Recognised]:
    """Rows of 6 or 7 values; `classes` only says that somebody named some."""
    width = output.shape[-1]
    lengths = ", ".join(str(length or "?") for length in output.shape)
    counted = f" of {classes} classes" if classes else ""
    yield Recognised(
        "end2end",
        0,
        f"one output [{lengths}]: rows of {_COLUMN_WORDS[width]}{counted}, which are detections already",
        {"columns": _COLUMNS[width][0], "boxes": "xyxy", "normalised": False},
        {},
        {"columns": _COLUMNS[width], "normalised": (False, True), "boxes": ("xyxy", "cxcywh")},
    )


def _of_four_axes(output: OutputSpec, size: tuple[int, int], classes: int) -> Iterator[Recognised]:
    _, values, rows, columns = output.shape
    lengths = ", ".join(str(length or "?") for length in output.shape)
    if columns == 7 and values == 1:
        yield Recognised(
            "end2end",
            0,
            f"one output [{lengths}]: rows of an image's number, a class, a score and a box, as SSD's DetectionOutput",
            {"columns": "batch_class_score_box", "boxes": "xyxy", "normalised": True},
            {},
            {"normalised": (True, False), "columns": _COLUMNS[7]},
        )
    cells = (size[0] // 16, size[1] // 16)
    if (columns, rows) == cells and values > 5 and (not classes or values == 5 + classes):
        why = (
            f"one output [{lengths}]: a map of {columns}x{rows} cells of stride 16, each with an objectness, a box and "
        )
        yield Recognised("fastestdet", values - 5, f"{why}{values - 5} class values")


def _unknown(outputs: Sequence[OutputSpec], reason: str) -> UsageError:
    return UsageError(f"no head decodes outputs of shape {in_words(outputs)}: {reason}", OWN_HEAD)
