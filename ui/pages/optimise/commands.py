"""What can be done on the Optimise page: its actions, and the orders that they start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from ui.desk import THIS_MACHINE
from ui.pages.optimise.make_dialog import MakeDialog
from workbench.orders.optimise import (
    AddCalibration,
    CompareRuns,
    CountObjects,
    MakeCandidate,
    MakeFirstCandidates,
    RankLayers,
    VerifyCandidate,
)
from workbench.views.project.overview import Place

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from ui.desk import Desk
    from workbench.views.optimise.comparison import CandidateComparison
    from workbench.views.optimise.ranking_values import Choice
    from workbench.views.optimise.values import CandidateRow, Candidates


SHORT = 16
"""A board's name of more letters has no room on a button."""


class OptimiseCommands(QObject):
    """The actions of the page, and what they need to know; the page tells it what is selected and shown."""

    select_wanted = Signal(str)
    """Key of the candidate that the documents shall ask for."""
    compare_wanted = Signal()
    board_wanted = Signal()
    fewest_wanted = Signal()
    export_wanted = Signal()

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__(page)
        self._desk, self._owner = desk, page
        self.page: Candidates | None = None
        self.row: CandidateRow | None = None
        self.board = ""
        self.choice: Choice | None = None
        self.comparison: CandidateComparison | None = None
        self.kept: tuple[str, ...] = ()
        """Entries for the keep-list of a new candidate."""
        self._dialog: MakeDialog | None = None
        self.new = self._add("new", "New candidate", self._on_new, "N", "plus")
        self.make_first = self._add("make_first", "Make fp16 and int8", self._on_make_first, "M", "plus")
        self.rank = self._add("rank", "Rank the layers", self._on_rank, "R", "list-filter")
        self.make_choice = self._add(
            "make_choice", "Make a candidate of the choice", self._on_make_choice, "Ctrl+Return", "plus"
        )
        self.fewest = self._add(
            "fewest", "Keep the fewest groups that pass", self.fewest_wanted.emit, "K", "list-checks"
        )
        self.verify = self._add("verify", "Verify this candidate", self._on_verify, "V", "play")
        self.select = self._add("select", "Select as target", self._on_select, "T", "pin")
        self.compare = self._add(
            "compare", "Compare with the candidate before", self.compare_wanted.emit, "C", "git-compare-arrows"
        )
        self.compare_runs = self._add(
            "compare_runs", "Compare frame by frame", self._on_compare_runs, "Shift+C", "git-compare-arrows"
        )
        self.next_board = self._add("next_board", "Show the next board", self.board_wanted.emit, "B", "microchip")
        self.add_calibration = self._add(
            "add_calibration", "Add calibration frames", self._on_add, "Ctrl+L", "folder-plus"
        )
        self.verify_all = self._add("verify_all", "Verify on all boards", self._on_verify_all, "Shift+V", "play")
        self.count = self._add("count", "Count objects in calibration frames", self._on_count, "O", "images")
        self.export = self._add("export", "Export candidates as CSV", self.export_wanted.emit, "Ctrl+E", "download")
        self.update_actions()

    def update_actions(self) -> None:
        """Switch actions on and off, and say why."""
        row, page = self.row, self.page
        _set(self.new, "" if page else "Open a project first.")
        bare = page is not None and not page.has_calibration
        _set(self.make_first, "int8 needs calibration frames. Add some, or make fp16 alone." if bare else "")
        _set(self.verify, "" if row else "Select a candidate first.")
        _set(self.verify_all, "" if row else "Select a candidate first.")
        there = board_words(self.board)
        self.verify.setText(f"Verify on {there}" if 0 < len(there) <= SHORT else "Verify this candidate")
        self.verify_all.setText(
            f"Verify on {len(self.boards)} boards" if len(self.boards) > 1 else "Verify on all boards"
        )
        _set(
            self.select,
            "Select a candidate first."
            if row is None
            else "The documents ask for it already."
            if row.is_wanted
            else "",
        )
        made = "" if self.choice is None else self.choice.made
        why = f"This choice exists: {self._name_of(made)}." if made else "" if self.choice else "Rank the layers first."
        _set(self.make_choice, why)
        _set(
            self.compare_runs, "" if self.comparison and self.comparison.run_a else "Both need a run on the same board."
        )

    @property
    def boards(self) -> tuple[str, ...]:
        """Boards that nobody knows to be out of reach."""
        return () if self.page is None else tuple(board.name for board in self.page.boards if not board.trouble)

    def bring_calibration(self, frames: Path) -> None:
        """Copy these frames into the project as its calibration set."""
        if self._project is not None:
            self._start(AddCalibration(self._project, frames))

    def edit_calibration(self) -> None:
        """Show where the documents name the calibration set."""
        self._desk.go("project", Place("deployment.yaml", path="slipway.calibration.images"))

    def _add(self, name: str, text: str, slot: object, keys: str, icon: str) -> QAction:
        return self._desk.actions.add(f"optimise.{name}", text, slot, keys, icon, self._owner)  # type: ignore[arg-type]

    def _on_new(self) -> None:
        if self._project is None or self.page is None or self._dialog is not None:
            return
        keep = self.kept or self.page.keep
        self._dialog = MakeDialog(self._desk.bridge, self._project, self.page, keep, self._owner)
        self._dialog.ordered.connect(self._start)
        self._dialog.destroyed.connect(self._on_dialog_gone)
        self._dialog.open()

    def _on_dialog_gone(self) -> None:
        self._dialog = None

    def _on_make_first(self) -> None:
        if self._project is not None:
            self._start(MakeFirstCandidates(self._project))

    def _on_rank(self) -> None:
        if self._project is not None:
            self._start(RankLayers(self._project))

    def _on_make_choice(self) -> None:
        if self._project is not None and self.choice is not None and not self.choice.made:
            self._start(MakeCandidate(self._project, "int8", self.choice.keep))

    def _on_verify(self) -> None:
        row = self.row
        if self._project is not None and row is not None:
            self._start(VerifyCandidate(self._project, self.board, row.key, row.name, row.sha256))

    def _on_verify_all(self) -> None:
        row = self.row
        if self._project is not None and row is not None:
            for board in self.boards:
                self._start(VerifyCandidate(self._project, board, row.key, row.name, row.sha256))

    def _on_add(self) -> None:
        dialog = QFileDialog(self._owner, "Calibration frames")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda name: self.bring_calibration(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_select(self) -> None:
        if self.row is not None:
            self.select_wanted.emit(self.row.key)

    def _on_compare_runs(self) -> None:
        found = self.comparison
        if self._project is not None and found is not None and found.run_a:
            self._start(CompareRuns(self._project, found.run_a, found.run_b))

    def _on_count(self) -> None:
        if self._project is not None:
            self._start(CountObjects(self._project))

    def _start(self, order: object) -> None:
        self._desk.bridge.start(order)  # type: ignore[arg-type]

    def _name_of(self, key: str) -> str:
        rows = self.page.rows if self.page is not None else ()
        return next((row.name for row in rows if row.key == key), "one of the table")

    @property
    def _project(self) -> Path | None:
        return self._desk.project


def board_words(name: str) -> str:
    """A board as people say it."""
    return "this machine" if name == THIS_MACHINE else name


def _set(action: QAction, why: str) -> None:
    """Switch an action off and say why; on where the reason is empty."""
    keys = action.shortcut().toString()
    action.setEnabled(not why)
    action.setToolTip(why or (f"{action.text()} ({keys})" if keys else action.text()))
