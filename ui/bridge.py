"""The border between the window's thread and everything else: questions, jobs, and their events as signals."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from workbench.base.errors import SlipwayError
from workbench.base.events import (
    ErrorText,
    Event,
    JobEnded,
    JobStarted,
    LiveValues,
    LogLine,
    Progress,
    Question,
    RecordWritten,
    ResultPart,
    StepEnded,
    StepStarted,
    VerdictReached,
)

if TYPE_CHECKING:
    from workbench.jobs.handle import JobHandle
    from workbench.jobs.job import Job
    from workbench.session import Session

P = ParamSpec("P")
T = TypeVar("T")
DRAIN_MS = 50
TOLD = (
    JobStarted,
    StepStarted,
    StepEnded,
    Progress,
    LogLine,
    LiveValues,
    VerdictReached,
    RecordWritten,
    ResultPart,
    Question,
    JobEnded,
)
"""Kinds that become a signal. What comes at the rate of a camera is taken from the handle by who shows it."""


class Bridge(QObject):
    """Asks and starts for the window. Lives in the UI thread; nothing here waits."""

    started = Signal(object, object)
    """A job was started: its JobHandle and what it was told to do."""
    told = Signal(object)
    """An event of any job, in order; of progress only the newest every 50 ms."""
    questioned = Signal(object)
    """A Question that waits for `answer`."""
    ended = Signal(object)
    """A JobEnded, after everything else of its job."""
    failed = Signal(object)
    """The ErrorText of a question that nobody else wanted to hear about."""
    _answered = Signal(object)
    _woken = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._events: deque[Event] = deque()
        self._wake_sent = False
        self._handles: dict[str, JobHandle] = {}
        self._quiet: set[str] = set()
        self._pending = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DRAIN_MS)
        self._timer.timeout.connect(self._drain)
        self._answers: deque[tuple[Answer[Any], Future[Any]]] = deque()
        self._giver = QTimer(self)
        self._giver.setSingleShot(True)
        self._giver.timeout.connect(self._give_one)
        self._answered.connect(self._on_answered, Qt.ConnectionType.QueuedConnection)
        self._woken.connect(self._on_woken, Qt.ConnectionType.QueuedConnection)

    @property
    def running(self) -> tuple[JobHandle, ...]:
        """Jobs that have not ended, oldest first; quiet ones are not among them."""
        return tuple(
            handle for handle in self._handles.values() if handle.ended is None and handle.id not in self._quiet
        )

    @property
    def waits(self) -> bool:
        """Whether a question is still on its way."""
        return self._pending > 0

    def handle(self, job_id: str) -> JobHandle | None:
        """The handle of a job of this window that has not been told to have ended."""
        return self._handles.get(job_id)

    def ask(
        self,
        query: Callable[Concatenate[Session, P], T],
        *arguments: P.args,
        **named: P.kwargs,
    ) -> Answer[T]:
        """Ask a query of `workbench.views`: `bridge.ask(read_runs, project).then(self._on_runs)`."""
        answer: Answer[T] = Answer(self)
        self._pending += 1
        try:
            future = self._session.ask(query, *arguments, **named)
        except SlipwayError as error:
            future = Future()
            future.set_exception(error)
        future.add_done_callback(lambda done: self._hand_over(answer, done))
        return answer

    def start(self, job: Job, *, quiet: bool = False) -> JobHandle:
        """Start a job; its events come by the signals, and from the handle.

        A quiet one changes nothing and is nobody's work (a page that watches what it shows): no list has it, it asks
        nobody, and the window closes without a question about it.
        """
        handle = self._session.start(job, interactive=not quiet)
        self._handles[handle.id] = handle
        if quiet:
            self._quiet.add(handle.id)
        else:
            self.started.emit(handle, job)
        handle.subscribe(self._take)
        return handle

    def answer(self, question: Question, value: str) -> ErrorText | None:
        """Answer a job's question; what is wrong with the answer, where it is none."""
        try:
            self._session.answer(question.question_id, value)
        except SlipwayError as error:
            return ErrorText.of(error)
        return None

    def _hand_over(self, answer: Answer[T], done: Future[T]) -> None:
        """Called in the reader's thread."""
        if shiboken6.isValid(self):
            self._answered.emit((answer, done))

    def _on_answered(self, pair: tuple[Answer[Any], Future[Any]]) -> None:
        self._answers.append(pair)
        self._giver.start()

    def _give_one(self) -> None:
        """Hand over one answer a turn: answers that came together must not hold back keys and paints together."""
        answer, done = self._answers.popleft()
        if self._answers:
            self._giver.start()
        self._pending -= 1
        error = done.exception()
        if isinstance(error, SlipwayError):
            answer.fail(ErrorText.of(error))
        elif error is not None:
            raise error
        else:
            answer.give(done.result())

    def _take(self, event: Event) -> None:
        """Called in threads of jobs."""
        if isinstance(event, TOLD):
            self._events.append(event)
            if not self._wake_sent:
                self._wake_sent = True
                self._woken.emit()

    def _on_woken(self) -> None:
        if not self._timer.isActive():
            self._drain()
            self._timer.start()

    def _drain(self) -> None:
        self._wake_sent = False
        events = [self._events.popleft() for _ in range(len(self._events))]
        newest = {(event.job_id, event.step): event for event in events if isinstance(event, Progress)}
        for event in events:
            if isinstance(event, Progress) and newest[event.job_id, event.step] is not event:
                continue
            self._tell(event)
        if events:
            self._timer.start()

    def _tell(self, event: Event) -> None:
        self.told.emit(event)
        if isinstance(event, Question):
            self.questioned.emit(event)
        elif isinstance(event, JobEnded):
            self._handles.pop(event.job_id, None)
            self._quiet.discard(event.job_id)
            self.ended.emit(event)


class Answer(Generic[T]):
    """What will come of a question; callbacks run in the UI thread, unless the widget they belong to is gone."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._then: Callable[[T], object] | None = None
        self._failed: Callable[[ErrorText], object] | None = None
        self._dropped = False

    def then(self, callback: Callable[[T], object]) -> Answer[T]:
        """Call this with the answer."""
        self._then = callback
        return self

    def or_fail(self, callback: Callable[[ErrorText], object]) -> Answer[T]:
        """Call this with the words of an error, instead of the window's own notice."""
        self._failed = callback
        return self

    def drop(self) -> None:
        """Nobody wants to know any more: a newer question has taken its place."""
        self._dropped = True

    def give(self, value: T) -> None:
        """For the bridge: the answer is there."""
        if self._then is not None and not self._dropped and lives(self._then):
            self._then(value)

    def fail(self, error: ErrorText) -> None:
        """For the bridge: there is none."""
        if self._dropped:
            return
        if self._failed is None:
            self._bridge.failed.emit(error)
        elif lives(self._failed):
            self._failed(error)


def lives(callback: Callable[..., object]) -> bool:
    """Whether the widget that a callback belongs to is still there; what belongs to none always is."""
    owner = getattr(callback, "__self__", None)
    return not isinstance(owner, QObject) or shiboken6.isValid(owner)
