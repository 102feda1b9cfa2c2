"""A document as text: line numbers, bars where it changed, problems in place with their corrections."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from ui.pages.project.editor_layout import RoomyLayout
from ui.pages.project.highlighter import Highlighter
from ui.pages.project.notes import Note, note_px, paint_note, paint_squiggle
from ui.pages.project.text_places import text_of, to_qt
from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, SMALL_PX
from workbench.views.project.documents import Edit, Mark

NUMBERS_PX, BAR_PX, GAP_PX = 40, 3, 8
PASSING = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
COMING = (Qt.FocusReason.MouseFocusReason, Qt.FocusReason.ShortcutFocusReason, Qt.FocusReason.OtherFocusReason)
LEAVING = "Escape lets Tab leave the text"


class TextEditor(QPlainTextEdit):
    """Edits one document. What is wrong with it is told from outside, by `show_marks`."""

    fix_wanted = Signal(object)
    """A Mark whose correction was pressed."""
    typed = Signal()
    """The text is another one."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(f"{name} as text")
        self._made = QTextDocument(self)
        self._layout = RoomyLayout(self._made)
        self._made.setDocumentLayout(self._layout)
        self.setDocument(self._made)
        self._highlighter = Highlighter(self._made, self)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self._marks: tuple[Mark, ...] = ()
        self._changed: frozenset[int] = frozenset()
        self._removed: frozenset[int] = frozenset()
        self._notes: list[Note] = []
        self._shown_text = ""
        self._margin = _Margin(self)
        self.updateRequest.connect(self._on_update)
        self.cursorPositionChanged.connect(self._on_cursor)
        self._made.contentsChanged.connect(self._on_contents)
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    @property
    def text(self) -> str:
        """The text as it stands."""
        return self._shown_text

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is shown to be wrong."""
        return self._marks

    def load(self, text: str) -> None:
        """Show another text; nothing of the one before can be undone."""
        self._made.setPlainText(text)
        self._made.clearUndoRedoStacks()
        self._made.setModified(False)

    def replace_all(self, text: str) -> None:
        """Make the text another one, as an edit that can be undone."""
        old = self.text
        if text != old:
            self.apply(Edit(0, len(old), text))

    def apply(self, edit: Edit) -> None:
        """Make one edit; undo takes it back as a whole."""
        text = self.text
        cursor = QTextCursor(self._made)
        cursor.beginEditBlock()
        cursor.setPosition(to_qt(text, edit.start))
        cursor.setPosition(to_qt(text, edit.end), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(edit.text)
        cursor.endEditBlock()
        self.setTextCursor(cursor)

    def show_marks(self, marks: Sequence[Mark], changed: Sequence[int], removed: Sequence[int]) -> None:
        """Show problems, changed lines (from 1), and lines before which something is gone."""
        self._changed, self._removed = frozenset(changed), frozenset(removed)
        self._marks = tuple(marks)
        room: dict[int, int] = {}
        for mark in self._marks:
            if mark.line is not None:
                room[mark.line - 1] = room.get(mark.line - 1, 0) + note_px()
        self._layout.set_room(room)
        self._select_spots()
        words = ", ".join(mark.title for mark in self._marks[:3])
        told = f"{len(self._marks)} problems: {words}" if self._marks else "No problems"
        self.setAccessibleDescription(f"{told}. {LEAVING}")
        self.viewport().update()
        self._margin.update()

    def go_to(self, line: int, column: int = 1) -> None:
        """Put the cursor on a place, counted from 1, and show it."""
        block = self._made.findBlockByNumber(max(0, line - 1))
        if not block.isValid():
            return
        cursor = QTextCursor(block)
        cursor.setPosition(block.position() + min(max(0, column - 1), max(0, block.length() - 1)))
        self.setTextCursor(cursor)
        self.centerCursor()

    def mark_at_cursor(self) -> Mark | None:
        """The problem on the line of the cursor, the one with a correction first."""
        line = self.textCursor().blockNumber() + 1
        here = [mark for mark in self._marks if mark.line == line]
        return next((mark for mark in here if mark.fix is not None), here[0] if here else None)

    def step_mark(self, by: int) -> Mark | None:
        """Go to the next problem (or the one before, `by` -1), round at the end."""
        placed = [mark for mark in self._marks if mark.line is not None]
        if not placed:
            return None
        here = (self.textCursor().blockNumber() + 1, self.textCursor().positionInBlock() + 1)
        spots = [((mark.line or 0, mark.column), mark) for mark in placed]
        if by > 0:
            mark = next((mark for spot, mark in spots if spot > here), placed[0])
        else:
            mark = next((mark for spot, mark in reversed(spots) if spot < here), placed[-1])
        self.go_to(mark.line or 1, mark.column)
        return mark

    def notes(self) -> list[tuple[QRectF, Mark]]:
        """The messages in sight with their room, in px of the viewport, as they were painted last."""
        return [(note.rect, note.mark) for note in self._notes]

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 (Qt)
        """Tab passes by somebody who came here by Tab; it indents for who came to write."""
        if event.reason() in (*PASSING, *COMING):
            self.setTabChangesFocus(event.reason() in PASSING)
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt)
        """Tab indents by two spaces, Enter keeps the indentation; after Escape, Tab moves on."""
        if event.key() == Qt.Key.Key_Escape:
            self.setTabChangesFocus(True)
            return
        if event.text().isprintable() and event.text():
            self.setTabChangesFocus(False)
        if event.key() == Qt.Key.Key_Tab and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.insertPlainText("  ")
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            line = self.textCursor().block().text()
            self.insertPlainText("\n" + line[: len(line) - len(line.lstrip(" "))])
            self.ensureCursorVisible()
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt)
        """A click on a message makes its correction."""
        note = self._note_at(event.position())
        if note is not None and event.button() == Qt.MouseButton.LeftButton:
            self.go_to(note.mark.line or 1, note.mark.column)
            if note.mark.fix is not None:
                self.fix_wanted.emit(note.mark)
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt)
        """Over a message that can be pressed the pointer says so."""
        note = self._note_at(event.position())
        pressable = note is not None and note.mark.fix is not None
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if pressable else Qt.CursorShape.IBeamCursor)
        super().mouseMoveEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Keep the margin beside the text."""
        super().resizeEvent(event)
        area = self.contentsRect()
        self._margin.setGeometry(QRect(area.left(), area.top(), self.margin_px(), area.height()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint the text, then squiggles and messages."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._notes = []
        by_line: dict[int, list[Mark]] = {}
        for mark in self._marks:
            by_line.setdefault((mark.line or 0) - 1, []).append(mark)
        for block, rect in self.visible_blocks():
            self._paint_marks(painter, block, rect, by_line.get(block.blockNumber(), ()))
        self._paint_ticks(painter)

    def visible_blocks(self) -> list[tuple[QTextBlock, QRectF]]:
        """The lines in sight with their room, in px of the viewport."""
        found = []
        block = self.firstVisibleBlock()
        offset = self.contentOffset()
        while block.isValid():
            rect = self.blockBoundingGeometry(block).translated(offset)
            if rect.top() > self.viewport().height():
                break
            if block.isVisible():
                found.append((block, rect))
            block = block.next()
        return found

    def margin_px(self) -> int:
        """How wide the margin is: numbers, bar, gap."""
        return round(NUMBERS_PX * THEME.type_scale) + BAR_PX + GAP_PX

    def paint_margin(self, painter: QPainter, height: int) -> None:
        """Paint numbers and bars; for the margin."""
        numbers = round(NUMBERS_PX * THEME.type_scale)
        painter.fillRect(QRectF(0, 0, numbers, height), THEME.color("panel"))
        painter.fillRect(QRectF(numbers, 0, self.margin_px() - numbers, height), THEME.color("surface"))
        painter.translate(0, self.viewport().y() - self.contentsRect().top())
        painter.setFont(THEME.font(SMALL_PX, mono=True))
        levels = {mark.line: mark.level for mark in reversed(self._marks)}
        current = self.textCursor().blockNumber()
        line_px = QFontMetricsF(self.font()).lineSpacing()
        for block, rect in self.visible_blocks():
            number = block.blockNumber() + 1
            if number - 1 == current:
                spread = QRectF(numbers, rect.top(), self.margin_px() - numbers, line_px)
                painter.fillRect(spread, THEME.color("hover"))
            if number in self._changed:
                painter.fillRect(QRectF(numbers, rect.top(), BAR_PX, line_px), THEME.color("accent"))
            elif number in self._removed:
                painter.fillRect(QRectF(numbers, rect.top() - 1, BAR_PX + 4, 2), THEME.color("accent"))
            name = levels.get(number, "text2" if number - 1 == current else "text3")
            painter.setPen(THEME.color(name))
            side = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(QRectF(0, rect.top(), numbers - 8, line_px), side, str(number))

    def _note_at(self, place: QPointF) -> Note | None:
        return next((note for note in self._notes if note.rect.contains(place)), None)

    def _paint_marks(self, painter: QPainter, block: QTextBlock, rect: QRectF, marks: Sequence[Mark]) -> None:
        """Squiggles in the line, messages below it."""
        below = rect.bottom() - note_px() * len(marks)
        indent = QFontMetricsF(self.font()).horizontalAdvance(" ") * 4
        start = max(4.0, rect.left() + indent)
        width = self.viewport().width() - start - 12
        for at, mark in enumerate(marks):
            first = block.position() + mark.column - 1
            last = first + max(1, mark.end - mark.start)
            paint_squiggle(painter, self._x_of(first), self._x_of(last), below, mark.level)
            room = QRectF(start, below + at * note_px() + 2, width, note_px() - 4)
            current = block.blockNumber() == self.textCursor().blockNumber()
            self._notes.append(paint_note(painter, room, mark, current=current))

    def _paint_ticks(self, painter: QPainter) -> None:
        """At the right edge, where in the whole text something is wrong."""
        lines = max(1, self.blockCount())
        for mark in self._marks:
            if mark.line is not None:
                top = self.viewport().height() * (mark.line - 0.5) / lines
                painter.fillRect(QRectF(self.viewport().width() - 8, top - 1, 8, 2), THEME.color(mark.level))

    def _x_of(self, position: int) -> float:
        cursor = QTextCursor(self._made)
        cursor.setPosition(min(position, max(0, self._made.characterCount() - 1)))
        return float(self.cursorRect(cursor).left())

    def _select_spots(self) -> None:
        """The ground of the line of the cursor."""
        line = QTextEdit.ExtraSelection()
        line.cursor = self.textCursor()
        line.cursor.clearSelection()
        line.format.setBackground(THEME.color("hover"))
        line.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        self.setExtraSelections([line])

    def _on_contents(self) -> None:
        text = text_of(self._made)
        if text != self._shown_text:
            self._shown_text = text
            self.typed.emit()

    def _on_update(self, rect: QRect, dy: int) -> None:
        if dy:
            self._margin.scroll(0, dy)
            self.viewport().update()
        else:
            self._margin.update(0, rect.y(), self._margin.width(), rect.height())

    def _on_cursor(self) -> None:
        self._select_spots()
        self._margin.update()
        self.viewport().update()

    def _on_theme(self) -> None:
        self.setFont(THEME.font(BODY_PX, mono=True))
        self._made.setDefaultFont(self.font())
        self._made.setDocumentMargin(0)
        self.setTabStopDistance(2 * QFontMetricsF(self.font()).horizontalAdvance(" "))
        self.setViewportMargins(self.margin_px(), 4, 0, 0)
        self._select_spots()
        self.show_marks(self._marks, sorted(self._changed), sorted(self._removed))


class _Margin(QWidget):
    """Numbers and bars beside the text."""

    def __init__(self, editor: TextEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self.setAccessibleName("Line numbers")

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """As wide as numbers, bar and gap."""
        return QSize(self._editor.margin_px(), 0)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint it."""
        self._editor.paint_margin(QPainter(self), self.height())
