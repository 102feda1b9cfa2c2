"""The stages of the rail that have a page, in order; Ctrl+n counts them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """One stage."""

    name: str
    """As code and saved layouts call it."""
    title: str
    icon: str
    needs_project: bool = True


STAGES = (
    Stage("project", "Project", "folder-kanban"),
    Stage("model", "Model", "box"),
    Stage("optimise", "Optimise", "gauge"),
    Stage("boards", "Boards", "microchip", needs_project=False),
    Stage("verify", "Verify", "circle-check-big"),
    Stage("live", "Live", "activity"),
    Stage("report", "Report", "file-text"),
)
OUTSIDE = (
    Stage("welcome", "Welcome", "house", needs_project=False),
    Stage("settings", "Settings", "settings", needs_project=False),
    Stage("doctor", "Doctor", "stethoscope", needs_project=False),
)
"""Pages that are no stage of a deployment; they are reached by commands and by the foot of the rail."""


@dataclass(frozen=True)
class Begin:
    """What pages open to begin something new."""

    what: str


NEW_PROJECT, OPEN_PROJECT, ADD_BOARD = Begin("new project"), Begin("open project"), Begin("add board")


def stage_named(name: str) -> Stage:
    """The stage of this name; KeyError where there is none."""
    return {stage.name: stage for stage in (*STAGES, *OUTSIDE)}[name]
