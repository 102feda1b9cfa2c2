"""The inspector of a board: every fact with when it was read, the specification, what changed lately."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from ui.widgets.chip import Chip
from ui.widgets.controls import Button
from ui.widgets.facts import Facts
from ui.widgets.text import hint
from workbench.views.boards.values import BoardDetail, Changed


class BoardInspector(Facts):
    """Filled anew where something changed."""

    def __init__(self, read: QAction, use: QAction, prepare: QAction, parent: QWidget | None = None) -> None:
        super().__init__("Facts of the board", parent)
        self._actions = (read, use, prepare)
        self._shown: BoardDetail | None = None
        self.show_none()

    def show_none(self) -> None:
        """No board is selected."""
        self._shown = None
        self.begin("No board selected")
        self.sentence("Choose a board to see what it is, what it lacks and what changed.")
        self.end()

    def show_board(self, detail: BoardDetail) -> None:
        """Show a board."""
        if detail == self._shown:
            return
        self._shown = detail
        self.begin(detail.name, detail.about, (detail.state.look, detail.state.word))
        for at, group in enumerate(detail.groups):
            self.section(group.title, hint("read, ago or at") if at == 0 else None)
            for fact in group.facts:
                role = fact.color or ("" if fact.known else "hint")
                self.fact(fact.name, fact.value, role=role, mono=fact.mono, extra=fact.read)
        if not detail.groups:
            self.section("Facts")
            self.sentence("Nothing is known of it until it is read.")
        self._specification(detail)
        self._changes(detail.changes)
        read, use, prepare = self._actions
        self.add(8)
        self.end(
            Button("Read again", action=read), Button("Use for Run", action=use), Button("Prepare…", action=prepare)
        )

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
