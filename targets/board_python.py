"""Which Python runs a board's agent, in one place for every kind of board.

The board's `python` key; but the environment that `prepare` made from that very Python, where there is one, for it has
more. Without a key that environment, whoever made it, else python3.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from targets.agent.venv import MADE_FROM, VENV

USUAL: Final = "python3"


def python_words(root: str, python: str | None) -> str:
    """The Python of a board as one word of its shell, which looks for it each time.

    Args:
        root: the board's root as a word of its shell, quoted as it must be: `"$HOME"/.slipway`.
        python: the board's key.
    """
    usual = shlex.quote(python or USUAL)
    ours = '[ -x "$v/bin/python" ]'
    if python is not None:
        ours += f' && [ "$(cat "$v/{MADE_FROM}" 2>/dev/null)" = {usual} ]'
    return f'"$(v={root}/{VENV}; if {ours}; then echo "$v/bin/python"; else echo {usual}; fi)"'


def find_python(root: Path, python: str | None, usual: str) -> str:
    """The same for a board whose files are here; `usual` takes python3's place."""
    venv = root / VENV
    if not (venv / "bin" / "python").exists():
        return python or usual
    try:
        made_from = (venv / MADE_FROM).read_text(encoding="utf-8")
    except OSError:
        made_from = None
    return str(venv / "bin" / "python") if python is None or made_from == python else python
