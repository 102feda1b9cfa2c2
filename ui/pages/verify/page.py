"""The Verify page: does it hold, how sure are we, what decides the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QTimer

from ui.bridge import Answer
from ui.desk import Desk
from ui.page import Page, Tab
from ui.pages.verify.inspector import RequirementInspector
from ui.pages.verify.requirements import Requirements
from ui.widgets.controls import Button, Choice
from ui.widgets.text import Elided
from workbench.base.events import Event, JobEnded, JobState
from workbench.orders.run import RunOrder
from workbench.orders.verify import VerifyRequirements
from workbench.views.verify.frames import read_frame, read_worst
from workbench.views.verify.latency import read_latency
from workbench.views.verify.losses import read_losses
from workbench.views.verify.page import read_verify
from workbench.views.verify.requirement import read_requirement
from workbench.views.verify.running import Running
from workbench.views.verify.values import (
    FramePair,
    LatencyView,
    Losses,
    RequirementRow,
    RequirementView,
    VerifyPage,
    WorstFrames,
)

if TYPE_CHECKING:
    from workbench.jobs.handle import JobHandle
    from workbench.jobs.job import Job

T = TypeVar("T")
NOW = ""
LIVE_MS = 250
FRAME_PX = 960


class VerifyStagePage(Page):
    """Asks the views and hands what they answer to its widgets."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._page: VerifyPage | None = None
        self._run, self._cause, self._passed = NOW, "", ""
        self._job = ""
        self._order: Job | None = None
        self._running: Running | None = None
        self._evidence_of = ""
        self._asked: dict[str, Answer[Any]] = {}
        add = desk.actions.add
        self._decide = add("verify.decide", "Measure until decided", self.measure_until_decided, "M", "play", self)
        self._stale = add("verify.stale", "Re-run stale only", self.run_stale, "Shift+R", "rotate-ccw", self)
        run = desk.actions.named("run.run") or self._stale
        self.requirements = Requirements(self._decide, self._stale, run)
        self._details = RequirementInspector()
        self._live = QTimer(self)
        self._live.setSingleShot(True)
        self._live.setInterval(LIVE_MS)
        self._live.timeout.connect(self._show_running)
        self._build()
        self._connect()

    def refresh(self) -> None:
        """Read again."""
        if self.desk.project is None:
            return
        self._ask("page", self.desk.bridge.ask(read_verify, self.desk.project, self._run, self._board), self._on_page)

    def open(self, target: object) -> None:
        """Show a requirement by its id, a run by its id, or `runs` for all of them."""
        if not isinstance(target, str):
            return
        if target in {tab.name for tab in self.tabs}:
            self.show_tab(target)
        elif self._page is not None and any(row.id == target for row in self._page.rows):
            self.show_tab("requirements")
            self.requirements.choose(target)
        else:
            self.show_run(target)

    def show_run(self, run: str) -> None:
        """Show one run as it was judged; what counts now where it is empty."""
        self._run = run
        self.show_tab("requirements")
        self.refresh()

    def measure_until_decided(self) -> None:
        """Start the engine again and again until the selected latency is decided."""
        shown, project = self.requirements.table.current, self.desk.project
        if shown is None or project is None or not shown.can_decide or self._page is None:
            return
        self.desk.bridge.start(VerifyRequirements(project, self._page.board, (shown.id,), until_decided=True))

    def run_stale(self) -> None:
        """Do again only what is stale."""
        if self._page is not None and self._page.board != self.desk.board:
            self.desk.choose_board(self._page.board)
        self.desk.run_asked.emit(False)

    @property
    def _board(self) -> str:
        return self.desk.board

    def _build(self) -> None:
        self.add_tab(Tab("requirements", "Requirements", "list-checks"), self.requirements)
        self._subtitle = Elided(role="dim")
        self._choice = Choice("Run that is shown")
        self._choice.setMinimumContentsLength(18)
        self._stale_button = Button("Re-run stale only", icon_name="rotate-ccw", action=self._stale)
        for tool in (self._subtitle, self._choice, self._stale_button):
            self.add_tool(tool)
        self.set_inspector(self._details)
        add = self.desk.actions.add
        frames = self.requirements.frames
        add("verify.previous_frame", "Previous worst frame", lambda: frames.step(-1), "[", "", self)
        add("verify.next_frame", "Next worst frame", lambda: frames.step(1), "]", "", self)
        add("verify.full", "Pictures at full size", self.requirements.toggle_full, "F", "maximize-2", self)
        frames.full_asked.connect(self.requirements.toggle_full)
        add("verify.overlay", "Side by side or overlay", frames.toggle_mode, "D", "", self)

    def _connect(self) -> None:
        wanted = self.requirements
        wanted.row_chosen.connect(self._on_row)
        wanted.documents_asked.connect(lambda: self.desk.go("project"))
        wanted.latency.pass_chosen.connect(self._on_pass)
        wanted.losses.cause_chosen.connect(self._on_cause)
        wanted.frames.frame_chosen.connect(self._on_frame_chosen)
        self._choice.activated.connect(lambda _at: self.show_run(self._choice.value))
        bridge = self.desk.bridge
        bridge.started.connect(self._on_started)
        bridge.told.connect(self._on_told)
        bridge.ended.connect(self._on_ended)
        self.desk.project_changed.connect(self._on_project)
        self.desk.board_changed.connect(self._on_outdated)

    def _ask(self, name: str, answer: Answer[T], then: Callable[[T], object]) -> None:
        """Ask; an older question of the same name is of no interest any more."""
        known = self._asked.get(name)
        if known is not None:
            known.drop()
        self._asked[name] = answer
        answer.then(then)

    def _on_project(self) -> None:
        self._page, self._run, self._evidence_of, self._running, self._job = None, NOW, "", None, ""

    def _on_page(self, page: VerifyPage) -> None:
        self._page = page
        self._subtitle.setText(page.subtitle)
        choices = [(NOW, "What counts now"), *((run.id, f"{run.title}: {run.text}") for run in page.runs)]
        self._choice.set_choices(choices, page.run)
        if not page.run:
            self._choice.setCurrentIndex(0)
        self.rename_tab("requirements", f"Requirements  {page.title}")
        why = "" if page.stale else "Nothing is stale."
        self._stale.setEnabled(not (why or page.blocked))
        self._stale.setToolTip(page.blocked or why or "Re-run stale only (Shift+R)")
        self._show_running()
        self._ask_evidence(page.shown_run)

    def _show_running(self) -> None:
        page, running = self._page, self._running
        if page is None:
            return
        if running is None:
            self.requirements.show_page(page)
            return
        self.requirements.show_page(running.onto(page), running.text or "starting")
        limit = next((row.limit for row in page.rows if row.kind == "latency"), None)
        view = running.latency(limit, self._passed)
        if view is not None:
            self.requirements.latency.show_latency(view)

    def _ask_evidence(self, run: str) -> None:
        project, bridge = self.desk.project, self.desk.bridge
        if project is None:
            return
        if not run:
            self.requirements.latency.show_nothing("Nothing was measured yet.")
            self.requirements.frames.show_nothing("No frames were compared yet.")
            self.requirements.losses.show_losses(None)
            self._details.show_missing(self._page.missing, None) if self._page else None
            return
        if run == self._evidence_of:
            return
        self._evidence_of = run
        latency_run = self._latency_run(run)
        self._ask("latency", bridge.ask(read_latency, project, latency_run, self._passed), self._on_latency)
        self._ask("worst", bridge.ask(read_worst, project, run, self._cause), self._on_worst)
        self._ask("losses", bridge.ask(read_losses, project, run), self._on_losses)

    def _latency_run(self, run: str) -> str:
        """The run that the verdict on latency is of, which may be another one than the rest."""
        rows = self._page.rows if self._page is not None else ()
        return next((row.run for row in rows if row.kind == "latency" and row.run), run)

    def _on_row(self, row: RequirementRow) -> None:
        page, project = self._page, self.desk.project
        self._decide.setEnabled(row.can_decide and not row.stale)
        if page is None or project is None:
            return
        asked = self.desk.bridge.ask(read_requirement, project, row.id, page.run, page.board)
        self._ask("requirement", asked, self._on_requirement)

    def _on_requirement(self, view: RequirementView | None) -> None:
        if view is not None and self._page is not None:
            self._details.show_requirement(view, self._page.missing, self._page.validity)

    def _on_latency(self, view: LatencyView | None) -> None:
        if self._running is not None:
            return
        if view is None:
            self.requirements.latency.show_nothing("This run measured no latency.")
        else:
            self.requirements.latency.show_latency(view)

    def _on_worst(self, worst: WorstFrames | None) -> None:
        if worst is None:
            self.requirements.frames.show_nothing("This run compared no frames.")
        else:
            self.requirements.frames.show_frames(worst.frames, worst.text)

    def _on_losses(self, losses: Losses | None) -> None:
        self.requirements.losses.show_losses(losses)

    def _on_pair(self, pair: FramePair | None) -> None:
        if pair is not None:
            self.requirements.frames.show_pair(pair)

    def _on_pass(self, passed: str) -> None:
        self._passed = passed
        project = self.desk.project
        if self._running is not None:
            self._show_running()
        elif project is not None and self._evidence_of:
            run = self._latency_run(self._evidence_of)
            self._ask("latency", self.desk.bridge.ask(read_latency, project, run, passed), self._on_latency)

    def _on_cause(self, cause: str) -> None:
        self._cause = cause
        project = self.desk.project
        if project is not None and self._evidence_of:
            asked = self.desk.bridge.ask(read_worst, project, self._evidence_of, cause)
            self._ask("worst", asked, self._on_worst)

    def _on_frame_chosen(self, sample: int) -> None:
        project = self.desk.project
        if project is not None and self._evidence_of:
            asked = self.desk.bridge.ask(read_frame, project, self._evidence_of, sample, FRAME_PX)
            self._ask("frame", asked, self._on_pair)

    def _on_started(self, handle: JobHandle, order: Job) -> None:
        if isinstance(order, (RunOrder, VerifyRequirements)) and order.project == self.desk.project:
            only = order.only if isinstance(order, VerifyRequirements) else ()
            self._order = order
            self._job, self._running = handle.id, Running(only)
            self._show_running()

    def _on_told(self, event: Event) -> None:
        running = self._running
        if running is None or event.job_id != self._job or not running.take(event):
            return
        if self.isVisible() and not self._live.isActive():
            self._live.start()

    def _on_ended(self, ended: JobEnded) -> None:
        if ended.job_id != self._job:
            return
        self._job, self._running, self._evidence_of = "", None, ""
        if self._run:
            self._run = NOW
        if (
            ended.error is not None
            and ended.state is not JobState.CANCELLED
            and isinstance(self._order, VerifyRequirements)
        ):
            self.desk.notice(ended.error)
        self.refresh()
