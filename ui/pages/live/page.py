"""The Live page: frames played through an engine on a board, watched; and finished runs looked through."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ui.desk import Desk
from ui.page import Page, Tab
from ui.pages.asking import Asking
from ui.pages.live.arrangement import Arrangement
from ui.pages.live.exporting import Exporting
from ui.pages.live.held_moment import HeldMoment
from ui.pages.live.inspector import About, LiveInspector
from ui.pages.live.keys import LiveKeys
from ui.pages.live.marking import Marking
from ui.pages.live.playing import Playing
from ui.pages.live.plot_wall import PlotWall
from ui.pages.live.recorded import Recorded
from ui.pages.live.setup_bar import SetupBar
from ui.pages.live.stage import Stage
from ui.pages.live.tiles_row import TilesRow
from ui.pages.live.tools import NEW, Tools
from ui.pages.live.video_card import VideoCard
from ui.pages.live.watching import Watching
from ui.widgets.controls import Button
from ui.widgets.time_axis import Mark, TimeAxis
from workbench.base.events import ErrorText, JobEnded, JobState
from workbench.live.figures import Budget
from workbench.orders.live import LiveOrder, LiveOutcome
from workbench.orders.optimise import VerifyCandidate
from workbench.orders.run import RunOrder
from workbench.orders.verify import VerifyRequirements
from workbench.views.findings import RunMoment
from workbench.views.live import (
    LiveChoices,
    RecordedRun,
    read_budgets,
    read_live_choices,
    read_recording,
)
from workbench.views.project.documents import ERR
from workbench.views.watched import EndedRun, list_ended
from workbench.words import say_created

if TYPE_CHECKING:
    from ui.widgets.error_card import ErrorCard
    from workbench.jobs.handle import JobHandle
    from workbench.jobs.job import Job

MEASURING = (RunOrder, VerifyRequirements, VerifyCandidate)
"""Orders whose run is worth watching."""
INVITE = "Choose what to play, then press Play. What is recorded is labelled “not evidence”."


class LivePage(Page):
    """Plays, watches and opens runs; `open` takes one that has ended (its id, or a RunMoment), or a JobHandle."""

    has_primary = True

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.axis = TimeAxis(self)
        self._shown: Playing | Recorded | Watching | None = None
        self._choices: LiveChoices | None = None
        self._budgets: tuple[Budget, ...] = ()
        self._asking = Asking()
        self._unread: ErrorCard | None = None
        self.keys = LiveKeys(self)
        self.setup = SetupBar(self.keys.play, self.keys.step, self.keys.stop)
        self.video = VideoCard(self.axis, self.keys.full)
        self.wall = PlotWall(self.axis, self)
        self.tiles = TilesRow()
        self.stage = Stage(self.axis, self.wall, self.tiles, self.video, LiveInspector(self.axis))
        self.arrangement = Arrangement(self.setup, self.tiles, self.video, self.wall)
        self.toolset = Tools((self.keys.pause, self.keys.mark), self.keys.exports, self)
        self.exporting: Exporting = Exporting(desk, self.arrangement, self)
        self.marking = Marking(desk, self)
        self.held = HeldMoment(desk, self.stage, self)
        self.add_tab(Tab("live", "Live", "activity"), self.arrangement)
        for widget in self.toolset.widgets:
            self.add_tool(widget)
        self.set_inspector(self.stage.inspector)
        self._connect()
        self.stage.clear(INVITE)
        self._show_state()

    @property
    def shown(self) -> Playing | Recorded | Watching | None:
        """What is shown: a run that plays, one that has ended, or another job's."""
        return self._shown

    def refresh(self) -> None:
        """Ask what can be played, with which limits, and which runs can be opened."""
        project = self.desk.project
        if project is None:
            return
        ask = self.desk.bridge.ask
        failed = self._on_unread
        self._asking.ask("choices", ask(read_live_choices, project).or_fail(failed), self._on_choices)
        self._asking.ask("budgets", ask(read_budgets, project).or_fail(failed), self._on_budgets)
        self._asking.ask("runs", ask(list_ended, project).or_fail(failed), self._on_runs)
        self.marking.refresh()
        if self._shown is None:
            self._find_working(project)

    def open(self, target: object) -> None:
        """Show a run that has ended by its id, a moment of one, or a job that works by its handle."""
        if isinstance(target, str | RunMoment):
            self._open_run(RunMoment(target) if isinstance(target, str) else target)
        elif target is not None:
            self._watch(target)  # type: ignore[arg-type]

    def play(self) -> None:
        """Play what is chosen."""
        project = self.desk.project
        if project is None or self.live is not None:
            return
        order = LiveOrder(
            project,
            self.setup.board.value,
            self.setup.engine.value,
            self.setup.source.value,
            self.setup.rate.value,
            confidence=self.video.confidence,
        )
        self.show_playing(self.desk.bridge.start(order), order)

    @property
    def live(self) -> JobHandle | None:
        """The live run of this project that works, also where something else is shown."""
        if self.playing is not None:
            return self.playing.intake.handle
        order, project = self.desk.jobs.order, self.desk.project
        for handle in self.desk.bridge.running:
            known = order(handle.id)
            if isinstance(known, LiveOrder) and known.project == project:
                return handle
        return None

    def show_playing(self, handle: JobHandle, order: LiveOrder) -> None:
        """Show a live run that was started."""
        self._leave()
        self.axis.follow(self.toolset.window_s)
        self.setup.choose(order.board, order.engine, order.source)
        self.setup.rate.set_value(order.rate)
        shown = Playing(self.stage, handle, order, self)
        shown.changed.connect(self._show_state)
        shown.refused.connect(self.arrangement.show_error)
        shown.moment_wanted.connect(self._on_moment_wanted)
        self._shown = shown
        self.toolset.choose_run(NEW)
        self.video.name.setText(self.setup.source.currentText())
        self.stage.inspector.show_about(self._about_playing())
        self._show_state()
        self.video.view.setFocus()  # Play is gone now, and the page's keys need the focus within the page

    @property
    def playing(self) -> Playing | None:
        """The live run that works."""
        return self._shown if isinstance(self._shown, Playing) and self._shown.working else None

    def stop(self) -> None:
        """End the live run; what it recorded stays."""
        if (live := self.live) is not None:
            live.cancel()
            self.keys.stop.setEnabled(False)

    def toggle_pause(self) -> None:
        """Let the page stand still, or follow again; recording goes on."""
        if isinstance(self._shown, Playing | Watching):
            if self.axis.following:
                self.axis.hold()
            else:
                self.axis.set_cursor(None)
                self.axis.follow(self.toolset.window_s)

    def step(self) -> None:
        """Play one frame."""
        if (playing := self.playing) is not None:
            playing.step()

    def ask_mark(self) -> None:
        """Ask what was seen on the frame that is shown."""
        if isinstance(self._shown, Playing | Recorded):
            self.marking.ask(self._shown)

    def toggle_alone(self) -> None:
        """Give the picture the whole page, or take that back."""
        self.arrangement.show_alone(not self.arrangement.alone)

    def export_values(self) -> None:
        """Have the values of the range in sight written: what was recorded, or seen so far of a run that works."""
        shown, span = self._shown, self.axis.range
        if isinstance(shown, Recorded):
            self.exporting.store_values(shown.run.run, span)
        elif isinstance(shown, Playing):
            self.exporting.store_seen(shown.run, "try, not evidence", shown.intake.feed.between(*span))
        elif isinstance(shown, Watching):
            self.exporting.store_seen(shown.handle.title, "verification, as it was told", shown.feed.between(*span))
        else:
            self.desk.notice("There are no values yet: play something, or open a run.")

    def _connect(self) -> None:
        self.desk.bridge.started.connect(self._on_started)
        self.desk.bridge.ended.connect(self._on_ended)
        self.desk.project_changed.connect(self._on_project)
        self.desk.board_changed.connect(self._take_board)
        self.setup.changed.connect(self._show_state)
        self.setup.rate_chosen.connect(self._on_rate)
        self.toolset.run_chosen.connect(self._on_run)
        self.toolset.window_chosen.connect(self._on_window)
        self.axis.range_changed.connect(self._show_state)
        self.stage.inspector.event_chosen.connect(self._on_event)
        self.marking.listed.connect(self.stage.inspector.show_findings)
        self.marking.added.connect(self._on_finding)
        self.marking.failed.connect(self.arrangement.show_error)

    def _leave(self) -> None:
        """Show nothing, so that something else can be shown."""
        if self._shown is not None:
            self._shown.close()
            self._shown.deleteLater()
            self._shown = None
        self.arrangement.clear_error()
        self.stage.clear(INVITE)
        self.stage.inspector.show_about(About("Live", "Nothing plays."))

    def _watch(self, handle: JobHandle) -> None:
        self._leave()
        self.axis.follow(self.toolset.window_s)
        self._shown = Watching(self.stage, handle, self.desk.jobs, lambda: self._budgets, self)
        self._shown.changed.connect(self._show_state)
        self.video.name.setText(handle.title)
        self.stage.inspector.show_about(About(handle.title, "Watched live; this page adds nothing to it."))
        self._show_state()

    def _about_playing(self) -> About:
        return About(
            self.setup.engine.currentText(),
            "A try: recorded, and not evidence for any requirement.",
            None,
            (
                ("Board", self.setup.board.currentText()),
                ("Source", self.setup.source.currentText()),
                ("Rate", self.setup.rate.value),
            ),
        )

    def _show_state(self) -> None:
        shown, playing, live = self._shown, self.playing, self.live
        self.setup.show_playing(playing=live is not None, shown=playing is not None)
        problem = "" if self._choices is None else self.setup.problem
        can_play = self._choices is not None and not problem
        self.keys.show_state(shown, can_play=can_play, problem=problem, live=live is not None)
        evidence, state = "", None
        if isinstance(shown, Recorded):
            evidence, state = shown.run.evidence_text, ("done", "Ended")
        elif isinstance(shown, Playing | Watching):
            evidence, state = ("Not evidence" if isinstance(shown, Playing) else ""), shown.state
        recorded = "" if shown is None else f"Recorded {shown.recorded_text}"
        self.toolset.show_state(recorded, state, evidence, paused=not self.axis.following)
        axis = self.axis
        following = axis.following or shown is None
        self.toolset.show_window(following=following, everything=axis.range == axis.extent)

    def _on_unread(self, error: ErrorText) -> None:
        """The documents cannot be read, something that they name, or the list of boards."""
        mend = Button("Open the documents", lambda: self.desk.go("project"), icon_name="file-code")
        broken = any(mark.level == ERR for mark in self.desk.problems)
        again = Button("Try again", self.refresh, icon_name="rotate-cw")
        self.arrangement.show_error(error, *([mend] if broken else []), again)
        self._unread = self.arrangement.error

    def _on_choices(self, choices: LiveChoices) -> None:
        if self._unread is not None and self._unread is self.arrangement.error:
            self.arrangement.clear_error()
        self._unread = None
        first = self._choices is None
        self._choices = choices
        self.setup.show_options(choices.boards, choices.engines, choices.sources)
        if first:
            self._take_board()
            self.video.set_confidence(choices.confidence)
        self._show_state()

    def _take_board(self) -> None:
        """The board of Run is the one that is offered first, until another is chosen here."""
        if self.live is None:
            self.setup.choose(board=self.desk.board)

    def _on_budgets(self, budgets: tuple[Budget, ...]) -> None:
        self._budgets = budgets
        self.wall.set_budgets({line.key: (line.limit, f"limit {line.limit:g}") for line in budgets})

    def _on_runs(self, runs: tuple[EndedRun, ...]) -> None:
        self.toolset.show_runs([(run.run, run.label) for run in runs])
        if isinstance(self._shown, Recorded):
            self.toolset.choose_run(self._shown.run.run)

    def _on_recording(self, run: RecordedRun, wanted: RunMoment) -> None:
        if self.desk.project is None:
            return
        self._leave()
        self._shown = Recorded(self.stage, self.desk.bridge, self.desk.project, run, self)
        self._shown.changed.connect(self._show_state)
        self._shown.failed.connect(self.arrangement.show_error)
        self.video.name.setText(run.source or run.title)
        about = (("Board", run.board), ("Began", say_created(run.created)), ("Source", run.source))
        self.stage.inspector.show_about(
            About(run.title, f"{_capital(run.state_text)}. {run.evidence_text}.", None, about)
        )
        self.toolset.choose_run(run.run)
        self._see(wanted)
        self._show_state()

    def _open_run(self, wanted: RunMoment) -> None:
        if self.desk.project is None:
            return
        asked = self.desk.bridge.ask(read_recording, self.desk.project, wanted.run)
        failed = asked.or_fail(self.arrangement.show_error)
        self._asking.ask("recording", failed, lambda run: self._on_recording(run, wanted))

    def _see(self, wanted: RunMoment) -> None:
        """Show a moment with some of what surrounds it, or a range, of the run that is open."""
        if wanted.t_s is None:
            return
        if wanted.until_s is not None:
            self.axis.see(wanted.t_s, wanted.until_s)
        if isinstance(self._shown, Recorded):
            self._shown.show_frame(wanted.t_s, wanted.frame_id)

    def _on_run(self, run: str) -> None:
        if run != NEW:
            self.open(run)
        elif (live := self.live) is not None:
            self._return_to(live)
        elif not isinstance(self._shown, Playing):
            self._leave()
            self.axis.follow(self.toolset.window_s)
            self._show_state()

    def _return_to(self, live: JobHandle) -> None:
        """Show the run that played on while something else was shown."""
        order = self.desk.jobs.order(live.id)
        if isinstance(order, LiveOrder) and self.playing is None:
            self.show_playing(live, order)

    def _find_working(self, project: Path) -> None:
        """Show what works on this project, where nothing is shown."""
        if (live := self.live) is not None:
            self._return_to(live)
            return
        for handle in self.desk.bridge.running:
            order = self.desk.jobs.order(handle.id)
            if isinstance(order, MEASURING) and order.project == project:
                self._watch(handle)

    def _on_started(self, handle: JobHandle, order: Job) -> None:
        """A verification that begins is watched where nothing else is shown."""
        if self._shown is None and isinstance(order, MEASURING) and order.project == self.desk.project:
            self._watch(handle)

    def _on_ended(self, end: JobEnded) -> None:
        shown = self._shown
        if isinstance(shown, Playing) and end.job_id == shown.intake.handle.id:
            shown.close()
            if end.state is not JobState.SUCCEEDED and end.error is not None:
                self.arrangement.show_error(end.error)
            if isinstance(end.result, LiveOutcome):
                self.open(end.result.run)  # the same run, to be scrubbed from its record
        elif isinstance(shown, Watching) and end.job_id == shown.handle.id:
            shown.close()
        self._show_state()

    def _on_project(self) -> None:
        self._choices, self._budgets = None, ()  # what plays goes on, and is shown again with its own project
        self._leave()
        self._show_state()

    def _on_rate(self, rate: str) -> None:
        if (playing := self.playing) is not None:
            playing.set_rate(rate)
        self._show_state()

    def _on_window(self, window_s: float | None) -> None:
        if isinstance(self._shown, Playing | Watching) and self._shown.working:
            self.axis.set_cursor(None)
            self.axis.follow(window_s)
        elif self.axis.extent is not None:
            first, last = self.axis.extent
            self.axis.see(first if window_s is None else max(first, last - window_s), last)

    def _on_event(self, mark: Mark) -> None:
        self.axis.hold()
        self.axis.set_cursor(mark.at_s)

    def _on_moment_wanted(self, moment_s: float) -> None:
        """Paused on a moment of which the picture is gone: what was recorded of it, once that can be read."""
        if (playing := self.playing) is not None:
            self.held.ask(playing.run, moment_s)

    def _on_finding(self, words: str, t_s: float) -> None:
        """A finding was written: its mark stands on the time axis, of a run that plays also in its record."""
        if (playing := self.playing) is not None:
            playing.mark(words, t_s)
        else:
            self.axis.set_marks([*self.axis.marks, Mark(t_s, words, "review")])
            self.stage.inspector.refresh_events()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
