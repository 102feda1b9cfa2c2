"""Buttons and fields with names, icons and shortcuts; all of them follow the theme."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from ui.theme.icons import icon, pixmap
from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM, REGULAR, SEMIBOLD, SMALL_PX
from ui.widgets.grounds import restyle


class Button(QPushButton):
    """A button with words, and an icon before them; it may stand for an action, whose shortcut its tooltip shows."""

    def __init__(
        self,
        text: str,
        on_click: Callable[[], object] | None = None,
        *,
        icon_name: str = "",
        role: str = "",
        action: QAction | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Make a button.

        Args:
            text: its words, verb first.
            on_click: what it does; or `action`.
            icon_name: Lucide's name.
            role: `primary` for the one next thing of a page, `link`, or empty.
            action: the action that it stands for: it is off, and says why, as that is.
            parent: the widget that it belongs to.
        """
        super().__init__(parent)
        self._icon_name, self._role, self._action = icon_name, role, action
        self.setProperty("role", role)
        self.set_text(text)
        if on_click is not None:
            self.clicked.connect(lambda _checked=False: on_click())
        if action is not None:
            self.clicked.connect(lambda _checked=False: action.trigger())
            action.changed.connect(self._on_action)
            self._on_action()
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def set_text(self, text: str) -> None:
        """Give it other words; a space keeps them apart from an icon, for which style sheets have no room."""
        self.setText(f" {text}" if self._icon_name else text)
        self.setAccessibleName(text)

    def set_icon(self, icon_name: str) -> None:
        """Give it another icon."""
        self._icon_name = icon_name
        self._on_theme()

    def set_role(self, role: str) -> None:
        """Make it `primary`, `link` or plain."""
        if role != self._role:
            self._role = role
            restyle(self, role=role)
            self._on_theme()

    def set_off(self, why: str) -> None:
        """Switch it off and say why; on again where the reason is empty."""
        self.setEnabled(not why)
        self.setToolTip(why)

    def _on_action(self) -> None:
        if self._action is not None:
            self.setEnabled(self._action.isEnabled())
            self.setToolTip(self._action.toolTip())

    def _on_theme(self) -> None:
        self.setFont(THEME.font(BODY_PX, SEMIBOLD if self._role == "primary" else MEDIUM))
        if self._icon_name:
            color = {"primary": "on_accent", "link": "accent"}.get(self._role, "text")
            self.setIcon(icon(self._icon_name, color, THEME.px(14)))
            self.setIconSize(QSize(THEME.px(14), THEME.px(14)))


