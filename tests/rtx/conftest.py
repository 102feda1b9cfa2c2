"""TensorRT for RTX in a folder of its own: it really builds engines, and needs no NVIDIA device for that."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.package_index import skip_without_index

LOCK = "requirements-rtx.lock"
FOLDER = ".venv-rtx"
"""Ignored by git and removed by `make clean`, as every `.venv-…` is."""
INSTALL_S, BUILD_S = 600, 300
HERE = Path(__file__).parent
Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def rtx_folder(repository: Path) -> Path:
    """The installed package, about 95 MB to fetch and 230 MB on disk; skips where no package index answers."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        pytest.skip(f"TensorRT for RTX is locked for Linux on x86_64, and this is {sys.platform} {platform.machine()}")
    lock = repository / LOCK
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = repository / FOLDER / digest
    if not folder.is_dir():
        part = folder.with_name(f"{digest}.{os.getpid()}.part")
        options = ["--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--require-hashes"]
        command = [sys.executable, "-m", "pip", "install", "-q", *options, "--target", str(part), "-r", str(lock)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_S)
        if done.returncode:
            shutil.rmtree(part, ignore_errors=True)
            lines = done.stderr.strip().splitlines() or ["pip said nothing"]
            why = f"TensorRT for RTX cannot be installed here: {lines[-1]}"
            skip_without_index(why)
            pytest.fail("\n".join([why, *lines]), pytrace=False)
        if folder.is_dir():
            shutil.rmtree(part)
        else:
            part.rename(folder)
    return folder


@pytest.fixture(scope="session")
def ask(rtx_folder: Path, repository: Path) -> Ask:
    """Asks `inside.py` in a fresh process that has the package; the answer is what it printed as JSON."""

    def ask(do: str, *arguments: str) -> Any:
        command = [sys.executable, "-m", "tests.rtx.inside", do, *arguments]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(rtx_folder), str(repository)])}
        done = subprocess.run(
            command, cwd=repository, env=environment, capture_output=True, text=True, check=False, timeout=BUILD_S
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout)

    return ask
