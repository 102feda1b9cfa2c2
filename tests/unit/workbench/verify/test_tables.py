"""Tables, pictures, summaries and accuracy of a comparison."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from targets.agent.heads.yolov8 import Yolov8
from workbench.base.atomic import encode_json
from workbench.frames.labels import FrameLabels, Labels
from workbench.frames.resize import Fit
from workbench.frames.source import UnreadableFrame
from workbench.telemetry.freeze import encode_parquet
from workbench.verify.accuracy_step import measure_accuracy
from workbench.verify.evidence import Evidence
from workbench.verify.overlays import SHOWN, write_overlays
from workbench.verify.sample_tables import match_columns, sample_columns
from workbench.verify.side_by_side import Criteria, SideBySide, Thresholds
from workbench.verify.summaries import summarise_run

SIZE = 64
FIT = Fit(0.5, 0.5, 0.0, 0.0, 2 * SIZE, 2 * SIZE)
Box = tuple[float, float, float, float, float]
"""Centre, size and score of a detection of class 0, in pixels of the model's input."""


def outputs(*boxes: Box) -> list[NDArray[np.float32]]:
    array = np.zeros((1, 6, 4), np.float32)
    for place, (x, y, width, height, score) in enumerate(boxes):
        array[0, :5, place] = (x, y, width, height, score)
    return [array]


def compare(pairs: Sequence[tuple[Sequence[Box], Sequence[Box]]], labelled: bool = False) -> SideBySide:
    compared = SideBySide(
        Yolov8(2), Thresholds(0.25, 0.45, 300), (SIZE, SIZE), len(pairs), Criteria(0.25, 0.25), labelled=labelled
    )
    for position, (reference, device) in enumerate(pairs):
        compared.add(position, outputs(*reference), outputs(*device))
    return compared


CAR: Box = (16, 16, 16, 16, 0.8)
OTHER: Box = (48, 48, 16, 16, 0.6)
FAINT: Box = (48, 48, 16, 16, 0.2)


def test_that_each_sample_has_a_row_and_each_reference_detection_one() -> None:
    compared = compare([([CAR, OTHER], [CAR]), ([], []), ([CAR], [CAR, OTHER]), ([OTHER], [FAINT])])
    samples, matches = sample_columns(compared), match_columns(compared)
    assert samples["sample"].tolist() == [0, 1, 2, 3]
    assert samples["reference"].tolist() == [2, 0, 1, 1]
    assert samples["missed"].tolist() == [1, 0, 0, 0]
    assert samples["extra"].tolist() == [0, 0, 1, 0]
    np.testing.assert_allclose(samples["min_iou"], [0.0, np.nan, 1.0, 1.0], atol=1e-6)
    assert matches["sample"].tolist() == [0, 0, 2, 3]
    np.testing.assert_allclose(matches["iou"], [1.0, 0.0, 1.0, 1.0], atol=1e-6)
    np.testing.assert_allclose(matches["score_device"], [0.8, np.nan, 0.8, 0.2], atol=1e-6)


def test_that_damaged_outputs_have_no_difference_of_0() -> None:
    columns = sample_columns(compare([([CAR], [(np.nan, 16, 16, 16, 0.8)]), ([CAR], [CAR])]))
    for name in ("rms", "boxes_rms", "scores_rms", "all_rms", "l2", "relative_l2"):
        assert np.isnan(columns[name][0]), name
        assert columns[name][1] == 0.0, name


def test_that_nothing_compared_gives_tables_with_all_columns() -> None:
    for columns in (sample_columns(compare([])), match_columns(compare([]))):
        assert {len(column) for column in columns.values()} == {0}
        assert encode_parquet(columns)


def test_that_equal_comparisons_give_equal_bytes() -> None:
    pairs = [([CAR, OTHER], [CAR]), ([CAR], [CAR])]
    first, second = (encode_parquet(sample_columns(compare(pairs))) for _ in range(2))
    assert first == second


def frame(_position: int) -> NDArray[np.uint8]:
    return np.full((2 * SIZE, 2 * SIZE, 3), 90, np.uint8)


def draw(folder: Path, compared: SideBySide, read: Callable[[int], Any] = frame) -> list[dict[str, Any]]:
    count = len(compared.samples)
    names = [f"{position}.png" for position in range(count)]
    return write_overlays(folder, compared, names, [FIT] * count, ("car", "sign"), read)


def test_that_the_worst_samples_are_drawn_and_told_in_words(tmp_path: Path) -> None:
    pairs: list[Any] = [([CAR], [CAR])] * 9
    pairs[4] = ([CAR, OTHER], [CAR])
    pairs[7] = ([CAR], [CAR, OTHER])
    worst = draw(tmp_path, compare(pairs))
    assert len(worst) == SHOWN
    assert [item["name"] for item in worst[:2]] == ["4.png", "7.png"]
    assert "2 reference detections, 1 missed, 0 only on the device" in worst[0]["text"]
    assert "1 reference detections, 0 missed, 1 only on the device" in worst[1]["text"]
    assert (tmp_path / worst[0]["overlay"]).read_bytes().startswith(b"\xff\xd8")
    assert encode_json(worst)


def test_that_what_the_pictures_mark_is_what_the_overlap_counted(tmp_path: Path) -> None:
    pairs: list[Any] = [([CAR, FAINT], [CAR, OTHER]), ([OTHER], [FAINT]), ([CAR, OTHER], [OTHER])]
    compared = compare(pairs)
    texts = {item["sample"]: item["text"] for item in draw(tmp_path, compared)}
    for sample in compared.samples:
        overlap = sample.overlap
        assert f"{overlap.missed} missed, {overlap.extra} only on the device" in texts[sample.position]


