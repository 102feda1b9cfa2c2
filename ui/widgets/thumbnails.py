"""A strip of small pictures with a line of words each; one is chosen by mouse or arrows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import HALO, MEDIUM, SMALL_PX
from ui.widgets.boxes import Box, paint_boxes, place_boxes
from ui.widgets.frame_view import Picture, as_image

Index = QModelIndex | QPersistentModelIndex
PICTURE_ROLE = Qt.ItemDataRole.UserRole + 1
PAD, LINE = 4, 18
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """One small picture."""

    id: str
    picture: Picture | None
    """BGR; None is drawn as an empty frame (its bytes are not here)."""
    words: str
    state: str = ""
    """The token of the colour of its words, where it means something."""
    boxes: tuple[Box, ...] = ()
    """In pixels of the picture; their names are left out."""
    tip: str = ""


class _Rows(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: tuple[Thumbnail, ...] = ()

    def show_rows(self, rows: Sequence[Thumbnail]) -> None:
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008 (Qt)
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == PICTURE_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.words
        return (row.tip or row.words) if role == Qt.ItemDataRole.ToolTipRole else None


class _Painter(QStyledItemDelegate):
    def __init__(self, size: QSize, parent: QObject) -> None:
        super().__init__(parent)
        self.size = size

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:  # noqa: N802 (Qt)
        return QSize(self.size.width() + 2 * PAD, self.size.height() + round(LINE * THEME.type_scale) + 2 * PAD)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: Thumbnail = index.data(PICTURE_ROLE)
        area = QRectF(option.rect).adjusted(PAD, PAD, -PAD, -PAD)
        picture = QRectF(area.x(), area.y(), self.size.width(), self.size.height())
        painter.save()
        painter.fillRect(picture, QColor(HALO))
        if row.picture is not None:
            height, width = row.picture.shape[:2]
            scale = min(picture.width() / width, picture.height() / height)
            target = QRectF(0, 0, width * scale, height * scale)
            target.moveCenter(picture.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(target, as_image(row.picture))
            placed = place_boxes(row.boxes, target, scale, target)
            paint_boxes(painter, placed, None, names=False)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        edge = THEME.color("accent" if chosen else "strong" if hovered else "border")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(QPen(edge, 2 if chosen else 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(picture)
        painter.setFont(THEME.font(SMALL_PX, MEDIUM))
        painter.setPen(THEME.color(row.state or ("text" if chosen else "text2")))
        line = QRectF(area.x(), picture.bottom() + 2, area.width(), LINE * THEME.type_scale)
        words = QFontMetrics(painter.font()).elidedText(row.words, Qt.TextElideMode.ElideRight, round(line.width()))
        painter.drawText(line, _LEFT, words)
        painter.restore()


class ThumbnailStrip(QListView):
    """Small pictures side by side; with `wrap` in lines below each other."""

    chosen = Signal(object)
    """The Thumbnail that is selected now; None where there is none."""
    opened = Signal(object)
    """The Thumbnail that was double-clicked, or on which Enter was pressed."""

    def __init__(
        self, name: str, *, width: int = 120, height: int = 72, wrap: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._rows = _Rows(self)
        self._painter = _Painter(QSize(width, height), self)
        self.setModel(self._rows)
        self.setItemDelegate(self._painter)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(wrap)
        self.setUniformItemSizes(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        scroll = QAbstractItemView.ScrollMode.ScrollPerPixel
        self.setHorizontalScrollMode(scroll)
        self.setVerticalScrollMode(scroll)
        if not wrap:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.selectionModel().currentChanged.connect(self._on_current)
        self.doubleClicked.connect(lambda index: self.opened.emit(self._rows.rows[index.row()]))
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    @property
    def current(self) -> Thumbnail | None:
        """The one that is selected."""
        at = self.currentIndex().row()
        return self._rows.rows[at] if 0 <= at < len(self._rows.rows) else None

    @property
    def thumbnails(self) -> tuple[Thumbnail, ...]:
        """What is shown."""
        return self._rows.rows

    def show_thumbnails(self, thumbnails: Sequence[Thumbnail]) -> None:
        """Show other pictures; the one with the id of the selected one stays selected."""
        before = self.current
        self._rows.show_rows(thumbnails)
        if before is not None:
            self.choose(before.id)

    def choose(self, id_: str) -> bool:
        """Select the picture of this id; False where there is none."""
        for at, row in enumerate(self._rows.rows):
            if row.id == id_:
                self.setCurrentIndex(self._rows.index(at))
                return True
        return False

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """One line of pictures, and the bar that scrolls them."""
        one = self._painter.sizeHint(QStyleOptionViewItem(), QModelIndex())
        return QSize(4 * one.width(), one.height() + 12)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt)
        """Enter opens; everything else is Qt's."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.opened.emit(self.current)
            return
        super().keyPressEvent(event)

    def _on_current(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        self.chosen.emit(self.current)

    def _on_theme(self) -> None:
        self.setMinimumHeight(self.sizeHint().height())
        self.scheduleDelayedItemsLayout()
        self.viewport().update()
