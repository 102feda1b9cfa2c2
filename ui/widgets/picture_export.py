"""What a widget shows, as the bytes of a picture file; who asks for it stores them."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from ui.theme.theme import THEME


def as_png(widget: QWidget) -> bytes:
    """The widget as it is on the screen."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    widget.grab().save(buffer, "PNG")
    buffer.close()
    return bytes(data.data())


def as_svg(widget: QWidget, title: str) -> bytes:
    """The widget as lines and text that can be edited; pyqtgraph's own exporter fails with newer Qt."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    area = QRect(QPoint(0, 0), widget.size())
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setSize(area.size())
    generator.setViewBox(area)
    generator.setTitle(title)
    painter = QPainter(generator)
    painter.fillRect(area, THEME.color("app"))
    widget.render(painter, QPoint(0, 0))
    painter.end()
    buffer.close()
    return bytes(data.data())
