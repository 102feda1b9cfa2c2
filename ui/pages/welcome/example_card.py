"""The largest thing of a first start: see the whole way once, on this machine."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from ui.frame.job_table import LOOKS
from ui.pages.welcome.scene_picture import ScenePicture
from ui.pages.welcome.steps import StepList
from ui.theme.tokens import BODY_PX, PAGE_PX, SEMIBOLD
from ui.widgets.chip import Chip
from ui.widgets.controls import Button
from ui.widgets.error_card import ErrorCard
from ui.widgets.grounds import clear, column, ground, line, restyle, row
from ui.widgets.icon_label import IconLabel
from ui.widgets.text import Text, dim, technical
from workbench.base.events import ErrorText
from workbench.jobs.story import JobRow
from workbench.views.welcome import Ending, Example, Scene

NUMBER_PX = 21


class ExampleCard(QFrame):
    """Before, while and after the example runs; as a line once there are projects of one's own."""

    stopped = Signal()
    report_wanted = Signal()
    retried = Signal()

    def __init__(self, run: QAction, open_: QAction, go_on: Callable[[], object]) -> None:
        """Make the card.

        Args:
            run: the action that runs the example.
            open_: the action that makes it and opens it.
            go_on: opens its project, once it ran.
        """
        super().__init__()
        ground(self, "card")
        self.setAccessibleName("The example")
        self._heading = Text("See the whole way once, on this machine", px=PAGE_PX, weight=SEMIBOLD)
        self._total = dim()
        self._chip = Chip("run", "Running")
        self.picture, self.steps = ScenePicture(), StepList()
        self._middle = QWidget()
        middle = QGridLayout(self._middle)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setHorizontalSpacing(24)
        middle.addWidget(self.picture, 0, 0, Qt.AlignmentFlag.AlignTop)
        middle.addWidget(self.steps, 0, 1)
        middle.setColumnStretch(0, 57)
        middle.setColumnStretch(1, 43)
        self._endings = QHBoxLayout()
        self._endings.setSpacing(24)
        self._endings_box = QWidget()
        self._endings_box.setLayout(column(line(), self._endings, line(), spacing=12))
        self.run = Button("Run the example", icon_name="play", role="primary", action=run)
        self._enter = technical("Enter", role="hint")
        self.line_run = Button("Run the example", icon_name="play", action=run)
        self._open = Button("Open it without running", icon_name="folder-open", action=open_)
        self._stop = Button("Stop", self.stopped.emit, icon_name="square")
        self._report = Button("Open the report", self.report_wanted.emit, icon_name="file-text", role="primary")
        self._go_on = Button("Open the project", go_on, icon_name="folder-open")
        for button in (self.run, self._open, self._report, self._go_on, self._stop):
            restyle(button, tall=True)
        self.run.setMinimumWidth(240)
        self._touches = dim(wrap=True)
        self._problem = QVBoxLayout()
        self._put_together()
        self._small = False
        self.show_job(None)

    def set_small(self, small: bool) -> None:
        """As one line: somebody has projects of their own."""
        self._small = small
        for widget in (self._middle, self._endings_box, self._foot, self._touches):
            widget.setVisible(not small)
        self.line_run.setVisible(small)
        restyle(self, edge="" if small else "accent")

    def show_example(self, example: Example) -> None:
        """Show what it does and how long that takes."""
        label = "" if example.measured else ", estimated"
        self._total.setText(example.total + label)
        tip = "As it took the last time on this machine" if example.measured else "It was not run here yet"
        self._total.setToolTip(tip)
        self.steps.show_steps(example.steps)
        clear(self._endings)
        self._endings.addWidget(dim("You end with"))
        for ending in example.endings:
            self._endings.addStretch(1)
            self._endings.addLayout(_ending(ending))
        self._touches.setText(example.blocked or example.touches)
        self._touches.set_role("warn" if example.blocked else "dim")

    def show_scene(self, scene: Scene) -> None:
        """Show one of its frames."""
        self.picture.show_scene(scene)

    def show_job(self, job: JobRow | None) -> None:
        """Show how far it is; None: it does not run and was not run in this window."""
        self.steps.show_job(job)
        works = job is not None and job.in_flight
        done = job is not None and job.state == "succeeded"
        failed = job is not None and not works and not done
        self.run.setVisible(not works and not done)
        self.run.set_text("Run it again" if failed else "Run the example")
        self._open.setVisible(job is None or failed)
        self._enter.setVisible(job is None)
        self._stop.setVisible(works)
        self._report.setVisible(done)
        self._go_on.setVisible(done)
        self._chip.setVisible(job is not None)
        if job is not None:
            self._chip.set(LOOKS.get(job.state, job.state), job.state_text)
        clear(self._problem)
        if job is not None and failed:
            self._problem.addWidget(ErrorCard(_error(job)))

    def _put_together(self) -> None:
        head = row(self._heading, self._chip, None, IconLabel("clock", "text3"), self._total, 8, self.line_run)
        self._foot = QWidget()
        self._foot.setLayout(row(self.run, self._enter, self._open, self._report, self._go_on, self._stop, None))
        self.setLayout(
            column(
                head,
                self._middle,
                self._endings_box,
                self._problem,
                self._foot,
                self._touches,
                margins=(20, 16, 20, 16),
                spacing=12,
            )
        )


def _error(job: JobRow) -> ErrorText:
    if job.error is not None:
        return job.error
    return ErrorText("the example did not end", "Run it again: what is there is kept, and only the rest is done.")


def _ending(ending: Ending) -> QHBoxLayout:
    number = Text(ending.number, px=NUMBER_PX, weight=SEMIBOLD)
    noun = Text(ending.noun, px=BODY_PX, weight=SEMIBOLD)
    return row(number, column(noun, dim(ending.text), spacing=0), spacing=12)
