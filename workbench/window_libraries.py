"""The system's libraries that Qt needs for a window, and the command that brings those that are not there."""

from __future__ import annotations

import ctypes
import sys

EVERYWHERE = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfreetype.so.6": "libfreetype6",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
}
"""Library to package of Debian and Ubuntu: needed also without a display."""
UNDER_X = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-randr.so.0": "libxcb-randr0",
}
"""Those of a window of X; Qt ends the process where one is missing, so they are looked for before."""


def missing_packages(*, under_x: bool = True) -> tuple[str, ...]:
    """Packages whose library cannot be loaded; none on other systems than Linux, where wheels bring what they need."""
    if sys.platform != "linux":
        return ()
    needed = EVERYWHERE | (UNDER_X if under_x else {})
    return tuple(package for library, package in needed.items() if not _loads(library))


def install_command(packages: tuple[str, ...]) -> str:
    """What brings them on Debian and Ubuntu."""
    return f"sudo apt-get install {' '.join(packages)}"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
