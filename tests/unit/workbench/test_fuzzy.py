from __future__ import annotations

import pytest

from workbench.fuzzy import note_recent, rank, score

ENTRIES = [
    "Run verification",
    "Run quickly, on few frames",
    "Go to Verify",
    "Show the inspector",
    "Reset the layout",
    "Latency latency at most 50 ms LAT-01",
    "int8-566a74d0cac28184 this-machine 5980c185707afacfcd33fe4beac09c205b1dc0106f30e0306f24e4013cd2c6e1",
]


def best(query, **options):
    return rank(query, ENTRIES, str, **options)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("run ver", "Run verification"),
        ("ver run", "Run verification"),
        ("lat", "Latency latency at most 50 ms LAT-01"),
        ("rl", "Reset the layout"),
        ("insp", "Show the inspector"),
        ("5980c185", ENTRIES[-1]),
        ("lat-01", "Latency latency at most 50 ms LAT-01"),
    ],
)
def test_that_the_meant_entry_is_the_first(query, first):
    assert best(query)[0] == first


def test_that_nothing_typed_keeps_the_order_and_recent_ones_come_first():
    assert best("") == ENTRIES
    recent = {"Reset the layout": 0, "Show the inspector": 1}
    assert best("", recent=recent, key_of=str)[:2] == ["Reset the layout", "Show the inspector"]


def test_that_what_lacks_a_letter_is_left_out():
    assert best("zzz") == []
    assert score("abc", "acb") is None


def test_that_scattered_letters_deep_in_long_words_are_no_hit():
    assert score("rune", "latency across the prudent everyday") is None


def test_that_the_last_chosen_key_is_the_first_and_stands_once():
    assert note_recent(("a", "b"), "b") == ("b", "a")
    assert len(note_recent(tuple(map(str, range(60))), "x")) == 50
