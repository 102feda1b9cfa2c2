"""The example's way in five steps, before it, while it goes, and where it stopped."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM, SEMIBOLD
from ui.widgets.grounds import clear, column, row
from ui.widgets.states import look_of
from ui.widgets.text import Elided, Text
from workbench.jobs.story import JobRow, StepLine
from workbench.views.welcome import ExampleStep

DISC_PX = 28
STATES = {"running": "run", "done": "ok", "skipped": "ok", "stopped": "err"}


class StepDisc(QWidget):
    """A step's icon in a circle; once it goes, its state."""

    def __init__(self, icon_name: str, *, last: bool) -> None:
        super().__init__()
        self._icon_name, self._state, self._last = icon_name, "", last
        self.setFixedWidth(DISC_PX + 2)
        self.setAccessibleName("Not begun")
        THEME.changed.connect(self.update)

    def set_state(self, state: str) -> None:
        """`run`, `ok`, `err`, or empty where it has not begun."""
        self._state = state
        self.setAccessibleName(look_of(state).word if state else "Not begun")
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """A circle, and the line to the next."""
        return QSize(DISC_PX + 2, DISC_PX + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint the circle and the line to the next step."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = look_of(self._state) if self._state else None
        painter.setPen(QPen(THEME.color("border"), 1))
        if not self._last:
            painter.drawLine(QPointF(DISC_PX / 2 + 1, DISC_PX + 4), QPointF(DISC_PX / 2 + 1, self.height() - 3))
        painter.setPen(QPen(THEME.color(look.color if look else "strong"), 1))
        painter.setBrush(THEME.color("app"))
        painter.drawEllipse(QRectF(1, 1, DISC_PX, DISC_PX))
        name, color = (look.icon, look.color) if look else (self._icon_name, "text2")
        painter.drawPixmap(QPointF(DISC_PX / 2 - 6, DISC_PX / 2 - 6), pixmap(name, color, 14))


class StepList(QWidget):
    """All steps below each other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Steps of the example")
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self._steps: tuple[ExampleStep, ...] = ()
        self._discs: list[StepDisc] = []
        self._texts: list[Elided] = []
        self._times: list[Text] = []

    def show_steps(self, steps: Sequence[ExampleStep]) -> None:
        """Show what will be done, with the expected time of each."""
        if tuple(steps) == self._steps:
            return
        self._steps = tuple(steps)
        clear(self._rows)
        self._discs, self._texts, self._times = [], [], []
        for step in self._steps:
            self._add(step, last=step is self._steps[-1])

    def show_job(self, job: JobRow | None) -> None:
        """Show how far a job is; None shows what is expected."""
        lines = {} if job is None else {line.name: line for line in job.steps}
        for step, disc, text, time in zip(self._steps, self._discs, self._texts, self._times, strict=True):
            mine = [lines[name] for name in step.job_steps if name in lines]
            disc.set_state(_state(mine, step, job))
            text.setText(mine[-1].text or step.text if mine and mine[-1].state == "running" else step.text)
            time.setText(_time(mine) if mine else step.expected)
            time.set_role("dim" if not mine else "")

    def _add(self, step: ExampleStep, *, last: bool) -> None:
        disc = StepDisc(step.icon, last=last)
        name = Text(step.title, px=BODY_PX + 1, weight=SEMIBOLD)
        text = Elided(step.text, role="dim")
        time = Text(step.expected, weight=MEDIUM, role="dim")
        time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        head = row(name, time)
        head.setStretch(0, 1)
        words = column(head, text, None, spacing=2)
        layout = row(disc, words, spacing=12)
        layout.setStretch(1, 1)
        self._rows.addLayout(layout, 0 if last else 1)
        self._discs.append(disc)
        self._texts.append(text)
        self._times.append(time)


def _state(mine: list[StepLine], step: ExampleStep, job: JobRow | None) -> str:
    if not mine:
        return ""
    if any(line.state == "stopped" for line in mine):
        return "err" if job is not None and job.failed else "cancelled"
    if job is not None and job.in_flight and (mine[-1].state == "running" or len(mine) < len(step.job_steps)):
        return "run"
    return STATES[mine[-1].state]


def _time(mine: list[StepLine]) -> str:
    if mine[-1].state == "running" and mine[-1].fraction is not None:
        return f"{100 * mine[-1].fraction:.0f} %"
    seconds = sum(line.seconds or 0.0 for line in mine)
    return "" if mine[-1].state == "running" else f"{seconds:.0f} s" if seconds >= 1 else f"{seconds:.1f} s"
