"""The worst frames: both sides beside each other, or both on one picture, with a strip to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QStackedLayout, QWidget

from ui.theme.theme import THEME
from ui.widgets.boxes import Box, Kind
from ui.widgets.controls import IconButton, Segments
from ui.widgets.empty import Empty
from ui.widgets.frame_view import FrameView
from ui.widgets.grounds import column, ground, row
from ui.widgets.legend import Legend
from ui.widgets.text import Elided, title
from ui.widgets.thumbnails import Thumbnail, ThumbnailStrip
from workbench.views.verify.values import DrawnBox, FramePair, WorstFrame

SIDES, OVERLAY = "sides", "overlay"
REFERENCE_AND_DEVICE: Mapping[str, tuple[Kind, str]] = {
    "matched": ("match", ""),
    "missed": ("missed", ""),
    "extra": ("device only", ""),
}
"""By mark of a box: how it is painted, and what that means."""
TWO_DEVICES: Mapping[str, tuple[Kind, str]] = {
    "matched": ("match", "in both"),
    "missed": ("plain", "only in one"),
    "extra": ("plain", "only in one"),
}
WIDE = 1.75
"""Width to height of a place in which pictures stand beside each other rather than below."""
_STRIP = (112, 48)
"""Size of the small pictures, px."""


class FramesCard(QFrame):
    """One frame with the boxes of both sides."""

    frame_chosen = Signal(int)
    """The place of the frame that is to be shown."""
    full_asked = Signal()
    """Somebody wants to see it at full size."""

    def __init__(self, heading: str, marks: Mapping[str, tuple[Kind, str]] = REFERENCE_AND_DEVICE) -> None:
        super().__init__()
        ground(self, "card")
        self.setAccessibleName(heading)
        self._pair: FramePair | None = None
        self._marks = marks
        self._heading, self._about = title(heading), Elided(role="hint")
        self.mode = Segments("Pictures", ((SIDES, "Side by side"), (OVERLAY, "Overlay")))
        self.mode.chosen.connect(lambda _mode: self._show())
        self.full = IconButton("maximize-2", "Pictures at full size (F)", self.full_asked.emit)
        self.left, self.right = FrameView("Reference"), FrameView("Device")
        self.strip = ThumbnailStrip(f"{heading}, lowest overlap first", width=_STRIP[0], height=_STRIP[1], wrap=True)
        self.strip.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.strip.chosen.connect(self._on_chosen)
        head = row(
            self._heading,
            self._about,
            Legend(tuple(dict.fromkeys(marks.values()))),
            self.mode,
            self.full,
            margins=(12, 8, 8, 0),
        )
        head.setStretch(1, 1)
        self.empty = Empty("images", "No frames were compared.")
        self._stack = QStackedLayout()
        self._stack.addWidget(self._make_pictures())
        self._stack.addWidget(self.empty)
        layout = column(head, self._stack, spacing=4)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.left.zoomed.connect(lambda: self.right.set_view(self.left.zoom, self.left.centre))
        self.right.zoomed.connect(lambda: self.left.set_view(self.right.zoom, self.right.centre))

    def show_nothing(self, sentence: str) -> None:
        """Say why there is no frame."""
        self.empty.sentence.setText(sentence)
        self._stack.setCurrentIndex(1)
        self._about.setText("")
        self.strip.show_thumbnails(())

    def show_frames(self, frames: tuple[WorstFrame, ...], text: str) -> None:
        """Show the strip; the frame that was chosen stays, else the first is."""
        if not frames:
            self.show_nothing(text or "No frames were compared.")
            return
        self._stack.setCurrentIndex(0)
        self.strip.show_thumbnails([self._thumbnail(frame) for frame in frames])
        if self.strip.current is None:
            self.strip.choose(str(frames[0].sample))
        self._heading.setToolTip(text)

    def show_pair(self, pair: FramePair) -> None:
        """Show one frame."""
        self._pair = pair
        self._show()

    def toggle_mode(self) -> None:
        """Side by side, or both on one picture."""
        self.mode.set_value(SIDES if self.mode.value == OVERLAY else OVERLAY)
        self._show()

    def step(self, by: int) -> None:
        """Choose the next or the previous frame."""
        ids = [thumbnail.id for thumbnail in self.strip.thumbnails]
        if ids:
            current = self.strip.current
            at = ids.index(current.id) + by if current is not None else 0
            self.strip.choose(ids[max(0, min(at, len(ids) - 1))])

    def _make_pictures(self) -> QWidget:
        made = QWidget(self)  # a stack shows its first widget at once, and one without a parent as a window
        self._titles = (Elided(role="dim"), Elided(role="dim"))
        sides: list[QWidget] = []
        self._sides: list[QWidget] = []
        for words, view in zip(self._titles, (self.left, self.right), strict=True):
            side = QWidget()
            inner = column(row(words, margins=(8, 0, 8, 0)), view, spacing=4)
            inner.setStretch(1, 1)
            side.setLayout(inner)
            self._sides.append(side)
            sides.append(side)
        pictures = row(_Sides(sides), self.strip, margins=(4, 0, 4, 4), spacing=4)
        pictures.setStretch(0, 1)
        made.setLayout(pictures)
        self._fit_strip()
        THEME.changed.connect(self._fit_strip)
        return made

    def _fit_strip(self) -> None:
        """One picture wide; words under it may need more room than the picture."""
        self.strip.setFixedWidth(_STRIP[0] + 8 + 10)
        self.strip.setMinimumHeight(80)

    def _show(self) -> None:
        pair = self._pair
        if pair is None:
            return
        overlay = self.mode.value == OVERLAY
        self._sides[1].setVisible(not overlay)
        for view in (self.left, self.right):
            view.set_message(pair.picture_text)
        first, second = self._boxes(pair.first, 0), self._boxes(pair.second, 1000)
        alone = [box for box, told in zip(first, pair.first, strict=True) if told.mark == "missed"]
        self.left.show_frame(pair.picture, [*alone, *second] if overlay else first)
        self.right.show_frame(pair.picture, second)
        left = f"both on {pair.name}  {pair.overlap_text}" if overlay else pair.first_title
        self._titles[0].setText(left)
        self._titles[1].setText(f"{pair.second_title}  {pair.overlap_text}")
        self._about.setText(f"{pair.name}: {pair.text}")

    def _boxes(self, boxes: Iterable[DrawnBox], first: int) -> list[Box]:
        """Boxes of the view as they are painted."""
        return [
            Box(first + place, box.x0, box.y0, box.x1, box.y1, box.name, box.score, self._marks[box.mark][0])
            for place, box in enumerate(boxes)
        ]

    def _thumbnail(self, frame: WorstFrame) -> Thumbnail:
        bad = frame.missed and self._marks is REFERENCE_AND_DEVICE
        words = f"{frame.overlap_text}  {frame.text}"
        return Thumbnail(str(frame.sample), frame.thumbnail, words, "err" if bad else "", tip=frame.name)

    def _on_chosen(self, thumbnail: Thumbnail | None) -> None:
        if thumbnail is not None:
            self.frame_chosen.emit(int(thumbnail.id))


class _Sides(QWidget):
    """Two pictures beside each other, or below each other where the place is high."""

    def __init__(self, sides: Sequence[QWidget]) -> None:
        super().__init__()
        self._layout = row(*sides, spacing=4)
        for place in range(len(sides)):
            self._layout.setStretch(place, 1)
        self.setLayout(self._layout)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt)
        """Choose the way in which the pictures are larger."""
        super().resizeEvent(event)
        wide = self.width() >= WIDE * self.height()
        self._layout.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
