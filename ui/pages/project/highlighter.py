"""Colours a document's text soberly: keys plain, values and texts a shade, comments quiet."""

from __future__ import annotations

import re

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from ui.theme.theme import THEME

_KEY = re.compile(r"^(\s*(?:- )*)([^\s#'\"][^:#]*|'[^']*'|\"[^\"]*\")(:)(?=\s|$)")
_TOKEN = re.compile(
    r"(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*')|(?P<comment>(?:^|(?<=\s))#.*)|(?P<value>[^\s#'\"]\S*)"
)


class Highlighter(QSyntaxHighlighter):
    """Follows the theme; belongs to one document."""

    def __init__(self, document: QTextDocument, parent: QObject | None = None) -> None:
        super().__init__(document)
        if parent is not None:
            self.setParent(parent)
        self._formats: dict[str, QTextCharFormat] = {}
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def highlightBlock(self, text: str) -> None:  # noqa: N802 (Qt)
        """Colour one line."""
        start = 0
        key = _KEY.match(text)
        if key is not None:
            self.setFormat(key.start(2), key.end(2) - key.start(2), self._formats["key"])
            self.setFormat(key.start(3), 1, self._formats["comment"])
            start = key.end(3)
        for match in _TOKEN.finditer(text, start):
            kind = match.lastgroup or "value"
            self.setFormat(match.start(), match.end() - match.start(), self._formats[kind])

    def _on_theme(self) -> None:
        colors = {
            "key": THEME.color("text"),
            "value": THEME.curve(1),
            "text": THEME.curve(4),
            "comment": THEME.color("text3"),
        }
        self._formats = {name: _format(color) for name, color in colors.items()}
        self.rehighlight()


def _format(color: QColor) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(color)
    return made
