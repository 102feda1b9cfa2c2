"""The first page: what to do first, where one was, what waits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QGraphicsOpacityEffect, QGridLayout, QVBoxLayout, QWidget

from ui.page import Page
from ui.pages.asking import Asking
from ui.pages.welcome.example_card import ExampleCard
from ui.pages.welcome.example_run import ExampleRun
from ui.pages.welcome.projects import LastCard, RecentList
from ui.pages.welcome.side import BoardsList, JobsList, Waits, WaitsList
from ui.pages.welcome.start_cards import MachineCard, StartCard
from ui.stages import NEW_PROJECT, OPEN_PROJECT
from ui.theme.theme import THEME
from ui.theme.tokens import KPI_PX, SEMIBOLD, SMALL_PX
from ui.widgets.controls import shortcut_text
from ui.widgets.grounds import column, line, row, scrolling
from ui.widgets.path_field import dropped_path
from ui.widgets.text import Text, dim
from workbench.base import clock
from workbench.base.events import ErrorText
from workbench.jobs.story import JobRow
from workbench.views.jobs import read_jobs
from workbench.views.welcome import (
    Example,
    ProjectCard,
    Welcome,
    locate_project,
    read_card,
    read_example,
    read_machine,
    read_scene,
    read_welcome,
    take_off_list,
)

if TYPE_CHECKING:
    from ui.bridge import Answer
    from ui.desk import Desk

MOST_RECENT = 6
WITHOUT = "Without a window: slipway demo runs the example, slipway doctor checks this machine."
NARROW_PX = 1080
"""Below this, at a type scale of 1, the right half goes below the left one."""
TICK_MS = 250
ENTER = ("Return", "Enter")
PROMISE = "Take a detector to a board and prove that it may stay there"
ABOUT = "Slipway checks a model, makes it smaller, installs it, measures it where it runs, and keeps the evidence."


class WelcomePage(Page):
    """Needs no project. `open` takes the Path of an ONNX file, which becomes a new project."""

    has_primary = True

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._cards: dict[Path, ProjectCard] = {}
        self._order: tuple[Path, ...] = ()
        self._asked: Answer[Welcome] | None = None
        self._is_answered = False
        self._unread: dict[Path, ProjectCard] = {}
        self._asking = Asking()
        self._has_scene = False
        self._add_actions()
        self.run = ExampleRun(desk, self)
        self.example = ExampleCard(self._run_action, self._open_example, self._on_example_project)
        self.last = LastCard(self._go_on)
        self.recent = RecentList()
        self.waits, self.boards, self.jobs = WaitsList(), BoardsList(), JobsList()
        self.new_card = StartCard(
            "file-box",
            "New from a model",
            "Drop an ONNX file here",
            "Runs the checks at once and drafts both documents from what it finds. The file is copied, not moved.",
            self._new,
        )
        self.open_card = StartCard(
            "folder-open",
            "Open a project",
            "A folder with its two documents",
            "Or check a report that somebody sent you: needs no network and no board, only the file and its run.",
            self._open,
            self._check,
        )
        doctor = desk.actions.named("go.doctor")
        assert doctor is not None  # noqa: S101 - the frame makes it before any page
        self.machine = MachineCard(doctor)
        self._nothing = dim("No projects yet. The example makes one.")
        self._put_together()
        self._connect()
        self.setAcceptDrops(True)

    def refresh(self) -> None:
        """Ask what there is now; what takes longer comes later."""
        if self._asked is not None:
            self._asked.drop()
        self._asked = self.desk.bridge.ask(read_welcome).then(self._on_welcome)
        self.desk.bridge.ask(read_example).then(self._on_example)
        self._ask_machine()
        if not self._has_scene:
            self._has_scene = True
            self.desk.bridge.ask(read_jobs).then(self._on_recorded)
            self.desk.bridge.ask(read_scene).then(self.example.show_scene)

    def _ask_machine(self) -> None:
        self._asking.ask("machine", self.desk.bridge.ask(read_machine), self.machine.show_machine)

    def open(self, target: object) -> None:
        """Begin a project from an ONNX file, or ask for a file or a folder."""
        if isinstance(target, Path):
            self._begin(target)
        elif target == NEW_PROJECT:
            self._begin(None)
        elif target == OPEN_PROJECT:
            self._on_open()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Put both halves where they have room."""
        super().resizeEvent(event)
        self._place_sides()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 (Qt)
        """Say what would come of a drop."""
        path = dropped_path(event)
        if path is None:
            return
        event.acceptProposedAction()
        if path.suffix.lower() == ".onnx":
            self.new_card.set_drop("accent", f"Drop it to look at {path.name}.")
        elif path.suffix:
            self.new_card.set_drop("err", f"{path.name} is no ONNX file: export the model to ONNX first.")
        else:
            self.open_card.set_drop("accent", f"Drop it to open {path.name}.")
        self._dim(wanted=True)

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:  # noqa: N802 (Qt)
        """It was taken away again."""
        self._end_drop()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 (Qt)
        """Begin a project, or open one."""
        path = dropped_path(event)
        self._end_drop()
        if path is not None:
            event.acceptProposedAction()
        if path is not None and path.suffix.lower() == ".onnx":
            self._begin(path)
        elif path is not None and not path.suffix:
            self._open_folder(path)
        elif path is not None:
            self.desk.notice(f"{path.name} is no ONNX file: export the model to ONNX first.")

    def _add_actions(self) -> None:
        add = self.desk.actions.add
        self._run_action = add("welcome.run_example", "Run the example", self._on_run, "Return", "play", self)
        self._open_example = add(
            "welcome.open_example", "Open the example without running", self._on_make, "Ctrl+E", owner=self
        )
        self._go_on = add("welcome.continue", "Continue", self._on_go_on, "Ctrl+Return", "arrow-right", self)
        self._new = self._of_window("welcome.new")
        self._open = self._of_window("welcome.open")
        self._check = add("welcome.check", "Check a report", self._on_check, "Ctrl+R", "shield-check", self)

    def _of_window(self, name: str) -> QAction:
        """An action that is there on every page."""
        action = self.desk.actions.named(name)
        if action is None:
            raise LookupError(f"the window has no action {name}")
        return action

    def _put_together(self) -> None:
        self._column = QVBoxLayout()
        self._column.setSpacing(12)
        ways = row(self.new_card, self.open_card, spacing=12)
        self._recent_box = QWidget()
        about = dim("model, candidate, engine, release, run, as recorded")
        self._recent_box.setLayout(
            column(row(Text("Recent projects", weight=SEMIBOLD), None, about), self.recent, spacing=8)
        )
        for item in (self.last, self._recent_box, self.example):
            self._column.addWidget(item)
        self._column.addLayout(ways)
        self._column.addWidget(self.machine)
        self._column.addStretch(1)
        head = column(Text(PROMISE, px=KPI_PX, weight=SEMIBOLD, wrap=True), dim(ABOUT, wrap=True), spacing=4)
        self._left = QWidget()
        self._left.setLayout(column(head, 4, self._column, margins=(32, 24, 24, 24), spacing=12))
        foot = Text(WITHOUT, px=SMALL_PX, role="hint", wrap=True)
        self._right = QWidget()
        self._right.setLayout(
            column(
                self._nothing,
                self.waits,
                self.boards,
                self.jobs,
                None,
                foot,
                margins=(24, 24, 24, 24),
                spacing=16,
            )
        )
        both = QWidget()
        self._grid = QGridLayout(both)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(0)
        self._between = line(vertical=True)
        self._is_narrow: bool | None = None
        self._place_sides()
        self.set_centre(scrolling(both, "Welcome"))
        self._show_projects()

    def _place_sides(self) -> None:
        """Side by side, or below each other where there is no room."""
        narrow = self.width() < NARROW_PX * THEME.type_scale
        if narrow == self._is_narrow:
            return
        self._is_narrow = narrow
        self._between.setVisible(not narrow)
        self._grid.addWidget(self._left, 0, 0)
        self._grid.addWidget(self._between, 0, 1)
        self._grid.addWidget(self._right, 1 if narrow else 0, 0 if narrow else 2)
        for at, stretch in enumerate((59, 0, 0 if narrow else 41)):
            self._grid.setColumnStretch(at, stretch)

    def _connect(self) -> None:
        THEME.changed.connect(self._place_sides)
        self.example.stopped.connect(self.run.stop)
        self.example.report_wanted.connect(self._on_example_report)
        self.run.changed.connect(self._on_run_changed)
        self.recent.opened.connect(lambda card: self._open_folder(card.folder))
        self.recent.dropped.connect(self._on_dropped)
        self.recent.locate_wanted.connect(self._on_locate)
        self.waits.chosen.connect(self._on_waits)
        self.boards.chosen.connect(lambda name: self.desk.go("boards", name))
        self.jobs.chosen.connect(self._on_job)
        self.desk.jobs_changed.connect(self._on_jobs)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._on_run_changed)

    def _on_welcome(self, view: Welcome) -> None:
        self._asked, self._is_answered = None, True
        self._order = tuple(card.folder for card in view.projects)
        for card in view.projects:
            known = self._cards.get(card.folder)
            if not card.marks_known and card.exists:
                self._unread[card.folder] = card  # shown once it is known how it stands
            elif known is None or not known.checked or card.exists != known.exists:
                self._cards[card.folder] = card
            if card.exists:
                asked = self.desk.bridge.ask(read_card, card.folder).then(self._on_card)
                asked.or_fail(self._on_no_card)
        self.boards.show_boards(view.boards, view.boards_problem)
        self._show_projects()

    def _on_card(self, card: ProjectCard) -> None:
        self._cards[card.folder] = card
        self._show_projects()

    def _on_no_card(self, error: ErrorText) -> None:
        """How one stands cannot be said; that they are there can."""
        self._cards = {**self._unread, **self._cards}
        self._show_projects()
        self.desk.notice(error)

    def _on_example(self, example: Example) -> None:
        self.run.example = example
        self.example.show_example(example)
        self._on_run_changed()

    def _projects(self) -> list[ProjectCard]:
        return [self._cards[folder] for folder in self._order if folder in self._cards]

    def _show_projects(self) -> None:
        cards = self._projects()
        there = [card for card in cards if card.exists]
        self.last.setVisible(bool(there))
        if there:
            self.last.show_project(there[0])
        older = [card for card in cards if not there or card is not there[0]][:MOST_RECENT]
        self.recent.show_projects(older)
        self._recent_box.setVisible(bool(older))
        self._nothing.setVisible(self._is_answered and not self._order)
        self.boards.setVisible(bool(cards) or self.boards.amount > 1)
        self.example.set_small(bool(there) and self.run.job is None)
        self._give_enter()
        self._show_waits()

    def _give_enter(self) -> None:
        """Enter belongs to the one thing that comes next: the example at first, later the last project."""
        returning = self.last.isVisibleTo(self)
        busy = self.run.works
        self._go_on.setShortcuts([QKeySequence(key) for key in (*ENTER, "Ctrl+Return") if returning])
        self._run_action.setShortcuts([QKeySequence(key) for key in ENTER if not returning])
        blocked = self.run.example.blocked if self.run.example is not None else "It is read just now"
        off = blocked or ("It runs already" if busy else "")
        for action in (self._run_action, self._open_example):
            action.setEnabled(not off)
            keys = shortcut_text(action)
            action.setToolTip(off or (f"{action.text()} ({keys})" if keys else action.text()))
        self._go_on.setEnabled(returning)

    def _show_waits(self) -> None:
        found = [Waits(card.name, fact, card.folder) for card in self._projects() if card.exists for fact in card.waits]
        self.waits.show_waits([*self.run.questions(), *found][:MOST_RECENT])

    def _on_recorded(self, rows: tuple[JobRow, ...]) -> None:
        self.desk.jobs.recorded(rows)
        self.desk.jobs_changed.emit()

    def _on_jobs(self) -> None:
        self.jobs.show_jobs(self.desk.jobs.rows(clock.now_s()))
        self._show_waits()
        if self.isVisible():
            self._ask_machine()  # a job takes the board's lock, and gives it back

    def _on_job(self, job: JobRow) -> None:
        """Show its project; one without a project is in the jobs panel."""
        folder = None if job.head.project is None else Path(job.head.project)
        if folder in self._cards:
            self._open_folder(folder)
        panel = self.desk.actions.named("window.jobs")
        if panel is not None and not panel.isChecked():
            panel.trigger()

    def _on_run_changed(self) -> None:
        job = self.run.job
        if self.run.works and not self._tick.isActive():
            self._tick.start()
        elif not self.run.works:
            self._tick.stop()
        self.example.show_job(job)
        self.jobs.show_jobs(self.desk.jobs.rows(clock.now_s()))
        self.example.set_small(self.last.isVisibleTo(self) and job is None)
        self._give_enter()

    def _on_run(self) -> None:
        self.run.start()

    def _on_make(self) -> None:
        self.run.make()

    def _on_example_project(self) -> None:
        if self.run.example is not None:
            self._open_folder(self.run.example.folder)

    def _on_example_report(self) -> None:
        if self.run.example is not None:
            self._open_folder(self.run.example.folder)
            self.desk.go("report", self.run.run_id or None)

    def _on_go_on(self) -> None:
        cards = [card for card in self._projects() if card.exists]
        if cards:
            self._open_folder(cards[0].folder)

    def _open_folder(self, folder: Path) -> None:
        self.desk.open_project(folder)
        self.desk.go("project")

    def _begin(self, model: Path | None) -> None:
        from ui.pages.new_project.dialog import NewProjectDialog

        NewProjectDialog(self.desk, model, self.window()).open()

    def _on_open(self) -> None:
        self._choose("Open a project", folder=True).fileSelected.connect(lambda name: self._open_folder(Path(name)))

    def _on_check(self) -> None:
        chosen = self._choose("Check a report", filters="Reports (*.html)").fileSelected
        chosen.connect(lambda name: self.run.check(Path(name)))

    def _on_locate(self, card: ProjectCard) -> None:
        dialog = self._choose(f"Where is {card.name} now?", folder=True)
        dialog.fileSelected.connect(lambda name: self._locate(card.folder, Path(name)))

    def _locate(self, old: Path, new: Path) -> None:
        self.desk.bridge.ask(locate_project, old, new).then(lambda _card: self.refresh())

    def _on_dropped(self, card: ProjectCard) -> None:
        self.desk.bridge.ask(take_off_list, card.folder).then(lambda _none: self.refresh())

    def _on_waits(self, waits: Waits) -> None:
        if waits.folder is None:
            self.run.answer(waits.job)
            return
        self._open_folder(waits.folder)
        self.desk.go(waits.fact.stage or "project", waits.fact.target)

    def _choose(self, heading: str, *, folder: bool = False, filters: str = "") -> QFileDialog:
        dialog = QFileDialog(self, heading)
        dialog.setAccessibleName(heading)
        dialog.setFileMode(QFileDialog.FileMode.Directory if folder else QFileDialog.FileMode.ExistingFile)
        if filters:
            dialog.setNameFilter(filters)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def _dim(self, *, wanted: bool) -> None:
        """Step back behind the card on which a file may be dropped."""
        for widget in (self.example, self.last, self.machine, self._right):
            effect = QGraphicsOpacityEffect(widget) if wanted else None
            if effect is not None:
                effect.setOpacity(0.45)
            widget.setGraphicsEffect(effect)  # type: ignore[arg-type]  # None takes it off

    def _end_drop(self) -> None:
        self._dim(wanted=False)
        self.new_card.set_drop("")
        self.open_card.set_drop("")
