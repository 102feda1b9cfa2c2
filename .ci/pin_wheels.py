"""Write `targets/wheels.lock` anew: what boards may be brought, for each Python and processor; run by `make wheels`.

Versions are those of requirements.lock where a wheel of them exists, else the last that has one. Standard library only.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
WHEELS = ROOT / "targets" / "wheels.lock"
PYTHONS = range(8, 15)
"""Minor versions of Python 3; the desktop's own lock begins with 11."""
FIRST_LOCKED = 11
PROCESSORS = ("x86_64", "aarch64")
NAMES = ("numpy", "openvino")
SYSTEMS = ((2, 31), (2, 35))
"""Versions of glibc for which the newest wheel is looked for: Debian 11 and JetPack 5, Ubuntu 22.04 and JetPack 6."""
EXCEPTIONS = {("openvino", 8): ["openvino==2023.3.0", "openvino==2023.1.0"]}
"""OpenVINO of 2024 exports INT8 blobs with an Interpolate that it cannot import again; 2023 and 2025 can."""
PIP = "pip==25.0.1"
"""The last one that runs in Python 3.8."""


def main() -> int:
    """Download every wheel once, and write what they are."""
    head = [line for line in WHEELS.read_text().splitlines() if line.startswith("#")]
    with tempfile.TemporaryDirectory() as folder:
        for minor in PYTHONS:
            for processor in PROCESSORS:
                for name in NAMES:
                    for glibc in SYSTEMS:
                        download(Path(folder), wanted(name, minor), minor, processor, glibc)
        call([PIP], Path(folder))
        lines = [describe(path) for path in sorted(Path(folder).glob("*.whl"))]
    WHEELS.write_text("\n".join([*head, *lines]) + "\n")
    return 0


def wanted(name: str, minor: int) -> list[str]:
    """What is asked for, in this order: the locked version for that Python, then any."""
    if minor < FIRST_LOCKED:
        return EXCEPTIONS.get((name, minor), [name])
    marker = "<" if minor < 12 else ">="
    entries = re.findall(rf"(?m)^{name}==(\S+)(?: ; python_full_version (<|>=) '3\.12')? \\$", LOCK.read_text())
    (version,) = [version for version, relation in entries if relation in ("", marker)]
    return [f"{name}=={version}", name]


def download(folder: Path, requirements: list[str], minor: int, processor: str, glibc: tuple[int, int]) -> None:
    """Fetch the newest wheel that runs there."""
    platforms = [f"manylinux_{glibc[0]}_{low}_{processor}" for low in range(glibc[1], 16, -1)]
    words = [word for platform in (*platforms, f"manylinux2014_{processor}") for word in ("--platform", platform)]
    there = ["--python-version", f"3.{minor}", "--implementation", "cp", *words]
    for requirement in requirements:
        if call([requirement, *there], folder, check=False) == 0:
            return
    sys.stderr.write(f"none: {requirements[-1]} for Python 3.{minor}, {processor}, glibc {glibc[0]}.{glibc[1]}\n")


def call(words: list[str], folder: Path, *, check: bool = True) -> int:
    """Run `pip download`; its exit code."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", str(folder)]
    return subprocess.run([*command, *words], check=check, stdout=subprocess.DEVNULL).returncode


def describe(path: Path) -> str:
    """The line of a wheel."""
    data = path.read_bytes()
    return f"{hashlib.sha256(data).hexdigest()} {len(data)} {path.name}"


if __name__ == "__main__":
    sys.exit(main())
