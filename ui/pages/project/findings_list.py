"""Findings of the project and the frames that were set aside: to open, to edit, to close."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.entries import Entries
from ui.pages.asking import Asking
from ui.pages.project.finding_dialog import CLOSE, EDIT, FindingDialog
from ui.pages.project.head import StateMark
from ui.theme.tokens import MEDIUM, SMALL_PX
from ui.widgets.controls import IconButton
from ui.widgets.facts import Facts
from ui.widgets.grounds import column, row
from ui.widgets.press_row import PressRow
from ui.widgets.text import Text, hint
from workbench.views.findings import (
    FindingRow,
    FrameSetRow,
    close_finding,
    edit_finding,
    list_findings,
    list_frame_sets,
)
from workbench.words import say_count, say_created

if TYPE_CHECKING:
    from ui.desk import Desk
    from workbench.base.events import ErrorText

CLOSED_SHOWN = 20
"""So many closed ones are listed, the newest; the command `slipway findings` lists them all."""


class FindingsList(QWidget):
    """Open findings first, then those that were closed, then frame sets."""

    counted = Signal(int)
    """So many are open."""
    opened = Signal(object)
    """The FindingRow that is to be shown where it was seen."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._asking = Asking()
        self._rows: tuple[FindingRow, ...] = ()
        self._sets: tuple[FrameSetRow, ...] = ()
        self._shown: tuple[object, ...] | None = None
        self._wanted: str | None = None
        self._facts = Facts("Findings of the project")
        self.setLayout(column(self._facts, spacing=0))
        self.dialog: FindingDialog | None = None
        """The dialog that is open."""

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt)
        """Fill it; until it is seen, it only counts."""
        super().showEvent(event)
        self._fill()

    def refresh(self) -> None:
        """Read again."""
        project = self._desk.project
        if project is None:
            return
        ask = self._desk.bridge.ask
        self._asking.ask("findings", ask(list_findings, project), self._on_findings)
        self._asking.ask("sets", ask(list_frame_sets, project), self._on_sets)

    def choose(self, finding: str) -> None:
        """Put the focus on a finding, by its id; on the first where there is none of it."""
        self._wanted = finding
        self._focus()

    def ask(self, kind: str, finding: FindingRow) -> None:
        """Ask for its words, or why it is closed."""
        entries = Entries(self._desk.bridge, f"finding-{kind}", self._desk.project, self)
        self.dialog = FindingDialog(kind, finding, entries=entries, parent=self.window())
        self.dialog.saved.connect(self._on_saved)
        self.dialog.finished.connect(self._on_finished)
        self.dialog.open()

    def rows(self) -> list[PressRow]:
        """What can be pressed, from the top."""
        return self._facts.findChildren(PressRow)

    def _on_findings(self, rows: tuple[FindingRow, ...]) -> None:
        self._rows = rows
        self.counted.emit(sum(row.state == "open" for row in rows))
        self._fill()

    def _on_sets(self, sets: tuple[FrameSetRow, ...]) -> None:
        self._sets = sets
        self._fill()

    def _fill(self) -> None:
        if not self.isVisible() or (self._rows, self._sets) == self._shown:
            return
        self._shown = (self._rows, self._sets)
        if self._wanted is None:
            self._wanted = next((row.objectName() for row in self.rows() if row is self.window().focusWidget()), None)
        facts = self._facts
        still_open = [row for row in self._rows if row.state == "open"]
        closed = [row for row in self._rows if row.state != "open"]
        facts.begin("Findings", f"{say_count(len(still_open), 'finding')} open, {len(closed)} closed.")
        if not self._rows:
            facts.sentence("Mark a frame on the page Live with M, and it stands here until somebody closes it.")
        for finding in still_open:
            facts.add(self._open_row(finding))
        if closed:
            facts.section("Closed", hint(str(len(closed))))
            for finding in closed[:CLOSED_SHOWN]:
                facts.add(self._closed_row(finding))
        facts.section("Frame sets", hint(str(len(self._sets))))
        if not self._sets:
            facts.sentence("No frames were set aside. M on the page Live puts one into a set.")
        for frames in self._sets:
            facts.add(self._set_row(frames))
        facts.end()
        QTimer.singleShot(0, self, self._focus)  # a new row is seen, and takes the focus, a turn later

    def _open_row(self, finding: FindingRow) -> PressRow:
        edit = IconButton("pencil", f"Edit {finding.label} (E)", lambda: self.ask(EDIT, finding), size=14)
        close = IconButton("check", f"Close {finding.label} (C)", lambda: self.ask(CLOSE, finding), size=14)
        keys: dict[Qt.Key, Callable[[], object]] = {
            Qt.Key.Key_E: lambda: self.ask(EDIT, finding),
            Qt.Key.Key_C: lambda: self.ask(CLOSE, finding),
        }
        written = f"{finding.by}, {say_created(finding.created)}"
        return self._finding_row(finding, ("warn", "Open"), written, keys, edit, close)

    def _closed_row(self, finding: FindingRow) -> PressRow:
        why = f": {finding.closed_text}" if finding.closed_text else ""
        written = f"{finding.closed_by}, {say_created(finding.closed)}{why}"
        return self._finding_row(finding, ("text3", "Closed"), written, {})

    def _finding_row(
        self,
        finding: FindingRow,
        mark: tuple[str, str],
        written: str,
        keys: dict[Qt.Key, Callable[[], object]],
        *buttons: IconButton,
    ) -> PressRow:
        where = f"{finding.where}\n" if finding.where else ""
        small = Text(f"{where}{written}", px=SMALL_PX, role="hint", wrap=True)
        words = column(Text(f"{finding.label}  {finding.text}", weight=MEDIUM, wrap=True), small, spacing=0)
        place = QVBoxLayout()
        place.addWidget(StateMark("flag", *mark))
        place.addStretch(1)
        layout = row(place, words, *buttons, margins=(0, 4, 0, 4), spacing=8)
        layout.setStretch(1, 1)
        name = f"{mark[1]} finding {finding.label}: {finding.text}. {finding.where}. {written}"
        made = PressRow(name, layout, lambda: self.opened.emit(finding), keys=keys)
        made.setObjectName(finding.id)
        made.setEnabled(bool(finding.run or finding.requirement or buttons))
        made.setToolTip(
            f"Show it where it was seen (Enter)\n{finding.text}" if finding.run or finding.requirement else finding.text
        )
        return made

    def _set_row(self, frames: FrameSetRow) -> PressRow:
        words = column(Text(frames.name, weight=MEDIUM), Text(frames.source, px=SMALL_PX, mono=True), spacing=0)
        layout = row(words, None, hint(say_count(frames.frames, "frame")), margins=(0, 4, 0, 4))
        made = PressRow(f"Frame set {frames.name}: {frames.text}", layout, lambda: self._on_reveal(frames))
        made.setObjectName(f"set:{frames.name}")
        made.setToolTip("Show its folder (Enter)")
        return made

    def _on_reveal(self, frames: FrameSetRow) -> None:
        if self._desk.project is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._desk.project / frames.source)))

    def _focus(self) -> None:
        """To what is wanted, once it is seen."""
        rows = self.rows()
        found = next((one for one in rows if one.objectName() == self._wanted), rows[0] if rows else None)
        if self._wanted is not None and found is not None and found.isVisible():
            self._wanted = None
            found.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_saved(self, kind: str, finding: str, text: str) -> None:
        project = self._desk.project
        if project is None:
            return
        query = edit_finding if kind == EDIT else close_finding
        self._desk.bridge.ask(query, project, finding, text).then(self._on_written).or_fail(self._on_not_written)

    def _on_finished(self) -> None:
        self.dialog = None

    def _on_not_written(self, error: ErrorText) -> None:
        if self.dialog is None:
            self._desk.notice(error)
        else:
            self.dialog.show_error(error)

    def _on_written(self, finding: FindingRow) -> None:
        if self.dialog is not None:
            self.dialog.accept()
        self._desk.notice(f"{finding.label} is {finding.state}")
        self._wanted = finding.id
        self._desk.touch()
