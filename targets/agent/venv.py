"""The board's own Python environment: where it lies, and what is noted in it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import List, Optional

VENV = "venv"
"""Its folder in the root."""
MADE_FROM = "made-from"
"""A file of it: the Python that the board's owner named when it was made; empty: none was named."""
WHEELS = "wheels.txt"
"""A file of it: the wheels that `prepare` installed, one a line."""


def list_wheels(root: Path) -> Optional[List[str]]:
    """The wheels of the environment that this agent runs in; None where it runs in another Python."""
    folder = root / VENV
    try:
        if Path(sys.prefix).samefile(folder):
            return (folder / WHEELS).read_text().split()
    except OSError:
        return None
    return None
