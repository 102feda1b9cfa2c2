"""Words of a server, as a question may show them."""

from __future__ import annotations

import unicodedata
from typing import Final

MAX_CHARACTERS: Final = 500


def one_line(text: str) -> str:
    """One line of a bounded length that cannot pass for a question of ours: nothing in it moves or turns what is read.

    Controls, formatting marks (those of the direction of writing among them) and what has no meaning become U+FFFD.
    """
    words = " ".join(text[: 2 * MAX_CHARACTERS].split())
    shown = ("\N{REPLACEMENT CHARACTER}" if unicodedata.category(each).startswith("C") else each for each in words)
    return "".join(shown)[:MAX_CHARACTERS]
