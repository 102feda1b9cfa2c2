"""Jobs in threads of this process: for the command and for tests."""

from __future__ import annotations

from workbench.base.errors import Fault
from workbench.base.events import ErrorText, JobState
from workbench.jobs.answers import Answers
from workbench.jobs.context import JobContext, JobSetup
from workbench.jobs.executor import ThreadPerJob
from workbench.jobs.handle import JobHandle
from workbench.jobs.job import Job
from workbench.jobs.outcome import Outcome, perform


class ThreadExecutor(ThreadPerJob):
    """Does each job in a thread. One that will not stop is left behind: a thread cannot be ended."""

    def _work(self, job: Job, handle: JobHandle, setup: JobSetup) -> None:
        answers = Answers()
        context = JobContext(setup, handle.token, answers, handle.send)
        handle.connect(answers.give, context.messages.put)
        perform(job, context)

    def _force(self, handle: JobHandle) -> None:
        error = ErrorText(
            f"{handle.title} did not stop within {self._force_after_s:g} s and was left behind",
            "It ends with this process. Check the board, if it worked on one.",
            fault=Fault.CANCELLED,
        )
        self._left_behind.add(handle.id)
        handle.end(Outcome(JobState.CANCELLED, error))
