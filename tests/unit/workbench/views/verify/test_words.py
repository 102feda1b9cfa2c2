"""Where bars stand, what margins are, and how numbers read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workbench.views.verify.bins import MOST_BINS, nice_edges
from workbench.views.verify.values import LIMIT_AT
from workbench.views.verify.words import age_text, margin_of, percent_text, place_bar, spell_seconds, split_unit


@pytest.mark.parametrize(("value", "limit", "relation"), [(8.0, 50.0, "<="), (0.97, 0.95, ">="), (277.0, 30.0, ">=")])
def test_that_what_is_inside_its_limit_stands_right_of_it(value, limit, relation):
    bar = place_bar(value, (None, None), limit, relation)
    assert LIMIT_AT < bar.value < 1


@pytest.mark.parametrize(("value", "limit", "relation"), [(131.0, 128.0, "<="), (0.5, 0.95, ">=")])
def test_that_what_breaks_its_limit_stands_left_of_it(value, limit, relation):
    bar = place_bar(value, (None, None), limit, relation)
    assert 0 < bar.value < LIMIT_AT


def test_that_an_interval_that_spans_the_limit_lies_on_both_sides():
    bar = place_bar(0.818, (0.806, 0.829), 0.81, ">=")
    assert bar.low is not None
    assert bar.high is not None
    assert 0 < bar.low < LIMIT_AT < bar.value < bar.high < 1


def test_that_an_end_that_nobody_knows_reaches_the_edge():
    bar = place_bar(8.2, (6.2, None), 50.0, "<=", (False, True))
    assert (bar.low, bar.low_open, bar.high_open) == (0.0, True, False)
    assert bar.high is not None
    assert bar.high > bar.value


def test_that_a_value_on_its_limit_stands_on_it():
    assert place_bar(5.0, (None, None), 5.0, "<=").value == LIMIT_AT


@pytest.mark.parametrize(
    ("bound", "limit", "relation", "text"),
    [
        (131.0, 128.0, "<=", "−2.3 %"),
        (40.4, 50.0, "<=", "19.2 %"),
        (277.0, 30.0, ">=", "823 %"),
        (None, 30.0, ">=", "—"),
        (1.0, 0.0, "<=", "—"),
    ],
)
def test_that_a_margin_is_the_share_of_the_limit_that_is_left(bound, limit, relation, text):
    assert percent_text(margin_of(bound, limit, relation)) == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [("8.2 ms", ("8.2", "ms")), ("9 of 9 rejected", ("9 of 9", "rejected")), ("0.97", ("0.97", "")), ("—", ("—", ""))],
)
def test_that_a_number_is_told_from_its_unit(text, parts):
    assert split_unit(text) == parts


@pytest.mark.parametrize(
    ("created", "text"),
    [
        ("2026-11-24T14:59:30Z", "now"),
        ("2026-11-24T14:45:00Z", "15 min"),
        ("2026-11-24T13:31:00Z", "89 min"),
        ("2026-11-24T13:08:00Z", "2 h"),
        ("2026-11-23T18:00:00Z", "21 h"),
        ("2026-11-20T15:00:00Z", "4 d"),
        ("never", ""),
    ],
)
def test_that_an_age_is_short(created, text):
    assert age_text(created, datetime(2026, 11, 24, 15, tzinfo=UTC)) == text


def test_that_a_length_that_nobody_knows_is_not_said():
    assert [spell_seconds(value) for value in (None, 0.2, 42.0, 240.0, 30_000.0)] == ["", "1 s", "42 s", "4 min", "8 h"]


def test_that_bins_have_round_edges_and_hold_every_value_and_a_near_limit():
    edges, drawn = nice_edges(2.13, 11.4, 50.0)
    assert drawn
    assert edges[0] <= 2.13
    assert edges[-1] > 50.0
    assert len(edges) - 1 <= MOST_BINS + 2
    assert edges[1] - edges[0] == pytest.approx(0.5)


def test_that_a_limit_far_away_leaves_the_room_to_the_values():
    edges, drawn = nice_edges(2.0, 4.0, 500.0)
    assert not drawn
    assert edges[-1] < 5.0


def test_that_one_value_alone_has_bins():
    edges, _ = nice_edges(3.0, 3.0, None)
    assert edges[0] <= 3.0 < edges[-1]
