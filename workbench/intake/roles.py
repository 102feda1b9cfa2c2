"""What each of several outputs is: boxes, scores, labels, told by their names, shapes and types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from targets.agent.heads.base import OutputSpec
from targets.agent.heads.nanodet import STRIDES
from targets.agent.heads.yolox import sides_of
from workbench.optimise.suppression import is_query_count


class Several(NamedTuple):
    """A head for several outputs; the fields of `Recognised`."""

    name: str
    values: int
    why: str
    options: Mapping[str, Any]
    open: Mapping[str, tuple[Any, ...]]
    loose: Mapping[str, tuple[Any, ...]]
    certain: bool = False


_BACKGROUND = ("none", "first", "last")
_ACTIVATION = ("none", "sigmoid", "softmax")


def recognise_several(outputs: Sequence[OutputSpec], size: tuple[int, int], classes: int) -> Iterator[Several]:
    """Every head that several outputs may be for."""
    chosen = _tensorflow(outputs) or tuple(output for output in outputs if not _is_extra(output))
    for found in (_nanodet(outputs, size, classes), _separate(outputs, chosen, classes), _rows_and_count(outputs)):
        if found is not None:
            yield found
            return
    yield from _pairs(outputs, chosen, classes)


def squeezed(output: OutputSpec) -> tuple[int, ...]:
    """The shape without a batch of 1 (or of no fixed length) in front, and without axes of 1 in between."""
    shape = output.shape
    if len(shape) > 2 and shape[0] in {0, 1}:
        shape = shape[1:]
    return tuple(axis for place, axis in enumerate(shape) if axis != 1 or place in {0, len(shape) - 1})


def _is_extra(output: OutputSpec) -> bool:
    """What is no part of a detector's answer: hidden states, auxiliary outputs, the picture's size (Detectron2)."""
    name = output.name.lower()
    return _is_size(output) or any(word in name for word in ("hidden_state", "attention", "aux_outputs", "enc_outputs"))


def _is_size(output: OutputSpec) -> bool:
    return "int" in output.dtype and output.shape == (2,)


def _tensorflow(outputs: Sequence[OutputSpec]) -> tuple[OutputSpec, ...]:
    """The four outputs of TensorFlow's detection API among the up to nine that it gives."""
    wanted = ("detection_boxes", "detection_scores", "detection_classes", "num_detections")
    found = [next((one for one in outputs if one.name.split(":")[0].endswith(name)), None) for name in wanted]
    plain = [one for one in found[:3] if one is not None]
    return (*plain, *(one for one in found[3:] if one is not None)) if len(plain) == 3 else ()


def _roles(outputs: Sequence[OutputSpec], roles: Mapping[str, OutputSpec]) -> list[str]:
    names = {output.name: role for role, output in roles.items()}
    return [names.get(output.name, "unused") for output in outputs]


def _listed(outputs: Sequence[OutputSpec]) -> str:
    return ", ".join(f"{one.name} [{', '.join(str(axis or '?') for axis in one.shape)}]" for one in outputs)


def _named(output: OutputSpec, *words: str) -> bool:
    return any(word in output.name.lower() for word in words)


def _is_vector(output: OutputSpec) -> bool:
    """One number a row: [n], [1, n] or [1, n, 1]; not a mere count."""
    shape = output.shape
    inner = [axis for axis in shape if axis != 1]
    return 1 <= len(shape) <= 3 and (len(inner) == 1 or (len(inner) == 2 and len(shape) == 2 and shape[0] == 0))


def _is_count(output: OutputSpec) -> bool:
    few = all(axis in {0, 1} for axis in output.shape) and len(output.shape) <= 2
    return few and (_named(output, "num", "count") or (bool(output.shape) and set(output.shape) == {1}))


