"""The lower part of the page: one document at a time, the form left, the text right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFrame, QSplitter, QStackedWidget, QTabBar, QWidget

from ui.pages.project.conflict import ConflictCard, DifferenceCard, NoteBar
from ui.pages.project.editing import Editing
from ui.pages.project.editor import TextEditor
from ui.pages.project.form import Form
from ui.theme.icons import icon
from ui.theme.theme import THEME
from ui.theme.tokens import BODY_PX, MEDIUM
from ui.widgets.chip import Chip
from ui.widgets.controls import Button, IconButton
from ui.widgets.error_card import ErrorCard
from ui.widgets.grounds import clear, column, ground, line, row
from ui.widgets.text import Elided
from workbench.views.project.documents import Conflict, DocumentFile, DocumentView, Edit, FieldRow, Mark
from workbench.views.project.overview import Place

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from workbench.base.events import ErrorText

NAMES = ("deployment.yaml", "deployment_tests.yaml")
FORM_PX, TEXT_PX = 432, 600


class DocumentsCard(QFrame):
    """Both documents. Belongs to the page; `Editing` is the truth of what they say."""

    chosen = Signal(str)
    """Another document is shown."""

    def __init__(self, editing: Editing, actions: dict[str, QAction]) -> None:
        super().__init__()
        ground(self, "card")
        self.setAccessibleName("Documents")
        self._editing = editing
        self.panes = {name: DocumentPane(name, editing) for name in NAMES}
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("Which document")
        for name in NAMES:
            self.tabs.addTab(name)
        self._chip = Chip()
        self._chip.hide()
        self.confirm_all = Button("Confirm all", role="link", action=actions["confirm"])
        self.confirm_all.hide()
        self._status = Elided(role="hint")
        buttons = [
            IconButton(icon_name, actions[name].text(), action=actions[name], size=14)
            for icon_name, name in (
                ("undo-2", "undo"),
                ("redo-2", "redo"),
                ("git-compare-arrows", "compare"),
                ("save", "save"),
            )
        ]
        head = row(
            self.tabs, self._chip, self.confirm_all, None, self._status, *buttons, margins=(4, 0, 8, 0), spacing=4
        )
        self._errors = column(spacing=0)
        self._stack = QStackedWidget()
        for pane in self.panes.values():
            self._stack.addWidget(pane)
        layout = column(head, line(), self._errors, self._stack, margins=(1, 1, 1, 1), spacing=0)
        layout.setStretch(3, 1)
        self.setLayout(layout)
        self.tabs.currentChanged.connect(self._on_tab)
        editing.checked.connect(self._on_checked)
        editing.state_changed.connect(self._show_state)
        editing.not_saved.connect(self._on_not_saved)
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    @property
    def name(self) -> str:
        """The document that is shown."""
        return NAMES[max(0, self.tabs.currentIndex())]

    @property
    def pane(self) -> DocumentPane:
        """Form and text of the document that is shown."""
        return self.panes[self.name]

    def show_document(self, name: str) -> None:
        """Show a document."""
        if name in NAMES:
            self.tabs.setCurrentIndex(NAMES.index(name))

    def show_place(self, place: Place) -> None:
        """Show a place of a document: its line in the text, its field in the form."""
        self.show_document(place.file)
        self.panes[self.name].show_place(place)

    def _on_tab(self, at: int) -> None:
        self._stack.setCurrentIndex(at)
        self._show_state()
        self.chosen.emit(self.name)

    def _on_checked(self, views: tuple[DocumentView, ...]) -> None:
        for view in views:
            if view.name in self.panes:
                self.panes[view.name].show_view(view)
        self._show_state()

    def _on_not_saved(self, error: ErrorText | None) -> None:
        """The file cannot be written: say it over the text, until it is saved."""
        clear(self._errors)
        if error is not None:
            hint = f"{error.hint} What was typed is kept as a draft until then.".strip()
            again = Button("Save again", self._editing.save, icon_name="save")
            close = Button("Close", lambda: self._on_not_saved(None), role="link")
            self._errors.addWidget(ErrorCard(replace(error, hint=hint), again, close))

    def _show_state(self) -> None:
        views = {view.name: view for view in self._editing.views}
        changed = self._editing.changed
        for at, name in enumerate(NAMES):
            view = views.get(name)
            state = ("circle-x", "err") if view and view.problems else ("circle-check", "ok")
            if view and not view.problems and view.marks:
                state = ("triangle-alert", "warn")
            self.tabs.setTabIcon(at, icon(*state, 14) if view else icon("file-code", "text3", 14))
            self.tabs.setTabText(at, f"{name} \u2022" if name in changed else name)
            self.tabs.setTabToolTip(at, f"{name}: not saved" if name in changed else name)
        self._show_chip(views.get(self.name))
        view = views.get(self.name)
        waiting = sum(not field.confirmed for group in view.groups for field in group.fields) if view else 0
        self.confirm_all.setVisible(waiting > 0)
        file = self._editing.files.get(self.name)
        saved = "" if file is None else file.note or file.status
        self._status.setText("not saved, kept as a draft" if self.name in changed else saved)

    def _show_chip(self, view: DocumentView | None) -> None:
        problems = len(view.problems) if view is not None else 0
        findings = len(view.marks) - problems if view is not None else 0
        self._chip.setVisible(bool(problems or findings))
        if problems:
            self._chip.set("err", f"{problems} problem{'' if problems == 1 else 's'}")
        elif findings:
            self._chip.set("warn", f"{findings} finding{'' if findings == 1 else 's'}")

    def _on_theme(self) -> None:
        self.tabs.setFont(THEME.font(BODY_PX, MEDIUM))
        self._show_state()


class DocumentPane(QWidget):
    """One document as a form and as text, over one undo stack: the text's own."""

    def __init__(self, name: str, editing: Editing) -> None:
        super().__init__()
        self.name = name
        self._editing = editing
        self._view: DocumentView | None = None
        self._wanted: Place | None = None
        self.form = Form(name)
        self.editor = TextEditor(name)
        self.note = NoteBar()
        self.conflict = ConflictCard()
        self.difference = DifferenceCard()
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.form)
        self._splitter.addWidget(self.editor)
        self._splitter.setSizes([FORM_PX, TEXT_PX])
        self._splitter.setStretchFactor(1, 1)
        self.editor.setMinimumWidth(280)
        layout = column(self.note, self.conflict, self.difference, self._splitter, spacing=0)
        layout.setStretch(3, 1)
        self.setLayout(layout)
        self._connect()
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def show_view(self, view: DocumentView) -> None:
        """Show what the last check said."""
        self._view = view
        self.form.show_view(view)
        self.editor.show_marks(view.marks, view.changed_lines, view.removed_at)
        if self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self.show_place(wanted)

    def show_place(self, place: Place) -> None:
        """Show a line, or a field."""
        if self._view is None:
            self._wanted = place
            return
        field = next((row for group in self._view.groups for row in group.fields if row.path == place.path), None)
        mark = next((mark for mark in self._view.marks if place.path and mark.path == place.path), None)
        line_number = mark.line if mark is not None else field.line if field is not None else place.line
        if line_number is not None:
            self.editor.go_to(line_number, mark.column if mark is not None else 1)
        if place.path:
            self.form.show_field(mark.meant if mark is not None else place.path)
        self.editor.setFocus()

    def fix_at_cursor(self) -> bool:
        """Make the correction of the problem at the cursor; False where there is none."""
        mark = self.editor.mark_at_cursor()
        if mark is None or mark.fix is None:
            return False
        self._on_fix(mark)
        return True

    def fix_like(self, mark: Mark) -> None:
        """Make the correction of the problem that is still there and says the same as this one."""
        now = self._view.problems if self._view is not None else ()
        found = next((item for item in now if (item.path, item.title) == (mark.path, mark.title)), None)
        if found is not None:
            self._on_fix(found)

    def _connect(self) -> None:
        editing, name = self._editing, self.name
        self.editor.typed.connect(lambda: editing.type(name, self.editor.text))
        self.editor.fix_wanted.connect(self._on_fix)
        self.form.entered.connect(lambda path, text: editing.enter(name, path, text))
        self.form.typed.connect(lambda path, text: editing.note_entry(name, path, text))
        self.form.fix_wanted.connect(self._on_form_fix)
        self.form.confirm_wanted.connect(lambda path: editing.confirm(name, (path,)))
        self.form.reached.connect(self._on_reached)
        self.form.line_wanted.connect(self._on_line)
        self.conflict.mine_wanted.connect(editing.keep_mine)
        self.conflict.theirs_wanted.connect(editing.keep_theirs)
        self.note.revert_wanted.connect(lambda: editing.revert(name))
        editing.loaded.connect(self._on_loaded)
        editing.edited.connect(self._on_edited)
        editing.restored.connect(self._on_restored)
        editing.conflicted.connect(self._on_conflict)
        editing.saved.connect(self._on_saved)
        editing.refused.connect(self._on_refused)

    def _on_theme(self) -> None:
        """A form needs room for its labels and fields, however large the type is."""
        self.form.setMinimumWidth(round(FORM_PX * min(1.2, THEME.type_scale)))

    def _on_loaded(self, file: DocumentFile) -> None:
        if file.name == self.name:
            self._view = None
            self.conflict.hide()
            self.editor.load(file.text)
            self.editor.setReadOnly(not file.can_edit)
            self.note.tell(file.note, can_revert=False)

    def _on_edited(self, name: str, edit: Edit) -> None:
        if name == self.name:
            self.editor.apply(edit)

    def _on_restored(self, file: DocumentFile) -> None:
        if file.name == self.name:
            changed = file.draft is not None and file.draft.base_sha256 != file.sha256
            text = "What was typed here and not saved is back."
            self.note.tell(f"{text} The file was changed meanwhile." if changed else text, can_revert=True)

    def _on_conflict(self, conflict: Conflict) -> None:
        if conflict.name == self.name:
            self.conflict.show_conflict(conflict)

    def _on_saved(self, files: tuple[DocumentFile, ...]) -> None:
        if any(file.name == self.name for file in files):
            self.conflict.hide()
            self.note.tell("", can_revert=False)

    def _on_refused(self, why: str) -> None:
        if self.isVisible():
            self.note.tell(why, can_revert=False)

    def _on_fix(self, mark: Mark) -> None:
        if mark.fix is not None:
            self.editor.apply(mark.fix.edit)
            self.editor.setFocus()

    def _on_form_fix(self, shown: FieldRow) -> None:
        if shown.fix is not None:
            self.editor.apply(shown.fix.edit)

    def _on_reached(self, shown: FieldRow) -> None:
        """The text follows the form, without taking its focus."""
        if shown.line is not None and self.editor.textCursor().blockNumber() + 1 != shown.line:
            cursor = QTextCursor(self.editor.document().findBlockByNumber(shown.line - 1))
            self.editor.setTextCursor(cursor)
            self.editor.ensureCursorVisible()

    def _on_line(self, number: int) -> None:
        self.editor.go_to(number)
        self.editor.setFocus()
