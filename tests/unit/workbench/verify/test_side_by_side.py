"""Reference and device over the same frames."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from targets.agent.heads.yolov8 import Yolov8
from targets.agent.plan import Preprocess
from workbench.base.errors import SlipwayError
from workbench.base.hashing import sha256_file
from workbench.evaluate.verdict import Outcome
from workbench.frames.pack import Pack
from workbench.verify.side_by_side import ReferenceAhead, SideBySide, Thresholds

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
    return SideBySide(Yolov8(2), Thresholds(0.25, 0.45, 300), (SIZE, SIZE), requested, "mean", labelled=False)


def _compare(pack: Pack, factor: float, requested: int = 20) -> SideBySide:
    positions = list(range(pack.count))
    compared = _side_by_side(requested)
    with ReferenceAhead(BrightBox(), pack, PREPROCESS, positions) as ahead:
        for position in positions:
            reference = ahead.next()
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
        for _ in range(3):
            ahead.next()
        with pytest.raises(SlipwayError, match="the reference broke"):
            ahead.next()


def test_that_leaving_early_leaves_no_thread(pack: Pack) -> None:
    with ReferenceAhead(BrightBox(), pack, PREPROCESS, range(20)) as ahead:
        ahead.next()
    assert not [thread for thread in threading.enumerate() if thread.name == "reference-ahead"]


def test_that_scores_outside_0_to_1_are_counted(pack: Pack) -> None:
    compared = _compare(pack, 3.0)
    assert compared.bad_scores > 0
