"""Rows of the table of boards, out of what is kept of each."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from targets.facts import BoardFacts
from targets.inventory import BoardEntry
from targets.kept_facts import Failure, KeptBoard, load_kept
from targets.kept_history import KEPT_S, Point, load_history
from targets.lacks import Lack, Weight, find_lacks
from targets.road import Stage, Standing
from workbench.pipeline.probe import facts_here
from workbench.views.boards import words
from workbench.views.boards.values import (
    ASKS,
    IN_USE,
    INCOMPLETE,
    KEY_CHANGED,
    NOT_READ,
    READY,
    UNREACHABLE,
    BoardList,
    BoardRow,
    Disk,
    State,
    Told,
    Trace,
)
from workbench.words import say_count

UNKNOWN: Final = Told(words.NOT_KNOWN, known=False)
NOTHING: Final = Told("", known=False)
TRACE_STEPS: Final = 96
"""A quarter of an hour each."""
NEAR_FULL: Final = 0.9
NEAR_LIMIT: Final = 0.9
RUNTIME_NAMES: Final = {"openvino": "OpenVINO", "tensorrt": "TensorRT", "tensorrt_rtx": "TensorRT for RTX"}


def board_list(home: Path, entries: Iterable[BoardEntry], now: float) -> BoardList:
    """All boards, as they are kept."""
    return BoardList(tuple(board_row(home, entry, now) for entry in entries))


def board_row(home: Path, entry: BoardEntry, now: float) -> BoardRow:
    """One board."""
    kept = load_kept(home, entry.name)
    facts = kept.facts
    state = state_of(entry, kept, now)
    address = address_of(entry, kept)
    old = kept.failure is not None or (kept.seen_utc is not None and not words.is_today(kept.seen_utc, now))
    hot = facts.temperatures[0] if facts is not None and facts.temperatures else None
    row = BoardRow(
        name=entry.name,
        local=entry.kind == "local",
        address=address,
        state=state,
        system=_system(facts),
        runtime=_runtime(facts),
        mode=_mode(facts),
        clocks=_clocks(facts),
        locked=_locked(facts),
        disk=disk_of(facts),
        hottest_c=None if hot is None else hot.value_c,
        hottest_text=_no_heat(facts) if hot is None else f"{hot.value_c:.1f}",
        hottest_limit="" if hot is None or hot.limit_c is None else f"≤ {hot.limit_c:.0f}",
        used_by=_used_by(kept, now),
        seen=_seen(kept, now),
        old=old,
        trace=trace_of(load_history(home, entry.name), None if hot is None else hot.limit_c, now),
        search="",
    )
    l4t = row.system.detail if facts is not None and facts.l4t is not None else ""  # nobody looks for "no JetPack"
    texts = (row.name, address, state.word, row.system.text, l4t, row.runtime.text, row.used_by.text)
    return BoardRow(**{**vars(row), "search": " ".join(texts).lower()})


def state_of(entry: BoardEntry, kept: KeptBoard, now: float) -> State:
    """How it stands with a board, the worst first."""
    if kept.failure is not None:
        return _failed(entry, kept.failure, now)
    facts = kept.facts
    if facts is None:
        return State(NOT_READ, "todo", "Not read yet", "never asked" if kept.problem is None else "read it again")
    if facts.lock is not None and facts.lock.owner is not None:
        return State(IN_USE, "run", "In use", str(facts.lock.owner.get("purpose") or ""))
    lacks = lacks_of(entry, facts)
    missing = [lack for lack in lacks if lack.weight is Weight.MISSING]
    if missing:
        return State(INCOMPLETE, "warn", "Incomplete", f"{say_count(len(missing), 'thing')} missing")
    known = [lack for lack in lacks if lack.weight is Weight.WARNING]
    detail = f"{say_count(len(known), 'thing')} to know" if known else _link(entry)
    return State(READY, "ok", "Ready", detail)


def lacks_of(entry: BoardEntry, facts: BoardFacts) -> list[Lack]:
    """What a board lacks for the runtime that suits it."""
    return find_lacks(entry.name, facts, here=facts_here(entry.name))


def address_of(entry: BoardEntry, kept: KeptBoard) -> str:
    """Where a board is, and by how many machines."""
    if entry.kind == "local":
        arch = kept.facts.arch if kept.facts is not None else None
        return f"local, {arch}" if arch else "local"
    between = kept.stops[:-1]
    if not between:
        return entry.address
    by = between[0].host if len(between) == 1 else say_count(len(between), "hop")
    return f"{entry.address} by {by}"


def disk_of(facts: BoardFacts | None) -> Disk | None:
    """A board's disk; None where it is not known."""
    if facts is None or facts.disk_free_bytes is None:
        return None
    free, total = facts.disk_free_bytes, facts.disk_total_bytes
    used = None if not total else 1 - free / total
    scarce = free < 5e9 or (used is not None and used > NEAR_FULL and free < 20e9)
    total_text = "" if total is None else f"of {words.gigabytes(total)} GB"
    return Disk(words.gigabytes(free), total_text, used, "warn" if scarce else "")


def trace_of(points: Iterable[Point], limit: float | None, now: float) -> Trace:
    """The last day in steps; temperature where there is one, else load."""
    kept = [point for point in points if 0 <= now - point.utc <= KEPT_S]
    hot = any(point.temperature_c is not None for point in kept)
    steps: list[list[float]] = [[] for _ in range(TRACE_STEPS)]
    for point in kept:
        value = point.temperature_c if hot else point.cpu_percent
        at = min(TRACE_STEPS - 1, int((1 - (now - point.utc) / KEPT_S) * TRACE_STEPS))
        if value is not None:
            steps[at].append(value)
    values = tuple(max(step) if step else None for step in steps)
    shown = values if any(value is not None for value in values) else ()
    return Trace(shown, limit, "Temperature", "°C") if hot else Trace(shown, None, "Processor load", "%")


