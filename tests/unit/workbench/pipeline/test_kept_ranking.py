"""A ranking is kept whole, is bounded, and predicts from what was tried."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.base.errors import SlipwayError
from workbench.pipeline.kept_ranking import (
    MOST_KEPT,
    KeptGroup,
    KeptRanking,
    KeptTrial,
    RankedFrom,
    predict,
    read_ranking_file,
    write_ranking,
)

GROUPS = tuple(
    KeptGroup(name, (f"/{name}/Conv",), (f"/{name}/*",), macs, weights, score, 30.0)
    for name, macs, weights, score in (("head", 10, 5, 0.94), ("stem", 30, 7, 0.98), ("neck", 60, 9, 0.98))
)
TRIALS = (KeptTrial((), 0.9, 20.0), KeptTrial(("head",), 0.96, 31.0), KeptTrial(("head", "stem"), 0.98, None))


def ranking(model: str = "a" * 64) -> KeptRanking:
    made_from = RankedFrom(model, "c" * 64, "f" * 64, "percentile", {"onnx": "1"})
    return KeptRanking(made_from, "2026-11-24T10:00:00Z", 13.5, 0.95, 24, GROUPS, TRIALS, ("head",))


def test_that_a_ranking_is_read_as_it_was_kept(tmp_path: Path) -> None:
    write_ranking(tmp_path, ranking())
    assert read_ranking_file(tmp_path, "a" * 64) == ranking()
    assert read_ranking_file(tmp_path, "b" * 64) is None


@pytest.mark.parametrize("damage", ["", "[]", '{"format": "slipway.ranking/1"}', '{"format": "slipway.ranking/9"}'])
def test_that_a_damaged_or_newer_ranking_counts_as_none(tmp_path: Path, damage: str) -> None:
    write_ranking(tmp_path, ranking()).write_text(damage)
    assert read_ranking_file(tmp_path, "a" * 64) is None


def test_that_a_group_that_is_no_group_counts_as_none(tmp_path: Path) -> None:
    path = write_ranking(tmp_path, ranking())
    value = json.loads(path.read_text())
    value["groups"][0]["score"] = None
    path.write_text(json.dumps(value))
    assert read_ranking_file(tmp_path, "a" * 64) is None


def test_that_the_oldest_rankings_go(tmp_path: Path) -> None:
    for number in range(MOST_KEPT + 2):
        path = write_ranking(tmp_path, ranking(f"{number:064x}"))
        os.utime(path, (number, number))
    write_ranking(tmp_path, ranking())
    assert read_ranking_file(tmp_path, f"{0:064x}") is None
    assert read_ranking_file(tmp_path, f"{MOST_KEPT + 1:064x}") is not None
    assert len(list((tmp_path / "rankings").iterdir())) == MOST_KEPT


def test_that_a_list_that_was_tried_has_its_measured_score() -> None:
    found = predict(ranking(), ("stem", "head"))
    assert (found.score, found.snr_db, found.tried) == (0.98, None, True)
    assert (found.float_share, found.float_weights) == (0.4, 12)


def test_that_another_list_lies_at_the_share_of_losses_that_it_avoids() -> None:
    found = predict(ranking(), ("stem",))
    assert not found.tried
    assert found.score == pytest.approx(0.9 + (0.96 - 0.9) * 0.2 / 0.6)
    assert predict(ranking(), ("head", "neck")).score == pytest.approx(0.98)
    assert predict(ranking(), ("head", "stem", "neck")).score == 1.0


def test_that_groups_without_any_loss_predict_without_dividing_by_zero() -> None:
    lossless = replace(ranking(), groups=tuple(replace(group, score=1.0) for group in GROUPS))
    assert 0.9 <= predict(lossless, ("neck",)).score <= 1.0


def test_that_a_group_that_the_ranking_does_not_know_is_refused() -> None:
    with pytest.raises(SlipwayError, match="no group 'tail'"):
        predict(ranking(), ("tail",))
