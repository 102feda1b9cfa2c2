"""A started job as a window or a command holds it: its events, its state, its questions, its end."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from workbench.base.cancel import CancelToken
from workbench.base.errors import Fault, SlipwayError, UsageError
from workbench.base.events import Event, JobEnded, JobStarted, JobState, Question
from workbench.jobs.history import History
from workbench.jobs.outcome import Outcome

Callback = Callable[[Event], None]

WAKE_S = 0.5
"""How often a wait wakes up: Ctrl-C does not interrupt one without a limit everywhere (Windows)."""


class JobHandle:
    """One started job; any thread may use it.

    Events reach every listener in the order in which the job told them, the ones of before it came included
    (of progress and live values only the last), and JobEnded is the last.
    """

    def __init__(self, job_id: str, title: str) -> None:
        self.id = job_id
        self.title = title
        self.token = CancelToken()
        self._began_s = time.monotonic()
        self._lock = threading.Lock()
        self._state = JobState.WAITING
        self._history = History()
        self._listeners: list[Callback] = []
        self._outbox: deque[tuple[Event, tuple[Callback, ...]]] = deque()
        self._handing_on = False
        self._questions: dict[str, Question] = {}
        self._answer: Callable[[str, str], None] | None = None
        self._tell: Callable[[object], None] | None = None
        self._ended: JobEnded | None = None
        self._all_told = threading.Event()

    @property
    def state(self) -> JobState:
        """Where the job stands."""
        return self._state

    @property
    def ended(self) -> JobEnded | None:
        """The job's end; None until it is there."""
        return self._ended

    def events(self) -> Iterator[Event]:
        """All events, as they come; ends after JobEnded."""
        arrived: queue.SimpleQueue[Event] = queue.SimpleQueue()
        forget = self.subscribe(arrived.put)
        try:
            while True:
                event = _next(arrived)
                yield event
                if isinstance(event, JobEnded):
                    return
        finally:
            forget()

    def subscribe(self, callback: Callback) -> Callable[[], None]:
        """Call `callback` with each event; the returned function ends that.

        The calls come from threads of the job, one at a time. They must be short, must not raise, and must not
        wait for the job.
        """
        with self._lock:
            self._outbox.extend((event, (callback,)) for event in self._history)
            self._listeners.append(callback)
        self._hand_on()
        return lambda: self._forget(callback)

    def cancel(self) -> None:
        """Ask the job to stop cleanly; the second time: at once, by force after a deadline."""
        with self._lock:
            if self._ended is not None:
                return
            self._state = JobState.CANCELLING
        self.token.request()

    def asks(self, question_id: str) -> bool:
        """Whether the job waits for the answer to this question."""
        with self._lock:
            return question_id in self._questions

    def answer(self, question_id: str, value: str) -> None:
        """Answer an open question.

        Raises:
            UsageError: the question is not open, or this is no answer to it; it stays open.
        """
        with self._lock:
            question = self._questions.get(question_id)
            if question is None or self._answer is None:
                raise UsageError("this question is not open", "It was answered already, or its job has ended.")
            _check_answer(question, value)
            del self._questions[question_id]
            give = self._answer
        give(question_id, value)

    def tell(self, message: object) -> None:
        """Hand the job a message that it takes while it works: a frozen, picklable value that its order names.

        Raises:
            UsageError: it has ended, or has not begun.
        """
        with self._lock:
            tell = None if self._ended is not None else self._tell
        if tell is None:
            raise UsageError(f"{self.title} is not at work", "It has ended, or waits for its turn.")
        tell(message)

    def wait(self, timeout_s: float | None = None) -> JobEnded:
        """The job's end, once every listener was told of it.

        Raises:
            TimeoutError: it has not ended by then.
        """
        if not self._all_told.wait(timeout_s) or self._ended is None:
            raise TimeoutError(f"{self.title} has not ended within {timeout_s} s; it is {self._state.value}")
        return self._ended

    def connect(self, answer: Callable[[str, str], None], tell: Callable[[object], None]) -> None:
        """For executors: where answers and messages go."""
        with self._lock:
            self._answer = answer
            self._tell = tell

    def deliver(self, event: Event) -> bool:
        """For executors: hand one event to all listeners; False if the job has ended, and nothing happens."""
        with self._lock:
            if self._ended is not None:
                return False
            self._note(event)
            self._history.add(event)
            self._outbox.append((event, tuple(self._listeners)))
        self._hand_on()
        return True

    def send(self, event: Event) -> None:
        """For executors: like `deliver`, for a job that cannot know that it was given up."""
        if not self.deliver(event):
            raise SlipwayError(f"{self.title} told {type(event).__name__} after its end", fault=Fault.INTERNAL)

    def end(self, outcome: Outcome) -> None:
        """For executors: the job's end, unless it has one."""
        self.deliver(outcome.ended(self.id, time.monotonic() - self._began_s))

    def _note(self, event: Event) -> None:
        if isinstance(event, JobStarted) and self._state is JobState.WAITING:
            self._state = JobState.RUNNING
        elif isinstance(event, Question):
            self._questions[event.question_id] = event
        elif isinstance(event, JobEnded):
            self._questions.clear()
            self._state = event.state
            self._ended = event

    def _hand_on(self) -> None:
        """Empty the outbox; a thread that finds another one (or an outer call) at it leaves it to that."""
        with self._lock:
            if self._handing_on:
                return
            self._handing_on = True
        emptied = False
        try:
            while item := self._next_item():
                self._call(*item)
            emptied = True
        finally:
            if not emptied:
                self._handing_on = False

    def _next_item(self) -> tuple[Event, tuple[Callback, ...]] | None:
        with self._lock:
            if self._outbox:
                return self._outbox.popleft()
            self._handing_on = False
            return None

    def _call(self, event: Event, callbacks: tuple[Callback, ...]) -> None:
        with ExitStack() as stack:  # calls all of them, also when one raises
            if isinstance(event, JobEnded):
                stack.callback(self._all_told.set)
            for callback in reversed(callbacks):
                if callback in self._listeners:
                    stack.callback(callback, event)

    def _forget(self, callback: Callback) -> None:
        with self._lock:
            if callback in self._listeners:
                self._listeners.remove(callback)


def _next(arrived: queue.SimpleQueue[Event]) -> Event:
    while True:
        try:
            return arrived.get(timeout=WAKE_S)
        except queue.Empty:
            continue


def _check_answer(question: Question, value: str) -> None:
    allowed = ("yes", "no") if question.kind == "confirm" else question.choices
    if allowed and value not in allowed:
        shown = "that answer" if question.kind == "secret" else f"{value!r}"
        raise UsageError(f"{shown} is no answer to: {question.text}", f"Answer with one of: {', '.join(allowed)}.")
