"""The inspector of a board: every fact with when it was read, the specification, what changed lately."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from ui.theme.tokens import BODY_PX, MEDIUM, SMALL_PX
from ui.widgets.chip import Chip
from ui.widgets.controls import Button
from ui.widgets.facts import Facts
from ui.widgets.grounds import row
from ui.widgets.text import Elided, Text, dim, hint
from workbench.views.boards.values import BoardDetail, Changed
from workbench.views.facts import Fact


@dataclass(frozen=True)
class Line:
    """One fact as it stands there."""

    value: Elided
    read: Text

    def show(self, fact: Fact) -> None:
        """Show what it is now."""
        self.value.setText(fact.value)
        self.value.set_role(fact.level or ("" if fact.known else "hint"))
        self.value.setAccessibleName(f"{fact.name}: {fact.value}, read {fact.read}")
        self.read.setText(fact.read)


class BoardInspector(Facts):
    """Built anew for another board; figures of the same one change in place, so that focus and place stay."""

    def __init__(
        self, read: QAction, use: QAction, prepare: QAction, forget: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__("Facts of the board", parent)
        self._actions = (read, use, prepare, forget)
        self._built: tuple[object, ...] | None = None
        self._lines: list[Line] = []
        self.show_none()

    def show_none(self) -> None:
        """No board is selected."""
        self._built = None
        self.begin("No board selected")
        self.sentence("Choose a board to see what it is, what it lacks and what changed.")
        self.end()

    def show_board(self, detail: BoardDetail) -> None:
        """Show a board."""
        names = tuple((group.title, tuple((fact.name, fact.mono) for fact in group.facts)) for group in detail.groups)
        built = (detail.name, detail.about, detail.state, names, detail.differences, detail.compared, detail.changes)
        if built != self._built:
            self._built = built
            self._build(detail)
        facts = (fact for group in detail.groups for fact in group.facts)
        for line, fact in zip(self._lines, facts, strict=True):
            line.show(fact)

    def _build(self, detail: BoardDetail) -> None:
        self.begin(detail.name, detail.about, (detail.state.look, detail.state.word))
        self._lines = []
        for at, group in enumerate(detail.groups):
            self.section(group.title, hint("read, ago or at") if at == 0 else None)
            self._lines += [self._line(fact) for fact in group.facts]
        if not detail.groups:
            self.section("Facts")
            self.sentence("Nothing is known of it until it is read.")
        self._specification(detail)
        self._changes(detail.changes)
        read, use, prepare, forget = self._actions
        self.add(8)
        self.add(row(Button("Read again", action=read), Button("Use for Run", action=use), None))
        self.add(row(Button("Prepare…", action=prepare), Button("Forget…", action=forget), None))
        self.add(None)

    def _line(self, fact: Fact) -> Line:
        px = SMALL_PX if fact.mono else BODY_PX
        value = Elided("", middle=fact.mono, px=px, weight=MEDIUM, mono=fact.mono)
        value.setAlignment(Qt.AlignmentFlag.AlignRight)
        read = Text("", px=SMALL_PX, role="hint")
        layout = row(dim(fact.name), value, read, spacing=12)
        layout.setStretch(1, 1)
        self.add(layout)
        return Line(value, read)

    def _specification(self, detail: BoardDetail) -> None:
        looks = {item.look for item in detail.differences}
        state = "warn" if "warn" in looks else "unknown" if "unknown" in looks else "ok"
        self.section("Against the specification", Chip(state, detail.compared) if detail.differences else None)
        if not detail.differences:
            self.sentence(f"{detail.compared[:1].upper()}{detail.compared[1:]}.")
        for item in detail.differences:
            role = "warn" if item.look == "warn" else "hint" if item.look == "unknown" else ""
            self.fact(item.name, item.has, role=role)
            if item.look != "ok":
                words = "asked" if item.look == "warn" else "compare with"
                self.sentence(f"{words}: {item.asked}", "hint")

    def _changes(self, changes: tuple[Changed, ...]) -> None:
        self.section("Changed lately")
        if not changes:
            self.sentence("Nothing, since it is read here.")
        for change in changes[:6]:
            self.fact(change.name, f"{change.before} → {change.after}", extra=change.when)
            if change.means:
                self.sentence(f"{change.means[:1].upper()}{change.means[1:]}.")
