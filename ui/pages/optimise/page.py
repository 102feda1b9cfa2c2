"""The Optimise page: which candidate, why it loses accuracy, what the next one would cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from ui.page import Page, Tab
from ui.pages.optimise.calibration_card import COLUMNS, ROWS, CalibrationCard
from ui.pages.optimise.calibration_tab import PAGE, CalibrationTab
from ui.pages.optimise.candidate_table import CandidateTable
from ui.pages.optimise.commands import OptimiseCommands
from ui.pages.optimise.compare_tab import CompareTab
from ui.pages.optimise.inspector import CandidateFacts
from ui.pages.optimise.jobs import OptimiseJobs
from ui.pages.optimise.pareto_card import ParetoCard
from ui.pages.optimise.ranking_card import RankingCard
from ui.theme.theme import THEME
from ui.widgets.controls import Button, IconButton
from ui.widgets.empty import Empty
from ui.widgets.error_card import ErrorCard
from ui.widgets.grounds import card, clear, column, row
from workbench.base.events import ErrorText, Event, JobEnded, JobStarted, JobState, ResultPart
from workbench.orders.optimise import CandidateVerified, MadeCandidate
from workbench.pipeline.kept_ranking import KeptGroup
from workbench.views.optimise.calibration import read_calibration, read_thumbnails
from workbench.views.optimise.comparison import RunDifferences, compare_candidates
from workbench.views.optimise.export import export_candidates
from workbench.views.optimise.page import read_candidates
from workbench.views.optimise.ranking import predict_choice, read_ranking, rows_of_groups
from workbench.views.optimise.steps import read_estimates, select_candidate

if TYPE_CHECKING:
    from ui.bridge import Answer
    from ui.desk import Desk
    from ui.pages.optimise.candidate_cells import CandidateLine
    from workbench.views.optimise.calibration_values import Calibration, Thumbnail
    from workbench.views.optimise.comparison import CandidateComparison
    from workbench.views.optimise.ranking_values import Choice, RankingView
    from workbench.views.optimise.values import CandidateRow, Candidates, Estimates, Selected

CANDIDATES, CALIBRATION, COMPARE = "candidates", "calibration", "compare"
LEFT_PX = 424
LOW_PX = 720
"""Of the page; below it the calibration set has its tab alone."""
FULL, FIRST = 0, 1


class OptimisePage(Page):
    """Opens a candidate by its key, its name, or the beginning of its sha256."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.jobs = OptimiseJobs(desk, self)
        self.commands = OptimiseCommands(desk, self)
        self._page: Candidates | None = None
        self._ranking: RankingView | None = None
        self._calibration: Calibration | None = None
        self._estimates: Estimates | None = None
        self._before = ""
        self._with_replaced = False
        self._partly: list[KeptGroup] = []
        self._target = self._loaded = ""
        self._asked: dict[str, Answer[Any]] = {}
        self.table = CandidateTable(self.jobs)
        self.pareto = ParetoCard()
        commands = self.commands
        self.calibration = CalibrationCard(
            self._show_calibration, commands.edit_calibration, commands.count, commands.add_calibration
        )
        self.ranking = RankingCard(self.commands.rank, self.commands.make_choice, self._stop_ranking)
        self.calibration_tab = CalibrationTab(self.commands.count)
        self.compare = CompareTab(self.commands.compare_runs)
        self.facts = CandidateFacts(commands, self._copy)
        self._make_tabs()
        self._make_tools()
        self.set_inspector(self.facts)
        self._connect()
        self._on_theme()

    def refresh(self) -> None:
        """Ask for candidates, calibration set and ranking."""
        project = self.desk.project
        if project is None:
            return
        self._ask("candidates", read_candidates, project).then(self._on_candidates).or_fail(self._on_error)
        self._ask("calibration", read_calibration, project).then(self._on_calibration).or_fail(_quiet)

    def open(self, target: object) -> None:
        """Select a candidate."""
        self.show_tab(CANDIDATES)
        self._target = str(target)
        self._open_target()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """In a low window the calibration set has its tab alone."""
        super().resizeEvent(event)
        self.calibration.setVisible(event.size().height() >= LOW_PX * THEME.type_scale)

    @property
    def selected(self) -> CandidateRow | None:
        """The candidate that is selected."""
        line = self.table.current
        return None if line is None else line.row

    def _make_tabs(self) -> None:
        self._left = QWidget()
        left = column(self.pareto, self.calibration, spacing=8)
        left.setStretch(0, 1)
        self._left.setLayout(left)
        self._left.setFixedWidth(LEFT_PX)
        both = QWidget()
        below = row(self._left, self.ranking, spacing=8)
        below.setStretch(1, 1)
        both.setLayout(below)
        make = Button("Make fp16 and int8", action=self.commands.make_first, role="primary")
        self._bring = Button("Add calibration frames", action=self.commands.add_calibration, icon_name="folder-plus")
        self._first = Empty("layers", "", make, self._bring)
        self._lower = QStackedWidget()
        self._lower.addWidget(both)
        self._lower.addWidget(self._first)
        whole = QWidget()
        table = card(self.table, margins=(1, 1, 1, 1), spacing=0)
        layout = column(table, self._lower, margins=(12, 12, 12, 12), spacing=8)
        layout.setStretch(1, 1)
        whole.setLayout(layout)
        self._wrong = QWidget()
        self._wrong_place = column(margins=(12, 12, 12, 12))
        self._wrong.setLayout(self._wrong_place)
        self._shown = QStackedWidget()
        self._shown.addWidget(whole)
        self._shown.addWidget(self._wrong)
        self.add_tab(Tab(CANDIDATES, "Candidates", "layers"), self._shown)
        self.add_tab(Tab(CALIBRATION, "Calibration", "database"), self.calibration_tab)
        self.add_tab(Tab(COMPARE, "Compare", "git-compare-arrows"), self.compare)

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
        self.ranking.kept_changed.connect(self._ask_choice)
        self.calibration.dropped.connect(self.commands.bring_calibration)
        self.calibration_tab.page_wanted.connect(self._ask_page)
        self.compare.wanted.connect(self._ask_comparison)
        self.jobs.changed.connect(self._on_work)
        self.commands.select_wanted.connect(self._on_select)
        self.commands.compare_wanted.connect(self._on_compare)
        self.commands.board_wanted.connect(self.pareto.next_board)
        self.commands.fewest_wanted.connect(self.ranking.keep_fewest)
        self.commands.export_wanted.connect(self._on_export)
        self.desk.bridge.told.connect(self._on_told)
        THEME.changed.connect(self._on_theme)

    def _ask(self, name: str, query: Any, *arguments: object) -> Answer[Any]:
        """Ask, in place of what was asked under the same name before."""
        if name in self._asked:
            self._asked[name].drop()
        answer: Answer[Any] = self.desk.bridge.ask(query, *arguments)
        self._asked[name] = answer
        return answer

    def _on_candidates(self, page: Candidates) -> None:
        self._page = self.commands.page = page
        self._shown.setCurrentIndex(0)
        self.table.show_page(page, with_replaced=self._with_replaced)
        self.pareto.show_page(page)
        self.compare.set_candidates(page.rows)
        self.commands.board = self.pareto.board
        alone = len(page.rows) == 1
        self._lower.setCurrentIndex(FIRST if alone else FULL)
        if self._estimates is None and self.desk.project is not None and page.has_calibration:
            self._ask("estimates", read_estimates, self.desk.project).then(self._on_estimates).or_fail(_quiet)
        self._say_first()
        self._say_replaced()
        self._open_target()
        self._on_chosen(self.table.current)
        self._ask_ranking()

    def _on_estimates(self, found: Estimates) -> None:
        self._estimates = found
        self._say_first()
        if self._ranking is not None:
            self.ranking.show_ranking(self._ranking, found.rank_text)

    def _say_first(self) -> None:
        work = self.jobs.making()
        takes = "" if self._estimates is None else f" It takes {self._estimates.make_text}."
        bare = self._page is not None and not self._page.has_calibration
        needs = " int8 needs a calibration set: typical frames, none of them in the test set." if bare else ""
        words = f"Only fp32 so far. Make fp16 and int8 to compare.{needs or takes}"
        self._first.sentence.setText(f"Making candidates: {work.text}" if work else words)
        self._bring.setVisible(bare)

    def _on_error(self, error: ErrorText) -> None:
        clear(self._wrong_place)
        mend = Button("Open the project's documents", lambda: self.desk.go("project"), icon_name="pencil")
        self._wrong_place.addWidget(ErrorCard(error, mend))
        self._wrong_place.addStretch(1)
        self._shown.setCurrentIndex(1)
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
        if self._load_kept(chosen):
            self._ask_choice()

    def _load_kept(self, chosen: CandidateRow) -> bool:
        """Take over the groups that a candidate keeps, once, unless somebody has changed a box; whether it was done."""
        view = self._ranking
        if view is None or chosen.key not in view.kept or chosen.key == self._loaded or self.ranking.is_dirty:
            return False
        self._loaded = chosen.key
        self.ranking.set_kept(view.kept[chosen.key])
        return True

    def _show_facts(self, chosen: CandidateRow) -> None:
        compared = () if self._ranking is None else self._ranking.compared.get(chosen.key, ())
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

    def _ask_ranking(self) -> None:
        if self.desk.project is not None and self.pareto.board:
            asked = self._ask("ranking", read_ranking, self.desk.project, self.pareto.board)
            asked.then(self._on_ranking).or_fail(_quiet)

    def _on_ranking(self, view: RankingView) -> None:
        self._ranking = view
        if self.jobs.ranking() is None:
            takes = view.takes or (self._estimates.rank_text if self._estimates else "")
            self.ranking.show_ranking(view, takes)
        if (chosen := self.selected) is not None:
            self._show_facts(chosen)
            self._load_kept(chosen)
        self._ask_choice()

    def _ask_choice(self) -> None:
        view = self._ranking
        if view is None or view.state == "none" or self.desk.project is None:
            self.commands.choice = None
            self.commands.update_actions()
            return
        asked = self._ask("choice", predict_choice, self.desk.project, self.pareto.board, self.ranking.kept)
        asked.then(self._on_choice).or_fail(_quiet)

    def _on_choice(self, choice: Choice) -> None:
        self.commands.choice, self.commands.kept = choice, choice.keep
        self.ranking.show_choice(choice)
        self.pareto.set_choice(choice)
        self.commands.update_actions()

    def _on_calibration(self, found: Calibration) -> None:
        self._calibration = found
        self.rename_tab(CALIBRATION, f"Calibration  {found.source}" if found.source else "Calibration")
        self._show_set()
        if found.state == "here" and self.desk.project is not None:
            asked = self._ask("thumbnails", read_thumbnails, self.desk.project, -1, COLUMNS * ROWS)
            asked.then(self.calibration.show_frames).or_fail(_quiet)
            self._ask_page(0)

    def _show_set(self) -> None:
        if self._calibration is not None:
            work = self.jobs.counting()
            self.calibration.show_set(self._calibration, work)
            self.calibration_tab.show_set(self._calibration, work)

    def _ask_page(self, first: int) -> None:
        if self.desk.project is None:
            return

        def show(frames: tuple[Thumbnail, ...]) -> None:
            self.calibration_tab.show_frames(first, frames)

        self._ask("page", read_thumbnails, self.desk.project, first, PAGE).then(show).or_fail(_quiet)

    def _show_calibration(self) -> None:
        self.show_tab(CALIBRATION)

    def _ask_comparison(self, a: str, b: str) -> None:
        if self.desk.project is not None and a and b:
            asked = self._ask("comparison", compare_candidates, self.desk.project, a, b, self.pareto.board)
            asked.then(self._on_comparison)

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
        self._ask_ranking()

    def _on_select(self, key: str) -> None:
        if self.desk.project is not None:
            self._ask("select", select_candidate, self.desk.project, key).then(self._on_selected)

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
            self._ask("export", export_candidates, self.desk.project, Path(name)).then(self.desk.notice)

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
        work = self.jobs.ranking()
        if isinstance(event, ResultPart) and work is not None and event.job_id == work.job_id:
            if isinstance(event.value, KeptGroup):
                self._partly.append(event.value)
                self.ranking.show_work(work, rows_of_groups(self._partly))
        elif isinstance(event, JobStarted):
            self._partly = []
        elif isinstance(event, JobEnded) and event.state is JobState.SUCCEEDED:
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
        self._show_set()
        self._say_first()
        work = self.jobs.ranking()
        if work is not None:
            self.ranking.show_work(work, rows_of_groups(self._partly))
        elif self._ranking is not None:
            self.ranking.show_ranking(
                self._ranking, self._ranking.takes or (self._estimates.rank_text if self._estimates else "")
            )

    def _stop_ranking(self) -> None:
        work = self.jobs.ranking()
        if work is not None:
            self.desk.jobs.stop(work.job_id)

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

    def _on_theme(self) -> None:
        self._left.setFixedWidth(round(LEFT_PX * THEME.type_scale))


def _quiet(_error: ErrorText) -> None:
    """What cannot be read is said by the table's own error; one card is enough."""
