"""Boxes over a picture: what they are, where their names stand, how they are painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
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
HALO_PX, LINE_PX, SELECTED_PX, HANDLE_PX = 3.5, 1.6, 2.2, 6
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


@dataclass(frozen=True)
class Placed:
    """A box in a view: its rectangle and that of its name, px."""

    box: Box
    rect: QRectF
    label: QRectF


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
    for box in boxes:
        rect = QRectF(
            target.x() + box.x0 * scale,
            target.y() + box.y0 * scale,
            (box.x1 - box.x0) * scale,
            (box.y1 - box.y0) * scale,
        )
        size = static_text(box.words, THEME.type_scale).size()
        label = QRectF(rect.x() - 1, 0, size.width() + 2 * LABEL_PAD, size.height() + 2)
        label.moveLeft(max(clip.left(), min(label.x(), clip.right() - label.width())))
        label = _free_place(label, rect, clip, taken)
        taken.append(label)
        placed.append(Placed(box, rect, label))
    return placed


def _free_place(label: QRectF, rect: QRectF, clip: QRectF, taken: list[QRectF]) -> QRectF:
    above = label.translated(0, rect.top() - label.height() - 1)
    below = label.translated(0, rect.bottom() + 1)
    inside = label.translated(0, max(clip.top(), rect.top() + 1))
    fitting = [
        place for place in (above, below, inside) if clip.top() <= place.top() and place.bottom() <= clip.bottom()
    ]
    for place in fitting:
        if not any(place.intersects(other) for other in taken):
            return place
    return fitting[0] if fitting else inside


@lru_cache(maxsize=4096)
def static_text(words: str, type_scale: float) -> QStaticText:
    """Words laid out once; `type_scale` is the scale for which they are."""
    made = QStaticText(words)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
    made.prepare(font=label_font(type_scale))
    return made


@lru_cache(maxsize=8)
def label_font(_type_scale: float) -> QFont:
    """The font of names at boxes."""
    return THEME.font(SMALL_PX, SEMIBOLD)


def paint_boxes(painter: QPainter, placed: Sequence[Placed], selected: Box | None, *, names: bool = True) -> None:
    """Paint boxes with halo and, where asked, names; the selected one last and always with its name."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    halo = QColor(HALO)
    halo.setAlphaF(0.62)
    painter.setPen(QPen(halo, HALO_PX))
    painter.drawRects([item.rect for item in placed])
    chosen = [item for item in placed if selected is not None and item.box == selected]
    for kind in ("match", "plain", "device only", "missed"):
        rects = [item.rect for item in placed if item.box.kind == kind and item.box != selected]
        if rects:
            painter.setPen(pen_of(kind))
            painter.drawRects(rects)
    if names:
        _paint_labels(painter, [item for item in placed if item.box != selected])
    for item in chosen:
        painter.setPen(pen_of("selected"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(item.rect)
        _paint_handles(painter, item.rect)
    _paint_labels(painter, chosen, SELECTED)


def pen_of(kind: str) -> QPen:
    """The pen of a kind of box: dashed where one side has nothing."""
    style = Qt.PenStyle.DashLine if kind in _DASHED else Qt.PenStyle.SolidLine
    return QPen(QColor(COLORS[kind]), SELECTED_PX if kind == "selected" else LINE_PX, style)


def _paint_labels(painter: QPainter, placed: Sequence[Placed], color: str = "") -> None:
    painter.setFont(label_font(THEME.type_scale))
    for item in placed:
        painter.fillRect(item.label, QColor(color or COLORS[item.box.kind]))
    painter.setPen(QColor(HALO))
    for item in placed:
        text = static_text(item.box.words, THEME.type_scale)
        painter.drawStaticText(QPointF(item.label.x() + LABEL_PAD, item.label.y() + 1), text)


def _paint_handles(painter: QPainter, rect: QRectF) -> None:
    half = HANDLE_PX / 2
    for corner in (rect.topLeft(), rect.topRight(), rect.bottomLeft(), rect.bottomRight()):
        painter.fillRect(QRectF(corner.x() - half, corner.y() - half, HANDLE_PX, HANDLE_PX), QColor(SELECTED))