def _separate(outputs: Sequence[OutputSpec], chosen: Sequence[OutputSpec], classes: int) -> Several | None:
    """Boxes, scores and labels, which are detections already."""
    roles: dict[str, OutputSpec] = {}
    left = list(chosen)
    count = next((one for one in left if _is_count(one)), None)
    if count is not None and len(left) > 3:
        roles["count"] = count
        left.remove(count)
    boxes = [one for one in left if len(one.shape) in {2, 3} and one.shape[-1] in {4, 5}]
    rest = [one for one in left if one not in boxes and _is_vector(one)]
    if len(boxes) != 1 or len(boxes) + len(rest) != len(left):
        return None
    labels = _label_output(rest)
    roles["boxes" if boxes[0].shape[-1] == 4 else "boxes_scores"] = boxes[0]
    if labels is None or len(rest) != (2 if "boxes" in roles else 1):
        return None
    roles["labels"] = labels
    others = [one for one in rest if one is not labels]
    if others:
        roles["scores"] = others[0]
    return _detections(outputs, roles, classes)


def _label_output(outputs: Sequence[OutputSpec]) -> OutputSpec | None:
    whole = [one for one in outputs if "int" in one.dtype]
    named = [one for one in outputs if _named(one, "label", "class", "cls")]
    second = [one for one in outputs if _named(one, "tflite_detection_postprocess:1")]
    unlike = [one for one in outputs if not _named(one, "score", "conf", "prob")]
    for found in (whole, named, second, unlike):
        if len(found) == 1:
            return found[0]
    return None


def _detections(outputs: Sequence[OutputSpec], roles: Mapping[str, OutputSpec], classes: int) -> Several:
    boxes = roles.get("boxes") or roles["boxes_scores"]
    tensorflow = _named(boxes, "detection_boxes", "tflite_detection")
    floating = "int" not in roles["labels"].dtype
    torchvision = len(boxes.shape) == 2 and "boxes" in roles and not any(map(_is_size, outputs))
    parts = tensorflow and floating
    first = "first" if torchvision or (parts and _named(roles["labels"], "detection_classes")) else "none"
    options = {
        "outputs": _roles(outputs, roles),
        "boxes": "yxyx" if parts else "xyxy",
        "normalised": parts,
        "background": first,
    }
    loose = {"normalised": (parts, not parts), "background": (first, "none" if first == "first" else "first")}
    if not parts:
        loose["boxes"] = ("xyxy", "cxcywh")
    named = f" for {classes} classes" if classes else ""
    why = f"the outputs {_listed(outputs)}: boxes, scores and labels{named}, which are detections already"
    return Several("detections", 0, why, options, {}, loose)


def _rows_and_count(outputs: Sequence[OutputSpec]) -> Several | None:
    """Rows of class, score and box, and how many they are: what PaddleDetection exports."""
    rows = [one for one in outputs if len(one.shape) == 2 and one.shape[-1] == 6]
    if len(rows) != 1 or outputs[0] is not rows[0] or not all(len(one.shape) <= 1 for one in outputs[1:]):
        return None
    columns = ("class_score_box", "box_score_class", "box_class_score")
    options = {"columns": columns[0], "boxes": "xyxy", "normalised": False}
    why = f"the outputs {_listed(outputs)}: rows of a class, a score and a box, and their number, as Paddle exports"
    return Several("end2end", 0, why, options, {}, {"columns": columns, "normalised": (False, True)})


def _pairs(outputs: Sequence[OutputSpec], chosen: Sequence[OutputSpec], classes: int) -> Iterator[Several]:
    """Boxes and a value for every class, as two outputs; with anchors as a third, or not."""
    anchors = [one for one in chosen if _named(one, "anchor", "prior") and 4 in squeezed(one)]
    left = [one for one in chosen if one not in anchors]
    if len(left) != 2 or len(anchors) > 1:
        return
    for boxes, scores in (left, left[::-1]):
        rows = _rows_of(squeezed(boxes), 4)
        values = _values_of(squeezed(scores), rows)
        if rows is None or values is None or (values == 4 and _named(scores, "box", "loc", "reg", "dets")):
            continue
        if classes and values not in {classes, classes + 1}:
            continue
        roles = {"boxes": boxes, "scores": scores} | ({"anchors": anchors[0]} if anchors else {})
        yield _pair(outputs, roles, rows, values, classes)
        return


