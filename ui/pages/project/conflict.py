"""What stands above a document when something has to be said or chosen: a note, or two versions of one file."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import SEMIBOLD, SMALL_PX
from ui.widgets.chip import StateIcon
from ui.widgets.controls import Button, IconButton
from ui.widgets.grounds import column, ground, row
from ui.widgets.text import Text, dim
from workbench.views.project.documents import Conflict, DiffLine

_TONES = {"-": ("err", "err_bg"), "+": ("ok", "ok_bg"), " ": ("text3", "")}
DIFF_PX = 168


class NoteBar(QWidget):
    """A sentence above the document; gone where there is none."""

    revert_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        ground(self, "panel")
        self._text = dim(wrap=True)
        self._revert = Button("Back to the file", self._on_revert, role="link")
        close = IconButton("x", "Close the note", self.hide, size=12)
        layout = row(StateIcon("warn", "Note"), self._text, self._revert, close, margins=(12, 4, 8, 4))
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.hide()

    @property
    def text(self) -> str:
        """What is said."""
        return self._text.text()

    def tell(self, text: str, *, can_revert: bool) -> None:
        """Say something; nothing where it is empty."""
        self._text.setText(text)
        self._revert.setVisible(can_revert)
        self.setVisible(bool(text))

    def _on_revert(self) -> None:
        self.hide()
        self.revert_wanted.emit()


class DiffView(QPlainTextEdit):
    """Two texts line by line: `-` in the file only, `+` typed here only; signs and colours."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._lines: tuple[DiffLine, ...] = ()
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def show_lines(self, lines: tuple[DiffLine, ...]) -> None:
        """Show a comparison."""
        self._lines = lines
        self.clear()
        cursor = QTextCursor(self.document())
        for at, line in enumerate(lines):
            color, tone = _TONES[line.sign]
            form = QTextCharFormat()
            form.setForeground(THEME.color(color))
            if tone:
                form.setBackground(THEME.color(tone))
            cursor.insertText(("\n" if at else "") + f"{line.sign} {line.text}", form)
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def height_of(self, lines: int) -> int:
        """How high it is with so many lines and its scroll bar, px."""
        frame = 2 * round(self.document().documentMargin()) + self.horizontalScrollBar().sizeHint().height()
        return lines * self.fontMetrics().lineSpacing() + frame + 4

    def _on_theme(self) -> None:
        self.setFont(THEME.font(SMALL_PX, mono=True))
        self.show_lines(self._lines)


class DifferenceCard(QFrame):
    """What differs between the document and what it is compared with; gone until it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        ground(self, "card")
        self._title = Text(weight=SEMIBOLD)
        self._diff = DiffView("What changed in the document")
        self._diff.setFixedHeight(DIFF_PX)
        close = IconButton("x", "Close the difference", self.hide, size=12)
        self.setLayout(column(row(self._title, None, close), self._diff, margins=(12, 8, 12, 12)))
        self.hide()

    def show_lines(self, lines: tuple[DiffLine, ...], other: str) -> None:
        """Show the difference to `other`."""
        same = not any(line.sign.strip() for line in lines)
        self._title.setText(f"No difference to {other}" if same else f"Difference to {other}")
        self._diff.setVisible(not same)
        self._diff.show_lines(lines)
        self._diff.setFixedHeight(min(DIFF_PX, self._diff.height_of(len(lines))))
        self.show()


class ConflictCard(QFrame):
    """Something else changed the file: keep mine or theirs, with the difference."""

    mine_wanted = Signal(object)
    theirs_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        ground(self, "card")
        self.setProperty("edge", "warn")
        self._conflict: Conflict | None = None
        self._title = Text(weight=SEMIBOLD, wrap=True)
        self._diff = DiffView("Difference between the file and what was typed")
        self._diff.setFixedHeight(DIFF_PX)
        self.mine = Button("Keep mine", self._on_mine)
        self.theirs = Button("Keep theirs", self._on_theirs)
        head = row(StateIcon("warn", "Changed on disk"), self._title, self.theirs, self.mine)
        head.setStretch(1, 1)
        self.setLayout(column(head, self._diff, margins=(12, 8, 12, 12)))
        self.hide()

    def show_conflict(self, conflict: Conflict) -> None:
        """Ask what to do."""
        self._conflict = conflict
        self._title.setText(
            f"{conflict.name} was changed on disk ({conflict.changed}) while it was edited here. "
            "Lines with - are theirs, lines with + are mine; nothing was written."
        )
        self.setAccessibleName(self._title.text())
        self._diff.show_lines(conflict.lines)
        self.show()
        self.mine.setFocus()

    def _on_mine(self) -> None:
        self.hide()
        if self._conflict is not None:
            self.mine_wanted.emit(self._conflict)

    def _on_theirs(self) -> None:
        self.hide()
        if self._conflict is not None:
            self.theirs_wanted.emit(self._conflict)
