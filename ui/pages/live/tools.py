"""The controls at the right of the tab bar: which run is shown, how long it is, the range in sight, export."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from ui.theme.tokens import MEDIUM
from ui.widgets.chip import Chip
from ui.widgets.controls import Choice, IconButton, Segments
from ui.widgets.text import Text

WINDOWS = (("60", "1m"), ("600", "10m"), ("3600", "1h"), ("", "All"))
NEW = ""
"""The value of the choice that is no recorded run."""


VERDICTS = {"PASS": "pass", "FAIL": "fail", "INCONCLUSIVE": "inconclusive", "NOT MEASURED": "not measured"}
"""How the outcome of a run looks; a try has none."""


class Tools(QObject):
    """Makes them; the page puts them into its tab bar."""

    run_chosen = Signal(str)
    """A recorded run, or empty for playing anew."""
    window_chosen = Signal(object)
    """Seconds, or None for all."""

    def __init__(self, actions: Sequence[QAction], export: Sequence[QAction], parent: QWidget) -> None:
        """Make them.

        Args:
            actions: pause and mark, as icons.
            export: what the menu of the last icon offers.
            parent: the page.
        """
        super().__init__(parent)
        self.run = Choice("Run that is shown")
        self.run.setMinimumContentsLength(24)
        self.run.set_choices(((NEW, "Play live"),))
        self.run.currentIndexChanged.connect(self._on_run)
        self.recorded = Text("", weight=MEDIUM, role="dim")
        self.chip = Chip("unknown", "")
        self.evidence = Chip("unknown", "Not evidence")
        self.window = Segments("Range in sight", WINDOWS, "600")
        self._window_s: float | None = 600.0
        self.window.chosen.connect(self._on_window)
        self._menu = QMenu(parent)
        self._menu.addActions(list(export))
        self.export = IconButton("download", "Export the range in sight")
        self.export.setMenu(self._menu)
        self.export.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self.icons = [
            IconButton(name, action.text(), action=action)
            for name, action in zip(("pause", "flag"), actions, strict=True)
        ]

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        """In their order."""
        return (self.run, self.recorded, self.evidence, self.chip, self.window, *self.icons, self.export)

    @property
    def window_s(self) -> float | None:
        """The range that was chosen last; None is all of it."""
        return self._window_s

    def show_runs(self, runs: Sequence[tuple[str, str]]) -> None:
        """Offer recorded runs (id, label) besides playing."""
        self.run.set_choices(((NEW, "Play live"), *runs))

    def choose_run(self, run: str) -> None:
        """Choose without telling anybody."""
        self.run.blockSignals(True)
        self.run.setCurrentIndex(max(0, self.run.findData(run)))
        self.run.blockSignals(False)

    def show_state(self, recorded: str, state: tuple[str, str] | None, evidence: str, *, paused: bool) -> None:
        """Say what is shown.

        Args:
            recorded: for how long; empty for nothing.
            state: a state and its word; None hides the chip.
            evidence: `Not evidence`, or what the run is worth; empty hides the chip.
            paused: whether the page stands still.
        """
        self.recorded.setText(recorded)
        self.chip.setVisible(state is not None)
        if state is not None and (self.chip.state, self.chip.text) != state:
            self.chip.set(*state)
        self.evidence.setVisible(bool(evidence))
        words = evidence.capitalize()
        if evidence and self.evidence.text != words:
            look = next((state for outcome, state in VERDICTS.items() if evidence.startswith(outcome)), "unknown")
            self.evidence.set(look, words)
        self.icons[0].set_icon("play" if paused else "pause")

    def _on_run(self, _at: int) -> None:
        self.run_chosen.emit(self.run.value)

    def show_window(self, *, following: bool, everything: bool) -> None:
        """Mark the range that is in sight: the chosen one, all, or none of those that are offered."""
        if following:
            self.window.set_value("" if self._window_s is None else f"{self._window_s:g}")
        elif everything:
            self.window.set_value("")
        else:
            self.window.set_none()

    def _on_window(self, value: str) -> None:
        self._window_s = float(value) if value else None
        self.window_chosen.emit(self._window_s)
