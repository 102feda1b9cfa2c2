"""A finished run on the page: its curves, its events, and the frame of the moment that is looked at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from ui.pages.live.plot_wall import RECORDED
from ui.pages.live.stage import MARK_STATES, Stage, frame_caption, size_caption
from ui.widgets.plot_head import Channel
from ui.widgets.ticks import since_text
from ui.widgets.time_axis import Mark
from workbench.telemetry.ranges import Gap
from workbench.telemetry.recorded_source import Detail, Overview, RecordedSource
from workbench.views.live import (
    RangeFigures,
    RecordedFrame,
    RecordedRun,
    Series,
    measure_range,
    read_frame,
    read_range,
)

if TYPE_CHECKING:
    from ui.bridge import Answer, Bridge
    from workbench.base.events import ErrorText
    from workbench.base.live import LiveBox

SETTLE_MS = 60
IN_TILES = {"Span", "Rate", "Latency p50", "Latency p99"}
"""Figures of a range that stand elsewhere already."""
MARGIN = 0.5
"""Raw values are asked for by half a range more at each side, so that a small pan needs nothing."""


class Recorded(QObject):
    """Shows one run that has ended. Only the newest question counts."""

    changed = Signal()
    """Another frame is shown."""
    failed = Signal(object)
    """The ErrorText of a frame or range that could not be read."""

    def __init__(
        self, stage: Stage, bridge: Bridge, project: Path, run: RecordedRun, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._stage, self._bridge, self._project, self.run = stage, bridge, project, run
        self._sources: dict[str, tuple[RecordedSource, tuple[Channel, ...]]] = {}
        self._keys: dict[str, tuple[str, ...]] = {}
        self._frame_asked: Answer[RecordedFrame | None] | None = None
        self._range_asked: Answer[tuple[Series, ...]] | None = None
        self._figures_asked: Answer[RangeFigures] | None = None
        self._asked_range = (0.0, 0.0)
        self.frame: RecordedFrame | None = None
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLE_MS)
        self._settled.timeout.connect(self._on_settled)
        stage.axis.cursor_changed.connect(self._on_cursor)
        stage.axis.range_changed.connect(self._settled.start)
        stage.video.confidence_changed.connect(self._on_confidence)
        stage.video.box_chosen.connect(self._on_box)
        self._show()

    @property
    def recorded_text(self) -> str:
        """How long it is."""
        return since_text(self.run.seconds)

    def close(self) -> None:
        """Show it no more."""
        self._settled.stop()
        for asked in (self._frame_asked, self._range_asked, self._figures_asked):
            if asked is not None:
                asked.drop()
        self._stage.axis.cursor_changed.disconnect(self._on_cursor)
        self._stage.axis.range_changed.disconnect(self._settled.start)
        self._stage.video.confidence_changed.disconnect(self._on_confidence)
        self._stage.video.box_chosen.disconnect(self._on_box)

    def _show(self) -> None:
        stage, run = self._stage, self.run
        gaps = [Gap(mark.t_s, mark.until_s) for mark in run.marks if mark.kind == "gap" and mark.until_s is not None]
        recorded = {channel.key: channel for channel in run.channels}
        for group, looks in RECORDED.items():
            found = [(recorded[key], look) for key, look in looks if key in recorded]
            if found:
                curves = [Overview(look.name, one.t_s, one.low, one.high, one.mean) for one, look in found]
                source = RecordedSource(curves, gaps, run.seconds)
                self._sources[group] = (source, tuple(look for _, look in found))
                self._keys[group] = tuple(one.key for one, _ in found)
        stage.axis.set_extent(0.0, run.seconds)
        stage.wall.show_recorded(self._sources)
        stage.axis.set_marks([Mark(mark.t_s, mark.text, MARK_STATES.get(mark.kind, "accent")) for mark in run.marks])
        stage.inspector.refresh_events()
        stage.video.set_confidence(run.confidence)
        stage.video.view.set_live(False)
        stage.video.say(run.frames_text or "No frame of this run can be shown")
        stage.video.status.setText(run.missing_text)
        stage.axis.see_all()
        if run.has_frames:
            stage.axis.set_cursor(0.0)

    def _on_cursor(self, moment_s: float | None) -> None:
        if moment_s is not None and self.run.has_frames:
            self._ask_frame(moment_s)

    def _on_confidence(self, _confidence: float) -> None:
        moment_s = self._stage.axis.cursor_s
        if moment_s is not None and self.run.has_frames:
            self._ask_frame(moment_s)

    def show_frame(self, moment_s: float, frame_id: int | None) -> None:
        """Put the cursor on a moment, and show the very frame that is meant there."""
        self._stage.axis.set_cursor(moment_s)
        if self.run.has_frames:
            self._ask_frame(moment_s, frame_id)

    def _ask_frame(self, moment_s: float, frame_id: int | None = None) -> None:
        if self._frame_asked is not None:
            self._frame_asked.drop()
        confidence = self._stage.video.confidence
        ask = self._bridge.ask(read_frame, self._project, self.run.run, moment_s, confidence, frame_id)
        self._frame_asked = ask.then(self._on_frame).or_fail(self._on_no_frame)

    def _on_frame(self, frame: RecordedFrame | None) -> None:
        self.frame = frame
        self.changed.emit()
        video = self._stage.video
        if frame is None:
            video.say("This run kept no detections")
            return
        if frame.pixels is None:
            video.say(frame.picture_text)
        else:
            badge = "" if frame.reference == "there" else frame.reference_text or frame.picture_text
            self._stage.show_frame(frame.frame_id, frame.pixels, frame.boxes, frame.reference, badge)
        latency = "" if frame.latency_ms is None else f"{frame.latency_ms:.1f} ms"
        video.view.set_captions(
            frame_caption(frame.name, frame.frame_id, since_text(frame.t_s, 0.5)),
            "  ".join(
                part for part in (size_caption(frame.frame_width, frame.frame_height, None, None), latency) if part
            ),
        )

    def _on_no_frame(self, error: ErrorText) -> None:
        self.frame = None
        self._stage.video.say("This moment cannot be read")
        self.changed.emit()
        self.failed.emit(error)

    def _on_no_figures(self, error: ErrorText) -> None:
        self._stage.tiles.show_unread()
        self._stage.video.status.setText("The figures of this range cannot be read")
        self.failed.emit(error)

    def _on_box(self, box: LiveBox | None) -> None:
        self._stage.inspector.show_box(box)

    def _on_settled(self) -> None:
        """The range came to rest: its figures, and raw values where few points are in sight."""
        start, end = self._stage.axis.range
        self._ask_figures(max(0.0, start), min(self.run.seconds, end))
        if not any(source.wants_detail(start, end) for source, _ in self._sources.values()):
            return
        margin = MARGIN * (end - start)
        self._asked_range = (max(0.0, start - margin), min(self.run.seconds, end + margin))
        if self._range_asked is not None:
            self._range_asked.drop()
        keys = tuple(key for group in self._keys.values() for key in group)
        columns = 2 * self._stage.wall.columns
        ask = self._bridge.ask(read_range, self._project, self.run.run, *self._asked_range, keys, columns)
        self._range_asked = ask.then(self._on_details).or_fail(self.failed.emit)

    def _ask_figures(self, start_s: float, end_s: float) -> None:
        if self._figures_asked is not None:
            self._figures_asked.drop()
        ask = self._bridge.ask(measure_range, self._project, self.run.run, start_s, end_s)
        self._figures_asked = ask.then(self._on_figures).or_fail(self._on_no_figures)

    def _on_figures(self, figures: RangeFigures) -> None:
        self._stage.tiles.show_tiles(figures.tiles)
        words = "   ".join(f"{name} {value}" for name, value in figures.rows if name not in IN_TILES)
        self._stage.video.status.setText(f"In sight: {words}" if words else self.run.missing_text)

    def _on_details(self, series: tuple[Series, ...]) -> None:
        found = {one.key: Detail(one.t_s, one.values) for one in series}
        for group, (source, _looks) in self._sources.items():
            source.set_detail(*self._asked_range, [found.get(key) for key in self._keys[group]])
        self._stage.wall.refresh()
