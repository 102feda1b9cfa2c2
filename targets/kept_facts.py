"""What boards told last, kept for this user, so that it can be shown before any board is asked again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from targets.agent.strict_json import decode
from targets.facts import STATE_ITEMS, BoardFacts
from targets.road import Road, ShownKey, Stage, Standing, Stop
from workbench.base.atomic import cannot_write, write_json
from workbench.base.errors import SlipwayError

FORMAT: Final = "slipway.kept-board/1"
FOLDER: Final = "boards"
MAX_BYTES: Final = 8 << 20
MAX_CHANGES: Final = 20
LOCK_S: Final = 10.0
TRACKED: Final = (
    "machine_id", "hostname", "boot_id", "model", "os", "l4t", "kernel", "arch", "cpu_model", "device_key", "cores",
    "python", "numpy", "cv2", "cuda", "power_mode", "governor", "agent_sha256",
)  # fmt: skip
"""Facts whose change is told; versions of runtimes besides."""


@dataclass(frozen=True)
class Change:
    """One fact that is not what it was at the read before."""

    item: str
    """The fact's name; `runtime openvino` for a runtime's version."""
    before: str | None
    after: str | None
    utc: float
    """When it was seen."""


@dataclass(frozen=True)
class Failure:
    """The last attempt to reach a board, which failed; gone once it is reached again."""

    utc: float
    since_utc: float
    """When the first of the attempts in a row failed."""
    summary: str
    hint: str
    detail: str
    stage: Stage
    number: int
    """The stop on the road at which it failed."""
    key: ShownKey | None


@dataclass(frozen=True)
class KeptBoard:
    """A board as it was known last."""

    name: str
    facts: BoardFacts | None = None
    """None: it was never read."""
    probed_utc: float | None = None
    """When all of its facts were read."""
    state_utc: float | None = None
    """When those of `STATE_ITEMS` were, if later."""
    failure: Failure | None = None
    changes: tuple[Change, ...] = ()
    """Newest first."""
    stops: tuple[Stop, ...] = ()
    """The way to it, as it was gone last."""
    host_key: str | None = None
    """Kind and fingerprint of the key that it showed when it was trusted last."""
    problem: str | None = None
    """Why what was kept cannot be used, in words."""

    def read_utc(self, item: str) -> float | None:
        """When a fact was read."""
        return self.state_utc if item in STATE_ITEMS and self.state_utc is not None else self.probed_utc

    @property
    def seen_utc(self) -> float | None:
        """When it answered last."""
        times = [moment for moment in (self.probed_utc, self.state_utc) if moment is not None]
        return max(times) if times else None


def load_kept(home: Path, name: str) -> KeptBoard:
    """What is known of a board; a file that cannot be used says so in words and is written anew by the next read."""
    path = _path(home, name)
    try:
        with path.open("rb") as stream:
            value = decode(stream.read(MAX_BYTES))
        return _parse(name, value)
    except FileNotFoundError:
        return KeptBoard(name)
    except (OSError, ValueError, TypeError, KeyError) as error:
        return KeptBoard(name, problem=f"{path} cannot be used: {error}")


def keep_probe(home: Path, name: str, facts: BoardFacts, road: Road | None = None) -> KeptBoard:
    """Keep what a board told of everything, and how it was reached; notes what changed since it was read before."""
    moment = facts.read_utc or time.time()
    stops, key = (road.stops, road.key) if road is not None else ((), None)
    host_key = None if key is None else f"{key.kind} {key.fingerprint}"

    def change(kept: KeptBoard) -> KeptBoard:
        news = () if kept.facts is None else tuple(find_changes(kept.facts, facts, moment))
        changes = (*news, *kept.changes)[:MAX_CHANGES]
        return KeptBoard(name, facts, moment, changes=changes, stops=stops, host_key=host_key)

    return _update(home, name, change)


def keep_state(home: Path, name: str, facts: BoardFacts) -> KeptBoard:
    """Keep what changes from minute to minute; a board that was never read whole stays so."""
    moment = facts.read_utc or time.time()

    def change(kept: KeptBoard) -> KeptBoard:
        if kept.facts is None:
            return replace(kept, failure=None)
        news = {item: getattr(facts, item) for item in STATE_ITEMS}
        return replace(kept, facts=replace(kept.facts, **news), state_utc=moment, failure=None)

    return _update(home, name, change)


def keep_failure(home: Path, name: str, error: SlipwayError, road: Road) -> KeptBoard:
    """Keep that a board could not be reached, and where the attempt stopped."""
    moment = time.time()

    def change(kept: KeptBoard) -> KeptBoard:
        since = kept.failure.since_utc if kept.failure is not None else moment
        words = (error.summary, error.hint, error.detail[:4000])
        failure = Failure(moment, since, *words, road.stage, road.number, road.key)
        return replace(kept, failure=failure, stops=road.stops or kept.stops)

    return _update(home, name, change)


def forget_kept(home: Path, name: str) -> None:
    """Remove what was kept of a board."""
    with _alone(home):
        _path(home, name).unlink(missing_ok=True)


def find_changes(before: BoardFacts, after: BoardFacts, utc: float) -> Iterator[Change]:
    """The facts of `TRACKED`, and versions of runtimes, that differ."""
    for item in TRACKED:
        old, new = getattr(before, item), getattr(after, item)
        if old != new:
            yield Change(item, _word(old), _word(new), utc)
    for name in dict.fromkeys((*before.runtimes, *after.runtimes)):
        versions = [facts.runtimes[name].version if name in facts.runtimes else None for facts in (before, after)]
        if versions[0] != versions[1]:
            yield Change(f"runtime {name}", versions[0], versions[1], utc)


def _word(value: object) -> str | None:
    return None if value is None else str(value)


def _update(home: Path, name: str, change: Callable[[KeptBoard], KeptBoard]) -> KeptBoard:
    with _alone(home):
        kept = change(load_kept(home, name))
        write_json(_path(home, name), _to_json(kept))
    return kept


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Nobody else writes meanwhile."""
    from filelock import FileLock, Timeout

    path = home / FOLDER / "kept.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path, timeout=LOCK_S):
            yield
    except (Timeout, OSError) as error:
        raise cannot_write(path, error) from error


