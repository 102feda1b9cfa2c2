"""Accuracy verdicts: absolute, per class, and as a paired drop."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.base.errors import UsageError
from workbench.evaluate.accuracy import METRICS, Accuracy, bounds_of, evaluate_accuracy, judge_accuracy, judge_drop
from workbench.evaluate.coco_matches import Labels, make_labels
from workbench.evaluate.matching import Detections, make_detections
from workbench.evaluate.verdict import Outcome, Verdict

CLASSES = ("car", "lorry", "sign")


def make_set(images: int = 40, seed: int = 0) -> tuple[list[Labels], list[Detections]]:
    rng = np.random.default_rng(seed)
    labels, detections = [], []
    for _ in range(images):
        count = int(rng.integers(1, 9))
        corners, kinds = rng.uniform(0, 400, size=(count, 2)), rng.integers(0, 3, size=count)
        boxes = np.hstack([corners, corners + rng.uniform(15, 90, size=(count, 2))])
        labels.append(make_labels(boxes, kinds))
        kept = rng.random(count) < 0.9
        detections.append(
            make_detections(boxes[kept] + rng.normal(0, 2), rng.beta(6, 2, size=int(kept.sum())), kinds[kept])
        )
    return labels, detections


def shifted(detections: list[Detections], pixels: float) -> list[Detections]:
    return [Detections(found.boxes + pixels, found.scores, found.classes) for found in detections]


@pytest.fixture(scope="module")
def both() -> tuple[Accuracy, Accuracy]:
    labels, detections = make_set()
    reference = evaluate_accuracy(labels, detections, CLASSES, 0.25)
    return reference, evaluate_accuracy(labels, shifted(detections, 6.0), CLASSES, 0.25)


def test_that_every_metric_has_a_value_and_an_interval_around_it(both: tuple[Accuracy, Accuracy]) -> None:
    for metric in METRICS:
        for name in (None, *CLASSES):
            figure = both[0].figure(metric, name)
            assert figure.value is not None
            assert figure.resampled.shape == (200,)
            assert np.nanmin(figure.resampled) <= figure.value <= np.nanmax(figure.resampled)


def test_that_recall_and_precision_count_objects_and_detections() -> None:
    labels = [make_labels([[0, 0, 50, 50], [100, 0, 150, 50]], [0, 0])]
    found = [make_detections([[0, 0, 50, 50], [200, 200, 250, 250], [100, 0, 150, 50]], [0.9, 0.8, 0.2], [0, 0, 0])]
    accuracy = evaluate_accuracy(labels, found, ("car",), 0.25)
    assert accuracy.figure("recall").value == pytest.approx(0.5)
    assert accuracy.figure("precision", "car").value == pytest.approx(0.5)


def test_that_absolute_requirements_are_judged_with_bounds(both: tuple[Accuracy, Accuracy]) -> None:
    value = both[0].figure("map50").value
    assert value is not None
    passed = judge_accuracy(both[0], "map50", value - 0.2)
    assert passed.outcome is Outcome.PASS
    assert passed.lower is not None
    assert passed.lower >= value - 0.2
    assert judge_accuracy(both[0], "map50", min(value + 0.2, 1.0), "car").outcome is not Outcome.PASS
    near = judge_accuracy(both[0], "map50", value - 0.001)
    assert (near.outcome, near.needed is not None) == (Outcome.INCONCLUSIVE, True)
    assert f"about {near.needed} images would decide" in near.reason
    assert Verdict.from_json(near.to_json()) == near


def test_that_the_bounds_of_a_figure_are_those_of_its_verdict(both: tuple[Accuracy, Accuracy]) -> None:
    verdict = judge_accuracy(both[0], "map50", 0.1)
    assert bounds_of(both[0], both[0].figure("map50"))[0] == (verdict.lower, verdict.upper)
    few = evaluate_accuracy(*make_set(10), CLASSES, 0.25)
    assert bounds_of(few, few.figure("map50"))[0] == (None, None)


def test_that_a_drop_is_paired_image_by_image(both: tuple[Accuracy, Accuracy]) -> None:
    verdict = judge_drop(*both, "map50_95", 0.01)
    assert verdict.outcome is Outcome.FAIL
    assert verdict.value is not None
    assert verdict.value == pytest.approx(
        float(str(verdict.details["reference"])) - float(str(verdict.details["device"]))
    )
    assert "drop of mAP50-95" in verdict.reason
    same = judge_drop(both[0], both[0], "map50_95", 0.01, "sign")
    assert (same.outcome, same.value, same.upper) == (Outcome.PASS, 0.0, 0.0)


def test_that_few_images_have_no_bounds() -> None:
    accuracy = evaluate_accuracy(*make_set(10), CLASSES, 0.25)
    verdict = judge_accuracy(accuracy, "map50", 0.1)
    assert (verdict.outcome, verdict.needed, verdict.details["lower_open"]) == (Outcome.INCONCLUSIVE, 20, 1)


def test_that_nothing_to_find_is_not_measured() -> None:
    empty = [make_labels([], [])] * 30
    nothing = [make_detections([], [], [])] * 30
    accuracy = evaluate_accuracy(empty, nothing, CLASSES, 0.25)
    for metric in METRICS:
        assert judge_accuracy(accuracy, metric, 0.5, "car").outcome is Outcome.NOT_MEASURED
        assert judge_drop(accuracy, accuracy, metric, 0.5).outcome is Outcome.NOT_MEASURED
    assert judge_accuracy(evaluate_accuracy([], [], CLASSES, 0.25), "map50", 0.5).outcome is Outcome.NOT_MEASURED


def test_that_a_dead_detector_fails() -> None:
    labels, _ = make_set()
    accuracy = evaluate_accuracy(labels, [make_detections([], [], [])] * len(labels), CLASSES, 0.25)
    assert judge_accuracy(accuracy, "map50", 0.5).outcome is Outcome.FAIL
    assert judge_accuracy(accuracy, "recall", 0.5).outcome is Outcome.FAIL
    assert judge_accuracy(accuracy, "precision", 0.5).outcome is Outcome.NOT_MEASURED


def test_that_unknown_metrics_and_classes_are_refused_with_the_known_ones(both: tuple[Accuracy, Accuracy]) -> None:
    with pytest.raises(UsageError, match="map50_95"):
        judge_accuracy(both[0], "map", 0.5)
    with pytest.raises(UsageError, match="lorry"):
        judge_accuracy(both[0], "map50", 0.5, "truck")


def test_that_other_images_or_seeds_cannot_be_paired(both: tuple[Accuracy, Accuracy]) -> None:
    labels, detections = make_set()
    other = evaluate_accuracy(labels, detections, CLASSES, 0.25, resamples=200, seed=1)
    with pytest.raises(ValueError, match="another seed"):
        judge_drop(both[0], other, "map50", 0.1)
