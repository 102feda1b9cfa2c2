"""What the Doctor page shows: everything that Slipway needs on this machine, and the command for what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.base import clock
from workbench.words import say_moment

if TYPE_CHECKING:
    from workbench.session import Session

STATES = {"ok": "ok", "warning": "warn", "missing": "err"}
WORDS = {"ok": "There", "warn": "Look at it", "err": "Missing"}


@dataclass(frozen=True)
class Need:
    """One thing that Slipway needs."""

    group: str
    name: str
    state: str
    """`ok`, `warn` or `err`."""
    word: str
    found: str
    mend: str
    """The command or the deed that mends it; empty where nothing has to be mended."""

    @property
    def is_command(self) -> bool:
        """Whether `mend` can be run as it stands."""
        return self.mend.startswith(("sudo ", "make ", "apt-get "))


@dataclass(frozen=True)
class Doctor:
    """The whole examination."""

    needs: tuple[Need, ...]
    groups: tuple[str, ...]
    summary: str
    """`all 31 there`, or `29 of 31 there, 1 missing, 1 to look at`."""
    state: str
    """The worst of them."""
    checked: str
    """When, as the clock shows it."""


def read_doctor(session: Session) -> Doctor:
    """What `slipway doctor` says; looks at this machine and changes nothing."""
    from workbench.doctor import GROUPS, examine

    found = examine(session.home)
    needs = tuple(
        Need(
            item.group,
            item.name,
            STATES[item.state.value],
            WORDS[STATES[item.state.value]],
            item.found,
            item.how_to_get,
        )
        for item in found
    )
    states = [need.state for need in needs]
    worst = next((state for state in ("err", "warn") if state in states), "ok")
    return Doctor(needs, GROUPS, _summary(states), worst, say_moment(clock.now_utc()))


def _summary(states: list[str]) -> str:
    good, missing, doubtful = (states.count(state) for state in ("ok", "err", "warn"))
    if good == len(states):
        return f"all {good} there"
    parts = [f"{good} of {len(states)} there"]
    parts += [f"{missing} missing"] if missing else []
    parts += [f"{doubtful} to look at"] if doubtful else []
    return ", ".join(parts)
