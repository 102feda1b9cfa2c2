"""What a brought ONNX file is, or why it cannot be taken."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QWidget

from ui.widgets.chip import StateIcon
from ui.widgets.grounds import clear, column, ground, row
from ui.widgets.text import Elided, Text, dim
from workbench.views.new_project import BroughtModel

LABEL_PX = 72


class AboutModel(QWidget):
    """A card of a few lines; empty until a file was looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        frame = ground(QFrame(), "sunk")
        self._lines = column(margins=(12, 10, 12, 10), spacing=4)
        frame.setLayout(self._lines)
        self.setLayout(column(frame))
        self.say("Choose an ONNX file, or drop one on this window.")

    def say(self, sentence: str) -> None:
        """Nothing was looked at yet."""
        clear(self._lines)
        self._lines.addWidget(dim(sentence, wrap=True))
        self.setAccessibleName(sentence)

    def show_model(self, model: BroughtModel) -> None:
        """Show what it is."""
        clear(self._lines)
        if model.problem:
            self._say_problem(model)
            return
        self.setAccessibleName(f"{model.name}: {model.about}")
        for name, value in (
            ("File", model.about),
            ("Input", model.input),
            ("Outputs", model.outputs),
            ("Head", model.head),
            ("Classes", model.classes),
        ):
            label = dim(name)
            label.setFixedWidth(LABEL_PX)
            line = row(label, Elided(value))
            line.setStretch(1, 1)
            self._lines.addLayout(line)

    def _say_problem(self, model: BroughtModel) -> None:
        text = f"{model.problem[:1].upper()}{model.problem[1:]}"
        self.setAccessibleName(text)
        head = row(StateIcon("err", "Cannot be taken"), Text(text, weight=600, wrap=True))
        head.setStretch(1, 1)
        self._lines.addLayout(head)
        if model.hint:
            self._lines.addWidget(dim(model.hint, wrap=True))
