"""Every action has keys, no two of one place have the same, and who stands for an action shows them."""

from __future__ import annotations

from collections import Counter

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication

from tests.window_lab.fixtures import settle
from ui.pages.register import MAKERS
from ui.widgets.controls import Button, IconButton

ENTER = {"welcome.run_example", "welcome.continue"}


def test_that_every_action_has_keys_and_its_buttons_show_them(project_window, qtbot, no_stalls):
    no_stalls.stop()  # pages are built here one after another; each has its own test for that
    window = project_window
    for name in MAKERS:
        window.show_page(name)
        settle(qtbot, window)
    actions = list(window.actions_.all())
    assert len(actions) > 80
    bare = {action.objectName() for action in actions if not action.shortcuts()}
    assert bare <= ENTER  # Enter is that of the one next thing on Welcome
    assert clashes(actions) == []
    buttons = [item for kind in (Button, IconButton) for item in window.findChildren(kind)]
    hidden = [
        f"{button.accessibleName()} ({type(button.parent()).__name__})"
        for button in buttons
        if (action := button._action) is not None and button.isEnabled() and keys_of(action) not in button.toolTip()
    ]
    assert hidden == []
    QApplication.sendPostedEvents()


def keys_of(action: QAction) -> str:
    """As a tooltip says them."""
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def clashes(actions: list[QAction]) -> list[str]:
    """Keys that two actions of one owner have, or an owner's and the window's."""
    windows = {key.toString() for action in actions if not is_of_page(action) for key in action.shortcuts()}
    owned = Counter((id(action.parent()), key.toString()) for action in actions for key in action.shortcuts())
    twice = [key for (_, key), count in owned.items() if count > 1]
    return twice + [
        f"{action.objectName()}: {key.toString()}"
        for action in actions
        for key in action.shortcuts()
        if is_of_page(action) and key.toString() in windows
    ]


def is_of_page(action: QAction) -> bool:
    """Whether its keys count within one part of the window alone."""
    return action.shortcutContext().name == "WidgetWithChildrenShortcut"
