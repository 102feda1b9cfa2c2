"""The inspector of one candidate: recipe, predicted and measured, classes, engines, lineage, what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.theme.tokens import BODY_PX, MEDIUM, SEMIBOLD, SMALL_PX
from ui.widgets.controls import Button, IconButton
from ui.widgets.facts import Facts
from ui.widgets.grounds import row
from ui.widgets.text import Elided, Text, hint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ui.pages.optimise.commands import OptimiseCommands
    from workbench.views.optimise.ranking_values import ComparedFigure
    from workbench.views.optimise.values import CandidateRow, ClassRow

ROLES = {"FAIL": "err", "INCONCLUSIVE": "warn"}
LESS = 0.01
"""From here on a class that lost is amber."""


class CandidateFacts(Facts):
    """What is known of the selected candidate."""

    def __init__(self, commands: OptimiseCommands, copy: Callable[[str], object]) -> None:
        super().__init__("Candidate")
        self._commands, self._copy = commands, copy

    def show_candidate(self, row_: CandidateRow, compared: Sequence[ComparedFigure]) -> None:
        """Show another candidate."""
        self.begin(row_.name, _about(row_), ("review", "Selected") if row_.is_wanted else None)
        if row_.stale:
            self.sentence(f"Stale: {row_.stale}.", "warn")
        for group in row_.facts[:1]:
            self.section(group.title)
            for fact in group.facts:
                self.fact(fact.name, fact.value)
        if row_.command:
            self._command(row_.command)
        self._compare(compared)
        self._classes(row_)
        for group in row_.facts[1:]:
            self.section(group.title)
            for fact in group.facts:
                self.fact(fact.name, fact.value, mono=bool(fact.copies)).setToolTip(fact.copies)
        for note in row_.notes:
            self.sentence(note)
        commands = self._commands
        wanted = commands.verify_all if len(commands.boards) > 1 else commands.verify
        verify = Button(wanted.text(), action=wanted, icon_name="play")
        self.end(verify, Button("Select", action=commands.select, icon_name="pin"))

    def show_nothing(self) -> None:
        """Say what is to be done."""
        self.begin("No candidate", "Select a row of the table to see what is known of it.")
        self.end()

    def _command(self, command: str) -> None:
        shown = Elided(command, middle=True, px=SMALL_PX, mono=True)
        shown.setAccessibleName(f"Command: {command}")
        line = row(
            Text("Command", role="dim"),
            shown,
            IconButton("copy", "Copy the command", lambda: self._copy(command)),
            spacing=12,
        )
        line.setStretch(1, 1)
        self.add(line)

    def _compare(self, compared: Sequence[ComparedFigure]) -> None:
        if not compared:
            return
        self.section("Predicted and measured")
        lines = [(figure.name, figure.predicted, figure.measured, ROLES.get(figure.outcome, "")) for figure in compared]
        self.add(_grid(("", "predicted", "measured"), lines))

    def _classes(self, row_: CandidateRow) -> None:
        if not row_.classes:
            return
        self.section("mAP50 by class", hint(row_.classes_text))
        is_model = row_.precision == "fp32"
        lines = [_class_line(item, is_model=is_model) for item in row_.classes]
        self.add(_grid(("", "fp32") if is_model else ("", "fp32", row_.precision, "change"), lines))


def _class_line(item: ClassRow, *, is_model: bool) -> tuple[str, ...]:
    if is_model:
        return item.name, item.reference_text, ""
    role = "warn" if item.change is not None and item.change <= -LESS else ""
    return item.name, item.reference_text, item.device_text, item.change_text, role


def _about(row_: CandidateRow) -> str:
    if not row_.made:
        return "The model itself. All candidates are compared with it."
    here = "" if row_.is_here else " Its bytes are not in this copy of the project."
    return f"Candidate, made {row_.made}; never overwritten.{here}"


def _grid(titles: Sequence[str], lines: Sequence[tuple[str, ...]]) -> QWidget:
    """Names left, numbers right under their titles; the last of a line is the role of its last number."""
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 1)
    for at, words in enumerate(titles):
        if words:
            _put(grid, 0, at, hint(words))
    for place, (name, *numbers, role) in enumerate(lines, 1):
        grid.addWidget(Text(name, role="dim"), place, 0)
        for at, number in enumerate(numbers, 1):
            last = at == len(numbers)
            _put(
                grid,
                place,
                at,
                Text(number, px=BODY_PX, weight=SEMIBOLD if last else MEDIUM, role=role if last else "dim"),
            )
    return made


def _put(grid: QGridLayout, place: int, at: int, label: Text) -> None:
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    grid.addWidget(label, place, at)
