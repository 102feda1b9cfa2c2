"""Bringing a board what it lacks: an environment of its own in its root, with numpy and a runtime."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from targets.agent import protocol
from targets.agent.venv import VENV
from targets.agent_client import AgentClient
from targets.facts import BoardFacts
from targets.lacks import OPENVINO, install_command, lacking, python_package, runtime_command
from targets.push import push_blobs
from targets.replies import Refused
from targets.wheels import PIP, BoardPython, Wheel, choose_wheels, download_wheels, known_wheels
from workbench.base.cancel import CancelToken
from workbench.base.errors import BoardError

UNPACKED: Final = 5
"""How many times its size a wheel takes on the board, at most, while it is installed."""
_SPARE_BYTES: Final = 60 << 20
_OLDEST_PIP: Final = (20, 3)
"""An older pip does not know the names that today's wheels have."""

_DOWNLOADED: Final = 0.3
_CARRIED: Final = 0.5
"""How much of the whole is done then, where wheels are carried."""

Progress = Callable[[float | None, str], None]


@dataclass(frozen=True)
class Preparation:
    """What would be done to a board."""

    runtime: str
    missing: tuple[str, ...]
    """What cannot be imported there now; nothing: nothing has to be done."""
    wheels: tuple[Wheel, ...]
    """What the environment would hold."""
    venv: str
    """Where it would be made."""
    has_pip: bool
    """Whether its Python brings a pip that can do it; one is carried where not."""

    @property
    def need_bytes(self) -> int:
        """The space that it takes on the board."""
        return UNPACKED * sum(wheel.size_bytes for wheel in self.wheels) + _SPARE_BYTES


@dataclass(frozen=True)
class Prepared:
    """What was done."""

    venv: str
    installed: tuple[str, ...]
    """Name and version of each wheel."""
    carried: bool
    """Whether they came from this machine: the board reached no package index."""


def plan_preparation(board: str, facts: BoardFacts, runtime: str, *, again: bool = False) -> Preparation:
    """What a board needs so that an engine can run there.

    Args:
        board: its name, for errors.
        facts: what it told.
        runtime: what it shall run.
        again: make the environment anew, although nothing is missing.

    Raises:
        BoardError: it cannot be brought: says what a person has to do first.
    """
    missing = tuple(lacking(facts, runtime))
    venv = f"{facts.root}/{VENV}"
    if not missing and not again:
        return Preparation(runtime, (), (), venv, True)
    _refuse(board, facts, missing, again=again)
    place = BoardPython.parse(facts.python_abi, facts.libc)
    if place is None:
        text = f"{board} has {facts.python_abi or 'a Python of an unknown kind'} with {facts.libc or 'no glibc'}"
        raise BoardError(f"{text}, for which no wheels are known", f"Install numpy and {runtime} there by hand.")
    names = _names(facts, runtime, missing, again=again)
    has_pip = _is_new_enough(facts.pip)
    return Preparation(
        runtime, missing, choose_wheels(names if has_pip else (PIP, *names), place, board), venv, has_pip
    )


def _is_new_enough(pip: str | None) -> bool:
    found = re.match(r"(\d+)\.(\d+)", pip or "")
    return found is not None and (int(found.group(1)), int(found.group(2))) >= _OLDEST_PIP


def _refuse(board: str, facts: BoardFacts, missing: Sequence[str], *, again: bool) -> None:
    """Raise what has to be done by a person first."""
    by_hand = facts.venv_wheels is None and (facts.python_path or "").startswith(f"{facts.root}/{VENV}/")
    if by_hand and not again:
        text = f"{board} has an environment that somebody made by hand, without {' and '.join(missing)}"
        there = f"{shlex.quote(facts.python_path or 'python3')} -m pip install {' '.join(missing)}"
        raise BoardError(text, f"Run there: {there}; or let Slipway replace it with --again.")
    if facts.venv is False:
        command = install_command(facts.os_like, facts.uid, f"{python_package(facts)}-venv")
        text = f"{facts.python_path} on {board} cannot make environments: its module venv is missing"
        raise BoardError(text, f"Run there: {command}")
    foreign = [name for name in missing if name not in ("numpy", OPENVINO)]
    if foreign:
        known = facts.runtimes.get(foreign[0])
        why = f": {known.problem}" if known is not None and known.problem else ""
        text = f"{board} has no {foreign[0]} that works, and Slipway does not bring it{why}"
        raise BoardError(text, f"Do this there: {runtime_command(board, facts, foreign[0])}.")