def _rows_of(shape: tuple[int, ...], columns: int) -> int | None:
    """How many rows, 0 where that is not fixed; None where the shape is not [n, columns], turned or not."""
    if len(shape) != 2 or columns not in shape:
        return None
    return shape[0] if shape[1] == columns else shape[1]


def _values_of(shape: tuple[int, ...], rows: int | None) -> int | None:
    if len(shape) == 1 and shape[0] == rows and rows:
        return 1
    if len(shape) != 2 or rows is None or rows not in shape:
        return None
    values = shape[1] if shape[0] == rows else shape[0]
    return values or None


def _pair(
    outputs: Sequence[OutputSpec], roles: Mapping[str, OutputSpec], rows: int, values: int, classes: int
) -> Several:
    listed = f"the outputs {_listed(outputs)}: "
    named = classes and values == classes
    background = ("none",) if named or values == 1 else ("first", "last") if classes else _BACKGROUND
    opened: dict[str, tuple[Any, ...]] = {"activation": _ACTIVATION, "background": background}
    options: dict[str, Any] = {"outputs": _roles(outputs, roles)}
    if "anchors" in roles:
        why = f"{listed}{values} class values, offsets and an anchor for each of {rows or '?'} places"
        return Several("ssd", values, why, options, opened, {}, certain=True)
    queries = _named(roles["boxes"], "pred_boxes") or _named(roles["scores"], "logits") or is_query_count(rows)
    loose = {}
    if queries:
        options |= {"boxes": "cxcywh", "normalised": True}
        loose = {"normalised": (True, False), "boxes": ("cxcywh", "xyxy")}
        why = f"{listed}a box and {values} class values for each of {rows or '?'} queries"
        return Several("detr", values, why, options, opened, loose)
    opened |= {"normalised": (False, True), "boxes": ("xyxy", "cxcywh")}
    if _named(roles["boxes"], "raw_detection_boxes"):
        options["boxes"] = "yxyx"
        opened.pop("boxes")
    why = f"{listed}a box and {values} class values for each of {rows or '?'} anchors"
    return Several("boxes_scores", values, why, options, opened, loose)


def _nanodet(outputs: Sequence[OutputSpec], size: tuple[int, int], classes: int) -> Several | None:
    """Scores and distances of three or four strides."""
    levels = len(outputs) // 2
    if len(outputs) not in {6, 8} or not all(len(one.shape) in {2, 3} for one in outputs):
        return None
    cells = [columns * rows for columns, rows, _ in sides_of(STRIDES[:levels], *size)]
    distances = [one for one in outputs if _named(one, "dis", "reg", "bbox")]
    scores = [one for one in outputs if _named(one, "cls", "score", "conf")]
    if len(distances) != levels or len(scores) != levels or set(map(id, distances)) & set(map(id, scores)):
        return None
    rows = [sorted((one.shape[-2] for one in some), reverse=True) for some in (distances, scores)]
    widths = {one.shape[-1] for one in distances}
    values = {one.shape[-1] for one in scores}
    if rows != [cells, cells] or len(widths) != 1 or len(values) != 1 or min(widths) % 4 or min(widths) < 8:
        return None
    (count,) = values
    if levels != 3 or (classes and count != classes):
        return None
    roles = ["distances" if any(one is known for known in distances) else "scores" for one in outputs]
    bins = min(widths) // 4
    why = (
        f"{len(outputs)} outputs: {count} scores and 4 sides of {bins} bins for each cell of strides 8, 16 and 32 of "
        f"{size[0]}x{size[1]}, as NanoDet has them"
    )
    return Several("nanodet", count, why, {"outputs": roles}, {}, {}, certain=True)
