"""What a live phase plays: packs of frames that lie on the board, or the board's own camera."""

from __future__ import annotations

from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

from .protocol import E_USAGE, CommandError
from .schema import is_sha256

RATES = ("camera", "full", "step")
"""By the clock, as frames come; back to back; one for each `step`."""
PACKS, CAMERA = "packs", "camera"


class LivePack(NamedTuple):
    """Frames of the source, one after another, as a pack on the board."""

    sha256: str
    frames: int


class LiveSource(NamedTuple):
    """Where frames come from."""

    kind: str
    """`packs` or `camera`."""
    total: int
    """Frames of the whole source, over which it goes round; 0 for a camera."""
    packs: Tuple[LivePack, ...]
    """The first ones; others are told while it plays (`pack`)."""
    each: int
    """Frames in each pack but the last; 0 for a camera."""
    device: str
    """Of a camera: its number, its path, or a GStreamer pipeline."""
    mode: str
    pad: int
    anchor: str
    """How a camera's frames are fitted (`fitting.py`)."""


class Live(NamedTuple):
    """A live phase: it plays until it is told to stop."""

    source: LiveSource
    rate: str
    fps: Optional[float]
    """Frames a second by the clock; None for a camera, which has its own."""
    boxes_from: float
    """Least score of the boxes that are sent, below the threshold that is measured with."""
    boxes_hz: float
    """Most frames a second whose boxes are sent and kept."""
    picture_hz: float
    """Of a camera: most pictures a second that are sent; 0 sends none."""
    picture_width: int
    """Of a camera's pictures, at most."""
    exact_hz: float
    """Of a camera: fitted frames a second that are sent as they are, for the reference."""


class Begin(NamedTuple):
    """Where a worker begins, or goes on where another one died."""

    labels: Tuple[int, int, int]
    """Phase, start and pass of its rows."""
    next_id: int
    """The running number of its first frame."""
    at: int
    """The place in the source of its first frame."""
    rate: str
    fps: Optional[float]
    steps: int
    """Frames to be played at the rate `step`, asked for already."""
    packs: Mapping[int, LivePack]
    """By place, those that lie on the board now."""


def check_message(message: Dict[str, Any]) -> None:
    """Whether a run that plays live takes this message: `rate`, `step`, `pack` or `drop`.

    Raises:
        CommandError: E_USAGE.
    """
    tell = message.get("tell")
    fps = message.get("fps")
    good = {
        "rate": message.get("rate") in RATES
        and (fps is None or (type(fps) in (int, float) and 0.001 <= fps <= 100000)),
        "step": _is_count(message.get("count"), 1, 10**6),
        "pack": is_sha256(message.get("sha256"))
        and _is_count(message.get("count"), 1, 10**6)
        and _is_count(message.get("place"), 0, 10**7),
        "drop": _is_count(message.get("place"), 0, 10**7),
    }
    if not (isinstance(tell, str) and good.get(tell)):
        raise CommandError(E_USAGE, "a live run takes no message %s" % repr(message)[:200])


def _is_count(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most
