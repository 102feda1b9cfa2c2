"""Problems: their text, their order, the near miss."""

from __future__ import annotations

import pickle

import pytest

from projects.problems import SHOWN, DocumentProblems, Problem, count_slips, near_miss
from workbench.base.errors import Fault

_LATENCY = Problem(
    "deployment_tests.yaml",
    17,
    "performance_tests.latency.requirement",
    "'50 sm'",
    "a duration such as 50ms",
    "did you mean '50 ms'?",
)


def test_that_a_problem_says_place_got_expected_and_near_miss() -> None:
    assert str(_LATENCY) == (
        "deployment_tests.yaml:17: performance_tests.latency.requirement: "
        "got '50 sm', expected a duration such as 50ms; did you mean '50 ms'?"
    )


def test_that_all_problems_come_in_one_error_in_order_of_file_and_line() -> None:
    whole = Problem("deployment.yaml", None, "", "a list", "a mapping")
    error = DocumentProblems([_LATENCY, whole])
    assert error.summary == "the documents of the project have 2 problems"
    assert error.detail.splitlines() == ["deployment.yaml: got a list, expected a mapping", str(_LATENCY)]
    assert error.fault is Fault.USE


def test_that_a_document_of_thousands_of_problems_is_no_endless_text() -> None:
    error = DocumentProblems(Problem("d.yaml", line, "x", "this", "that") for line in range(1, 5001))
    assert error.summary == "the documents of the project have 5000 problems"
    assert error.detail.splitlines()[-1] == f"… and {5000 - SHOWN} more"
    assert len(error.detail) < 10_000


def test_that_the_error_survives_a_process_border() -> None:
    error = pickle.loads(pickle.dumps(DocumentProblems([_LATENCY], "the document x")))  # noqa: S301  our own bytes
    assert error.problems == (_LATENCY,)
    assert error.summary == "the document x has 1 problem"


@pytest.mark.parametrize(
    ("word", "choices", "found"),
    [
        ("warmup_iterations", ["requirement", "warm_up_iterations", "test_iterations"], "warm_up_iterations"),
        ("sm", ["s", "ms", "min"], "ms"),
        ("MS", ["s", "ms"], "ms"),
        ("Memory", ["memory", "latency"], "memory"),
        ("speed", ["memory", "latency"], None),
        ("x", ["y"], None),
        ("", ["y"], None),
    ],
)
def test_that_the_nearest_choice_is_found(word: str, choices: list[str], found: str | None) -> None:
    assert near_miss(word, choices) == found


def test_that_slips_are_counted() -> None:
    assert count_slips("fsp", "fps") == 1
    assert count_slips("kitten", "sitting") == 3
    assert count_slips("", "abc") == 3