def _names(facts: BoardFacts, runtime: str, missing: Sequence[str], *, again: bool) -> list[str]:
    """The distributions of the new environment: those of the one before, which it replaces, and what is missing.

    What the board's system has stays the system's: other packages there are built for that very version. What another
    environment has is not seen from the new one.
    """
    before = [file.split("-")[0] for file in facts.venv_wheels or ()]
    wanted = {*before, *missing}
    if (facts.in_venv and facts.venv_wheels is None) or (again and not wanted - {PIP}):
        wanted |= {"numpy", *([runtime] if runtime == OPENVINO else [])}
    known = {wheel.name for wheel in known_wheels()} - {PIP}
    return sorted(wanted & known)


def prepare_board(
    client: AgentClient,
    plan: Preparation,
    folder: Path,
    progress: Progress,
    note: Callable[[str], None],
    *,
    made_from: str | None = None,
    carry: bool = False,
    cancel: CancelToken | None = None,
) -> Prepared:
    """Make a board's environment; its pip fetches the wheels where it reaches an index, else they are carried.

    The client's agent goes on in the Python that it began in; the next one finds the new environment.

    Args:
        client: the board's agent, which holds the board's lock.
        plan: what is to be done.
        folder: where wheels are kept on this machine.
        progress: told how far it is.
        note: told why wheels are carried, where the board should have fetched them.
        made_from: the board's `python` key.
        carry: do not let the board's pip try.
        cancel: stops it; nothing of it stays on the board but wheels that were wholly sent.

    Raises:
        BoardError: it cannot be made, or what was installed cannot be used there; nothing has changed.
        SlipwayError: this machine cannot download the wheels.
    """
    if plan.has_pip and not carry:
        try:
            return _make(client, plan, (), made_from, progress, cancel)
        except Refused as error:
            if error.code != protocol.E_MISSING:
                raise
            last = (error.detail.strip().splitlines() or [error.summary])[-1]
            note(f"the board gets no wheels by itself, so they are carried from here ({last[:300]})")
    stop = cancel or CancelToken()
    paths = download_wheels(plan.wheels, folder, stop, _within(progress, 0.0, _DOWNLOADED))
    blobs = {wheel.sha256: path for wheel, path in paths.items()}
    carry_on = _within(progress, _DOWNLOADED, _CARRIED)
    push_blobs(client, blobs, stop, lambda sent, total: carry_on(sent / total if total else None, "carrying wheels"))
    return _make(client, plan, tuple(blobs), made_from, _within(progress, _CARRIED, 1.0), cancel)


def _within(progress: Progress, low: float, high: float) -> Progress:
    """Tell a part's progress as that of the whole."""
    return lambda part, text: progress(None if part is None else low + part * (high - low), text)


def _make(
    client: AgentClient,
    plan: Preparation,
    carried: Sequence[str],
    made_from: str | None,
    progress: Progress,
    cancel: CancelToken | None,
) -> Prepared:
    arguments: dict[str, Any] = {
        "wheels": {wheel.file: wheel.sha256 for wheel in plan.wheels},
        "carried": list(carried),
        "need_bytes": plan.need_bytes,
    }
    if made_from is not None:
        arguments["made_from"] = made_from
    client.prepare({**arguments, "runtime": plan.runtime}, progress, cancel)
    installed = tuple(f"{wheel.name} {wheel.version}" for wheel in plan.wheels)
    return Prepared(plan.venv, installed, bool(carried))
