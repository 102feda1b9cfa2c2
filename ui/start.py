"""The console script: a bare call opens the window, any other call goes to the command."""

from __future__ import annotations

import sys
import time

QUIT = "--quit-after-paint"
OPEN = "open"


def main() -> int:
    """Run `slipway` with the arguments of the process and return its exit code (`docs/architecture.md`)."""
    began_s = time.perf_counter()
    arguments = sys.argv[1:]
    if arguments in ([], [QUIT]) or arguments[:1] == [OPEN]:
        from ui.window import open_window

        return open_window(arguments, began_s)
    from workbench.cli import main as run_command

    return run_command(arguments)
