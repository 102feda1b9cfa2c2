from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from workbench.base.errors import UsageError
from workbench.frames.exported import COCO_IDS, category_maps, load_exported
from workbench.frames.source import ImageFolder

ROW = {"image_id": 724, "category_id": 3, "bbox": [1, 2, 10, 20], "score": 0.5}


@pytest.fixture
def source(tmp_path: Path) -> ImageFolder:
    (tmp_path / "images" / "night").mkdir(parents=True)
    for name in ("000000000724.png", "night/b.png"):
        cv2.imwrite(str(tmp_path / "images" / name), np.zeros((40, 80, 3), np.uint8))
    return ImageFolder(tmp_path / "images")


def write(tmp_path: Path, value: Any) -> Path:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(value))
    return path


@pytest.mark.parametrize(
    ("image_id", "name"),
    [
        (724, "000000000724.png"),
        ("000000000724", "000000000724.png"),
        ("b", "night/b.png"),
        ("night/b.png", "night/b.png"),
        (7, "night/b.png"),
    ],
)
def test_that_an_image_id_finds_its_frame(source: ImageFolder, tmp_path: Path, image_id: object, name: str) -> None:
    exported = load_exported(write(tmp_path, [{**ROW, "image_id": image_id}]), source, {7: "b.png"})
    assert list(exported.frames) == [name]
    assert exported.frames[name].boxes.tolist() == [[1, 2, 11, 22]]
    assert exported.ids == (3,)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, "its top is no list"),
        ([1], "its top is no list"),
        ([{"image_id": 724}], "KeyError 'bbox'"),
        ([{**ROW, "bbox": [1, 2, -1, 3]}], "is none"),
        ([{**ROW, "bbox": [1, 2, 3]}], "is not COCO results JSON"),
        ([{**ROW, "score": float("nan")}], "is none"),
        ([{**ROW, "bbox": [1e300, 2, 1, 3]}], "is none"),
        ([{**ROW, "category_id": 10**30}], "OverflowError"),
        ([{**ROW, "image_id": 9}], "speaks of no frame"),
        ([], "speaks of no frame"),
    ],
)
def test_that_what_is_no_results_file_is_refused_in_words(
    source: ImageFolder, tmp_path: Path, value: Any, said: str
) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        load_exported(write(tmp_path, value), source)
    assert caught.value.hint


def test_that_cocos_ids_are_90_less_the_ten_that_have_no_class() -> None:
    assert len(COCO_IDS) == 80
    assert COCO_IDS[0] == 1
    assert COCO_IDS[-1] == 90


@pytest.mark.parametrize(
    ("ids", "classes", "categories", "meanings"),
    [
        ((0, 2), 3, {}, ["as the model numbers them"]),
        ((1, 3), 3, {}, ["counted from 1"]),
        ((1, 2), 3, {}, ["as the model numbers them", "counted from 1"]),
        ((1, 90), 80, {}, ["as COCO numbers them"]),
        ((7,), 3, {7: "car"}, ["by the names in the labels' file"]),
        ((7,), 3, {7: "zebra"}, []),
    ],
)
def test_that_ids_may_mean_what_they_can(ids: Any, classes: int, categories: Any, meanings: list[str]) -> None:
    assert [how for how, _ in category_maps(ids, classes, categories, ("car", "lorry", "sign"))] == meanings
