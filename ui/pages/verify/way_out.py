"""Under the table: why the selected requirement stands as it does, and the way out."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame

from ui.pages.verify.columns import STATES
from ui.widgets.chip import StateIcon
from ui.widgets.controls import Button, IconButton
from ui.widgets.grounds import column, ground, row
from ui.widgets.text import Elided
from workbench.views.verify.values import PASS, RUNNING, RequirementRow

LEAST_PX = 48


class WayOut(QFrame):
    """Reason and way out of one row; hidden where it passes and nothing is stale."""

    copied = Signal(str)
    """A command that is to be put on the clipboard."""

    def __init__(self, decide: QAction, stale: QAction) -> None:
        super().__init__()
        ground(self, "selected")
        self.setAccessibleName("Why, and the way out")
        self._icon = StateIcon()
        self._reason, self._way = Elided(), Elided(role="dim")
        self._row: RequirementRow | None = None
        self.decide = Button("Measure until decided", icon_name="play", role="primary", action=decide)
        self.stale = Button("Re-run stale only", icon_name="rotate-ccw", action=stale)
        self._copy = IconButton("copy", "Copy the command that measures it", self._on_copy)
        text = column(self._reason, self._way, spacing=4)
        layout = row(self._icon, text, self._copy, self.stale, self.decide, margins=(12, 8, 12, 8), spacing=8)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.setMinimumHeight(LEAST_PX)
        self.hide()

    def show_row(self, shown: RequirementRow | None, again: str = "") -> None:
        """Show another row's.

        Args:
            shown: the row.
            again: the run whose measurements answer all that is stale; empty where they do not.
        """
        self._row = shown
        wanted = shown is not None and (shown.outcome != PASS or bool(shown.stale))
        self.setVisible(wanted)
        if shown is None or not wanted:
            return
        self._icon.set("stale" if shown.stale else STATES[shown.outcome])
        reason = f"Stale: {shown.stale}." if shown.stale else shown.reason
        first = reason.partition(";")[0].rstrip(".")  # the inspector has the rest
        self._reason.setText(f"{first[:1].upper()}{first[1:]}.")
        self._way.setText(shown.way_out)
        self._way.setVisible(bool(self._way.text()))
        self.decide.setVisible(shown.can_decide and not shown.stale)
        self.stale.set_text("Judge again" if again else "Re-run stale only")
        self.stale.setVisible(bool(shown.stale))
        self._copy.setVisible(shown.outcome != RUNNING)
        self._copy.setToolTip(f"Copy the command: {shown.command}")

    def _on_copy(self) -> None:
        if self._row is not None:
            self.copied.emit(self._row.command)
