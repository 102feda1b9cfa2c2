"""Which Python runs a board's agent, in one place for every kind of board.

The board's `python` key; but the environment that `prepare` made from that very Python, where there is one, for it has
more. Without a key that environment, whoever made it, else python3.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from targets.agent.venv import MADE_FROM, VENV

CHOOSE_PYTHON: Final = (
    'case $r in "~"|"~/"*) r=$HOME${r#"~"};; esac; '
    f'if [ -x "$r/{VENV}/bin/python" ] && '
    f'{{ [ -z "$k" ] || [ "$(cat "$r/{VENV}/{MADE_FROM}" 2>/dev/null)" = "$k" ]; }}; then k=$r/{VENV}/bin/python; fi; '
    'case $k in "~/"*) k=$HOME${k#"~"};; "") k=python3;; esac; '
)
"""For a board's sh: from `r`, its root, and `k`, its key or nothing, to both as it uses them; a leading ~ is the home.

No quotes but double ones and no line breaks, so that any login shell passes it on as it is.
"""


def find_python(root: Path, key: str | None, usual: str) -> str:
    """The same for a board whose files are here; `usual` takes python3's place."""
    venv = root / VENV
    if not (venv / "bin" / "python").exists():
        return key or usual
    try:
        made_from = (venv / MADE_FROM).read_text(encoding="utf-8")
    except OSError:
        made_from = None
    return str(venv / "bin" / "python") if key is None or made_from == key else key
