"""From a wrong way to feed a public model, labels tell the right one: fit, order of channels, values of pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.frames.source import ImageFolder
from workbench.intake.heads import choose_head
from workbench.intake.outside import Outside, rank_by_outside
from workbench.intake.preprocessing_rank import Ranking
from workbench.intake.trial import Feeding
from workbench.optimise.adapt import Changes, adapt_model
from workbench.optimise.model_facts import facts_of
from workbench.optimise.model_file import load_model
from workbench.pipeline.detector import input_size
from workbench.reference import Reference

FRAMES = 8
LIMIT_S = 300.0
"""No way may be left out for want of time, however busy the machine is."""
Rank = Callable[[str, Feeding], Ranking]


@pytest.fixture
def rank(shared_data: Path) -> Rank:
    """Rank the ways to feed a public model by the labels of a few public photos."""

    def ranked(name: str, start: Feeding) -> Ranking:
        photos, model = shared_data / "images" / "coco_val100", shared_data / "models" / f"{name}.onnx"
        for path in (photos, model):
            if not path.exists():
                pytest.skip(f"public models and photos are not at hand: there is no {path}")
        names = (photos / "classes.txt").read_text(encoding="utf-8").split("\n")[:80]
        source = adapt_model(load_model(model), Changes())
        facts = facts_of(source)
        size = input_size(facts)
        head = choose_head(facts, size[:2], len(names), model=source.model).head
        outside = Outside(labels=photos / "instances_val100.json")
        with Reference(source, 2) as reference:
            frames = ImageFolder(photos / "images")
            found = rank_by_outside(
                reference, head, size, names, frames, outside, start, frames=FRAMES, limit_s=LIMIT_S
            )
        assert found is not None
        return found

    return ranked


def test_that_labels_tell_mean_spread_and_channels_of_a_public_model(rank: Rank) -> None:
    ranking = rank("coco_nanodet_m_320_fp32", Feeding())
    assert ranking.confirmed
    assert ranking.chosen.values == "mean and spread of 0 to 255"
    assert ranking.chosen.feeding.color == "bgr"
    assert ranking.frames == FRAMES


@pytest.mark.slow
def test_that_labels_tell_how_frames_of_a_public_model_are_fitted(rank: Rank) -> None:
    ranking = rank("coco_yolov5n_fp32_derived", Feeding(resize="stretch", color="bgr"))
    assert ranking.confirmed
    assert (ranking.chosen.fit, ranking.chosen.values) == ("letterbox", "0 to 1")
    assert ranking.chosen.feeding == Feeding()
    assert {way.fit for way in ranking.ways} == {"letterbox", "letterbox at the top left", "stretch"}
