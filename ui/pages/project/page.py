"""The page Project: where the chain stands, what to do now, both documents, and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QWidget

from ui.page import Page
from ui.pages.project.changes_panel import FINDINGS, HISTORY, ChangesPanel
from ui.pages.project.documents import NAMES, DocumentsCard
from ui.pages.project.editing import Editing
from ui.pages.project.head import ActionCard, StripCard
from ui.widgets.error_card import ErrorCard
from ui.widgets.grounds import clear, column
from workbench.base.events import JobEnded, Progress, StepEnded, StepStarted
from workbench.orders.run import RunOrder
from workbench.views.findings import FindingPlace, FindingRow, RunMoment
from workbench.views.project.changes import Changes, mark_seen, read_changes, read_history
from workbench.views.project.documents import DiffLine, DocumentView, Mark, compare_texts
from workbench.views.project.overview import (
    CONFIRM,
    CORRECT,
    GO,
    RUN,
    NextAction,
    Overview,
    Place,
    Target,
    read_overview,
)

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from ui.bridge import Answer
    from ui.desk import Desk
    from workbench.base.events import ErrorText, Event

SAVE = "save"
KEYPAD = Qt.KeyboardModifier.KeypadModifier


class ProjectPage(Page):
    """Opens a `Place` (a document, a line of it, a field), a `Mark`, whose correction it makes, or a `FindingPlace`."""

    has_primary = True

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._overview: Overview | None = None
        self._changes_seen = False
        self._takes_focus, self._first_look = False, True
        self._asked: list[Answer[Overview] | Answer[Changes]] = []
        self.editing = Editing(desk, self)
        self._actions = self._make_actions()
        self.strip = StripCard()
        self.action_card = ActionCard()
        self.documents = DocumentsCard(self.editing, self._actions)
        self.changes = ChangesPanel(desk)
        self._errors = column(spacing=8)
        layout = column(self._errors, self.strip, self.action_card, self.documents, margins=(12, 12, 12, 12), spacing=8)
        layout.setStretch(3, 1)
        centre = QWidget()
        centre.setLayout(layout)
        self.set_centre(centre)
        self.set_inspector(self.changes)
        self._connect()

    def refresh(self) -> None:
        """Ask where the project stands, what changed, and whether the documents are still those that were read."""
        project = self.desk.project
        for answer in self._asked:
            answer.drop()
        self._asked = []
        self.editing.open(project)
        if project is None:
            return
        if self.desk.overview is None:
            asked = self.desk.bridge.ask(read_overview, project)
            self._asked = [asked.then(self._show_overview).or_fail(self._on_error)]
        else:
            self._show_overview(self.desk.overview)
        self._ask_changes()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt)
        """Somebody comes to the page: Enter is to do the next action at once."""
        super().showEvent(event)
        self._takes_focus = True

    def open(self, target: object) -> None:
        """Show a place of a document, or make the correction of a problem."""
        self._takes_focus = False
        self._first_look = False
        if isinstance(target, Place):
            self.documents.show_place(target)
        elif isinstance(target, Mark):
            self.documents.show_place(Place(target.file, target.line, target.path))
            self.documents.pane.fix_like(target)
        elif isinstance(target, FindingPlace):
            self._show_findings(target.finding)

    def may_close(self) -> str:
        """Nothing is lost: what is not saved is kept; but a person may want to know."""
        self.editing.keep_drafts()
        changed = self.editing.changed
        if not changed:
            return ""
        verb = "is" if len(changed) == 1 else "are"
        return f"{' and '.join(changed)} {verb} not saved. The text is kept and comes back next time."

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt)
        """Enter does the next action, unless a button or field has the focus, which takes it for itself."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or event.modifiers() & ~KEYPAD:
            super().keyPressEvent(event)
            return
        focused = self.focusWidget()
        if isinstance(focused, QAbstractButton) and focused is not self.action_card.button:
            focused.click()
        elif not isinstance(focused, QLineEdit | QComboBox):
            self.action_card.press()

    def _make_actions(self) -> dict[str, QAction]:
        add = self.desk.actions.add
        return {
            "save": add("project.save", "Save the documents", self.editing.save, "Ctrl+S", "save", self),
            "undo": add("project.undo", "Undo in the document", self._on_undo, "Ctrl+Z", "undo-2", self),
            "redo": add("project.redo", "Redo in the document", self._on_redo, "Ctrl+Shift+Z", "redo-2", self),
            "compare": add(
                "project.compare", "Show what changed in the document", self._on_compare, "Ctrl+Alt+D", "", self
            ),
            "fix": add(
                "project.fix",
                "Correct the problem at the cursor",
                self._on_fix,
                "Alt+Return; Alt+Enter",
                "wrench",
                self,
            ),
            "fix_all": add(
                "project.fix_all", "Apply all corrections", self.editing.correct, "Ctrl+Alt+Return", "wrench", self
            ),
            "next": add("project.next", "Next problem", lambda: self._on_step(1), "F8", "arrow-down", self),
            "previous": add(
                "project.previous", "Previous problem", lambda: self._on_step(-1), "Shift+F8", "arrow-up", self
            ),
            "other": add("project.other", "Other document", self._on_other, "Ctrl+Tab", "", self),
            "confirm": add(
                "project.confirm", "Confirm all proposed values", self._on_confirm_all, "Ctrl+Alt+Y", "check", self
            ),
            "act": add("project.act", "Do the next action", self._on_enter, "Ctrl+Return; Ctrl+Enter", "", self),
            "seen": add("project.seen", "Mark all changes as seen", self._on_seen, "Ctrl+Alt+E", "eye", self),
            "findings": add("project.findings", "Show the findings", self._show_findings, "Ctrl+Alt+F", "flag", self),
        }

    def _connect(self) -> None:
        self.strip.chain.opened.connect(lambda box: self._go(box.target))
        self.strip.repair_wanted.connect(lambda: self.desk.run_asked.emit(False))
        self.action_card.wanted.connect(self._on_wanted)
        self.action_card.went.connect(self._go)
        self.changes.went.connect(self._go)
        self.changes.seen.connect(self._on_seen)
        self.changes.list_wanted.connect(lambda _name: self._ask_changes())
        self.changes.findings.opened.connect(self._on_finding)
        self.editing.checked.connect(lambda _views: self._on_checked())
        self.desk.overview_changed.connect(self._on_overview)
        self.desk.left.connect(self._on_left)
        self.editing.state_changed.connect(self._on_state)
        self.editing.conflicted.connect(lambda conflict: self.documents.show_document(conflict.name))
        self.documents.chosen.connect(lambda _name: self._on_state())
        for pane in self.documents.panes.values():
            pane.editor.document().undoAvailable.connect(lambda _on: self._on_state())
            pane.editor.document().redoAvailable.connect(lambda _on: self._on_state())
        self.desk.bridge.told.connect(self._on_told)
        self._on_state()

    def _ask_changes(self) -> None:
        project = self.desk.project
        if project is not None:
            if self.changes.shown != FINDINGS:
                query = read_history if self.changes.shown == HISTORY else read_changes
                self._asked.append(self.desk.bridge.ask(query, project).then(self._on_changes))
            self.changes.findings.refresh()

    def _show_findings(self, finding: str = "") -> None:
        """Show the list of findings, also where the inspector is folded away, and choose one by its id."""
        panel = self.desk.actions.named("window.inspector")
        if panel is not None and not panel.isChecked():
            panel.trigger()
        self.changes.show_list(FINDINGS)
        self.changes.findings.choose(finding)

    def _on_finding(self, finding: FindingRow) -> None:
        """To where it was seen; one without a run is about a requirement."""
        if finding.run:
            self.desk.go("live", RunMoment(finding.run, finding.t_s, finding.until_s, finding.frame_id))
        elif finding.requirement:
            self.desk.go("verify", finding.requirement)

    def _go(self, target: Target | None) -> None:
        if target is None:
            return
        if target.stage == "project":
            self.open(target.subject)
        else:
            self.desk.go(target.stage, target.subject)

    def _on_overview(self) -> None:
        """The frame read it; what is edited here is newer than what it says of the documents."""
        if self.desk.overview is not None and self.isVisible():
            self._show_overview(self.desk.overview)
        if self.editing.changed:
            self._show_problems()

    def _show_problems(self) -> None:
        self.desk.show_problems(tuple(mark for view in self.editing.views for mark in view.marks))

    def _on_checked(self) -> None:
        broken = [view.name for view in self.editing.views if view.problems]
        if self._first_look and broken and self.documents.name not in broken:
            self.documents.show_document(broken[0])
        self._first_look = False
        self._show_problems()
        self._show_action()

    def _show_overview(self, overview: Overview) -> None:
        clear(self._errors)
        self._overview = overview
        self.strip.show_strip(overview.strip, overview.blocked)
        self._show_action()
        if self._takes_focus and self.isVisible():
            self._takes_focus = False
            self.action_card.button.setFocus()

    def _on_error(self, error: ErrorText) -> None:
        clear(self._errors)
        self._errors.addWidget(ErrorCard(error))

    def _on_changes(self, changes: Changes) -> None:
        self._changes_seen = self._changes_seen or self.isVisible()
        self.changes.show_changes(changes)

    def _show_action(self) -> None:
        """What to do now: with a text that is not saved yet, what its last check says comes first."""
        if self._overview is None:
            return
        changed = self.editing.changed
        if not changed and (running := self._running()):
            self.action_card.show_action(running, self._overview.after)
            return
        if not changed:
            self.action_card.show_action(self._overview.action, self._overview.after)
            return
        broken = [view for view in self.editing.views if view.problems]
        action = _mend_action(broken) if broken else _save_action(changed)
        self.action_card.show_action(action, self._overview.after)

    def _running(self) -> NextAction | None:
        """While the main job works there is nothing to decide: what comes next is said by its end."""
        for row in self.desk.jobs.working():
            order = self.desk.jobs.order(row.head.id)
            if isinstance(order, RunOrder) and order.project == self.desk.project:
                where = f" on {order.board}" if order.board else ""
                text = "What comes next is said once it has ended; what stands here is of before."
                return NextAction(GO, f"{row.head.title} is at work{where}", text, "Watch it", Target("verify"))
        return None

    def _on_wanted(self, action: NextAction) -> None:
        if action.kind == CORRECT:
            self.editing.correct()
        elif action.kind == RUN:
            self.desk.run_asked.emit(False)
        elif action.kind == SAVE:
            self.editing.save()
        elif action.kind in (GO, CONFIRM):
            self._go(action.target)

    def _on_state(self) -> None:
        document = self.documents.pane.editor.document()
        self._actions["undo"].setEnabled(document.isUndoAvailable())
        self._actions["redo"].setEnabled(document.isRedoAvailable())
        self._actions["save"].setEnabled(bool(self.editing.changed))
        self._show_action()

    def _on_undo(self) -> None:
        self.documents.pane.editor.undo()

    def _on_redo(self) -> None:
        self.documents.pane.editor.redo()

    def _on_fix(self) -> None:
        self.documents.pane.fix_at_cursor()

    def _on_step(self, by: int) -> None:
        """To the next problem of this document; where it has none, to the other's."""
        if self.documents.pane.editor.step_mark(by) is None:
            self._on_other()
            self.documents.pane.editor.step_mark(by)
        self.documents.pane.editor.setFocus()

    def _on_other(self) -> None:
        other = NAMES[1 - NAMES.index(self.documents.name)]
        self.documents.show_document(other)
        self.documents.pane.editor.setFocus()

    def _on_enter(self) -> None:
        self.action_card.press()

    def _on_confirm_all(self) -> None:
        self.editing.confirm(self.documents.name)

    def _on_compare(self) -> None:
        pane, name = self.documents.pane, self.documents.name
        file = self.editing.files.get(name)
        if pane.difference.isVisible():
            pane.difference.hide()
        elif file is not None:
            answer = self.desk.bridge.ask(compare_texts, file.base, pane.editor.text)
            answer.then(lambda lines: self._on_difference(name, lines))

    def _on_difference(self, name: str, lines: tuple[DiffLine, ...]) -> None:
        file = self.editing.files.get(name)
        committed = file is not None and "commit" in file.status
        self.documents.panes[name].difference.show_lines(lines, "the last commit" if committed else "the file")

    def _on_seen(self) -> None:
        project = self.desk.project
        if project is not None:
            self.desk.bridge.ask(mark_seen, project).then(lambda _none: self._ask_changes())

    def _on_left(self) -> None:
        """A visit in which a person saw what changed has come to its end; what they typed is kept."""
        self.editing.keep_drafts()
        project = self.desk.project
        if project is not None and self._changes_seen:
            self.desk.bridge.ask(mark_seen, project)
        self._changes_seen = False
        self._first_look = True

    def _on_told(self, event: Event) -> None:
        """The box of the step that works shows how far it is."""
        chain = self.strip.chain
        order = self.desk.jobs.order(event.job_id)
        if order is None or getattr(order, "project", None) != self.desk.project:
            return
        if isinstance(event, StepStarted):
            chain.show_progress(event.step, event.title, None, order.board or "")
            self._show_action()
        elif isinstance(event, Progress):
            chain.show_progress(event.step, event.text, event.fraction, order.board or "")
        elif isinstance(event, StepEnded | JobEnded):
            chain.show_progress("", "", None)
            self._show_action()


def _mend_action(broken: list[DocumentView]) -> NextAction:
    marks = [mark for view in broken for mark in view.problems]
    fixes = sum(len(view.fixes) for view in broken)
    title = f"Fix {len(marks)} problem{'' if len(marks) == 1 else 's'} in {' and '.join(view.name for view in broken)}"
    first = marks[0]
    place = Target("project", Place(first.file, first.line, first.path))
    text = f"The text is not saved. The first: {first.title}."
    if fixes:
        button = f"Apply {fixes} correction{'' if fixes == 1 else 's'}"
        return NextAction(CORRECT, title, text, button, place)
    return NextAction(GO, title, text, "Show the problem", place)


def _save_action(changed: tuple[str, ...]) -> NextAction:
    text = "It has no problems. Until it is saved, runs use the text on disk."
    return NextAction(SAVE, f"Save {' and '.join(changed)}", text, "Save")
