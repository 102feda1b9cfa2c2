"""One option: what it is, what it means, its value, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QWidget

from ui.theme.tokens import MEDIUM
from ui.widgets.controls import Button, Choice, Field, Segments
from ui.widgets.grounds import column, row
from ui.widgets.text import Text, dim, hint
from workbench.views.settings import Option, Value

CONTROL_PX, FEW = 280, 3


class OptionRow(QWidget):
    """Tells a change as soon as it is made; text and numbers once the field is left or Enter is pressed."""

    def __init__(self, option: Option, changed: Callable[[Value], object], person_taken: str) -> None:
        super().__init__()
        self.setAccessibleName(option.label)
        self._option, self._changed = option, changed
        self._taken = person_taken
        self.control = self._make_control(option)
        self._problem = Text(role="err", wrap=True)
        self._problem.hide()
        self._back = Button("Back to the default", self._on_back, role="link")
        self._back.setAccessibleName(f"{option.label}: back to the default")
        words = column(Text(option.label, weight=MEDIUM), dim(_sentence(option.meaning), wrap=True), spacing=2)
        unit = hint(_range(option))
        side = column(row(self.control, unit, None), self._problem, spacing=4)
        right = QWidget()
        right.setLayout(side)
        right.setMinimumWidth(CONTROL_PX)
        layout = row(words, self._back, right, margins=(16, 12, 16, 12), spacing=16)
        layout.setStretch(0, 1)
        layout.setAlignment(self._back, Qt.AlignmentFlag.AlignTop)
        self.setLayout(layout)
        self.show_option(option)

    def show_option(self, option: Option) -> None:
        """Show the value that is in force."""
        self._option = option
        control, value = self.control, option.value
        if isinstance(control, Field):
            if not control.isModified():
                control.setText(_text(value))
        elif isinstance(control, Segments):
            control.set_value(str(value))
        elif isinstance(control, Choice):
            control.set_choices([(choice.value, choice.label) for choice in option.choices], str(value))
        else:
            control.blockSignals(True)
            control.setChecked(value is True)
            control.blockSignals(False)
        self._back.setVisible(not option.is_default)

    def set_problem(self, words: str) -> None:
        """Say what is wrong with what was given; nothing is saved then."""
        self._problem.set_role("err")
        self._problem.setText(words)
        self._problem.setVisible(bool(words))
        if isinstance(self.control, Field):
            self.control.set_state("err" if words else "")

    def show_typed(self, text: str) -> None:
        """Show what was typed when a window ended in the middle of it; it is not in force."""
        if isinstance(self.control, Field):
            self.control.setText(text)
            self.control.setModified(True)
            self._problem.set_role("warn")
            self._problem.setText("Typed before and not in force. Enter takes it.")
            self._problem.show()

    def take_focus(self, reason: Qt.FocusReason) -> None:
        """Give the focus to the control."""
        self.control.setFocus(reason)

    def _make_control(self, option: Option) -> Field | Segments | Choice | QCheckBox:
        choices = [(choice.value, choice.label) for choice in option.choices]
        if option.kind == "flag":
            box = QCheckBox("On")
            box.setAccessibleName(option.label)
            box.toggled.connect(lambda on: self._changed(bool(on)))
            return box
        if option.kind == "choice" and len(choices) <= FEW and option.name != "board":
            few = Segments(option.label, choices, str(option.value))
            few.chosen.connect(self._changed)
            return few
        if option.kind == "choice":
            many = Choice(option.label)
            many.setMinimumWidth(200)
            many.activated.connect(lambda _at: self._changed(many.value))
            return many
        placeholder = {"person": self._taken, "projects_folder": "~"}.get(option.name, "")
        field = Field(option.label, placeholder=placeholder)
        if option.kind == "number":
            field.setFixedWidth(88)
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
        else:
            field.setMinimumWidth(264)
        field.editingFinished.connect(self._on_edited)
        return field

    def _on_edited(self) -> None:
        field = self.control
        if not isinstance(field, Field) or not field.isModified():
            return
        field.setModified(False)
        text = field.text().strip()
        if self._option.kind != "number":
            self._changed(text)
        elif (number := _number(text)) is not None:
            self._changed(number)
        else:
            self.set_problem(f"{text or 'nothing'} is no number")

    def _on_back(self) -> None:
        if isinstance(self.control, Field):
            self.control.setModified(False)
            self.control.setText(_text(self._option.default))
        self._changed(self._option.default)


def _sentence(meaning: str) -> str:
    return f"{meaning[:1].upper()}{meaning[1:]}."


def _range(option: Option) -> str:
    if option.low is None or option.high is None:
        return ""
    return f"{option.unit}   {option.low:g} to {option.high:g}"


def _text(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(text: str) -> float | None:
    """What was typed; a comma is taken as a point."""
    try:
        return float(text.replace(",", ".").rstrip("% ").removesuffix("Hz"))
    except ValueError:
        return None
