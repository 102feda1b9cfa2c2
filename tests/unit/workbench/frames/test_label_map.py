from __future__ import annotations

import pytest

from workbench.frames.label_map import MappedName, map_names

CLASSES = ("car", "traffic light", "lorry", "Stop-Sign")


@pytest.mark.parametrize(
    ("label", "model", "how"),
    [
        ("car", "car", "the same name"),
        ("Car", "car", "a name alike"),
        ("traffic_light", "traffic light", "a name alike"),
        ("stop sign", "Stop-Sign", "a name alike"),
        ("truck", "lorry", "as the documents say"),
        ("kite", None, "left out, as the documents say"),
        ("bus", None, "the documents map it to coach, and the model has no such class"),
        ("lorrry", None, "the model has no such class; is it lorry?"),
        ("zebra", None, "no such class"),
    ],
)
def test_that_a_labels_class_is_told_with_how_it_was_found(label: str, model: str | None, how: str) -> None:
    asked = {"truck": "lorry", "kite": "-", "bus": "coach"}
    assert map_names([label], CLASSES, asked) == (MappedName(label, model, how),)


def test_that_a_name_that_two_classes_are_like_is_left_open() -> None:
    (found,) = map_names(["trafficlight"], ("traffic light", "traffic-light"))
    assert found.model is None


def test_that_each_name_is_told_once_in_the_order_in_which_it_came() -> None:
    assert [item.label for item in map_names(["b", "a", "b"], ("a",))] == ["b", "a"]
