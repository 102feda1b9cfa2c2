"""What a board lacks for the job, from its facts, each with the one command that brings it, in the order of doing."""

from __future__ import annotations

import enum
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from targets.facts import BoardFacts
from targets.wheels import BoardPython

LEAST_DISK_BYTES: Final = 10**9
"""What an environment with a runtime, a release and a short run need."""
CLOCK_S: Final = 60.0
"""A clock that is further off is told; links and runs do not depend on it."""
OPENVINO: Final = "openvino"
TENSORRT: Final = "tensorrt"
_INSTALL: Final = {
    "debian": "apt-get install -y {}",
    "ubuntu": "apt-get install -y {}",
    "fedora": "dnf install -y {}",
    "rhel": "dnf install -y {}",
    "suse": "zypper install -y {}",
    "arch": "pacman -S --noconfirm {}",
    "alpine": "apk add {}",
}


_PACKAGE: Final = re.compile(r"-{0,2}[A-Za-z0-9][A-Za-z0-9.+-]*")
_MANAGERS: Final = frozenset(template.split()[0] for template in _INSTALL.values())


class Weight(enum.Enum):
    """What it means that something is not there."""

    MISSING = "missing"
    """The job cannot be done without it."""
    WARNING = "warning"
    """The job can be done, but something has to be known."""
    OPTIONAL = "optional"


class Place(enum.Enum):
    """Where what brings a thing is done."""

    HERE = "here"
    """A command on this machine."""
    BOARD = "board"
    """A command on the board."""
    WORDS = "words"
    """No command can; a sentence says what to do."""


@dataclass(frozen=True)
class Lack:
    """One thing that a board lacks."""

    name: str
    weight: Weight
    found: str
    """What is there instead, in words."""
    command: str
    """What brings it, on this machine or on the board; a sentence where no command can."""
    place: Place = Place.BOARD

    @property
    def argv(self) -> tuple[str, ...]:
        """Its command as the arguments that Slipway may run on the board once a person has read it.

        Only what installs packages of the board's own system; never with a password, so where sudo wants one it is
        refused. Empty for all else.
        """
        words = tuple(shlex.split(self.command)) if self.place is Place.BOARD else ()
        start, rest = ((words[0], "-n"), words[1:]) if words[:1] == ("sudo",) else ((), words)
        installs = len(rest) > 1 and rest[0] in _MANAGERS and all(_PACKAGE.fullmatch(word) for word in rest[1:])
        return (*start, *rest) if installs else ()


def find_lacks(board: str, facts: BoardFacts, runtime: str | None = None, here: BoardFacts | None = None) -> list[Lack]:
    """What has to be brought, what has to be known, what may be missed.

    Args:
        board: its name, for the commands.
        facts: what it told.
        runtime: what it shall run; what suits it where it is None (`suitable_runtime`).
        here: this machine's own facts, where it is to be found out whether both share one root.
    """
    wanted = runtime or suitable_runtime(facts)
    lacks = [*_places(facts), *_environment(board, facts, wanted), *_libraries(board, facts, wanted), *_clock(facts)]
    return [*lacks, *_shared(facts, here)]


def suitable_runtime(facts: BoardFacts) -> str:
    """The runtime that a board is made for: TensorRT where it is an NVIDIA one, else OpenVINO."""
    known = facts.runtimes.get(TENSORRT)
    return TENSORRT if known is not None and (known.version is not None or facts.l4t is not None) else OPENVINO


def install_command(os_like: str | None, uid: int | None, *packages: str) -> str:
    """The command that installs packages of a board's system; a sentence where its package manager is not known."""
    names = " ".join(packages)
    manager = next((_INSTALL[word] for word in (os_like or "").split() if word in _INSTALL), None)
    if manager is None:
        return f"install {names} with the package manager of the board"
    return ("" if uid == 0 else "sudo ") + manager.format(names)


def _place_of(install: str) -> Place:
    """Where an `install_command` is given; it may be a sentence."""
    return Place.WORDS if install.startswith("install ") else Place.BOARD


def prepare_command(board: str, runtime: str) -> str:
    """The command that brings numpy and a runtime."""
    return f"slipway boards prepare {shlex.quote(board)} --runtime {runtime}"


def _places(facts: BoardFacts) -> Iterator[Lack]:
    sudo = "" if facts.uid == 0 else "sudo "
    root = _root_word(facts)
    if facts.root_writable is False:
        command = f"{sudo}chown -R {facts.uid} {root}, or give the board another `root` (--root)"
        yield Lack("root", Weight.MISSING, f"{facts.root} cannot be written", command)
    if facts.home_writable is False:
        command = f"{sudo}chown {facts.uid} {shlex.quote(facts.home) if facts.home else '~'}"
        yield Lack("home", Weight.WARNING, f"{facts.home} cannot be written; Slipway needs its root only", command)
    free = facts.disk_free_bytes
    if free is not None and free < LEAST_DISK_BYTES:
        found = f"{free / 1e9:.2f} GB free for {facts.root}, where {LEAST_DISK_BYTES / 1e9:g} GB are needed"
        words = f"free some, or give the board another `root` (--root); see du -sh {root}/*"
        yield Lack("disk", Weight.WARNING, found, words, Place.WORDS)


def _root_word(facts: BoardFacts) -> str:
    """A board's root as a word of its shell; a quoted tilde would not be the home any more."""
    return shlex.quote(facts.root) if facts.root else "~/.slipway"


