"""Which projects this user opened last, when, and how each stood then."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from workbench.base.atomic import cannot_write, write_json
from workbench.base.errors import UsageError

FORMAT = "slipway.recent/1"
KEPT = 30
MAX_BYTES = 4 << 20
LOCK_S = 5.0


@dataclass(frozen=True)
class RecentProject:
    """One project that was opened."""

    folder: Path
    opened_at: float
    """Seconds since 1970: when it was opened last."""
    visited_at: float | None
    """When it was opened before that; None at the first time."""
    standing: Mapping[str, Any] | None = None
    """How it stood when somebody looked last, as the Welcome page keeps it; None before that."""


def recent_projects(home: Path) -> tuple[RecentProject, ...]:
    """The projects, the one that was opened last first; a file that cannot be read is none."""
    try:
        with (home / "recent.json").open("rb") as stream:
            value = json.loads(stream.read(MAX_BYTES))
        if value["format"] != FORMAT:
            return ()
        return tuple(_entry(item) for item in value["projects"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ()


def note_opened(home: Path, folder: Path, at: float) -> RecentProject:
    """A project was opened now.

    Raises:
        SlipwayError: it cannot be written down.
    """
    folder = _plain(folder)
    with _changing(home) as projects:
        before = projects.pop(folder, None)
        made = RecentProject(folder, at, before.opened_at if before else None, before.standing if before else None)
        projects[folder] = made
    return made


def keep_standing(home: Path, folder: Path, standing: Mapping[str, Any]) -> None:
    """Keep how a project stands, so that the next start can show it at once; one that is off the list stays off."""
    folder = _plain(folder)
    with _changing(home) as projects:
        if folder in projects:
            projects[folder] = replace(projects[folder], standing=standing)


def take_off(home: Path, folder: Path) -> None:
    """Take a project off the list; nothing of it is changed."""
    with _changing(home) as projects:
        projects.pop(_plain(folder), None)


def relocate(home: Path, old: Path, new: Path) -> None:
    """A project's folder was moved."""
    with _changing(home) as projects:
        before = projects.pop(_plain(old), None)
        if before is not None:
            projects[_plain(new)] = replace(before, folder=_plain(new))


@contextmanager
def _changing(home: Path) -> Iterator[dict[Path, RecentProject]]:
    """The projects by folder, to be changed in place; written when the block ends. Other windows wait meanwhile."""
    from filelock import FileLock, Timeout

    path = home / "recent.json"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / "recent.lock", timeout=LOCK_S):
            projects = {item.folder: item for item in recent_projects(home)}
            before = dict(projects)
            yield projects
            if projects != before:
                _write(path, projects.values())
    except Timeout as error:
        raise UsageError(f"cannot lock {path}: another process holds it", "Try again.") from error
    except OSError as error:
        raise cannot_write(path, error) from error


def _write(path: Path, projects: Any) -> None:
    ordered = sorted(projects, key=lambda item: -item.opened_at)[:KEPT]
    write_json(path, {"format": FORMAT, "projects": [{**asdict(item), "folder": str(item.folder)} for item in ordered]})


def _entry(item: Mapping[str, Any]) -> RecentProject:
    visited = item["visited_at"]
    standing = item["standing"]
    return RecentProject(
        Path(item["folder"]),
        float(item["opened_at"]),
        None if visited is None else float(visited),
        standing if isinstance(standing, dict) else None,
    )


def _plain(folder: Path) -> Path:
    """Absolute and without dots, links kept: as a person named it."""
    return Path(os.path.abspath(folder))  # noqa: PTH100 (resolve would follow links)
