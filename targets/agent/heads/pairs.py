"""Boxes and class values as two outputs, and which is which."""

from __future__ import annotations

from typing import Any, Sequence, Tuple

from ..plan import HeadChoice
from ..protocol import E_RUNTIME, E_USAGE, CommandError
from .arrays import BOX, rows_of
from .base import OutputSpec, in_words

PAIR = ("boxes", "scores", "anchors", "unused")
"""What an output may be."""


def require_pair(choice: HeadChoice, outputs: Sequence[OutputSpec], roles: Sequence[str], columns: int) -> None:
    """Refuse outputs that are not boxes of 4 values and class values of `columns - 4`; raises CommandError."""
    fits = sorted(role for role in roles if role in ("boxes", "scores")) == ["boxes", "scores"]
    for output, role in zip(outputs, roles):
        wanted = {"boxes": BOX, "anchors": BOX, "scores": columns - BOX}.get(role)
        axes = [axis for axis in output.shape if axis != 1] or [1]
        fits = fits and (wanted is None or wanted in (*axes, *output.shape) or 0 in axes)
    if not fits:
        text = "%s decodes boxes [1, n, 4] and class values [1, n, %d] for %d classes, not %s told as %s"
        said = (choice.name, columns - BOX, choice.classes, in_words(outputs), list(roles) or "nothing")
        raise CommandError(E_USAGE, text % said)


def split_pair(outputs: Sequence[Any], roles: Sequence[str], columns: int) -> Tuple[Any, Any]:
    """Boxes float32 [n, 4] and class values float32 [n, columns]."""
    boxes, values = rows_of(outputs[roles.index("boxes")], BOX), rows_of(outputs[roles.index("scores")], columns)
    if len(boxes) != len(values):
        raise CommandError(E_RUNTIME, "the engine gives %d boxes and class values of %d" % (len(boxes), len(values)))
    return boxes, values
