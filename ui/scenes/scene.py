"""What one picture is of: how the window is brought there, with real data, and what is taken back afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from ui.main_window import MainWindow

W = TypeVar("W")


class NotShown(Exception):
    """A scene did not come up; says what was waited for in vain."""


class NotHere(Exception):
    """A scene is left out: this project, or the command line, has nothing for it. Says what."""


@dataclass(frozen=True)
class Setting:
    """Where a scene plays."""

    window: MainWindow
    folder: Path
    """For projects that scenes make; it is no part of the project shown."""
    host: str
    """An SSH host that nobody knows yet; empty where none was named."""
    model: Path | None
    """An ONNX model whose input has an open size."""

    @property
    def project(self) -> Path:
        """The project that is shown."""
        project = self.window.desk.project
        if project is None:
            raise NotShown("no project is open")
        return project

    def page(self, kind: type[W]) -> W:
        """The page that is shown, which is of this kind."""
        page = self.window.centre.page
        if not isinstance(page, kind):
            raise NotShown(f"another page than {kind.__name__} is shown")
        return page

    def do(self, action: str) -> None:
        """Trigger an action by its name, as its key would."""
        found = self.window.actions_.named(action)
        if found is None or not found.isEnabled():
            raise NotShown(f"{action} cannot be done: {found.toolTip() if found else 'there is no such action'}")
        found.trigger()


Step = Callable[[], object] | None
"""A condition that is waited for; None: all is there, take the pictures."""
Play = Callable[[Setting], Iterator[Step]]
PICTURE: Step = None


@dataclass(frozen=True)
class Scene:
    """One picture's subject."""

    name: str
    stage: str
    """The page that is shown first."""
    play: Play
    """Brings the window there step by step, yields `PICTURE` once, and takes back what it changed."""
    fresh: bool = False
    """Whether it is of a window that somebody opens for the first time."""


def plain(_setting: Setting) -> Iterator[Step]:
    """The page as it comes up."""
    yield PICTURE


def acting(name: str) -> Play:
    """The page after an action, such as one that opens a dialog."""

    def play(setting: Setting) -> Iterator[Step]:
        setting.do(name)
        yield PICTURE

    return play


def tab(name: str) -> Play:
    """A tab of the page."""

    def play(setting: Setting) -> Iterator[Step]:
        page = setting.window.centre.page
        if page is not None:
            page.show_tab(name)
        yield PICTURE
        if page is not None:
            page.show_tab(page.tabs[0].name)

    return play
