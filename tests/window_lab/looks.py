"""What can be checked of a window's looks without eyes: names, clipped words, small type, size of the window."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from ui.widgets.text import Elided

SLACK_PX = 2
LEAST_PX = 11


def clipped(widget: QWidget) -> list[str]:
    """Labels and buttons below a widget whose words have no room."""
    return [
        f"{type(child).__name__} {text!r}: {child.width()} of {need} px" for child, text, need in _too_narrow(widget)
    ]


def small(widget: QWidget) -> list[str]:
    """Labels and buttons whose type is under 11 px."""
    return [
        f"{type(child).__name__} {child.text()!r}: {child.fontInfo().pixelSize()} px"
        for child in _words(widget)
        if child.text() and child.fontInfo().pixelSize() < LEAST_PX
    ]


def _too_narrow(widget: QWidget) -> Iterator[tuple[QWidget, str, int]]:
    for child in _words(widget):
        if isinstance(child, Elided) or (isinstance(child, QLabel) and child.wordWrap()):
            continue
        # A label remembers a hint from before its width was fixed anew; its words are what counts.
        wide = max(child.fontMetrics().horizontalAdvance(words) for words in child.text().split("\n"))
        need = wide if isinstance(child, QLabel) else child.sizeHint().width()
        if child.text() and need > child.width() + SLACK_PX:
            yield child, child.text(), need


def _words(widget: QWidget) -> Iterator[QLabel | QAbstractButton]:
    for child in widget.findChildren(QWidget):
        if isinstance(child, QLabel | QAbstractButton) and child.isVisible() and not child.visibleRegion().isEmpty():
            yield child
