"""The right way to feed a model is told by outside data, from whatever way one starts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.workbench.intake.conftest import Example
from workbench.base.cancel import CancelToken
from workbench.base.errors import Cancelled, UsageError
from workbench.evaluate.matching import make_detections
from workbench.intake.outside import Outside, rank_by_outside
from workbench.intake.preprocessing_rank import Ranking, agreement
from workbench.intake.trial import Feeding, Trial, spread_frames

pytestmark = pytest.mark.slow

RIGHT = Feeding()
WRONG = replace(RIGHT, color="bgr", scale=1.0)


def rank(example: Example, outside: Outside, start: Feeding = RIGHT, frames: int = 4) -> Ranking | None:
    parts = (example.reference, example.head, example.size, example.names, example.source)
    return rank_by_outside(*parts, outside, start, frames=frames)


def write_results(example: Example, path: Path, id_of: dict[int, int]) -> Path:
    """What the reference finds when it is fed rightly, as a training framework exports it."""
    rows = []
    frames = [example.source.read(index) for index in range(len(example.source.names()))]
    for name, tried in zip(
        example.source.names(), Trial(example.reference, example.head, example.size, frames).run(RIGHT), strict=True
    ):
        for box, score, kind in zip(tried.found.boxes, tried.found.scores, tried.found.classes, strict=True):
            x0, y0, x1, y1 = box.tolist()
            rows.append(
                {
                    "image_id": int(Path(name).stem.removeprefix("scene_")),
                    "category_id": id_of[int(kind)],
                    "bbox": [x0, y0, x1 - x0, y1 - y0],
                    "score": float(score),
                }
            )
    path.write_text(json.dumps(rows))
    return path


@pytest.mark.parametrize("start", [RIGHT, WRONG])
def test_that_labels_tell_the_right_values(example: Example, start: Feeding) -> None:
    ranking = rank(example, Outside(labels=example.labels), start)
    assert ranking is not None
    assert ranking.chosen.values == "0 to 1"
    assert ranking.chosen.agreement > 0.6
    assert ranking.confirmed
    assert ranking.truth == "the labels"
    assert ranking.ways[-1].agreement < 0.3


def test_that_what_the_frames_cannot_tell_is_said(example: Example) -> None:
    """The example's frames have the size of the input, so no fit differs; and its colours hardly matter to it."""
    ranking = rank(example, Outside(labels=example.labels))
    assert ranking is not None
    undecided = [text.partition(":")[0] for text in ranking.undecided]
    assert undecided == ["the order of the channels", "how frames are fitted"]


@pytest.mark.parametrize(
    ("offset", "meaning"), [(0, "as the model numbers them"), (1, "by the names in the labels' file")]
)
def test_that_exported_detections_tell_it_whatever_their_ids_mean(
    example: Example, tmp_path: Path, offset: int, meaning: str
) -> None:
    results = write_results(example, tmp_path / "r.json", {kind: kind + offset for kind in range(len(example.names))})
    ranking = rank(example, Outside(labels=example.labels, detections=results), replace(RIGHT, color="bgr"))
    assert ranking is not None
    assert (ranking.chosen.values, ranking.chosen.feeding.color) == ("0 to 1", "rgb")
    assert ranking.chosen.agreement > 0.8
    assert ranking.truth == f"the detections in r.json, category ids taken {meaning}"


def test_that_ids_that_mean_nothing_are_refused_with_what_to_give(example: Example, tmp_path: Path) -> None:
    ids = {kind: 1000 + kind for kind in range(len(example.names))}
    results = write_results(example, tmp_path / "r.json", ids)
    with pytest.raises(UsageError, match="nothing says which of the model's 6 classes they are") as caught:
        rank(example, Outside(detections=results, labels=example.labels))
    assert "--labels" in caught.value.hint


def test_that_nothing_is_ranked_without_outside_data(example: Example) -> None:
    assert rank(example, Outside()) is None


def test_that_labels_of_other_classes_are_refused(example: Example, tmp_path: Path) -> None:
    document = json.loads(example.labels.read_text())
    for row in document["categories"]:
        row["name"] = f"zebra {row['id']}"
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(document))
    with pytest.raises(UsageError, match="marks nothing that the model knows"):
        rank(example, Outside(labels=path))


def test_that_ranking_stops_when_it_is_told_to(example: Example) -> None:
    token = CancelToken()
    token.request()
    parts = (example.reference, example.head, example.size, example.names, example.source)
    with pytest.raises(Cancelled):
        rank_by_outside(*parts, Outside(labels=example.labels), RIGHT, check=token.check)


def test_that_when_time_is_up_what_was_not_tried_is_undecided(example: Example) -> None:
    parts = (example.reference, example.head, example.size, example.names, example.source)
    ranking = rank_by_outside(*parts, Outside(labels=example.labels), RIGHT, frames=1, limit_s=0.0)
    assert ranking is not None
    assert len(ranking.ways) == 1
    assert all("only" in text for text in ranking.undecided)
    assert len(ranking.undecided) == 3


def test_that_agreement_is_1_for_the_same_and_0_for_other_places_or_classes() -> None:
    here = make_detections([[0, 0, 10, 10]], [1.0], [0])
    assert agreement([here], [here]) == 1
    assert agreement([make_detections([[50, 50, 60, 60]], [1.0], [0])], [here]) == 0
    assert agreement([make_detections([[0, 0, 10, 10]], [1.0], [1])], [here]) == 0
    assert agreement([make_detections([], [], [])], [here]) == 0


def test_that_one_object_is_hit_once() -> None:
    here = make_detections([[0, 0, 10, 10]], [1.0], [0])
    twice = make_detections(np.array([[0, 0, 10, 10]] * 2), [1.0, 1.0], [0, 0])
    assert agreement([twice], [here]) == pytest.approx(2 / 3)


def test_that_frames_are_spread_over_what_there_is(example: Example) -> None:
    assert spread_frames(example.source, 3) == [0, 2, 5]
    assert spread_frames(example.source, 9) == [0, 1, 2, 3, 4, 5]
    assert spread_frames(example.source, 2, [1, 3, 4]) == [1, 4]
