"""What is beside the report: its files, the hashes to check it by, and a report that somebody sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.theme.tokens import MEDIUM, SMALL_PX
from ui.widgets.chip import Chip, StateIcon
from ui.widgets.controls import Button, IconButton
from ui.widgets.error_card import ErrorCard
from ui.widgets.facts import Facts
from ui.widgets.grounds import column, row
from ui.widgets.text import Elided, Text, dim, hint, technical
from workbench.base.events import ErrorText
from workbench.views.report import Checked, FormFile, HashLine, HashList, ReportPage, ReportRow
from workbench.words import say_hash


@dataclass
class Failures:
    """What came to nothing."""

    written: dict[str, tuple[ErrorText, str | None]] = field(default_factory=dict)
    """The newest try to write a run, by the run's id, with the form that was wanted; None is the report."""
    hashes: dict[str, ErrorText] = field(default_factory=dict)
    """Why the hashes of a run cannot be compared, by its id."""
    check: ErrorText | None = None
    """Why a report that somebody sent cannot be checked."""


class ReportInspector(Facts):
    """Belongs to the page."""

    opened = Signal(object)
    """A FormFile that is to be opened by the desktop."""
    revealed = Signal(object)
    """A FormFile whose folder is to be shown."""
    written = Signal(object)
    """The form that is to be written: its name."""
    copied = Signal(str)

    def __init__(self, check: Callable[[], object]) -> None:
        super().__init__("Report")
        self._check = check
        self._state: tuple[object, ...] = ()
        self.show_nothing("Choose a run.")

    def show_nothing(self, sentence: str) -> None:
        """There is no run to show."""
        self._state = ()
        self.begin("Report", sentence)
        self.section("A report that somebody sent")
        self._add_check(None)
        self.end()

    def show_run(
        self,
        row_: ReportRow,
        page: ReportPage | None,
        hashes: HashList | None,
        checked: Checked | None,
        failures: Failures,
    ) -> None:
        """Show a run's files and hashes; what is not read yet is left out."""
        unread = failures.hashes.get(row_.run)
        state = (row_, page, hashes, checked, unread, failures.check)
        if state == self._state:
            return
        self._state = state
        about = ", ".join(part for part in (row_.board, row_.candidate, row_.created_text) if part)
        self.begin(f"Run {row_.number}", about, (row_.state, row_.outcome))
        self.sentence(row_.counts or row_.problem)
        if row_.worth.state != "ok" and not row_.problem:
            self.sentence(f"{row_.worth.word}: {row_.worth.text}", role=row_.worth.state)
        self._add_files(row_)
        if page is not None:
            self._add_identity(page)
        if unread is not None:
            self.section("Hash list", Chip("err", "Cannot be compared"))
            self.add(ErrorCard(unread))
        elif hashes is not None:
            self._add_hashes(hashes)
        self.section("A report that somebody sent")
        self._add_check(checked, failures.check)
        self.end()

    def _add_files(self, row_: ReportRow) -> None:
        self.section("Files of this run")
        for form in row_.forms:
            self.add(self._file(form, off=row_.problem))

    def _file(self, form: FormFile, off: str) -> QWidget:
        head = row(Text(form.title, weight=MEDIUM), hint(form.size_text), None)
        made = QWidget()
        if form.exists:
            head.addWidget(IconButton("external-link", f"Open {form.title}", partial(self.opened.emit, form), size=14))
            folder = f"Show {form.title} in its folder"
            head.addWidget(IconButton("folder-open", folder, partial(self.revealed.emit, form), size=14))
        button = IconButton(
            "refresh-cw" if form.exists else "download",
            f"Write {form.title}{' again' if form.exists else ''}",
            partial(self.written.emit, form.form),
            size=14,
        )
        if off:
            button.setEnabled(False)
            button.setToolTip(off)
        head.addWidget(button)
        text = Elided(form.text if form.exists else f"{form.text}; not written yet", px=SMALL_PX, role="dim")
        made.setLayout(column(head, text, spacing=0))
        return made

    def _add_identity(self, page: ReportPage) -> None:
        self.section("Identity", Chip(*(("ok", "Belongs") if page.belongs else ("err", "Other record"))))
        if not page.belongs:
            self.sentence("The page names another record than the one that lies beside it. Write it again.", "err")
        for name, value in (("Page", page.sha256), ("Record", page.record_sha256)):
            self.add(self._hash(name, value))

    def _hash(self, name: str, sha256: str) -> QWidget:
        made = QWidget()
        shown = technical(say_hash(sha256))
        shown.setToolTip(sha256)
        copy = IconButton("copy", f"Copy the sha256 of {name}", partial(self.copied.emit, sha256), size=14)
        made.setLayout(row(dim(name), None, shown, copy, spacing=4))
        return made

    def _add_hashes(self, hashes: HashList) -> None:
        self.section("Hash list", Chip(hashes.state, hashes.summary))
        if hashes.state != "ok":
            self.sentence(
                "Restore the run's folder: results are made only from the bytes that the record names.", "err"
            )
        for line in hashes.lines:
            self.add(_hash_line(line))

    def _add_check(self, checked: Checked | None, error: ErrorText | None = None) -> None:
        if error is not None:
            self.add(ErrorCard(error))
        elif checked is None:
            self.sentence("It is compared with its run, byte for byte, on this machine; no network is asked.")
        else:
            self.add(row(Chip(checked.state, checked.title), None))
            self.sentence(str(checked.path))
            for state, text in checked.lines:
                sentence = Text(text, wrap=True)
                line = row(StateIcon(state), sentence)
                line.setStretch(1, 1)
                self.add(line)
        self.add(row(Button("Check a report…", self._check, icon_name="shield-check"), None))


def _hash_line(line: HashLine) -> QWidget:
    made = QWidget()
    name = Elided(line.name, middle=True, px=SMALL_PX, mono=True, role="dim")
    shown = technical(line.sha256[:8], role="" if line.state == "ok" else "err")
    shown.setToolTip(f"{line.word}\n{line.sha256}")
    layout = row(StateIcon(line.state, line.word, size=12), name, shown, spacing=6)
    layout.setStretch(1, 1)
    made.setLayout(layout)
    made.setAccessibleName(f"{line.name}: {line.word}")
    return made
