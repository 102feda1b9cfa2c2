"""The agent as it is shipped: its files by name, and the hash that names the folder they lie in on a board."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = "slipway_agent"
_MAIN = b"import sys\n\nfrom slipway_agent.main import main\n\nsys.exit(main())\n"


@dataclass(frozen=True)
class AgentPackage:
    """The files of one agent."""

    sha256: str
    files: tuple[tuple[str, bytes], ...]
    """Names with slashes, relative to `<root>/agent/<sha256>/`, sorted; and their bytes."""


@cache
def agent_package() -> AgentPackage:
    """The agent of this Slipway, from its own sources."""
    folder = Path(__file__).resolve().parent / "agent"
    files = {f"{PACKAGE}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in folder.rglob("*.py")}
    files["__main__.py"] = _MAIN
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return AgentPackage(digest.hexdigest(), tuple(sorted(files.items())))
