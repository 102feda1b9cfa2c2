"""A project in five marks and three facts, and how it is kept for the next start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from projects.layout import Layout
from projects.problems import near_miss
from workbench.base import clock
from workbench.base.errors import SlipwayError, UsageError
from workbench.recent import RecentProject, keep_standing, recent_projects
from workbench.views.boards.words import moment
from workbench.views.project.overview import CONFIRM, NOTHING, Overview
from workbench.views.project.overview import Box as ChainBox
from workbench.views.welcome import MARKS, Fact, Mark, ProjectCard
from workbench.words import say_count, say_folder

FACTS = 3
NOT_FOUND = "Not found"
_WORST = ("err", "fail", "stale", "warn", "inconclusive", "not measured", "missing")
"""The state of a project is the worst of its chain, in this order."""
_CHIPS = {
    "err": "Cannot be read",
    "fail": "Fails",
    "stale": "Stale",
    "warn": "Look at it",
    "inconclusive": "Inconclusive",
    "not measured": "Not measured",
    "missing": "Not finished",
    "ok": "Passes",
}
_WAITS = {"confirm": "Confirm", "correct": "Mend", "inconclusive": "Decide", "fail": "Look"}


def kept_card(item: RecentProject) -> ProjectCard:
    """A project as it stood when somebody looked last."""
    if not item.folder.is_dir():
        return _gone(item)
    if item.standing is None:
        return _unknown(item)
    try:
        return _from_json(item, item.standing)
    except (KeyError, TypeError, ValueError):
        return _unknown(item)


def look_at(home: Path, folder: Path) -> ProjectCard:
    """A project as it stands now; kept for the next start."""
    item = next((known for known in recent_projects(home) if known.folder == folder), None)
    item = item or RecentProject(folder, clock.now_s(), None)
    if not folder.is_dir():
        return _gone(item)
    card = _look(home, item)
    keep_standing(home, folder, _to_json(card))
    return card


def require_project(folder: Path) -> None:
    """Refuse a folder that holds no project.

    Raises:
        UsageError: says what it lacks.
    """
    layout = Layout(folder)
    absent = [path.name for path in (layout.deployment, layout.deployment_tests) if not path.is_file()]
    if len(absent) == 2:
        inner = [path.parent.name for path in sorted(folder.glob("*/deployment.yaml"))][:5]
        meant = near_miss(folder.name, inner) or (inner[0] if inner else "")
        hint = f"Did you mean {folder / meant}?" if meant else "Choose the folder that holds deployment.yaml."
        raise UsageError(f"{folder} is no project: it has no {' and no '.join(absent)}", hint)


def _look(home: Path, item: RecentProject) -> ProjectCard:
    from workbench.standing.overview import make_overview

    try:
        require_project(item.folder)
        overview = make_overview(home, item.folder)
    except SlipwayError as error:
        return _card(item, "err", _CHIPS["err"], error.summary, facts=(Fact("err", error.hint or error.summary),))
    boxes = {box.stage: box for box in overview.strip.boxes}
    marks = tuple(Mark(stage, boxes[stage].state, boxes[stage].chip) for stage in MARKS if stage in boxes)
    facts = tuple(_facts(overview))
    state, word = _state(overview, boxes)
    return ProjectCard(
        folder=item.folder,
        shown_folder=say_folder(item.folder),
        name=overview.name,
        id=_id_of(item.folder),
        state=state,
        word=word,
        about=_about(boxes),
        opened_text=_opened(item),
        marks=marks,
        facts=facts[:FACTS],
        waits=tuple(fact for fact in facts if fact.button),
    )


def _state(overview: Overview, boxes: Mapping[str, ChainBox]) -> tuple[str, str]:
    if overview.problems:
        return "err", say_count(overview.problems, "problem")
    states = [box.state for box in boxes.values()]
    state = next((name for name in _WORST if name in states), "ok")
    run = boxes.get("run")
    if run is not None and run.state == state and state in {"fail", "inconclusive", "not measured"}:
        return state, run.chip
    return state, _CHIPS[state]


def _facts(overview: Overview) -> Iterator[Fact]:
    """The next action first, then what comes after it; all that stands open, in the order of blocking."""
    action = overview.action
    if action.kind == NOTHING:
        yield Fact("ok", action.text)
    else:
        state = _state_of_action(overview)
        target = action.target
        stage, subject = ("project", None) if target is None else (target.stage, target.subject)
        button = _WAITS.get("confirm" if action.kind == CONFIRM else action.kind) or _WAITS.get(state, "")
        yield Fact(state, action.title, stage, subject, button)
    for waiting in overview.after:
        name = "" if waiting.text.lower().startswith(waiting.name.lower()) else f"{waiting.name}: "
        yield Fact(
            waiting.state,
            f"{name}{waiting.text}",
            waiting.target.stage,
            waiting.target.subject,
            "Confirm" if waiting.name == "values" else _WAITS.get(waiting.state, ""),
        )


def _state_of_action(overview: Overview) -> str:
    if overview.problems:
        return "err"
    if overview.action.kind == CONFIRM:
        return "warn"
    states = [box.state for box in overview.strip.boxes]
    if overview.action.kind == "run":
        return "stale" if "stale" in states else "missing"
    words = overview.action.title.lower()
    return next((name for name in ("fail", "inconclusive", "not measured") if name in words), "warn")


def _about(boxes: Mapping[str, ChainBox]) -> str:
    release, run = boxes.get("release"), boxes.get("run")
    parts = [f"release {release.name}" if release is not None and release.state != "missing" else "no release yet"]
    if run is not None and run.figures:
        parts.append(run.figures)
    return ", ".join(parts)


def _id_of(folder: Path) -> str:
    from projects.yaml_file import YamlFile

    try:
        value = YamlFile.read(Layout(folder).deployment).find(("deployment", "id"))
    except SlipwayError:
        return ""
    return value if isinstance(value, str) else ""


def _gone(item: RecentProject) -> ProjectCard:
    about = "moved, or on another disk"
    return _card(item, "unknown", NOT_FOUND, about, exists=False, facts=(Fact("unknown", f"The folder is {about}."),))


def _unknown(item: RecentProject) -> ProjectCard:
    return replace(_card(item, "unknown", "Not looked at yet", "", checked=False), marks_known=False)


def _card(
    item: RecentProject,
    state: str,
    word: str,
    about: str,
    *,
    facts: tuple[Fact, ...] = (),
    exists: bool = True,
    checked: bool = True,
) -> ProjectCard:
    marks = tuple(Mark(stage, "unknown" if exists else "missing", "not known") for stage in MARKS)
    name = item.folder.name
    return ProjectCard(
        item.folder,
        say_folder(item.folder),
        name,
        "",
        state,
        word,
        about,
        _opened(item),
        marks,
        facts,
        (),
        exists,
        checked,
    )


def _opened(item: RecentProject) -> str:
    return f"opened {moment(item.opened_at, clock.now_s())}"


def _to_json(card: ProjectCard) -> dict[str, Any]:
    """Without targets, which only the project itself can give again."""
    kept = {name: getattr(card, name) for name in ("name", "id", "state", "word", "about")}
    kept["marks"] = [asdict(mark) for mark in card.marks]
    kept["facts"] = [_fact_to_json(fact) for fact in card.facts]
    kept["waits"] = [_fact_to_json(fact) for fact in card.waits]
    return kept


def _fact_to_json(fact: Fact) -> dict[str, str]:
    return {name: getattr(fact, name) for name in ("state", "text", "stage", "button")}


def _from_json(item: RecentProject, kept: Mapping[str, Any]) -> ProjectCard:
    marks = tuple(Mark(str(mark["stage"]), str(mark["state"]), str(mark["word"])) for mark in kept["marks"])
    facts, waits = (
        tuple(
            Fact(str(one["state"]), str(one["text"]), str(one["stage"]), None, str(one["button"])) for one in kept[of]
        )
        for of in ("facts", "waits")
    )
    return ProjectCard(
        folder=item.folder,
        shown_folder=say_folder(item.folder),
        name=str(kept["name"]),
        id=str(kept["id"]),
        state=str(kept["state"]),
        word=str(kept["word"]),
        about=str(kept["about"]),
        opened_text=_opened(item),
        marks=marks,
        facts=facts,
        waits=waits,
        checked=False,
    )
