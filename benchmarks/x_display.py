"""Asks an X display which windows it shows, by the library that Qt uses itself."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_uint, c_ulong, c_void_p

LEAST_PX = 300
"""Smaller windows are splash screens and tooltips."""
VIEWABLE = 2


class _Attributes(ctypes.Structure):
    """XWindowAttributes, up to the field that is asked for."""

    _fields_ = (
        ("x", c_int),
        ("y", c_int),
        ("width", c_int),
        ("height", c_int),
        ("border_width", c_int),
        ("depth", c_int),
        ("visual", c_void_p),
        ("root", c_ulong),
        ("class_", c_int),
        ("bit_gravity", c_int),
        ("win_gravity", c_int),
        ("backing_store", c_int),
        ("backing_planes", c_ulong),
        ("backing_pixel", c_ulong),
        ("save_under", c_int),
        ("colormap", c_ulong),
        ("map_installed", c_int),
        ("map_state", c_int),
        ("rest", ctypes.c_byte * 64),
    )


class XDisplay:
    """A connection to a display."""

    def __init__(self, name: str) -> None:
        self._x = ctypes.CDLL("libX11.so.6")
        self._x.XOpenDisplay.restype = c_void_p
        self._x.XDefaultRootWindow.restype = c_ulong
        self._x.XDefaultRootWindow.argtypes = [c_void_p]
        opened = self._x.XOpenDisplay(c_char_p(name.encode()))
        if not opened:
            raise OSError(f"the display {name} cannot be opened")
        self._display = c_void_p(opened)
        self._root = self._x.XDefaultRootWindow(self._display)

    def shows_window(self) -> bool:
        """Whether a window of some size is mapped."""
        root, parent, count = c_ulong(), c_ulong(), c_uint()
        children = POINTER(c_ulong)()
        found = (byref(root), byref(parent), byref(children), byref(count))
        if not self._x.XQueryTree(self._display, c_ulong(self._root), *found):
            return False
        try:
            return any(self._is_shown(children[at]) for at in range(count.value))
        finally:
            if count.value:
                self._x.XFree(children)

    def close(self) -> None:
        """Let go of the display."""
        self._x.XCloseDisplay(self._display)

    def _is_shown(self, window: int) -> bool:
        attributes = _Attributes()
        known = self._x.XGetWindowAttributes(self._display, c_ulong(window), byref(attributes))
        large = min(attributes.width, attributes.height) >= LEAST_PX
        return bool(known) and attributes.map_state == VIEWABLE and large
