"""The widgets of the Live page that every way to show a run fills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ui.pages.live.inspector import LiveInspector
from ui.pages.live.plot_wall import PlotWall
from ui.pages.live.tiles_row import TilesRow
from ui.pages.live.video_card import VideoCard
from ui.widgets.frame_view import Picture
from ui.widgets.time_axis import Mark, TimeAxis
from workbench.base.live import LiveBox, LiveMark

MARK_STATES = {
    "start": "accent",
    "worker": "accent",
    "rate": "text2",
    "throttle": "warn",
    "gap": "warn",
    "finding": "review",
    "end": "text2",
    "error": "err",
}


@dataclass(frozen=True)
class Stage:
    """What is filled."""

    axis: TimeAxis
    wall: PlotWall
    tiles: TilesRow
    video: VideoCard
    inspector: LiveInspector

    def clear(self, sentence: str) -> None:
        """Show nothing, and say why."""
        self.axis.forget()
        self.wall.show_nothing("Nothing recorded yet")
        self.tiles.clear()
        self.video.say(sentence)
        self.video.status.setText("")
        self.inspector.show_box(None)

    def show_marks(self, marks: Sequence[LiveMark]) -> None:
        """Show what happened, on every row."""
        self.axis.set_marks([Mark(mark.t_s, mark.text, MARK_STATES.get(mark.kind, "accent")) for mark in marks])
        self.inspector.refresh_events()

    def mark_loss(self) -> None:
        """Say on every row where the link was lost: from there on nothing is known."""
        self.axis.set_marks([*self.axis.marks, Mark(self.axis.now_s, "Link lost", MARK_STATES["error"])])
        self.inspector.refresh_events()

    def show_frame(
        self, frame_id: int, picture: Picture | None, boxes: Sequence[LiveBox], reference: str, badge: str
    ) -> None:
        """Show a frame with its own boxes; `badge` says why they were held against nothing."""
        self.video.show_frame(frame_id, picture, boxes, compared=reference == "there", badge=badge)
        self.inspector.show_box(self.video.chosen)


def frame_caption(name: str, frame_id: int, when: str) -> str:
    """What stands over the left corner of a picture."""
    return "  ".join(part for part in (f"frame {frame_id}", name, when) if part)


def size_caption(width: int, height: int, fps: float | None, age_ms: float | None) -> str:
    """What stands over the right corner."""
    parts = [f"{width}\u00d7{height}"] if width and height else []
    parts += [f"{fps:.1f} fps"] if fps is not None else []
    parts += [f"age {age_ms:.0f} ms"] if age_ms is not None else []
    return "  ".join(parts)
