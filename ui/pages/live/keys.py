"""What can be done on the Live page: its actions, and when they are on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.pages.live.playing import Playing
from ui.pages.live.recorded import Recorded
from ui.pages.live.watching import Watching

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction

    from ui.pages.live.page import LivePage


class LiveKeys:
    """The actions of the page, which does what they say."""

    def __init__(self, page: LivePage) -> None:
        axis = page.axis

        def add(name: str, text: str, slot: Callable[[], object], keys: str, icon: str) -> QAction:
            return page.desk.actions.add(f"live.{name}", text, slot, keys, icon, page)

        self.play = add("play", "Play", page.play, "P", "play")
        self.pause = add("pause", "Pause or go on", page.toggle_pause, "Space", "pause")
        self.step = add("step", "Step one frame", page.step, "N", "step-forward")
        self.stop = add("stop", "Stop playing", page.stop, "Shift+P", "square")
        self.mark = add("mark", "Mark this frame", page.ask_mark, "M", "flag")
        self.full = add("full", "Picture alone", page.toggle_alone, "F", "maximize-2")
        self.next = add("next", "Next event", lambda: axis.step_mark(1), "]", "arrow-right")
        self.last = add("previous", "Previous event", lambda: axis.step_mark(-1), "[", "arrow-left")
        self.exports = (
            add("csv", "Values in sight as CSV…", page.export_values, "Ctrl+E", "table"),
            add("png", "Page as PNG…", lambda: page.exporting.store_picture("png"), "Ctrl+Shift+E", "image"),
            add("svg", "Page as SVG…", lambda: page.exporting.store_picture("svg"), "Ctrl+Alt+E", "file-code"),
        )

    def show_state(
        self, shown: Playing | Recorded | Watching | None, *, can_play: bool, problem: str, live: bool
    ) -> None:
        """Switch on what can be done.

        Args:
            shown: what the page shows.
            can_play: whether what is chosen can be played.
            problem: why not.
            live: whether a run plays, also where another one is shown.
        """
        works = shown is not None and not isinstance(shown, Recorded) and shown.working
        self.play.setEnabled(can_play and not live)
        self.play.setToolTip(problem or "Play (P)")
        self.step.setEnabled(works and isinstance(shown, Playing))
        self.stop.setEnabled(live)
        self.mark.setEnabled(isinstance(shown, Playing | Recorded) and shown.frame is not None)
        self.pause.setEnabled(works)
