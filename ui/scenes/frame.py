"""Scenes of the frame: palette, board menu, jobs and their logs, what is asked when the window closes in mid-run."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint

from ui.frame.job_panel import JOBS
from ui.scenes.scene import PICTURE, NotShown, Scene, Setting, Step, plain
from workbench.orders.boards import ReadBoard
from workbench.orders.model import CheckModel
from workbench.orders.verify import VerifyRequirements

NO_BOARD = "bench-rig"
"""A name that no board has: the job that asks it fails, as it would for anybody who mistypes."""
SOUGHT = "latency"
AT_WORK = "verify"
"""The step of a verification at which there is something to see."""


def _found(setting: Setting) -> Iterator[Step]:
    setting.do("window.search")
    palette = setting.window.commands.palette
    if palette is None:
        raise NotShown("the palette did not open")
    yield lambda: not setting.window.bridge.waits
    palette.field.setText(SOUGHT)
    yield palette.table.rows.rowCount
    yield PICTURE


def _boards(setting: Setting) -> Iterator[Step]:
    window = setting.window
    window.board_pill.refresh()
    yield lambda: not window.bridge.waits
    window.board_pill.open()
    menu, pill = window.board_pill.menu, window.top.pill
    if menu is None:
        raise NotShown("the menu did not open")
    menu.move(pill.mapToGlobal(QPoint(0, pill.height() + 4)))  # virtual screens are small, and it was kept within
    yield PICTURE
    menu.close()


def _fail(setting: Setting) -> Iterator[Step]:
    """Jobs that ended: one well, one badly."""
    window = setting.window
    ended = [window.bridge.start(order) for order in (CheckModel(setting.project), ReadBoard(NO_BOARD))]
    yield lambda: all(handle.ended is not None for handle in ended)
    yield lambda: not window.bridge.running
    window.jobs_dock.set_opened(True)


def _log(setting: Setting) -> Iterator[Step]:
    yield from _fail(setting)
    window = setting.window
    failed = [row for row in window.jobs.table.rows.rows if row.error is not None]
    if not failed:
        raise NotShown("no job failed")
    window.desk.log_wanted.emit(failed[0].head.id)
    yield PICTURE
    window.jobs.show_tab(JOBS)


def _running(setting: Setting) -> Iterator[Step]:
    """A verification at work, and jobs that ended before."""
    window = setting.window
    yield from _fail(setting)
    handle = window.bridge.start(VerifyRequirements(setting.project, window.desk.board, ()))
    yield lambda: any(row.head.id == handle.id and (row.fraction or 0.0) > 0.0 for row in window.jobs.table.rows.rows)
    yield PICTURE
    handle.cancel()
    yield lambda: handle.ended is not None and not window.bridge.running


def _closing(setting: Setting) -> Iterator[Step]:
    window = setting.window
    handle = window.bridge.start(VerifyRequirements(setting.project, window.desk.board, ()))
    yield lambda: any(row.head.id == handle.id and (row.fraction or 0.0) > 0.0 for row in window.desk.jobs.working())
    window.close()
    yield lambda: window.closing.dialog is not None
    yield PICTURE
    handle.cancel()
    yield lambda: handle.ended is not None and not window.bridge.running


SCENES = (
    Scene("palette-found", "project", _found),
    Scene("board-menu", "project", _boards),
    Scene("job-log", "project", _log),
    Scene("verify-running", "verify", _running),
    Scene("closing", "verify", _closing),
    Scene("settings", "settings", plain),
    Scene("doctor", "doctor", plain),
)
