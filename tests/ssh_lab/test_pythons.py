"""The Pythons of boards in tests lack what they say, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.ssh_lab.pythons import make_bare_python, make_python, make_python_of_1970, make_python_of_openvino


def say(python: Path, text: str) -> str:
    """What a program says, run as an agent is."""
    done = subprocess.run([str(python), "-I", "-c", text], capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_that_a_bare_python_has_nothing(tmp_path: Path) -> None:
    python = make_bare_python(tmp_path / "python")
    assert say(python, "import numpy") == "ModuleNotFoundError: No module named 'numpy'"
    assert say(python, "import sys; print(sys.executable)") == str(python)
    assert say(python, "import sys; print(sys.version_info[:2])") == str(sys.version_info[:2])


def test_that_one_package_alone_is_missing(tmp_path: Path) -> None:
    python = make_python(tmp_path / "python", ("openvino",))
    assert say(python, "import openvino") == "ModuleNotFoundError: No module named 'openvino'"
    assert say(python, "import numpy; print(numpy.ones(2).sum())") == "2.0"


def test_that_another_openvino_works_and_says_its_version(tmp_path: Path) -> None:
    python = make_python_of_openvino(tmp_path / "python", "2099.1.0-1-fake")
    assert say(python, "import openvino as o; print(o.__version__, 'CPU' in o.Core().available_devices)") == (
        "2099.1.0-1-fake True"
    )


def test_that_it_is_1970_in_children_too(tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is missing: sudo apt-get install -y gcc libc6-dev")
    python = make_python_of_1970(tmp_path / "python")
    year = "import datetime as d; print(d.datetime.now().year)"
    child = f"import subprocess, sys; print(subprocess.check_output([sys.executable, '-c', {year!r}], env={{}}))"
    assert say(python, year) == "1970"
    assert "1970" in say(python, child)
    assert say(python, "import sys, numpy; print(sys.executable)") == str(python)
    clock = float(say(python, "import time; print(time.monotonic())"))
    assert abs(clock - time.monotonic()) < 60
