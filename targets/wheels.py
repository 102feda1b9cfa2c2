"""The wheels that a board may be brought: chosen for its Python, downloaded here by pip, each by its sha256."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from workbench.base.cancel import CancelToken
from workbench.base.errors import BoardError, Cancelled, SlipwayError
from workbench.base.hashing import sha256_file

PIP: Final = "pip"
_LOCK: Final = Path(__file__).with_name("wheels.lock")
_LEGACY: Final = {"manylinux2014": (2, 17)}
_ABI: Final = re.compile(r"cpython-3(\d+)-(x86_64|aarch64)-linux-gnu")
_TAIL_LINES: Final = 15
_LOOK_S: Final = 0.1


@dataclass(frozen=True)
class Wheel:
    """One wheel: what its name says, and what its bytes are."""

    file: str
    sha256: str
    size_bytes: int

    @property
    def name(self) -> str:
        """The distribution that it is of."""
        return self.file.split("-")[0]

    @property
    def version(self) -> str:
        """Its version, without a build number."""
        return self.file.split("-")[1]

    @property
    def tags(self) -> tuple[str, str, tuple[str, ...]]:
        """Python, ABI and platforms that it is for."""
        python, abi, platforms = self.file.removesuffix(".whl").split("-")[-3:]
        return python, abi, tuple(platforms.split("."))

    def runs_on(self, place: BoardPython) -> bool:
        """Whether that Python takes it."""
        python, _, platforms = self.tags
        if python == "py3":
            return True
        return python == f"cp3{place.minor}" and any(_is_for(platform, place) for platform in platforms)


@dataclass(frozen=True)
class BoardPython:
    """What decides which wheels a board's Python takes."""

    minor: int
    """Of version 3."""
    arch: str
    glibc: tuple[int, int]

    def __str__(self) -> str:
        major, minor = self.glibc
        return f"Python 3.{self.minor} on {self.arch} with glibc {major}.{minor}"

    @classmethod
    def parse(cls, abi: str | None, libc: str | None) -> BoardPython | None:
        """From the facts of a board; None for one that no wheel is known for (musl, 32 bits, PyPy)."""
        found = _ABI.fullmatch(abi or "")
        version = re.fullmatch(r"glibc (\d+)\.(\d+)", libc or "")
        if found is None or version is None:
            return None
        return cls(int(found.group(1)), found.group(2), (int(version.group(1)), int(version.group(2))))


def _is_for(platform: str, place: BoardPython) -> bool:
    prefix, _, arch = platform.partition(f"_{place.arch}")
    if arch or prefix == platform:
        return False
    found = re.fullmatch(r"manylinux_(\d+)_(\d+)", prefix)
    needed = _LEGACY.get(prefix) if found is None else (int(found.group(1)), int(found.group(2)))
    return needed is not None and needed <= place.glibc


@cache
def known_wheels() -> tuple[Wheel, ...]:
    """All wheels of `wheels.lock`."""
    lines = _LOCK.read_text(encoding="utf-8").splitlines()
    return tuple(_wheel(line) for line in lines if line and not line.startswith("#"))


def _wheel(line: str) -> Wheel:
    sha256, size_bytes, file = line.split()
    return Wheel(file, sha256, int(size_bytes))


def choose_wheel(name: str, place: BoardPython) -> Wheel | None:
    """The newest wheel of a distribution for a board's Python; None where there is none."""
    fitting = [wheel for wheel in known_wheels() if wheel.name == name and wheel.runs_on(place)]
    return max(fitting, key=lambda wheel: [int(part) for part in wheel.version.split(".")], default=None)


def choose_wheels(names: Iterable[str], place: BoardPython, board: str) -> tuple[Wheel, ...]:
    """The newest wheel of each distribution.

    Raises:
        BoardError: one has none for that Python; says for which there are.
    """
    chosen = []
    for name in names:
        wheel = choose_wheel(name, place)
        if wheel is None:
            raise BoardError(f"{board} has {place}, for which Slipway knows no wheel of {name}", _known(name, place))
        chosen.append(wheel)
    return tuple(chosen)


