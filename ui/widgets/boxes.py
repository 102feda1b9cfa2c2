"""Boxes over a picture: what they are, where their names stand, how they are painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QStaticText

from ui.theme.theme import THEME
from ui.theme.tokens import DARK, DEVICE_ONLY, HALO, MATCHED, MISSED, SELECTED, SEMIBOLD, SMALL_PX

Kind = Literal["match", "missed", "device only", "plain"]
COLORS: dict[str, str] = {
    "match": MATCHED,
    "missed": MISSED,
    "device only": DEVICE_ONLY,
    "plain": DARK.data[0],
    "selected": SELECTED,
}
"""The same in both themes, as what they lie on is a picture; `plain` is for boxes that are compared with nothing."""
WORDS: dict[str, str] = {
    "match": "match",
    "missed": "missed",
    "device only": "device only",
    "plain": "detection",
    "selected": "selected",
}
HALO_PX, LINE_PX, HANDLE_PX = 4, 2, 6
LABEL_PAD = 4
_DASHED = {"missed", "device only"}


@dataclass(frozen=True)
class Box:
    """A detection in a picture, pixels of the picture."""

    id: int
    """The same for both sides of a matched pair; -1 where nobody asks."""
    x0: float
    y0: float
    x1: float
    y1: float
    label: str
    """The class."""
    score: float | None = None
    kind: Kind = "match"

    @property
    def words(self) -> str:
        """What stands at the box."""
        score = "" if self.score is None else f" {self.score:.2f}"
        return f"{self.label} missed" if self.kind == "missed" else f"{self.label}{score}{_suffix(self.kind)}"


class Placed(NamedTuple):
    """A box in a view: its rectangle and that of its name, px, and the name itself."""

    box: Box
    rect: QRectF
    label: QRectF
    words: QStaticText


def _suffix(kind: str) -> str:
    return " device only" if kind == "device only" else ""


def place_boxes(
    boxes: Sequence[Box], target: QRectF, scale: float, clip: QRectF, kept_free: Sequence[QRectF] = ()
) -> list[Placed]:
    """Where boxes and their names stand in a view; a name that would cover another goes below its box.

    Args:
        boxes: in pixels of the picture.
        target: where the picture's origin and size are drawn.
        scale: view pixels for a pixel of the picture.
        clip: what is seen of the view; names stay in it.
        kept_free: where no name may stand.
    """
    placed: list[Placed] = []
    taken: list[QRectF] = list(kept_free)
    left, top, scale_of_type = target.x(), target.y(), THEME.type_scale
    for box in boxes:
        rect = QRectF(left + box.x0 * scale, top + box.y0 * scale, (box.x1 - box.x0) * scale, (box.y1 - box.y0) * scale)
        words, width, height = named(box.words, scale_of_type)
        x = max(clip.left(), min(rect.x() - 1, clip.right() - width))
        label = _free_place(QRectF(x, 0, width, height), rect, clip, taken)
        taken.append(label)
        placed.append(Placed(box, rect, label, words))
    return placed


def _free_place(label: QRectF, rect: QRectF, clip: QRectF, taken: list[QRectF]) -> QRectF:
    """Above the box, else below, else inside; the first of these that covers no other name."""
    height, first = label.height(), None
    for top in (rect.top() - height - 1, rect.bottom() + 1, max(clip.top(), rect.top() + 1)):
        if clip.top() <= top and top + height <= clip.bottom():
            place = label.translated(0, top - label.top())
            if not any(map(place.intersects, taken)):
                return place
            first = first or place
    return first or label.translated(0, max(clip.top(), rect.top() + 1) - label.top())


@lru_cache(maxsize=4096)
def named(words: str, type_scale: float) -> tuple[QStaticText, float, float]:
    """A name laid out once for a scale of the type, and the width and height of its ground."""
    made = QStaticText(words)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    made.prepare(font=label_font(type_scale))
    return made, made.size().width() + 2 * LABEL_PAD, made.size().height() + 2


@lru_cache(maxsize=8)
def label_font(_type_scale: float) -> QFont:
    """The font of names at boxes."""
    return THEME.font(SMALL_PX, SEMIBOLD)


def paint_boxes(painter: QPainter, placed: Sequence[Placed], selected: Box | None, *, names: bool = True) -> None:
    """Paint boxes with halo and, where asked, names; the selected one last and always with its name."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    halo = QColor(HALO)
    halo.setAlphaF(0.62)
    _fill_frames(painter, [item.rect for item in placed], HALO_PX, halo)
    chosen = [item for item in placed if selected is not None and item.box == selected]
    for kind in ("match", "plain", "device only", "missed"):
        rects = [item.rect for item in placed if item.box.kind == kind and item.box != selected]
        if kind not in _DASHED:
            _fill_frames(painter, rects, LINE_PX, QColor(COLORS[kind]))
        elif rects:
            painter.setPen(pen_of(kind))
            painter.drawLines([side for rect in rects for side in _sides(rect)])
    if names:
        _paint_labels(painter, [item for item in placed if item.box != selected])
    _fill_frames(painter, [item.rect for item in chosen], LINE_PX, QColor(SELECTED))
    for item in chosen:
        _paint_handles(painter, item.rect)
    _paint_labels(painter, chosen, SELECTED)


def _fill_frames(painter: QPainter, rects: Sequence[QRectF], width: int, color: QColor) -> None:
    """Outlines as filled sides: a pen wider than a pixel costs ten times as much."""
    sides: list[QRect] = []
    for rect in rects:
        x, y, w, h = round(rect.x()), round(rect.y()), round(rect.width()), round(rect.height())
        left, top = x - width // 2, y - width // 2
        sides += (
            QRect(left, top, w + width, width),
            QRect(left, y + h - width // 2, w + width, width),
            QRect(left, top + width, width, h - width),
            QRect(x + w - width // 2, top + width, width, h - width),
        )
    if sides:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRects(sides)


def _sides(rect: QRectF) -> tuple[QLineF, ...]:
    """The sides of a box as lines: dashes along a rectangle cost four times as much."""
    left, top, right, bottom = rect.left(), rect.top(), rect.right(), rect.bottom()
    return (
        QLineF(left, top, right, top),
        QLineF(left, bottom, right, bottom),
        QLineF(left, top, left, bottom),
        QLineF(right, top, right, bottom),
    )


def pen_of(kind: str) -> QPen:
    """The pen of a kind of box: dashed where one side has nothing."""
    style = Qt.PenStyle.DashLine if kind in _DASHED else Qt.PenStyle.SolidLine
    return QPen(QColor(COLORS[kind]), LINE_PX, style)


def _paint_labels(painter: QPainter, placed: Sequence[Placed], color: str = "") -> None:
    painter.setFont(label_font(THEME.type_scale))
    grounds = {kind: QColor(color or name) for kind, name in COLORS.items()}
    for item in placed:
        painter.fillRect(item.label, grounds[item.box.kind])
    painter.setPen(QColor(HALO))
    for item in placed:
        painter.drawStaticText(QPointF(item.label.x() + LABEL_PAD, item.label.y() + 1), item.words)


def _paint_handles(painter: QPainter, rect: QRectF) -> None:
    half = HANDLE_PX / 2
    for corner in (rect.topLeft(), rect.topRight(), rect.bottomLeft(), rect.bottomRight()):
        painter.fillRect(QRectF(corner.x() - half, corner.y() - half, HANDLE_PX, HANDLE_PX), QColor(SELECTED))
