"""Lucide's icons as pixmaps in any colour; each is rendered once."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ui.theme.theme import THEME

STROKE = 1.75
"""Lines as wide as the strokes of the type beside them."""


def pixmap(name: str, color: str = "text2", size: int = 16, stroke: float = STROKE) -> QPixmap:
    """An icon in a token's colour (or `#RRGGBB`), `size` px wide, at the screen's resolution."""
    app = QGuiApplication.instance()
    ratio = app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0
    return _render(name, THEME.color(color).name(), size, stroke, ratio)


def icon(name: str, color: str = "text2", size: int = 16) -> QIcon:
    """An icon for buttons, actions and items; text3 where what carries it is disabled."""
    made = QIcon(pixmap(name, color, size))
    made.addPixmap(pixmap(name, "text3", size), QIcon.Mode.Disabled)
    return made


@lru_cache(maxsize=2048)
def _render(name: str, color: str, size: int, stroke: float, ratio: float) -> QPixmap:
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.fill(Qt.GlobalColor.transparent)
    made.setDevicePixelRatio(ratio)
    svg = _source(name).replace("currentColor", QColor(color).name()).replace('"2"', f'"{stroke}"', 1)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return made


@lru_cache(maxsize=256)
def _source(name: str) -> str:
    """The SVG of an icon, its stroke's width first of all its attributes that read "2"."""
    text = (files("resources") / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    return " ".join(text.split())
