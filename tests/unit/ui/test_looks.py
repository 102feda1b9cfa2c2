from __future__ import annotations

from PySide6.QtWidgets import QWidget

from tests.window_lab.looks import clipped, small
from ui.widgets.controls import Button
from ui.widgets.text import Text


def test_that_words_without_room_and_small_type_are_found(qtbot):
    holder = QWidget()
    qtbot.addWidget(holder)
    label, button = Text("a label with many words", parent=holder), Button("A button with words", parent=holder)
    label.setGeometry(0, 0, 400, 20)
    button.setGeometry(0, 30, 400, 28)
    holder.resize(400, 100)
    holder.show()
    assert clipped(holder) == []
    assert small(holder) == []
    label.setGeometry(0, 0, 40, 20)
    button.setGeometry(0, 30, 40, 28)
    font = label.font()
    font.setPixelSize(9)
    label.setFont(font)
    assert [line.split()[0] for line in clipped(holder)] == ["Text", "Button"]
    assert len(small(holder)) == 1
