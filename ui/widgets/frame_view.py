"""A picture with boxes over it: fitted, zoomed, boxes chosen by mouse and keyboard."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, DARK, HALO, MEDIUM, SMALL_PX
from ui.widgets.boxes import WORDS, Box, Placed, paint_boxes, pen_of, place_boxes

Picture = NDArray[np.uint8]
"""[height, width, 3], BGR; rows may be padded, pixels of a row lie side by side."""

MAX_ZOOM = 16.0
STEP = 1.25
TELL_S = 0.25
"""What assistive technology is told changes at most this often while pictures come live."""
HUD_PX = 20
LEAST_NAMED_PX = 300
"""A picture that is drawn smaller has no room for names; the chosen box keeps its own."""
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)


class FrameView(QWidget):
    """One picture; it is painted from the array that it was given, which must not change until the next one."""

    selected = Signal(object)
    """The Box that was chosen, or None."""
    zoomed = Signal()
    """Another part of the picture is seen; `zoom` and `centre` say which."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._picture: Picture | None = None
        self._image: QImage | None = None
        self._boxes: tuple[Box, ...] = ()
        self._threshold = 0.0
        self._selected: Box | None = None
        self._placed: list[Placed] | None = None
        self._live = False
        self._zoom, self._centre = 1.0, QPointF(0.5, 0.5)
        self._dragged_from: QPointF | None = None
        self._captions = ("", "")
        self._footers = ("", "")
        self._badge, self._message = "", "No frame yet"
        self._kinds: tuple[str, ...] = ()
        self._told_s = 0.0
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._tell()
        THEME.changed.connect(self._on_theme)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The boxes that are shown: those at or above the threshold, missed ones always."""
        return tuple(box for box in self._boxes if self._is_shown(box))

    @property
    def selection(self) -> Box | None:
        """The chosen box."""
        return self._selected

    @property
    def zoom(self) -> float:
        """1 is fitted."""
        return self._zoom

    @property
    def centre(self) -> QPointF:
        """The middle of what is seen, in parts of the picture."""
        return self._centre

    def show_frame(self, picture: Picture | None, boxes: Sequence[Box] = ()) -> None:
        """Show a picture with its boxes. A box with the id of the chosen one stays chosen.

        Args:
            picture: uint8 [height, width, 3], BGR; None shows the message instead.
            boxes: in pixels of the picture.
        """
        if (picture is None) != (self._picture is None):
            self._told_s = 0.0
        self._picture = picture
        self._image = None if picture is None else as_image(picture)
        self.set_boxes(boxes)

    def set_boxes(self, boxes: Sequence[Box]) -> None:
        """Show other boxes over the same picture."""
        self._boxes, self._placed = tuple(boxes), None
        before = self._selected
        if before is not None:
            self._selected = next((box for box in self._boxes if box.id == before.id >= 0), None)
            if self._selected != before:
                self.selected.emit(self._selected)
        if not self._live or time.monotonic() - self._told_s > TELL_S:
            self._tell()
        self.update()

    def set_threshold(self, threshold: float) -> None:
        """Hide boxes below this score."""
        if threshold != self._threshold:
            self._threshold, self._placed = threshold, None
            if self._selected is not None and not self._is_shown(self._selected):
                self.select(None)
            self._tell()
            self.update()

    def set_live(self, live: bool) -> None:
        """While pictures come, they are drawn with the nearest pixels; smooth once they stand still."""
        if live != self._live:
            self._live = live
            self._tell()
            self.update()

    def set_captions(self, left: str = "", right: str = "") -> None:
        """What stands over the picture's upper corners: frame and time, size and age."""
        if (left, right) != self._captions:
            self._captions, self._placed = (left, right), None
            self.update()

    def set_footers(self, left: str = "", right: str = "") -> None:
        """What stands over the picture's lower corners where there is no legend: what was found, by what."""
        if (left, right) != self._footers:
            self._footers = (left, right)
            self._tell()
            self.update()

    def set_badge(self, words: str) -> None:
        """A sentence about this picture, such as `reference pending`; empty for none."""
        if words != self._badge:
            self._badge = words
            self._tell()
            self.update()

    def set_legend(self, kinds: Sequence[str]) -> None:
        """Say in the picture what the boxes of these kinds mean."""
        if tuple(kinds) != self._kinds:
            self._kinds = tuple(kinds)
            self.update()

    def set_message(self, sentence: str) -> None:
        """What is said where there is no picture."""
        self._message = sentence
        self._tell()
        self.update()

    def select(self, box: Box | None) -> None:
        """Choose a box."""
        if box != self._selected:
            self._selected = box
            self._tell()
            self.update()
            self.selected.emit(box)

    def set_view(self, zoom: float, centre: QPointF) -> None:
        """See this part of the picture, without telling anybody; views side by side follow each other so."""
        self._zoom, self._centre, self._placed = max(1.0, min(MAX_ZOOM, zoom)), centre, None
        self.update()

    def target(self) -> QRectF:
        """Where the whole picture lies in this widget, beyond its edges where it is zoomed."""
        if self._image is None:
            return QRectF(self.rect())
        picture = QSizeF(self._image.size())
        fitted = picture.scaled(QSizeF(self.size()), Qt.AspectRatioMode.KeepAspectRatio) * self._zoom
        x = self.width() / 2 - self._centre.x() * fitted.width()
        y = self.height() / 2 - self._centre.y() * fitted.height()
        return QRectF(QPointF(x, y), fitted)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """The shape of a camera's picture."""
        return QSize(480, 270)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """Small enough for a thumbnail beside another."""
        return QSize(160, 90)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint picture, boxes and what stands over them."""
        painter = QPainter(self)
        if self._image is None:
            self._paint_message(painter)
            return
        target = self.target()
        if not target.contains(QRectF(self.rect())):
            painter.fillRect(self.rect(), QColor(HALO))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not self._live)
        painter.drawImage(target, self._image)
        paint_boxes(painter, self._places(), self._selected, names=target.width() >= LEAST_NAMED_PX)
        self._paint_hud(painter, target.intersected(QRectF(self.rect())))
        if self.hasFocus():
            painter.setPen(THEME.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Place the boxes anew."""
        self._placed = None
        super().resizeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 (Qt)
        """Ctrl and wheel zoom where the pointer is."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and self._image is not None:
            self._zoom_at(event.position(), STEP if event.angleDelta().y() > 0 else 1 / STEP)
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt)
        """Choose the smallest box under the pointer, or begin to drag a zoomed picture."""
        if event.button() is not Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._dragged_from = event.position()
        self.select(self.box_at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt)
        """Drag a zoomed picture."""
        if self._dragged_from is not None and self._zoom > 1.0:
            target, moved = self.target(), event.position() - self._dragged_from
            self._dragged_from = event.position()
            self._see(self._zoom, self._centre - QPointF(moved.x() / target.width(), moved.y() / target.height()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt)
        """End a drag."""
        self._dragged_from = None
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt)
        """Arrows walk through the boxes, Escape lets go, plus, minus and 0 zoom."""
        middle = QPointF(self.rect().center())
        match event.key():
            case Qt.Key.Key_Right | Qt.Key.Key_Down:
                self._step(1)
            case Qt.Key.Key_Left | Qt.Key.Key_Up:
                self._step(-1)
            case Qt.Key.Key_Escape if self._selected is not None:
                self.select(None)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self._zoom_at(middle, STEP)
            case Qt.Key.Key_Minus:
                self._zoom_at(middle, 1 / STEP)
            case Qt.Key.Key_0:
                self._see(1.0, QPointF(0.5, 0.5))
            case _:
                super().keyPressEvent(event)

    def box_at(self, point: QPointF) -> Box | None:
        """The smallest box at a point, its name included."""
        hit = [item for item in self._places() if item.rect.contains(point) or item.label.contains(point)]
        smallest = min(hit, key=lambda item: item.rect.width() * item.rect.height(), default=None)
        return smallest.box if smallest else None

    def _is_shown(self, box: Box) -> bool:
        return box.score is None or box.kind == "missed" or box.score >= self._threshold

    def _places(self) -> list[Placed]:
        if self._placed is None:
            target = self.target()
            scale = target.width() / self._image.width() if self._image is not None else 1.0
            clip = target.intersected(QRectF(self.rect()))
            self._placed = place_boxes(self.boxes, target, scale, clip, self._caption_areas(clip))
        return self._placed

    def _caption_areas(self, seen: QRectF) -> list[QRectF]:
        """Where the captions stand, so that no name does."""
        left, right = self._captions
        height = HUD_PX * THEME.type_scale
        widths = [_tag_width(words, mono=True) if words else 0.0 for words in (left, right)]
        areas = [QRectF(seen.left() + 8, seen.top() + 8, widths[0], height)] if left else []
        if right and (not left or seen.width() > sum(widths) + 24):
            areas.append(QRectF(seen.right() - 8 - widths[1], seen.top() + 8, widths[1], height))
        return areas

    def _step(self, by: int) -> None:
        order = sorted(self.boxes, key=lambda box: (box.x0, box.y0))
        if order:
            at = order.index(self._selected) + by if self._selected in order else (0 if by > 0 else -1)
            self.select(order[at % len(order)])

    def _zoom_at(self, point: QPointF, factor: float) -> None:
        target = self.target()
        zoom = max(1.0, min(MAX_ZOOM, self._zoom * factor))
        part = QPointF((point.x() - target.x()) / target.width(), (point.y() - target.y()) / target.height())
        self._see(zoom, part + (self._centre - part) * (self._zoom / zoom))

    def _see(self, zoom: float, centre: QPointF) -> None:
        half = 0.5 / zoom
        inside = QPointF(*(max(half, min(1 - half, value)) for value in (centre.x(), centre.y())))
        self.set_view(zoom, inside)
        self.zoomed.emit()

    def _paint_message(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), QColor(HALO))
        painter.setFont(THEME.font(BODY_PX))
        painter.setPen(QColor(DARK.text2))
        flags = _CENTRE | int(Qt.TextFlag.TextWordWrap)
        painter.drawText(QRectF(self.rect()).adjusted(16, 8, -16, -8), flags, self._message)

    def _paint_hud(self, painter: QPainter, seen: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        words = [caption for caption in self._captions if caption]
        for area, caption in zip(self._caption_areas(seen), words, strict=False):
            _paint_tag(painter, area.topLeft(), caption, mono=True)
        at = seen.bottomLeft() + QPointF(8, -8 - HUD_PX * THEME.type_scale)
        self._paint_footers(painter, seen, at)
        for kind in self._kinds:
            width = _tag_width(WORDS[kind], lead=20)
            if at.x() + width < seen.right() - 8:
                _paint_tag(painter, at, WORDS[kind], kind=kind)
                at += QPointF(width + 8, 0)
        if self._badge:
            width = _tag_width(self._badge)
            shift = -16 - 2 * HUD_PX * THEME.type_scale if self._kinds else -8 - HUD_PX * THEME.type_scale
            _paint_tag(painter, seen.bottomRight() + QPointF(-8 - width, shift), self._badge)

    def _paint_footers(self, painter: QPainter, seen: QRectF, at: QPointF) -> None:
        left, right = self._footers
        if left:
            _paint_tag(painter, at, left, mono=True)
        if right:
            width = _tag_width(right, mono=True)
            least = at.x() + (_tag_width(left, mono=True) if left else 0.0) + width + 16
            edges = [edge for edge in (seen.right(), float(self.width())) if edge >= least]
            if edges:
                _paint_tag(painter, QPointF(edges[0] - 8 - width, at.y()), right, mono=True)

    def _tell(self) -> None:
        self._told_s = time.monotonic()
        self.setAccessibleName(self._name)
        if self._image is None:
            self.setAccessibleDescription(self._message)
            return
        shown = self.boxes
        counts = Counter(box.kind for box in shown)
        words = [f"{count} {WORDS[kind]}" for kind, count in counts.items()]
        hidden = len(self._boxes) - len(shown)
        words += [f"{hidden} below the confidence"] if hidden else []
        words += [said for said in (self._footers[0], self._badge) if said]
        words += [f"selected: {self._selected.words}"] if self._selected else []
        self.setAccessibleDescription(", ".join(words) or "no detections")

    def _on_theme(self) -> None:
        self._placed = None
        self.update()


def as_image(picture: Picture) -> QImage:
    """An image over the array's own memory, without a copy; it lives no longer than the array.

    Raises:
        ValueError: it is no uint8 [height, width, 3] whose pixels lie side by side.
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or picture.strides[1:] != (3, 1):
        raise ValueError(f"a picture of {picture.dtype} {picture.shape}; expected uint8 [height, width, 3]")
    height, width = picture.shape[:2]
    row = picture.strides[0]
    flat = as_strided(picture, ((height - 1) * row + 3 * width,), (1,), writeable=False)
    return QImage(flat.data, width, height, row, QImage.Format.Format_BGR888)