def test_that_a_box_that_is_nowhere_is_not_drawn(tmp_path: Path) -> None:
    nowhere: list[Box] = [(np.nan, 16, 16, 16, 0.8), (16, 16, np.inf, 16, 0.7)]
    (item,) = draw(tmp_path, compare([([CAR], nowhere)]))
    assert (tmp_path / item["overlay"]).is_file()


def test_that_a_frame_that_cannot_be_read_any_more_has_no_picture(tmp_path: Path) -> None:
    def read(position: int) -> NDArray[np.uint8]:
        if position == 0:
            raise UnreadableFrame("it is gone")
        return frame(position)

    worst = draw(tmp_path, compare([([CAR], [])] * 2), read)
    assert [item["sample"] for item in worst] == [1]


def label(boxes: Sequence[Sequence[float]], crowd: Sequence[bool] = ()) -> FrameLabels:
    marks = np.array(crowd or [False] * len(boxes), bool)
    return FrameLabels(np.array(boxes, np.float32).reshape(-1, 4), np.zeros(len(boxes), np.int64), marks)


WHERE = [16.0, 16.0, 48.0, 48.0]
"""The car, in pixels of the frame: twice those of the model's input."""
THERE = [80.0, 80.0, 112.0, 112.0]
NAMES = ("0.png", "1.png", "2.png")


def accuracy(compared: SideBySide, frames: dict[str, FrameLabels]) -> Any:
    return measure_accuracy(compared.samples, Labels(frames, Path("l")), NAMES, [FIT] * 3, ("car", "sign"), 0.25)


def test_that_accuracy_is_taken_on_labelled_frames_in_their_own_pixels() -> None:
    compared = compare([([CAR], [CAR]), ([CAR], []), ([CAR], [])], labelled=True)
    found = accuracy(compared, {"0.png": label([WHERE]), "1.png": label([WHERE])})
    assert (found["device"].images, found["device"].objects) == (2, 2)
    assert found["reference"].overall["recall"].value == 1.0
    assert found["device"].overall["recall"].value == 0.5
    assert found["reference"].overall["map50_95"].value == pytest.approx(1.0)


def test_that_a_crowd_neither_counts_nor_penalises() -> None:
    compared = compare([([CAR, OTHER], [CAR])], labelled=True)
    found = accuracy(compared, {"0.png": label([WHERE, THERE], [False, True])})
    assert found["reference"].objects == 1
    assert [found[side].overall["precision"].value for side in ("reference", "device")] == [1.0, 1.0]
    without = accuracy(compared, {"0.png": label([WHERE])})
    assert without["reference"].overall["precision"].value == 0.5


def test_that_boxes_that_are_nowhere_are_no_hits() -> None:
    compared = compare([([CAR], [(np.nan, 16, 16, 16, 0.9)])], labelled=True)
    assert accuracy(compared, {"0.png": label([WHERE])})["device"].overall["recall"].value == 0.0


def test_that_without_a_labelled_frame_there_is_no_accuracy() -> None:
    compared = compare([([CAR], [CAR])], labelled=True)
    assert accuracy(compared, {"9.png": label([WHERE])}) == {}
    assert accuracy(compare([([CAR], [CAR])]), {"0.png": label([WHERE])}) == {}


def summary(evidence: Evidence) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(encode_json(summarise_run(evidence)))
    return found


def test_that_figures_are_summed_up_as_json(make_evidence: Callable[..., Evidence]) -> None:
    events = [
        (0.5, "start_loaded", {"phase": "latency", "start": 0, "load_ms": 210.0, "floor_rss_bytes": 50e6}),
        (9.0, "start_ended", {"phase": "latency", "start": 0, "hwm_bytes": 90e6, "rss_bytes": 80e6, "errors": 0}),
    ]
    frames = [(0, 1 + index / 100, 1000.0 + index) for index in range(100)]
    figures = summary(make_evidence(frames, events))
    assert figures["frames_measured"] == 100
    assert figures["latency"]["p50_us"] == pytest.approx(1049.5)
    assert figures["phases"][0]["passes"] == ["back_to_back"]
    tables = {table["title"]: table["lines"] for table in figures["tables"]}
    assert tables["Cold starts"] == [["start 1", "210", "50.0", "80.0", "90.0", 0]]
    assert tables["Latency, back to back and paced"][0][:2] == ["back to back", 100]


def test_that_a_run_that_measured_nothing_has_no_figure_of_0(make_evidence: Callable[..., Evidence]) -> None:
    figures = summary(make_evidence([]))
    assert (figures["latency"], figures["latency_paced"], figures["accuracy"], figures["tables"]) == ({}, {}, {}, [])


def test_that_damaged_samples_and_hostile_events_still_give_a_record(make_evidence: Callable[..., Evidence]) -> None:
    frames = [(0, 1.0, float("inf")), (0, 2.0, 1.0)]
    events = [(1.0, "start_ended", {"phase": "latency", "start": start, "hwm_bytes": "x"}) for start in (0, "a", None)]
    figures = summary(make_evidence(frames, events))
    assert figures["latency"] == {}
    good = summary(make_evidence([(0, 2.0, 1.0)], events))
    starts = next(table for table in good["tables"] if table["title"] == "Cold starts")
    assert starts["lines"] == [["start 1", None, None, None, None, None]]
