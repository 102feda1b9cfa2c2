"""Scenes of what was measured: Verify by requirement, all runs, two runs, the report."""

from __future__ import annotations

from collections.abc import Iterator

from ui.pages.verify.page import VerifyStagePage
from ui.scenes.scene import PICTURE, NotHere, Play, Scene, Setting, Step, plain, tab

OVERLAP, ACCURACY = "detection-iou", "accuracy-map50"


def _requirement(name: str) -> Play:
    """A requirement that is chosen by its id."""

    def play(setting: Setting) -> Iterator[Step]:
        page = setting.page(VerifyStagePage)
        yield lambda: bool(page.requirements.table.rows.rows)
        _choose(page, name)
        yield PICTURE

    return play


def _choose(page: VerifyStagePage, short_id: str) -> None:
    for row in page.requirements.table.rows.rows:
        if row.short_id == short_id:
            page.requirements.choose(row.id)
            return
    raise NotHere(f"the project has no requirement {short_id}")


def _open_one(setting: Setting) -> Iterator[Step]:
    """One that can be measured until it is decided."""
    page = setting.page(VerifyStagePage)
    yield lambda: bool(page.requirements.table.rows.rows)
    able = [row.id for row in page.requirements.table.rows.rows if row.can_decide]
    if not able:
        raise NotHere("every requirement of the shown run is decided")
    page.requirements.choose(able[0])
    yield PICTURE


def _overlay(setting: Setting) -> Iterator[Step]:
    page = setting.page(VerifyStagePage)
    yield lambda: bool(page.requirements.table.rows.rows)
    _choose(page, OVERLAP)
    setting.do("verify.overlay")
    setting.do("verify.full")
    yield PICTURE
    setting.do("verify.full")
    setting.do("verify.overlay")


def _two_runs(setting: Setting) -> Iterator[Step]:
    """The frames on which two runs disagree; the page ticks the two newest by itself."""
    page = setting.page(VerifyStagePage)
    page.show_tab("runs")
    runs = page.results.tab.runs
    yield lambda: bool(runs.lines)
    if len(runs.ticks) < 2:
        raise NotHere("the project has one whole run; two are compared")
    page.show_tab("compare")
    yield PICTURE
    page.show_tab("requirements")


SCENES = (
    Scene("verify", "verify", plain),
    Scene("verify-decided", "verify", _requirement(ACCURACY)),
    Scene("verify-open", "verify", _open_one),
    Scene("verify-overlap", "verify", _requirement(OVERLAP)),
    Scene("verify-overlay", "verify", _overlay),
    Scene("runs", "verify", tab("runs")),
    Scene("two-runs", "verify", _two_runs),
    Scene("report", "report", plain),
)
