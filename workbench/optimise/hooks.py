"""What long work calls back: progress for a person, and a check that may stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[float, str], None]
"""Called with the share that is done (0 to 1) and what is being done."""

Check: TypeAlias = Callable[[], None]
"""Called often; raises `Cancelled` when a person stopped the work."""


def silent(_share: float, _text: str) -> None:
    """Progress that nobody watches."""


def never() -> None:
    """A check that never stops the work."""


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """Progress of a step that takes the share from `start` to `end` of a larger one."""

    def scaled(share: float, text: str) -> None:
        progress(start + (end - start) * min(max(share, 0.0), 1.0), text)

    return scaled
