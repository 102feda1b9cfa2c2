"""A document as a form: the other view of the same text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QElapsedTimer, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.pages.project.form_field import FormField
from ui.theme.tokens import SEMIBOLD, SMALL_PX
from ui.widgets.chip import StateIcon
from ui.widgets.controls import Button
from ui.widgets.grounds import clear, column, ground, row, scrolling
from ui.widgets.text import Text
from workbench.views.project.documents import DocumentView, FieldGroup, FieldRow

SLICE_MS, SETTLED_MS = 12, 40
"""So long fields are made before something else gets its turn."""
Shape = tuple[tuple[str, tuple[tuple[str, str, tuple[str, ...]], ...]], ...]


class Form(QWidget):
    """Shows the groups of a document; the same widgets stay as long as the same fields do."""

    entered = Signal(str, str)
    typed = Signal(str, object)
    fix_wanted = Signal(object)
    confirm_wanted = Signal(str)
    reached = Signal(object)
    line_wanted = Signal(int)
    """A line of the text that should be shown."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._view: DocumentView | None = None
        self._shape: Shape = ()
        self._all = False
        self._fields: dict[str, FormField] = {}
        self._rows: dict[str, FieldRow] = {}
        self._waiting: list[FieldGroup] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_slice)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLED_MS)
        self._settled.timeout.connect(self._on_settled)
        self._blocked = QWidget()
        self._why = Text(px=SMALL_PX, role="err", wrap=True)
        self._to_line = Button("", self._on_line, role="link")
        why = row(StateIcon("err", "The form waits"), self._why, self._to_line, margins=(12, 8, 8, 8))
        why.setStretch(1, 1)
        self._blocked.setLayout(why)
        self._body = ground(QWidget(), "card-inside")
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(12, 4, 12, 12)
        self._column.setSpacing(4)
        self._area = scrolling(self._body, f"{name} as a form")
        layout = column(self._blocked, self._area, spacing=0)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    @property
    def fields(self) -> dict[str, FormField]:
        """The fields that are shown and made already, by path."""
        return self._fields

    def show_view(self, view: DocumentView) -> None:
        """Show the document as its text stands."""
        self._view = view
        self._blocked.setVisible(bool(view.blocked))
        self._why.setText(view.blocked)
        self._to_line.setVisible(view.blocked_line is not None)
        self._to_line.set_text(f"Show line {view.blocked_line}")
        groups = self._shown_groups(view)
        shape = _shape_of(groups)
        if shape != self._shape:
            self._begin(groups)
            self._shape = shape
        self._rows = {shown.path: shown for group in groups for shown in group.fields}
        for path, field in self._fields.items():
            field.show_row(self._rows[path], enabled=not view.blocked)

    def show_field(self, path: str) -> bool:
        """Scroll a field into sight and put the focus there; False where the form has it not."""
        self.finish()
        if path not in self._fields and self._view is not None and not self._all:
            self._on_all()
        field = self._fields.get(path)
        if field is None:
            return False
        self._area.ensureWidgetVisible(field)
        field.edit.setFocus()
        return True

    def finish(self) -> None:
        """Make what is not made yet, at once."""
        while self._waiting:
            self._make_group(self._waiting.pop(0))
        self._timer.stop()
        self._settled.start()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt)
        """Go on making fields; a form that nobody sees has none."""
        super().showEvent(event)
        if self._waiting:
            self._timer.start()

    def _shown_groups(self, view: DocumentView) -> list[FieldGroup]:
        """The document's own sections always, Slipway's where they are used or all are asked for."""
        if self._all:
            return list(view.groups)
        return [group for group in view.groups if group.present or not group.own]

    def _begin(self, groups: Sequence[FieldGroup]) -> None:
        """Forget the fields; new ones are made a few at a time, so that nothing waits for a long form."""
        clear(self._column)
        self._fields = {}
        self._waiting = list(groups)
        self._body.setUpdatesEnabled(False)  # fields without their room yet would be seen squeezed
        if self.isVisible():
            self._timer.start()

    def _on_slice(self) -> None:
        clock = QElapsedTimer()
        clock.start()
        while self._waiting and clock.elapsed() < SLICE_MS:
            self._make_group(self._waiting.pop(0))
        if self._waiting:
            self._timer.start()
        else:
            self._settled.start()

    def _on_settled(self) -> None:
        """Every field has its room: show them."""
        self._body.setUpdatesEnabled(True)

    def _make_group(self, group: FieldGroup) -> None:
        heading = Text(group.title, px=SMALL_PX, weight=SEMIBOLD, role="dim")
        heading.setToolTip(group.help)
        heading.setContentsMargins(0, 8, 0, 0)
        self._column.addWidget(heading)
        blocked = self._view is not None and bool(self._view.blocked)
        for shown in group.fields:
            field = self._make(self._rows.get(shown.path, shown))
            field.edit.setEnabled(not blocked and shown.kind != "by hand")
            self._column.addWidget(field)
            field.show()
        if not self._waiting:
            self._end()

    def _end(self) -> None:
        """Below the last group: the way to the others."""
        view = self._view
        left = len(view.groups) - len(self._shown_groups(view)) if view is not None else 0
        if left or self._all:
            text = "Show only what is used" if self._all else f"Show {left} more sections of Slipway's"
            self._column.addLayout(row(Button(text, self._on_all, role="link"), None, margins=(0, 8, 0, 0)))
        self._column.addStretch(1)

    def _make(self, shown: FieldRow) -> FormField:
        field = FormField(shown)
        field.entered.connect(self.entered)
        field.typed.connect(self.typed)
        field.fix_wanted.connect(self.fix_wanted)
        field.confirm_wanted.connect(self.confirm_wanted)
        field.reached.connect(self.reached)
        self._fields[shown.path] = field
        return field

    def _on_all(self) -> None:
        self._all = not self._all
        if self._view is not None:
            self.show_view(self._view)

    def _on_line(self) -> None:
        if self._view is not None and self._view.blocked_line is not None:
            self.line_wanted.emit(self._view.blocked_line)


def _shape_of(groups: Sequence[FieldGroup]) -> Shape:
    return tuple(
        (group.title, tuple((field.path, field.kind, field.choices) for field in group.fields)) for group in groups
    )
