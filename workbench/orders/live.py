"""Playing frames through an engine on a board, watched live: the order, and what may be told to it while it works."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

RATES: Final = ("camera", "full", "step")
"""As frames come; back to back; one for each `Step`."""
CAMERA_PREFIX: Final = "camera:"


@dataclass(frozen=True)
class LiveOrder:
    """Play a source through an engine until somebody stops it; recorded as a try, which is no evidence.

    Stopping is its normal end: the order then succeeds, with what it recorded. `session.tell` changes it meanwhile.
    """

    project: Path
    board: str
    engine: str = ""
    """`release:<id>`: as it is installed. `engine:<beginning of a sha256>`: installed where it is not. Empty: the
    engine of the candidate that the documents ask for."""
    source: str = ""
    """A folder of images or a video, or `camera:<number, path or GStreamer pipeline>` for the board's own camera.
    Empty: the frames that the documents test with."""
    rate: str = "camera"
    fps: float | None = None
    """Of a folder at the rate `camera`; a video and a camera have their own."""
    confidence: float | None = None
    """What is shown as found; the project's where it is None."""
    seconds: float | None = None
    """Ends by itself after so long; None goes on until it is stopped."""
    telemetry_hz: float = 10.0
    reference: bool = True
    """Whether the reference runs on this machine, beside it and with what is left of the processor."""
    show: bool = True
    """Whether pictures are made ready for a window (shared memory)."""
    show_hz: float = 30.0

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Live {self.project.name} on {self.board}"

    def run(self, context: JobContext) -> LiveOutcome:
        """Play until stopped; what was recorded.

        Raises:
            UsageError: the engine or the source is not there, or cannot be played.
            BoardError: the board or its camera refused.
            LinkLost: the link went; what the board recorded is fetched by the next job on it.
        """
        from workbench.live.play import play

        return play(self, context)


@dataclass(frozen=True)
class LiveOutcome:
    """A try that ended."""

    run: str
    """Its id."""
    folder: Path
    frames: int
    seconds: float
    fps: float | None
    latency_p50_ms: float | None
    latency_p99_ms: float | None
    latency_max_ms: float | None
    dropped: int
    errors: int
    text: str
    """How it ended, in words."""
    evidence: bool = False
    """Never: a try is not evidence."""


@dataclass(frozen=True)
class Step:
    """Play so many frames more; only at the rate `step`."""

    count: int = 1


@dataclass(frozen=True)
class SetRate:
    """Go on at another rate."""

    rate: str
    fps: float | None = None


@dataclass(frozen=True)
class SetConfidence:
    """Match anew with another confidence; the answer is a `LiveFrame` of the frame that is meant."""

    confidence: float
    frame_id: int | None = None
    """A frame of the last 20 s that somebody looks at (paused); None is the newest one."""


@dataclass(frozen=True)
class Mark:
    """Put a mark on the time axis, and into the record."""

    text: str
    t_s: float | None = None
    """None is now."""


LiveMessage = Step | SetRate | SetConfidence | Mark
