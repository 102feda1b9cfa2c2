"""The language of the filter over all runs."""

from __future__ import annotations

import pytest

from workbench.views.results.filtering import apply_filter
from workbench.views.results.values import Figure, Filter, ResultsPage, RunLine

LINES = (
    RunLine(
        "c", 3, "", "", candidate="int8", board="orin", mode="25W", kind="all", word="Counts", p99_ms=Figure(8.0, "8"),
        text="run 3 int8 orin all counts fail latency",
    ),
    RunLine(
        "b", 2, "", "", candidate="fp16", board="orin", kind="all, quick", word="Quick", p99_ms=Figure(30.0, "30"),
        text="run 2 fp16 orin all quick",
    ),
    RunLine("a", 1, "", "", candidate="int8", board="this-machine", kind="all", word="Stale", text="run 1 int8 stale"),
)  # fmt: skip
PAGE = ResultsPage("demo", LINES, (), (), "")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", [3, 2, 1]),
        ("int8", [3, 1]),
        ("INT8 stale", [1]),
        ("-quick", [3, 1]),
        ("board:this", [1]),
        ("validity:stale", [1]),
        ("mode:25w", [3]),
        ("p99<10", [3]),
        ("p99>=8", [3, 2]),
        ("run=2", [2]),
        ('"fail latency"', [3]),
    ],
)
def test_that_every_part_of_the_text_must_hold(text, left):
    assert [line.number for line in apply_filter(PAGE, Filter(text)).lines] == left


def test_that_what_was_not_measured_is_neither_above_nor_below():
    assert 1 not in {line.number for line in apply_filter(PAGE, Filter("p99<1000")).lines}


def test_that_a_chosen_value_and_the_text_both_hold():
    found = apply_filter(PAGE, Filter("int8", (("board", "orin"),)))
    assert [line.number for line in found.lines] == [3]
    assert found.text == "1 of 3 runs"


def test_that_an_empty_result_says_which_part_to_drop():
    found = apply_filter(PAGE, Filter("int8 quick", (("board", "orin"),)))
    assert found.lines == ()
    assert found.drop in {"int8", "quick"}
    assert found.drop_to is not None
    assert apply_filter(PAGE, found.drop_to).lines


def test_that_where_no_one_part_helps_all_are_to_be_dropped():
    found = apply_filter(PAGE, Filter("nowhere neither"))
    assert (found.drop, found.drop_to) == ("all filters", Filter())


@pytest.mark.parametrize("text", ["weight<3", "p99<fast"])
def test_that_a_part_that_cannot_be_understood_is_said_and_hides_nothing(text):
    found = apply_filter(PAGE, Filter(text))
    assert found.problem.startswith(text)
    assert len(found.lines) == 3
