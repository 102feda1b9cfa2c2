"""Exported detections are what pycocotools loads, and give the figures that the run has."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.base.errors import UsageError
from workbench.frames.coco_ids import CocoIds
from workbench.results.coco_files import write_coco
from workbench.results.run_record import RunRecord
from workbench.verify import kept_tables as kept

from .kept_run import compare_sides, detect, draw_objects, keep_run

FRAMES = 30


def make(folder: Path, **fields: Any) -> RunRecord:
    objects = draw_objects(FRAMES)
    compared = compare_sides(detect(objects, 0.4, 2), detect(objects, 1.5, 3))
    return keep_run(folder, compared, objects, **fields)


def mean_precision(truth: Path, results: Path, images: list[int] | None = None) -> tuple[float, float]:
    """(mAP50, mAP50-95) as pycocotools has them."""
    import contextlib
    import io

    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(truth))
        run = COCOeval(coco, coco.loadRes(str(results)), "bbox")
        run.params.imgIds = images or run.params.imgIds
        run.evaluate()
        run.accumulate()
        run.summarize()
    return float(run.stats[1]), float(run.stats[0])


@pytest.mark.parametrize("side", ["reference", "device"])
def test_that_the_exported_files_give_the_figures_of_the_run(tmp_path: Path, side: str) -> None:
    run = make(tmp_path / "run")
    write_coco(tmp_path / "run", run, tmp_path / "coco")
    wanted = run.figures["accuracy"][side]
    found = mean_precision(tmp_path / "coco" / "frames.json", tmp_path / "coco" / f"{side}.json")
    assert found == pytest.approx((wanted["map50"], wanted["map50_95"]), abs=1e-12)
    assert 0.05 < found[1] < 0.99


def test_that_ids_are_those_of_the_labels_and_others_are_numbered_on(tmp_path: Path) -> None:
    ids = CocoIds({f"{place}.png": 1000 + place for place in range(20)}, {"car": 3})
    run = make(tmp_path / "run", labelled=20, ids=ids)
    write_coco(tmp_path / "run", run, tmp_path / "coco")
    document = json.loads((tmp_path / "coco" / "frames.json").read_text())
    assert [image["id"] for image in document["images"]] == [1000 + place for place in range(FRAMES)]
    assert document["categories"] == [{"id": 3, "name": "car"}, {"id": 4, "name": "sign"}]
    assert "10 that it does not name" in document["info"]["ids"]["images"]
    results = json.loads((tmp_path / "coco" / "device.json").read_text())
    assert {row["image_id"] for row in results} == {1000 + place for place in range(FRAMES)}
    assert {row["category_id"] for row in results} == {3, 4}
    wanted = run.figures["accuracy"]["device"]
    labelled = [1000 + place for place in range(20)]
    found = mean_precision(tmp_path / "coco" / "frames.json", tmp_path / "coco" / "device.json", labelled)
    assert found == pytest.approx((wanted["map50"], wanted["map50_95"]), abs=1e-12)


def test_that_boxes_are_in_pixels_of_the_frame(tmp_path: Path) -> None:
    objects = [[(10.0, 12.0, 20.0, 30.0, 1)]]
    row = np.array([[10, 12, 20, 30, 0.5, 1]], np.float32)
    run = keep_run(tmp_path / "run", compare_sides([row], [row]), objects)
    write_coco(tmp_path / "run", run, tmp_path / "coco")
    (found,) = json.loads((tmp_path / "coco" / "reference.json").read_text())
    assert found == {"image_id": 1, "category_id": 2, "bbox": [20.0, 24.0, 20.0, 36.0], "score": 0.5}


def test_that_what_has_no_place_is_left_out_and_the_rest_is_json(tmp_path: Path) -> None:
    rows = np.array([[np.nan, 12, 20, 30, 0.5, 1], [10, 12, 20, 30, 0.9, 0]], np.float32)
    run = keep_run(tmp_path / "run", compare_sides([rows], [rows]), [[(10.0, 12.0, 20.0, 30.0, 0)]])
    write_coco(tmp_path / "run", run, tmp_path / "coco")
    assert len(json.loads((tmp_path / "coco" / "device.json").read_text())) == 1


def test_that_equal_runs_give_equal_bytes(tmp_path: Path) -> None:
    made = [write_coco(tmp_path / name, make(tmp_path / name), tmp_path / f"{name}-coco") for name in ("a", "b")]
    for first, second in zip(*made, strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_that_a_run_without_detections_is_refused_in_words(tmp_path: Path) -> None:
    run = make(tmp_path / "run")
    files = {name: sha256 for name, sha256 in run.files.items() if name != kept.DETECTIONS}
    with pytest.raises(UsageError, match="kept no detections"):
        write_coco(tmp_path / "run", replace(run, files=files), tmp_path / "coco")
    assert not (tmp_path / "coco").exists()
