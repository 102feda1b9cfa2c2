"""What happened in a run, as its folder keeps it: a file of its own, or within the evidence of a verification."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.base.atomic import encode_json, write_atomic
from workbench.base.hashing import sha256_bytes
from workbench.telemetry.recording import Recording

EVENTS_FILE = "events.json"
FORMAT = "slipway.events/1"
EVIDENCE_FILE = "evidence.json"
MOST_EVENTS = 100_000


@dataclass(frozen=True)
class KeptMark:
    """Something that a person or the desktop put on a run's time axis."""

    kind: str
    t_s: float
    text: str
    until_s: float | None = None


@dataclass(frozen=True)
class KeptEvents:
    """What a folder tells of a run."""

    started_ns: int | None
    """Its beginning by the board's clock; None where nothing says."""
    events: tuple[tuple[int, str, Mapping[str, Any]], ...]
    """Moment by that clock, kind, data."""
    marks: tuple[KeptMark, ...] = ()


def write_events(
    folder: Path, recording: Recording, marks: Sequence[KeptMark] = (), zero_ns: int | None = None
) -> dict[str, str]:
    """Write what happened; the file's sha256 by its name.

    Args:
        folder: of the run.
        recording: what the board recorded.
        marks: moments that count from `zero_ns`.
        zero_ns: what the desktop took for the run's beginning while it was shown live, by the board's clock; None
            where it was not. It heard of the run a little after the board had begun.
    """
    value = {
        "format": FORMAT,
        "zero_ns": zero_ns,
        "meta": dict(recording.meta),
        "events": [[event.mono_ns, event.kind, dict(event.data)] for event in recording.events[:MOST_EVENTS]],
        "marks": [[mark.kind, mark.t_s, mark.text, mark.until_s] for mark in marks[:MOST_EVENTS]],
    }
    data = encode_json(value)
    write_atomic(folder / EVENTS_FILE, data)
    return {EVENTS_FILE: sha256_bytes(data)}


def read_events(folder: Path) -> KeptEvents:
    """What happened, from whichever file there is; nothing where none can be read."""
    for name in (EVENTS_FILE, EVIDENCE_FILE):
        try:
            value = json.loads((folder / name).read_text(encoding="utf-8"))
            return _parse(value)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return KeptEvents(None, ())


def _parse(value: Mapping[str, Any]) -> KeptEvents:
    events = tuple((int(moment), str(kind), dict(data)) for moment, kind, data in value["events"])
    marks = tuple(
        KeptMark(str(kind), float(t_s), str(text), None if until_s is None else float(until_s))
        for kind, t_s, text, until_s in value.get("marks", ())
    )
    zero_ns = value.get("zero_ns")
    started_ns = int(value["meta"]["started_mono_ns"]) if zero_ns is None else int(zero_ns)
    return KeptEvents(started_ns, events, marks)
