"""Where the answers to a job's questions arrive; secrets stay in memory."""

from __future__ import annotations

import threading

from workbench.base.cancel import CancelToken


class Answers:
    """A job's thread waits here; any thread may bring an answer."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._given: dict[str, str] = {}

    def give(self, question_id: str, value: str) -> None:
        """Bring the answer to a question."""
        with self._changed:
            self._given[question_id] = value
            self._changed.notify_all()

    def wait_for(self, question_id: str, cancel: CancelToken) -> str:
        """Block until the answer is there.

        Raises:
            Cancelled: somebody stopped the job instead of answering.
        """
        forget = cancel.on_request(self._wake)
        try:
            with self._changed:
                self._changed.wait_for(lambda: cancel.cancelled or question_id in self._given)
                cancel.check()
                return self._given.pop(question_id)
        finally:
            forget()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
