"""One board, whole, out of what is kept of it and a project's documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from targets.inventory import BoardEntry
from targets.kept_facts import KeptBoard
from workbench.base.errors import UsageError
from workbench.views.boards import changes, facts, missing, roads, rows, words
from workbench.views.boards.against import compared_text, find_differences
from workbench.views.boards.values import BoardDetail, Difference, Missing, State

if TYPE_CHECKING:
    from projects.deployment_spec import DeploymentSpec


def board_detail(entry: BoardEntry, kept: KeptBoard, project: Path | None, now: float) -> BoardDetail:
    """One board; nothing is asked of it."""
    known = kept.facts
    state = rows.state_of(entry, kept, now)
    spec, kinds = _specification(project)
    lacks = [] if known is None else rows.lacks_of(entry, known)
    differences, compared = _compared(entry, kept, spec, project)
    found = () if known is None else missing.find_missing(lacks, known, kinds)
    hot = known.temperatures[0] if known is not None and known.temperatures else None
    return BoardDetail(
        name=entry.name,
        local=entry.kind == "local",
        state=state,
        about=_about(state, kept, rows.address_of(entry, kept)),
        read="never" if kept.probed_utc is None else words.moment(kept.probed_utc, now),
        groups=facts.fact_groups(kept, now),
        missing=found,
        nothing_missing=_nothing_missing(found, spec is not None) if known is not None else "",
        works=() if known is None else missing.find_works(known, lacks),
        differences=differences,
        compared=compared,
        changes=changes.list_changes(kept.changes, now),
        road=roads.road_of(entry, kept, now),
        host_key=roads.host_key_of(kept),
        shell_command=roads.shell_command(entry) if entry.kind == "ssh" else "",
        temperature_name="" if known is None else known.temperature_sensor or "",
        power_name="" if known is None else known.power_sensor or "",
        memory_total_gb=None if known is None or known.memory_bytes is None else known.memory_bytes / 1e9,
        temperature_limit_c=None if hot is None else hot.limit_c,
    )


def _nothing_missing(found: tuple[Missing, ...], project: bool) -> str:
    if any(item.look != "todo" for item in found):
        return ""
    return (
        "Nothing is missing for what this project needs." if project else "Nothing is missing to build and to measure."
    )


def _about(state: State, kept: KeptBoard, address: str) -> str:
    who = ", ".join(rows.owner_words(kept.facts)) if kept.facts is not None and kept.failure is None else ""
    return f"{who}: {state.detail}".removesuffix(": ") if who else address


def _specification(project: Path | None) -> tuple[DeploymentSpec | None, dict[str, list[str]]]:
    """The project's specification and requirements by kind; None and nothing where there is none that loads."""
    from projects.problems import DocumentProblems
    from projects.project import Project

    if project is None:
        return None, {}
    try:
        opened = Project.open(project)
    except (DocumentProblems, UsageError):
        return None, {}
    kinds: dict[str, list[str]] = {}
    for requirement in opened.requirements:
        kinds.setdefault(requirement.kind, []).append(requirement.id)
    return opened.deployment, kinds


def _compared(
    entry: BoardEntry, kept: KeptBoard, spec: DeploymentSpec | None, project: Path | None
) -> tuple[tuple[Difference, ...], str]:
    if kept.facts is None:
        return (), "not compared: this board was never read"
    if spec is None:
        return (), "no project is open" if project is None else "its documents have problems"
    found = find_differences(entry, kept.facts, spec)
    return found, compared_text(found)
