"""The worst samples as pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.base.atomic import encode_json
from workbench.frames.source import Image, UnreadableFrame
from workbench.reports.overlay import Drawn, draw_pair
from workbench.verify import overlays
from workbench.verify.overlays import SHOWN, write_overlays
from workbench.verify.side_by_side import SideBySide

from .comparisons import CAR, FAINT, FIT, OTHER, SIZE, Box, compare


def frame(_position: int) -> NDArray[np.uint8]:
    return np.full((2 * SIZE, 2 * SIZE, 3), 90, np.uint8)


def draw(folder: Path, compared: SideBySide, read: Callable[[int], Any] = frame) -> list[dict[str, Any]]:
    count = len(compared.samples)
    names = [f"{position}.png" for position in range(count)]
    return write_overlays(folder, compared, names, [FIT] * count, ("car", "sign"), read)


def test_that_the_worst_samples_are_drawn_and_told_in_words(tmp_path: Path) -> None:
    pairs: list[Any] = [([CAR], [CAR])] * 9
    pairs[4] = ([CAR, OTHER], [CAR])
    pairs[7] = ([CAR], [CAR, OTHER])
    worst = draw(tmp_path, compare(pairs))
    assert len(worst) == SHOWN
    assert [item["name"] for item in worst[:2]] == ["4.png", "7.png"]
    assert "2 reference detections, 1 missed, 0 only on the device" in worst[0]["text"]
    assert "1 reference detections, 0 missed, 1 only on the device" in worst[1]["text"]
    assert (tmp_path / worst[0]["overlay"]).read_bytes().startswith(b"\xff\xd8")
    assert encode_json(worst)


def test_that_what_the_pictures_mark_is_what_the_overlap_counted(tmp_path: Path) -> None:
    pairs: list[Any] = [([CAR, FAINT], [CAR, OTHER]), ([OTHER], [FAINT]), ([CAR, OTHER], [OTHER])]
    compared = compare(pairs)
    texts = {item["sample"]: item["text"] for item in draw(tmp_path, compared)}
    for sample in compared.samples:
        overlap = sample.overlap
        assert f"{overlap.missed} missed, {overlap.extra} only on the device" in texts[sample.position]


def test_that_a_box_that_is_nowhere_is_not_drawn(tmp_path: Path) -> None:
    nowhere: list[Box] = [(np.nan, 16, 16, 16, 0.8), (16, 16, np.inf, 16, 0.7)]
    (item,) = draw(tmp_path, compare([([CAR], nowhere)]))
    assert (tmp_path / item["overlay"]).is_file()


def test_that_a_frame_that_cannot_be_read_any_more_has_no_picture(tmp_path: Path) -> None:
    def read(position: int) -> NDArray[np.uint8]:
        if position == 0:
            raise UnreadableFrame("it is gone")
        return frame(position)

    worst = draw(tmp_path, compare([([CAR], [])] * 2), read)
    assert [item["sample"] for item in worst] == [1]


def test_that_pictures_are_drawn_with_the_names_of_the_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Sequence[str]] = []

    def note(image: Image, reference: Drawn, device: Drawn, class_names: Sequence[str]) -> bytes:
        given.append(class_names)
        return draw_pair(image, reference, device, class_names)

    monkeypatch.setattr(overlays, "draw_pair", note)
    assert draw(tmp_path, compare([([CAR], [OTHER])]))
    assert given == [("car", "sign")]
