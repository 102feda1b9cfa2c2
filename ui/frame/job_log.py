"""The log of one job, opened at its first error."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtGui import QGuiApplication, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import SMALL_PX
from ui.widgets.chip import Chip
from ui.widgets.controls import IconButton
from ui.widgets.error_card import ErrorCard
from ui.widgets.grounds import clear, column, row
from ui.widgets.text import Elided, dim
from workbench.base.events import ErrorText
from workbench.jobs.story import JobHead, LogEntry

COLORS = {"step": "accent", "warning": "warn", "error": "err"}
WORDS = {"step": "step", "warning": "warn", "error": "error", "info": ""}
MAX_BLOCKS = 10_000


class JobLog(QWidget):
    """Belongs to the panel."""

    def __init__(self) -> None:
        super().__init__()
        self._title, self._chip = Elided(weight=600), Chip("unknown")
        self._error_box = QVBoxLayout()
        self._shown: tuple[LogEntry, ...] = ()
        self._error: ErrorText | None = None
        self._head: JobHead | None = None
        self._empty = dim("Choose a job to see its log.")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setMaximumBlockCount(MAX_BLOCKS)
        self.text.setAccessibleName("Log of the job")
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._copy = IconButton("copy", "Copy the log", self._on_copy)
        head = row(self._title, self._chip, None, self._copy)
        self.setLayout(column(head, self._empty, self._error_box, self.text, margins=(12, 8, 12, 8), spacing=8))
        self._on_theme()
        THEME.changed.connect(self._on_theme)
        self.show_nothing()

    def show_nothing(self) -> None:
        """No job is chosen."""
        self._head, self._shown = None, ()
        self._title.setText("")
        for widget in (self._chip, self._copy, self.text):
            widget.hide()
        self._empty.show()

    def show_log(
        self,
        head: JobHead,
        state: tuple[str, str],
        entries: Sequence[LogEntry],
        first_error: int | None,
        error: ErrorText | None,
    ) -> None:
        """Show a job's log; new lines are added at its end, another job's is opened at the first error."""
        same = self._head is not None and self._head.id == head.id
        self._head = head
        self._title.setText(head.title)
        self._chip.set(*state)
        for widget in (self._chip, self._copy, self.text):
            widget.show()
        self._empty.hide()
        self._show_error(error)
        entries = tuple(entries)
        grown = same and len(entries) >= len(self._shown) and entries[: len(self._shown)] == self._shown
        if not grown:
            self.text.clear()
            self._shown = ()
        self._append(entries[len(self._shown) :], jump=not grown)
        self._shown = entries
        if not grown and first_error is not None:
            self._go_to(first_error)

    def _show_error(self, error: ErrorText | None) -> None:
        if error == self._error:
            return
        self._error = error
        clear(self._error_box)
        if error is not None:
            self._error_box.addWidget(ErrorCard(error))

    def _append(self, entries: Sequence[LogEntry], *, jump: bool) -> None:
        if not entries:
            return
        bar = self.text.verticalScrollBar()
        at_end = bar.value() >= bar.maximum()
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        for entry in entries:
            if not self.text.document().isEmpty():
                cursor.insertBlock()
            cursor.insertText(_words(entry), _format(entry))
        cursor.endEditBlock()
        if jump or at_end:
            bar.setValue(bar.maximum())

    def _go_to(self, line: int) -> None:
        block = self.text.document().findBlockByNumber(line)
        cursor = QTextCursor(block)
        self.text.setTextCursor(cursor)
        self.text.centerCursor()

    def _on_copy(self) -> None:
        lines = [_words(entry) for entry in self._shown]
        if self._error is not None:
            lines += ["", self._error.summary, self._error.hint, self._error.detail]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _on_theme(self) -> None:
        self.text.setFont(THEME.font(SMALL_PX, mono=True))
        shown, self._shown = self._shown, ()
        self.text.clear()
        self._append(shown, jump=True)
        self._shown = shown


def _words(entry: LogEntry) -> str:
    at = time.strftime("%H:%M:%S", time.localtime(entry.at))
    text = entry.text.replace("\n", "\n" + " " * 16)
    return f"{at}  {WORDS.get(entry.level, ''):5} {text}"


def _format(entry: LogEntry) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(THEME.color(COLORS.get(entry.level, "text")))
    return made
