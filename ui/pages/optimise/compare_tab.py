"""Two candidates side by side: facts, classes, and, once asked for, what differs frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.widgets.cell import Cell
from ui.widgets.controls import Button, Choice, IconButton
from ui.widgets.grounds import card, column, row
from ui.widgets.table import Column, Table
from ui.widgets.text import Text, hint, title

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from workbench.views.optimise.comparison import CandidateComparison, ComparedClass, DifferenceRow, RunDifferences
    from workbench.views.optimise.values import CandidateRow

TONES = {"better": "ok", "worse": "err"}


@dataclass(frozen=True)
class FactLine:
    """One row of facts; a heading has no values."""

    name: str
    a: str = ""
    b: str = ""
    change: str = ""
    tone: str = ""
    is_heading: bool = False


class CompareTab(QWidget):
    """The third tab."""

    wanted = Signal(str, str)
    """Keys of the two that are to be compared."""

    def __init__(self, compare_runs: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._a, self._b = Choice("First candidate"), Choice("Second candidate")
        for choice in (self._a, self._b):
            choice.currentIndexChanged.connect(self._on_choice)
        self.found: CandidateComparison | None = None
        self._facts: Table[FactLine] = Table("Facts of both candidates", _fact_columns("A", "B"))
        self._classes: Table[ComparedClass] = Table("mAP50 by class of both candidates", _class_columns("A", "B"))
        self._runs: Table[DifferenceRow] = Table("Differences between the runs", _run_columns("A", "B"), row_height=40)
        self._classes_about, self._runs_about = hint(""), Text(px=11, role="hint", wrap=True)
        self._compare = Button("Compare frame by frame", action=compare_runs, icon_name="git-compare-arrows")
        swap = IconButton("git-compare-arrows", "Swap both candidates", self._on_swap)
        picks = row(Text("Compare"), self._a, Text("with"), self._b, swap, None)
        facts = card(row(title("Facts"), None, hint("Better and worse only where intervals lie apart")), self._facts)
        classes = card(row(title("mAP50 by class"), None, self._classes_about), self._classes)
        runs = card(row(title("Their runs"), None, self._compare), self._runs_about, self._runs)
        right = column(classes, runs, spacing=8)
        right.setStretch(0, 2)
        right.setStretch(1, 3)
        both = row(facts, right, spacing=8)
        both.setStretch(0, 6)
        both.setStretch(1, 5)
        whole = column(picks, both, margins=(12, 12, 12, 12), spacing=12)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    @property
    def keys(self) -> tuple[str, str]:
        """The two that are chosen."""
        return self._a.value, self._b.value

    def set_candidates(self, rows: tuple[CandidateRow, ...]) -> None:
        """Offer candidates; the chosen ones stay."""
        choices = [(row_.key, row_.name) for row_ in rows]
        keys = [key for key, _ in choices]
        a, b = self.keys
        self._a.set_choices(choices, a if a in keys else keys[0])
        self._b.set_choices(choices, b if b in keys else keys[-1])

    def choose(self, a: str, b: str) -> None:
        """Compare these two."""
        for choice, key in ((self._a, a), (self._b, b)):
            choice.blockSignals(True)
            choice.setCurrentIndex(max(0, choice.findData(key)))
            choice.blockSignals(False)
        self.wanted.emit(*self.keys)

    def show_comparison(self, found: CandidateComparison) -> None:
        """Show both."""
        self.found = found
        self._facts.rows.set_columns(_fact_columns(found.a, found.b))
        self._facts.set_rows(list(_fact_lines(found)))
        self._classes.rows.set_columns(_class_columns(found.a, found.b))
        self._classes.set_rows(found.classes)
        self._classes_about.setText(found.classes_text or "No run measured classes")
        self._runs.rows.set_columns(_run_columns(found.a, found.b))
        self._runs.set_rows(())
        known = f"Runs {_number(found.run_a)} and {_number(found.run_b)} on {found.board}."
        self._runs_about.setText(found.why_no_runs or f"{known} Comparing them frame by frame takes a few seconds.")
        self._compare.set_off(found.why_no_runs)

    def show_differences(self, found: RunDifferences) -> None:
        """Show what differs between the runs."""
        if self.found is not None and (found.run_a, found.run_b) == (self.found.run_a, self.found.run_b):
            self._runs.set_rows(found.rows)
            changed = f"Not the same: {', '.join(found.changed)}. " if found.changed else ""
            self._runs_about.setText(f"{changed}{found.note}")

    def _on_choice(self, _at: int) -> None:
        self.wanted.emit(*self.keys)

    def _on_swap(self) -> None:
        a, b = self.keys
        self.choose(b, a)


def _fact_lines(found: CandidateComparison) -> list[FactLine]:
    lines = []
    for group in found.groups:
        lines.append(FactLine(group.title, is_heading=True))
        lines += [FactLine(item.name, item.a, item.b, item.change, item.tone) for item in group.facts]
    return lines


def _fact_columns(a: str, b: str) -> list[Column[FactLine]]:
    return [
        Column("", lambda line: Cell(line.name, kind="strong" if line.is_heading else "dim", tip=line.name), 132),
        Column(a, lambda line: Cell(line.a, tip=line.a), 120, stretch=True),
        Column(b, lambda line: Cell(line.b, tip=line.b), 120, stretch=True),
        Column("Change", _change_cell, 112),
    ]


def _change_cell(line: FactLine) -> Cell:
    if not line.tone:
        return Cell(line.change, kind="dim")
    return Cell(line.change, line.tone, kind="strong", color=TONES[line.tone])


def _class_columns(a: str, b: str) -> list[Column[ComparedClass]]:
    return [
        Column("Class", lambda item: Cell(item.name), 120, stretch=True),
        Column(a, lambda item: Cell(item.a, kind="value"), 96, right=True),
        Column(b, lambda item: Cell(item.b, kind="value"), 96, right=True),
        Column("Change", lambda item: Cell(item.change, kind="value"), 80, right=True),
    ]


def _run_columns(a: str, b: str) -> list[Column[DifferenceRow]]:
    def values(item: DifferenceRow) -> Cell:
        return Cell(item.title, below=f"{item.a} → {item.b}", tip=item.text)

    return [
        Column("Requirement", values, 160, stretch=True, tip=f"{a} → {b}"),
        Column("Difference", _difference_cell, 148, right=True, tip=f"{b} less {a}, with its interval."),
        Column("Result", lambda item: Cell(item.result, tip=item.text), 128),
    ]


def _difference_cell(item: DifferenceRow) -> Cell:
    return Cell(item.difference, kind="value", below=item.interval, tip=item.text)


def _number(run: str) -> str:
    return run.partition("-")[0].lstrip("0")
