"""What changed on a board lately, and what that makes stale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from targets.kept_facts import Change
from workbench.views.boards import words
from workbench.views.boards.rows import RUNTIME_NAMES, short
from workbench.views.boards.values import Changed

_LONG: Final = 20
_ENGINES: Final = "engines built here are built again, and what was measured with them is stale"
_NAMES: Final[dict[str, tuple[str, str]]] = {
    "machine_id": (
        "Machine id",
        "this is another machine, or it was installed anew: evidence of the one before stays its own",
    ),
    "hostname": ("Host name", "nothing is stale"),
    "boot_id": ("Boot id", "rebooted: nothing is stale, but what was mounted or set by hand may be gone"),
    "model": ("Model", "this is another board: evidence of the one before stays its own"),
    "os": ("System", "figures from before the update are kept apart by a new run"),
    "l4t": ("L4T", _ENGINES),
    "kernel": ("Kernel", "nothing is stale; latency may have moved, so measure again where it is close"),
    "arch": ("Architecture", _ENGINES),
    "cpu_model": ("Processor", _ENGINES),
    "device_key": ("Device key", _ENGINES),
    "cores": ("Cores", "throughput and latency from before are not comparable"),
    "python": ("Python", "nothing is stale"),
    "numpy": ("numpy", "nothing is stale"),
    "cv2": ("cv2", "nothing is stale"),
    "cuda": ("CUDA", _ENGINES),
    "power_mode": ("Power mode", "figures of different modes are not compared"),
    "governor": ("Governor", "figures of different governors are not compared"),
    "agent_sha256": ("Agent", "nothing is stale: Slipway brought its own"),
}


def list_changes(changes: Sequence[Change], now: float) -> tuple[Changed, ...]:
    """Newest first, as they are kept."""
    return tuple(_changed(change, now) for change in changes)


def _changed(change: Change, now: float) -> Changed:
    name, means = _NAMES.get(change.item, (change.item, ""))
    if change.item.startswith("runtime "):
        runtime = change.item.removeprefix("runtime ")
        name = RUNTIME_NAMES.get(runtime, runtime)
        means = "nothing runs with it any more" if change.after is None else _ENGINES
    return Changed(name, _word(change.before), _word(change.after), words.clock(change.utc, now), means)


def _word(value: str | None) -> str:
    if value is None:
        return "not there"
    version = short(value) if value[:1].isdigit() and "." in value else value
    return version if len(version) <= _LONG else f"{version[:8]}…"
