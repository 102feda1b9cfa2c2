"""What a run tells while it plays live, as tables and frames; nothing of it is trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from targets.agent.live_play import BOX_COLUMNS, COLUMNS
from workbench.base.errors import BoardError
from workbench.base.hashing import sha256_bytes
from workbench.evaluate.matching import Detections
from workbench.frames.resize import Fit
from workbench.telemetry.blocks import Table

MAX_ROWS = 1 << 16
MAX_SIDE_PX = 16384
_DTYPES = {"q": "<i8", "h": "<i2", "i": "<i4", "f": "<f4"}


@dataclass(frozen=True)
class CameraPicture:
    """A picture of the board's camera."""

    frame_id: int
    form: str
    """`jpeg`, or `exact`: the fitted frame as the model got it."""
    data: bytes
    fit: Fit
    name: str
    """Of an exact one: what its pixels are, for the reference's cache."""


@dataclass(frozen=True)
class LiveRows:
    """One message of a run that plays live."""

    frames: Table
    """One row a frame, in the columns of the stream `frames`."""
    boxes: Mapping[int, Detections]
    """By frame id, of those frames whose boxes were sent; in pixels of the model's input."""
    pictures: tuple[CameraPicture, ...]
    at: int
    """Where it is in its source."""
    waiting: str
    """`frames`, `step` or empty."""
    left_out: int
    """Messages so far that the link was too slow for."""


def parse_rows(data: Mapping[str, Any], attachments: Sequence[bytes]) -> LiveRows:
    """A message `live`.

    Raises:
        BoardError: it is none.
    """
    try:
        return _parse(data, attachments)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        text = f"the board sent live rows that cannot be read: {type(error).__name__} {str(error)[:200]}"
        raise BoardError(text, "Ship the agent again.") from error


def _parse(data: Mapping[str, Any], parts: Sequence[bytes]) -> LiveRows:
    rows, boxes = _whole(data["rows"]), _whole(data["boxes"])
    split, after = len(COLUMNS), len(COLUMNS) + len(BOX_COLUMNS)
    frames = _table(COLUMNS, data["columns"], rows, parts[:split])
    found = _table(BOX_COLUMNS, data["box_columns"], boxes, parts[split:after])
    pictures = [_picture(about, part) for about, part in zip(data["pictures"], parts[after:], strict=True)]
    return LiveRows(
        frames=frames,
        boxes=_by_frame(found, [_whole(one, 2**31) for one in data["boxed"]]),
        pictures=tuple(pictures),
        at=_whole(data["at"], 2**31),
        waiting=str(data["waiting"])[:20],
        left_out=_whole(data.get("left_out", 0), 2**62),
    )


def _table(columns: Sequence[tuple[str, str]], told: object, rows: int, parts: Sequence[bytes]) -> Table:
    if told != [list(column) for column in columns] or len(parts) != len(columns):
        raise ValueError(f"columns {str(told)[:100]}")
    table = {name: np.frombuffer(part, _DTYPES[code]) for (name, code), part in zip(columns, parts, strict=True)}
    if any(len(column) != rows for column in table.values()):
        raise ValueError(f"columns of other lengths than {rows}")
    return table


def _by_frame(table: Table, boxed: Sequence[int]) -> dict[int, Detections]:
    """Every frame whose boxes were sent, also one in which nothing was found."""
    edges = np.stack([table[name] for name in ("x0", "y0", "x1", "y1")], axis=1)
    found = {}
    for frame_id in boxed:
        rows = table["frame_id"] == frame_id
        found[frame_id] = Detections(edges[rows], table["score"][rows], table["class"][rows])
    return found


def boxes_of(table: Table, rows: NDArray[Any]) -> Detections:
    """The boxes of some rows of the stream `boxes`."""
    edges = np.stack([table[name][rows] for name in ("x0", "y0", "x1", "y1")], axis=1)
    return Detections(edges, table["score"][rows], table["class"][rows])


def _picture(about: Mapping[str, Any], data: bytes) -> CameraPicture:
    width, height = _whole(about["width"], MAX_SIDE_PX), _whole(about["height"], MAX_SIDE_PX)
    values = [float(value) for value in about["fit"]]
    if len(values) != 4 or not all(np.isfinite(values)) or min(values[:2]) <= 0 or not width or not height:
        raise ValueError(f"a fit of {values}")
    form = str(about["form"])
    if form not in {"jpeg", "exact"}:
        raise ValueError(f"a picture as {form[:20]}")
    name = f"camera/{sha256_bytes(data)}" if form == "exact" else ""
    return CameraPicture(
        _whole(about["frame_id"], 2**31),
        form,
        data,
        Fit(values[0], values[1], values[2], values[3], width, height),
        name,
    )


def _whole(value: object, most: int = MAX_ROWS) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"{str(value)[:40]} is no whole number up to {most}")
    return value
