"""The time that plots and pictures share: one range, one cursor, one list of events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal

from ui.widgets.ticks import ago_text, multiples, since_text, time_step_s

ZOOM = 1.5
SHORTEST_S = 0.02
TICK_PX = 72
LEAST_WINDOW_S = 30.0
"""A range that follows a young run is this long, and grows with it."""


@dataclass(frozen=True)
class Mark:
    """Something that happened, as a vertical line on every plot."""

    at_s: float
    words: str
    state: str = "accent"
    """The token of its colour: `accent`, `ok`, `warn`, `err`, `review`, `text2`."""


class TimeAxis(QObject):
    """Moments are seconds of one clock, the board's. Lives in the UI thread.

    While it follows, the range ends now and is drawn in seconds ago; else it stands still and is drawn in time since
    the start, or by the clock.
    """

    range_changed = Signal()
    """Another range, or another way to say its times."""
    ticked = Signal()
    """Now moved on."""
    cursor_changed = Signal(object)
    """The moment of the cursor, or None: what shows a moment shows this one."""
    pointed = Signal(object)
    """The moment under the pointer, or None."""
    measured = Signal()
    """Another span is measured, or none."""
    marks_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window_s: float | None = 600.0
        self._following = True
        self._first_s: float | None = None
        self._now_s = 0.0
        self._range = (-600.0, 0.0)
        self._cursor_s: float | None = None
        self._pointer_s: float | None = None
        self._measure: tuple[float, float] | None = None
        self._marks: tuple[Mark, ...] = ()

    @property
    def following(self) -> bool:
        """Whether the range ends now and moves on with it."""
        return self._following

    @property
    def range(self) -> tuple[float, float]:
        """What is seen, from and to."""
        if self._following:
            return self._now_s - self.window_s, self._now_s
        return self._range

    @property
    def window_s(self) -> float:
        """How long the range is."""
        if not self._following:
            return self._range[1] - self._range[0]
        # what there is, up to the window; in steps, so that the axes stay as they are for a while
        whole_s = self._now_s - (self._now_s if self._first_s is None else self._first_s)
        window_s = LEAST_WINDOW_S
        while window_s < whole_s:
            window_s *= 1.25
        return window_s if self._window_s is None else min(window_s, self._window_s)

    @property
    def base_s(self) -> float:
        """What is drawn at 0: now while it follows, else the start."""
        if self._following:
            return self._now_s
        return self._range[0] if self._first_s is None else self._first_s

    @property
    def now_s(self) -> float:
        """The newest moment."""
        return self._now_s

    @property
    def extent(self) -> tuple[float, float] | None:
        """The first and the newest moment; None where nothing came yet."""
        return None if self._first_s is None else (self._first_s, self._now_s)

    @property
    def cursor_s(self) -> float | None:
        """Where the cursor stands."""
        return self._cursor_s

    @property
    def read_s(self) -> float | None:
        """The moment whose values are read: the pointer's, else the cursor's; None is the newest."""
        return self._cursor_s if self._pointer_s is None else self._pointer_s

    @property
    def pointer_s(self) -> float | None:
        """The moment under the pointer."""
        return self._pointer_s

    @property
    def measure(self) -> tuple[float, float] | None:
        """The span that is measured, from and to as it was dragged."""
        return self._measure

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The events, in order of time."""
        return self._marks

    def set_extent(self, first_s: float, last_s: float) -> None:
        """Say what there is; a range that follows moves on."""
        began = self._first_s is None
        self._first_s, self._now_s = first_s, max(first_s, last_s)
        if began:
            self.range_changed.emit()
        self.ticked.emit()

    def forget(self) -> None:
        """Begin anew, with another run: nothing known, no cursor, no events."""
        self._first_s, self._now_s, self._marks = None, 0.0, ()
        self._cursor_s = self._pointer_s = self._measure = None
        self.marks_changed.emit()
        self.cursor_changed.emit(None)
        self.measured.emit()
        self.range_changed.emit()

    def follow(self, window_s: float | None) -> None:
        """See the last `window_s` seconds from now on, all of it where it is None."""
        self._following, self._window_s = True, window_s
        self.range_changed.emit()

    def hold(self) -> None:
        """Let the range stand still where it is."""
        if self._following:
            self._range, self._following = self.range, False
            self.range_changed.emit()

    def see(self, start_s: float, end_s: float) -> None:
        """See a range, which stands still."""
        middle, span_s = (start_s + end_s) / 2, max(SHORTEST_S, end_s - start_s)
        self._range, self._following = (middle - span_s / 2, middle + span_s / 2), False
        self.range_changed.emit()

    def see_all(self) -> None:
        """See everything there is, which stands still."""
        if self._first_s is not None:
            self.see(self._first_s, max(self._now_s, self._first_s + SHORTEST_S))

    def zoom(self, factor: float, at_s: float | None = None) -> None:
        """See less (factor above 1) or more, around a moment; the cursor or the middle where none is given."""
        start, end = self.range
        if at_s is None:
            inside = self._cursor_s is not None and start <= self._cursor_s <= end
            at_s = self._cursor_s if inside and self._cursor_s is not None else (start + end) / 2
        self.see(at_s - (at_s - start) / factor, at_s + (end - at_s) / factor)

    def pan(self, part: float) -> None:
        """Move by a part of the range."""
        start, end = self.range
        self.see(start + part * (end - start), end + part * (end - start))

    def set_cursor(self, moment_s: float | None) -> None:
        """Put the cursor; a range that does not show it moves there."""
        if moment_s == self._cursor_s:
            return
        self._cursor_s = moment_s
        start, end = self.range
        if moment_s is not None and not start <= moment_s <= end:
            half = (end - start) / 2
            self.see(moment_s - half, moment_s + half)
        self.cursor_changed.emit(moment_s)

    def point(self, moment_s: float | None) -> None:
        """Say which moment is under the pointer."""
        if moment_s != self._pointer_s:
            self._pointer_s = moment_s
            self.pointed.emit(moment_s)

    def set_measure(self, span: tuple[float, float] | None) -> None:
        """Measure a span."""
        if span != self._measure:
            self._measure = span
            self.measured.emit()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Say what happened."""
        self._marks = tuple(sorted(marks, key=lambda mark: mark.at_s))
        self.marks_changed.emit()

    def step_mark(self, by: int) -> Mark | None:
        """Put the cursor on the next (1) or the previous (-1) event; None where there is none."""
        here = self._cursor_s
        if here is None:
            here = self._now_s + 1 if by < 0 else self.range[0]
        later = [mark for mark in self._marks if mark.at_s > here + 1e-9]
        earlier = [mark for mark in self._marks if mark.at_s < here - 1e-9]
        found = (later[:1] if by > 0 else earlier[-1:]) or []
        if not found:
            return None
        self.hold()
        self.set_cursor(found[0].at_s)
        return found[0]

    def press_key(self, key: int) -> bool:
        """W and S zoom, A and D move, `[` and `]` go to events, Home sees all, Escape lets go; False for others."""
        match key:
            case Qt.Key.Key_W:
                self.zoom(ZOOM)
            case Qt.Key.Key_S:
                self.zoom(1 / ZOOM)
            case Qt.Key.Key_A:
                self.pan(-0.2)
            case Qt.Key.Key_D:
                self.pan(0.2)
            case Qt.Key.Key_BracketRight:
                self.step_mark(1)
            case Qt.Key.Key_BracketLeft:
                self.step_mark(-1)
            case Qt.Key.Key_Home:
                self.see_all()
            case Qt.Key.Key_Escape if self._measure is not None:
                self.set_measure(None)
            case Qt.Key.Key_Escape if self._cursor_s is not None:
                self.set_cursor(None)
            case _:
                return False
        return True

    def ticks(self, start: float, end: float, width_px: float) -> tuple[float, list[float]]:
        """The step and places of the ticks of a drawn range."""
        step = time_step_s(end - start, max(1, int(width_px / TICK_PX)))
        return step, multiples(start, end, step)

    def text(self, drawn_s: float, step_s: float) -> str:
        """What a tick says."""
        return ago_text(drawn_s, step_s) if self._following else since_text(drawn_s, step_s)

    def moment_text(self, moment_s: float) -> str:
        """A moment in full, since the start."""
        return since_text(moment_s - (self._first_s or 0.0), 0.5)
