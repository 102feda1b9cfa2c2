"""The window: rail, tree, centre, inspector, job panel, head and foot, put together; no page is known here by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QToolBar, QWidget

from ui.actions import Actions
from ui.bridge import Bridge
from ui.desk import Desk
from ui.frame.appearance import Appearance
from ui.frame.board_pill import BoardPill
from ui.frame.centre import Centre
from ui.frame.closing import Closing
from ui.frame.commands import Commands
from ui.frame.foot import Foot
from ui.frame.inspector import USUAL_PX, Inspector
from ui.frame.job_panel import JobPanel
from ui.frame.layout_store import VERSION, LayoutStore
from ui.frame.notice import Notice
from ui.frame.panel import Panel
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
from ui.theme.theme import THEME
from ui.widgets.controls import IconButton
from ui.widgets.grounds import column, ground
from workbench.jobs.book import JobBook
from workbench.jobs.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.session import Session

FIRST_SIZE = QSize(1680, 1000)
LEAST_SIZE = QSize(960, 600)
"""Said, for else the panels that a narrow window folds away would keep it from becoming narrow."""
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
        self.setMinimumSize(LEAST_SIZE)
        self.actions_ = Actions(self)
        self.bridge = Bridge(session, self)
        self.desk = Desk(self.bridge, self.actions_, JobBook(Journal(session.home)), self)
        self.layout_store = LayoutStore(session.home)
        self.centre = Centre({name: partial(make, self.desk) for name, make in MAKERS.items()})
        self.inspector = Inspector()
        self.notice = Notice()
        self._page_name = ""
        self.tree = TreePanel(self.desk)
        self.jobs = JobPanel(self.desk)
        self.tree_dock = Panel("tree", "Project tree", self.tree, TREE_FROM_PX, self)
        self.inspector_dock = Panel("inspector", "Inspector", self.inspector, INSPECTOR_FROM_PX, self)
        self.jobs_dock = Panel("jobs", "Jobs", self.jobs, JOBS_FROM_PX, self)
        self._dock_all()
        self.runner = Runner(self.desk, self)
        self.appearance = Appearance(self)
        self.commands = Commands(self)
        self._put_together()
        self.watch = ProjectWatch(self.desk, self)
        self.questions = Questions(self.desk, self)
        self.jobs.question_wanted.connect(self.questions.show_again)
        self.board_pill = BoardPill(self.desk, self.top, self)
        self.foot = Foot(self.desk, self.status, self.board_pill, self)
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
        self._dock_all()
        for dock in self._docks:
            dock.restore(True)
        self._size_docks()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt)
        """Ask where something would be lost; else keep the layout and go."""
        if not self.closing.may_close():
            event.ignore()
            return
        self.desk.leave()
        panels = [dock.objectName() for dock in self._docks if dock.opened]
        self.layout_store.save(self.saveGeometry(), self.saveState(VERSION), panels)
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Fold what has no room."""
        super().resizeEvent(event)
        self._fit_panels()

    def _fit_panels(self) -> None:
        """There is room for fewer of them in a smaller window, and where the type is larger."""
        self.tree_dock.fit(self.width())
        self.inspector_dock.fit(self.width())
        self.jobs_dock.fit(self.height())

    def _dock_all(self) -> None:
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.tree_dock)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.inspector_dock)
        self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.jobs_dock)

    def _put_together(self) -> None:
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        middle = ground(QWidget(), "app")
        layout = column(self.notice, self.centre, spacing=0)
        layout.setStretch(1, 1)
        middle.setLayout(layout)
        self.setCentralWidget(middle)
        self.top = TopBar(
            self.commands.stages["welcome"], self.commands.search, self.runner.run_action, self.commands.switches
        )
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
        self.desk.log_wanted.connect(lambda _job_id: self.jobs_dock.set_opened(True))
        self.desk.overview_changed.connect(self._fit_jobs)
        THEME.changed.connect(self._fit_panels)

    def _on_page(self, page: Page) -> None:
        name = self.centre.name
        if name != self._page_name:
            self._page_name = name
            self.notice.leave_page()
        self.rail.set_current(name)
        self.top.run.set_role("" if page.has_primary else "primary")
        stage = stage_named(name)
        self.inspector_dock.want(self.inspector.show_of(page))
        self.tree_dock.want(stage.needs_project)
        self._fit_jobs()
        self.setWindowTitle(f"{stage.title} – Slipway")

    def _fit_jobs(self) -> None:
        """Without a job or a problem there is nothing to show below, and the page takes the room."""
        overview = self.desk.overview
        something = self.desk.jobs.rows(0.0) != () or (overview is not None and overview.problems > 0)
        self.jobs_dock.want(self.centre.name != "welcome" and something)

    def _restore(self) -> None:
        geometry, state = self.layout_store.load()
        if geometry.isEmpty() or not self.restoreGeometry(geometry):
            self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize()))
        if state.isEmpty() or not self.restoreState(state, VERSION):
            self._size_docks()
            return
        panels = self.layout_store.panels()
        for dock in self._docks:
            dock.restore(dock.objectName() in panels)

    @property
    def _docks(self) -> tuple[Panel, ...]:
        return self.tree_dock, self.inspector_dock, self.jobs_dock

    def _size_docks(self) -> None:
        across = [self.tree_dock, self.inspector_dock]
        self.resizeDocks(across, [TREE_PX, USUAL_PX], Qt.Orientation.Horizontal)
        self.resizeDocks([self.jobs_dock], [JOBS_PX], Qt.Orientation.Vertical)
