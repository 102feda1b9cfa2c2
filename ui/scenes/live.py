"""Scenes of Live: before anything plays, playing on this machine, a frame marked, a run looked through afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from ui.pages.live.page import LivePage
from ui.pages.live.recorded import Recorded
from ui.scenes.scene import PICTURE, NotHere, Play, Scene, Setting, Step

PLAYED_S = 20.0
"""So long it plays before its picture is taken: plots are to show something."""
MINUTE = "60"
"""The range in sight, s: of ten minutes there would be nothing but an edge."""


def _before(setting: Setting) -> Iterator[Step]:
    page = setting.page(LivePage)
    page.toolset.run_chosen.emit("")
    yield page.setup.board.count
    yield PICTURE


def _playing(setting: Setting) -> Iterator[Step]:
    page = setting.page(LivePage)
    yield from _play(setting)
    yield PICTURE
    page.stop()
    yield lambda: isinstance(page.shown, Recorded)


def _marking(setting: Setting) -> Iterator[Step]:
    page = setting.page(LivePage)
    yield from _play(setting)
    setting.do("live.mark")
    yield PICTURE
    page.stop()
    yield lambda: isinstance(page.shown, Recorded)


def _play(setting: Setting) -> Iterator[Step]:
    page = setting.page(LivePage)
    page.toolset.run_chosen.emit("")
    page.toolset.window.set_value(MINUTE)
    page.toolset.window_chosen.emit(float(MINUTE))
    yield lambda: setting.window.actions_.named("live.play").isEnabled()  # type: ignore[union-attr]
    setting.do("live.play")
    yield lambda: page.playing is not None and page.playing.frame is not None and page.axis.now_s > PLAYED_S


def _camera(setting: Setting) -> Iterator[Step]:
    setting.page(LivePage).setup.browse.menu().actions()[-1].trigger()
    yield PICTURE


def _recorded(kind: str) -> Play:
    """The newest run of a kind, with the cursor in its middle."""

    def play(setting: Setting) -> Iterator[Step]:
        page = setting.page(LivePage)
        yield lambda: page.toolset.run.count() > 1
        found = [page.toolset.run.itemData(at) for at in range(1, page.toolset.run.count())]
        able = [run for run in found if kind in page.toolset.run.itemText(page.toolset.run.findData(run))]
        if not able:
            raise NotHere(f"the project has no run of the kind {kind!r}")
        page.toolset.run_chosen.emit("")
        page.open(able[0])
        yield lambda: isinstance(page.shown, Recorded) and page.shown.run.run == able[0]
        yield lambda: page.axis.extent is not None and page.axis.extent[1] > 1.0
        first, last = page.axis.extent or (0.0, 0.0)
        page.axis.set_cursor((first + last) / 2)
        yield lambda: isinstance(page.shown, Recorded) and page.shown.frame is not None
        yield PICTURE

    return play


SCENES = (
    Scene("live", "live", _before),
    Scene("live-camera", "live", _camera),
    Scene("live-verification", "live", _recorded("")),
    Scene("live-playing", "live", _playing),
    Scene("live-mark", "live", _marking),
    Scene("live-finished", "live", _recorded("try")),
)
