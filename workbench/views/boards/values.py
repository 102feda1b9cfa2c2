"""What the Boards page and the board pill show, as values in words; light, because the window imports them."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.views.facts import FactGroup

READY, IN_USE, INCOMPLETE = "ready", "in use", "incomplete"
UNREACHABLE, ASKS, KEY_CHANGED, NOT_READ = "unreachable", "asks", "key changed", "not read"
"""What a board's state may be."""


@dataclass(frozen=True)
class State:
    """How it stands with a board, or with one thing of it."""

    name: str
    look: str
    """`ok`, `run`, `warn`, `err`, `ask` or `todo`."""
    word: str
    detail: str = ""


@dataclass(frozen=True)
class Told:
    """One value of a board in two lines; empty: not known, and `text` says so in a word."""

    text: str
    detail: str = ""
    color: str = ""
    """`warn` or `err`, where it means something."""
    known: bool = True


@dataclass(frozen=True)
class Disk:
    """A board's disk."""

    free_text: str
    total_text: str
    used: float | None
    """0 to 1."""
    color: str = ""


@dataclass(frozen=True)
class Trace:
    """The last day of one figure: values oldest first; None where nothing was measured."""

    values: tuple[float | None, ...]
    limit: float | None
    name: str
    unit: str


@dataclass(frozen=True)
class BoardRow:
    """One board of the table."""

    name: str
    local: bool
    address: str
    """Where it is, and by how many machines."""
    state: State
    system: Told
    runtime: Told
    mode: Told
    clocks: Told
    locked: bool | None
    """Whether its clocks cannot move; None: not known."""
    disk: Disk | None
    hottest_c: float | None
    hottest_text: str
    hottest_limit: str
    used_by: Told
    seen: Told
    old: bool
    """Whether its values are from before the last attempt to reach it, or of another day."""
    trace: Trace
    search: str
    """What a filter looks into, in small letters."""


@dataclass(frozen=True)
class BoardList:
    """All boards."""

    rows: tuple[BoardRow, ...]
    problem: str = ""
    """Why the list cannot be used, where it cannot."""
    hint: str = ""


@dataclass(frozen=True)
class Missing:
    """One thing that a board lacks."""

    name: str
    """As `targets.lacks` calls it."""
    title: str
    look: str
    """`err`: nothing can be measured without it; `warn`: something has to be known; `todo`: may be missed."""
    found: str
    cost: str
    """What comes of it, with the requirements that stay unmeasured."""
    command: str
    """Empty where no command brings it."""
    words: str
    """What to do, where a command alone does not say it."""
    runs: str
    """`prepare`: the window can do it by itself; `install`: it can run the command there; empty: only a person can."""


@dataclass(frozen=True)
class Works:
    """One thing that works."""

    title: str
    detail: str


@dataclass(frozen=True)
class Difference:
    """One thing that the specification asks of its hardware, and what the board is."""

    name: str
    asked: str
    has: str
    look: str
    """`ok`, `warn` where it differs, `unknown` where it cannot be compared."""


@dataclass(frozen=True)
class Changed:
    """One fact that changed lately."""

    name: str
    before: str
    after: str
    when: str
    means: str
    """What it makes stale."""


@dataclass(frozen=True)
class RoadStop:
    """One machine on the way to a board, this one first."""

    name: str
    detail: str
    state: str
    """`passed`, `failed` or `not tried`."""


@dataclass(frozen=True)
class Road:
    """The way to a board that cannot be reached."""

    stops: tuple[RoadStop, ...]
    headline: str
    """What is wrong, for a chip."""
    cause: str
    """What happened, and what it is likely to mean."""
    hint: str
    since: str
    command: str
    """What shows more, on this machine."""
    detail: str


@dataclass(frozen=True)
class HostKey:
    """A key that a host showed, and was not trusted for."""

    host: str
    kind: str
    groups: tuple[str, ...]
    """Its fingerprint in fours, as people compare it."""
    fingerprint: str
    base64: str
    command: str
    """What shows it on the board itself."""
    changed: bool
    known_kind: str = ""
    known_groups: tuple[str, ...] = ()
    known_place: str = ""
    """File and line of known_hosts."""
    forget_command: str = ""


@dataclass(frozen=True)
class BoardDetail:
    """One board, whole."""

    name: str
    local: bool
    state: State
    about: str
    """One sentence on who uses it, or since when it is not reached."""
    read: str
    """When it was read last."""
    groups: tuple[FactGroup, ...]
    missing: tuple[Missing, ...]
    nothing_missing: str
    """What to say where nothing is missing that matters; empty where something is."""
    works: tuple[Works, ...]
    differences: tuple[Difference, ...]
    compared: str
    """The sentence over the differences, or why nothing was compared."""
    changes: tuple[Changed, ...]
    road: Road | None
    host_key: HostKey | None
    shell_command: str
    """What opens a terminal on it; empty for this machine."""
    temperature_name: str
    power_name: str
    memory_total_gb: float | None
    temperature_limit_c: float | None


@dataclass(frozen=True)
class KnownHost:
    """A host that the user's SSH configuration names."""

    alias: str


@dataclass(frozen=True)
class Way:
    """What adding a board would come to, before anything is sent."""

    stops: tuple[RoadStop, ...]
    login: str
    """User and keys."""
    host: str
    """Whether its key is known."""
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True)
class FingerprintCheck:
    """A text from the board's own screen against the key that the host showed."""

    equal: bool
    look: str
    text: str
    pasted_groups: tuple[str, ...] = ()
    differs_in: int | None = None
    """The first group that differs, from 0."""


@dataclass(frozen=True)
class PillBoard:
    """One entry of the pill's menu."""

    name: str
    state: State
    mode: str
    temperature: str
    tip: str
