"""A day of a board's temperature and load, one point a minute, kept for this user."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from targets.agent.strict_json import decode
from targets.kept_facts import FOLDER, MAX_BYTES
from workbench.base.atomic import write_json

FORMAT: Final = "slipway.board-history/1"
KEPT_S: Final = 86400.0
STEP_S: Final = 60.0


@dataclass(frozen=True)
class Point:
    """One minute of a board; None is not measured."""

    utc: float
    temperature_c: float | None
    """The highest in that minute."""
    cpu_percent: float | None
    """The mean over all cores."""


def load_history(home: Path, name: str) -> tuple[Point, ...]:
    """The points of the last day, oldest first; none where nothing was kept or it cannot be used."""
    try:
        with _path(home, name).open("rb") as stream:
            value = decode(stream.read(MAX_BYTES))
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            return ()
        return tuple(Point(float(utc), _number(hot), _number(cpu)) for utc, hot, cpu in value["points"])
    except (OSError, ValueError, TypeError, KeyError):
        return ()


def keep_point(home: Path, name: str, point: Point) -> None:
    """Add a minute; what is older than a day goes. Of two watchers in one minute the later counts."""
    known = [old for old in load_history(home, name) if old.utc // STEP_S != point.utc // STEP_S]
    kept = sorted((*known, point), key=lambda item: item.utc)
    _save(home, name, (item for item in kept if point.utc - item.utc <= KEPT_S))


def forget_history(home: Path, name: str) -> None:
    """Remove what was kept of a board."""
    _path(home, name).unlink(missing_ok=True)


def _save(home: Path, name: str, points: Iterable[Point]) -> None:
    rows = [[item.utc, item.temperature_c, item.cpu_percent] for item in points]
    write_json(_path(home, name), {"format": FORMAT, "points": rows})


def _path(home: Path, name: str) -> Path:
    return home / FOLDER / f"{name}.history.json"


def _number(value: object) -> float | None:
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else None  # type: ignore[arg-type]
