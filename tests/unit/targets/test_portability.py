"""The desktop side runs where there is no POSIX; only this machine as a board needs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

IMPORT = """
import importlib, sys
for name in ("fcntl", "grp", "pwd", "resource", "termios", "numpy"):
    sys.modules[name] = None
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def test_that_all_but_the_local_board_is_imported_without_posix_and_numpy(repository: Path) -> None:
    modules = sorted(
        path.stem
        for path in (repository / "targets").glob("*.py")
        if path.stem != "__init__" and not path.stem.startswith("local")
    )
    names = [f"targets.{module}" for module in modules]
    command = [sys.executable, "-c", IMPORT, *names]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "targets.agent_client" in names
