"""The Model page: is this file sound, did we understand what it wants and gives, what does it cost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QScrollArea, QSplitter, QStackedWidget, QWidget

from ui.page import Page, Tab
from ui.pages.asking import Asking
from ui.pages.model.bringing import Bringing, kind_of_drop
from ui.pages.model.checking import Checking
from ui.pages.model.checks_card import ChecksCard
from ui.pages.model.form_card import FormCard
from ui.pages.model.inspector import PAGES, ModelInspector
from ui.pages.model.layers_card import LayersCard
from ui.pages.model.try_card import TryCard
from ui.pages.model.trying import FILE, Trying
from ui.theme.theme import THEME
from ui.widgets.controls import Button
from ui.widgets.empty import Empty
from ui.widgets.error_card import ErrorCard
from ui.widgets.grounds import column, ground, scrolling
from ui.widgets.path_field import dropped_path
from ui.widgets.text import hint
from workbench.base.events import ErrorText
from workbench.views.model import (
    LayerMatch,
    LayerTable,
    ModelPage,
    export_layers,
    filter_layers,
    read_layers,
    read_model,
)

if TYPE_CHECKING:
    from ui.desk import Desk
    from workbench.views.project.overview import Place

FORM_PX, CHECKS_PX, UPPER_PX, LOWER_PX, GAP = 312, 404, 400, 228, 8
"""Widths of the left cards, and the least heights of both rows; a lower window scrolls."""
ACTIONS = (
    ("next_frame", "Next frame", "N", "arrow-right"),
    ("full", "Full size", "F", "maximize-2"),
    ("check", "Check the model again", "R", "rotate-cw"),
    ("save", "Save head and preprocessing", "Ctrl+S", "save"),
    ("revert", "Take back what is not saved", "Ctrl+Shift+Backspace", "undo-2"),
    ("undo", "Undo the last change of the form", "Ctrl+Z", "undo-2"),
    ("redo", "Do again what was taken back", "Ctrl+Shift+Z", "redo-2"),
    ("turn", "Switch between input and camera", "I", "image"),
    ("more", "Raise the confidence", "+; =", "plus"),
    ("less", "Lower the confidence", "-", "circle-minus"),
    ("filter", "Filter the layers", "Ctrl+F", "filter"),
    ("export", "Export the shown layers", "Ctrl+E", "download"),
    ("add_frames", "Add labelled frames", "Ctrl+L", "images"),
    ("confirm", "Take the proposed values as mine", "Ctrl+Return", "check"),
    ("replace", "Choose another ONNX file", "Ctrl+Shift+O", "file-box"),
)
"""Name, words, keys and icon of what can be done on the page."""


class ModelView(Page):
    """Belongs to the UI thread; every figure on it is an answer of the reader, or told by a job."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.model: ModelPage | None = None
        self._project: Path | None = None
        self._identity = ""
        self._asking = Asking()
        self._error: QWidget | None = None
        self.bringing = Bringing(desk, self)
        actions = self._make_actions()
        self.form = FormCard(actions["save"], actions["revert"])
        self.trial = TryCard(actions["next_frame"], actions["full"])
        self.checks = ChecksCard(actions["check"])
        self.layers = LayersCard(actions["export"])
        self.facts = ModelInspector(actions["add_frames"], actions["confirm"])
        self.trying = Trying(desk, self.form, self.trial, self)
        self.checking = Checking(desk, self.checks, self)
        self._place = QStackedWidget()
        self._place.addWidget(self._lay_out())
        self.add_tab(Tab("model", "Model", "box"), self._place)
        self.add_tool(hint("Drop an ONNX file to replace the model, or a picture to try it"))
        self.set_inspector(self.facts)
        self.setAcceptDrops(True)
        self._connect()
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def refresh(self) -> None:
        """Read the model's page again; picture and layers follow."""
        project = self.desk.project
        if project is None:
            return
        if project != self._project:
            self._project, self._identity, self.model = project, "", None
            self.trying.begin(project)
            self.checking.begin(project)
        answer = self.desk.bridge.ask(read_model, project)
        self._asking.ask("page", answer.or_fail(self._on_no_page), self._on_page)

    def open(self, target: object) -> None:
        """A node's name filters the layers; a path is a picture to try."""
        if isinstance(target, Path):
            self.trying.choose(f"{FILE}{target}")
        elif isinstance(target, str):
            self.layers.set_filter(f"name:{target}")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 (Qt)
        """Take an ONNX file or a picture, and show where it goes."""
        if kind_of_drop(dropped_path(event)):
            event.acceptProposedAction()
            self.trial.mark_drop(on=True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 (Qt)
        """It went elsewhere."""
        self.trial.mark_drop(on=False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 (Qt)
        """Try a picture, or ask what shall become of a model."""
        self.trial.mark_drop(on=False)
        path = dropped_path(event)
        kind = kind_of_drop(path)
        if path is None or not kind:
            return
        event.acceptProposedAction()
        if kind == "picture":
            self.trying.choose(f"{FILE}{path}")
        else:
            self.bringing.bring_model(path)

    def _make_actions(self) -> dict[str, QAction]:
        return {
            name: self.desk.actions.add(f"model.{name}", text, partial(self._do, name), keys, icon_name, owner=self)
            for name, text, keys, icon_name in ACTIONS
        }

    def _do(self, name: str) -> None:
        """Carry out an action; what does it is there only once the page is built."""
        slots: dict[str, Callable[[], object]] = {
            "next_frame": self.trying.next,
            "full": self._on_full,
            "check": self.checking.start,
            "save": self.trying.save,
            "revert": self.trying.revert,
            "undo": self.trying.undo,
            "redo": self.trying.redo,
            "turn": self.trial.turn,
            "more": partial(self.trial.step_confidence, 5),
            "less": partial(self.trial.step_confidence, -5),
            "filter": self.layers.field.setFocus,
            "export": self._on_export,
            "add_frames": self._on_add_frames,
            "confirm": self.trying.confirm,
            "replace": self.bringing.choose_model,
        }
        slots[name]()

    def _lay_out(self) -> QScrollArea:
        self._upper, self._lower = QSplitter(Qt.Orientation.Horizontal), QSplitter(Qt.Orientation.Horizontal)
        self._rows = QSplitter(Qt.Orientation.Vertical)
        for splitter, parts in (
            (self._upper, (self.form, self.trial)),
            (self._lower, (self.checks, self.layers)),
            (self._rows, (self._upper, self._lower)),
        ):
            splitter.setHandleWidth(GAP)
            splitter.setChildrenCollapsible(False)
            for part in parts:
                splitter.addWidget(part)
            splitter.setStretchFactor(0, 0)
            splitter.setStretchFactor(1, 1)
        self._rows.setStretchFactor(0, 3)
        self._rows.setStretchFactor(1, 2)
        inner = QWidget()
        inner.setLayout(column(self._rows, margins=(12, 12, 12, 12), spacing=0))
        return scrolling(inner, "Model")

    def _connect(self) -> None:
        self.layers.filter_wanted.connect(self._on_filter)
        self.checks.node_wanted.connect(lambda node: self.layers.set_filter(f"name:{node}"))
        self.facts.followed.connect(self._on_followed)
        self.trying.saved.connect(self.refresh)
        self.bringing.brought.connect(self.refresh)

    def _on_page(self, page: ModelPage) -> None:
        self.model = page
        self.facts.show_page(page)
        self.rename_tab("model", page.title)
        if page.form is None:
            self._show_error(ErrorText(page.problem, page.hint, page.detail), page.mend)
            return
        self._place.setCurrentIndex(0)
        self.checking.show_page(page)
        self.trying.show_page(page)
        if page.identity != self._identity:
            self._identity = page.identity
            answer = self.desk.bridge.ask(read_layers, page.project)
            self._asking.ask("layers", answer, self._on_layers)

    def _on_no_page(self, error: ErrorText) -> None:
        self.model = None
        self._show_error(error)

    def _show_error(self, error: ErrorText, mend: Place | None = None) -> None:
        """The model, or the project, cannot be read: say why, and offer another file, or the way to the line."""
        if self._error is not None:
            self._place.removeWidget(self._error)
            self._error.deleteLater()
        place = QWidget()
        if mend is not None:
            words = "Show the document" if mend.line is None else f"Show line {mend.line}"
            show = Button(words, partial(self.desk.go, "project", mend), icon_name="file-text", role="primary")
            place.setLayout(column(ErrorCard(error, show), None, margins=(12, 12, 12, 12)))
            self._put_error(place)
            return
        choose = Button("Choose an ONNX file", self.bringing.choose_model, icon_name="file-box", role="primary")
        zone = ground(QFrame(), "card")
        zone.setProperty("drop", True)
        zone.setLayout(column(Empty("file-box", "Drop an ONNX file; its checks take about two seconds.", choose)))
        layout = column(ErrorCard(error), zone, margins=(12, 12, 12, 12))
        layout.setStretch(1, 1)
        place.setLayout(layout)
        self._put_error(place)

    def _put_error(self, place: QWidget) -> None:
        self._error = place
        self._place.addWidget(place)
        self._place.setCurrentWidget(place)

    def _on_layers(self, table: LayerTable) -> None:
        self.layers.show_table(table)

    def _on_filter(self, text: str) -> None:
        if self._project is not None:
            answer = self.desk.bridge.ask(filter_layers, self._project, text)
            self._asking.ask("filter", answer, self._on_match)

    def _on_match(self, match: LayerMatch) -> None:
        self.layers.show_match(match)

    def _on_followed(self, link: str) -> None:
        kind, _, what = link.partition(":")
        self.desk.go(PAGES[kind], what)

    def _on_full(self) -> None:
        """Give the picture the whole page, or take that back."""
        full = not self._lower.isHidden()
        self._lower.setVisible(not full)
        self.form.setVisible(not full)

    def _on_add_frames(self) -> None:
        if self.model is not None:
            self.bringing.add_frames(any(frame.id.startswith("frame:") for frame in self.model.frames))

    def _on_export(self) -> None:
        if self._project is None:
            return
        dialog = QFileDialog(self, "Export the shown layers", str(self._project / "layers.csv"))
        dialog.setAccessibleName("Export the shown layers")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("Tables (*.csv)")
        dialog.fileSelected.connect(self._on_export_to)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_export_to(self, name: str) -> None:
        if self._project is not None:
            answer = self.desk.bridge.ask(export_layers, self._project, self.layers.field.text(), Path(name))
            answer.then(self.desk.notice)

    def _on_theme(self) -> None:
        scale = THEME.type_scale
        self.form.setMinimumWidth(round(FORM_PX * scale))
        self.checks.setMinimumWidth(round(CHECKS_PX * scale * 0.9))
        self._upper.setMinimumHeight(round(UPPER_PX * scale))
        self._lower.setMinimumHeight(round(LOWER_PX * scale))
        self._upper.setSizes([round(FORM_PX * scale), 4000])
        self._lower.setSizes([round(CHECKS_PX * scale), 4000])
