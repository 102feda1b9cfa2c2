"""The Verify page: does it hold, how sure are we, what decides the rest."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget

from ui.desk import Desk
from ui.page import Page, Tab
from ui.pages.asking import Asking
from ui.pages.results.results import Results
from ui.pages.verify.evidence import Evidence
from ui.pages.verify.inspector import RequirementInspector
from ui.pages.verify.requirements import Requirements
from ui.widgets.controls import Button, Choice, IconButton
from ui.widgets.grounds import column
from ui.widgets.text import Elided
from workbench.base.events import ErrorText, Event, JobEnded, JobState
from workbench.orders.run import RunOrder
from workbench.orders.verify import VerifyRequirements
from workbench.views.verify.damage import Damage, read_damage, shown_runs
from workbench.views.verify.page import read_verify
from workbench.views.verify.requirement import read_requirement
from workbench.views.verify.running import Running
from workbench.views.verify.values import (
    RequirementRow,
    RequirementView,
    VerifyPage,
)

if TYPE_CHECKING:
    from workbench.jobs.handle import JobHandle
    from workbench.jobs.job import Job

NOW = ""
LIVE_MS = 250
RUN_ID = re.compile(r"\d{4,8}-\d{8}T")
"""How the id of a run begins; ids of requirements do not."""


class VerifyStagePage(Page):
    """Asks the views and hands what they answer to its widgets."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._page: VerifyPage | None = None
        self._run = NOW
        self._wanted = ""
        self._results: Results | None = None
        self._shown_tab = "requirements"
        self._job = ""
        self._order: Job | None = None
        self._running: Running | None = None
        self._asking = Asking()
        self._view: RequirementView | None = None
        self._damage = Damage(())
        add = desk.actions.add
        self._decide = add("verify.decide", "Measure until decided", self.measure_until_decided, "M", "play", self)
        self._stale = add("verify.stale", "Re-run stale only", self.run_stale, "Shift+R", "rotate-ccw", self)
        self._decide.setEnabled(False)
        self._stale.setEnabled(False)
        self._again = add("verify.again", "Measure everything again", self.measure_again, "Shift+M", "rotate-cw", self)
        run = desk.actions.named("run.run") or self._stale
        self.requirements = Requirements(self._decide, self._stale, run, self._again)
        self._evidence = Evidence(desk, self.requirements)
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
        asked = self.desk.bridge.ask(read_verify, self.desk.project, self._run, self._board)
        self._asking.ask("page", asked.or_fail(self._on_no_page), self._on_page)
        if self.tab != "requirements":
            self.results.refresh()

    @property
    def results(self) -> Results:
        """The tabs of all runs and of two; built on their first visit."""
        if self._results is None:
            self._results = made = Results(self.desk, self, self._again)
            for name, widget in (("runs", made.tab), ("compare", made.frames_tab)):
                place = self._places[name].layout()
                if place is not None:
                    place.addWidget(widget)
            self._inspectors.addWidget(made.inspector)
            self._inspectors.addWidget(made.comparison)
            made.run_opened.connect(self.show_run)
            made.frames_asked.connect(lambda: self.show_tab("compare"))
            made.renamed.connect(lambda text: self.rename_tab("compare", _short(text)))
        return self._results

    def _focus_filter(self) -> None:
        self.show_tab("runs")
        self.results.tab.runs.field.setFocus()
        self.results.tab.runs.field.selectAll()

    def _swap_runs(self) -> None:
        self.results.tab.runs.swap()

    def _next_open_cell(self) -> None:
        self.results.tab.matrix.next_open()

    def _export_runs(self) -> None:
        self.results.export()

    def _on_tab(self) -> None:
        """The inspector and the tools follow the tab."""
        here = self.tab == "requirements"
        if not here and self._shown_tab == "requirements":
            self.results.refresh()
        self._shown_tab = self.tab
        self._inspectors.setCurrentIndex([tab.name for tab in self.tabs].index(self.tab))
        self._export.setVisible(self.tab == "runs")
        for tool in (self._subtitle, self._choice, self._stale_button):
            tool.setVisible(here)

    def open(self, target: object) -> None:
        """Show a requirement by its id, a run by its id, or `runs` for all of them."""
        if not isinstance(target, str):
            return
        if target in {tab.name for tab in self.tabs}:
            self.show_tab(target)
        elif RUN_ID.match(target):
            self.show_run(target)
        else:
            self._wanted = target
            self.show_tab("requirements")
            self._choose_wanted()

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

    def measure_again(self) -> None:
        """Measure everything, whatever was measured before."""
        if self._page is not None and self.desk.project is not None:
            self.desk.bridge.start(VerifyRequirements(self.desk.project, self._page.board, ()))

    def run_stale(self) -> None:
        """Do again only what is stale; limits alone that changed are judged again without measuring."""
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
        self._places = {name: _place() for name in ("runs", "compare")}
        self.add_tab(Tab("runs", "All runs", "history"), self._places["runs"])
        self.add_tab(Tab("compare", "Two runs", "git-compare-arrows"), self._places["compare"])
        self._inspectors = QStackedWidget()
        self._inspectors.addWidget(self._details)
        self.set_inspector(self._inspectors)
        add = self.desk.actions.add
        frames = self.requirements.frames
        add("verify.previous_frame", "Previous worst frame", lambda: frames.step(-1), "[", "", self)
        add("verify.next_frame", "Next worst frame", lambda: frames.step(1), "]", "", self)
        add("verify.filter", "Filter the runs", self._focus_filter, "Ctrl+F", "funnel", self)
        add("verify.swap", "Swap the two runs", self._swap_runs, "X", "", self)
        add(
            "verify.next_open",
            "Next cell that does not pass",
            self._next_open_cell,
            "V",
            "",
            self,
        )
        export = add("verify.export", "Write the shown runs to a file", self._export_runs, "Ctrl+E", "download", self)
        self._export = IconButton("download", "Write the shown runs to a file", action=export)
        self.add_tool(self._export)
        add("verify.full", "Pictures at full size", self.requirements.toggle_full, "F", "maximize-2", self)
        frames.full_asked.connect(self.requirements.toggle_full)
        add("verify.overlay", "Side by side or overlay", frames.toggle_mode, "D", "", self)

    def _connect(self) -> None:
        wanted = self.requirements
        wanted.row_chosen.connect(self._on_row)
        self._evidence.failed.connect(self._on_unreadable)
        wanted.documents_asked.connect(lambda: self.desk.go("project"))
        self._choice.activated.connect(lambda _at: self.show_run(self._choice.value))
        bridge = self.desk.bridge
        bridge.started.connect(self._on_started)
        bridge.told.connect(self._on_told)
        bridge.ended.connect(self._on_ended)
        self.desk.project_changed.connect(self._on_project)
        self.desk.board_changed.connect(self._on_outdated)
        self.titles_changed.connect(self._on_tab)

    def _on_project(self) -> None:
        self._page, self._run, self._running, self._job = None, NOW, None, ""
        self._view, self._damage = None, Damage(())
        self._evidence.forget()
        self.requirements.forget()
        if self._results is not None:
            self._results.forget()

    def _on_no_page(self, error: ErrorText) -> None:
        """Nothing can be read, or not the run that was chosen."""
        again = Button("Try again", self.refresh, icon_name="rotate-cw")
        now = [Button("Show what counts now", lambda: self.show_run(NOW))] if self._run else []
        self.requirements.unread.show_error(error, again, *now)

    def _on_page(self, page: VerifyPage) -> None:
        self._page = page
        self.requirements.unread.clear_error()
        self._subtitle.setText(page.subtitle)
        choices = [(NOW, "What counts now"), *((run.id, f"{run.title}: {run.text}") for run in page.runs)]
        self._choice.set_choices(choices, page.run)
        if not page.run:
            self._choice.setCurrentIndex(0)
        self.rename_tab("requirements", f"Requirements  {page.title}")
        why = "" if page.stale else "Nothing is stale."
        self._stale.setEnabled(not (why or page.blocked))
        self._stale_button.set_text("Judge again" if page.again else "Re-run stale only")
        how = f"Judge what {page.again} measured by the present limits" if page.again else "Re-run stale only"
        self._stale.setToolTip(page.blocked or why or f"{how} (Shift+R)")
        self._show_running()
        self._choose_wanted()
        self._evidence.show_page(page)
        self._ask_damage(page)
        if not self._ask_requirement():
            self._details.show_missing(page.missing, page.validity)

    def _choose_wanted(self) -> None:
        """Select the requirement that somebody asked for, once it is there."""
        if self._page is not None and any(row.id == self._wanted for row in self._page.rows):
            self.requirements.choose(self._wanted)
            self._wanted = ""

    def _ask_damage(self, page: VerifyPage) -> None:
        if self.desk.project is not None:
            asked = self.desk.bridge.ask(read_damage, self.desk.project, shown_runs(page))
            self._asking.ask("damage", asked, self._on_damage)

    def _on_damage(self, damage: Damage) -> None:
        changed = damage != self._damage
        self._damage = damage
        self.requirements.show_damage(damage.text)
        if changed and self._page is not None:
            self._evidence.forget()
            self._evidence.show_page(self._page)
            self._show_running()
            self._show_details()

    def _on_unreadable(self, error: ErrorText) -> None:
        """What the record's hashes do not tell."""
        if not self._damage.text:
            self.requirements.show_damage(error.summary)

    def _show_running(self) -> None:
        page, running = self._page, self._running
        if page is None:
            return
        page = self._damage.onto(page)
        if running is None:
            self._evidence.show_running(None)
            self.requirements.show_page(page)
            return
        self.requirements.show_page(running.onto(page), running.text or "starting")
        self._evidence.show_running(running)
        going = self._going
        if going is not None and not self._details.update_going(going):
            self._show_details()

    @property
    def _going(self) -> RequirementRow | None:
        """The selected row as the run that goes has it; None where none goes, or the row is not its."""
        row, page = self.requirements.table.current, self._page
        if row is None or page is None or self._running is None or row in page.rows:
            return None
        return row

    def _on_row(self, row: RequirementRow) -> None:
        self._decide.setEnabled(row.can_decide and not row.stale)
        self._evidence.follow(row)
        self._ask_requirement()

    def _ask_requirement(self) -> bool:
        """Ask for everything of the selected requirement; whether there is one."""
        page, project, row = self._page, self.desk.project, self.requirements.table.current
        if page is None or project is None or row is None:
            return False
        asked = self.desk.bridge.ask(read_requirement, project, row.id, page.run, page.board)
        self._asking.ask("requirement", asked, self._on_requirement)
        return True

    def _on_requirement(self, view: RequirementView | None) -> None:
        self._view = view
        self._show_details()

    def _show_details(self) -> None:
        view, row = self._view, self.requirements.table.current
        if view is None or self._page is None or row is None or row.id != view.id:
            return
        page = self._damage.onto(self._page)
        self._details.show_requirement(view, page.missing, page.validity, self._going)

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
        self._job, self._running = "", None
        self._evidence.forget()
        if self._run:
            self._run = NOW
        if (
            ended.error is not None
            and ended.state is not JobState.CANCELLED
            and isinstance(self._order, VerifyRequirements)
        ):
            self.desk.notice(ended.error)
        self.refresh()


def _place() -> QWidget:
    """Where a tab's content will be."""
    made = QWidget()
    made.setLayout(column())
    return made


def _short(title: str) -> str:
    """`Run 1 int8 against run 3 fp16` as a tab says it: `Run 1 vs 3`."""
    words = title.split()
    numbers = [word for before, word in pairwise(words) if before.lower() == "run"]
    return f"Run {numbers[0]} vs {numbers[1]}" if len(numbers) == 2 else title
