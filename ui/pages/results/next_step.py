"""What to do where there are not two runs to compare: make a second one, or take the newest two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from ui.widgets.controls import Button
from ui.widgets.grounds import row

if TYPE_CHECKING:
    from ui.desk import Desk


class NextStep(QWidget):
    """The buttons that fit how many runs there are."""

    def __init__(self, desk: Desk, again: QAction, newest: QAction) -> None:
        super().__init__()
        go = desk.actions.named("go.optimise")
        self.other = Button("Choose another candidate", lambda: desk.go("optimise"), icon_name="layers")
        if go is not None:
            self.other.setToolTip(go.toolTip())
        self.again = Button("Measure everything again", icon_name="rotate-cw", action=again)
        self.newest = Button("Compare the newest two", icon_name="git-compare-arrows", action=newest)
        self.setLayout(row(self.other, self.again, self.newest))
        self.show_for(0)

    def show_for(self, runs: int) -> str:
        """Show what helps where so many runs can be compared; the sentence that goes with it."""
        self.other.setVisible(runs == 1)
        self.again.setVisible(runs == 1)
        self.newest.setVisible(runs > 1)
        self.setVisible(runs > 0)
        if runs == 1:
            return (
                "One run was measured to its end so far. "
                "One of another candidate, or one measured again, can be compared with it."
            )
        return "Tick two runs (Space) to compare them." if runs else "Nothing was measured to its end yet."
