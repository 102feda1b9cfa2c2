from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

IMPORT_ALL = """
import importlib, pathlib, sys
for path in sorted(pathlib.Path("shipped").rglob("*.py")):
    name = ".".join(path.with_suffix("").parts)
    if path.name in ("__init__.py", "__main__.py"):
        continue
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "numpy":
            raise
"""
"""Imports every module of the agent under another name, as on a board; numpy need not be there."""


def test_that_the_agent_is_written_in_the_syntax_of_python_3_8(house):
    sources = house.under("targets/agent/")
    assert sources, "the agent has no files"
    for source in sources:
        ast.parse(source.text, source.path, feature_version=(3, 8))


def test_that_the_agent_uses_nothing_newer_than_python_3_8(repository):
    vermin = [sys.executable, "-c", "import vermin; vermin.main()", "--target=3.8-", "--no-tips", "--violations"]
    done = subprocess.run([*vermin, str(repository / "targets" / "agent")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_that_the_agent_can_be_imported_by_python_3_8_under_another_name(repository, tmp_path):
    python = find_python_3_8()
    if python is None:
        pytest.skip("no Python 3.8 that runs is at hand; syntax and API are checked statically above")
    shutil.copytree(repository / "targets" / "agent", tmp_path / "shipped")
    done = subprocess.run(
        [python, "-W", "error", "-c", IMPORT_ALL], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def find_python_3_8() -> str | None:
    """A Python 3.8 that really runs: on the path (where a shim may only pretend), or one of pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for candidate in ("python3.8", *sorted(map(str, pyenv.glob("versions/3.8*/bin/python")))):
        found = shutil.which(candidate)
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    return None
