"""The pages and dialogs that are rendered as pictures: which page, and what is opened there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.pages.register import MAKERS
from ui.stages import OUTSIDE, STAGES

if TYPE_CHECKING:
    from ui.main_window import MainWindow


@dataclass(frozen=True)
class Scene:
    """One picture's subject."""

    name: str
    stage: str
    prepare: Callable[[MainWindow], object] | None = None
    """What is done once the page is shown: a tab, a dialog."""

    def show(self, window: MainWindow) -> None:
        """Bring the window there."""
        window.show_page(self.stage)
        if self.prepare is not None:
            self.prepare(window)


def _palette(window: MainWindow) -> None:
    window.commands.search.trigger()


def _action(name: str) -> Callable[[MainWindow], object]:
    def do(window: MainWindow) -> None:
        action = window.actions_.named(name)
        if action is not None:
            action.trigger()

    return do


def _tab(name: str) -> Callable[[MainWindow], object]:
    def show(window: MainWindow) -> None:
        page = window.centre.page
        if page is not None:
            page.show_tab(name)

    return show


PAGES = tuple(Scene(stage.name, stage.name) for stage in (*OUTSIDE, *STAGES) if stage.name in MAKERS)
SCENES = (
    *PAGES,
    Scene("runs", "verify", _tab("runs")),
    Scene("two-runs", "verify", _tab("compare")),
    Scene("calibration", "optimise", _tab("calibration")),
    Scene("palette", "project", _palette),
    Scene("add-board", "boards", _action("boards.add")),
)