def _failed(entry: BoardEntry, failure: Failure, now: float) -> State:
    key = failure.key if failure.stage is Stage.HOST_KEY else None
    since = f"since {words.clock(failure.since_utc, now)}"
    if key is not None and key.standing is Standing.UNKNOWN:
        return State(ASKS, "ask", "Asks you", "first contact")
    if key is not None and key.standing in {Standing.CHANGED, Standing.REVOKED}:
        return State(KEY_CHANGED, "err", f"Key {key.standing.value}", since)
    if failure.stage is Stage.LOGIN:
        return State(UNREACHABLE, "err", "Login refused", since)
    if failure.stage is Stage.DONE or entry.kind == "local":
        return State(UNREACHABLE, "err", "No agent", since)
    return State(UNREACHABLE, "err", "Unreachable", since)


def _link(entry: BoardEntry) -> str:
    return "local, no link" if entry.kind == "local" else "nothing missing"


def _system(facts: BoardFacts | None) -> Told:
    if facts is None:
        return Told("not read yet", known=False)
    if facts.l4t is not None:
        name = f"JetPack {facts.jetpack}" if facts.jetpack else "JetPack unknown"
        return Told(name, f"L4T {facts.l4t.removeprefix('R')}")
    name = (facts.os or words.NOT_KNOWN).partition(" (")[0].replace("GNU/Linux ", "")
    return Told(name, "no JetPack", known=facts.os is not None)


def _runtime(facts: BoardFacts | None) -> Told:
    if facts is None:
        return NOTHING
    there = {name: runtime.version for name, runtime in facts.runtimes.items() if runtime.version is not None}
    if not there:
        return Told("none", "no runtime", "warn")
    name = next((name for name in ("tensorrt", "openvino", "tensorrt_rtx") if name in there), next(iter(there)))
    others = [RUNTIME_NAMES.get(other, other) for other in there if other != name]
    more = [processor(facts), *(f"also {other}" for other in others)]
    return Told(f"{RUNTIME_NAMES.get(name, name)} {short(there[name] or '')}", ", ".join(part for part in more if part))


def short(version: str) -> str:
    """A version without the build behind it."""
    return version.partition("-")[0]


def processor(facts: BoardFacts) -> str:
    """GPU or CPU, with the widest instructions that it has."""
    if facts.cuda is not None and (facts.gpus or facts.l4t is not None):
        return f"CUDA {facts.cuda}"
    isa = facts.isa or ()
    best = next((label for names, label in _ISA if set(names) <= set(isa)), "")
    gpu = "" if facts.gpus else (", no GPU" if facts.gpus is not None else "")
    return f"CPU {best}".strip() + gpu


_ISA: Final = (
    (("amx_int8",), "AMX"),
    (("avx512_vnni",), "AVX-512"),
    (("avx512f",), "AVX-512"),
    (("avx_vnni",), "AVX-VNNI"),
    (("avx2",), "AVX2"),
    (("sve",), "SVE"),
    (("asimddp",), "Neon, dot product"),
    (("asimd",), "Neon"),
)


def _mode(facts: BoardFacts | None) -> Told:
    if facts is None:
        return NOTHING
    if facts.power_mode is not None:
        return Told(facts.power_mode, "power mode")
    return UNKNOWN if facts.governor is None else Told(facts.governor, "governor")


def _clocks(facts: BoardFacts | None) -> Told:
    if facts is None:
        return NOTHING
    low, high, now = facts.frequency_min_mhz, facts.frequency_max_mhz, facts.frequency_mhz
    shown = "" if now is None else words.megahertz(now)
    if low is None or high is None:
        return Told(shown, "range unknown") if shown else UNKNOWN
    if low == high:
        return Told("locked", words.megahertz(high))
    return Told("dynamic", f"{low / 1000:.1f}–{high / 1000:.1f} GHz")


def _locked(facts: BoardFacts | None) -> bool | None:
    if facts is None or facts.frequency_min_mhz is None or facts.frequency_max_mhz is None:
        return None
    return facts.frequency_min_mhz == facts.frequency_max_mhz


def _no_heat(facts: BoardFacts | None) -> str:
    return "" if facts is None else "no sensor" if facts.temperature_reason else words.NOT_KNOWN


def owner_words(facts: BoardFacts) -> Iterator[str]:
    """Who uses a board: the person, then where from; nothing where nobody does."""
    owner = facts.lock.owner if facts.lock is not None else None
    if owner is None:
        return
    yield str(owner.get("person") or "somebody")
    desktop = str(owner.get("desktop") or "")
    yield "this desk" if desktop == socket.gethostname() else desktop or "an unknown desk"


def _used_by(kept: KeptBoard, now: float) -> Told:
    facts = kept.facts
    if facts is None:
        return NOTHING
    if kept.failure is not None or facts.lock is None:
        return UNKNOWN
    who = list(owner_words(facts))
    if not who:
        return Told("nobody", known=False)
    read = kept.read_utc("lock")
    return Told(", ".join(who), "" if read is None else f"as of {words.moment(read, now)}")


def _seen(kept: KeptBoard, now: float) -> Told:
    failure, seen = kept.failure, kept.seen_utc
    if failure is not None:
        tried = f"tried {words.moment(failure.utc, now)}"
        if seen is None:
            return Told("never", tried, known=False)
        day, _, hour = words.clock(seen, now).rpartition(" ")
        return Told(day, hour, "err") if day else Told(hour, tried, "err")
    return Told(words.moment(seen, now), known=seen is not None)
