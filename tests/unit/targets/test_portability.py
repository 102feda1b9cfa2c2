"""The desktop side runs where there is no POSIX; only this machine as a board needs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

IMPORT = """
import importlib, sys
for name in ("fcntl", "grp", "pty", "pwd", "resource", "termios", "numpy"):
    sys.modules[name] = None
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def test_that_all_but_the_local_board_is_imported_without_posix_and_numpy(repository: Path) -> None:
    folder = repository / "targets"
    paths = [*folder.glob("*.py"), *(folder / "ssh").glob("*.py")]
    modules = [path.relative_to(repository).with_suffix("").as_posix().replace("/", ".") for path in sorted(paths)]
    names = [name for name in modules if not name.endswith(".__init__") and not name.startswith("targets.local")]
    command = [sys.executable, "-c", IMPORT, *names]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {"targets.agent_client", "targets.ssh.board"} <= set(names)
