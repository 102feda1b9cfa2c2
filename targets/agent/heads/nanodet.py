"""The head of NanoDet: class scores and distances to the four sides, each side a distribution over a few bins."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from ..plan import HeadChoice
from ..protocol import E_RUNTIME, E_USAGE, CommandError
from .arrays import BOX, count_outside, grid_of, nothing, rows_of, rows_reaching, softmax
from .base import Detections, OutputSpec, in_words, select
from .options import Options
from .yolox import sides_of

ROLES = ("scores", "distances")
"""What each of several outputs is."""
STRIDES = (8, 16, 32, 64)
"""Of the feature maps, in pixels of the input; NanoDet has the first three, NanoDet-Plus all."""


class Nanodet:
    """Decodes scores [1, n, c] and distances [1, n, 4 * bins] of each stride, or NanoDet-Plus' one [1, n, c + 32].

    A distance is the mean of its bins in strides, measured from the middle of the cell (of its first pixel in
    NanoDet-Plus). Options: `outputs` (the role of each output where there are several).
    """

    name = "nanodet"
    ranked = False

    def __init__(self, choice: HeadChoice, roles: Tuple[str, ...], bins: int) -> None:
        self.classes = choice.classes
        self._size = (choice.width, choice.height)
        self._roles = roles
        self._bins = bins
        self._grids: Dict[int, Tuple[Any, Any]] = {}

    @classmethod
    def of(cls, choice: HeadChoice, outputs: Sequence[OutputSpec]) -> Nanodet:
        """For the outputs of NanoDet or NanoDet-Plus; raises CommandError for others."""
        options = Options(choice)
        roles = options.words("outputs", ROLES, len(outputs)) if len(outputs) > 1 else ()
        options.close()
        if len(outputs) == 1:
            bins, left = divmod(outputs[0].shape[-1] - choice.classes, BOX) if outputs[0].shape else (0, 1)
        else:
            widths = {
                output.shape[-1] if output.shape else 0 for output, role in zip(outputs, roles) if role == "distances"
            }
            good = len(widths) == 1 and 2 * roles.count("scores") == len(roles)
            bins, left = divmod(min(widths), BOX) if good else (0, 1)
        if left or bins < 2:
            text = "nanodet decodes scores [1, n, %d] and distances [1, n, 4 * bins] of each stride, not %s"
            raise CommandError(E_USAGE, text % (choice.classes, in_words(outputs)))
        return cls(choice, roles, bins)

    def decode_anchors(self, outputs: Sequence[Any]) -> Tuple[Any, Any]:
        """Boxes float32 [n, 4] and scores float32 [n, c] of every cell."""
        scores, distances = self._parts(outputs)
        return self._boxes(distances, slice(None), len(scores)), scores

    def detect(self, outputs: Sequence[Any], confidence: float, nms_iou: float, max_detections: int) -> Detections:
        """One class for each cell, its best; then suppression within each class."""
        scores, distances = self._parts(outputs)
        chosen = rows_reaching(scores, confidence)
        if not len(chosen):
            return nothing()
        boxes = self._boxes(distances[chosen], chosen, len(scores))
        return select(boxes, scores[chosen], confidence, nms_iou, max_detections)

    def count_bad_scores(self, outputs: Sequence[Any]) -> int:
        """Scores of any cell that are not numbers in [0, 1]."""
        return count_outside(self._parts(outputs)[0])

    def _parts(self, outputs: Sequence[Any]) -> Tuple[Any, Any]:
        if not self._roles:
            rows = rows_of(outputs[0], self.classes + BOX * self._bins)
            return rows[:, : self.classes], rows[:, self.classes :]
        return self._joined(outputs, "scores", self.classes), self._joined(outputs, "distances", BOX * self._bins)

    def _joined(self, outputs: Sequence[Any], role: str, columns: int) -> Any:
        """The rows of all strides, the finest first: its map has most cells."""
        parts: List[Any] = [rows_of(array, columns) for array, told in zip(outputs, self._roles) if told == role]
        return np.concatenate(sorted(parts, key=len, reverse=True))

    def _boxes(self, distances: Any, places: Any, count: int) -> Any:
        cells, strides = (part[places] for part in self._grid(count))
        shares = softmax(distances.reshape(-1, BOX, self._bins))
        sides = (shares @ np.arange(self._bins, dtype=np.float32)) * strides
        centres = (cells + np.float32(0.5)) * strides - np.float32(0.5) if self._roles else cells * strides
        return np.concatenate([centres - sides[:, :2], centres + sides[:, 2:]], axis=1)

    def _grid(self, count: int) -> Tuple[Any, Any]:
        if count not in self._grids:
            levels = len(self._roles) // 2 or len(STRIDES)
            cells, strides = grid_of(sides_of(STRIDES[:levels], *self._size))
            if len(cells) != count:
                text = "%d rows came where strides %s of %dx%d have %d cells"
                said = (count, list(STRIDES[:levels]), self._size[0], self._size[1], len(cells))
                raise CommandError(E_RUNTIME, text % said)
            self._grids[count] = (cells, strides)
        return self._grids[count]
