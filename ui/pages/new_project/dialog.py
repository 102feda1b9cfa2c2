"""A dropped or chosen ONNX file becomes a project: what it is, what goes with it, its questions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDialog, QPushButton, QWidget

from ui.entries import Entries
from ui.pages.new_project.about import AboutModel
from ui.pages.new_project.making import Making
from ui.widgets.controls import Button, Choice
from ui.widgets.fitted import Fitted
from ui.widgets.grounds import Item, column, ground, line, row
from ui.widgets.path_field import PathField, dropped_path
from ui.widgets.text import Text, dim, hint, page_title
from workbench.orders.new_project import NewProject, ProjectMade
from workbench.views.new_project import BroughtData, BroughtModel, read_brought, read_brought_frames

if TYPE_CHECKING:
    from ui.desk import Desk

WIDTH_PX, LABEL_PX, GAP = 680, 88, 8
ONNX = "ONNX models (*.onnx)"


class NewProjectDialog(QDialog):
    """Opened by `open`; it closes itself before the Model page of the new project."""

    replace_wanted = Signal(object)
    """The path of a model that shall replace the open project's."""

    def __init__(self, desk: Desk, model: Path | None, parent: QWidget) -> None:
        super().__init__(parent)
        ground(self, "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("New project")
        self.setAccessibleName("New project")
        self.setMinimumWidth(WIDTH_PX)
        self.setAcceptDrops(True)
        self._desk = desk
        self._brought: BroughtModel | None = None
        self._folder_typed = False
        self._precision_wanted = ""
        self._make_fields()
        self.about = AboutModel()
        self.making = Making(desk)
        self.making.made.connect(self._on_made)
        self.making.stopped.connect(self._on_stopped)
        self.make = Button("Make the project", self._on_create, role="primary")
        self.cancel = Button("Cancel", self.reject)
        self.replace = Button("Replace this project's model", self._on_replace)
        if desk.project is None:
            self.replace.hide()
        self._lay_out()
        Fitted(self)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)
        self.make.setDefault(True)
        self._connect()
        self._check()
        if model is not None:
            self.model.set_path(model)
        self._keep_entries()

    def reject(self) -> None:
        """Close it; what is being made is stopped first, and nothing of it is left."""
        if self.making.runs:
            self.making.stop()
            return
        super().reject()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 (Qt)
        """Take a model anywhere on the dialog."""
        path = dropped_path(event)
        if path is not None and path.suffix.lower() == ".onnx":
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 (Qt)
        """Look at the model that was dropped."""
        path = dropped_path(event)
        if path is not None:
            event.acceptProposedAction()
            self.model.set_path(path)

    def _make_fields(self) -> None:
        self.model = PathField("Model", filters=ONNX, placeholder="an ONNX file")
        self.folder = PathField("Project folder", folder=True, placeholder="a new folder")
        self.frames = PathField("Frames", folder=True, placeholder="a folder of images or a video (optional)")
        self.labels = PathField("Labels", placeholder="COCO JSON file, or folder of YOLO text files (optional)")
        self.calibration = PathField("Calibration", folder=True, placeholder="other frames, for INT8 (optional)")
        self.precision = Choice("Precision")
        self.precision.set_choices([("FP32", "FP32")])
        self._frames_note, self._precision_note, self._folder_note = hint(), hint(wrap=True), hint(wrap=True)

    def _lay_out(self) -> None:
        self._form = QWidget()
        self._form.setLayout(
            column(
                _labelled("Model", self.model),
                self.about,
                line(),
                _labelled("Project folder", self.folder),
                _labelled("Frames", self.frames, self._frames_note),
                _labelled("Labels", self.labels),
                _labelled("Calibration", self.calibration),
                _labelled("Precision", self.precision, self._precision_note),
                spacing=8,
            )
        )
        self.setLayout(
            column(
                page_title("New project"),
                self._form,
                self.making,
                self._folder_note,
                row(self.replace, None, self.cancel, self.make),
                margins=(24, 24, 24, 16),
                spacing=12,
            )
        )

    def _connect(self) -> None:
        self.model.changed.connect(self._on_model)
        self.frames.changed.connect(self._on_frames)
        self.folder.field.textEdited.connect(lambda _text: self._on_folder_typed())
        for field in (self.folder, self.labels, self.calibration):
            field.changed.connect(lambda _path: self._check())

    def _keep_entries(self) -> None:
        """What is typed here comes back after a crash; a dialog that is closed has no more need of it."""
        self._entries = Entries(self._desk.bridge, "new-project", None, self)
        for key, field in self._paths.items():
            if field is not self.folder:
                self._entries.watch_path(key, field)
        self._entries.watch("folder", self.folder.field)
        self.precision.activated.connect(lambda _at: self._entries.note("precision", self.precision.value))
        self._entries.restore(self._on_kept)
        self.finished.connect(self._entries.forget)

    def _on_kept(self, entries: dict[str, str]) -> None:
        """A window ended while this was typed: it is back, unless another model was brought meanwhile."""
        if self.model.path not in (None, Path(entries.get("model", ""))):
            return
        self._folder_typed = self._folder_typed or bool(entries.get("folder"))
        for key, field in self._paths.items():
            if entries.get(key) and field.path is None:
                field.set_path(Path(entries[key]))
        self._precision_wanted = entries.get("precision", "")
        self._check()

    @property
    def _paths(self) -> dict[str, PathField]:
        return {
            "model": self.model,
            "folder": self.folder,
            "frames": self.frames,
            "labels": self.labels,
            "calibration": self.calibration,
        }

    def _on_folder_typed(self) -> None:
        self._folder_typed = True
        self._check()

    def _on_model(self, path: Path | None) -> None:
        self._brought = None
        self._check()
        if path is None:
            self.about.say("Choose an ONNX file, or drop one on this window.")
            return
        self.about.say(f"Looking at {path.name} …")
        self._desk.bridge.ask(read_brought, path).then(self._on_brought)

    def _on_brought(self, model: BroughtModel) -> None:
        if model.file != self.model.path:
            return
        self._brought = model
        self.about.show_model(model)
        choices = [(name, name) for name, why in model.precisions if not why] or [("FP32", "FP32")]
        self.precision.set_choices(choices, self._precision_wanted)
        refused = [(name, why) for name, why in model.precisions if why]
        names = " and ".join(name for name, _ in refused)
        _say(self._precision_note, f"No {names}: it {refused[0][1]}." if refused else "")
        if not self._folder_typed:
            self.folder.set_path(model.folder)
        self._check()

    def _on_frames(self, path: Path | None) -> None:
        _say(self._frames_note, "")
        self._check()
        if path is not None:
            self._desk.bridge.ask(read_brought_frames, path).then(self._on_frames_seen)

    def _on_frames_seen(self, data: BroughtData) -> None:
        _say(self._frames_note, data.problem or data.about)
        self._frames_note.set_role("err" if data.problem else "hint")

    def _check(self) -> None:
        """Say why the project cannot be made yet."""
        why = ""
        if self._brought is None or self._brought.problem:
            why = "Choose an ONNX file that can be taken."
        elif self.folder.path is None:
            why = "Name a new folder for the project."
        elif self.labels.path is not None and self.frames.path is None:
            why = "Labels belong to frames: give the frames too."
        self.make.set_off(why)
        self.replace.set_off("" if self._brought is not None and not self._brought.problem else why)
        self._folder_note.setText("Model and frames are copied into the project folder; nothing is sent anywhere.")

    def _on_create(self) -> None:
        model, folder = self.model.path, self.folder.path
        if model is None or folder is None:
            return
        self._form.setEnabled(False)
        self.make.set_off("The project is being made.")
        self.replace.setEnabled(False)
        self.cancel.set_text("Stop")
        self.making.start(
            NewProject(
                project=folder,
                model=model,
                frames=self.frames.path,
                labels=self.labels.path,
                calibration=self.calibration.path,
                precision=self.precision.value or "FP32",
            )
        )

    def _on_stopped(self) -> None:
        self._form.setEnabled(True)
        self.cancel.set_text("Cancel")
        self._check()

    def _on_made(self, made: ProjectMade) -> None:
        self.accept()
        self._desk.open_project(made.project)
        self._desk.go("model")

    def _on_replace(self) -> None:
        if self.model.path is not None:
            path = self.model.path
            self.accept()
            self.replace_wanted.emit(path)


def _say(note: Text, text: str) -> None:
    """Show a note only where it says something."""
    note.setText(text)
    note.setVisible(bool(text))


def _labelled(words: str, field: QWidget, note: QWidget | None = None) -> QWidget:
    """A field behind its name, and room for a note under it."""
    label = dim(words)
    label.setFixedWidth(LABEL_PX)
    label.setBuddy(field)
    made = QWidget()
    layout = row(label, field)
    layout.setStretch(1, 1)
    items: list[Item] = [layout]
    if note is not None:
        items.append(row(LABEL_PX + GAP, note))
        note.hide()
    made.setLayout(column(*items, spacing=4))
    return made
