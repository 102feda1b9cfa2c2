"""A job's events as lines of JSON for its journal, and back."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from workbench.base.errors import Fault
from workbench.base.events import (
    ErrorText,
    Event,
    JobEnded,
    JobStarted,
    JobState,
    Level,
    LogLine,
    Progress,
    Question,
    RecordWritten,
    StepEnded,
    StepStarted,
    VerdictReached,
)

MAX_TEXT = 4_000
MAX_DETAIL = 20_000
MAX_LINE = 200_000

_KINDS: dict[str, type[Any]] = {
    of.__name__: of
    for of in (JobStarted, StepStarted, StepEnded, Progress, LogLine, VerdictReached, RecordWritten, Question, JobEnded)
}


@dataclasses.dataclass(frozen=True)
class Noted:
    """An event and when it came, in seconds since 1970."""

    at: float
    event: Event


def encode_event(at: float, event: Event) -> str | None:
    """One line without its end; None for an event that no journal keeps (live values)."""
    if type(event).__name__ not in _KINDS:
        return None
    value = {name: _plain(getattr(event, name)) for name in _names(type(event)) if name not in {"job_id", "result"}}
    return json.dumps({"heard": round(at, 3), "event": type(event).__name__, **value}, ensure_ascii=False)


def decode_event(line: str, job_id: str) -> Noted | None:
    """The event of a line; None where the line is torn, or a newer Slipway wrote a kind that this one does not know."""
    try:
        value = json.loads(line)
        at, of = float(value.pop("heard")), _KINDS[value.pop("event")]
        given = {name: _typed(name, inner) for name, inner in value.items() if name in _names(of)}
        return Noted(at, of(job_id=job_id, **given))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _names(of: type[Any]) -> tuple[str, ...]:
    return tuple(item.name for item in dataclasses.fields(of))


def _plain(value: object) -> object:
    if isinstance(value, str):
        return value[:MAX_TEXT]
    if isinstance(value, (JobState, Level)):
        return value.value
    if isinstance(value, ErrorText):
        texts = {
            "summary": value.summary[:MAX_TEXT],
            "hint": value.hint[:MAX_TEXT],
            "detail": value.detail[-MAX_DETAIL:],
        }
        return {**texts, "fault": value.fault.value}
    return list(value) if isinstance(value, tuple) else value


def _typed(name: str, value: Any) -> object:
    if name == "state":
        return JobState(value)
    if name == "level":
        return Level(value)
    if name == "error" and value is not None:
        return ErrorText(str(value["summary"]), str(value["hint"]), str(value["detail"]), Fault(value["fault"]))
    return tuple(value) if name == "choices" else value
