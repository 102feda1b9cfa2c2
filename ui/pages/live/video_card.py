"""The frame that is shown: what is seen of it, the confidence, the picture with its boxes, and the time line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QSlider, QVBoxLayout, QWidget

from ui.pages.live.timeline import Timeline
from ui.theme.tokens import MEDIUM, SEMIBOLD, SMALL_PX
from ui.widgets.boxes import Box, Kind
from ui.widgets.controls import Choice, IconButton
from ui.widgets.frame_view import FrameView, Picture
from ui.widgets.grounds import ground, line, row
from ui.widgets.text import Elided, Text, hint, title
from ui.widgets.time_axis import TimeAxis
from workbench.base.live import LiveBox

LOWEST, HIGHEST = 10, 95
"""Per cent; the device sends boxes from half of the lowest on."""
SETTLE_MS = 80
COMPARED, DEVICE = "compared", "device"
KINDS: dict[str, Kind] = {
    "matched": "match",
    "missed": "missed",
    "device_only": "device only",
    "device": "plain",
}


class VideoCard(QFrame):
    """Shows frames as they are given; what is chosen here comes as signals."""

    confidence_changed = Signal(float)
    """The slider came to rest, 0 to 1."""
    box_chosen = Signal(object)
    """The LiveBox that was chosen, or None."""

    def __init__(self, axis: TimeAxis, full_size: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        ground(self, "card")
        self._boxes: tuple[LiveBox, ...] = ()
        self._frame_id = -1
        self.name = title("Nothing plays")
        self._compare = Choice("What the boxes show")
        self._compare.set_choices(((COMPARED, "Device against reference"), (DEVICE, "Device alone")))
        self._compare.setMinimumContentsLength(20)
        self._compare.currentIndexChanged.connect(self._on_compare)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(LOWEST, HIGHEST)
        self._slider.setFixedWidth(96)
        self._slider.setAccessibleName("Confidence")
        self._slider.setToolTip("Boxes with a lower score are left out of the picture and of the comparison")
        self._value = Text("0.25", px=SMALL_PX, weight=SEMIBOLD)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLE_MS)
        self._settled.timeout.connect(self._on_settled)
        self._slider.valueChanged.connect(self._on_slider)
        self.view = FrameView("Frame with detections")
        self.view.selected.connect(self._on_selected)
        self.timeline = Timeline(axis)
        self.status = Elided("", px=SMALL_PX, weight=MEDIUM, role="dim")
        self._lay_out(full_size)
        self.set_confidence(0.25)

    @property
    def confidence(self) -> float:
        """What the slider says, 0 to 1."""
        return self._slider.value() / 100

    @property
    def chosen(self) -> LiveBox | None:
        """The chosen box as it was told."""
        box = self.view.selection
        return None if box is None else self._find(box)

    def set_confidence(self, confidence: float) -> None:
        """Put the slider without telling anybody."""
        self._slider.blockSignals(True)
        self._slider.setValue(round(confidence * 100))
        self._slider.blockSignals(False)
        self._value.setText(f"{self.confidence:.2f}")

    def show_frame(
        self, frame_id: int, picture: Picture | None, boxes: Sequence[LiveBox], *, compared: bool, badge: str
    ) -> None:
        """Show a frame with the boxes of the same frame.

        Args:
            frame_id: boxes of another one are never drawn over it.
            picture: None where it has none; the message says why.
            boxes: in pixels of the picture.
            compared: whether the boxes were held against a reference.
            badge: a sentence about this frame, such as `reference pending`.
        """
        self._boxes, self._frame_id = tuple(boxes), frame_id
        self._compare.setEnabled(compared)
        self.view.set_legend(("match", "missed", "device only") if self._is_compared(compared) else ())
        self.view.set_badge(badge)
        self.view.show_frame(picture, self._shown(compared))

    def say(self, sentence: str) -> None:
        """Show a sentence instead of a picture."""
        self._boxes, self._frame_id = (), -1
        self.view.set_legend(())
        self.view.set_badge("")
        self.view.set_captions()
        self.view.set_message(sentence)
        self.view.show_frame(None)

    def _lay_out(self, full_size: QAction) -> None:
        head = row(
            self.name,
            self._compare,
            None,
            hint("Confidence"),
            self._slider,
            self._value,
            IconButton("maximize-2", "Full size", action=full_size, size=15),
            margins=(12, 4, 4, 4),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.timeline)
        layout.addWidget(line())
        layout.addLayout(row(self.status, margins=(12, 4, 12, 4)))

    def _is_compared(self, compared: bool) -> bool:
        return compared and self._compare.value == COMPARED

    def _shown(self, compared: bool) -> list[Box]:
        against = self._is_compared(compared)
        return [
            Box(
                _identity(self._frame_id, box),
                box.x0,
                box.y0,
                box.x1,
                box.y1,
                box.class_name,
                box.reference_score if box.kind == "missed" else box.score,
                KINDS[box.kind] if against else "plain",
            )
            for box in self._boxes
            if against or box.kind != "missed"
        ]

    def _find(self, box: Box) -> LiveBox | None:
        return next((live for live in self._boxes if _identity(self._frame_id, live) == box.id), None)

    def _on_compare(self, _at: int) -> None:
        compared = any(box.kind != "device" for box in self._boxes)
        self.view.set_legend(("match", "missed", "device only") if self._is_compared(compared) else ())
        self.view.set_boxes(self._shown(compared))

    def _on_slider(self, _value: int) -> None:
        self._value.setText(f"{self.confidence:.2f}")
        self._settled.start()

    def _on_settled(self) -> None:
        self.confidence_changed.emit(self.confidence)

    def _on_selected(self, box: Box | None) -> None:
        self.box_chosen.emit(None if box is None else self._find(box))


def _identity(frame_id: int, box: LiveBox) -> int:
    """The same for the same box of a frame that is told again, and for no other."""
    return hash((frame_id, box.class_name, round(box.x0), round(box.y0), round(box.x1), round(box.y1))) & 0x7FFFFFFF
