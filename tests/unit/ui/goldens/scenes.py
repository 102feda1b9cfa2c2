"""What is looked at: every page of the window, and dialogs, each as somebody finds it before a finished project."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from projects.runs import list_runs
from tests.window_lab.frozen import BOARD
from ui.main_window import MainWindow
from ui.pages.optimise.pareto_card import ParetoCard
from ui.pages.register import MAKERS
from ui.stages import OUTSIDE, STAGES


@dataclass(frozen=True)
class Scene:
    """A page, and what is done there once it is shown."""

    name: str
    stage: str
    prepare: Callable[[MainWindow], object] | None = None


def _tab(name: str) -> Callable[[MainWindow], object]:
    def show(window: MainWindow) -> None:
        page = window.centre.page
        assert page is not None
        page.show_tab(name)
        assert page.tab == name

    return show


def _action(name: str) -> Callable[[MainWindow], object]:
    def do(window: MainWindow) -> None:
        action = window.actions_.named(name)
        assert action is not None, name
        action.trigger()

    return do


def _last_run(window: MainWindow) -> None:
    page, project = window.centre.page, window.desk.project
    assert page is not None
    assert project is not None
    page.open(list_runs(project / "runs")[-1].id)


def _palette(window: MainWindow) -> None:
    window.commands.search.trigger()


def _bench(window: MainWindow) -> None:
    card = window.findChild(ParetoCard)
    assert isinstance(card, ParetoCard)
    card.choose_board(BOARD)


PREPARED = {"optimise": _bench}
PAGES = tuple(
    Scene(stage.name, stage.name, PREPARED.get(stage.name)) for stage in (*OUTSIDE, *STAGES) if stage.name in MAKERS
)
SCENES = (
    *PAGES,
    Scene("calibration", "optimise", _tab("calibration")),
    Scene("runs", "verify", _tab("runs")),
    Scene("two-runs", "verify", _tab("compare")),
    Scene("live-run", "live", _last_run),
    Scene("palette", "project", _palette),
    Scene("add-board", "boards", _action("boards.add")),
)
