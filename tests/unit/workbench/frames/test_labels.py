"""Labels: read, mapped by name, and refused with every stranger named."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from workbench.base.errors import UsageError
from workbench.frames.labels import load_labels, named_classes, survey_labels
from workbench.frames.source import ImageFolder

CLASSES = ("car", "lorry")


@pytest.fixture
def source(tmp_path: Path) -> ImageFolder:
    folder = tmp_path / "images"
    (folder / "night").mkdir(parents=True)
    for name in ("a.png", "night/b.png"):
        cv2.imwrite(str(folder / name), np.zeros((40, 80, 3), np.uint8))
    return ImageFolder(folder)


def _coco(path: Path, **changes: object) -> Path:
    document = {
        "images": [{"id": 5, "file_name": "a.png"}, {"id": 9, "file_name": "b.png"}],
        "categories": [{"id": 90, "name": "lorry"}, {"id": 1, "name": "kite"}],
        "annotations": [
            {"image_id": 5, "category_id": 90, "bbox": [10, 5, 20, 10]},
            {"image_id": 5, "category_id": 1, "bbox": [0, 0, 2, 2]},
        ],
    }
    path.write_text(json.dumps({**document, **changes}))
    return path


def test_that_coco_categories_are_mapped_by_name_and_strangers_told(source: ImageFolder, tmp_path: Path) -> None:
    labels = load_labels(_coco(tmp_path / "labels.json"), source, CLASSES)
    found = labels.of("a.png")
    assert found is not None
    assert found.boxes.tolist() == [[10, 5, 30, 15]]
    assert found.classes.tolist() == [1]
    assert labels.unmapped == ("kite",)
    assert labels.missing == ("car",)


def test_that_a_bare_file_name_finds_its_frame_in_a_subfolder(source: ImageFolder, tmp_path: Path) -> None:
    labels = load_labels(_coco(tmp_path / "labels.json"), source, CLASSES)
    empty = labels.of("night/b.png")
    assert empty is not None
    assert empty.boxes.shape == (0, 4)
    assert labels.of("c.png") is None


def test_that_labels_naming_no_frame_are_refused_with_all_names(source: ImageFolder, tmp_path: Path) -> None:
    images = [{"id": 5, "file_name": "a.png"}, {"id": 9, "file_name": "x.png"}, {"id": 10, "file_name": "y.png"}]
    with pytest.raises(UsageError, match="labels 2 frames") as caught:
        load_labels(_coco(tmp_path / "labels.json", images=images), source, CLASSES)
    assert caught.value.detail == "x.png\ny.png"


@pytest.mark.parametrize("text", ["", "[]", '{"images": 3}', "{" * 5000, '{"images": []}'])
def test_that_what_is_not_coco_is_refused_with_a_hint(source: ImageFolder, tmp_path: Path, text: str) -> None:
    path = tmp_path / "labels.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"labels\.json"):
        load_labels(path, source, CLASSES)


def test_that_yolo_text_is_read_in_parts_of_the_frame(source: ImageFolder, tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    (folder / "night").mkdir(parents=True)
    (folder / "night/b.txt").write_text("1 0.5 0.5 0.5 0.5\n\n")
    labels = load_labels(folder, source, CLASSES)
    found = labels.of("night/b.png")
    assert found is not None
    assert found.boxes.tolist() == [[20, 10, 60, 30]]


@pytest.mark.parametrize("line", ["2 0.5 0.5 0.1 0.1", "-1 0.5 0.5 0.1 0.1", "0 0.5 0.5 0.1", "car 0 0 1 1"])
def test_that_a_wrong_yolo_line_is_named_with_its_number(source: ImageFolder, tmp_path: Path, line: str) -> None:
    folder = tmp_path / "labels"
    folder.mkdir()
    (folder / "a.txt").write_text(f"0 0.5 0.5 0.1 0.1\n{line}\n")
    with pytest.raises(UsageError, match=r"a\.txt:2: got"):
        load_labels(folder, source, CLASSES)


def test_that_a_survey_of_yolo_labels_decodes_no_frame(source: ImageFolder, tmp_path: Path) -> None:
    labels = tmp_path / "yolo"
    labels.mkdir()
    (labels / "a.txt").write_text("1 0.5 0.5 0.2 0.2\n")
    (source.path / "a.png").write_bytes(b"no image any more")
    survey = survey_labels(labels, source, CLASSES)
    assert (survey.frames, survey.classes, survey.missing) == (("a.png",), ("lorry",), ("car",))


def test_that_a_survey_tells_what_could_not_be_mapped(source: ImageFolder, tmp_path: Path) -> None:
    survey = survey_labels(_coco(tmp_path / "labels.json"), source, CLASSES)
    assert (survey.frames, survey.unmapped) == (("a.png", "night/b.png"), ("kite",))


def test_that_labels_bring_class_names(tmp_path: Path) -> None:
    assert named_classes(_coco(tmp_path / "labels.json")) == ("kite", "lorry")
    assert named_classes(tmp_path) == ()
    (tmp_path / "classes.txt").write_text("car\n\nlorry\n")
    assert named_classes(tmp_path) == CLASSES
    with pytest.raises(UsageError, match="cannot be read"):
        named_classes(_coco(tmp_path / "broken.json", categories=[{"name": "car"}]))


def test_that_yolo_labels_that_are_no_text_are_refused(source: ImageFolder, tmp_path: Path) -> None:
    (tmp_path / "yolo").mkdir()
    (tmp_path / "yolo" / "a.txt").write_bytes(b"\xff\xfe0")
    with pytest.raises(UsageError, match="cannot read the labels"):
        load_labels(tmp_path / "yolo", source, CLASSES)


@pytest.mark.parametrize(
    "bbox",
    [
        "[NaN, 0, 5, 5]",
        "[0, 0, Infinity, 5]",
        "[0, 0, -5, 5]",
        "[0, 0, 1e999, 5]",
        "[1e300, 0, 5, 5]",
        f"[{10**400}, 0, 5, 5]",
        "[1, 2, 3]",
    ],
)
def test_that_a_box_that_is_none_is_refused(source: ImageFolder, tmp_path: Path, bbox: str) -> None:
    path = _coco(tmp_path / "labels.json")
    path.write_text(path.read_text().replace("[10, 5, 20, 10]", bbox))
    with pytest.raises(UsageError, match="is not COCO JSON") as caught:
        load_labels(path, source, CLASSES)
    assert "annotations" in caught.value.hint


@pytest.mark.parametrize("line", ["0 nan 0.5 0.1 0.1", "0 0.5 0.5 inf 0.1", "0 320 200 40 30", "0 0.5 0.5 -0.4 0.1"])
def test_that_yolo_numbers_that_are_no_parts_of_the_frame_are_refused_by_line(
    source: ImageFolder, tmp_path: Path, line: str
) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text(f"1 0.5 0.5 0.2 0.2\n{line}\n")
    with pytest.raises(UsageError, match=r"a\.txt:2") as caught:
        load_labels(tmp_path / "labels", source, CLASSES)
    assert "parts of the frame" in caught.value.hint


def test_that_a_box_a_little_over_the_edge_is_taken(source: ImageFolder, tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("0 1.0 0.5 0.004 1.02\n")
    labels = load_labels(tmp_path / "labels", source, CLASSES).of("a.png")
    assert labels is not None
    assert len(labels.boxes) == 1


def test_that_names_that_differ_are_mapped_as_the_documents_say(source: ImageFolder, tmp_path: Path) -> None:
    path = _coco(tmp_path / "labels.json", categories=[{"id": 90, "name": "Truck"}, {"id": 1, "name": "CAR"}])
    labels = load_labels(path, source, CLASSES, {"Truck": "lorry"})
    found = labels.of("a.png")
    assert found is not None
    assert found.classes.tolist() == [1, 0]
    assert [(item.label, item.model, item.how) for item in labels.mapping] == [
        ("CAR", "car", "a name alike"),
        ("Truck", "lorry", "as the documents say"),
    ]
    assert labels.missing == ()


def test_that_yolo_numbers_are_those_of_the_class_file_beside_them(source: ImageFolder, tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    folder.mkdir()
    (folder / "a.txt").write_text("2 0.5 0.5 0.1 0.1\n0 0.5 0.5 0.1 0.1\n")
    (folder / "data.yaml").write_text("names: {0: lorry, 1: kite, 2: car}\n")
    labels = load_labels(folder, source, CLASSES)
    found = labels.of("a.png")
    assert found is not None
    assert found.classes.tolist() == [0, 1]
    assert not labels.by_number


def test_that_yolo_numbers_that_nobody_names_are_the_models_and_told(source: ImageFolder, tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    folder.mkdir()
    (folder / "a.txt").write_text("1 0.5 0.5 0.1 0.1\n")
    assert load_labels(folder, source, CLASSES).by_number
    assert survey_labels(folder, source, CLASSES).by_number
