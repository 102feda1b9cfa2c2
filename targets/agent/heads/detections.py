"""The head of models that end in detections as separate outputs: boxes, scores and labels, in whatever order."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from ..plan import HeadChoice
from ..protocol import E_RUNTIME, E_USAGE, CommandError
from .arrays import BOX, CODINGS, BoxCoding
from .base import OutputSpec, in_words
from .options import Options
from .ranked import RankedHead, Rows, flat, flat_rows

ROLES = ("boxes", "scores", "labels", "count", "boxes_scores", "unused")
"""What an output is; `boxes_scores` has rows of a box and its score."""


class SeparateDetections(RankedHead):
    """Decodes boxes [1, n, 4], scores [1, n] and labels [1, n], with or without a count; the first axis may lack.

    RT-DETR and its kin, torchvision, the TensorFlow detection API, EfficientNMS, MMDeploy. Options: `outputs` (the role
    of each output), `boxes`, `normalised`, `background`.
    """

    name = "detections"

    def __init__(self, choice: HeadChoice, options: Options, roles: Sequence[str]) -> None:
        coding = options.word("boxes", CODINGS, "xyxy")
        normalised = options.flag("normalised", False)
        super().__init__(choice, options, BoxCoding(coding, normalised, choice.width, choice.height))
        self._place = {role: place for place, role in enumerate(roles) if role != "unused"}

    @classmethod
    def of(cls, choice: HeadChoice, outputs: Sequence[OutputSpec]) -> SeparateDetections:
        """For outputs whose roles the option `outputs` tells; raises CommandError where they do not fit."""
        options = Options(choice)
        roles = options.words("outputs", ROLES, len(outputs))
        required = {"boxes_scores", "labels"} if "boxes_scores" in roles else {"boxes", "scores", "labels"}
        used = [role for role in roles if role not in ("unused", "count")]
        if sorted(used) != sorted(required):
            text = "detections needs to be told which outputs are boxes, scores and labels; it was told %s of %s"
            raise CommandError(E_USAGE, text % (list(roles), in_words(outputs)))
        for output, role in zip(outputs, roles):
            columns = {"boxes": BOX, "boxes_scores": BOX + 1}.get(role)
            if columns and (len(output.shape) < 2 or output.shape[-1] not in (0, columns)):
                text = "detections decodes rows of %d values as %s, not %s"
                raise CommandError(E_USAGE, text % (columns, role, in_words([output])))
        head = cls(choice, options, roles)
        options.close()
        return head

    def rows(self, outputs: Sequence[Any]) -> Rows:
        """As many rows as the count says; all where there is none."""
        labels = flat(self._of(outputs, "labels"))
        if "boxes_scores" in self._place:
            both = flat_rows(self._of(outputs, "boxes_scores"), BOX + 1)
            boxes, scores = both[:, :BOX], both[:, BOX]
        else:
            boxes, scores = flat_rows(self._of(outputs, "boxes"), BOX), flat(self._of(outputs, "scores"))
        if not len(boxes) == len(scores) == len(labels):
            text = "the engine gives %d boxes, %d scores and %d labels"
            raise CommandError(E_RUNTIME, text % (len(boxes), len(scores), len(labels)))
        kept = self._count(outputs, len(scores))
        return Rows(boxes[:kept], scores[:kept], labels[:kept])

    def _of(self, outputs: Sequence[Any], role: str) -> Any:
        return outputs[self._place[role]]

    def _count(self, outputs: Sequence[Any], most: int) -> int:
        if "count" not in self._place:
            return most
        told = flat(self._of(outputs, "count"))
        number = float(told[0]) if len(told) else float(most)
        return int(min(max(number, 0.0), most)) if np.isfinite(number) else most
