"""A fuzzer of nothing: does itself what the driver must find, so that its tests can see that it does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Final

from tests.fuzz.case import Case
from workbench.base.errors import Fault, SlipwayError

PROCESSES: Final = False


def prepare(home: Path) -> None:
    """Nothing is shared."""


def make(random: Random) -> Case:
    """Harmless or refused."""
    return Case("case.txt", random.choice((b"take", b"refuse")))


def check(case: Case, folder: Path) -> str:
    """Do what the input says."""
    word = case.data.decode()
    if word in _REFUSALS:
        raise _REFUSALS[word]
    _DEEDS[word](folder)
    (folder / "inside").write_text("allowed")
    return "taken"


_REFUSALS: Final[Mapping[str, Exception]] = {
    "refuse": SlipwayError("no", "because"),
    "novel": SlipwayError("x" * 100_000),
    "silent": SlipwayError(""),
    "half": SlipwayError("half a character: \ud800"),
    "defect": SlipwayError("a defect", fault=Fault.INTERNAL),
    "crash": ZeroDivisionError("crash"),
}
_DEEDS: Final[Mapping[str, Callable[[Path], object]]] = {
    "take": lambda folder: folder.name,
    "die": lambda _folder: os.abort(),
    "hang": lambda _folder: time.sleep(600),
    "memory": lambda _folder: bytearray(8 << 30),
    "write": lambda folder: (folder.parent.parent.parent / "stray").write_text("x"),
    "remove": lambda folder: (folder.parent.parent.parent / "stray").unlink(missing_ok=True),
    "read": lambda folder: (folder.parent / "outside" / "secret").read_bytes(),
    "start": lambda _folder: subprocess.run([sys.executable, "-c", ""], check=True),
}
