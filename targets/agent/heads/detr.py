"""The head of DETR and its kin: each query is one object; boxes and class values in one output or in two."""

from __future__ import annotations

from typing import Any, Sequence, Tuple

from ..plan import HeadChoice
from .base import OutputSpec
from .options import Options
from .pairs import PAIR, require_pair, split_pair
from .suppressed import Suppressed


class Detr(Suppressed):
    """Decodes `[1, q, 4 + c]` as Ultralytics' RT-DETR has it, or boxes [1, q, 4] and class values [1, q, c] apart.

    Options: `outputs` (the role of each output where there are two), `boxes`, `normalised` (true unless said),
    `activation`, `background` (the class "no object" is the last one in DETR).
    """

    name = "detr"
    default_normalised = True

    def __init__(self, choice: HeadChoice, options: Options, roles: Tuple[str, ...] = ()) -> None:
        super().__init__(choice, options)
        self._roles = roles

    @classmethod
    def of(cls, choice: HeadChoice, outputs: Sequence[OutputSpec]) -> Suppressed:
        """For one output of rows of 4 + classes values, or two; raises CommandError for others."""
        if len(outputs) == 1:
            return super().of(choice, outputs)
        options = Options(choice)
        head = cls(choice, options, options.words("outputs", PAIR, len(outputs)))
        options.close()
        require_pair(choice, outputs, head._roles, head.columns)
        return head

    def split(self, outputs: Sequence[Any]) -> Tuple[Any, Any]:
        """Boxes [q, 4] and class values [q, columns - 4] as the model gives them."""
        return split_pair(outputs, self._roles, self._rule.columns) if self._roles else super().split(outputs)
