"""One line of the form: what it is, its value in a field or a choice, and where the value comes from."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QWidget

from ui.theme.theme import THEME
from ui.theme.tokens import CONTROL, MEDIUM, SMALL_PX
from ui.widgets.controls import Choice, Field
from ui.widgets.grounds import column, row
from ui.widgets.text import Elided, Text, dim
from workbench.views.model import Field as FormField

LABEL_PX, SOURCE_PX = 84, 50


class CalmChoice(Choice):
    """A choice that the wheel changes only while somebody has it in hand; else the form scrolls."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 (Qt)
        """Leave the wheel to the form."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class FieldRow(QWidget):
    """A line whose value tells when a person gives it another one."""

    edited = Signal(str, str)
    """Key and new value."""
    typed = Signal(str, object)
    """Key, and what stands in the field after a key; None where that is its value."""

    def __init__(self, field: FormField, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self._label = dim(field.label)
        self._choice: Choice | None = None
        self._line: Field | None = None
        self._fixed: Elided | None = None
        self._source = Text(field.source, px=SMALL_PX, weight=MEDIUM, role="hint")
        self._wrong = Text(role="err", px=SMALL_PX, wrap=True)
        line = row(self._label, self._make_editor(), self._source)
        line.setStretch(1, 1)
        self.setLayout(column(line, self._wrong, spacing=2))
        self.show_field(field)
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    @property
    def key(self) -> str:
        """The field's key."""
        return self._field.key

    @property
    def editor(self) -> QWidget:
        """What is edited, or the text where nothing can be."""
        found = self._choice or self._line or self._fixed
        assert found is not None  # noqa: S101
        return found

    def fits(self, field: FormField) -> bool:
        """Whether this line can show a field without being made anew."""
        same_kind = bool(field.choices) == bool(self._field.choices) and field.editable == self._field.editable
        return field.key == self._field.key and same_kind

    def show_field(self, field: FormField) -> None:
        """Show the field as it is now; what a person types at the moment stays."""
        self._field = field
        if self._choice is not None:
            self._choice.set_choices([(choice.value, choice.label) for choice in field.choices], field.value)
        elif self._line is not None:
            if not self._line.hasFocus():
                self._line.setText(field.value)
                self._line.setCursorPosition(0)
            self._line.set_state("err" if field.problem else "")
        elif self._fixed is not None:
            self._fixed.setText(field.text)
        self.editor.setToolTip(field.help if field.key != "slipway.frames.classes" else f"{field.value}\n{field.help}")
        self.editor.setAccessibleDescription(f"{field.help} Source: {field.source}. {field.problem}".strip())
        self._source.setText("unsaved" if field.changed else field.source)
        self._source.set_role("accent" if field.changed else "warn" if field.amber else "hint")
        self._wrong.setText(field.problem)
        self._wrong.setVisible(bool(field.problem))

    def _make_editor(self) -> QWidget:
        field = self._field
        if not field.editable:
            self._fixed = Elided(field.text)
            self._fixed.setContentsMargins(9, 0, 0, 0)
            self._fixed.setFixedHeight(CONTROL)
            self._fixed.setAccessibleName(f"{field.label}: {field.text}")
            return self._fixed
        if field.choices:
            self._choice = choice = CalmChoice(field.label)
            choice.activated.connect(lambda _at: self._tell(choice.value))
            return choice
        self._line = typed = Field(field.label)
        typed.editingFinished.connect(lambda: self._tell(typed.text()))
        typed.textEdited.connect(lambda text: self.typed.emit(self.key, None if text == self._field.value else text))
        return typed

    def _tell(self, value: str) -> None:
        if value != self._field.value:
            self.edited.emit(self.key, value)
        else:
            self.typed.emit(self.key, None)

    def _on_theme(self) -> None:
        scale = THEME.type_scale
        self._label.setFixedWidth(round(LABEL_PX * scale))
        self._source.setFixedWidth(round(SOURCE_PX * scale))
