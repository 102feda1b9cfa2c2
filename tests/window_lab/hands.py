"""The hands of a person: keys go to whatever has the focus, clicks to whatever lies there; no widget is named to Qt.

Both go through the queue in which Qt takes what a window system tells it, under X as offscreen: from there on
everything is as with a keyboard and a mouse. What the server does before that is not part of it.
"""

from __future__ import annotations

from PySide6.QtCore import QDeadlineTimer, QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

NO, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
PATIENCE_MS = 30_000
MOST_STEPS = 250
"""No page has so many controls."""
POINTER = {
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseButtonRelease,
    QEvent.Type.MouseButtonDblClick,
    QEvent.Type.Wheel,
}


class Hands:
    """Keyboard and mouse before one screen."""

    def __init__(self, qtbot: QtBot) -> None:
        self._qtbot = qtbot

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NO) -> None:
        """Press one key, with modifiers held, where the focus is."""
        window = self._focused()
        QTest.keyClick(window, key, modifiers)

    def type(self, text: str) -> None:
        """Type a line, key by key."""
        for letter in text:
            window = self._focused()
            QTest.keyClick(window, letter)  # type: ignore[call-overload]  # takes letters, whatever its stub says

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Click on the middle of what can be seen of a widget, or on a point of it; nothing else may lie there."""
        point = self._reach(widget, at)
        window = widget.window()
        handle = window.windowHandle()
        assert handle is not None
        QTest.mouseClick(handle, Qt.MouseButton.LeftButton, NO, widget.mapTo(window, point))

    def click_on(self, name: str, parent: QWidget) -> None:
        """Click on the control of a name that is shown within another widget, as soon as it is there."""
        found: list[QWidget] = []

        def look() -> bool:
            found[:] = [one for one in parent.findChildren(QAbstractButton) if one.isVisible() and name_of(one) == name]
            return len(found) == 1

        self._qtbot.waitUntil(look, timeout=PATIENCE_MS)
        self.click(found[0])

    def write(self, field: QWidget, text: str) -> None:
        """Click into a field, and type instead of what stands there."""
        self.click(field)
        self.press(Qt.Key.Key_A, CTRL)
        self.type(text)

    def tab_to(self, name: str, *, backwards: bool = False) -> QWidget:
        """Press Tab until the control of a name (or whose name begins so) has the focus.

        Every control on the way must be in sight and have a name.
        """
        passed: list[str] = []
        for _ in range(MOST_STEPS):
            widget = self.focused()
            passed.append(name_of(widget))
            if passed[-1].startswith(name):
                return widget
            self.press(Qt.Key.Key_Backtab if backwards else Qt.Key.Key_Tab, SHIFT if backwards else NO)
        raise AssertionError(f"no Tab leads to {name!r}; on the way were {list(dict.fromkeys(passed))}")

    def focused(self) -> QWidget:
        """What has the focus; it must be in sight and have a name."""
        self._focused()
        widget = QApplication.focusWidget()
        assert widget is not None, "nothing has the focus"
        wrong = wrong_with(widget)
        assert not wrong, wrong
        return widget

    def _focused(self) -> QWindow:
        """The window that the keyboard belongs to; where one closed, another has it, as window managers have it."""
        if QGuiApplication.focusWindow() is None:
            left = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible() and widget.isWindow()]
            (QApplication.activeModalWidget() or left[-1]).activateWindow()
        self._qtbot.waitUntil(lambda: QGuiApplication.focusWindow() is not None, timeout=PATIENCE_MS)
        window = QGuiApplication.focusWindow()
        assert window is not None
        return window

    def _reach(self, widget: QWidget, at: QPoint | None) -> QPoint:
        """The point to click on, once the widget was scrolled into sight."""
        self._qtbot.waitUntil(widget.isVisible, timeout=PATIENCE_MS)
        if widget.visibleRegion().isEmpty():
            _scroll_to(widget)
        self._qtbot.waitUntil(lambda: not widget.visibleRegion().isEmpty(), timeout=PATIENCE_MS)
        point = widget.visibleRegion().boundingRect().center() if at is None else at
        ticks = QDeadlineTimer(PATIENCE_MS)
        while (above := _above(widget, point)) and not ticks.hasExpired():
            self._qtbot.wait(10)  # layouts may move yet
        assert not above, f"{above!r} lies over {name_of(widget)!r}"
        assert widget.isEnabled(), f"{name_of(widget)!r} is off: {widget.toolTip()}"
        return point


class NoPointer(QObject):
    """Counts what a pointing device does in the whole application."""

    def __init__(self) -> None:
        super().__init__()
        self.events = 0
        app = QApplication.instance()
        assert app is not None
        app.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt)
        """Count, and keep nothing from anybody."""
        self.events += event.type() in POINTER
        return False


def name_of(widget: QWidget) -> str:
    """How assistive technology calls a widget."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name)


def wrong_with(widget: QWidget) -> str:
    """Why a person cannot know where the focus is; empty where it can."""
    what = f"{type(widget).__name__} {name_of(widget)!r} in {type(widget.parent()).__name__}"
    if not name_of(widget):
        return f"{what} has the focus and no name"
    if not widget.isVisible() or widget.visibleRegion().isEmpty():
        return f"{what} has the focus and is out of sight"
    return ""


def _above(widget: QWidget, point: QPoint) -> str:
    """What lies over a point of a widget; empty where it is the widget itself, or a part of it."""
    window = widget.window()
    there = window.childAt(widget.mapTo(window, point)) or window
    mine = there is widget or widget.isAncestorOf(there)
    return "" if mine else f"{type(there).__name__} {name_of(there)}"


def _scroll_to(widget: QWidget) -> None:
    """Turn the wheel until a widget is seen."""
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget)
        above = above.parentWidget()
