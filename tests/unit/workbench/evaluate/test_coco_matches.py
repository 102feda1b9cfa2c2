"""Matching against labels: the same curve as pycocotools, for any weights of the images."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.evaluate.coco_matches import Labels, average_precision, make_labels, match_classes
from workbench.evaluate.matching import Detections, make_detections


def make_set(images: int = 40, classes: int = 3, seed: int = 0) -> tuple[list[Labels], list[Detections]]:
    """Labelled images and a detector that misses some, shifts all and invents a few."""
    rng = np.random.default_rng(seed)
    labels, detections = [], []
    for _ in range(images):
        count = int(rng.integers(0, 9))
        corners, kinds = rng.uniform(0, 400, size=(count, 2)), rng.integers(0, classes, size=count)
        boxes = np.hstack([corners, corners + rng.uniform(15, 90, size=(count, 2))])
        labels.append(make_labels(boxes, kinds))
        kept = rng.random(count) < 0.85
        wrong = rng.uniform(0, 400, size=(6, 2))
        found = np.vstack([boxes[kept] + rng.normal(0, 3, size=(int(kept.sum()), 4)), np.hstack([wrong, wrong + 50])])
        scores = np.concatenate([rng.beta(6, 2, size=int(kept.sum())), rng.beta(1, 6, size=6)])
        detections.append(
            make_detections(found, scores, np.concatenate([kinds[kept], rng.integers(0, classes, size=6)]))
        )
    return labels, detections


def test_that_with_all_weights_one_the_curve_is_that_of_pycocotools() -> None:
    labels, detections = make_set()
    matches, average = match_classes(labels, detections, 3)
    once = np.ones((1, 40), np.float32)
    again = np.stack([average_precision(found, once)[0] for found in matches], axis=1)
    assert again == pytest.approx(average, abs=1e-12)
    assert 0.3 < average[0].mean() < 0.95


def test_that_drawing_an_image_twice_is_having_it_twice() -> None:
    labels, detections = make_set(12)
    matches, _ = match_classes(labels, detections, 3)
    weights = np.array([[2, 0, 1, 1, 3, 0, 1, 0, 1, 1, 1, 1]], np.float32)
    copies = [image for image, many in enumerate(weights[0].astype(int)) for _ in range(many)]
    _, average = match_classes([labels[image] for image in copies], [detections[image] for image in copies], 3)
    drawn = np.stack([average_precision(found, weights)[0] for found in matches], axis=1)
    assert drawn == pytest.approx(average, abs=1e-12)


def test_that_perfect_detections_have_an_average_precision_of_one() -> None:
    labels, _ = make_set()
    perfect = [Detections(label.boxes, np.full(len(label.boxes), 0.9), label.classes) for label in labels]
    _, average = match_classes(labels, perfect, 3)
    assert average == pytest.approx(np.ones((10, 3)))


def test_that_a_class_without_objects_has_no_average_precision() -> None:
    labels, detections = make_set()
    matches, average = match_classes(labels, detections, 4)
    assert np.isnan(average[:, 3]).all()
    assert np.isnan(average_precision(matches[3], np.ones((2, 40), np.float32))).all()


def test_that_crowd_regions_neither_count_nor_punish() -> None:
    label = Labels(
        np.array([[0, 0, 50, 50], [100, 0, 200, 100]], float), np.array([0, 0]), crowd=np.array([False, True])
    )
    found = make_detections([[0, 0, 50, 50], [110, 10, 150, 50], [120, 20, 160, 60]], [0.5, 0.9, 0.8], [0, 0, 0])
    matches, average = match_classes([label], [found], 1)
    assert average[:, 0] == pytest.approx(np.ones(10))
    assert matches[0].objects.tolist() == [1.0]
    assert not matches[0].misses[0].any()


def test_that_the_first_box_of_all_can_be_matched() -> None:
    label = make_labels([[0, 0, 50, 50]], [0])
    _, average = match_classes([label], [make_detections([[0, 0, 50, 50]], [0.9], [0])], 1)
    assert average[0, 0] == pytest.approx(1.0)


def test_that_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    match_classes(*make_set(5), 3)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""


def test_that_boxes_that_are_no_numbers_are_no_detections() -> None:
    label = make_labels([[0, 0, 50, 50]], [0])
    found = make_detections(np.array([[np.nan, 0, 50, 50], [0, 0, 50, 50]]), [0.9, 0.8], [0, 0])
    matches, _ = match_classes([label], [found], 1)
    assert matches[0].scores.tolist() == [0.8]


def test_that_sets_of_other_images_are_refused() -> None:
    labels, detections = make_set(5)
    with pytest.raises(ValueError, match="5 images"):
        match_classes(labels, detections[:4], 3)
    with pytest.raises(ValueError, match="do not fit"):
        make_labels([[0, 0, 1, 1]], [0, 1])