class IconButton(QToolButton):
    """A button of one icon; its name is its tooltip and what assistive technology reads."""

    def __init__(
        self,
        icon_name: str,
        name: str,
        on_click: Callable[[], object] | None = None,
        *,
        action: QAction | None = None,
        size: int = 16,
        side: int = 26,
        color: str = "text2",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon_name, self._size, self._action, self._color = icon_name, size, action, color
        self._side = side
        self.setAccessibleName(name)
        self.setToolTip(name)
        if on_click is not None:
            self.clicked.connect(lambda _checked=False: on_click())
        if action is not None:
            self.clicked.connect(lambda _checked=False: action.trigger())
            action.changed.connect(self._on_action)
            self._on_action()
        self.toggled.connect(lambda _on: self._on_theme())
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def set_icon(self, icon_name: str) -> None:
        """Show another icon."""
        self._icon_name = icon_name
        self._on_theme()

    def _on_action(self) -> None:
        if self._action is None:
            return
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(self._action.toolTip())
        if self._action.isCheckable():
            self.setCheckable(True)
            self.setChecked(self._action.isChecked())

    def _on_theme(self) -> None:
        size = THEME.px(self._size)
        self.setFixedSize(THEME.px(self._side), THEME.px(self._side))
        self.setIconSize(QSize(size, size))
        self.setIcon(icon(self._icon_name, "accent" if self.isChecked() else self._color, size))


class Segments(QWidget):
    """A choice of one among few, side by side; arrows move it."""

    chosen = Signal(str)

    def __init__(self, name: str, choices: Sequence[tuple[str, str]], chosen: str = "", parent: QWidget | None = None):
        """Make a choice.

        Args:
            name: what is chosen, for assistive technology.
            choices: (value, words).
            chosen: the value that is on; the first where it is empty.
            parent: the widget that it belongs to.
        """
        super().__init__(parent)
        self.setAccessibleName(name)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        for value, words in choices:
            self._buttons[value] = button = QToolButton(self)
            button.setText(words)
            button.setCheckable(True)
            button.setProperty("role", "segment")
            button.setAccessibleName(f"{name}: {words}")
            button.clicked.connect(lambda _checked=False, value=value: self.chosen.emit(value))
            self._group.addButton(button)
            layout.addWidget(button)
        self.set_value(chosen or choices[0][0])
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    @property
    def value(self) -> str:
        """What is chosen."""
        return next((value for value, button in self._buttons.items() if button.isChecked()), "")

    def set_value(self, value: str) -> None:
        """Choose without telling anybody."""
        if value in self._buttons:
            self._buttons[value].setChecked(True)

    def set_words(self, value: str, words: str) -> None:
        """Give one choice other words."""
        self._buttons[value].setText(words)
        self._buttons[value].setAccessibleName(f"{self.accessibleName()}: {words}")

    def set_none(self) -> None:
        """None of them is so now."""
        self._group.setExclusive(False)
        for button in self._buttons.values():
            button.setChecked(False)
        self._group.setExclusive(True)

    def set_off(self, value: str, why: str) -> None:
        """Switch one choice off and say why; on again where the reason is empty."""
        self._buttons[value].setEnabled(not why)
        self._buttons[value].setToolTip(why)

    def _on_theme(self) -> None:
        for button in self._buttons.values():
            button.setFont(THEME.font(SMALL_PX, MEDIUM))


class Choice(QComboBox):
    """A choice of one among many."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def set_choices(self, choices: Sequence[tuple[str, str]], chosen: str = "") -> None:
        """Offer (value, words) without telling anybody; keeps what was chosen where nothing else is said."""
        keep = chosen or self.value
        self.blockSignals(True)
        self.clear()
        for value, words in choices:
            self.addItem(words, value)
        self.setCurrentIndex(max(0, self.findData(keep)))
        self.blockSignals(False)

    @property
    def value(self) -> str:
        """What is chosen; empty where there is nothing."""
        data = self.currentData()
        return data if isinstance(data, str) else ""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt)
        """Paint the field and its chevron."""
        super().paintEvent(event)
        size = THEME.px(12)
        at = QPointF(self.width() - 8 - size, (self.height() - size) / 2)
        QPainter(self).drawPixmap(at, pixmap("chevron-down", "text3", size, 2))

    def _on_theme(self) -> None:
        self.setFont(THEME.font(BODY_PX))


class Field(QLineEdit):
    """A field of one line, with a name and, where it searches, an icon."""

    def __init__(
        self,
        name: str,
        *,
        placeholder: str = "",
        icon_name: str = "",
        mono: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self._mono, self._icon_name = mono, icon_name
        self._leading = (
            self.addAction(icon(icon_name, "text3", 14), QLineEdit.ActionPosition.LeadingPosition)
            if icon_name
            else None
        )
        for button in self.findChildren(QToolButton):
            button.setAccessibleName(name)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def set_state(self, state: str) -> None:
        """`err`, `warn`, or empty: the colour of its border."""
        if self.property("state") != state:
            self.setProperty("state", state)
            self.style().unpolish(self)
            self.style().polish(self)

    def _on_theme(self) -> None:
        self.setFont(THEME.font(SMALL_PX if self._mono else BODY_PX, REGULAR, mono=self._mono))
        if self._leading is not None:
            self._leading.setIcon(icon(self._icon_name, "text3", THEME.px(14)))


def shortcut_text(action: QAction) -> str:
    """The first shortcut of an action as people read it: `Ctrl+K`."""
    keys = action.shortcut()
    return keys.toString(QKeySequence.SequenceFormat.NativeText)
