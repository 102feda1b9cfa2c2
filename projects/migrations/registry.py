"""Steps from one version of a record's format to the next; each step is a module of its own that imports nothing.

A new version of a kind gets a module `<kind>_to<version>.py` here with one function from the old body to the new one,
an entry in `STEPS`, and its number in `CURRENT`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Step = Callable[[dict[str, Any]], dict[str, Any]]

CURRENT: Mapping[str, int] = {
    "candidate": 1,
    "calibration": 1,
    "engine": 1,
    "release": 1,
    "finding": 1,
    "finding-closure": 1,
    "run": 1,
    "run-plan": 1,
}
"""The version that this Slipway writes, by kind."""

STEPS: Mapping[tuple[str, int], Step] = {}
"""By kind and by the version that the step starts from."""


def migrate(
    kind: str,
    version: int,
    body: dict[str, Any],
    current: Mapping[str, int] = CURRENT,
    steps: Mapping[tuple[str, int], Step] = STEPS,
) -> dict[str, Any]:
    """The body in the current version; `version` is from 1 to the current one."""
    for at in range(version, current[kind]):
        body = steps[kind, at](body)
    return body
