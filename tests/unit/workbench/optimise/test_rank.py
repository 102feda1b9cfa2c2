"""The ranking finds what hurts, and its proposal was really made and measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from workbench.base.cancel import CancelToken
from workbench.base.errors import Cancelled, UsageError
from workbench.optimise.calibration import Calibration, calibrate
from workbench.optimise.cleanup import clean, serialise
from workbench.optimise.int8 import quantise
from workbench.optimise.model_file import load_model
from workbench.optimise.rank import rank_groups
from workbench.reference import open_session, run_session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from workbench.optimise.cleanup import CleanModel
    from workbench.optimise.deviation import Outputs

    Frames = list[NDArray[np.float32]]


def closeness(reference: Sequence[Outputs], candidate: Sequence[Outputs]) -> float:
    """1 less the relative error of the scores."""
    pairs = [(a[0][:, 4:], b[0][:, 4:]) for a, b in zip(reference, candidate, strict=True)]
    return 1.0 - float(sum(np.abs(a - b).sum() for a, b in pairs) / sum(np.abs(a).sum() for a, _ in pairs))


@pytest.fixture
def sensitive(detector: onnx.ModelProto, save: Callable[[onnx.ModelProto], Path]) -> CleanModel:
    """The detector with one block that INT8 ruins: a channel of its input is a thousand times the others."""
    stored = {tensor.name: tensor for tensor in detector.graph.initializer}
    for name, axis, factor in (("/stage2/first/Conv.weight", 0, 2000.0), ("/stage2/second/Conv.weight", 1, 1 / 2000.0)):
        weight = numpy_helper.to_array(stored[name]).copy()
        np.moveaxis(weight, axis, 0)[0] *= factor
        stored[name].CopyFrom(numpy_helper.from_array(weight, name))
    bias = numpy_helper.to_array(stored["/stage2/first/Conv.bias"]).copy()
    bias[0] *= 2000.0
    stored["/stage2/first/Conv.bias"].CopyFrom(numpy_helper.from_array(bias, "/stage2/first/Conv.bias"))
    return clean(load_model(save(detector)))


@pytest.fixture
def calibration(sensitive: CleanModel, frames: Frames) -> Calibration:
    return calibrate(sensitive, frames)


def test_that_the_ruined_block_ranks_first_and_is_proposed(
    sensitive: CleanModel, calibration: Calibration, fresh_frames: Frames
) -> None:
    ranking = rank_groups(sensitive, calibration, fresh_frames, closeness, limit=0.97)
    assert ranking.groups[0].group.name == "/stage2/second"
    assert [loss.score for loss in ranking.groups] == sorted(loss.score for loss in ranking.groups)
    assert {part.part for part in ranking.groups[0].error} == {"boxes", "scores"}
    assert ranking.trials[0].kept == ()
    assert ranking.trials[0].score < 0.97
    assert ranking.keep is not None
    assert "/stage2/second/*" in ranking.keep
    assert ranking.float_share is not None
    assert 0 < ranking.float_share < 0.8
    assert ranking.frame_count == len(fresh_frames)


def test_that_the_proposal_holds_when_it_is_made_again(
    sensitive: CleanModel, calibration: Calibration, fresh_frames: Frames
) -> None:
    ranking = rank_groups(sensitive, calibration, fresh_frames, closeness, limit=0.97)
    assert ranking.keep is not None
    content = serialise(quantise(sensitive, calibration, ranking.keep))
    parent, candidate = open_session(sensitive.content, 1), open_session(content, 1, optimise="none")
    wanted: list[list[NDArray[Any]]] = [run_session(parent, "images", frame) for frame in fresh_frames]
    got = [run_session(candidate, "images", frame) for frame in fresh_frames]
    assert closeness(wanted, got) == pytest.approx(ranking.score, abs=2e-3)
    assert ranking.score is not None
    assert ranking.score >= 0.97


def test_that_a_limit_that_is_met_needs_no_keep_list(
    sensitive: CleanModel, calibration: Calibration, fresh_frames: Frames
) -> None:
    ranking = rank_groups(sensitive, calibration, fresh_frames, closeness, limit=0.1)
    assert ranking.keep == ()
    assert len(ranking.trials) == 1
    assert ranking.float_share == 0.0


def test_that_a_limit_that_nothing_meets_gives_no_proposal(
    sensitive: CleanModel, calibration: Calibration, fresh_frames: Frames
) -> None:
    ranking = rank_groups(sensitive, calibration, fresh_frames, closeness, limit=1.5)
    assert ranking.keep is None
    assert ranking.score is None
    assert ranking.float_share is None


def test_that_progress_rises_to_one_and_ranking_can_be_stopped(
    sensitive: CleanModel, calibration: Calibration, fresh_frames: Frames
) -> None:
    shares: list[float] = []
    rank_groups(
        sensitive, calibration, fresh_frames, closeness, limit=0.97, progress=lambda share, _: shares.append(share)
    )
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    token = CancelToken()
    token.request()
    with pytest.raises(Cancelled):
        rank_groups(sensitive, calibration, fresh_frames, closeness, limit=0.97, check=token.check)


def test_that_ranking_without_frames_is_refused(sensitive: CleanModel, calibration: Calibration) -> None:
    with pytest.raises(UsageError, match="no frames to rank on"):
        rank_groups(sensitive, calibration, [], closeness, limit=0.9)


def test_that_each_group_is_told_in_the_order_of_the_graph_and_the_whole_curve_is_tried(
    sensitive: CleanModel, calibration: Calibration, fresh_frames: Frames
) -> None:
    told: list[str] = []
    ranking = rank_groups(
        sensitive,
        calibration,
        fresh_frames,
        closeness,
        limit=0.97,
        found=lambda loss: told.append(loss.group.name),
        whole_curve=True,
    )
    names = [loss.group.name for loss in ranking.groups]
    assert sorted(told) == sorted(names)
    assert told[0] == "/stem"
    tried = {frozenset(trial.kept) for trial in ranking.trials}
    assert tried >= {frozenset(names[:count]) for count in range(len(names))}
    assert all(trial.error for trial in ranking.trials)


def test_that_a_group_knows_how_many_weights_it_has(
    sensitive: CleanModel, calibration: Calibration, fresh_frames: Frames
) -> None:
    ranking = rank_groups(sensitive, calibration, fresh_frames, closeness, limit=0.0)
    stem = next(loss.group for loss in ranking.groups if loss.group.name == "/stem")
    assert stem.weight_count == 8 * 3 * 9
