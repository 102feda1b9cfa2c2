"""Scenes of the work on a model and on boards: Model, Optimise, Boards, and their dialogs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ui.pages.boards.contact_panel import ContactPanel
from ui.pages.boards.page import BoardsView
from ui.pages.model.page import ModelView
from ui.pages.optimise.page import CANDIDATES, COMPARE, OptimisePage
from ui.scenes.scene import PICTURE, NotHere, NotShown, Play, Scene, Setting, Step, acting, plain, tab
from ui.showcase import OTHER
from ui.widgets.error_card import ErrorCard

NOBODY = ("127.0.0.1", "9")
"""A host and a port at which nothing listens."""


def _model(do: Callable[[ModelView], object], undo: Callable[[ModelView], object]) -> Play:
    """The Model page with its picture, once something was done there."""

    def play(setting: Setting) -> Iterator[Step]:
        page = setting.page(ModelView)
        yield lambda: page.trying.tried is not None
        do(page)
        yield PICTURE
        undo(page)

    return play


def _compare(setting: Setting) -> Iterator[Step]:
    page = setting.page(OptimisePage)
    yield lambda: len(page.table.rows.rows) > 1
    keys = {line.row.name: line.row.key for line in page.table.rows.rows}
    if OTHER not in keys or "int8" not in keys:
        raise NotHere(f"the project has no candidates int8 and {OTHER}")
    page.show_tab(COMPARE)
    page.compare.choose(keys[OTHER], keys["int8"])
    yield lambda: page.compare.found is not None
    if page.commands.compare_runs.isEnabled():
        setting.do("optimise.compare_runs")
        yield lambda: not setting.window.desk.jobs.working()
    yield PICTURE
    page.show_tab(CANDIDATES)


def _keep(setting: Setting) -> Iterator[Step]:
    page = setting.page(OptimisePage)
    yield lambda: page.ranking.table.rows.rows
    page.ranking.table.selectRow(1)  # the first row keeps none
    page.ranking.table.toggle()
    yield lambda: page.commands.choice is not None
    yield PICTURE
    page.ranking.table.toggle()


def _add_refused(setting: Setting) -> Iterator[Step]:
    yield from _fill(setting, *NOBODY)
    dialog = setting.page(BoardsView).dialog
    if dialog is None:
        raise NotShown("the dialog did not open")
    dialog.add.click()
    yield lambda: dialog.findChild(ErrorCard) is not None
    yield PICTURE


def _add_asks(setting: Setting) -> Iterator[Step]:
    if not setting.host:
        raise NotHere("name an SSH host that nobody knows yet with --host NAME:PORT")
    host, _, port = setting.host.partition(":")
    yield from _fill(setting, host, port)
    dialog = setting.page(BoardsView).dialog
    if dialog is None:
        raise NotShown("the dialog did not open")
    dialog.add.click()
    yield lambda: dialog.findChild(ContactPanel) is not None
    yield PICTURE


def _fill(setting: Setting, host: str, port: str) -> Iterator[Step]:
    setting.do("boards.add")
    dialog = setting.page(BoardsView).dialog
    if dialog is None:
        raise NotShown("the dialog did not open")
    dialog.host.field.setText(host)
    dialog.name.setText("bench-rig")
    dialog.port.setText(port)
    yield dialog.add.isEnabled


SCENES = (
    Scene("model", "model", _model(lambda _page: None, lambda _page: None)),
    Scene("model-camera", "model", _model(lambda page: page.trial.turn(), lambda page: page.trial.turn())),
    Scene(
        "model-layers",
        "model",
        _model(lambda page: page.layers.field.setText("op:Conv macs>20M"), lambda page: page.layers.field.setText("")),
    ),
    Scene("add-frames", "model", acting("model.add_frames")),
    Scene("optimise", "optimise", plain),
    Scene("optimise-keep", "optimise", _keep),
    Scene("make-candidate", "optimise", acting("optimise.new")),
    Scene("calibration", "optimise", tab("calibration")),
    Scene("two-candidates", "optimise", _compare),
    Scene("boards", "boards", plain),
    Scene("add-board", "boards", acting("boards.add")),
    Scene("add-board-refused", "boards", _add_refused),
    Scene("add-board-question", "boards", _add_asks),
)
