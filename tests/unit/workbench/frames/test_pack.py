"""Selections and packs: reproducible, never repeated, never silently short."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from workbench.base.errors import UsageError
from workbench.base.reporter import Silent
from workbench.frames.pack import make_pack
from workbench.frames.resize import Fitting
from workbench.frames.selection import repeated_frames, select_frames, shared_frames
from workbench.frames.source import ImageFolder, open_source


def _folder(path: Path, count: int, first: int = 0) -> ImageFolder:
    path.mkdir(parents=True)
    for index in range(count):
        frame = np.full((30, 60, 3), first + index, np.uint8)
        cv2.imwrite(str(path / f"{index:03d}.png"), frame)
    return ImageFolder(path)


def test_that_the_same_seed_takes_the_same_frames_without_repeats(tmp_path: Path) -> None:
    source = _folder(tmp_path / "a", 20)
    first, again = (select_frames(source, "a", 8, seed=3) for _ in range(2))
    assert first == again
    assert len(set(first.names)) == 8
    assert select_frames(source, "a", 8, seed=4).names != first.names


def test_that_too_few_frames_are_taken_once_and_not_looped(tmp_path: Path) -> None:
    chosen = select_frames(_folder(tmp_path / "a", 5), "a", 50, seed=0)
    assert len(chosen.names) == 5
    assert chosen.requested == 50


def test_that_frames_shared_by_two_sets_are_found_by_content(tmp_path: Path) -> None:
    first = select_frames(_folder(tmp_path / "a", 4), "a", 4, seed=0)
    second = select_frames(_folder(tmp_path / "b", 4, first=3), "b", 4, seed=0)
    assert shared_frames(first, second) == ("003.png",)


def test_that_repeated_contents_in_one_set_are_named(tmp_path: Path) -> None:
    source = _folder(tmp_path / "a", 2)
    (tmp_path / "a/copy.png").write_bytes((tmp_path / "a/000.png").read_bytes())
    chosen = select_frames(ImageFolder(source.path), "a", 9, seed=0)
    assert repeated_frames(chosen) == ["copy.png"]


def test_that_a_pack_is_made_once_and_made_again_when_its_bytes_changed(tmp_path: Path) -> None:
    source = _folder(tmp_path / "a", 3)
    chosen = select_frames(source, "a", 3, seed=0)
    cache = tmp_path / "cache"
    pack = make_pack(source, chosen, Fitting(64, 64), cache, Silent())
    assert pack.open().shape == (3, 64, 64, 3)
    stamp = pack.path.stat().st_mtime_ns
    assert make_pack(source, chosen, Fitting(64, 64), cache, Silent()) == pack
    assert pack.path.stat().st_mtime_ns == stamp
    data = bytearray(pack.path.read_bytes())
    data[-1] ^= 1
    pack.path.write_bytes(data)
    assert make_pack(source, chosen, Fitting(64, 64), cache, Silent()) == pack
    assert pack.path.stat().st_mtime_ns != stamp


def test_that_every_unreadable_frame_is_named_at_once_and_no_pack_is_left(tmp_path: Path) -> None:
    _folder(tmp_path / "a", 3)
    (tmp_path / "a/000.png").write_bytes(b"not an image")
    (tmp_path / "a/002.png").write_bytes(b"")
    source = ImageFolder(tmp_path / "a")
    with pytest.raises(UsageError, match="2 of 3 frames") as caught:
        make_pack(source, select_frames(source, "a", 3, seed=0), Fitting(64, 64), tmp_path / "cache", Silent())
    assert "000.png" in caught.value.detail
    assert "002.png" in caught.value.detail
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize(
    ("mode", "width", "height"), [("letterbox", 64, 64), ("stretch", 64, 48), ("letterbox", 60, 30)]
)
def test_that_boxes_go_to_the_model_and_back(mode: str, width: int, height: int) -> None:
    frame = np.zeros((30, 60, 3), np.uint8)
    frame[10:20, 15:45] = 255
    fitted, fit = Fitting(width, height, mode).apply(frame)  # type: ignore[arg-type]
    rows, columns = np.nonzero(fitted[:, :, 0] > 200)
    box = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], np.float32)
    assert fitted.shape == (height, width, 3)
    assert np.abs(fit.to_frame(box) - [[15, 10, 45, 20]]).max() <= 1.0


def test_that_a_video_gives_its_frames_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "v.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for value in (0, 80, 160, 240):
        writer.write(np.full((48, 64, 3), value, np.uint8))
    writer.release()
    source = open_source(path)
    assert source.names() == ("frame000000", "frame000001", "frame000002", "frame000003")
    means = [source.read(index).mean() for index in (2, 0, 3, 1)]
    assert np.allclose(means, [160, 0, 240, 80], atol=4)


@pytest.mark.parametrize("name", ["missing", "text.txt", "empty"])
def test_that_what_is_no_source_is_refused_in_words(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=name):
        open_source(tmp_path / name)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"sha256": "x", "fits": [{"wrong": 1}]}', '{"fits": 3}'])
def test_that_a_damaged_cache_is_made_anew(tmp_path: Path, text: str) -> None:
    source = _folder(tmp_path / "a", 3)
    chosen = select_frames(source, "a", 3, seed=0)
    pack = make_pack(source, chosen, Fitting(64, 64), tmp_path / "cache", Silent())
    facts = pack.path.with_suffix(".json")
    whole = facts.read_bytes()
    facts.write_text(text)
    assert make_pack(source, chosen, Fitting(64, 64), tmp_path / "cache", Silent()) == pack
    assert facts.read_bytes() == whole
    pack.path.write_bytes(b"no array")
    assert make_pack(source, chosen, Fitting(64, 64), tmp_path / "cache", Silent()) == pack


def test_that_another_fitting_or_selection_is_another_pack(tmp_path: Path) -> None:
    source, cache = _folder(tmp_path / "a", 12), tmp_path / "cache"
    chosen = [select_frames(source, "a", 3, seed=seed) for seed in (0, 1)]
    packs = [
        make_pack(source, one, fitting, cache, Silent())
        for one in chosen
        for fitting in (Fitting(64, 64), Fitting(64, 64, "stretch"), Fitting(64, 64, pad=0))
    ]
    assert len({pack.path for pack in packs}) == 6
