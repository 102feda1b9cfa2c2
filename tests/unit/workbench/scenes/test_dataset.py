"""Written scenes are read back as they were rendered."""

import json

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from workbench.base.errors import SlipwayError
from workbench.scenes.dataset import write_dataset
from workbench.scenes.scene import CLASS_NAMES, render_scene

SEEDS = (3, 40, 500)


def test_that_png_images_keep_every_byte_of_the_scene(tmp_path):
    labels = json.loads(write_dataset(tmp_path, SEEDS, "png").read_bytes())
    assert [image["id"] for image in labels["images"]] == list(SEEDS)
    for image in labels["images"]:
        frame = cv2.imread(str(tmp_path / image["file_name"]))
        np.testing.assert_array_equal(frame, render_scene(image["id"]).image)


def test_that_jpeg_images_are_near_the_scene(tmp_path):
    write_dataset(tmp_path, SEEDS[:1])
    frame = cv2.imread(str(next(tmp_path.glob("*.jpg"))))
    assert frame is not None
    assert np.abs(frame.astype(int) - render_scene(SEEDS[0]).image).mean() < 6


def test_that_labels_name_the_boxes_and_classes_of_each_scene(tmp_path, capsys):
    coco = COCO(str(write_dataset(tmp_path, SEEDS)))
    capsys.readouterr()
    assert [coco.cats[number]["name"] for number in sorted(coco.cats)] == list(CLASS_NAMES)
    assert sorted(coco.cats) == [1, 2, 3, 4, 5, 6]
    for seed in SEEDS:
        scene, rows = render_scene(seed), coco.imgToAnns[seed]
        left, top, right, bottom = scene.boxes.T
        expected = np.stack([left, top, right - left, bottom - top], 1)
        np.testing.assert_array_equal(np.array([row["bbox"] for row in rows]).reshape(-1, 4), expected)
        assert [row["category_id"] - 1 for row in rows] == scene.classes.tolist()


def test_that_each_image_says_its_light_and_its_air(tmp_path):
    labels = json.loads(write_dataset(tmp_path, range(40)).read_bytes())
    assert {image["light"] for image in labels["images"]} == {"day", "dusk"}
    assert {"clear", "fog", "rain"} <= {image["air"] for image in labels["images"]}
    darkness: dict[str, list[float]] = {light: [] for light in ("day", "dusk")}
    for image in labels["images"]:
        weather = render_scene(image["id"]).weather
        darkness[image["light"]].append(weather.gain[1])
        assert ("fog" in image["air"]) == (weather.visibility_m is not None)
    assert max(darkness["dusk"]) < min(darkness["day"])


def test_that_the_same_seeds_write_the_same_files(tmp_path):
    for name in ("one", "two"):
        write_dataset(tmp_path / name, SEEDS)
    files = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*.*"))
    assert len(files) == len(SEEDS) + 1
    assert all((tmp_path / "one" / f).read_bytes() == (tmp_path / "two" / f).read_bytes() for f in files)


def test_that_progress_is_told_after_every_frame(tmp_path):
    told = []
    write_dataset(tmp_path, SEEDS, on_frame=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_that_stopping_from_the_progress_leaves_no_labels(tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_dataset(tmp_path, SEEDS, on_frame=stop)
    assert not (tmp_path / "labels.json").exists()


def test_that_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SlipwayError, match="cannot write"):
        write_dataset(tmp_path / "file", SEEDS)
