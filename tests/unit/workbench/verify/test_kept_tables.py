"""What is kept of frames, labels and detections: in pixels of the frames, with the ids of the labels' COCO file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from workbench.base.errors import UsageError
from workbench.frames.coco_ids import CocoIds, read_coco_ids
from workbench.frames.labels import FrameLabels, Labels
from workbench.frames.selection import Selection
from workbench.telemetry.freeze import encode_parquet, read_parquet
from workbench.verify import kept_tables as kept

from .comparisons import CAR, FAINT, FIT, OTHER, compare

NAMES = ("a/0.png", "a/1.png", "a/2.png")
SELECTION = Selection("data", 3, 3, 0, (0, 1, 2), NAMES, ("f" * 64, "e" * 64, "d" * 64))
CAR_EDGES = [16.0, 16.0, 48.0, 48.0]
"""The car in pixels of the frame, which are twice those of the model's input."""


def labels() -> Labels:
    marked = FrameLabels(np.array([CAR_EDGES], np.float32), np.array([0]), np.array([True]))
    empty = FrameLabels(np.empty((0, 4), np.float32), np.empty(0, np.int64), np.empty(0, bool))
    return Labels({NAMES[1]: marked, NAMES[2]: empty}, Path("l"))


def coco(folder: Path, document: object) -> Path:
    path = folder / "labels.json"
    path.write_text(json.dumps(document))
    return path


def test_that_both_sides_are_kept_in_pixels_of_the_frame() -> None:
    table = kept.detection_columns(compare([([CAR, OTHER], [CAR]), ([], [FAINT])]).samples, [FIT] * 2)
    assert table["sample"].tolist() == [0, 0, 0, 1]
    assert table["side"].tolist() == [kept.REFERENCE, kept.REFERENCE, kept.DEVICE, kept.DEVICE]
    np.testing.assert_allclose(kept.boxes_of(table, table["sample"] == 0)[0], CAR_EDGES)
    assert table["score"].tolist() == pytest.approx([0.8, 0.6, 0.8, 0.2])


def test_that_weak_detections_are_kept_where_there_are_labels() -> None:
    weak = (48, 48, 16, 16, 0.01)
    pairs = [([CAR], [CAR, weak])]
    assert len(kept.weak_detection_columns(compare(pairs).samples, [FIT])["sample"]) == 0
    table = kept.weak_detection_columns(compare(pairs, labelled=True).samples, [FIT])
    assert table["score"].tolist() == pytest.approx([0.8, 0.8, 0.01])
    assert len(kept.detection_columns(compare(pairs).samples, [FIT])["sample"]) == 2


def test_that_frames_have_their_size_their_hash_and_the_id_of_the_labels(tmp_path: Path) -> None:
    images = [{"id": 70, "file_name": "1.png"}, {"id": 80, "file_name": "a/2.png"}]
    path = coco(tmp_path, {"images": images, "categories": [{"id": 3, "name": "car"}], "annotations": []})
    ids = read_coco_ids(path, NAMES)
    table = kept.frame_columns(SELECTION, [FIT] * 3, labels(), ids)
    assert table["coco_image"].tolist() == [kept.NO_ID, 70, 80]
    assert table["labelled"].tolist() == [0, 1, 1]
    assert table["sha256"].tolist() == list(SELECTION.digests)
    assert table["width"].tolist() == [128, 128, 128]
    classes = kept.class_columns(("car", "sign"), ids, {"sign": "traffic sign"})
    assert classes["coco_category"].tolist() == [3, kept.NO_ID]


def test_that_a_class_that_labels_call_otherwise_has_their_id() -> None:
    ids = CocoIds({}, {"person": 1, "traffic sign": 9})
    assert kept.class_columns(("person", "sign"), ids, {"sign": "traffic sign"})["coco_category"].tolist() == [1, 9]


def test_that_folders_of_texts_have_no_ids_and_damage_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_coco_ids(tmp_path, NAMES) == CocoIds()
    path = coco(tmp_path, {"images": [{"id": "x"}]})
    with pytest.raises(UsageError, match="the images of"):
        read_coco_ids(path, NAMES)
    monkeypatch.setattr("workbench.frames.labels.MAX_LABEL_BYTES", 9)
    with pytest.raises(UsageError, match="are larger than 9 bytes"):
        read_coco_ids(path, NAMES)


def test_that_labels_are_kept_with_their_crowds() -> None:
    table = kept.label_columns(SELECTION, labels())
    assert (table["sample"].tolist(), table["class"].tolist(), table["crowd"].tolist()) == ([1], [0], [1])
    np.testing.assert_allclose(kept.boxes_of(table, table["sample"] == 1)[0], CAR_EDGES)


def test_that_tables_without_rows_have_all_columns_and_their_types(tmp_path: Path) -> None:
    nothing = Selection("data", 0, 0, 0, (), (), ())
    bare = Labels({}, Path("l"))
    for number, table in enumerate(
        (
            kept.frame_columns(nothing, (), None, CocoIds()),
            kept.class_columns((), CocoIds(), {}),
            kept.label_columns(nothing, bare),
            kept.detection_columns([], ()),
            kept.weak_detection_columns([], ()),
        )
    ):
        (tmp_path / str(number)).write_bytes(encode_parquet(table))
        again = read_parquet(tmp_path / str(number))
        assert {name: len(column) for name, column in again.items()} == dict.fromkeys(table, 0)
