"""A keyboard and a mouse of an X server: keys and clicks that the server makes itself, by its extension XTEST.

Written on the protocol, for nothing that speaks it is among the tests' libraries; X11 of 1987 does not change any more.
"""

from __future__ import annotations

import os
import socket
import struct
import weakref

from PySide6.QtCore import Qt

KEY_PRESS, KEY_RELEASE, BUTTON_PRESS, BUTTON_RELEASE, MOTION = 2, 3, 4, 5, 6
QUERY_EXTENSION, GET_KEYBOARD_MAPPING, GET_INPUT_FOCUS = 98, 101, 43
FAKE_INPUT = 2
LEFT = 1
KEYSYMS = {
    Qt.Key.Key_Backspace: 0xFF08,
    Qt.Key.Key_Tab: 0xFF09,
    Qt.Key.Key_Backtab: 0xFF09,
    Qt.Key.Key_Return: 0xFF0D,
    Qt.Key.Key_Escape: 0xFF1B,
    Qt.Key.Key_Delete: 0xFFFF,
    Qt.Key.Key_Home: 0xFF50,
    Qt.Key.Key_Left: 0xFF51,
    Qt.Key.Key_Up: 0xFF52,
    Qt.Key.Key_Right: 0xFF53,
    Qt.Key.Key_Down: 0xFF54,
    Qt.Key.Key_PageUp: 0xFF55,
    Qt.Key.Key_PageDown: 0xFF56,
    Qt.Key.Key_End: 0xFF57,
    **{Qt.Key(Qt.Key.Key_F1 + number): 0xFFBE + number for number in range(12)},
}
HELD = {
    Qt.KeyboardModifier.ShiftModifier: 0xFFE1,
    Qt.KeyboardModifier.ControlModifier: 0xFFE3,
    Qt.KeyboardModifier.AltModifier: 0xFFE9,
}
LETTERS = range(0x20, 0x7F)
"""Keys of these have their ASCII as their keysym and, in Qt, the capital one as their number."""


class XInput:
    """One connection to a display of this machine; it ends with whoever holds it."""

    def __init__(self, number: int) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        weakref.finalize(self, self._socket.close)
        self._socket.connect(f"/tmp/.X11-unix/X{number}")  # noqa: S108 (where X has it)
        self._socket.sendall(struct.pack("<cxHHHHxx", b"l", 11, 0, 0, 0))
        first, _reason, _major, _minor, length = struct.unpack("<BBHHH", self._read(8))
        answer = self._read(4 * length)
        if first != 1:
            raise OSError(f"the display takes no connection: {answer!r}")
        lowest, highest = answer[26], answer[27]
        self._root = _root_of(answer)
        self._codes, self._shifted = self._read_mapping(lowest, highest)
        self._xtest = self._opcode_of("XTEST")

    @classmethod
    def of_environment(cls) -> XInput:
        """The display that DISPLAY names."""
        return cls(int(os.environ["DISPLAY"].rpartition(":")[2].partition(".")[0]))

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> int:
        """Press and release a key, with others held; how many keys that takes."""
        keysym = KEYSYMS.get(key)
        if keysym is None:
            keysym = ord(chr(int(key)).lower())
        return self._strike(keysym, [held for modifier, held in HELD.items() if modifier & modifiers])

    def type(self, letter: str) -> int:
        """Press and release the key of a letter, with Shift where it needs that; how many keys that takes."""
        return self._strike(ord(letter), [])

    def click(self, x: int, y: int) -> None:
        """Move there and press the left button."""
        self._fake(MOTION, 0, x, y)
        self._fake(BUTTON_PRESS, LEFT)
        self._fake(BUTTON_RELEASE, LEFT)
        self._wait()

    def _strike(self, keysym: int, held: list[int]) -> int:
        if keysym not in self._codes:
            held, code = [*held, HELD[Qt.KeyboardModifier.ShiftModifier]], self._shifted[keysym]
        else:
            code = self._codes[keysym]
        for other in held:
            self._fake(KEY_PRESS, self._codes[other])
        self._fake(KEY_PRESS, code)
        self._fake(KEY_RELEASE, code)
        for other in reversed(held):
            self._fake(KEY_RELEASE, self._codes[other])
        self._wait()
        return 1 + len(held)

    def _fake(self, kind: int, detail: int, x: int = 0, y: int = 0) -> None:
        event = struct.pack("<BBxxIIxxxxxxxxHHxxxxxxxx", kind, detail, 0, self._root, x, y)
        self._socket.sendall(struct.pack("<BBH", self._xtest, FAKE_INPUT, 9) + event)

    def _wait(self) -> None:
        """Until the server has done all that it was told."""
        self._ask(struct.pack("<BxH", GET_INPUT_FOCUS, 1))

    def _opcode_of(self, extension: str) -> int:
        name = extension.encode()
        padded = name + bytes(-len(name) % 4)
        head = struct.pack("<BxHHxx", QUERY_EXTENSION, 2 + len(padded) // 4, len(name))
        _, answer = self._ask(head + padded)
        present, opcode = answer[8], answer[9]
        if not present:
            raise OSError(f"the display has no {extension}")
        return opcode

    def _read_mapping(self, lowest: int, highest: int) -> tuple[dict[int, int], dict[int, int]]:
        """Key codes by the keysym that they make, alone and with Shift."""
        count = highest - lowest + 1
        each, answer = self._ask(struct.pack("<BxHBBxx", GET_KEYBOARD_MAPPING, 2, lowest, count))
        keysyms = struct.unpack(f"<{each * count}I", answer[32:])
        alone: dict[int, int] = {}
        shifted: dict[int, int] = {}
        for at in range(count):
            first, second = keysyms[at * each], keysyms[at * each + 1]
            alone.setdefault(first, lowest + at)
            shifted.setdefault(second, lowest + at)
            if second == 0 and first in range(ord("a"), ord("z") + 1):
                shifted.setdefault(first - 32, lowest + at)
        return alone, shifted

    def _ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; the second byte of its answer, and all of it."""
        self._socket.sendall(request)
        while True:
            head = self._read(32)
            if head[0] == 0:
                raise OSError(f"the display refuses: error {head[1]}")
            if head[0] == 1:
                return head[1], head + self._read(4 * struct.unpack("<I", head[4:8])[0])

    def _read(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            part = self._socket.recv(size - len(parts))
            if not part:
                raise OSError("the display is gone")
            parts += part
        return bytes(parts)


def _root_of(answer: bytes) -> int:
    """The root window of the first screen, out of the answer to a connection."""
    vendor_length, formats = struct.unpack("<H", answer[16:18])[0], answer[21]
    start = 32 + vendor_length + (-vendor_length % 4) + 8 * formats
    root: int = struct.unpack("<I", answer[start : start + 4])[0]
    return root
