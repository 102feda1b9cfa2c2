"""What another board needs and how it is added; shown where this machine is the only one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QWidget

from ui.theme.tokens import MEDIUM
from ui.widgets.command_box import CommandBox
from ui.widgets.controls import Button
from ui.widgets.grounds import column, ground, line, row
from ui.widgets.icon_label import IconLabel
from ui.widgets.text import Text, dim, hint, title

STEPS = (
    ("key", "A login over SSH", "Host or alias of your ~/.ssh/config; nothing secret is stored."),
    ("shield-check", "Its fingerprint, compared", "Asked here, before anything is sent."),
    ("scan", "Its facts, read", "Only Slipway's agent goes there; what is missing comes with its command."),
)
COMMAND = "slipway boards add jetson --host 10.0.0.12 --user nvidia"


class AddCard(QFrame):
    """Three steps, and the same as a command."""

    def __init__(self, add: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        ground(self, "card")
        self.setAccessibleName("Add a board")
        button = Button("Add board", icon_name="plus", action=add)
        head = row(title("Only this machine is known"), dim("Add a board, or work here."), None, button)
        head.setContentsMargins(12, 8, 12, 8)
        steps = QGridLayout()
        steps.setContentsMargins(12, 12, 12, 8)
        steps.setHorizontalSpacing(24)
        for at, (icon, words, more) in enumerate(STEPS):
            steps.addLayout(row(IconLabel(icon), Text(words, weight=MEDIUM), None, spacing=8), 0, at)
            sentence = dim(more, wrap=True)
            sentence.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
            steps.addWidget(sentence, 1, at)
            steps.setColumnStretch(at, 1)
        command = row(hint("In the terminal"), CommandBox(COMMAND, "The same in the terminal"), spacing=12)
        command.setContentsMargins(12, 4, 12, 12)
        command.setStretch(1, 1)
        self.setLayout(column(head, line(), steps, command, spacing=0))
