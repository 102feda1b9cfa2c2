"""Jobs that the tests of executors submit; a module of its own, light, so that workers can import it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from workbench.base.errors import Cancelled, LinkLost, UsageError
from workbench.base.events import Event, Level, LiveValues, RecordWritten
from workbench.jobs.context import JobContext

PATIENCE_S = 60.0


@dataclass(frozen=True)
class Sample:
    title: str = "a sample"
    board: str | None = None


@dataclass(frozen=True)
class Telling(Sample):
    """Tells one event of most kinds and returns what it was given."""

    value: int = 7

    def run(self, context: JobContext) -> object:
        context.step("first", "First step")
        for number in range(101):
            context.progress(number / 100, f"{number} of 100")
        context.end_step("done")
        context.step("second", "Second step", "the model changed")
        context.publish(LiveValues(context.job_id, "telemetry", 1.5, {"cpu_percent": 3.0, "power_w": None}))
        context.log(Level.WARNING, "mind the gap")
        context.publish(RecordWritten(context.job_id, "run", "runs/1/run.json", "run 1"))
        return {"value": self.value, "home": str(context.home), "by": context.by.name, "pid": os.getpid()}


@dataclass(frozen=True)
class Small(Sample):
    value: int = 0

    def run(self, context: JobContext) -> int:
        context.progress(None, "counting")
        return self.value + 1


@dataclass(frozen=True)
class Failing(Sample):
    """Fails in the way that its name says."""

    how: str = "usage"

    def run(self, context: JobContext) -> object:
        context.step("only", "Only step")
        context.progress(0.5, "half")
        context.progress(0.6, "a little more")
        if self.how == "usage":
            raise UsageError("no such layer: conv9", "Did you mean conv1?", "layers: conv1, conv2")
        if self.how == "lost":
            raise LinkLost("the link to jetson is gone", "Check the board by hand.")
        if self.how == "cancelled":
            raise Cancelled
        if self.how == "exit":
            sys.exit(3)
        if self.how == "interrupt":
            raise KeyboardInterrupt
        if self.how == "clean-up":
            try:
                raise UsageError("the first failure")
            finally:
                Path("/nowhere/at/all").unlink()
        if self.how == "result":
            return threading.Lock()
        raise ZeroDivisionError("by zero")


@dataclass(frozen=True)
class Waiting(Sample):
    """Works until it is stopped; tells the file `began` that it works."""

    began: Path | None = None
    obeys: bool = True

    def run(self, context: JobContext) -> object:
        context.step("wait", "Waits")
        if self.began:
            self.began.touch()
        deadline_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline_s:
            if self.obeys:
                context.cancel.wait(PATIENCE_S)
                context.check()
            elif context.cancel.urgent and wait_until_given_up(context):
                return "given up"
            time.sleep(0.005)
        return "nobody stopped it"


@dataclass(frozen=True)
class Stubborn(Sample):
    """Works on whatever it is asked, and tells nothing; its thread has to be left behind."""

    began: Path = Path()

    def run(self, context: JobContext) -> object:
        context.log(Level.INFO, "works")
        self.began.touch()
        time.sleep(PATIENCE_S)
        return None


def wait_until_given_up(context: JobContext) -> bool:
    """In a thread: works on until its events are refused. In a process this never gets that far: it is killed."""
    try:
        context.log(Level.INFO, "still here")
    except Exception:
        return True
    return False


@dataclass(frozen=True)
class Asking(Sample):
    kind: str = "choice"

    def run(self, context: JobContext) -> str:
        about_board = self.kind == "confirm"
        choices = ("yes", "no") if about_board else ("red", "green")
        return context.ask(self.kind, "Which colour?", choices, "--colour", about_board=about_board)


@dataclass(frozen=True)
class Crashing(Sample):
    """Ends its own process; only for workers."""

    how: str = "kill"

    def run(self, context: JobContext) -> object:
        context.step("crash", "Crashes")
        os.write(2, b"the last words\n")
        if self.how == "exit":
            os._exit(42)
        os.kill(os.getpid(), signal.SIGKILL if self.how == "kill" else signal.SIGSEGV)
        return "survived"


@dataclass(frozen=True)
class Afterwards(Sample):
    """Leaves a thread that goes on telling after the job's end, and notes what happens to it."""

    note: Path = Path()

    def run(self, context: JobContext) -> object:
        def tell_until_refused() -> None:
            try:
                while True:
                    context.log(Level.INFO, "still here")
                    time.sleep(0.001)
            except Exception as error:
                self.note.write_text(str(error))

        threading.Thread(target=tell_until_refused).start()
        return None


@dataclass(frozen=True)
class Novelty:
    """An event of a kind that nobody here knows."""

    job_id: str
    text: str


@dataclass(frozen=True)
class Innovating(Sample):
    def run(self, context: JobContext) -> object:
        event: Event = Novelty(context.job_id, "from the future")  # type: ignore[assignment]
        context.publish(event)
        return None


@dataclass(frozen=True)
class Logging(Sample):
    """Writes when it began and ended, so that a test sees what ran side by side."""

    log: Path = Path()
    gate: Path | None = None

    def run(self, context: JobContext) -> object:
        self._write("began")
        deadline_s = time.monotonic() + PATIENCE_S
        while self.gate is not None and not self.gate.exists() and time.monotonic() < deadline_s:
            context.check()
            time.sleep(0.005)
        self._write("ended")
        return None

    def _write(self, what: str) -> None:
        with self.log.open("a") as stream:
            stream.write(f"{self.title} {what}\n")


@dataclass(frozen=True)
class Listening(Sample):
    """Returns what it was told, once that many messages came."""

    count: int = 2

    def run(self, context: JobContext) -> object:
        context.log(Level.INFO, "listening")
        return tuple(context.messages.get(timeout=PATIENCE_S) for _ in range(self.count))
