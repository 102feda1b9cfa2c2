"""Between the places of a text as queries count them and as Qt does, which counts some characters as two."""

from __future__ import annotations

from PySide6.QtGui import QTextDocument

_SEPARATOR = "\u2029"


def text_of(document: QTextDocument) -> str:
    """The whole text, with `\\n` between lines; nothing is replaced, as `toPlainText` does with some spaces."""
    return document.toRawText().replace(_SEPARATOR, "\n")


def to_qt(text: str, place: int) -> int:
    """Where Qt has a place of a text."""
    head = text[:place]
    return len(head) if head.isascii() else len(head.encode("utf-16-le", "surrogatepass")) // 2
