"""One frame as the network gets it, with what the model finds on it; the largest thing of the page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QSlider, QStackedWidget, QWidget

from ui.pages.model.raw_outputs import RawOutputs
from ui.pages.model.ways_bar import WaysBar
from ui.theme.theme import THEME
from ui.theme.tokens import SEMIBOLD
from ui.widgets.boxes import Box
from ui.widgets.controls import Choice, IconButton, Segments
from ui.widgets.error_card import ErrorCard
from ui.widgets.frame_view import FrameView
from ui.widgets.grounds import column, ground, line, restyle, row
from ui.widgets.text import Text, dim, title
from workbench.base.events import ErrorText
from workbench.views.model import FrameChoice, OtherWay, TriedFrame

STEPS = 100
"""Of the slider: hundredths."""


class TryCard(QWidget):
    """The picture, its choices above it, and other preprocessings below it."""

    frame_chosen = Signal(str)
    """The id of another frame."""
    way_taken = Signal(object)

    def __init__(self, next_frame: QAction, full: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tried: TriedFrame | None = None
        self.frames = Choice("Frame")
        self.frames.setMinimumContentsLength(14)
        self.frames.activated.connect(lambda _at: self.frame_chosen.emit(self.frames.value))
        self.side = Segments("Picture", (("input", "Input"), ("camera", "Camera")))
        self.side.chosen.connect(lambda _value: self._show())
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Confidence")
        self.slider.setRange(5, STEPS - 1)
        self.slider.setPageStep(5)
        self.slider.setValue(25)
        self.slider.valueChanged.connect(lambda _value: self._show_threshold())
        self._value = Text("0.25", weight=SEMIBOLD)
        self.view = FrameView("The frame with what the model finds")
        self.view.set_message("Reading the model …")
        self._outputs = RawOutputs()
        self._error: ErrorCard | None = None
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._outputs)
        self.ways = WaysBar()
        self.ways.taken.connect(self.way_taken)
        inner = column(self._head(next_frame, full), line(), self._stack, self.ways, spacing=0)
        inner.setStretch(2, 1)
        self._frame = ground(QFrame(), "card")
        self._frame.setLayout(inner)
        self.setLayout(column(self._frame, spacing=0))
        self._on_theme()
        THEME.changed.connect(self._on_theme)

    def set_frames(self, frames: Sequence[FrameChoice], chosen: str) -> None:
        """Offer frames."""
        self.frames.set_choices([(frame.id, frame.label) for frame in frames], chosen)

    def show_tried(self, tried: TriedFrame) -> None:
        """Show what came out; the slider goes to the form's confidence the first time, and when that changes."""
        if self._tried is None or tried.confidence != self._tried.confidence:
            self.slider.setValue(round(tried.confidence * STEPS))
        self._tried = tried
        if self._error is not None:
            self._stack.removeWidget(self._error)
            self._error.deleteLater()
            self._error = None
        self._outputs.show_outputs(tried)
        self._show()

    def show_ways(self, ways: Sequence[OtherWay]) -> None:
        """Show what other preprocessings find."""
        self.ways.show_ways(ways)

    def show_error(self, error: ErrorText) -> None:
        """Say why there is no picture."""
        if self._error is not None:
            self._stack.removeWidget(self._error)
            self._error.deleteLater()
        self._error = ErrorCard(error)
        self._stack.addWidget(self._error)
        self._stack.setCurrentWidget(self._error)

    def wait(self, sentence: str) -> None:
        """Say that the picture is on its way, where there is none yet."""
        self._tried = None
        self.view.show_frame(None)
        self.view.set_message(sentence)
        self._stack.setCurrentWidget(self.view)

    def mark_drop(self, *, on: bool) -> None:
        """Show that a picture may be dropped here."""
        restyle(self._frame, edge="accent" if on else "")

    def turn(self) -> None:
        """Switch between the network's input and the camera's picture."""
        self.side.set_value("camera" if self.side.value == "input" else "input")
        self._show()

    def step_confidence(self, by: int) -> None:
        """Move the confidence by hundredths."""
        self.slider.setValue(self.slider.value() + by)

    def _head(self, next_frame: QAction, full: QAction) -> QWidget:
        head = QWidget()
        layout = row(
            title("Try on one frame"),
            self.frames,
            self.side,
            None,
            dim("Confidence"),
            self.slider,
            self._value,
            IconButton("arrow-right", "Next frame", action=next_frame),
            IconButton("maximize-2", "Full size", action=full),
            margins=(12, 6, 8, 6),
        )
        head.setLayout(layout)
        return head

    def _show(self) -> None:
        tried = self._tried
        if tried is None:
            return
        if tried.problem:
            self._stack.setCurrentWidget(self._outputs)
            return
        self._stack.setCurrentWidget(self.view)
        camera = self.side.value == "camera"
        places = tried.boxes_camera if camera else tried.boxes_fitted
        boxes = [
            Box(at, float(place[0]), float(place[1]), float(place[2]), float(place[3]), label, score)
            for at, (place, label, score) in enumerate(zip(places, tried.classes, tried.scores, strict=True))
        ]
        self.view.show_frame(tried.camera if camera else tried.fitted, boxes)
        self.view.set_captions(tried.label if camera else tried.fitted_text)
        self._show_threshold()

    def _show_threshold(self) -> None:
        confidence = self.slider.value() / STEPS
        self._value.setText(f"{confidence:.2f}")
        self.view.set_threshold(confidence)
        if self._tried is not None:
            self.view.set_footers(self._tried.summary(confidence), self._tried.runtime_text)

    def _on_theme(self) -> None:
        scale = THEME.type_scale
        self.slider.setFixedWidth(round(72 * scale))
        self._value.setFixedWidth(round(28 * scale))
        self.frames.setMinimumWidth(round(150 * scale))
