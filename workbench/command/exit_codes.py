"""The exit codes of the command, and which of several counts."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.base.errors import Fault
from workbench.base.events import JobEnded, JobState

PASSED = 0
REQUIREMENT_FAILED = 1
WRONG_USE = Fault.USE.value
UNDECIDED = 3
BOARD = Fault.BOARD.value
WORK = Fault.WORK.value
INTERNAL = Fault.INTERNAL.value
CANCELLED = Fault.CANCELLED.value

PRECEDENCE = (CANCELLED, INTERNAL, BOARD, WORK, WRONG_USE, REQUIREMENT_FAILED, UNDECIDED, PASSED)
OUTCOMES = {
    "PASS": PASSED,
    "FAIL": REQUIREMENT_FAILED,
    "INCONCLUSIVE": UNDECIDED,
    "NOT MEASURED": UNDECIDED,
}


def worst(codes: Iterable[int]) -> int:
    """The code that takes precedence; 0 of none at all."""
    return min(codes, key=PRECEDENCE.index, default=PASSED)


def of_outcomes(outcomes: Iterable[str]) -> int:
    """The code for the outcomes of requirements."""
    return worst(OUTCOMES[outcome] for outcome in outcomes)


def of_end(ended: JobEnded) -> int:
    """The code for the end of a job, its verdicts left out."""
    if ended.state is JobState.SUCCEEDED:
        return PASSED
    if ended.state is JobState.CANCELLED:
        return CANCELLED
    if ended.state is JobState.LOST:
        return BOARD
    return ended.error.fault.value if ended.error else INTERNAL
