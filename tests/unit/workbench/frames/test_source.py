"""Frames that cannot be read are refused by name, whatever is wrong with them."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from workbench.base.errors import UsageError
from workbench.frames.source import ImageFolder, UnreadableFrame, VideoFile


def png(width: int, height: int) -> bytes:
    """A PNG that says it has this size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(64))), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((8, 8, 3), np.uint8))
    return tmp_path


@pytest.mark.parametrize("data", [b"", b"no image", png(100_000, 100_000)])
def test_that_what_opencv_does_not_read_is_named_with_what_to_do(folder: Path, data: bytes) -> None:
    (folder / "b.png").write_bytes(data)
    with pytest.raises(UnreadableFrame, match=r"b\.png") as caught:
        ImageFolder(folder).read(1)
    assert caught.value.hint.startswith("Replace or remove")


def test_that_more_pixels_than_are_taken_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.frames.source.MAX_PIXELS", 63)
    with pytest.raises(UnreadableFrame, match="8 x 8 pixels; at most 63"):
        ImageFolder(folder).read(0)


def test_that_a_file_of_endless_size_is_not_read(folder: Path) -> None:
    with (folder / "b.png").open("wb") as file:
        file.truncate(1 << 31)
    with pytest.raises(UnreadableFrame, match="bytes"):
        ImageFolder(folder).read(1)


def test_that_a_folder_called_like_an_image_and_a_file_that_went_are_named(folder: Path) -> None:
    (folder / "b.png").mkdir()
    (folder / "c.png").write_bytes(b"x")
    source = ImageFolder(folder)
    (folder / "c.png").unlink()
    for index in (1, 2):
        with pytest.raises(UnreadableFrame, match=source.names()[index]):
            source.read(index)
        with pytest.raises(UnreadableFrame, match=source.names()[index]):
            source.digest(index)


def test_that_what_is_no_video_is_refused(folder: Path) -> None:
    (folder / "v.avi").write_bytes(b"RIFF no video")
    with pytest.raises(UsageError, match="cannot open the video"):
        VideoFile(folder / "v.avi")


def test_that_a_video_that_ends_early_names_the_frame(folder: Path) -> None:
    path = folder / "v.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for value in range(20):
        writer.write(np.random.default_rng(value).integers(0, 255, (48, 64, 3), np.uint8))
    writer.release()
    source = VideoFile(path)
    last = len(source.names()) - 1
    source.read(last)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises((UnreadableFrame, UsageError)):
        VideoFile(path).read(last)


def test_that_an_image_of_gigabytes_is_refused_before_it_is_decoded(folder: Path, repository: Path) -> None:
    """In a process of its own: OpenCV settles its bound when it is imported."""
    (folder / "b.png").write_bytes(png(20_000, 20_000))
    code = """
import sys
from pathlib import Path
from workbench.frames.source import ImageFolder, UnreadableFrame
try:
    ImageFolder(Path(sys.argv[1])).read(1)
except UnreadableFrame as error:
    sys.stdout.write(error.detail)
"""
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, check=True, cwd=repository)
    assert b"CV_IO_MAX_IMAGE_PIXELS" in done.stdout


def test_that_a_video_of_large_frames_is_refused_when_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (32, 24))
    writer.write(np.zeros((24, 32, 3), np.uint8))
    writer.release()
    assert len(VideoFile(path).names()) == 1
    monkeypatch.setattr("workbench.frames.source.MAX_PIXELS", 700)
    with pytest.raises(UsageError, match="have 32 x 24 pixels; at most 700"):
        VideoFile(path)
