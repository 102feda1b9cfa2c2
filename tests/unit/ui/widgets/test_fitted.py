"""A dialog is as high as its words, also once they are others."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QDialog

from ui.widgets.fitted import Fitted
from ui.widgets.grounds import column
from ui.widgets.text import Text

WIDTH_PX = 360


class Worded(QDialog):
    """A dialog of a few words."""

    words: Text


@pytest.fixture
def dialog(qtbot):
    made = Worded()
    made.setMinimumWidth(WIDTH_PX)
    made.words = Text("A few words.", wrap=True)
    made.setLayout(column(made.words, margins=(24, 24, 24, 16)))
    Fitted(made)
    qtbot.addWidget(made)
    made.open()
    return made


def needed(dialog):
    return dialog.layout().totalHeightForWidth(dialog.width())


def test_that_a_dialog_is_as_high_as_its_words_from_the_first(dialog, qtbot):
    qtbot.waitUntil(lambda: dialog.height() == needed(dialog))
    assert dialog.width() == WIDTH_PX


def test_that_it_grows_and_shrinks_with_them(dialog, qtbot):
    qtbot.waitUntil(lambda: dialog.height() == needed(dialog))
    low = dialog.height()
    dialog.words.setText("Many words, so that they are wrapped. " * 8)
    qtbot.waitUntil(lambda: dialog.height() == needed(dialog) and dialog.height() > low + 40)
    dialog.words.setText("A few words.")
    qtbot.waitUntil(lambda: dialog.height() == low)
