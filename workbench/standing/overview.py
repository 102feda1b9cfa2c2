"""One look at a project, as the frame and the page Project show it."""

from __future__ import annotations

from pathlib import Path

from workbench.base.errors import SlipwayError
from workbench.history.git import repository_of, uncommitted
from workbench.standing.badges import make_badges
from workbench.standing.next_action import choose_action
from workbench.standing.state import Standing
from workbench.standing.strip import make_strip
from workbench.standing.tree import make_tree
from workbench.views.project.overview import Overview, Strip
from workbench.words import say_count


def make_overview(home: Path, folder: Path) -> Overview:
    """Where a project stands."""
    standing = Standing(home, folder)
    strip = make_strip(standing)
    action, after = choose_action(standing)
    problems = sum(len(view.problems) for view in standing.views)
    project = standing.project
    state, text = _crumb_chip(strip)
    board = standing.files[0].find(("slipway", "board"))
    return Overview(
        name=folder.resolve().name,
        folder=folder,
        crumbs=_crumbs(folder, strip),
        crumb_state=state,
        crumb_text=text,
        strip=strip,
        action=action,
        after=after,
        badges=make_badges(standing, strip),
        tree=make_tree(standing, strip),
        marks=tuple(mark for view in standing.views for mark in view.marks),
        problems=problems,
        unconfirmed=len(project.unconfirmed) if project is not None else 0,
        blocked=_blocked(standing, problems),
        git=_git_words(standing),
        board=board if isinstance(board, str) else "",
    )


def _git_words(standing: Standing) -> str:
    """Branch, and what of the documents is not committed."""
    found = repository_of(standing.folder)
    if found is None:
        return "not under git"
    changed = uncommitted(standing.folder, {file.name: file.text for file in standing.files})
    branch = found.branch or found.head[:9] or "no branch"
    return f"{branch}, {say_count(len(changed), 'document')} changed" if changed else branch


def _crumbs(folder: Path, strip: Strip) -> tuple[str, ...]:
    """The project and what of the chain there is: model, candidate, release."""
    shown = (strip.boxes[0], strip.boxes[1], strip.boxes[3])
    return (folder.resolve().name, *(box.name for box in shown if box.state != "missing"))


def _crumb_chip(strip: Strip) -> tuple[str, str]:
    stale = [box for box in strip.boxes if box.state == "stale"]
    if len(stale) == 1:
        return "stale", f"{stale[0].title} stale" if stale[0].chip == "Stale" else f"Engine {stale[0].chip}"
    return ("stale", f"{len(stale)} stale") if stale else ("", "")


def _blocked(standing: Standing, problems: int) -> str:
    if problems:
        return f"The documents have {say_count(problems, 'problem')}; mend them on the page Project first."
    if isinstance(standing.chain, SlipwayError):
        return f"{standing.chain.summary}. {standing.chain.hint}".strip()
    return ""
