"""Reference and device over the same frames."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from projects.project import Project
from targets.agent.heads.base import OutputSpec, make_head
from targets.agent.heads.yolov8 import Yolov8
from targets.agent.plan import HeadChoice, Preprocess
from workbench.base.errors import SlipwayError
from workbench.base.hashing import sha256_file
from workbench.evaluate.verdict import Outcome
from workbench.frames.pack import Pack
from workbench.verify.side_by_side import Criteria, ReferenceAhead, SideBySide, Thresholds, choose_criteria

PREPROCESS = Preprocess("rgb", 1 / 255, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
SIZE = 32


class BrightBox:
    """A model whose one box scores as bright as the frame is."""

    def __init__(self, fail_after: int = 10**9) -> None:
        self.calls = 0
        self.fail_after = fail_after

    def infer(self, batch: NDArray[np.float32]) -> list[NDArray[np.generic]]:
        self.calls += 1
        if self.calls > self.fail_after:
            raise SlipwayError("the reference broke")
        output = np.zeros((1, 6, 4), np.float32)
        output[0, :4, 0] = (16, 16, 8, 8)
        output[0, 4, 0] = batch.mean()
        return [output]


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    path = tmp_path / "pack.npy"
    frames = np.stack([np.full((SIZE, SIZE, 3), value, np.uint8) for value in range(100, 200, 5)])
    np.save(path, frames)
    return Pack(path, sha256_file(path), len(frames), SIZE, SIZE, ())


def _side_by_side(requested: int = 20) -> SideBySide:
    return _judged_by(Criteria(0.25, 0.25), requested)


def _judged_by(criteria: Criteria, requested: int = 20) -> SideBySide:
    return SideBySide(Yolov8(2), Thresholds(0.25, 0.45, 300), (SIZE, SIZE), requested, criteria, labelled=False)


def _compare(pack: Pack, factor: float, requested: int = 20, criteria: Criteria | None = None) -> SideBySide:
    positions = list(range(pack.count))
    compared = _side_by_side(requested) if criteria is None else _judged_by(criteria, requested)
    with ReferenceAhead(BrightBox(), pack, PREPROCESS, positions) as ahead:
        for position in positions:
            reference = ahead.of(position)
            assert reference is not None
            compared.add(position, reference, [np.asarray(reference[0]) * np.float32(factor)])
    return compared


def test_that_equal_outputs_differ_by_nothing_and_overlap_wholly(pack: Pack) -> None:
    compared = _compare(pack, 1.0)
    assert compared.difference.verdict(1e-6).outcome is Outcome.PASS
    verdict = compared.iou.verdict(0.95)
    assert verdict.outcome is Outcome.PASS
    assert verdict.value == pytest.approx(1.0)


def test_that_a_device_that_answers_zeros_fails_both_ways(pack: Pack) -> None:
    compared = _compare(pack, 0.0)
    assert compared.difference.verdict(0.5).outcome is Outcome.FAIL
    assert compared.iou.verdict(0.01).outcome is Outcome.FAIL


def test_that_fewer_frames_than_asked_for_decide_nothing(pack: Pack) -> None:
    assert _compare(pack, 1.0, requested=1000).iou.verdict(0.95).outcome is Outcome.INCONCLUSIVE


def test_that_a_broken_reference_is_told_to_who_asks(pack: Pack) -> None:
    with ReferenceAhead(BrightBox(fail_after=3), pack, PREPROCESS, range(10)) as ahead:
        for position in range(3):
            ahead.of(position)
        with pytest.raises(SlipwayError, match="the reference broke"):
            ahead.of(3)


def test_that_leaving_early_leaves_no_thread(pack: Pack) -> None:
    with ReferenceAhead(BrightBox(), pack, PREPROCESS, range(20)) as ahead:
        ahead.of(0)
    assert not [thread for thread in threading.enumerate() if thread.name == "reference-ahead"]


def test_that_frames_that_come_again_after_a_crash_are_not_taken_for_the_next_ones(pack: Pack) -> None:
    with ReferenceAhead(BrightBox(), pack, PREPROCESS, range(5)) as ahead:
        first = [ahead.of(position) for position in (0, 1, 2)]
        assert [ahead.of(position) for position in (0, 1, 2)] == [None, None, None]
        rest = [ahead.of(position) for position in (3, 4)]
    scores = [outputs[0][0, 4, 0] for outputs in (*first, *rest) if outputs is not None]
    assert scores == pytest.approx([(100 + 5 * position) / 255 for position in range(5)])


@pytest.mark.parametrize("position", [2, 7, -1])
def test_that_a_frame_that_is_not_due_is_refused(pack: Pack, position: int) -> None:
    with ReferenceAhead(BrightBox(), pack, PREPROCESS, range(5)) as ahead:
        ahead.of(0)
        with pytest.raises(SlipwayError, match=f"outputs of frame {position} where those of 1 were due"):
            ahead.of(position)


def test_that_more_frames_than_were_asked_for_do_not_wait_for_ever(pack: Pack) -> None:
    with ReferenceAhead(BrightBox(), pack, PREPROCESS, range(1)) as ahead:
        ahead.of(0)
        with pytest.raises(SlipwayError, match="where none was due"):
            ahead.of(1)


@pytest.mark.parametrize("outputs", [[], [np.zeros((1, 6, 5))], [np.zeros(())], [np.zeros((1, 6, 4))] * 2])
def test_that_outputs_of_another_shape_are_refused(outputs: list[NDArray[np.float32]]) -> None:
    with pytest.raises(SlipwayError, match=r"the device gives outputs of .*, the reference of \[1, 6, 4\]"):
        _side_by_side().add(0, [np.zeros((1, 6, 4), np.float32)], outputs)


def test_that_scores_are_counted_against_the_range_that_is_asked_for(pack: Pack) -> None:
    narrow = _compare(pack, 1.0, criteria=Criteria(0.25, 0.25, score_range=(0.0, 0.5)))
    assert narrow.bad_scores == sum(value / 255 > 0.5 for value in range(100, 200, 5))
    assert narrow.checked_scores == 20 * 4 * 2


def test_that_scores_outside_0_to_1_are_counted(pack: Pack) -> None:
    compared = _compare(pack, 3.0)
    assert compared.bad_scores > 0


def test_that_each_requirement_is_judged_by_its_own_confidence(pack: Pack) -> None:
    compared = _compare(pack, 0.9, criteria=Criteria(difference_confidence=0.7, iou_confidence=0.5))
    bright = [sample for sample in compared.samples if sample.position >= 16]  # 0.706 and up
    assert [sample.difference.anchors for sample in compared.samples] == [0] * 16 + [1] * 4
    assert all(len(sample.overlap.ious) == 1 for sample in bright)
    assert len(compared.samples[0].overlap.ious) == 0  # 0.39 is below 0.5
    assert len(compared.samples[0].reference) == 1  # but a possible partner, from 0.25 up
    assert compared.difference.verdict(1.0).details["threshold"] == 0.7
    assert compared.iou.verdict(0.5).details["threshold"] == 0.5


def test_that_the_criteria_are_those_of_the_requirements(open_reference: Callable[[str], Project]) -> None:
    project = open_reference(
        "\nslipway:\n  output_difference: {statistic: mean, scope: all_anchors, confidence: 0.4}\n"
        "  detection_iou: {statistic: p1, confidence: 0.6}\n"
    )
    assert choose_criteria(project.requirements, 0.25) == Criteria(0.4, 0.6, "mean", "all_anchors", "p1")
    assert choose_criteria((), 0.3) == Criteria(0.3, 0.3)
    assert Criteria(0.3, 0.3).score_range == (0.0, 1.0)


def test_that_the_mean_over_all_anchors_is_judged_where_that_is_asked_for(pack: Pack) -> None:
    verdict = _compare(pack, 0.9, criteria=Criteria(0.25, 0.25, "mean", "all_anchors")).difference.verdict(1.0)
    assert verdict.outcome is Outcome.PASS
    assert verdict.upper is not None
    assert (verdict.details["statistic"], verdict.details["scope"]) == ("mean", "all_anchors")


@pytest.mark.parametrize("device", [np.zeros((3,), np.float32), np.zeros((1, 5, 7), np.float32), np.zeros((2, 4, 6))])
def test_that_only_the_number_of_rows_may_differ_where_rows_are_detections(device: NDArray[np.float32]) -> None:
    head = make_head(HeadChoice("end2end", 2, SIZE, SIZE), [OutputSpec("output0", (1, 0, 6))])
    side = SideBySide(head, Thresholds(0.25, 0.45, 300), (SIZE, SIZE), 1, Criteria(0.25, 0.25), labelled=False)
    reference = np.zeros((1, 5, 6), np.float32)
    assert side.add(0, [reference], [np.zeros((1, 3, 6), np.float32)]).position == 0
    with pytest.raises(SlipwayError, match="the device gives outputs of"):
        side.add(1, [reference], [device])


def test_that_outputs_that_the_head_cannot_decode_are_told_in_words() -> None:
    outputs = [np.zeros((1, 8, 9), np.float32)]
    head = make_head(HeadChoice("yolox", 3, SIZE, SIZE), [OutputSpec("output0", (1, 0, 8))])
    side = SideBySide(head, Thresholds(0.25, 0.45, 300), (SIZE, SIZE), 1, Criteria(0.25, 0.25), labelled=False)
    with pytest.raises(SlipwayError, match="frame 4: ") as failed:
        side.add(4, outputs, outputs)
    assert failed.value.hint
