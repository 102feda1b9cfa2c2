from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from targets.agent.live_play import BOX_COLUMNS, COLUMNS, box_parts
from workbench.base.errors import BoardError
from workbench.evaluate.matching import make_detections
from workbench.live.feed import parse_rows

CODES = {"q": "<i8", "h": "<i2", "i": "<i4", "f": "<f4"}


def message(**changes: Any) -> tuple[dict[str, Any], list[bytes]]:
    """As a board sends it: three frames, boxes of the last two, none found in the last."""
    parts = [np.arange(3).astype(CODES[code]).tobytes() for _, code in COLUMNS]
    found = make_detections([[0, 1, 2, 3], [4, 5, 6, 7]], [0.9, 0.5], [0, 1])
    nothing = make_detections(np.zeros((0, 4)), [], [])
    data = {
        "rows": 3,
        "columns": [list(column) for column in COLUMNS],
        "boxes": 2,
        "box_columns": [list(column) for column in BOX_COLUMNS],
        "boxed": [1, 2],
        "at": 2,
        "waiting": "",
        "pictures": [],
        "left_out": 0,
    }
    return {**data, **changes}, [*parts, *box_parts([(1, 1, found), (2, 2, nothing)])]  # type: ignore[list-item]


def test_that_frames_and_boxes_come_as_the_board_sent_them():
    rows = parse_rows(*message())
    assert rows.frames["frame_id"].tolist() == [0, 1, 2]
    assert rows.boxes[1].boxes.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert rows.boxes[1].scores.round(3).tolist() == [0.9, 0.5]
    assert len(rows.boxes[2]) == 0, "a frame in which nothing was found was looked at all the same"


def test_that_an_exact_picture_is_named_by_its_pixels():
    data, parts = message()
    about = {"frame_id": 1, "width": 8, "height": 6, "fit": [1, 1, 0, 0], "form": "exact"}
    first, second = (parse_rows({**data, "pictures": [about]}, [*parts, pixels]) for pixels in (b"a", b"b"))
    assert first.pictures[0].name != second.pictures[0].name
    assert first.pictures[0].name == parse_rows({**data, "pictures": [about]}, [*parts, b"a"]).pictures[0].name


@pytest.mark.parametrize(
    "changes",
    [
        {"rows": 4},
        {"rows": -1},
        {"rows": 10**9},
        {"boxes": 3},
        {"columns": [["mono_ns", "q"]]},
        {"boxed": ["1"]},
        {"pictures": [{}]},
        {"pictures": [{"frame_id": 1, "width": 8, "height": 6, "fit": [0, 1, 0, 0], "form": "jpeg"}]},
        {"at": 1.5},
        {"waiting": None, "columns": None},
    ],
)
def test_that_what_is_no_message_of_ours_is_an_error_of_the_board(changes):
    data, parts = message(**changes)
    with pytest.raises(BoardError, match="cannot be read"):
        parse_rows(data, [*parts, *([b""] if len(data["pictures"]) else [])])


def test_that_a_missing_key_is_an_error_of_the_board():
    data, parts = message()
    for key in ("rows", "boxed", "box_columns", "at"):
        with pytest.raises(BoardError, match="cannot be read"):
            parse_rows({name: value for name, value in data.items() if name != key}, parts)
