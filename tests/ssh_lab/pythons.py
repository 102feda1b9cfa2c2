"""Pythons of boards that lack something: real ones, each in a folder of a test."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

CLOCK: Final = Path(__file__).with_name("clock.c")
BASE: Final = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
_START = """#!/bin/bash
export LD_PRELOAD={preload}
exec -a "$0" {python} "$@"
"""


def make_python(folder: Path, without: Sequence[str] = ()) -> Path:
    """A Python with all that this one has, but without packages whose names begin so; the path of its program."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(BASE)
    (folder / "pyvenv.cfg").write_text(f"home = {BASE.parent}\ninclude-system-site-packages = false\n")
    packages = _packages_of(folder)
    packages.mkdir(parents=True)
    for path in _packages_of(Path(sys.prefix)).iterdir():
        if not path.name.lower().startswith(tuple(without)) and path.suffix != ".pth":
            (packages / path.name).symlink_to(path)
    return folder / "bin" / "python"


def make_bare_python(folder: Path) -> Path:
    """A Python with nothing but its standard library."""
    return make_python(folder, ("",))


def make_python_of_openvino(folder: Path, version: str) -> Path:
    """A Python whose OpenVINO says that it is of another version."""
    python = make_python(folder, ("openvino",))
    real, own = _packages_of(Path(sys.prefix)) / "openvino", _packages_of(folder) / "openvino"
    own.mkdir()
    for path in real.iterdir():
        if path.name != "__init__.py":
            (own / path.name).symlink_to(path)
    (own / "__init__.py").write_text((real / "__init__.py").read_text() + f"\n__version__ = {version!r}\n")
    return python


def make_python_of_1970(folder: Path) -> Path:
    """A Python on whose clock it is 1970, as in all processes that it starts."""
    python = make_python(folder)
    library = folder / "clock.so"
    offset = f"-DOFFSET_S={int(time.time()) - 1000}"
    words = ["gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", offset, "-o", str(library), str(CLOCK)]
    subprocess.run(words, check=True)
    python.unlink()
    python.write_text(_START.format(preload=library, python=BASE))
    python.chmod(0o755)
    return python


def find_old_python() -> Path | None:
    """A Python below 3.8 on this machine, where somebody keeps one."""
    found = [shutil.which(name) for name in ("python3.6", "python3.7", "python2.7")]
    account = Path(os.path.expanduser(f"~{getpass.getuser()}"))  # noqa: PTH111 (whatever HOME says)
    kept = sorted((account / ".pyenv" / "versions").glob("3.[67].*/bin/python"))
    for path in [*(Path(name) for name in found if name), *kept]:
        words = [str(path), "-c", "import sys; sys.exit(sys.version_info >= (3, 8))"]
        if subprocess.run(words, capture_output=True, check=False).returncode == 0:
            return path
    return None


def _packages_of(prefix: Path) -> Path:
    return prefix / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
