"""The form and the picture together: each change is tried on the frame at once, and saved only on demand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from ui.pages.asking import Asking, quiet
from ui.pages.model.drafts import Drafts
from workbench.views.model import (
    FrameChoice,
    ModelForm,
    ModelPage,
    OtherWay,
    SavedChoice,
    TriedFrame,
    TryAsked,
    confirm_choice,
    keep_draft,
    read_form,
    save_choice,
    try_frame,
    try_others,
)

if TYPE_CHECKING:
    from ui.desk import Desk
    from ui.pages.model.form_card import FormCard
    from ui.pages.model.try_card import TryCard
    from workbench.base.events import ErrorText

FILE = "file:"
KEEP_MS = 300
"""After the last key, what stands in a field is kept."""


class Trying(QObject):
    """Belongs to the UI thread."""

    saved = Signal()
    """The document was written."""

    def __init__(self, desk: Desk, form: FormCard, card: TryCard, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._form, self._card = desk, form, card
        self._asking = Asking()
        self._drafts = Drafts()
        self._project: Path | None = None
        self._page: ModelPage | None = None
        self._frame = ""
        self.tried: TriedFrame | None = None
        self._form_due: TriedFrame | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._on_later)
        self._typed: dict[str, str] = {}
        self._keeper = QTimer(self)
        self._keeper.setSingleShot(True)
        self._keeper.setInterval(KEEP_MS)
        self._keeper.timeout.connect(self._keep)
        form.edited.connect(self._on_edited)
        form.typed.connect(self._on_typed)
        card.frame_chosen.connect(self.choose)
        card.way_taken.connect(self._on_way)

    @property
    def frame(self) -> str:
        """The id of the frame that is tried."""
        return self._frame

    @property
    def unsaved(self) -> bool:
        """Whether the form has changes that are not saved."""
        return bool(self._drafts.changes)

    def begin(self, project: Path) -> None:
        """Another project: nothing of the one before counts."""
        if self._keeper.isActive():
            self._keep()
        self._asking.drop_all()
        self._form_due, self._typed = None, {}
        self._project, self._page, self._frame, self.tried = project, None, "", None
        self._drafts.begin(())
        self._form.problem.clear_error()
        self._card.wait("Reading the model …")

    def show_page(self, page: ModelPage) -> None:
        """The page was read: offer its frames, take up its draft, and try the frame anew."""
        first = self._page is None
        self._page = page
        if first and page.draft:
            self._drafts.begin(page.draft)
        known = {frame.id for frame in page.frames}
        if self._frame not in known and not self._frame.startswith(FILE):
            self._frame = page.frames[0].id if page.frames else ""
        self._offer()
        if page.form is not None:
            self.again()

    def choose(self, frame: str) -> None:
        """Try another frame."""
        self._frame = frame
        self._offer()
        self.again()

    def next(self) -> None:
        """Try the next frame that is offered."""
        if self._page is None or not self._page.frames:
            return
        ids = [frame.id for frame in self._page.frames]
        at = ids.index(self._frame) + 1 if self._frame in ids else 0
        self.choose(ids[at % len(ids)])

    def again(self) -> None:
        """Ask what the form as it is now makes of the frame."""
        if self._project is None or not self._frame:
            return
        asked = TryAsked(self._project, self._frame, self._drafts.changes)
        answer = self._desk.bridge.ask(try_frame, asked).or_fail(self._on_not_tried)
        self._asking.ask("frame", answer, self._on_tried)

    def save(self) -> None:
        """Write the changes into the deployment specification."""
        if self._project is not None and self.unsaved:
            answer = self._desk.bridge.ask(save_choice, self._project, self._drafts.changes)
            self._asking.ask("save", answer.or_fail(self._form.problem.show_error), self._on_saved)

    def confirm(self) -> None:
        """Take what was proposed as this person's own."""
        if self._project is not None:
            answer = self._desk.bridge.ask(confirm_choice, self._project)
            self._asking.ask("save", answer.or_fail(self._form.problem.show_error), self._on_confirmed)

    def revert(self) -> None:
        """Take all changes back."""
        self._form.problem.clear_error()
        self._drafts.drop()
        self._on_changes()

    def undo(self) -> None:
        """Take the last change back."""
        if self._drafts.undo():
            self._on_changes()

    def redo(self) -> None:
        """Do again what was taken back last."""
        if self._drafts.redo():
            self._on_changes()

    def _offer(self) -> None:
        if self._page is None:
            return
        frames = self._page.frames
        if self._frame.startswith(FILE):
            frames = (FrameChoice(self._frame, Path(self._frame.removeprefix(FILE)).name), *frames)
        self._card.set_frames(frames, self._frame)

    def _on_edited(self, key: str, value: str) -> None:
        self._typed.pop(key, None)
        self._drafts.set(key, value)
        self._on_changes()

    def _on_typed(self, key: str, text: str | None) -> None:
        """A field is being typed into: kept against a crash, and tried once it is left."""
        if text is not None:
            self._typed[key] = text
        elif self._typed.pop(key, None) is None:
            return
        self._keeper.start()

    def _keep(self) -> None:
        self._keeper.stop()
        if self._project is not None:
            changes = tuple({**dict(self._drafts.changes), **self._typed}.items())
            self._desk.bridge.ask(keep_draft, self._project, changes).or_fail(self._form.problem.show_error)

    def _on_way(self, way: OtherWay) -> None:
        self._drafts.set_many(way.changes)
        self._on_changes()

    def _on_changes(self) -> None:
        self._keep()
        self.again()

    def _on_tried(self, tried: TriedFrame) -> None:
        """Show the picture, then in a turn of its own the form, whose lines take as long to make."""
        self._card.show_tried(tried)
        self._form_due = tried
        self._later.start()

    def _on_later(self) -> None:
        tried = self._form_due
        if tried is None or self._project is None:
            return
        self._form_due = None
        self._form.show_form(tried.form)
        self.tried = tried
        asked = TryAsked(self._project, self._frame, self._drafts.changes)
        answer = self._desk.bridge.ask(try_others, asked).or_fail(self._on_no_ways)
        self._asking.ask("ways", answer, self._card.show_ways)

    def _on_not_tried(self, error: ErrorText) -> None:
        """The picture cannot be had; the form still says what is wrong with each value."""
        self.tried = None
        self._card.show_error(error)
        self._card.show_ways(())
        if self._project is not None:
            answer = self._desk.bridge.ask(read_form, self._project, self._drafts.changes).or_fail(quiet)
            self._asking.ask("form", answer, self._on_form)

    def _on_no_ways(self, _error: ErrorText) -> None:
        self._card.show_ways(())

    def _on_form(self, form: ModelForm) -> None:
        self._form.show_form(form)

    def _on_saved(self, _saved: SavedChoice) -> None:
        self._drafts.begin(())
        self._form.problem.clear_error()
        self._desk.touch()
        self.saved.emit()

    def _on_confirmed(self, saved: SavedChoice) -> None:
        self._form.problem.clear_error()
        count = len(saved.paths)
        self._desk.notice(f"{count} value{'s are' if count != 1 else ' is'} now yours.")
        self._desk.touch()
        self.saved.emit()