def _known(name: str, place: BoardPython) -> str:
    here = [wheel.tags for wheel in known_wheels() if wheel.name == name and f"_{place.arch}" in wheel.file]
    pythons = sorted({int(python.removeprefix("cp3")) for python, _, _ in here})
    oldest = [platforms[0] for python, _, platforms in here if python == f"cp3{place.minor}"]
    if oldest:
        return f"Its wheels for Python 3.{place.minor} need a newer system: {', '.join(sorted(oldest))}."
    versions = ", ".join(f"3.{minor}" for minor in pythons)
    return f"On {place.arch} it has wheels for Python {versions}: set the board's `python` key to one of them."


def download_wheels(
    wheels: Sequence[Wheel], folder: Path, cancel: CancelToken, progress: Callable[[float | None, str], None]
) -> dict[Wheel, Path]:
    """The files of wheels: those that lie in the folder, the others by this machine's pip, which is used as it is set.

    Args:
        wheels: which ones.
        folder: where they are kept; only whole ones get their names.
        cancel: ends pip.
        progress: told how far it is, and which wheel comes now.

    Raises:
        SlipwayError: pip is not there or gets no such wheel; with its last lines.
    """
    paths = {}
    for number, wheel in enumerate(wheels):
        path = folder / wheel.file
        if not (path.is_file() and sha256_file(path) == wheel.sha256):
            progress(number / len(wheels), f"downloading {wheel.file} ({wheel.size_bytes / 1e6:.1f} MB)")
            _download(wheel, path, cancel)
        paths[wheel] = path
    return paths


def _download(wheel: Wheel, path: Path, cancel: CancelToken) -> None:
    try:
        path = path.absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".download-") as part:
            asked = Path(part) / "requirements.txt"
            asked.write_text(f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n", encoding="utf-8")
            _run([*_pip(wheel), "--dest", part, "-r", str(asked)], Path(part), wheel, cancel)
            found = Path(part) / wheel.file
            if not found.is_file() or sha256_file(found) != wheel.sha256:
                raise SlipwayError(f"pip downloaded another file than {wheel.file}", "Check what pip is set to.")
            found.replace(path)
    except OSError as error:
        raise SlipwayError(f"cannot write {path}: {error.strerror}", "Free space, or set SLIPWAY_HOME.") from error


def _pip(wheel: Wheel) -> list[str]:
    python, abi, platforms = wheel.tags
    # Isolated: a `pip.py` in the current folder, a project that somebody cloned, is not what runs.
    command = [sys.executable, "-I", "-m", "pip", "download", "--no-input", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
    if python.startswith("cp3"):
        command += ["--implementation", "cp", "--python-version", f"3.{python.removeprefix('cp3')}", "--abi", abi]
        command += [word for platform in platforms for word in ("--platform", platform)]
    return command


def _run(argv: list[str], folder: Path, wheel: Wheel, cancel: CancelToken) -> None:
    """Run pip to its end, in a folder that is ours.

    Raises:
        Cancelled: somebody asked to stop; it was ended.
        SlipwayError: it failed.
    """
    cancel.check()
    process = subprocess.Popen(
        argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    forget = cancel.on_request(lambda: _kill(process))
    output: list[bytes] = []
    reader = threading.Thread(target=lambda: output.append(process.communicate()[0]), name="pip", daemon=True)
    reader.start()
    try:
        while reader.is_alive():
            if cancel.cancelled:
                _kill(process)
            reader.join(_LOOK_S)
    finally:
        forget()
        _kill(process)
        reader.join()
    if cancel.cancelled:
        raise Cancelled
    if process.returncode != 0:
        lines = b"".join(output).decode("utf-8", "replace").strip().splitlines()[-_TAIL_LINES:]
        hint = "This machine needs a package index, or the wheel in a folder that pip's find-links names."
        raise SlipwayError(f"pip on this machine could not download {wheel.file}", hint, "\n".join(lines))


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        process.kill()
