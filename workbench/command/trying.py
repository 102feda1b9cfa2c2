"""The command that plays frames live: what it takes, and what it says at the end."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.base.errors import UsageError
from workbench.base.events import Event, JobEnded
from workbench.base.live import LiveBatch
from workbench.command import exit_codes
from workbench.command.console import Console
from workbench.command.options import BoardName, ProjectFolder, TrustHead, choose_board, trust_own_head
from workbench.command.work import carry_out
from workbench.evaluate.wording import count, number
from workbench.orders.live import CAMERA_PREFIX, LiveOrder, LiveOutcome, Step

if TYPE_CHECKING:
    from workbench.jobs.handle import JobHandle
    from workbench.session import Session

STDIN = 0
_BLOCK_BYTES = 4096


def try_engine(
    console: Console,
    project: ProjectFolder,
    board: BoardName = None,
    source: Annotated[
        str | None, typer.Option(metavar="PATH", help="A folder of images or a video; else the test frames.")
    ] = None,
    camera: Annotated[
        str | None, typer.Option(metavar="CAMERA", help="The board's own: a number, a path, or a GStreamer pipeline.")
    ] = None,
    engine: Annotated[
        str | None, typer.Option(metavar="SHA256", help="The beginning of its sha256; else that of the documents.")
    ] = None,
    release: Annotated[str | None, typer.Option(metavar="ID", help="An installed release, as it is.")] = None,
    rate: Annotated[
        str, typer.Option(metavar="camera|full|step", help="As frames come, back to back, or one for each Enter.")
    ] = "camera",
    fps: Annotated[float | None, typer.Option(help="Frames a second of a folder at the rate camera; else 30.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="How long; else until Ctrl-C.")] = None,
    confidence: Annotated[float | None, typer.Option(help="What counts as found; else the project's.")] = None,
    trust_head: TrustHead = None,
) -> int:
    """Play frames through an engine on a board until Ctrl-C. It is recorded, and it is not evidence."""
    trust_own_head(project, trust_head)
    chosen = _engine(engine, release)
    played = _source(source, camera)

    def order_of(session: Session) -> LiveOrder:
        return LiveOrder(
            project,
            choose_board(project, board),
            engine=chosen,
            source=played,
            rate=rate,
            fps=fps,
            confidence=confidence,
            seconds=seconds,
            telemetry_hz=session.settings.telemetry_hz,
            reference=False,
            show=False,
        )

    return carry_out(console, order_of, show_try, begun=Stepper if rate == "step" else None)


def _engine(engine: str | None, release: str | None) -> str:
    if engine is not None and release is not None:
        raise UsageError("--engine and --release name two things to play through", "Give one of them.")
    return f"engine:{engine}" if engine is not None else f"release:{release}" if release is not None else ""


def _source(source: str | None, camera: str | None) -> str:
    if source is not None and camera is not None:
        raise UsageError("--source and --camera name two things to play", "Give one of them.")
    if camera is not None:
        return f"{CAMERA_PREFIX}{camera}"
    if source is None:
        return ""
    here = Path(source).expanduser()
    return str(here.absolute()) if here.exists() else source


class Stepper:
    """Plays one frame for each line of standard input; ends the try once the last of them is played."""

    def __init__(self, handle: JobHandle) -> None:
        self._handle = handle
        self._changed = threading.Condition()
        self._frames: int | None = None
        """How many were played; None before it plays at all."""
        self._ended = False
        handle.subscribe(self._on_event)
        threading.Thread(target=self._read, name="steps", daemon=True).start()

    def _on_event(self, event: Event) -> None:
        with self._changed:
            if isinstance(event, LiveBatch):
                self._frames = event.frames
            self._ended = self._ended or isinstance(event, JobEnded)
            self._changed.notify_all()

    def _read(self) -> None:
        self._await(0)
        asked = 0
        # Past sys.stdin, whose lock a thread that waits for ever would keep from the end of the process.
        while not self._ended and (data := os.read(STDIN, _BLOCK_BYTES)):
            lines = data.count(b"\n")
            if lines and not self._ended:
                asked += lines
                self._handle.tell(Step(lines))
        self._await(asked)
        self._handle.cancel()

    def _await(self, frames: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._ended or (self._frames is not None and self._frames >= frames))


def show_try(console: Console, outcome: LiveOutcome) -> int:
    """What a try came to, for people."""
    fps = "" if outcome.fps is None else f", {number(outcome.fps)} frames a second"
    console.say(f"{count(outcome.frames, 'frame')} in {outcome.seconds:.1f} s{fps}, {outcome.dropped} dropped")
    if outcome.latency_p50_ms is not None and outcome.latency_p99_ms is not None:
        longest = f", longest {number(outcome.latency_max_ms)} ms" if outcome.latency_max_ms is not None else ""
        console.say(
            f"latency p50 {number(outcome.latency_p50_ms)} ms, p99 {number(outcome.latency_p99_ms)} ms{longest}"
        )
    if outcome.errors:
        console.say(f"{count(outcome.errors, 'inference')} failed")
    console.say(f"{outcome.text}; recorded as {outcome.run}; not evidence")
    return exit_codes.PASSED
