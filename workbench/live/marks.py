"""What happened in a run, as marks on its time axis: of a live one, and of one that is looked at afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def mark_of(kind: str, data: Mapping[str, Any]) -> tuple[str, str] | None:
    """Kind and text of a mark; None for what nobody has to see."""
    if kind == "start_loaded":
        load_ms = data.get("load_ms")
        took = f" in {load_ms:.0f} ms" if isinstance(load_ms, int | float) else ""
        return "start", f"{_phase(data)}engine loaded{took}, start {_whole(data.get('start'))}"
    if kind == "phase_started":
        return "phase", "playing begins" if data.get("phase") == "live" else f"{data.get('phase')} begins"
    if kind == "phase_ended" and data.get("phase") == "live" and data.get("state") == "stopped":
        return None  # the end of the run says it
    if kind == "phase_ended":
        text = f": {data.get('text')}" if data.get("text") else ""
        return "phase", f"{data.get('phase')} ends, {data.get('state')}{text}"[:200]
    if kind == "worker_crashed":
        return "worker", f"the engine's process died ({str(data.get('exit'))[:60]})"
    if kind == "start_refused":
        return "worker", "the board refused the engine"
    if kind == "run_ended":
        return "end", f"the run ends, {data.get('state')}"[:200]
    return None


def refusal_of(error: object) -> tuple[tuple[str, str], str]:
    """What a board said of an engine, a camera or frames that it did not take: what and what to do; and details."""
    known = error if isinstance(error, Mapping) else {"summary": str(error)}
    what, hint, detail = (str(known.get(key) or "")[:2000] for key in ("summary", "hint", "detail"))
    return (what, hint), detail


def _phase(data: Mapping[str, Any]) -> str:
    phase = str(data.get("phase", ""))[:40]
    return "" if phase in {"", "live"} else f"{phase}: "


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
