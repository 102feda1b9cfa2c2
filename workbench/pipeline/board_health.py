"""Watching boards: figures once a second, a minute's worth of history, and patience with links that break."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from targets.agent_client import AgentClient
from targets.board_values import Sample
from targets.facts import BoardFacts
from targets.inventory import open_board
from targets.kept_facts import keep_failure, keep_state, load_kept
from targets.kept_history import STEP_S, Point, keep_point
from targets.road import Stage
from workbench.base.cancel import CancelToken
from workbench.base.errors import BoardError, Cancelled, SlipwayError
from workbench.base.events import Level, LiveValues, ResultPart
from workbench.orders.boards import HEALTH, BoardHealth
from workbench.pipeline.boards import agent_of

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

STATE_S: Final = 10.0
"""How often what changes slowly is asked for: disk, lock, all temperatures."""
WAITS_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Between attempts to reach a board again; the last one from then on."""
_QUIET: Final = (Stage.CONNECT, Stage.HANDSHAKE)
"""Failures that a watch may keep: the others come of asking nobody."""


def watch_boards(names: Sequence[str], rate_hz: float, seconds: float | None, context: JobContext) -> None:
    """Watch until the job is cancelled, or for some seconds."""
    stop = CancelToken()
    forget = context.cancel.pass_to(stop)
    threads = [
        threading.Thread(target=_Watch(name, rate_hz, context, stop).run, name=f"watch-{name}", daemon=True)
        for name in names
    ]
    try:
        for thread in threads:
            thread.start()
        stop.wait(threading.TIMEOUT_MAX if seconds is None else seconds)
    finally:
        stop.request()
        for thread in threads:
            thread.join()
        forget()
    context.check()


class _Watch:
    """One board; belongs to its thread."""

    def __init__(self, name: str, rate_hz: float, context: JobContext, stop: CancelToken) -> None:
        self._name, self._rate_hz, self._context, self._stop = name, rate_hz, context, stop
        self._minute = _Minute()
        self._failures = 0
        facts = load_kept(context.home, name).facts
        self._memory_bytes = None if facts is None else facts.memory_bytes

    def run(self) -> None:
        """Connect, watch, and again after each break."""
        try:
            while not self._stop.cancelled and self._once():
                pass
        except Cancelled:
            return
        except Exception as error:  # boundary: the thread of one board; the others are watched on
            if self._stop.cancelled:  # a job that was given up takes nothing any more
                return
            self._context.log(Level.ERROR, f"{self._name} is not watched any more: {type(error).__name__}: {error}")

    def _once(self) -> bool:
        """One connection; False where another one would need a person."""
        self._tell("connecting", live=False)
        board = open_board(self._name)
        try:
            with agent_of(board, self._context, keep=False) as client:
                self._failures = 0
                self._tell("live", live=True)
                self._watch(client)
            return not self._stop.cancelled
        except BoardError as error:
            if self._stop.cancelled:
                return False
            if board.road.stage in _QUIET and board.road.stops:
                self._keep(partial(keep_failure, self._context.home, self._name, error, board.road))
            elif board.road.stage is not Stage.DONE:
                self._tell(f"not watched: {error.summary}", live=False)
                return False
            return self._wait(error)

    def _wait(self, error: BoardError) -> bool:
        wait_s = WAITS_S[min(self._failures, len(WAITS_S) - 1)]
        self._failures += 1
        self._tell(f"tried again in {wait_s:.0f} s: {error.summary}", live=False)
        return not self._stop.wait(wait_s)

    def _watch(self, client: AgentClient) -> None:
        ended = CancelToken()
        forget = self._stop.pass_to(ended)
        asker = threading.Thread(target=self._ask, args=(client, ended), name=f"state-{self._name}", daemon=True)
        asker.start()
        try:
            client.watch(self._rate_hz, self._on_sample, ended)
        finally:
            ended.request()
            asker.join()
            forget()

    def _ask(self, client: AgentClient, ended: CancelToken) -> None:
        """Keep what changes slowly, until the link or the watch ends."""
        with suppress(Cancelled, BoardError):
            while True:
                facts = client.state(BoardFacts(), ended)
                self._keep(partial(keep_state, self._context.home, self._name, facts))
                if ended.wait(STATE_S):
                    return

    def _on_sample(self, sample: Sample) -> None:
        stream = f"{HEALTH} {self._name}"
        free = sample.values.get("memory_available_bytes")
        used_gb = None if free is None or self._memory_bytes is None else (self._memory_bytes - free) / 1e9
        values = {**sample.values, "memory_used_gb": used_gb}
        self._context.publish(LiveValues(self._context.job_id, stream, sample.mono_ns / 1e9, values))
        point = self._minute.add(sample, time.time())
        if point is not None:
            self._keep(partial(keep_point, self._context.home, self._name, point))

    def _keep(self, act: Callable[[], object]) -> None:
        try:
            act()
        except SlipwayError as error:
            self._context.log(Level.WARNING, f"what {self._name} told is not kept: {error.summary}")

    def _tell(self, text: str, *, live: bool) -> None:
        part = BoardHealth(self._name, live, text)
        self._context.publish(ResultPart(self._context.job_id, HEALTH, part))


class _Minute:
    """Gathers the samples of one minute."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._hot: list[float] = []
        self._busy: list[float] = []

    def add(self, sample: Sample, now: float) -> Point | None:
        """Take a sample; the minute that it ended, if it did. The first one counts at once."""
        hot, busy = sample.values.get("temperature_c"), sample.values.get("cpu_percent")
        self._hot += [] if hot is None else [hot]
        self._busy += [] if busy is None else [busy]
        if self._began is not None and now - self._began < STEP_S:
            return None
        if not self._busy and not self._hot:  # the first sample of a processor has no share yet
            return None
        point = Point(now, max(self._hot, default=None), sum(self._busy) / len(self._busy) if self._busy else None)
        self._began, self._hot, self._busy = now, [], []
        return point
