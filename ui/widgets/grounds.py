"""Grounds, lines and rows: the plain widgets of which pages are made; the style sheet knows them by property."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QScrollArea, QVBoxLayout, QWidget

W = TypeVar("W", bound=QWidget)
Item = QWidget | QLayout | int | None
"""A widget, a layout, a gap in px, or None for what takes the rest of the room."""
Margins = tuple[int, int, int, int]
"""Left, top, right, bottom; px."""


def ground(widget: W, name: str) -> W:
    """Give a widget its ground: `app`, `panel`, `card`, `plot`, `sunk`, `selected`."""
    widget.setProperty("ground", name)
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return widget


def restyle(widget: QWidget, **properties: object) -> None:
    """Change properties that the style sheet looks at, so that it looks again."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def panel(*items: Item, margins: Margins = (0, 0, 0, 0), spacing: int = 0) -> QWidget:
    """A side panel or bar with a column in it."""
    made = ground(QWidget(), "panel")
    made.setLayout(column(*items, margins=margins, spacing=spacing))
    return made


def card(*items: Item, margins: Margins = (12, 12, 12, 12), spacing: int = 8, kind: str = "card") -> QFrame:
    """A bordered card with a column in it; kind `card`, `plot` or `sunk`."""
    made = ground(QFrame(), kind)
    made.setLayout(column(*items, margins=margins, spacing=spacing))
    return made


def row(*items: Item, margins: Margins = (0, 0, 0, 0), spacing: int = 8) -> QHBoxLayout:
    """Items side by side."""
    made = QHBoxLayout()
    _fill(made, items, margins, spacing)
    return made


def column(*items: Item, margins: Margins = (0, 0, 0, 0), spacing: int = 8) -> QVBoxLayout:
    """Items below each other."""
    made = QVBoxLayout()
    _fill(made, items, margins, spacing)
    return made


def line(*, vertical: bool = False) -> QFrame:
    """A line of one pixel."""
    made = QFrame()
    made.setProperty("line", "v" if vertical else "h")
    return made


def scrolling(widget: QWidget, name: str) -> QScrollArea:
    """A widget that scrolls where it is too high, and where its least width has no room either.

    Args:
        widget: what scrolls.
        name: how assistive technology calls the area.
    """
    made = QScrollArea()
    made.setWidgetResizable(True)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setWidget(widget)
    made.setAccessibleName(name)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return made


def clear(layout: QLayout) -> None:
    """Take everything out of a layout; its widgets end once the event loop comes round."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)
            inner.deleteLater()


def _fill(layout: QBoxLayout, items: tuple[Item, ...], margins: Margins, spacing: int) -> None:
    layout.setContentsMargins(*margins)
    layout.setSpacing(spacing)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)
