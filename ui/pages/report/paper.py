"""A report as its reader gets it: white paper in both themes, plots drawn by QtSvg."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QFont, QPainter, QPixmap, QResizeEvent, QTextCursor, QTextDocument, QTextOption, QWheelEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QTextBrowser, QWidget

from ui.theme.theme import UI_FAMILY
from workbench.views.report import ReportPage

MARGIN_PX, TEXT_PX = 32, 14
EDGE_PX = 40
"""What tables take beyond their width."""
LAYOUT_MS = 80
MOST_PX = 1128
LARGEST_BAR_PX = 200
"""Wider ones are plots, which fill the column."""
ZOOMS = (0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
NOTHING = "\u200b"
"""A letter without width."""
PAPER, INK = "#FFFFFF", "#1F2933"
"""Of the page itself; it has no dark form."""


class Paper(QTextBrowser):
    """Shows one page at a time; it is laid out anew once the width stands still."""

    zoomed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("The report")
        self.setProperty("paper", True)
        self.setOpenLinks(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # a page in pieces keeps its width
        self.setWordWrapMode(QTextOption.WrapMode.WordWrap)
        self._page: ReportPage | None = None
        self._zoom = 1.0
        self._width = 0
        self._images: dict[str, QPixmap] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LAYOUT_MS)
        self._timer.timeout.connect(self._lay_out)
        self._rest: list[str] = []
        self._place: float | None = None
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._on_next)
        palette = self.palette()
        palette.setColor(palette.ColorRole.Base, PAPER)
        palette.setColor(palette.ColorRole.Text, INK)
        self.setPalette(palette)

    @property
    def zoom(self) -> float:
        """1 is as the page is meant."""
        return self._zoom

    @property
    def is_whole(self) -> bool:
        """Whether all of the page is there."""
        return not self._rest

    def show_page(self, page: ReportPage | None) -> None:
        """Show a page from its head; the same page keeps its place."""
        if page is not None and self._page is not None and page.sha256 == self._page.sha256:
            return
        self._page = page
        self._images = {}
        self._width = 0
        self._rest = []
        if page is None:
            self.clear()
        else:
            self._place = 0.0  # not where the page before was read
            self._lay_out()
            self._place = None
            self.verticalScrollBar().setValue(0)

    def step_zoom(self, by: int) -> None:
        """One step larger or smaller; 0 is as it is meant."""
        at = min(range(len(ZOOMS)), key=lambda number: abs(ZOOMS[number] - self._zoom))
        zoom = 1.0 if not by else ZOOMS[max(0, min(at + by, len(ZOOMS) - 1))]
        if zoom != self._zoom:
            self._zoom, self._width = zoom, 0
            self._images = {}
            self._lay_out()
            self.zoomed.emit(zoom)

    def find_text(self, text: str) -> bool:
        """Go to the next place that has this text, from the head again after the last; False where there is none."""
        if not text:
            return True
        while self._rest:
            self._append(self._rest.pop(0))
        self._end()
        if self.find(text):
            return True
        self.moveCursor(QTextCursor.MoveOperation.Start)
        return self.find(text)

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: N802 (Qt)
        """A plot or a picture of the page; nothing else is ever loaded."""
        key = name if isinstance(name, str) else name.toString()
        data = None if self._page is None else self._page.text.images.get(key)
        if data is None:
            return None
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return None
        if key not in self._images:
            is_svg = key.startswith("svg")
            self._images[key] = self._draw(data) if is_svg else _picture(data)
        return self._images[key]

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Lay it out anew, once the width stands still."""
        super().resizeEvent(event)
        if self._column_px() != self._width:
            self._timer.start()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 (Qt)
        """Ctrl and the wheel zoom; the wheel alone scrolls."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.step_zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
            return
        super().wheelEvent(event)

    def _column_px(self) -> int:
        return max(320, min(self.viewport().width(), round(MOST_PX * self._zoom)) - 2 * MARGIN_PX - EDGE_PX)

    def _lay_out(self) -> None:
        if self._page is None or self._column_px() == self._width:
            return
        bar = self.verticalScrollBar()
        if self._place is None:
            self._place = bar.value() / max(1, bar.maximum())
        self._width = self._column_px()
        self._images = {name: made for name, made in self._images.items() if not name.startswith("svg")}
        font = QFont(UI_FAMILY)
        font.setPixelSize(round(TEXT_PX * self._zoom))
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        font.setFeature(QFont.Tag("calt"), 0)
        self.document().setDefaultFont(font)
        self.document().setDocumentMargin(MARGIN_PX)
        first, *self._rest = self._page.text.pieces_at_width(self._width, self._zoom)
        self.setHtml(first)
        self.viewport().setUpdatesEnabled(not self._place)  # its old place is there once all of it is
        self._next.start()

    def _on_next(self) -> None:
        """One more piece a turn: a long page must not hold back keys and paints."""
        if self._rest:
            self._append(self._rest.pop(0))
            self._next.start()
        else:
            self._end()

    def _append(self, piece: str) -> None:
        """Put a piece at the end. Its first block would take the form of the last one: an empty one goes before it."""
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        at = cursor.position()
        cursor.insertHtml(piece.replace("<body>", f"<body><p>{NOTHING}</p>", 1))
        cursor.setPosition(at)
        cursor.deleteChar()

    def _end(self) -> None:
        """All of it is there: go back to the place that was read."""
        if self._place is not None:
            bar = self.verticalScrollBar()
            bar.setValue(round(self._place * bar.maximum()))
            self._place = None
            self.viewport().setUpdatesEnabled(True)

    def _draw(self, svg: bytes) -> QPixmap:
        """A plot as large as it is shown, at the screen's resolution."""
        renderer = QSvgRenderer(QByteArray(svg))
        size = renderer.defaultSize()
        if size.isEmpty():
            return QPixmap()
        width = self._width if size.width() > LARGEST_BAR_PX else size.width()
        fine = width * self.devicePixelRatioF() / size.width()
        made = QPixmap(QSize(round(size.width() * fine), round(size.height() * fine)))
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer.render(painter)
        painter.end()
        return made


def _picture(data: bytes) -> QPixmap:
    made = QPixmap()
    made.loadFromData(data)
    return made
