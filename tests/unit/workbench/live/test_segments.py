from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from workbench.frames.resize import Fitting
from workbench.live import segments as module
from workbench.live.segments import Segments
from workbench.live.sources import PlayedSource

FITTING = Fitting(64, 48)
FRAMES = 7


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "images"
    path.mkdir()
    for number in range(FRAMES):
        cv2.imwrite(str(path / f"{number}.png"), np.full((96, 160, 3), 30 * number, np.uint8))
    return path


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "frames.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 12.0, (160, 96))
    for number in range(FRAMES):
        writer.write(np.full((96, 160, 3), 30 * number, np.uint8))
    writer.release()
    return path


@pytest.fixture(autouse=True)
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 3 * 64 * 48 * 3)


def cut(path: Path, cache: Path, said: list[str] | None = None) -> Segments:
    return Segments(PlayedSource(path, path.name), FITTING, cache, (said if said is not None else []).append)


def test_that_a_source_is_cut_into_packs_whose_frames_are_fitted(folder: Path, tmp_path: Path):
    made = cut(folder, tmp_path / "cache")
    assert (made.each, made.count) == (3, 3)
    assert [made.segment(place).frames for place in range(3)] == [3, 3, 1]
    pixels, fit, name = made.fitted(5) or pytest.fail("it was made")
    assert pixels.shape == (48, 64, 3)
    assert (pixels[24, 32] == 150).all()
    assert fit.offset_y > 0
    assert name == f"{made.segment(1).sha256}/2"


def test_that_packs_of_the_same_files_are_made_once(folder: Path, tmp_path: Path):
    first = cut(folder, tmp_path / "cache").segment(1)
    first_time = first.path.stat().st_mtime_ns
    again = cut(folder, tmp_path / "cache").segment(1)
    assert (again.sha256, again.path.stat().st_mtime_ns) == (first.sha256, first_time)
    cv2.imwrite(str(folder / "3.png"), np.full((96, 160, 3), 255, np.uint8))
    assert cut(folder, tmp_path / "cache").segment(1).sha256 != first.sha256


def test_that_a_damaged_pack_is_made_anew(folder: Path, tmp_path: Path):
    first = cut(folder, tmp_path / "cache").segment(0)
    first.path.write_bytes(first.path.read_bytes()[:-10])
    assert cut(folder, tmp_path / "cache").segment(0).sha256 == first.sha256


def test_that_a_videos_frames_can_be_shown_in_any_order_without_seeking(video: Path, tmp_path: Path):
    made = cut(video, tmp_path / "cache")
    assert made.source.fps == 12.0
    assert made.picture(4) is None, "its segment was not made"
    for place in range(3):
        made.segment(place)
    shown = [made.picture(index) or pytest.fail("it was made") for index in (6, 0, 4)]
    for (picture, _), index in zip(shown, (6, 0, 4), strict=True):
        assert abs(int(picture.pixels[40, 80, 0]) - 30 * index) < 6
    assert shown[0][0].scale == 1.0


def test_that_a_frame_that_cannot_be_read_is_played_grey_and_said(folder: Path, tmp_path: Path):
    (folder / "1.png").write_bytes(b"no picture")
    said: list[str] = []
    made = cut(folder, tmp_path / "cache", said)
    made.segment(0)
    pixels, _, _ = made.fitted(1) or pytest.fail("it was made")
    assert (pixels == FITTING.pad).all()
    assert len(said) == 1
    assert "grey frame" in said[0]


def test_that_a_segment_that_was_discarded_leaves_nothing(video: Path, tmp_path: Path):
    made = cut(video, tmp_path / "cache")
    made.segment(0)
    made.discard(0)
    assert list(made.folder.iterdir()) == []
    assert made.fitted(0) is None
