"""Telling from a model's raw outputs on a few real frames what names and shapes leave open, with the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from targets.agent.heads.arrays import BOX, BoxCoding, rows_of
from targets.agent.heads.base import OutputSpec
from targets.agent.heads.end2end import COLUMNS
from targets.agent.protocol import CommandError
from workbench.intake.recognise import Recognised

Outputs = Sequence[NDArray[Any]]
Floats = NDArray[np.float32]

_TOP = 50
"""The best rows of a frame, whose boxes are looked at."""
_PART = 2.0
"""Parts of the input hardly reach beyond this; pixels do."""
_MANY = 500
"""So many rows lie all over the picture."""
_SPARE = 0.02
"""How far scores may leave 0 to 1 by rounding."""


@dataclass(frozen=True)
class Seen:
    """Raw outputs of a few frames."""

    frames: tuple[Outputs, ...]
    about: str
    """What frames these are, as `2 frames of data/frames`."""

    def shapes(self, outputs: Sequence[OutputSpec]) -> list[OutputSpec]:
        """The outputs with the lengths that came, where the model does not say them and all frames agree."""
        found = []
        for place, spec in enumerate(outputs):
            came = {tuple(frame[place].shape) for frame in self.frames}
            whole = next(iter(came)) if len(came) == 1 else ()
            same_rank = len(whole) == len(spec.shape) or not spec.shape
            # a number of rows that is the same on all frames may still depend on the frame: few rows stay unknown
            keep = not whole or not same_rank or (0 in spec.shape and max(whole) <= _FEW)
            found.append(spec if keep else spec._replace(shape=whole))
        return found


_FEW = 1000


@dataclass(frozen=True)
class Settled:
    """A head with everything that values tell of it."""

    found: Recognised
    evidence: tuple[str, ...] = ()
    """What speaks for it, in words."""
    left_open: tuple[str, ...] = ()
    """Options that values do not tell."""
    against: tuple[str, ...] = ()
    """What speaks against it, in words."""


@dataclass
class _Case:
    """A candidate that is being settled."""

    found: Recognised
    seen: Seen
    size: tuple[int, int]
    classes: int
    options: dict[str, Any]
    evidence: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)

    def choices(self, name: str) -> tuple[Any, ...]:
        """What an option may be; empty where it is settled."""
        return tuple(self.found.open.get(name) or self.found.loose.get(name, ()))

    def take(self, name: str, value: Any, words: str = "") -> None:
        """Settle an option."""
        self.options[name] = value
        if words:
            self.evidence.append(words)

    def leave(self, name: str) -> None:
        """Values do not tell: the usual stands, unless nothing is usual."""
        if name in self.found.open:
            self.untold.append(name)
            self.options.setdefault(name, self.found.open[name][0])


def settle(found: Recognised, seen: Seen, size: tuple[int, int], classes: int, told: Mapping[str, Any]) -> Settled:
    """Fill in what a candidate leaves open from values.

    Args:
        found: the candidate.
        seen: raw outputs.
        size: (width, height) of the input.
        classes: how many are named; 0: unknown.
        told: options that a person gives; they are taken as they are.
    """
    case = _Case(found, seen, size, classes, {**found.options, **told})
    open_ = {name: choices for name, choices in found.open.items() if name not in told}
    loose = {name: choices for name, choices in found.loose.items() if name not in told}
    case.found = replace(found, open=open_, loose=loose)
    try:
        for step in (_scores, _columns, _labels, _parts, _coding):
            step(case)
    except (CommandError, ValueError, IndexError, KeyError) as error:
        case.against.append(f"its outputs cannot be read so: {error}")
    settled = replace(found, options=case.options, open={}, loose={})
    return Settled(settled, tuple(case.evidence), tuple(case.untold), tuple(case.against))


def _tables(case: _Case) -> list[tuple[Floats, Floats]]:
    """Boxes [n, 4] and class values [n, k] of each frame, as the model gives them; none for other layouts."""
    found, roles = case.found, tuple(case.options.get("outputs", ()))
    if found.name not in {"yolov8", "yolov5", "suppressed", "detr", "boxes_scores", "ssd"}:
        return []
    ahead = BOX + (found.name == "yolov5")
    frames = []
    for outputs in case.seen.frames:
        if "boxes" in roles:
            boxes = rows_of(outputs[roles.index("boxes")], BOX)
            values = rows_of(outputs[roles.index("scores")], found.values)
        else:
            rows = rows_of(outputs[roles.index("rows") if "rows" in roles else 0], ahead + found.values)
            with np.errstate(invalid="ignore", over="ignore"):
                values = rows[:, ahead:] * rows[:, BOX:ahead] if ahead > BOX else rows[:, ahead:]
            boxes = rows[:, :BOX]
        frames.append((boxes, values))
    return frames


def _lists(case: _Case) -> list[tuple[Floats, Floats, Floats]]:
    """Boxes [n, 4], scores [n] and labels [n] of each frame of detections; none for other layouts."""
    roles = tuple(case.options.get("outputs", ()))
    frames = []
    for outputs in case.seen.frames:
        if case.found.name == "end2end":
            frames.append(_of_columns(outputs[0], case.options["columns"]))
        elif case.found.name == "detections":
            flat = {role: np.asarray(outputs[place], np.float32) for place, role in enumerate(roles)}
            both = flat.get("boxes_scores")
            boxes = both.reshape(-1, 5)[:, :4] if both is not None else flat["boxes"].reshape(-1, 4)
            scores = both.reshape(-1, 5)[:, 4] if both is not None else flat["scores"].reshape(-1)
            frames.append((boxes, scores, flat["labels"].reshape(-1)))
    return frames


def _of_columns(output: NDArray[Any], columns: str) -> tuple[Floats, Floats, Floats]:
    rows = np.asarray(output, np.float32).reshape(-1, output.shape[-1])
    box, score, label, image = COLUMNS[columns]
    if image >= 0 and len(rows):
        rows = rows[np.rint(rows[:, image]) == 0]
    return rows[:, box : box + BOX], rows[:, score], rows[:, label]


def _scores(case: _Case) -> None:
    """What class values need to be scores, and which of them is the background."""
    tables = [values for _, values in _tables(case) if values.size]
    if not tables:
        return
    values = np.concatenate(tables)
    values = values[np.isfinite(values).all(axis=1)]
    if not values.size:
        return
    low, high = float(values.min()), float(values.max())
    choices = case.choices("activation")
    if low >= -_SPARE and high <= 1 + _SPARE:
        if choices:
            case.take("activation", "none", f"class values lie between {low:.2g} and {high:.2g}, as scores do")
        _background(case, values)
    elif "sigmoid" in choices or "softmax" in choices:
        _logits(case, values, choices)
    else:
        case.against.append(f"class values lie between {low:.3g} and {high:.3g}; scores are from 0 to 1")


def _background(case: _Case, values: Floats) -> None:
    choices = case.choices("background")
    if not choices:
        return
    sums = values.sum(axis=1)
    whole = float(np.mean(np.abs(sums - 1) < _SPARE))
    means = {"first": float(values[:, 0].mean()), "last": float(values[:, -1].mean())}
    larger = max(means, key=lambda name: means[name])
    if choices == ("none",):
        case.take("background", "none")
    elif values.shape[1] > 1 and larger in choices and means[larger] > 0.5 and (whole > 0.9 or "none" not in choices):
        together = " and the values of a row add up to 1" if whole > 0.9 else ""
        words = f"the {larger} class has {means[larger]:.2f} on average{together}: it is the background"
        case.take("background", larger, words)
    elif "none" in choices and whole < 0.5:
        case.take("background", "none", "the values of a row do not add up to 1: no class is a background")
    else:
        case.leave("background")


def _logits(case: _Case, values: Floats, choices: Sequence[str]) -> None:
    low, high = float(values.min()), float(values.max())
    best = values.argmax(axis=1)
    share = {"first": float(np.mean(best == 0)), "last": float(np.mean(best == values.shape[1] - 1))}
    where = max(share, key=lambda name: share[name])
    said = f"class values lie between {low:.3g} and {high:.3g}: they are logits"
    allowed = case.choices("background")
    if "softmax" in choices and where in allowed and values.shape[1] > 1 and share[where] > 0.6:
        case.take("activation", "softmax", said)
        case.take(
            "background", where, f"the {where} class is the largest in {share[where]:.0%} of rows: the background"
        )
        return
    negative = float(np.mean(values.max(axis=1) < 0))
    if "sigmoid" in choices and negative > 0.5 and (not allowed or "none" in allowed):
        case.take("activation", "sigmoid", f"{said}, below 0 for all classes in {negative:.0%} of rows")
        if allowed:
            case.take("background", "none")
        return
    case.leave("activation")
    case.leave("background")


def _columns(case: _Case) -> None:
    """Which column of detections is score, class and box."""
    choices = case.choices("columns")
    if not choices:
        return
    fitting = [columns for columns in choices if all(_fits_columns(case, columns))]
    if not any(len(scores) for _, scores, _ in _lists(case)):
        return
    if fitting:
        words = "the score's column lies between 0 and 1, the class's has whole numbers"
        case.take("columns", fitting[0], words)
    else:
        case.against.append("no column has scores from 0 to 1 beside one of whole numbers")


def _fits_columns(case: _Case, columns: str) -> Iterator[bool]:
    most = case.classes or 10_000
    for outputs in case.seen.frames:
        boxes, scores, labels = _of_columns(outputs[0], columns)
        if not len(scores):
            continue
        with np.errstate(invalid="ignore"):
            yield bool(np.isfinite(scores).all() and scores.min() >= -_SPARE and scores.max() <= 1 + _SPARE)
            yield bool((np.abs(labels - np.rint(labels)) < 0.05).all() and labels.min() >= -1 and labels.max() <= most)
            # classes of all rows that are 0 and scores that are whole would fit either way
            yield len(scores) < 3 or not bool((scores == np.rint(scores)).all()) or not scores.any()
            yield not _within_parts(boxes) or float(np.ptp(boxes)) > 0


def _labels(case: _Case) -> None:
    """Whether labels count from 1."""
    choices = case.choices("background")
    lists = [labels[scores > 0.05] for _, scores, labels in _lists(case)]
    labels = np.concatenate(lists) if lists else np.zeros(0, np.float32)
    if not choices or not len(labels):
        return
    least, most = float(labels.min()), float(labels.max())
    if "none" in choices and least < 0.5 and case.options.get("background") == "first":
        case.take("background", "none", "the label 0 comes: labels count from 0")
    elif "first" in choices and case.classes and round(most) == case.classes and least >= 0.5:
        case.take("background", "first", f"labels lie between {least:.0f} and {most:.0f}: they count from 1")


def _within_parts(boxes: Floats) -> bool:
    good = boxes[np.isfinite(boxes).all(axis=1)]
    return not len(good) or float(np.quantile(np.abs(good), 0.98)) <= _PART


def _boxes(case: _Case) -> list[Floats]:
    """The boxes of the best rows of each frame, as the model gives them."""
    chosen = []
    for boxes, values in _tables(case):
        best = values.max(axis=1) if values.size else np.zeros(len(boxes), np.float32)
        if case.options.get("background") in {"first", "last"} and values.shape[1] > 1:
            own = values[:, 1:] if case.options["background"] == "first" else values[:, :-1]
            best = own.max(axis=1)
        chosen.append(boxes[np.argsort(-np.nan_to_num(best), kind="stable")[:_TOP]])
    for boxes, scores, _ in _lists(case):
        used = boxes[np.nan_to_num(scores) > 0]
        chosen.append(used[:_TOP])
    return [boxes[np.isfinite(boxes).all(axis=1)] for boxes in chosen if len(boxes)]


def _parts(case: _Case) -> None:
    """Whether boxes are parts of the input or pixels."""
    choices = case.choices("normalised")
    boxes = _boxes(case)
    if not choices or not boxes or not sum(map(len, boxes)):
        if choices:
            case.leave("normalised")
        return
    every = np.concatenate(boxes)
    parts = _within_parts(every)
    reach = float(np.quantile(np.abs(every), 0.98))
    kind = "parts of the input" if parts else "pixels"
    case.take("normalised", parts, f"box values reach {reach:.4g}: they are {kind}")


def _coding(case: _Case) -> None:
    """What the four numbers of a box are: what makes boxes of the best rows that lie in the picture."""
    choices = case.choices("boxes")
    boxes = _boxes(case)
    if not choices:
        return
    if not boxes or sum(map(len, boxes)) < 3:
        case.leave("boxes")
        return
    if "xyxy" in choices and _all_corners(case):
        case.take("boxes", "xyxy", "in every row the third and fourth number are above the first two: they are corners")
        return
    every = np.concatenate(boxes)
    wrong = {coding: _misfit(case, every, coding) for coding in choices}
    best = min(choices, key=lambda coding: wrong[coding])
    others = [wrong[coding] for coding in choices if coding != best]
    if wrong[best] > 0.25:
        words = ", ".join(f"{share:.0%} as {coding}" for coding, share in wrong.items())
        case.against.append(f"too many of the best boxes are none, or lie outside of the picture: {words}")
    elif others and min(others) - wrong[best] < 0.1:
        case.leave("boxes")
    else:
        words = f"read as {best} {1 - wrong[best]:.0%} of the best boxes lie in the picture, else {1 - min(others):.0%}"
        case.take("boxes", best, words if others else "")


def _all_corners(case: _Case) -> bool:
    """Whether all of many rows, wherever they lie, have their second corner behind the first; sizes would not."""
    tables = [boxes for boxes, _ in _tables(case) if len(boxes)]
    if sum(map(len, tables)) < _MANY:
        return False
    rows = np.concatenate(tables)
    with np.errstate(invalid="ignore"):
        behind = (rows[:, 2] > rows[:, 0]) & (rows[:, 3] > rows[:, 1])
    return float(np.mean(behind)) > 0.995


def _misfit(case: _Case, boxes: Floats, coding: str) -> float:
    """The share of boxes without an area, or more than a fifth of which lies outside of the picture."""
    width, height = case.size
    corners = BoxCoding(coding, bool(case.options.get("normalised")), width, height)(boxes.T)
    return 1 - float(np.mean(_inside(corners, width, height)))


def _inside(corners: Floats, width: int, height: int) -> NDArray[np.bool_]:
    """Which boxes have an area of which at least four fifths lie inside."""
    x0, y0, x1, y1 = np.asarray(corners, np.float64).T
    with np.errstate(invalid="ignore", over="ignore"):
        area = np.maximum(x1 - x0, 0) * np.maximum(y1 - y0, 0)
        inner_w = np.minimum(x1, width) - np.maximum(x0, 0)
        inner_h = np.minimum(y1, height) - np.maximum(y0, 0)
        inner = np.maximum(inner_w, 0) * np.maximum(inner_h, 0)
        return np.asarray((area > 0) & (inner >= 0.8 * area), np.bool_)
