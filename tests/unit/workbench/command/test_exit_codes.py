from __future__ import annotations

import itertools

import pytest

from workbench.base.errors import Fault
from workbench.base.events import ErrorText, JobEnded, JobState
from workbench.command import exit_codes
from workbench.evaluate.verdict import Outcome


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], 0),
        ([0], 0),
        ([0, 3], 3),
        ([3, 1], 1),
        ([1, 2], 2),
        ([2, 5], 5),
        ([5, 4], 4),
        ([4, 70], 70),
        ([70, 130], 130),
    ],
)
def test_that_the_code_that_weighs_more_counts(codes, expected):
    for order in itertools.permutations(codes):
        assert exit_codes.worst(order) == expected


def test_that_every_outcome_and_every_fault_has_its_code():
    assert {outcome.value: exit_codes.of_outcomes([outcome.value]) for outcome in Outcome} == {
        "PASS": 0, "FAIL": 1, "INCONCLUSIVE": 3, "NOT MEASURED": 3,
    }  # fmt: skip
    assert {fault.value for fault in Fault} < set(exit_codes.PRECEDENCE)


@pytest.mark.parametrize(
    ("state", "fault", "expected"),
    [
        (JobState.SUCCEEDED, None, 0),
        (JobState.CANCELLED, Fault.CANCELLED, 130),
        (JobState.LOST, Fault.BOARD, 4),
        (JobState.FAILED, Fault.USE, 2),
        (JobState.FAILED, Fault.BOARD, 4),
        (JobState.FAILED, Fault.WORK, 5),
        (JobState.FAILED, Fault.INTERNAL, 70),
        (JobState.FAILED, None, 70),
    ],
)
def test_that_each_end_of_a_job_has_its_code(state, fault, expected):
    error = None if fault is None else ErrorText("it failed", fault=fault)
    assert exit_codes.of_end(JobEnded("1", state, 0.0, 0.0, error=error)) == expected
