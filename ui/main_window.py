"""The window: rail, tree, centre, inspector, job panel, head and foot, put together; no page is known here by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QToolBar, QWidget

from ui.actions import Actions
from ui.bridge import Bridge
from ui.desk import Desk
from ui.frame.appearance import Appearance
from ui.frame.board_pill import BoardPill
from ui.frame.centre import Centre
from ui.frame.closing import Closing
from ui.frame.commands import Commands
from ui.frame.folding import Folding
from ui.frame.inspector import USUAL_PX, Inspector
from ui.frame.layout_store import VERSION, LayoutStore
from ui.frame.notice import Notice
from ui.frame.project_watch import ProjectWatch
from ui.frame.questions import Questions
from ui.frame.rail import Rail
from ui.frame.runner import Runner
from ui.frame.settings_watch import SettingsWatch
from ui.frame.status_bar import StatusBar
from ui.frame.top_bar import TopBar
from ui.frame.tree import TreePanel
from ui.page import Page
from ui.pages.register import MAKERS
from ui.stages import STAGES, stage_named
from ui.widgets.controls import IconButton
from ui.widgets.grounds import column, ground
from workbench.jobs.book import JobBook
from workbench.jobs.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.session import Session

FIRST_SIZE = QSize(1680, 1000)
INSPECTOR_FROM_PX, TREE_FROM_PX = 1500, 1280
"""Narrower windows fold these panels away, the inspector first."""
JOBS_FROM_PX = 900
"""Lower windows fold the jobs away; the foot still counts them."""
TREE_PX, JOBS_PX = 232, 190


class MainWindow(QMainWindow):
    """The one window. It owns what it shows; the session belongs to whoever made it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setWindowTitle("Slipway")
        self.setObjectName("slipway")
        self.actions_ = Actions(self)
        self.bridge = Bridge(session, self)
        self.desk = Desk(self.bridge, self.actions_, JobBook(Journal(session.home)), self)
        self.layout_store = LayoutStore(session.home)
        self.centre = Centre({name: partial(make, self.desk) for name, make in MAKERS.items()})
        self.inspector = Inspector()
        self.notice = Notice()
        self.tree = TreePanel(self.desk)
        self.tree_dock = self._dock("tree", "Project tree", self.tree, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.inspector_dock = self._dock(
            "inspector", "Inspector", self.inspector, Qt.DockWidgetArea.RightDockWidgetArea
        )
        self.jobs_dock = self._jobs_dock()
        self.runner = Runner(self.desk, self)
        self.appearance = Appearance(self)
        self.commands = Commands(self)
        self._foldings = (Folding(self.inspector_dock, INSPECTOR_FROM_PX), Folding(self.tree_dock, TREE_FROM_PX))
        self._jobs_folding = Folding(self.jobs_dock, JOBS_FROM_PX)
        self._put_together()
        self.watch = ProjectWatch(self.desk, self)
        self.questions = Questions(self.desk, self)
        self.jobs.question_wanted.connect(self.questions.show_again)
        self.board_pill = BoardPill(self.desk, self.top, self)
        self.settings = SettingsWatch(self, session.settings)
        self.closing = Closing(self)
        self._connect()
        self._restore()

    def show_page(self, name: str, target: object = None) -> None:
        """Show the page of a stage, and there what `target` names; one that needs a project leads to Welcome."""
        if name not in MAKERS:
            return
        if stage_named(name).needs_project and self.desk.project is None:
            name, target = "welcome", None
        page = self.centre.go(name)
        page.setFocus(Qt.FocusReason.OtherFocusReason)
        if target is not None:
            page.open(target)

    def open_project(self, folder: Path) -> None:
        """Open a project and show it."""
        self.desk.open_project(folder)
        self.show_page("project")

    def reset_layout(self) -> None:
        """Go back to the layout of the first start."""
        self.layout_store.forget()
        for dock, area in (
            (self.tree_dock, Qt.DockWidgetArea.LeftDockWidgetArea),
            (self.inspector_dock, Qt.DockWidgetArea.RightDockWidgetArea),
            (self.jobs_dock, Qt.DockWidgetArea.BottomDockWidgetArea),
        ):
            self.addDockWidget(area, dock)
            dock.show()
        self._size_docks()
        for folding in self._foldings:
            folding.forget()
            folding.fit(self.width())
        self._jobs_folding.forget()
        self._jobs_folding.fit(self.height())

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt)
        """Ask where something would be lost; else keep the layout and go."""
        if not self.closing.may_close():
            event.ignore()
            return
        self.desk.leave()
        self.layout_store.save(self.saveGeometry(), self.saveState(VERSION), self._open_panels())
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Fold what has no room."""
        super().resizeEvent(event)
        for folding in self._foldings:
            folding.fit(event.size().width())
        self._jobs_folding.fit(event.size().height())

    def _dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setTitleBarWidget(QWidget(dock))
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        return dock

    def _jobs_dock(self) -> QDockWidget:
        from ui.frame.job_panel import JobPanel

        self.jobs = JobPanel(self.desk)
        return self._dock("jobs", "Jobs", self.jobs, Qt.DockWidgetArea.BottomDockWidgetArea)

    def _put_together(self) -> None:
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        middle = ground(QWidget(), "app")
        layout = column(self.notice, self.centre, spacing=0)
        layout.setStretch(1, 1)
        middle.setLayout(layout)
        self.setCentralWidget(middle)
        self.top = TopBar(self.commands.search, self.runner.run_action, self.commands.switches)
        self.setMenuWidget(self.top)
        stages = [(stage, self.commands.stages[stage.name]) for stage in STAGES if stage.name in MAKERS]
        foot = [
            IconButton(icon_name, action.text(), action=action, size=18) for icon_name, action in self.commands.foot
        ]
        self.rail = Rail(stages, foot)
        bar = QToolBar("Stages", self)
        bar.setObjectName("rail")
        bar.setMovable(False)
        bar.toggleViewAction().setEnabled(False)
        bar.addWidget(self.rail)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, bar)
        self.status = StatusBar()
        self.setStatusBar(self.status)

    def _connect(self) -> None:
        self.desk.went.connect(self.show_page)
        self.desk.noticed.connect(self.notice.tell)
        self.bridge.failed.connect(self.notice.tell)
        self.centre.shown.connect(self._on_page)
        self.desk.jobs_changed.connect(self._fit_jobs)
        self.desk.log_wanted.connect(lambda _job_id: self.jobs_dock.show())
        self.desk.overview_changed.connect(self._fit_jobs)

    def _on_page(self, page: Page) -> None:
        name = self.centre.name
        self.rail.set_current(name)
        self.top.run.set_role("" if page.has_primary else "primary")
        stage = stage_named(name)
        has = self.inspector.show_of(page)
        self._hide_unless(self.inspector_dock, has)
        self._hide_unless(self.tree_dock, stage.needs_project)
        self._fit_jobs()
        self.setWindowTitle(f"{stage.title} – Slipway")

    def _fit_jobs(self) -> None:
        """Without a job or a problem there is nothing to show below, and the page takes the room."""
        overview = self.desk.overview
        something = self.desk.jobs.rows(0.0) != () or (overview is not None and overview.problems > 0)
        self._hide_unless(self.jobs_dock, self.centre.name != "welcome" and something)

    def _hide_unless(self, dock: QDockWidget, wanted: bool) -> None:
        """Take a panel away where the page has nothing for it; bring it back where we took it."""
        taken = bool(dock.property("taken"))
        if not wanted and not dock.isHidden():
            dock.setProperty("taken", True)
            dock.hide()
        elif wanted and taken:
            dock.setProperty("taken", False)
            dock.setVisible(all(folding.allows(dock) for folding in (*self._foldings, self._jobs_folding)))

    def _restore(self) -> None:
        geometry, state = self.layout_store.load()
        if geometry.isEmpty() or not self.restoreGeometry(geometry):
            self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize()))
        if state.isEmpty() or not self.restoreState(state, VERSION):
            self._size_docks()
            return
        panels = self.layout_store.panels()
        for dock in self._docks:
            dock.setVisible(dock.objectName() in panels)

    def _open_panels(self) -> list[str]:
        foldings = (*self._foldings, self._jobs_folding)
        folded = {folding.dock: folding.folded for folding in foldings}
        return [
            dock.objectName()
            for dock in self._docks
            if not dock.isHidden() or folded.get(dock, False) or dock.property("taken")
        ]

    @property
    def _docks(self) -> tuple[QDockWidget, ...]:
        return self.tree_dock, self.inspector_dock, self.jobs_dock

    def _size_docks(self) -> None:
        across = [self.tree_dock, self.inspector_dock]
        self.resizeDocks(across, [TREE_PX, USUAL_PX], Qt.Orientation.Horizontal)
        self.resizeDocks([self.jobs_dock], [JOBS_PX], Qt.Orientation.Vertical)
