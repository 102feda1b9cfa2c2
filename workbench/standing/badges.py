"""The worst state of each page, for the rail."""

from __future__ import annotations

from workbench.base.errors import SlipwayError
from workbench.standing.state import Standing
from workbench.views.project.overview import Badge, Box, Strip
from workbench.words import say_count

_FROM_BOX = {
    "ok": "ok",
    "pass": "ok",
    "warn": "warn",
    "stale": "warn",
    "inconclusive": "warn",
    "not measured": "warn",
    "fail": "err",
    "err": "err",
    "missing": "todo",
    "unknown": "todo",
}


def make_badges(standing: Standing, strip: Strip) -> tuple[Badge, ...]:
    """One badge a page that speaks of the project; the others have none."""
    model, candidate, engine, release, run = strip.boxes
    return (
        _of_documents(standing, strip),
        _of_box("model", model),
        _of_box("optimise", candidate),
        _worst("boards", engine, release),
        _of_box("verify", run),
        _of_report(standing, run),
    )


def _of_documents(standing: Standing, strip: Strip) -> Badge:
    problems = sum(len(view.problems) for view in standing.views)
    if problems:
        return Badge("project", "err", f"the documents have {say_count(problems, 'problem')}")
    if isinstance(standing.chain, SlipwayError):
        return Badge("project", "err", standing.chain.summary)
    project = standing.project
    waiting = len(project.unconfirmed) if project is not None else 0
    if waiting:
        return Badge("project", "warn", f"{say_count(waiting, 'value')} not confirmed")
    if strip.stale_from:
        return Badge("project", "warn", strip.sentence)
    return Badge("project", "ok", "both documents are in order")


def _of_box(stage: str, box: Box) -> Badge:
    return Badge(stage, _FROM_BOX[box.state], f"{box.chip}: {box.reason}" if box.reason else box.chip)


def _worst(stage: str, *boxes: Box) -> Badge:
    order = ("err", "warn", "todo", "ok")
    worst = min(boxes, key=lambda box: order.index(_FROM_BOX[box.state]))
    return Badge(stage, _FROM_BOX[worst.state], f"{worst.title}: {worst.chip}")


def _of_report(standing: Standing, run: Box) -> Badge:
    from projects.runs import find_run
    from workbench.pipeline.report import has_report

    if standing.whole_run is None:
        return Badge("report", "todo", "nothing to report on yet")
    if not has_report(find_run(standing.layout.runs, standing.whole_run.id)):
        return Badge("report", "todo", "the report is not written yet")
    return Badge("report", "warn" if run.state == "stale" else "ok", "the report is written")
