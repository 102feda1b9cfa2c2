"""Frames that cannot be read are found without decoding them all."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from workbench.frames.health import find_unreadable
from workbench.frames.source import ImageFolder, VideoFile


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, suffix in enumerate(("png", "jpg", "bmp", "ppm", "tif", "webp", "png", "png")):
        assert cv2.imwrite(str(tmp_path / f"{number}.{suffix}"), np.zeros((8, 8, 3), np.uint8))
    return tmp_path


def test_that_images_of_every_kind_are_readable(folder: Path) -> None:
    assert find_unreadable(ImageFolder(folder)) == ()


def test_that_a_wrong_ending_does_no_harm(folder: Path) -> None:
    (folder / "0.png").rename(folder / "0.jpg")
    assert find_unreadable(ImageFolder(folder)) == ()


def test_that_files_that_are_no_images_are_named_with_the_reason(folder: Path) -> None:
    (folder / "1.jpg").write_bytes(b"")
    (folder / "2.bmp").write_text("<html>")
    (folder / "5.webp").unlink()
    (folder / "5.webp").symlink_to(folder / "nothing")
    (folder / "7.png").write_bytes((folder / "7.png").read_bytes()[:30])
    assert find_unreadable(ImageFolder(folder)) == (
        "1.jpg (empty)",
        "2.bmp (no image)",
        "5.webp (no such file or directory)",
        "7.png (cannot be decoded)",
    )


def test_that_the_first_frame_of_a_video_is_tried(tmp_path: Path) -> None:
    path = tmp_path / "drive.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for _ in range(3):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    assert find_unreadable(VideoFile(path)) == ()
