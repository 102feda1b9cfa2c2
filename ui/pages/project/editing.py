"""What is edited: both documents, checked a moment after each key, kept as drafts, saved whole; knows no widget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal

from ui.entries import Entries
from workbench.views.project.documents import (
    Conflict,
    DocumentFile,
    DocumentView,
    Edit,
    Entered,
    Mark,
    Saved,
    ToSave,
    Typed,
    apply_corrections,
    check_documents,
    confirm_values,
    drop_draft,
    enter_field,
    keep_draft,
    read_documents,
    save_documents,
)

if TYPE_CHECKING:
    from ui.bridge import Answer
    from ui.desk import Desk

T = TypeVar("T")
NOW_MS, CHECK_MS, DEEP_MS, DRAFT_MS = 0, 80, 700, 300


@dataclass
class _Paper:
    """One document at work."""

    file: DocumentFile
    text: str

    @property
    def is_changed(self) -> bool:
        return self.text != self.file.text or (bool(self.file.note) and self.file.sha256 is not None)


class Editing(QObject):
    """The documents of the open project. Belongs to the UI thread; the texts are told by who shows them."""

    loaded = Signal(object)
    """A DocumentFile whose text should be shown anew."""
    checked = Signal(object)
    """The DocumentViews of all documents, as their texts stand."""
    edited = Signal(str, object)
    """A document's name, and the Edit that shall be made to its text."""
    refused = Signal(str)
    """Why an entry cannot be made."""
    saved = Signal(object)
    """The DocumentFiles that were written."""
    not_saved = Signal(object)
    """The ErrorText of a save that came to nothing; None once another one is under way."""
    conflicted = Signal(object)
    """A Conflict: something else changed the file meanwhile."""
    restored = Signal(object)
    """A DocumentFile whose text that was not saved is back."""
    state_changed = Signal()
    """What is saved, and what is not, is other than before."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._project: Path | None = None
        self._papers: dict[str, _Paper] = {}
        self._views: tuple[DocumentView, ...] = ()
        self._asked: Answer[tuple[DocumentView, ...]] | None = None
        self._drafted: dict[str, str] = {}
        self._entries: Entries | None = None
        self._taken: list[str] = []
        self._to_enter: list[tuple[str, str]] = []
        self._further: dict[str, tuple[Mark, ...]] = {}
        self._check_timer = self._timer(self._on_check)
        self._deep_timer = self._timer(self._on_deep)
        self._draft_timer = self._timer(self.keep_drafts)

    @property
    def views(self) -> tuple[DocumentView, ...]:
        """What the last check said."""
        return self._views

    @property
    def files(self) -> Mapping[str, DocumentFile]:
        """The documents as they lie on disk, by name."""
        return {name: paper.file for name, paper in self._papers.items()}

    @property
    def changed(self) -> tuple[str, ...]:
        """Names of documents whose text is not saved."""
        return tuple(name for name, paper in self._papers.items() if paper.is_changed)

    def open(self, project: Path | None) -> None:
        """Read the documents of a project, or again those of the same one."""
        if project != self._project:
            self._stop()
            self._papers, self._views, self._project, self._further = {}, (), project, {}
            self.not_saved.emit(None)
            self._drafted = {}
            self._entries = None if project is None else Entries(self._desk.bridge, "documents", project, self)
        if project is not None:
            self._ask(self._desk.bridge.ask(read_documents, project), self._on_read)

    def _stop(self) -> None:
        """Keep what was typed, and want no answer any more."""
        self.keep_drafts()
        if self._entries is not None:
            self._entries.keep()
            self._entries.deleteLater()
        self._taken, self._to_enter = [], []
        for timer in (self._check_timer, self._deep_timer):
            timer.stop()
        if self._asked is not None:
            self._asked.drop()
            self._asked = None

    def type(self, name: str, text: str) -> None:
        """The text of a document is another one."""
        paper = self._papers.get(name)
        if paper is None or paper.text == text:
            return
        paper.text = text
        self._check_timer.start(CHECK_MS)
        self._deep_timer.start(DEEP_MS)
        self._draft_timer.start(DRAFT_MS)
        self.state_changed.emit()

    def note_entry(self, name: str, path: str, text: str | None) -> None:
        """Something stands in a field of the form and is not entered yet; None where it was taken back."""
        if self._entries is not None:
            if text is None:
                self._entries.take(_key(name, path))
            else:
                self._entries.note(_key(name, path), text)

    def enter(self, name: str, path: str, entered: str) -> None:
        """Something was entered in the form."""
        answer = self._desk.bridge.ask(enter_field, self._typed(name), path, entered)
        text = self._papers[name].text
        self._ask(answer, lambda made: self._on_entered(name, text, made, path))

    def confirm(self, name: str, paths: tuple[str, ...] = ()) -> None:
        """A person takes values as their own; all of a document where none is named."""
        self._ask_edit(name, self._desk.bridge.ask(confirm_values, self._typed(name), paths))

    def correct(self) -> None:
        """Make every likely correction of both documents."""
        if self._project is not None:
            typed = tuple(self._typed(name) for name in self._papers)
            self._ask(self._desk.bridge.ask(apply_corrections, self._project, typed), self._on_corrections)

    def save(self, names: tuple[str, ...] = ()) -> None:
        """Save documents, all or none; those that are changed where none is named."""
        wanted = [name for name in (names or self.changed) if name in self._papers]
        if self._project is None or not wanted:
            return
        papers = [self._papers[name] for name in wanted]
        saves = tuple(ToSave(paper.file.name, paper.text, paper.file.sha256) for paper in papers)
        self.not_saved.emit(None)
        answer = self._desk.bridge.ask(save_documents, self._project, saves)
        self._ask(answer.or_fail(self.not_saved.emit), self._on_saved)

    def keep_mine(self, conflict: Conflict) -> None:
        """Save over what something else wrote; a person has seen the difference."""
        paper = self._papers.get(conflict.name)
        if paper is not None:
            paper.file = replace(paper.file, sha256=conflict.theirs_sha256, text=conflict.theirs)
            self.save((conflict.name,))

    def keep_theirs(self, conflict: Conflict) -> None:
        """Take the text on disk; what was typed is dropped, and can be brought back by undo."""
        self._take_disk(conflict.name, conflict.theirs, conflict.theirs_sha256)

    def revert(self, name: str) -> None:
        """Go back to the text on disk; undo brings what was typed back."""
        paper = self._papers.get(name)
        if paper is not None:
            self._take_disk(name, paper.file.text, paper.file.sha256)

    def keep_drafts(self) -> None:
        """Keep what is not saved, at once."""
        self._draft_timer.stop()
        if self._project is None:
            return
        for name, paper in self._papers.items():
            if paper.text != paper.file.text and self._drafted.get(name) != paper.text:
                self._drafted[name] = paper.text
                self._desk.bridge.ask(keep_draft, self._project, name, paper.text, paper.file.sha256)
            elif paper.text == paper.file.text and self._drafted.pop(name, None) is not None:
                self._desk.bridge.ask(drop_draft, self._project, name)
        while self._taken and self._entries is not None:
            self._entries.take(self._taken.pop())  # only now: the draft has them

    def _take_disk(self, name: str, text: str, sha256: str | None) -> None:
        paper = self._papers[name]
        paper.file = replace(paper.file, text=text, sha256=sha256)
        if paper.text != text:
            self.edited.emit(name, Edit(0, len(paper.text), text))
        self.keep_drafts()
        self.state_changed.emit()

    def _ask(self, answer: Answer[T], then: Callable[[T], object]) -> None:
        """Take an answer, unless another project is open when it comes: its documents have the same names."""
        project = self._project
        answer.then(lambda found: then(found) if project == self._project and shiboken6.isValid(self) else None)

    def _typed(self, name: str) -> Typed:
        paper = self._papers[name]
        return Typed(name, paper.text, paper.file.base)

    def _ask_edit(self, name: str, answer: Answer[Entered]) -> None:
        text = self._papers[name].text
        self._ask(answer, lambda entered: self._on_entered(name, text, entered))

    def _on_read(self, files: tuple[DocumentFile, ...]) -> None:
        first = not self._papers
        for file in files:
            paper = self._papers.get(file.name)
            if paper is None:
                self._first_read(file)
            elif paper.file.sha256 != file.sha256 and not paper.is_changed:
                self._papers[file.name] = _Paper(file, file.text)
                self.loaded.emit(file)
            elif paper.file.sha256 == file.sha256:
                paper.file = file
        if first and self._entries is not None:
            self._entries.restore(self._on_kept)
        self._check_timer.start(NOW_MS)
        self._deep_timer.start(CHECK_MS)
        self.state_changed.emit()

    def _on_kept(self, entries: dict[str, str]) -> None:
        """A window ended while somebody typed into the form: enter that now, one after another."""
        self._to_enter = [(key, text) for key, text in entries.items() if key.partition(":")[0] in self._papers]
        for name in {key.partition(":")[0] for key, _ in self._to_enter}:
            self.restored.emit(self._papers[name].file)
        self._enter_next()

    def _enter_next(self) -> None:
        if self._to_enter:
            key, text = self._to_enter.pop(0)
            name, _, path = key.partition(":")
            self.enter(name, path, text)

    def _first_read(self, file: DocumentFile) -> None:
        self._papers[file.name] = _Paper(file, file.text)
        self.loaded.emit(file)
        if file.draft is not None:
            self._drafted[file.name] = file.draft.text
            self.edited.emit(file.name, Edit(0, len(file.text), file.draft.text))
            self.restored.emit(file)

    def _on_check(self) -> None:
        self._check(deep=False)

    def _on_deep(self) -> None:
        self._check(deep=True)

    def _check(self, *, deep: bool) -> None:
        if self._project is None or not self._papers:
            return
        if self._asked is not None:
            self._asked.drop()
        typed = tuple(self._typed(name) for name in self._papers)
        self._asked = self._desk.bridge.ask(check_documents, self._project, typed, deep=deep)
        self._asked.then(lambda views: self._on_checked(typed, views, deep=deep))

    def _on_checked(self, typed: tuple[Typed, ...], views: tuple[DocumentView, ...], *, deep: bool) -> None:
        if any(self._papers[item.name].text != item.text for item in typed if item.name in self._papers):
            return  # another check is on its way
        if deep:
            self._further = {view.name: view.marks for view in views}
        else:
            views = tuple(_with_further(view, self._further.get(view.name, ())) for view in views)
        self._views = views
        self.checked.emit(views)

    def _on_entered(self, name: str, text: str, entered: Entered, path: str = "") -> None:
        if entered.refusal:
            self.refused.emit(entered.refusal)
        elif path:
            self._taken.append(_key(name, path))
            self._draft_timer.start(DRAFT_MS)
        if entered.edit is not None and name in self._papers and self._papers[name].text == text:
            self.edited.emit(name, entered.edit)
        self._enter_next()
        self._check_timer.start(NOW_MS)

    def _on_corrections(self, edits: tuple[tuple[str, Edit], ...]) -> None:
        for name, edit in edits:
            self.edited.emit(name, edit)

    def _on_saved(self, saved: Saved) -> None:
        for conflict in saved.conflicts:
            self.conflicted.emit(conflict)
        for file in saved.files:
            self._papers[file.name].file = file
            self._drafted.pop(file.name, None)
        if saved.files:
            self.saved.emit(saved.files)
            self._check_timer.start(NOW_MS)
            self._deep_timer.start(CHECK_MS)
            self._desk.touch()
        self.state_changed.emit()

    def _timer(self, slot: Callable[[], None]) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.timeout.connect(slot)
        return made


def _key(name: str, path: str) -> str:
    return f"{name}:{path}"


def _with_further(view: DocumentView, further: Sequence[Mark]) -> DocumentView:
    """What a look at model and data found before stays until the next one, at the line where its field is now."""
    told = {mark.path for mark in view.marks}
    lines = {field.path: field.line for group in view.groups for field in group.fields}
    kept = [replace(mark, line=lines[mark.path]) for mark in further if mark.path not in told and lines.get(mark.path)]
    marks = sorted((*view.marks, *kept), key=lambda mark: (mark.line or 0, mark.column))
    return replace(view, marks=tuple(marks)) if kept else view
