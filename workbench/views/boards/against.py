"""A board against what the deployment specification says of its hardware."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from targets.facts import BoardFacts
from targets.inventory import BoardEntry
from workbench.views.boards import words
from workbench.views.boards.rows import short
from workbench.views.boards.values import Difference
from workbench.words import say_count

if TYPE_CHECKING:
    from projects.deployment_spec import DeploymentSpec

_WORD: Final = re.compile(r"[a-z0-9]+")
_RAM_SHARE: Final = 0.9
"""Firmware and kernel keep some of what a board is sold with."""
_OK, _DIFFERS, _OPEN = "ok", "warn", "unknown"


def find_differences(entry: BoardEntry, facts: BoardFacts, spec: DeploymentSpec) -> tuple[Difference, ...]:
    """What the specification asks for, and what the board is; what differs first."""
    found = [
        _platform(entry, facts, spec.target_hardware.platform),
        *_compute(facts, spec.target_hardware.compute),
        *_size("memory", spec.target_hardware.memory, facts.memory_bytes, _RAM_SHARE),
        *_size("storage", spec.target_hardware.storage, facts.disk_total_bytes, _RAM_SHARE),
        *_framework(facts, spec),
        *_threads(facts, spec),
    ]
    order = (_DIFFERS, _OPEN, _OK)
    return tuple(sorted(found, key=lambda item: order.index(item.look)))


def compared_text(differences: tuple[Difference, ...]) -> str:
    """The sentence over them."""
    differ = sum(item.look == _DIFFERS for item in differences)
    if differ:
        return "1 differs" if differ == 1 else f"{differ} differ"
    return "to compare" if any(item.look == _OPEN for item in differences) else "as asked"


def _platform(entry: BoardEntry, facts: BoardFacts, asked: str) -> Difference:
    here = entry.kind == "local"
    has = facts.model or ("this machine" if here else facts.hostname or entry.name)
    asked_words = set(_WORD.findall(asked.lower()))
    known = _WORD.findall(f"{has} {entry.name} {facts.hostname or ''} {'this machine' if here else ''}".lower())
    if asked_words <= set(known):
        return Difference("platform", asked, has, _OK)
    return Difference("platform", asked, has, _DIFFERS if facts.model is not None or asked_words == _HERE else _OPEN)


_HERE: Final = {"this", "machine"}


def _compute(facts: BoardFacts, asked: str | None) -> Iterator[Difference]:
    if asked is None:
        return
    has = ", ".join([*(facts.gpus or ()), facts.cpu_model or words.NOT_KNOWN])
    wants_gpu = re.search(r"\b(gpu|cuda|ampere|orin|volta|turing)\b", asked.lower()) is not None
    if wants_gpu and facts.gpus == () and facts.cuda is None:
        yield Difference("compute", asked, f"{has}, no GPU", _DIFFERS)
    elif asked.lower().startswith("cpu") and facts.cpu_model is not None:
        yield Difference("compute", asked, has, _OK)
    else:
        yield Difference("compute", asked, has, _OPEN)


def _size(name: str, asked: str | None, has: int | None, share: float) -> Iterator[Difference]:
    """A size in words, where it is one; else a person compares."""
    from projects.quantity import SIZE, QuantityError, parse

    if asked is None:
        return
    shown = words.NOT_KNOWN if has is None else f"{words.gigabytes(has)} GB"
    if asked.strip().lower() == "any":
        yield Difference(name, asked, shown, _OK)
        return
    found = re.match(r"[\d.]+\s*[kMGT]i?B", asked.strip())
    try:
        wanted = parse(found.group(), SIZE).value if found else None
    except QuantityError:
        wanted = None
    if wanted is None or has is None:
        yield Difference(name, asked, shown, _OPEN)
    else:
        yield Difference(name, asked, shown, _OK if has >= share * wanted else _DIFFERS)


def _framework(facts: BoardFacts, spec: DeploymentSpec) -> Iterator[Difference]:
    from workbench.pipeline.runtime_check import RUNTIMES

    asked = spec.runtime_configuration.framework
    runtime = facts.runtimes.get(RUNTIMES[asked.name])
    version = runtime.version if runtime is not None else None
    if version is None:
        yield Difference("framework", str(asked), "not there", _DIFFERS)
        return
    fits = asked.version is None or _begins(short(version), asked.version)
    yield Difference("framework", str(asked), f"{asked.name} {short(version)}", _OK if fits else _DIFFERS)


def _begins(version: str, asked: str) -> bool:
    parts, wanted = version.split("."), asked.split(".")
    return parts[: len(wanted)] == wanted


def _threads(facts: BoardFacts, spec: DeploymentSpec) -> Iterator[Difference]:
    asked = spec.resource_allocation.cpu_threads
    if asked is not None and facts.cores is not None:
        look = _OK if facts.cores >= int(asked) else _DIFFERS
        yield Difference("cpu_threads", str(int(asked)), say_count(facts.cores, "core"), look)
