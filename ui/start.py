"""The console script: a bare call shows the way in, any other call goes to the command."""

from __future__ import annotations

import sys


def main() -> int:
    """Run `slipway` with the arguments of the process and return its exit code (`docs/architecture.md`)."""
    from workbench.cli import main as run_command

    return run_command(sys.argv[1:] or ["--help"])
