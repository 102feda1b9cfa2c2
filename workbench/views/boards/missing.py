"""What does not work on a board and what that costs, the worst first, and what works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from targets.facts import BoardFacts
from targets.lacks import Lack, Place, Weight
from workbench.views.boards.rows import RUNTIME_NAMES, processor, short
from workbench.views.boards.values import Missing, Works
from workbench.words import say_count

Kinds = Mapping[str, Sequence[str]]
"""Ids of the project's requirements by their kind; empty where no project is open."""

_LOOKS: Final = {Weight.MISSING: "err", Weight.WARNING: "warn", Weight.OPTIONAL: "todo"}
_TITLES: Final = {
    "root": "Slipway's folder", "home": "Home folder", "disk": "Free space", "venv module": "Python environments",
    "wheels": "Packages for its Python", "numpy": "numpy", "cv2": "Frames that lie on the board", "clock": "Clock",
    "root of its own": "A folder of its own",
} | RUNTIME_NAMES  # fmt: skip
_COSTS: Final = {
    "home": "nothing, as long as its root can be written",
    "disk": "a build, a release or a long run may not fit",
    "cv2": "frames sent from here work",
    "clock": "only labels of time are wrong; measurements are not",
    "root of its own": "two who work at once disturb each other's figures",
}
_ORDER: Final = ("err", "warn", "todo")


def find_missing(lacks: Sequence[Lack], facts: BoardFacts, kinds: Kinds) -> tuple[Missing, ...]:
    """All that a person may want to bring, the worst first, else in the order of doing."""
    found = [*(_missing(lack, kinds) for lack in lacks), *_unmeasured(facts, kinds)]
    return tuple(sorted(found, key=lambda item: _ORDER.index(item.look)))


def find_works(facts: BoardFacts, lacks: Sequence[Lack]) -> tuple[Works, ...]:
    """What can be done with the board, in quiet words."""
    missing = {lack.name for lack in lacks if lack.weight is Weight.MISSING}
    return tuple(_works(facts, missing))


def _missing(lack: Lack, kinds: Kinds) -> Missing:
    command, _, other = lack.command.partition(", or ")
    plain = lack.place is Place.WORDS
    runs = "prepare" if lack.place is Place.HERE else "install" if lack.argv else ""
    every = [name for names in kinds.values() for name in names]
    nothing = f"{say_count(len(every), 'requirement')} {'stays' if len(every) == 1 else 'stay'} not measured here"
    cost = _COSTS.get(lack.name, nothing if every else "no engine runs here")
    return Missing(
        name=lack.name,
        title=_TITLES.get(lack.name, lack.name),
        look=_LOOKS[lack.weight],
        found=lack.found,
        cost=cost,
        command="" if plain else command,
        words=_sentence(lack.command if plain else f"or {other}" if other else ""),
        runs=runs,
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _unmeasured(facts: BoardFacts, kinds: Kinds) -> Iterator[Missing]:
    """What cannot be measured here although engines run."""
    if facts.temperature_sensor is None and facts.temperature_reason:
        yield _sensor("Temperature", facts.temperature_reason, kinds)
    if facts.power_sensor is None and facts.power_reason:
        yield _sensor("Power", facts.power_reason, kinds)
    if facts.lock is not None and facts.lock.weak:
        sudo = "" if facts.uid == 0 else "sudo "
        found = f"{facts.lock.path} keeps out only users of the same folder"
        cost = "somebody else's work may disturb a measurement"
        yield Missing("lock", "A lock for all users", "warn", found, cost, f"{sudo}chmod 1777 /run/lock", "", "")
    if facts.governor is not None and facts.governor not in {"performance", "userspace"} and facts.l4t is None:
        sudo = "" if facts.uid == 0 else "sudo "
        command = f"{sudo}cpupower frequency-set -g performance"
        found = f"the governor {facts.governor} lets clocks move"
        yield Missing("governor", "Steady clocks", "todo", found, "figures spread more than they must", command, "", "")
    if facts.policy is not None:
        yield Missing("policy", "Changes", "err", facts.policy, "nothing can be installed or built here", "", "", "")


def _sensor(title: str, reason: str, kinds: Kinds) -> Missing:
    requirements = kinds.get(title.lower(), ())
    if requirements:
        return Missing(title.lower(), title, "warn", reason, f"{', '.join(requirements)} not measured", "", "", "")
    cost = "no requirement asks for it" if kinds else f"a requirement on {title.lower()} could not be measured"
    return Missing(title.lower(), title, "todo", reason, cost, "", "", "")


def _works(facts: BoardFacts, missing: set[str]) -> Iterator[Works]:
    if "root" not in missing and facts.policy is None:
        yield Works("Push and install", "sha256 checked on the board")
    engines = {name: item.version for name, item in facts.runtimes.items() if item.version is not None}
    if engines and facts.numpy is not None:
        names = ", ".join(
            f"{RUNTIME_NAMES.get(name, name)} {short(version or '')}" for name, version in engines.items()
        )
        yield Works("Build engines", names)
        yield Works("Latency, throughput", processor(facts))
        yield Works("Memory of one process", "from the kernel's own figures")
    if facts.temperatures:
        yield Works("Temperatures", say_count(len(facts.temperatures), "sensor"))
    if facts.power_sensor is not None:
        yield Works("Power", facts.power_sensor)
    if facts.cv2 is not None:
        yield Works("Frames on the board", f"cv2 {facts.cv2}")
    if facts.lock is not None and not facts.lock.weak:
        yield Works("One user at a time", "lock held by the kernel")
