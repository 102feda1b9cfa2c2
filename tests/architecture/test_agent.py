from __future__ import annotations

import ast
import shutil
import subprocess
import sys

from tests.pythons import need_python_3_8

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
    python = need_python_3_8()
    shutil.copytree(repository / "targets" / "agent", tmp_path / "shipped")
    done = subprocess.run(
        [python, "-W", "error", "-c", IMPORT_ALL], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