def _environment(board: str, facts: BoardFacts, runtime: str) -> Iterator[Lack]:
    """What has to be there before `prepare` can bring anything; only where something has to be brought."""
    if not lacking(facts, runtime):
        return
    python = python_package(facts)
    if facts.venv is False:
        command = install_command(facts.os_like, facts.uid, f"{python}-venv")
        found = f"{facts.python_path} cannot make environments"
        yield Lack("venv module", Weight.MISSING, found, command, _place_of(command))
    place = BoardPython.parse(facts.python_abi, facts.libc)
    if place is None:
        found = f"{facts.python_abi or 'an unknown Python'} with {facts.libc or 'another C library than glibc'}"
        text = f"no wheels are known for it: install numpy and {runtime} for {python} on {board} by hand"
        yield Lack("wheels", Weight.MISSING, found, text, Place.WORDS)


def python_package(facts: BoardFacts) -> str:
    """What its system calls the board's Python, as `python3.8`; a board may have told anything."""
    found = re.match(r"3\.\d{1,2}", facts.python or "")
    return f"python{found.group() if found else 3}"


def lacking(facts: BoardFacts, runtime: str) -> list[str]:
    """What of numpy and a runtime cannot be imported there."""
    known = facts.runtimes.get(runtime)
    missing = [] if facts.numpy is not None else ["numpy"]
    return missing if known is not None and known.version is not None else [*missing, runtime]


def _libraries(board: str, facts: BoardFacts, runtime: str) -> Iterator[Lack]:
    if facts.numpy is None:
        found = facts.problems.get("numpy") or f"not in {facts.python_path}"
        yield Lack("numpy", Weight.MISSING, found, prepare_command(board, runtime), Place.HERE)
    known = facts.runtimes.get(runtime)
    if known is None:
        yield Lack(runtime, Weight.MISSING, "this agent does not know it", "use a newer Slipway", Place.WORDS)
    elif known.version is None:
        command = runtime_command(board, facts, runtime)
        yield Lack(runtime, Weight.MISSING, _why(facts, runtime), command, _runtime_place(facts, runtime, command))
    if facts.cv2 is None:
        found = facts.problems.get("cv2") or "not there; only frames that lie on the board need it"
        package = install_command(facts.os_like, facts.uid, "python3-opencv")
        yield Lack("cv2", Weight.OPTIONAL, found, package, _place_of(package))


def _why(facts: BoardFacts, runtime: str) -> str:
    known = facts.runtimes.get(runtime)
    return (known.problem if known is not None else None) or f"not in {facts.python_path}"


def runtime_command(board: str, facts: BoardFacts, runtime: str) -> str:
    """What brings a runtime. Slipway brings OpenVINO; TensorRT is NVIDIA's to install, on a Jetson with JetPack."""
    if runtime == OPENVINO:
        return prepare_command(board, runtime)
    known = facts.runtimes.get(runtime)
    if runtime == TENSORRT and facts.tensorrt is not None:
        return known.missing if known is not None and known.missing else "look at NVIDIA's driver there"
    if runtime == TENSORRT and facts.l4t is not None:
        return install_command(facts.os_like, facts.uid, "python3-libnvinfer")
    venv = f"{_root_word(facts)}/venv"
    make = "" if facts.in_venv else f"python3 -m venv --system-site-packages {venv} && "
    python = shlex.quote(facts.python_path or "python3") if facts.in_venv else f"{venv}/bin/python"
    return f"{make}{python} -m pip install {runtime}"


def _runtime_place(facts: BoardFacts, runtime: str, command: str) -> Place:
    if runtime == OPENVINO:
        return Place.HERE
    if runtime == TENSORRT and facts.tensorrt is not None:
        return Place.WORDS
    return _place_of(command)


def _clock(facts: BoardFacts) -> Iterator[Lack]:
    offset_s = facts.clock_offset_s
    if offset_s is not None and abs(offset_s) > CLOCK_S and facts.read_utc is not None:
        sudo = "" if facts.uid == 0 else "sudo "
        yield Lack("clock", Weight.WARNING, clock_text(facts) or "", f"{sudo}timedatectl set-ntp true")


def clock_text(facts: BoardFacts) -> str | None:
    """The board's clock and how it stands to this machine's; None where it is not known."""
    if facts.clock_utc is None or facts.clock_offset_s is None:
        return None
    shown = _utc(facts.clock_utc)
    if abs(facts.clock_offset_s) <= CLOCK_S:
        return f"{shown} ({facts.clock_offset_s:+.1f} s to this machine)"
    side = "ahead of" if facts.clock_offset_s > 0 else "behind"
    return f"{shown}, {_span(abs(facts.clock_offset_s))} {side} this machine"


def _utc(seconds: float) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=max(-6e10, min(seconds, 2e11)))
    return moment.isoformat(" ", "seconds").removesuffix("+00:00") + " UTC"


def _span(seconds: float) -> str:
    for unit, length_s in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * length_s:
            return f"{seconds / length_s:.0f} {unit}"
    return f"{seconds:.0f} s"


def _shared(facts: BoardFacts, here: BoardFacts | None) -> Iterator[Lack]:
    """Two machines with one home: each has a lock of its own, so that neither keeps the other out."""
    if here is None or facts.root_id is None or facts.root_id != here.root_id:
        return
    same_lock = facts.lock is not None and here.lock is not None and facts.lock.path == here.lock.path
    if same_lock and facts.machine_id == here.machine_id:
        return
    found = f"{facts.root} is also the root of this machine, which has another lock: neither keeps the other out"
    words = "give the board another `root` (--root), on a disk of its own"
    yield Lack("root of its own", Weight.WARNING, found, words, Place.WORDS)
