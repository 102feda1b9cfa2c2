"""How work came out: every way in which a function can end, as one of the four ends of a job."""

from __future__ import annotations

import pickle
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from workbench.base.errors import Cancelled, Fault, LinkLost, SlipwayError
from workbench.base.events import ErrorText, JobEnded, JobStarted, JobState
from workbench.jobs.context import JobContext
from workbench.jobs.job import Job


@dataclass(frozen=True)
class Outcome:
    """One of the four ends, with its error or its result."""

    state: JobState
    error: ErrorText | None = None
    result: object = None

    def ended(self, job_id: str, elapsed_s: float) -> JobEnded:
        """The event that tells it."""
        text = self.error.summary if self.error else ""
        return JobEnded(job_id, self.state, time.time(), elapsed_s, text, self.error, self.result)


def outcome_of(work: Callable[[], object]) -> Outcome:
    """Call `work` and say how it ended; nothing gets past this, an exit of the interpreter neither."""
    try:
        return Outcome(JobState.SUCCEEDED, result=work())
    except Cancelled as error:
        return Outcome(JobState.CANCELLED, ErrorText.of(error))
    except LinkLost as error:
        return Outcome(JobState.LOST, ErrorText.of(error))
    except SlipwayError as error:
        return Outcome(JobState.FAILED, ErrorText.of(error))
    except BaseException as error:  # boundary: job
        return Outcome(JobState.FAILED, _defect(error))


def perform(job: Job, context: JobContext) -> Outcome:
    """Do a job: tell its start, run it, and tell its one end whatever happens."""
    started_s = time.monotonic()
    outcome = Outcome(JobState.FAILED, ErrorText(f"{job.title} ended without saying how"))
    try:
        outcome = outcome_of(lambda: _run(job, context))
    finally:
        context.close(outcome.ended(context.job_id, time.monotonic() - started_s))
    return outcome


def _run(job: Job, context: JobContext) -> object:
    context.publish(JobStarted(context.job_id, job.title, time.time()))
    result = job.run(context)
    context.end_open_step()
    return _portable(job, result)


def _portable(job: Job, result: object) -> object:
    """The result as the other side of a process border gets it.

    Raises:
        SlipwayError: it cannot be pickled, or not be read again.
    """
    try:
        return pickle.loads(pickle.dumps(result))  # noqa: S301 - our own bytes of a moment ago
    except (pickle.PickleError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise SlipwayError(
            f"{job.title} returned a {type(result).__name__}, which cannot be handed on",
            "A job returns a frozen value that can be pickled.",
            f"{type(error).__name__}: {error}",
            Fault.INTERNAL,
        ) from error


def _defect(error: BaseException) -> ErrorText:
    """Words for an exception that nobody meant to raise."""
    return ErrorText(
        f"internal error: {type(error).__name__}: {error}".rstrip(": "),
        "This is a defect of Slipway. Please report it with the lines below.",
        "".join(traceback.format_exception(error)).rstrip(),
        Fault.INTERNAL,
    )
