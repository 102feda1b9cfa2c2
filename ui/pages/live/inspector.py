"""The inspector of the Live page: the chosen detection, the run, what happened, open findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.theme.tokens import BODY_PX, SMALL_PX
from ui.widgets.chip import Chip
from ui.widgets.facts import Facts
from ui.widgets.grounds import row
from ui.widgets.press_row import PressRow
from ui.widgets.text import Elided, Text
from ui.widgets.time_axis import Mark, TimeAxis
from workbench.base.live import LiveBox

MOST_EVENTS = 8
STATES = {"matched": ("ok", "Match"), "missed": ("err", "Missed"), "device_only": ("warn", "Device only")}


@dataclass(frozen=True)
class About:
    """What is said of a run: its name, a sentence, a state with its word, and facts."""

    heading: str
    sentence: str
    chip: tuple[str, str] | None = None
    facts: tuple[tuple[str, str], ...] = ()


class LiveInspector(Facts):
    """Filled anew when the selection, the run, its events or its findings change; never at the pace of frames."""

    event_chosen = Signal(object)
    """The Mark whose row was pressed."""

    def __init__(self, axis: TimeAxis, parent: QWidget | None = None) -> None:
        super().__init__("Live inspector", parent)
        self._axis = axis
        self._about = About("Live", "Nothing plays.")
        self._box: LiveBox | None = None
        self._findings: tuple[tuple[str, str], ...] = ()
        self._fill()

    def show_about(self, about: About) -> None:
        """Say what is played."""
        if about != self._about:
            self._about = about
            self._fill()

    def show_box(self, box: LiveBox | None) -> None:
        """Show the chosen detection."""
        if box != self._box:
            self._box = box
            self._fill()

    def show_findings(self, findings: Sequence[tuple[str, str]]) -> None:
        """Show open findings: id and text."""
        if tuple(findings) != self._findings:
            self._findings = tuple(findings)
            self._fill()

    def refresh_events(self) -> None:
        """Something happened."""
        self._fill()

    def _fill(self) -> None:
        about = self._about
        self.begin(about.heading, about.sentence, about.chip)
        self._fill_box()
        if about.facts:
            self.section("Played")
            for name, value in about.facts:
                self.fact(name, value)
        self._fill_events()
        self._fill_findings()
        self.end()

    def _fill_box(self) -> None:
        self.section("Selected detection")
        box = self._box
        if box is None:
            self.sentence("None. Click a box, or walk through them with the arrow keys.", role="hint")
            return
        if box.kind in STATES:
            self.add(row(Text(box.class_name, px=BODY_PX), None, Chip(*STATES[box.kind])))
        else:
            self.fact("Class", box.class_name)
        self.fact("Score of the device", _number(box.score, "none, it was missed" if box.kind == "missed" else ""))
        self.fact(
            "Score of the reference",
            _number(box.reference_score, "none found here" if box.kind == "device_only" else ""),
        )
        self.fact("IoU with the reference", _number(box.iou))
        self.fact("Score change", _signed(box.score_change))
        corners = ", ".join(f"{value:.0f}" for value in (box.x0, box.y0, box.x1, box.y1))
        self.fact("Box, px", corners, mono=True)

    def _fill_events(self) -> None:
        marks = self._axis.marks
        self.section("Events", Text(str(len(marks)), px=BODY_PX, role="dim"))
        if not marks:
            self.sentence("Nothing happened yet.", role="hint")
        for mark in marks[: -MOST_EVENTS - 1 : -1]:
            self._add_event(mark)

    def _add_event(self, mark: Mark) -> None:
        moment = self._axis.moment_text(mark.at_s)
        words = Elided(mark.words, px=SMALL_PX, role=mark.state if mark.state in {"ok", "warn", "err"} else "")
        layout = row(Text(moment, px=SMALL_PX, role="accent", mono=True), words, margins=(4, 2, 4, 2))
        layout.setStretch(1, 1)
        self.add(PressRow(f"{moment} {mark.words}", layout, lambda: self.event_chosen.emit(mark)))

    def _fill_findings(self) -> None:
        self.section("Open findings", Text(str(len(self._findings)), px=BODY_PX, role="dim"))
        if not self._findings:
            self.sentence("None. Press M to note what you see.", role="hint")
        for id_, text in self._findings:
            layout = row(Text(id_, px=SMALL_PX, role="review", mono=True), Text(text, px=BODY_PX, wrap=True))
            layout.setStretch(1, 1)
            self.add(layout)


def _number(value: float | None, otherwise: str = "") -> str:
    return (otherwise or "not compared") if value is None else f"{value:.2f}"


def _signed(value: float | None) -> str:
    return "not compared" if value is None else f"{round(value, 2) + 0.0:+.2f}"
