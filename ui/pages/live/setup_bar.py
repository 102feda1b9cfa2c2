"""What is played: board, engine or release, source, rate; and the buttons that start, step and stop it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QFrame, QLabel, QMenu, QSizePolicy, QWidget

from ui.pages.live.camera_dialog import CameraDialog
from ui.theme.icons import pixmap
from ui.theme.theme import THEME
from ui.widgets.controls import Button, Choice, IconButton, Segments
from ui.widgets.grounds import ground, row
from workbench.orders.live import CAMERA_PREFIX

RATES = (("camera", "As it comes"), ("full", "Full speed"), ("step", "Step"))
VIDEOS = "Videos (*.mp4 *.avi *.mkv *.mov *.webm);;All files (*)"


class Option(Protocol):
    """One thing that may be chosen."""

    @property
    def value(self) -> str:
        """What the order takes."""

    @property
    def label(self) -> str:
        """What a person reads."""

    @property
    def problem(self) -> str:
        """Why it cannot be played; empty where it can."""


class SetupBar(QFrame):
    """The choices, always in sight. While something plays only the rate may change."""

    changed = Signal()
    """Something else is chosen."""
    board_chosen = Signal(str)
    rate_chosen = Signal(str)

    def __init__(self, play: QAction, step: QAction, stop: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        ground(self, "card")
        self._options: dict[str, dict[str, Option]] = {"board": {}, "engine": {}, "source": {}}
        self._own_sources: list[tuple[str, str]] = []
        self.board, self.engine, self.source = Choice("Board"), Choice("Engine or release"), Choice("Source")
        self._icons: dict[str, QLabel] = {}
        for choice in (self.board, self.engine, self.source):
            choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            choice.setMinimumWidth(96)
            choice.currentIndexChanged.connect(self._on_choice)
        self.board.currentIndexChanged.connect(self._on_board)
        self.rate = Segments("Rate", RATES)
        self.rate.chosen.connect(self.rate_chosen)
        self._menu = QMenu(self)
        self._menu.addAction("Folder of pictures…", self._on_folder)
        self._menu.addAction("Video file…", self._on_video)
        self._menu.addAction("Camera of the board…", self._on_camera)
        self.browse = IconButton("folder-open", "Another source: a folder, a video or the board's camera")
        self.browse.setMenu(self._menu)
        self.browse.setPopupMode(IconButton.ToolButtonPopupMode.InstantPopup)
        self.play = Button("Play", action=play, icon_name="play", role="primary")
        self.step = Button("Step", action=step, icon_name="step-forward")
        self.stop = Button("Stop", action=stop, icon_name="square")
        self._step_action, self._stop_action = step, stop
        self._lay_out()
        self.show_playing(playing=False, shown=False)
        THEME.changed.connect(self._on_theme)

    def show_options(self, boards: Sequence[Option], engines: Sequence[Option], sources: Sequence[Option]) -> None:
        """Offer these; what was chosen stays where it is still offered."""
        offered = {"board": boards, "engine": engines, "source": sources}
        for key, choice in (("board", self.board), ("engine", self.engine), ("source", self.source)):
            self._options[key] = {option.value: option for option in offered[key]}
            pairs = [(option.value, option.label) for option in offered[key]]
            choice.set_choices(pairs + (self._own_sources if key == "source" else []))
        self.changed.emit()

    def choose(self, board: str = "", engine: str = "", source: str = "") -> None:
        """Choose what is named, where it is offered."""
        for choice, value in ((self.board, board), (self.engine, engine), (self.source, source)):
            at = choice.findData(value)
            if value and at >= 0:
                choice.setCurrentIndex(at)

    @property
    def problem(self) -> str:
        """Why what is chosen cannot be played; empty where it can."""
        for key, choice in (("board", self.board), ("engine", self.engine), ("source", self.source)):
            option = self._options[key].get(choice.value)
            if option is not None and option.problem:
                return option.problem
        return ""

    def show_playing(self, *, playing: bool, shown: bool) -> None:
        """Say whether something plays, and whether it is what the page shows."""
        for widget in (self.board, self.engine, self.source, self.browse):
            widget.setEnabled(not playing)
        self.play.setVisible(not playing)
        self.stop.setVisible(playing)
        self.step.setVisible(shown and self.rate.value == "step")

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt)
        """A bar as high as its controls and their room."""
        return QSize(640, round(44 * THEME.type_scale))

    def _lay_out(self) -> None:
        parts: list[QWidget] = []
        for icon_name, choice in (("microchip", self.board), ("zap", self.engine), ("film", self.source)):
            picture = QLabel()
            picture.setToolTip(choice.accessibleName())
            self._icons[icon_name] = picture
            parts += [picture, choice]
        layout = row(*parts, self.browse, self.rate, self.step, self.play, self.stop, margins=(12, 7, 8, 7))
        for at, stretch in ((1, 2), (3, 3), (5, 3)):
            layout.setStretch(at, stretch)
        self.setLayout(layout)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._on_theme()

    def _add_source(self, value: str, label: str) -> None:
        if self.source.findData(value) < 0:
            self._own_sources.append((value, label))
            self.source.addItem(label, value)
        self.source.setCurrentIndex(self.source.findData(value))

    def _on_choice(self, _at: int) -> None:
        for choice in (self.board, self.engine, self.source):
            choice.setToolTip(f"{choice.accessibleName()}: {choice.currentText()}")
        self.changed.emit()

    def _on_board(self, _at: int) -> None:
        self.board_chosen.emit(self.board.value)

    def _on_folder(self) -> None:
        self._pick("Folder of pictures", QFileDialog.FileMode.Directory, "")

    def _on_video(self) -> None:
        self._pick("Video", QFileDialog.FileMode.ExistingFile, VIDEOS)

    def _pick(self, what: str, mode: QFileDialog.FileMode, names: str) -> None:
        dialog = QFileDialog(self, what)
        dialog.setFileMode(mode)
        if names:
            dialog.setNameFilter(names)
        dialog.fileSelected.connect(self._on_picked)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_picked(self, path: str) -> None:
        self._add_source(path, Path(path).name)

    def _on_camera(self) -> None:
        dialog = CameraDialog(self)
        dialog.chosen.connect(self._on_camera_chosen)
        dialog.open()

    def _on_camera_chosen(self, camera: str) -> None:
        self._add_source(f"{CAMERA_PREFIX}{camera}", f"Camera {camera}")

    def _on_theme(self) -> None:
        for name, picture in self._icons.items():
            picture.setPixmap(pixmap(name, "text3", 14))
