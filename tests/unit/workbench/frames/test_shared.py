"""Frames in two sources: found by content, and only as far as the limits allow."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from workbench.frames.shared import Limits, find_shared
from workbench.frames.source import ImageFolder, VideoFile


def folder(path: Path, shades: range) -> ImageFolder:
    path.mkdir()
    for shade in shades:
        assert cv2.imwrite(str(path / f"{shade:03d}.bmp"), np.full((8, 8, 3), shade, np.uint8))
    return ImageFolder(path)


def test_that_shared_frames_are_found_by_content_among_files_of_equal_size(tmp_path: Path) -> None:
    first, second = folder(tmp_path / "a", range(6)), folder(tmp_path / "b", range(10, 16))
    assert find_shared(first, second) == ()
    shutil.copy(tmp_path / "a" / "004.bmp", tmp_path / "b" / "another name.bmp")
    shutil.copy(tmp_path / "a" / "001.bmp", tmp_path / "b" / "010.bmp")
    assert find_shared(first, ImageFolder(tmp_path / "b")) == ("001.bmp", "004.bmp")


@pytest.mark.parametrize(
    "limits", [Limits(5, 100, 10_000), Limits(100, 11, 10_000), Limits(100, 100, 2_000)], ids=["names", "files", "size"]
)
def test_that_more_than_the_limits_allow_is_not_looked_at(tmp_path: Path, limits: Limits) -> None:
    first, second = folder(tmp_path / "a", range(6)), folder(tmp_path / "b", range(3, 9))
    assert find_shared(first, second, limits) is None
    assert find_shared(first, second, Limits(6, 12, 10_000)) == ("003.bmp", "004.bmp", "005.bmp")


def test_that_a_file_of_another_size_is_never_read(tmp_path: Path) -> None:
    first, second = folder(tmp_path / "a", range(6)), folder(tmp_path / "b", range(6))
    for path in (tmp_path / "b").iterdir():
        path.write_bytes(path.read_bytes() + b"\0")
    assert find_shared(first, second, Limits(6, 0, 0)) == ()


def test_that_equal_videos_share_every_frame(tmp_path: Path) -> None:
    path = tmp_path / "a.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (32, 16))
    for shade in range(4):
        writer.write(np.full((16, 32, 3), 20 * shade, np.uint8))
    writer.release()
    shutil.copy(path, tmp_path / "b.avi")
    first = VideoFile(path)
    assert find_shared(first, VideoFile(tmp_path / "b.avi")) == tuple(first.names())
    assert len(first.names()) == 4
    assert find_shared(first, folder(tmp_path / "c", range(3))) == ()
