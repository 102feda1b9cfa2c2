"""The Optimise page: which candidate, why it loses accuracy, what the next one would cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from ui.page import Page, Tab
from ui.pages.asking import Asking, quiet
from ui.pages.optimise.arrangement import Arrangement
from ui.pages.optimise.calibrating import Calibrating
from ui.pages.optimise.candidate_table import CandidateTable
from ui.pages.optimise.commands import OptimiseCommands
from ui.pages.optimise.compare_tab import CompareTab
from ui.pages.optimise.inspector import CandidateFacts
from ui.pages.optimise.jobs import OptimiseJobs
from ui.pages.optimise.pareto_card import ParetoCard
from ui.pages.optimise.ranked import Ranked
from ui.theme.theme import THEME
from ui.widgets.controls import Button, IconButton
from ui.widgets.error_card import ErrorCard
from workbench.base.events import ErrorText, Event, JobEnded, JobState
from workbench.orders.optimise import CandidateVerified, MadeCandidate
from workbench.views.optimise.comparison import RunDifferences, compare_candidates
from workbench.views.optimise.export import export_candidates
from workbench.views.optimise.page import read_candidates
from workbench.views.optimise.steps import read_estimates, select_candidate

if TYPE_CHECKING:
    from ui.desk import Desk
    from ui.pages.optimise.candidate_cells import CandidateLine
    from workbench.views.optimise.comparison import CandidateComparison
    from workbench.views.optimise.values import CandidateRow, Candidates, Estimates, Selected

CANDIDATES, CALIBRATION, COMPARE = "candidates", "calibration", "compare"
LOW_PX = 720
"""Of the page; below it the calibration set has its tab alone."""


class OptimisePage(Page):
    """Opens a candidate by its key, its name, or the beginning of its sha256."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.jobs = OptimiseJobs(desk, self)
        self.commands = OptimiseCommands(desk, self)
        self._page: Candidates | None = None
        self._estimates: Estimates | None = None
        self._before = ""
        self._with_replaced = False
        self._target = ""
        self._asking = Asking()
        self.table = CandidateTable(self.jobs)
        self.pareto = ParetoCard()
        self.calibrating = Calibrating(desk, self.jobs, self.commands, self._show_calibration, self)
        self.calibration, self.calibration_tab = self.calibrating.card, self.calibrating.tab
        self.ranked = Ranked(desk, self.jobs, self.commands, self)
        self.ranking = self.ranked.card
        self.compare = CompareTab(self.commands.compare_runs)
        self.facts = CandidateFacts(self.commands, self._copy)
        self.arrangement = Arrangement(self.table, self.pareto, self.calibration, self.ranking, self.commands)
        self.add_tab(Tab(CANDIDATES, "Candidates", "layers"), self.arrangement)
        self.add_tab(Tab(CALIBRATION, "Calibration", "database"), self.calibration_tab)
        self.add_tab(Tab(COMPARE, "Compare", "git-compare-arrows"), self.compare)
        self._make_tools()
        self.set_inspector(self.facts)
        self._connect()

    def refresh(self) -> None:
        """Ask for candidates, calibration set and ranking."""
        if self.desk.project is None:
            return
        asked = self.desk.bridge.ask(read_candidates, self.desk.project).or_fail(self._on_error)
        self._asking.ask("candidates", asked, self._on_candidates)
        self.calibrating.refresh()

    def open(self, target: object) -> None:
        """Select a candidate."""
        self.show_tab(CANDIDATES)
        self._target = str(target)
        self._open_target()

    def fit(self, room: QSize) -> None:
        """In a low window the calibration set has its tab alone."""
        self.calibration.setVisible(room.height() >= LOW_PX * THEME.type_scale)

    @property
    def selected(self) -> CandidateRow | None:
        """The candidate that is selected."""
        line = self.table.current
        return None if line is None else line.row

    def _make_tools(self) -> None:
        self._replaced = Button("", self._on_replaced, role="link")
        self._replaced.hide()
        self.add_tool(self._replaced)
        self.add_tool(
            IconButton("git-compare-arrows", "Compare with the candidate before", action=self.commands.compare)
        )
        self.add_tool(IconButton("download", "Export candidates as CSV", action=self.commands.export))
        self.add_tool(Button("New candidate", action=self.commands.new, icon_name="plus"))

    def _connect(self) -> None:
        self.table.chosen.connect(self._on_chosen)
        self.table.opened.connect(self._on_opened)
        self.pareto.chosen.connect(lambda key: self.table.choose(lambda line: line.row.key == key))
        self.pareto.board_chosen.connect(self._on_board)
        self.calibrating.titled.connect(lambda title: self.rename_tab(CALIBRATION, title))
        self.ranked.ranked.connect(self._on_ranked)
        self.ranked.chosen.connect(self.pareto.set_choice)
        self.compare.wanted.connect(self._ask_comparison)
        self.jobs.changed.connect(self._on_work)
        self.commands.select_wanted.connect(self._on_select)
        self.commands.compare_wanted.connect(self._on_compare)
        self.commands.board_wanted.connect(self.pareto.next_board)
        self.commands.export_wanted.connect(self._on_export)
        self.desk.bridge.told.connect(self._on_told)

    def _on_candidates(self, page: Candidates) -> None:
        self._page = self.commands.page = page
        self.table.show_page(page, with_replaced=self._with_replaced)
        self.pareto.show_page(page)
        self.compare.set_candidates(page.rows)
        self.commands.board = self.pareto.board
        self.arrangement.show_candidates(alone=len(page.rows) == 1)
        if self._estimates is None and self.desk.project is not None and page.has_calibration:
            asked = self.desk.bridge.ask(read_estimates, self.desk.project).or_fail(quiet)
            self._asking.ask("estimates", asked, self._on_estimates)
        self._say_first()
        self._say_replaced()
        self._open_target()
        self._on_chosen(self.table.current)
        self.ranked.refresh(self.pareto.board)

    def _on_estimates(self, found: Estimates) -> None:
        self._estimates = found
        self._say_first()
        self.ranked.take_estimate(found.rank_text)

    def _say_first(self) -> None:
        work = self.jobs.making()
        takes = "" if self._estimates is None else f" It takes {self._estimates.make_text}."
        bare = self._page is not None and not self._page.has_calibration
        needs = " int8 needs a calibration set: typical frames, none of them in the test set." if bare else ""
        words = f"Only fp32 so far. Make fp16 and int8 to compare.{needs or takes}"
        self.arrangement.say_first(f"Making candidates: {work.text}" if work else words, bare=bare)

    def _on_error(self, error: ErrorText) -> None:
        mend = Button("Open the project's documents", lambda: self.desk.go("project"), icon_name="pencil")
        self.arrangement.show_error(ErrorCard(error, mend))
        self.facts.show_nothing()

    def _on_chosen(self, line: CandidateLine | None) -> None:
        chosen = None if line is None else line.row
        if chosen is not None and self.commands.row is not None and chosen.key != self.commands.row.key:
            self._before = self.commands.row.key
        self.commands.row = chosen
        self.commands.update_actions()
        if chosen is None:
            return
        self.pareto.chart.select(chosen.key)
        self._show_facts(chosen)
        self.ranked.take_candidate(chosen)

    def _show_facts(self, chosen: CandidateRow) -> None:
        compared = () if self.ranked.view is None else self.ranked.view.compared.get(chosen.key, ())
        self.facts.show_candidate(chosen, compared)

    def _on_opened(self, line: CandidateLine) -> None:
        """What failed leads to its log, what was measured to its run."""
        board = self.pareto.board
        failed = next(
            (work for speed in line.row.speeds if (work := self.jobs.failure(line.row.key, speed.board))), None
        )
        if failed is not None:
            self.desk.log_wanted.emit(failed.job_id)
            return
        runs = [speed.run for speed in line.row.speeds if speed.run]
        here = next((speed.run for speed in line.row.speeds if speed.board == board and speed.run), "")
        if runs:
            self.desk.go("verify", here or runs[0])

    def _on_ranked(self) -> None:
        if (chosen := self.selected) is not None:
            self._show_facts(chosen)

    def _show_calibration(self) -> None:
        self.show_tab(CALIBRATION)

    def _ask_comparison(self, a: str, b: str) -> None:
        if self.desk.project is not None and a and b:
            asked = self.desk.bridge.ask(compare_candidates, self.desk.project, a, b, self.pareto.board)
            self._asking.ask("comparison", asked, self._on_comparison)

    def _on_comparison(self, found: CandidateComparison) -> None:
        self.commands.comparison = found
        self.compare.show_comparison(found)
        self.rename_tab(COMPARE, f"{found.a} vs {found.b}")
        self.commands.update_actions()

    def _on_compare(self) -> None:
        chosen = self.selected
        if chosen is not None and self._page is not None:
            other = self._before or self._page.rows[0].key
            self.show_tab(COMPARE)
            self.compare.choose(other, chosen.key)

    def _on_board(self, name: str) -> None:
        self.commands.board = name
        self.commands.update_actions()
        if (chosen := self.selected) is not None:
            self._show_facts(chosen)
        self.ranked.refresh(self.pareto.board)

    def _on_select(self, key: str) -> None:
        if self.desk.project is not None:
            self.desk.bridge.ask(select_candidate, self.desk.project, key).then(self._on_selected)

    def _on_selected(self, done: Selected) -> None:
        self.desk.notice(done.text)
        self.desk.touch()

    def _on_export(self) -> None:
        dialog = QFileDialog(self, "Export candidates", "candidates.csv", "CSV (*.csv)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.fileSelected.connect(self._on_export_file)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_export_file(self, name: str) -> None:
        if self.desk.project is not None:
            self.desk.bridge.ask(export_candidates, self.desk.project, Path(name)).then(self.desk.notice)

    def _on_replaced(self) -> None:
        self._with_replaced = not self._with_replaced
        if self._page is not None:
            self.table.show_page(self._page, with_replaced=self._with_replaced)
        self._say_replaced()

    def _say_replaced(self) -> None:
        names = () if self._page is None else self._page.replaced
        words = (
            f"Hide {len(names)} replaced"
            if self._with_replaced
            else f"{len(names)} hidden: {names[0] if names else ''}, replaced"
        )
        self._replaced.set_text(words if len(names) < 2 or self._with_replaced else f"{len(names)} hidden, replaced")
        self._replaced.setToolTip(", ".join(names))
        self._replaced.setVisible(bool(names))

    def _on_told(self, event: Event) -> None:
        if isinstance(event, JobEnded) and event.state is JobState.SUCCEEDED:
            self._take_result(event.result)

    def _take_result(self, result: object) -> None:
        if isinstance(result, MadeCandidate):
            self._target = result.key
            self.ranking.settle()
        elif isinstance(result, RunDifferences):
            self.compare.show_differences(result)
        elif isinstance(result, CandidateVerified):
            again = "Nothing changed: an earlier run counts. " if result.reused else ""
            self.desk.notice(f"{again}Run {result.run}: {result.outcome}.")

    def _on_work(self) -> None:
        self.table.refresh_work()
        self.calibrating.show_work()
        self._say_first()
        self.ranked.show_work()

    def _open_target(self) -> None:
        target = self._target
        if target and self._page is not None:
            rows = self._page.rows
            found = next((item for item in rows if target in (item.key, item.name)), None)
            found = found or next((item for item in rows if item.sha256.startswith(target)), None)
            if found is not None:
                self._target = ""
                self.table.choose(lambda line: line.row.key == found.key)

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.desk.notice("The command is in the clipboard.")
