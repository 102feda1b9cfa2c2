"""Other Pythons of this machine, for boards in tests: found by running them, for a shim may only pretend."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

WITHOUT_NUMPY = """
import ensurepip, sys, venv
sys.exit(sys.version_info < (3, 8) or sys.version_info >= (3, 14) or sys.prefix != sys.base_prefix)
"""


def need_python_3_8() -> str:
    """A Python 3.8; the test is skipped where there is none."""
    for candidate in ("python3.8", *_kept("3.8")):
        found = shutil.which(os.environ.get("SLIPWAY_PYTHON38", candidate))
        if found and _runs(found, "import sys; sys.exit(sys.version_info[:2] != (3, 8))"):
            return str(Path(found))
    pytest.skip("no Python 3.8 that runs is at hand; set SLIPWAY_PYTHON38 to one")


def need_clean_python() -> str:
    """A system's Python as a board has it: it makes environments with pip, and has no numpy and no OpenVINO."""
    here = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    for candidate in (*_kept("3.8"), str(here), "/usr/bin/python3", *_kept("3")):
        found = shutil.which(candidate)
        if (
            found
            and _runs(found, WITHOUT_NUMPY)
            and not any(_runs(found, f"import {n}") for n in ("numpy", "openvino"))
        ):
            return found
    pytest.skip("no Python without numpy, with venv and ensurepip, is at hand")


def _runs(python: str, code: str) -> bool:
    return subprocess.run([python, "-I", "-c", code], capture_output=True, check=False).returncode == 0


def _kept(version: str) -> Iterator[str]:
    """Those that pyenv keeps, whatever HOME says."""
    account = Path(os.path.expanduser(f"~{getpass.getuser()}"))  # noqa: PTH111
    root = Path(os.environ.get("PYENV_ROOT", account / ".pyenv"))
    return map(str, sorted(root.glob(f"versions/{version}*/bin/python")))
