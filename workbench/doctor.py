"""What Slipway needs on this machine, what of it is there, and how to get the rest."""

from __future__ import annotations

import enum
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path

from workbench.base.errors import SlipwayError

MIN_FREE_BYTES = 5 * 10**9
PYTHONS = ((3, 11), (3, 13))
MODULES = {"opencv-python-headless": "cv2", "protobuf": "google.protobuf"}
"""Import names that do not follow from the name of the library."""
SET_UP = "make ready"
PROGRAM, FILES, BOARD, LIBRARIES = "Programs", "Files and disk", "This machine as a board", "Python libraries"
GROUPS = (PROGRAM, FILES, BOARD, LIBRARIES)


class State(enum.Enum):
    """How it stands with one thing that Slipway needs."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """One thing that Slipway needs on this machine."""

    name: str
    state: State
    found: str
    """What is there, in words."""
    how_to_get: str = ""
    """The command or the deed that mends it; empty where nothing has to be mended."""
    group: str = field(default="", compare=False)
    """One of `GROUPS`, for whoever shows many."""


def examine(home: Path) -> list[Finding]:
    """Look at this machine; imports nothing heavy and changes nothing but an empty lock file.

    Args:
        home: where Slipway keeps the state of its user.
    """
    groups = {
        PROGRAM: (_python(), _git(), *_window()),
        FILES: (_writable("home", home), _free_space("disk of home", home)),
        BOARD: tuple(_board()),
        LIBRARIES: tuple(_libraries()),
    }
    return [replace(finding, group=group) for group, findings in groups.items() for finding in findings]


def _window() -> Iterator[Finding]:
    """What the window needs; the command works without."""
    from workbench.window_libraries import install_command, missing_packages

    try:
        found = f"Qt {metadata.version('PySide6_Essentials')}, pyqtgraph {metadata.version('pyqtgraph')}"
    except metadata.PackageNotFoundError as error:
        found = f"{error.name} is not installed: no window opens"
        yield Finding("window", State.WARNING, found, SET_UP)
        return
    packages = missing_packages()
    if packages:
        text = f"{found}; a window of X lacks {', '.join(packages)}"
        yield Finding("window", State.WARNING, text, install_command(packages))
    else:
        yield Finding("window", State.OK, found)


def _python() -> Finding:
    found = f"{sys.version.split()[0]} at {sys.executable}"
    if PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        return Finding("Python", State.OK, found)
    how = f"Install Python 3.11, 3.12 or 3.13, then {SET_UP} PYTHON=python3.12"
    return Finding("Python", State.WARNING, found, how)


def _libraries() -> Iterator[Finding]:
    try:
        required = metadata.requires("slipway") or []
    except metadata.PackageNotFoundError:
        yield Finding("slipway", State.MISSING, "not installed in this Python", SET_UP)
        return
    for requirement in required:
        if "extra ==" not in requirement:
            yield _library(requirement.partition(";")[0].strip())


def _library(name: str) -> Finding:
    module = MODULES.get(name, name.replace("-", "_"))
    try:
        version = metadata.version(name)
        spec = importlib.util.find_spec(module)
    except metadata.PackageNotFoundError:
        return Finding(name, State.MISSING, "not installed", SET_UP)
    except ModuleNotFoundError:
        spec = None
    except ValueError:  # somebody imports it just now, in another thread
        return Finding(name, State.OK, version)
    if spec is None:
        return Finding(name, State.MISSING, f"{version} is installed, but its module {module} is not there", SET_UP)
    return Finding(name, State.OK, version)


def _git() -> Finding:
    path = shutil.which("git")
    if path is None:
        return Finding("git", State.WARNING, "not on the PATH: projects have no history", "apt-get install git")
    return Finding("git", State.OK, path)


def _board() -> Iterator[Finding]:
    """This machine as a board: where that is possible (POSIX)."""
    if os.name != "posix":
        yield Finding("this machine as a board", State.WARNING, "needs Linux or macOS", "use a board over the network")
        return
    from targets.agent.board_lock import BoardLock
    from targets.inventory import THIS_MACHINE, open_board
    from targets.local import LocalBoard

    try:
        board = open_board(THIS_MACHINE)
    except SlipwayError as error:
        yield Finding("boards", State.MISSING, error.summary, error.hint)
        return
    if isinstance(board, LocalBoard):
        yield _writable("board root", board.root)
        yield _free_space("disk of board", board.root)
        yield _lock(BoardLock(board.root, board.lock).describe())


def _lock(facts: dict[str, object]) -> Finding:
    where = str(facts["path"])
    if facts.get("problem"):
        return Finding("board lock", State.MISSING, str(facts["problem"]), f"make {where} writable")
    if facts["weak"]:
        found = f"{where}: weak, keeps out only those who use the same root"
        return Finding("board lock", State.WARNING, found, "make /run/lock writable for this user")
    owner = facts["owner"]
    return Finding("board lock", State.OK, where if owner is None else f"{where}, in use: {_owner(owner)}")


def _owner(owner: object) -> str:
    words = owner if isinstance(owner, dict) else {}
    return f"{words.get('person') or 'somebody'}, {words.get('purpose') or 'no purpose given'}"


def _writable(name: str, folder: Path) -> Finding:
    there = _nearest(folder)
    if os.access(there, os.W_OK | os.X_OK):
        return Finding(name, State.OK, str(folder) if there == folder else f"{folder} (not made yet)")
    return Finding(name, State.MISSING, f"{folder} cannot be written", f"make {there} writable, or set SLIPWAY_HOME")


def _free_space(name: str, folder: Path) -> Finding:
    free_bytes = shutil.disk_usage(_nearest(folder)).free
    found = f"{free_bytes / 1e9:.1f} GB free"
    if free_bytes >= MIN_FREE_BYTES:
        return Finding(name, State.OK, found)
    return Finding(name, State.WARNING, found, f"free some: below {MIN_FREE_BYTES / 1e9:g} GB runs may not fit")


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())
