"""The lines of a document with room below those that carry a message."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF
from PySide6.QtGui import QTextBlock, QTextDocument
from PySide6.QtWidgets import QPlainTextDocumentLayout


class RoomyLayout(QPlainTextDocumentLayout):
    """As Qt's, but some lines are higher; the text stands at the top of its line."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._room: dict[int, int] = {}

    def set_room(self, room: Mapping[int, int]) -> bool:
        """Give lines (from 0) so many px more; whether anything is other than before."""
        if dict(room) == self._room:
            return False
        self._room = dict(room)
        self.requestUpdate()
        self.documentSizeChanged.emit(self.documentSize())
        return True

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:  # noqa: N802 (Qt)
        """The room of one line."""
        rect = super().blockBoundingRect(block)
        extra = self._room.get(block.blockNumber(), 0) if self._room else 0
        return rect.adjusted(0, 0, 0, extra) if extra else rect
