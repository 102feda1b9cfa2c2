"""The report as the reviewer will get it, with what it is made of and the hashes to check it by."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QSplitter, QStackedWidget, QWidget

from ui.page import Page
from ui.pages.report.inspector import Failures, ReportInspector
from ui.pages.report.paper import Paper
from ui.pages.report.runs_list import make_runs_list
from ui.widgets.chip import Chip
from ui.widgets.controls import Button, Field, IconButton
from ui.widgets.empty import READING, Empty
from ui.widgets.error_card import ErrorCard
from ui.widgets.grounds import clear, column, ground, line, row
from ui.widgets.text import Elided, hint, title
from workbench.base.events import ErrorText, JobEnded, JobState
from workbench.orders.report import CheckReport, ReportWritten, WriteReport
from workbench.views.report import (
    Checked,
    FormFile,
    HashList,
    ReportPage,
    ReportRow,
    read_hashes,
    read_report,
    read_reports,
    worst_of,
)

if TYPE_CHECKING:
    from ui.bridge import Answer
    from ui.desk import Desk

LIST_PX = 236


class ReportView(Page):
    """`open` takes the id of a run, or a Checked."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._project: Path | None = None
        self._wanted = ""
        self._asked: list[Answer[ReportPage] | Answer[HashList]] = []
        self._report: ReportPage | None = None
        self._hashes: HashList | None = None
        self._checked: Checked | None = None
        self._checking = ""
        self._writing: dict[str, tuple[str, str | None]] = {}
        self._failures = Failures()
        self._add_actions()
        self.runs = make_runs_list()
        self.paper = Paper()
        self.facts = ReportInspector(self._on_check)
        self.set_inspector(self.facts)
        self._put_together()
        self._connect()

    @property
    def current(self) -> ReportRow | None:
        """The run that is shown."""
        return self.runs.current

    def refresh(self) -> None:
        """Read the list again, and what is shown of the chosen run."""
        project = self.desk.project
        if project != self._project:
            self._project = project
            self._forget()
            self.runs.set_rows(())
            self._sheet.setCurrentWidget(self._reading)
        if project is not None:
            self.desk.bridge.ask(read_reports, project).then(self._on_rows).or_fail(self._on_error)

    def open(self, target: object) -> None:
        """Show the report of a run, or what came of checking one that was sent."""
        if isinstance(target, Checked):
            self._checked = target
            self._wanted = target.run
        elif isinstance(target, str):
            self._wanted = target
        self._choose_wanted()
        self._show_facts()

    def check_file(self, path: Path) -> None:
        """Check a page that somebody sent."""
        self._checked, self._failures.check = None, None
        self._checking = self.desk.bridge.start(CheckReport(path)).id
        self._show_facts()

    def _add_actions(self) -> None:
        add = self.desk.actions.add
        self.build = add("report.build", "Build the report", self._on_build, "Ctrl+Return", "file-check", self)
        self.open_page = add(
            "report.open", "Open the report in the browser", self._on_open_page, "O", "external-link", self
        )
        self.reveal = add(
            "report.reveal", "Show the report in its folder", self._on_reveal_page, "E", "folder-open", self
        )
        add("report.check", "Check a report that somebody sent", self._on_check, "C", "shield-check", self)
        self.find_action = add("report.find", "Find in the report", self._on_find_key, "Ctrl+F", "search", self)
        self.larger = add("report.larger", "Larger", lambda: self.paper.step_zoom(1), "Ctrl++; Ctrl+=", "zoom-in", self)
        self.smaller = add("report.smaller", "Smaller", lambda: self.paper.step_zoom(-1), "Ctrl+-", "zoom-out", self)
        add("report.usual", "As large as it is meant", lambda: self.paper.step_zoom(0), "Ctrl+Shift+0", "", self)

    def _put_together(self) -> None:
        self.search = Field("Find in the report", placeholder="Find", icon_name="search")
        self.search.setFixedWidth(160)
        self._name, self._chip, self._zoom = Elided(weight=600), Chip("unknown"), hint("100 %")
        self._build_button = Button("Build the report", icon_name="file-check", action=self.build)
        tools = row(
            self._name, self._chip, None, self.search,
            IconButton("zoom-out", "Smaller", action=self.smaller), self._zoom,
            IconButton("zoom-in", "Larger", action=self.larger), line(vertical=True),
            IconButton("external-link", "Open the report", action=self.open_page),
            IconButton("folder-open", "Show it in its folder", action=self.reveal), self._build_button,
            margins=(12, 6, 12, 6), spacing=8,
        )  # fmt: skip
        self._no_report = Empty("file-text", "No report was written of this run yet.", self._make_build())
        self._no_runs = Empty("file-text", "No runs yet. Run the verification; its report is written by itself.")
        self._problem = QWidget()
        self._problem_column = column(margins=(24, 24, 24, 24))
        self._problem.setLayout(self._problem_column)
        self._sheet = QStackedWidget()
        self._reading = Empty("file-text", READING)
        for widget in (self._reading, self.paper, self._no_report, self._no_runs, self._problem):
            self._sheet.addWidget(widget)
        bar = ground(QWidget(), "panel")
        bar.setLayout(tools)
        right = QWidget()
        self._failed = QWidget()
        self._failed_column = column(margins=(24, 16, 24, 0))
        self._failed.setLayout(self._failed_column)
        self._failed.hide()
        layout = column(bar, line(), self._failed, self._sheet, spacing=0)
        layout.setStretch(3, 1)
        right.setLayout(layout)
        left = ground(QWidget(), "panel")
        head = row(title("Runs"), None, margins=(12, 10, 12, 2))
        left.setLayout(column(head, self.runs, spacing=4))
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(right)
        split.setStretchFactor(1, 1)
        split.setSizes([LIST_PX, 900])
        left.setMinimumWidth(220)
        right.setMinimumWidth(420)
        self.set_centre(split)

    def _make_build(self) -> Button:
        return Button("Build the report", icon_name="file-check", role="primary", action=self.build)

    def _connect(self) -> None:
        self.runs.chosen.connect(self._on_chosen)
        self.search.textChanged.connect(self._on_search)
        self.search.returnPressed.connect(lambda: self._on_search(self.search.text()))
        self.paper.zoomed.connect(lambda zoom: self._zoom.setText(f"{zoom:.0%}".replace("%", " %")))
        self.facts.opened.connect(self._open_file)
        self.facts.revealed.connect(self._reveal_file)
        self.facts.written.connect(self._write)
        self.facts.copied.connect(self._on_copied)
        self.desk.bridge.ended.connect(self._on_ended)

    def _on_rows(self, rows: tuple[ReportRow, ...]) -> None:
        before = self.current
        self.runs.set_rows(rows)
        if not rows:
            self._forget()
            self._sheet.setCurrentWidget(self._no_runs)
        elif not self._choose_wanted():
            if before is None or not self.runs.choose(lambda item: item.run == before.run):
                self.runs.selectRow(0)
            self._on_chosen(self.current)
        self._show_head()

    def _choose_wanted(self) -> bool:
        wanted = self._wanted
        if not wanted or not self.runs.rows.rows:
            return False
        self._wanted = ""
        found = self.runs.choose(lambda item: wanted in (item.run, str(item.number)))
        if found:
            self._on_chosen(self.current)
        return found

    def _on_chosen(self, row_: ReportRow | None) -> None:
        for answer in self._asked:
            answer.drop()
        self._asked = []
        self._show_head()
        if row_ is None or self._project is None:
            return
        if self._report is not None and self._report.run != row_.run:
            self._report = None
        if self._hashes is not None and self._hashes.run != row_.run:
            self._hashes = None
        self._show_facts()
        if row_.problem:
            self._show_sentence(row_.problem)
            return
        ask = self.desk.bridge.ask
        if next(form for form in row_.forms if form.form == "html").exists:
            self._asked.append(ask(read_report, self._project, row_.run).then(self._on_page).or_fail(self._on_error))
        else:
            self._sheet.setCurrentWidget(self._no_report)
        self._asked.append(ask(read_hashes, self._project, row_.run).then(self._on_hashes).or_fail(self._on_no_hashes))

    def _on_page(self, page: ReportPage) -> None:
        self._report = page
        self._sheet.setCurrentWidget(self.paper)
        self.paper.show_page(page)
        self._show_head()
        self._show_facts()

    def _on_hashes(self, hashes: HashList) -> None:
        self._hashes = hashes
        self._failures.hashes.pop(hashes.run, None)
        self._show_head()
        self._show_facts()

    def _on_no_hashes(self, error: ErrorText) -> None:
        self._hashes = None
        if self.current is not None:
            self._failures.hashes[self.current.run] = error
        self._show_head()
        self._show_facts()

    def _on_error(self, error: ErrorText) -> None:
        clear(self._problem_column)
        self._problem_column.addWidget(ErrorCard(error, Button("Try again", self.refresh)))
        self._problem_column.addStretch(1)
        self._sheet.setCurrentWidget(self._problem)

    def _show_sentence(self, sentence: str) -> None:
        self._on_error(ErrorText("this run cannot be read", sentence))

    def _show_facts(self) -> None:
        row_ = self.current
        if row_ is None:
            reads = self._sheet.currentWidget() is self._reading
            self.facts.show_nothing(READING if reads else "There is no run yet.")
        else:
            self.facts.show_run(row_, self._report, self._hashes, self._checked, self._failures)

    def _show_head(self) -> None:
        row_ = self.current
        page = self._report
        there = page is not None and row_ is not None and page.run == row_.run
        self._name.setText("" if row_ is None else f"Run {row_.number}, {row_.counts or row_.outcome}")
        self._chip.setVisible(row_ is not None)
        if row_ is not None:
            failed = self._failures.hashes.get(row_.run)
            mark = worst_of(row_, page if there else None, self._hashes, "" if failed is None else failed.summary)
            self._chip.set(mark.state, mark.word)
            self._chip.setToolTip(mark.text)
        writes = row_ is not None and any(run == row_.run for run, _form in self._writing.values())
        off = "Choose a run" if row_ is None else row_.problem or ("It is being written" if writes else "")
        self.build.setEnabled(not off)
        self.build.setToolTip(off or "Write the page, the PDF and JUnit XML (Ctrl+Return)")
        self._build_button.set_text("Build it again" if there else "Build the report")
        for action in (self.open_page, self.reveal, self.find_action, self.larger, self.smaller):
            action.setEnabled(there)
        self._show_failure()

    def _show_failure(self) -> None:
        """Why the newest try to write this run came to nothing, until it is tried again or read."""
        run = "" if self.current is None else self.current.run
        failed = self._failures.written.get(run)
        clear(self._failed_column)
        self._failed.setVisible(failed is not None)
        if failed is not None:
            error, form = failed
            again = Button("Try again", partial(self._write, form), icon_name="rotate-cw")
            close = Button("Close", partial(self._drop_failure, run), role="link")
            self._failed_column.addWidget(ErrorCard(error, again, close))

    def _drop_failure(self, run: str) -> None:
        self._failures.written.pop(run, None)
        self._show_failure()

    def _forget(self) -> None:
        self._report = self._hashes = self._checked = None
        self._failures = Failures()
        self.paper.show_page(None)
        self._show_facts()

    def _on_build(self) -> None:
        self._write(None)

    def _write(self, form: str | None) -> None:
        row_ = self.current
        if row_ is not None and self._project is not None:
            whole = form in (None, "html", "pdf", "junit")
            order = WriteReport(self._project, row_.run, None if whole else form)
            self._failures.written.pop(row_.run, None)
            self._writing[self.desk.bridge.start(order).id] = (row_.run, order.form)
            self._show_head()

    def _on_ended(self, ended: JobEnded) -> None:
        if isinstance(ended.result, Checked):
            self._checked = ended.result
        if ended.job_id == self._checking:
            self._checking, self._failures.check = "", _failure(ended)
            self._show_facts()
        wrote = self._writing.pop(ended.job_id, None)
        if wrote is None:
            return
        run, form = wrote
        if isinstance(ended.result, ReportWritten):
            self.desk.notice(f"Written: {ended.result.path}")
            self._wanted = ended.result.run
        elif (error := _failure(ended)) is not None:
            self._failures.written[run] = (error, form)
        self.refresh()

    def _on_open_page(self) -> None:
        if self._report is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._report.path)))

    def _on_reveal_page(self) -> None:
        if self._report is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._report.path.parent)))

    def _open_file(self, form: FormFile) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(form.path)))

    def _reveal_file(self, form: FormFile) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(form.path.parent)))

    def _on_copied(self, sha256: str) -> None:
        QGuiApplication.clipboard().setText(sha256)
        self.desk.notice("The sha256 is in the clipboard.")

    def _on_find_key(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _on_search(self, text: str) -> None:
        self.search.set_state("" if self.paper.find_text(text) else "err")

    def _on_check(self) -> None:
        dialog = QFileDialog(self, "Check a report")
        dialog.setAccessibleName("Check a report")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter("Reports (*.html)")
        dialog.fileSelected.connect(lambda name: self.check_file(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _failure(ended: JobEnded) -> ErrorText | None:
    """Why a job came to nothing; None where it did not, or where a person stopped it."""
    return None if ended.state is JobState.CANCELLED else ended.error
