"""Asks for the evidence below the table: latency, worst frames, losses; it follows the selected row."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from ui.desk import Desk
from ui.pages.asking import Asking
from ui.pages.verify.requirements import Requirements
from workbench.base.events import ErrorText
from workbench.views.verify.frames import read_frame, read_worst
from workbench.views.verify.latency import read_latency
from workbench.views.verify.losses import read_losses
from workbench.views.verify.running import Running
from workbench.views.verify.values import FramePair, LatencyView, Losses, RequirementRow, VerifyPage, WorstFrames

FRAME_PX = 960
OF_FRAMES = ("detection_iou", "accuracy", "output_difference")
"""Kinds of requirement whose run the frames are of, the first that there is where none of them is selected."""


_Shown = tuple[str, float | None]
"""The run that is shown, and the limit that counts now where it is another than the run's."""


class Evidence(QObject):
    """Belongs to the Verify page; shows in the widgets of its tab of requirements."""

    failed = Signal(object)
    """An ErrorText: something of what the rows rest on cannot be read."""

    def __init__(self, desk: Desk, shown: Requirements) -> None:
        super().__init__(shown)
        self._desk, self._shown = desk, shown
        self._asking = Asking()
        self._page: VerifyPage | None = None
        self._running: Running | None = None
        self._latency_of: _Shown = ("", None)
        self._frames_of: _Shown = ("", None)
        self._cause = self._passed = ""
        shown.latency.pass_chosen.connect(self._on_pass)
        shown.losses.cause_chosen.connect(self._on_cause)
        shown.frames.frame_chosen.connect(self._on_frame)

    def forget(self) -> None:
        """What was shown does not count any more."""
        self._latency_of = self._frames_of = ("", None)

    def show_page(self, page: VerifyPage) -> None:
        """Show what a page's rows rest on."""
        self._page = page
        if not page.shown_run:
            self._shown.latency.show_nothing("Nothing was measured yet.")
            self._shown.frames.show_nothing("No frames were compared yet.")
            self._shown.losses.show_losses(None)
            return
        self._ask_latency(page)
        self.follow(self._shown.table.current)

    def follow(self, row: RequirementRow | None) -> None:
        """The frames are of the run of the selected row, where it is about frames."""
        page, project = self._page, self._desk.project
        if page is None or project is None or not page.shown_run:
            return
        run = row.run if row is not None and row.kind in OF_FRAMES and row.run else _run_of(page, OF_FRAMES)
        wanted = (run, _new_limit(page, "detection_iou"))
        if wanted == self._frames_of:
            return
        self._frames_of = wanted
        bridge = self._desk.bridge
        worst = bridge.ask(read_worst, project, run, self._cause).or_fail(self._on_no_frames)
        self._asking.ask("worst", worst, self._on_worst)
        losses = bridge.ask(read_losses, project, *wanted).or_fail(self._on_no_losses)
        self._asking.ask("losses", losses, self._on_losses)

    def show_running(self, running: Running | None) -> None:
        """Latencies of the run that goes take the place of the old ones, once there are some."""
        self._running = running
        rows = self._page.rows if self._page is not None else ()
        limit = next((row.limit for row in rows if row.kind == "latency"), None)
        view = None if running is None else running.latency(limit, self._passed)
        if view is not None:
            self._shown.latency.show_latency(view)

    def _ask_latency(self, page: VerifyPage) -> None:
        project = self._desk.project
        wanted = (_run_of(page, ("latency",)), _new_limit(page, "latency"))
        if project is None or wanted == self._latency_of or self._running is not None:
            return
        self._latency_of = wanted
        asked = self._desk.bridge.ask(read_latency, project, wanted[0], self._passed, wanted[1])
        self._asking.ask("latency", asked.or_fail(self._on_no_latency), self._on_latency)

    def _on_latency(self, view: LatencyView | None) -> None:
        if self._running is not None:
            return
        if view is None:
            self._shown.latency.show_nothing("This run measured no latency.")
        else:
            self._shown.latency.show_latency(view)

    def _on_no_latency(self, error: ErrorText) -> None:
        self._latency_of = ("", None)
        if self._running is None:
            self._shown.latency.show_nothing("The latencies of this run cannot be read.")
        self.failed.emit(error)

    def _on_no_frames(self, error: ErrorText) -> None:
        self._frames_of = ("", None)
        self._shown.frames.show_nothing("The detections of this run cannot be read.")
        self.failed.emit(error)

    def _on_no_losses(self, error: ErrorText) -> None:
        self._shown.losses.show_losses(None, "What was compared cannot be read.")
        self.failed.emit(error)

    def _on_worst(self, worst: WorstFrames | None) -> None:
        if worst is None:
            self._shown.frames.show_nothing("This run compared no frames.")
        else:
            self._shown.frames.show_frames(worst.frames, worst.text)

    def _on_losses(self, losses: Losses | None) -> None:
        self._shown.losses.show_losses(losses)

    def _on_pass(self, passed: str) -> None:
        self._passed, self._latency_of = passed, ("", None)
        if self._running is not None:
            self.show_running(self._running)
        elif self._page is not None:
            self._ask_latency(self._page)

    def _on_cause(self, cause: str) -> None:
        self._cause = cause
        project = self._desk.project
        if project is not None and self._frames_of[0]:
            asked = self._desk.bridge.ask(read_worst, project, self._frames_of[0], cause)
            self._asking.ask("worst", asked, self._on_worst)

    def _on_frame(self, sample: int) -> None:
        project = self._desk.project
        if project is not None and self._frames_of[0]:
            asked = self._desk.bridge.ask(read_frame, project, self._frames_of[0], sample, FRAME_PX)
            self._asking.ask("frame", asked, self._on_pair)

    def _on_pair(self, pair: FramePair | None) -> None:
        if pair is not None:
            self._shown.frames.show_pair(pair)


def _new_limit(page: VerifyPage, kind: str) -> float | None:
    """The limit of a kind of requirement that the documents ask for now, where the run was judged by another."""
    return next((row.limit for row in page.rows if row.kind == kind and row.limit_before), None)


def _run_of(page: VerifyPage, kinds: tuple[str, ...]) -> str:
    """The run that the verdict on the first of these kinds is of; else the one that the page is of."""
    runs = {row.kind: row.run for row in page.rows if row.run}
    return next((runs[kind] for kind in kinds if kind in runs), page.shown_run)