def _path(home: Path, name: str) -> Path:
    return home / FOLDER / f"{name}.json"


def _to_json(kept: KeptBoard) -> dict[str, object]:
    value: dict[str, object] = {
        "format": FORMAT,
        "name": kept.name,
        "facts": None if kept.facts is None else kept.facts.to_json(),
        "probed_utc": kept.probed_utc,
        "state_utc": kept.state_utc,
        "changes": [asdict(change) for change in kept.changes],
        "stops": [asdict(stop) for stop in kept.stops],
        "host_key": kept.host_key,
    }
    if kept.failure is not None:
        value["failure"] = {
            **asdict(kept.failure),
            "stage": kept.failure.stage.value,
            "key": _key_to_json(kept.failure),
        }
    return value


def _key_to_json(failure: Failure) -> dict[str, object] | None:
    return None if failure.key is None else {**asdict(failure.key), "standing": failure.key.standing.value}


def _parse(name: str, value: Any) -> KeptBoard:
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        form = value.get("format") if isinstance(value, dict) else None
        raise ValueError(f"its format is {form!r}, expected {FORMAT!r}")
    probed, failure = value["probed_utc"], value.get("failure")
    facts = None if value["facts"] is None else BoardFacts.parse(value["facts"], value["state_utc"] or probed)
    return KeptBoard(
        name,
        facts,
        probed,
        value["state_utc"],
        None if failure is None else _failure(failure),
        tuple(Change(**change) for change in value["changes"]),
        tuple(Stop(**stop) for stop in value["stops"]),
        value["host_key"],
    )


def _failure(value: Mapping[str, Any]) -> Failure:
    key = value["key"]
    shown = None if key is None else ShownKey(**{**key, "standing": Standing(key["standing"])})
    return Failure(**{**value, "stage": Stage(value["stage"]), "key": shown})