def _tag_width(words: str, *, mono: bool = False, lead: int = 0) -> float:
    return _words_width(words, mono, THEME.type_scale) + 16 + lead


@lru_cache(maxsize=256)
def _words_width(words: str, mono: bool, type_scale: float) -> float:
    return QFontMetricsF(_tag_font(mono, type_scale)).horizontalAdvance(words)


@lru_cache(maxsize=8)
def _tag_font(mono: bool, _type_scale: float) -> QFont:
    return THEME.font(SMALL_PX, MEDIUM, mono=mono)


def _paint_tag(painter: QPainter, at: QPointF, words: str, *, mono: bool = False, kind: str = "") -> None:
    """Words on a dark ground, with the line of a kind of box before them."""
    lead = 20 if kind else 0
    rect = QRectF(at.x(), at.y(), _tag_width(words, mono=mono, lead=lead), HUD_PX * THEME.type_scale)
    ground = QColor(HALO)
    ground.setAlphaF(0.78)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(rect, 4, 4)
    if kind:
        painter.setPen(pen_of(kind))
        middle = rect.center().y()
        painter.drawLine(QPointF(rect.x() + 8, middle), QPointF(rect.x() + 22, middle))
    painter.setFont(_tag_font(mono, THEME.type_scale))
    painter.setPen(QColor(DARK.text))
    painter.drawText(rect.adjusted(lead, 0, 0, 0), _CENTRE, words)
