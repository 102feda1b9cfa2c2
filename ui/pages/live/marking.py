"""Notes on frames: findings, and pictures that are set aside; M asks for either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from ui.entries import Entries
from ui.pages.live.mark_dialog import FRAME_SET, MarkDialog
from ui.pages.live.playing import Playing
from ui.pages.live.recorded import Recorded
from ui.widgets.frame_view import Picture
from workbench.views.findings import (
    AddedFrame,
    FindingDraft,
    FindingRow,
    FrameDraft,
    add_finding,
    add_frame,
    list_findings,
)

if TYPE_CHECKING:
    from ui.bridge import Answer
    from ui.desk import Desk


@dataclass(frozen=True, eq=False)
class _Marked:
    """The frame that was shown when M was pressed."""

    run: str
    frame_id: int
    index: int
    name: str
    t_s: float
    picture: Picture | None
    """Of a board's camera alone: of a folder or video its place is enough."""


class Marking(QObject):
    """Asks what was seen and has it written; open findings of the project are told."""

    listed = Signal(object)
    """Open findings: tuple of (label, text)."""
    added = Signal(str, float)
    """A finding was written: its words and moment, for the time axis."""
    failed = Signal(object)
    """The ErrorText of what could not be written."""

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__(page)
        self._desk, self._page = desk, page
        self._asked: Answer[tuple[FindingRow, ...]] | None = None
        self._frame: _Marked | None = None

    def refresh(self) -> None:
        """Read the open findings again."""
        if self._desk.project is None:
            return
        if self._asked is not None:
            self._asked.drop()
        ask = self._desk.bridge.ask(list_findings, self._desk.project, open_only=True)
        self._asked = ask.then(self._on_findings).or_fail(self.failed.emit)

    def ask(self, shown: Playing | Recorded) -> None:
        """Ask about the frame that is shown; the page may go on meanwhile."""
        self._frame = _marked(shown)
        if self._frame is None:
            return
        words = f"Frame {self._frame.frame_id} {self._frame.name}, at {self._frame.t_s:.1f} s".replace("  ", " ")
        entries = Entries(self._desk.bridge, "mark", self._desk.project, self)
        dialog = MarkDialog(words, entries=entries, parent=self._page)
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_saved(self, kind: str, text: str) -> None:
        frame, project = self._frame, self._desk.project
        if frame is None or project is None:
            return
        if kind == FRAME_SET:
            height, width = (0, 0) if frame.picture is None else frame.picture.shape[:2]
            pixels = b"" if frame.picture is None else frame.picture.tobytes()
            draft = FrameDraft(frame.run, frame.index, frame.frame_id, frame.t_s, text, pixels, width, height)
            self._desk.bridge.ask(add_frame, project, draft).then(self._on_frame).or_fail(self.failed.emit)
            return
        found = FindingDraft(text, frame.run, frame.t_s, frame_id=frame.frame_id, frame_name=frame.name)
        self._desk.bridge.ask(add_finding, project, found).then(self._on_finding).or_fail(self.failed.emit)

    def _on_finding(self, row: FindingRow) -> None:
        self._desk.notice(f"{row.label} is written down")
        self.added.emit(f"{row.label} {row.text}", row.t_s if row.t_s is not None else 0.0)
        self.refresh()

    def _on_frame(self, added: AddedFrame) -> None:
        self._desk.notice(added.text)

    def _on_findings(self, rows: tuple[FindingRow, ...]) -> None:
        self.listed.emit(tuple((row.label, row.text) for row in rows))


def _marked(shown: Playing | Recorded) -> _Marked | None:
    frame = shown.frame
    if frame is None:
        return None
    if isinstance(shown, Playing):
        picture = shown.picture if shown.of_camera else None
        return _Marked(shown.run, frame.frame_id, frame.index, frame.name, frame.t_s, picture)
    return _Marked(shown.run.run, frame.frame_id, frame.index, frame.name, frame.t_s, None)
