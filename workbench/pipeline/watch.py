"""Live telemetry of a board, and the latency of a run where one works on it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from targets.agent_client import AgentClient
from targets.board_values import Sample
from workbench.base.cancel import CancelToken
from workbench.base.errors import Cancelled, SlipwayError
from workbench.base.events import Level, LiveValues
from workbench.pipeline.boards import agent_of, reach
from workbench.verify.watcher import RunWatcher

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

RUNNING = "running"


@dataclass(frozen=True)
class WatchJob:
    """Watching needs no lock; it ends when it is cancelled, or after some seconds."""

    board_name: str
    rate_hz: float = 1.0
    seconds: float | None = None

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Watch {self.board_name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on the board."""
        return None

    def run(self, context: JobContext) -> None:
        """Publish live values until it is stopped."""
        stop = CancelToken()
        forget = context.cancel.pass_to(stop)
        timer = threading.Timer(self.seconds, stop.request) if self.seconds is not None else None
        try:
            with agent_of(reach(self.board_name, context), context) as client:
                if timer is not None:
                    timer.start()
                self._watch(client, context, stop)
        finally:
            forget()
            if timer is not None:
                timer.cancel()
        context.check()

    def _watch(self, client: AgentClient, context: JobContext, stop: CancelToken) -> None:
        follower = threading.Thread(target=_follow, args=(client, context, stop), name="watch-run")
        follower.start()
        try:
            client.watch(self.rate_hz, lambda sample: _publish(context, sample), stop)
        finally:
            stop.request()
            follower.join()


def _publish(context: JobContext, sample: Sample) -> None:
    context.publish(LiveValues(context.job_id, "telemetry", sample.mono_ns / 1e9, sample.values))


def _follow(client: AgentClient, context: JobContext, stop: CancelToken) -> None:
    """Tell the latencies of runs as they come; a board without a run is looked at again every two seconds."""
    try:
        while not stop.wait(2.0):
            for run in client.run_list(stop):
                if run.state == RUNNING:
                    watcher = RunWatcher((), _Teller(context), lambda _position, _outputs: None, lambda _passes: None)
                    client.follow(run.run, watcher.take, run.cursor, stop)
    except Cancelled:
        return
    except SlipwayError as error:
        if not stop.cancelled:
            context.log(Level.WARNING, f"the run on the board cannot be followed: {error.summary}")


@dataclass(frozen=True)
class _Teller:
    """What a watcher tells of a run that is not ours: its latencies; the telemetry comes from the agent already."""

    context: JobContext

    def progress(self, fraction: float | None, text: str) -> None:
        """Nobody waits for somebody else's run."""

    def log(self, level: Level, text: str) -> None:
        """A line for the log."""
        self.context.log(level, text)

    def live(self, stream: str, mono_s: float, values: object) -> None:
        """Latencies only."""
        if stream == "latency" and isinstance(values, dict):
            self.context.publish(LiveValues(self.context.job_id, stream, mono_s, values))
