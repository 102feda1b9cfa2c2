"""Asks for the tab of all runs and the tab of two runs' frames, and hands the answers to their widgets."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QWidget

from ui.desk import Desk
from ui.pages.asking import Asking
from ui.pages.results.inspector import ComparisonInspector, ResultsInspector
from ui.pages.results.next_step import NextStep
from ui.pages.results.tab import ResultsTab
from ui.pages.verify.frames_card import TWO_DEVICES, FramesCard
from ui.widgets.controls import Button
from ui.widgets.empty import READING
from ui.widgets.grounds import column
from workbench.base.events import ErrorText
from workbench.views.results.comparing import read_comparison, read_disagreement, read_disagreements
from workbench.views.results.matrix import read_matrix
from workbench.views.results.table import export_runs, read_results
from workbench.views.results.values import ComparedRuns, Disagreements, Matrix, ResultsPage, RunLine
from workbench.views.verify.values import FramePair

FRAME_PX = 960
TWO_RUNS = "Two runs"
"""What the tab is called while none are compared."""


class Results(QObject):
    """Both tabs. Belongs to the Verify page."""

    run_opened = Signal(str)
    """Somebody opens a run by its id."""
    frames_asked = Signal()
    """Somebody wants to see the frames on which the two runs disagree."""
    renamed = Signal(str)
    """The tab of two runs is called otherwise."""

    def __init__(self, desk: Desk, owner: QWidget, again: QAction) -> None:
        super().__init__(owner)
        self._desk, self._owner = desk, owner
        self.tab = ResultsTab(desk.actions.named("run.run"))
        self.inspector, self.comparison = ResultsInspector(), ComparisonInspector()
        self.frames = FramesCard("Frames that differ most", TWO_DEVICES)
        self.frames_tab = QWidget()
        layout = column(self.frames, margins=(12, 12, 12, 12))
        self.frames_tab.setLayout(layout)
        add = desk.actions.add
        newest = add("verify.newest", "Compare the newest two runs", self.tab.runs.tick_newest, "Shift+X", "", owner)
        self._steps = [NextStep(desk, again, newest) for _ in range(2)]
        self.tab.compared.empty.offer(self._steps[0])
        self.frames.empty.offer(self._steps[1])
        self._pair: tuple[str, str] | None = None
        self._matrix: Matrix | None = None
        self._asking = Asking()
        tab = self.tab
        tab.compare_asked.connect(self._on_ticks)
        tab.runs.table.chosen.connect(self._on_run)
        tab.runs.table.opened.connect(self._on_open)
        tab.matrix.cell_chosen.connect(self._on_cell)
        tab.compared.frames_asked.connect(self.frames_asked)
        self.frames.frame_chosen.connect(self._on_frame)

    def refresh(self) -> None:
        """Read again."""
        project = self._desk.project
        if project is not None:
            bridge = self._desk.bridge
            runs, matrix = bridge.ask(read_results, project), bridge.ask(read_matrix, project)
            self._asking.ask("runs", runs.or_fail(self._on_unread), self._on_results)
            self._asking.ask("matrix", matrix.or_fail(self._on_unread), self._on_matrix)

    def forget(self) -> None:
        """Another project is open."""
        for name in ("runs", "matrix", "compare", "frames", "pair"):
            self._asking.drop(name)
        self._pair, self._matrix = None, None
        self.tab.runs.forget()
        self.tab.matrix.forget()
        self.inspector.forget()
        self._say_nothing(READING)
        self.renamed.emit(TWO_RUNS)
        for step in self._steps:
            step.hide()

    def export(self) -> None:
        """Ask where the runs that are shown are to be written."""
        dialog = QFileDialog(self._owner, "Write these runs")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["Spreadsheet (*.xlsx)", "Comma-separated values (*.csv)"])
        dialog.setDefaultSuffix("xlsx")
        dialog.filterSelected.connect(lambda text: dialog.setDefaultSuffix("csv" if "csv" in text else "xlsx"))
        dialog.fileSelected.connect(self.write)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def write(self, path: str) -> None:
        """Write the runs that are shown to a file."""
        project = self._desk.project
        if project is not None:
            asked = self._desk.bridge.ask(export_runs, project, Path(path), self.tab.runs.wanted)
            self._asking.ask("export", asked, self._desk.notice)

    def _on_unread(self, error: ErrorText) -> None:
        self.tab.unread.show_error(error, Button("Try again", self.refresh, icon_name="rotate-cw"))

    def _on_results(self, page: ResultsPage) -> None:
        self.tab.unread.clear_error()
        self.tab.runs.show_page(page)
        if len(self.tab.runs.ticks) < 2 or self._pair is None:
            self._on_ticks()

    def _on_matrix(self, matrix: Matrix) -> None:
        self._matrix = matrix
        self.tab.matrix.show_matrix(matrix)

    def _on_run(self, line: RunLine | None) -> None:
        if line is None:
            return
        opener = Button(f"Open run {line.number}", lambda: self.run_opened.emit(line.run), icon_name="external-link")
        self.inspector.show_run(line, opener if line.verdicts else None)
        if not line.verdicts:
            opener.deleteLater()

    def _on_open(self, line: RunLine) -> None:
        if line.verdicts:
            self.run_opened.emit(line.run)

    def _on_cell(self, requirement: str, board_name: str) -> None:
        matrix = self._matrix
        if matrix is None:
            return
        place = next(at for at, board in enumerate(matrix.boards) if board.name == board_name)
        found = next((entry for entry in matrix.rows if entry[0] == requirement), None)
        if found is None:
            self.inspector.show_board(matrix.boards[place], alone=True)
        else:
            self.inspector.show_cell(requirement, found[2], matrix.boards[place], found[3][place])

    def _on_ticks(self) -> None:
        ticks, project = tuple(self.tab.runs.ticks), self._desk.project
        self.tab.share(compared=len(ticks) == 2)
        if len(ticks) < 2 or project is None:
            self._pair = None
            words = [step.show_for(len(self.tab.runs.comparable)) for step in self._steps]
            self._say_nothing(words[0])
            self.renamed.emit(TWO_RUNS)
            return
        for step in self._steps:
            step.hide()
        a, b = ticks[0], ticks[1]
        if (a, b) == self._pair:
            return
        self._pair = (a, b)
        self.tab.unread.clear_error()
        self._say_nothing("Comparing what both measured …")
        bridge = self._desk.bridge
        comparison = bridge.ask(read_comparison, project, a, b).or_fail(self._on_not_compared)
        self._asking.ask("compare", comparison, self._on_compared)
        self._asking.ask("frames", bridge.ask(read_disagreements, project, a, b), self._on_disagreements)

    def _on_not_compared(self, error: ErrorText) -> None:
        self._pair = None
        self.tab.compared.show_nothing("They could not be compared.")
        self._on_unread(error)

    def _say_nothing(self, sentence: str) -> None:
        """Why no two runs are compared, or not yet, in every place that shows them."""
        self.tab.compared.show_nothing(sentence)
        self.frames.show_nothing(sentence)
        self.comparison.show_nothing(sentence)

    def _on_compared(self, compared: ComparedRuns) -> None:
        self.tab.compared.show_runs(compared)
        self.renamed.emit(compared.title)
        self.comparison.show_comparison(compared)

    def _on_disagreements(self, found: Disagreements) -> None:
        self.frames.show_frames(found.frames, found.text)

    def _on_frame(self, sample: int) -> None:
        project = self._desk.project
        if self._pair is not None and project is not None:
            asked = self._desk.bridge.ask(read_disagreement, project, *self._pair, sample, FRAME_PX)
            self._asking.ask("pair", asked, self._on_pair)

    def _on_pair(self, pair: FramePair | None) -> None:
        if pair is not None:
            self.frames.show_pair(pair)
