"""The project's own head: a Python file with one function `decode`, run only where a person trusts its bytes.

def decode(outputs, width, height):
    '''outputs: numpy arrays in the model's order. Gives boxes [n, 4] x0, y0, x1, y1 in pixels and scores [n, c].'''

RANKED = True  # only where the rows are detections already: then they are not suppressed, and their number may vary

What it prints goes to stderr: stdout belongs to what calls the head.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any, Callable, Dict, Sequence, Tuple, cast

import numpy as np

from ..plan import HeadChoice
from ..protocol import E_RUNTIME, E_USAGE, CommandError
from .arrays import count_outside
from .base import Detections, select
from .tables import ScoreRule, detect_suppressed

FUNCTION = "decode"
RANKED = "RANKED"
_FILE = "the project's head"


class Plugin:
    """Calls the project's function; what it gives is checked, and suppressed here unless the file says it is ranked."""

    name = "plugin"

    def __init__(self, choice: HeadChoice, source: bytes) -> None:
        """Run the file.

        Raises:
            CommandError: E_USAGE where it is no Python, fails, or has no function `decode`.
        """
        self.classes = choice.classes
        self._size = (choice.width, choice.height)
        self._decode, self.ranked = _load(source)

    def decode_anchors(self, outputs: Sequence[Any]) -> Tuple[Any, Any]:
        """What the function gives, as float32 [n, 4] and [n, c]."""
        try:
            boxes, scores = self._decode(list(outputs), *self._size)
            boxes, scores = np.asarray(boxes, np.float32), np.asarray(scores, np.float32)
        except (Exception, SystemExit) as error:  # boundary: code of the project, which may raise anything
            text = "%s failed: %s: %s" % (_FILE, type(error).__name__, error)
            raise CommandError(E_RUNTIME, text, "Mend its function `decode`.") from error
        rows = boxes.shape[:1]
        if boxes.shape != (*rows, 4) or scores.shape != (*rows, self.classes):
            text = "%s gives boxes %s and scores %s; expected [n, 4] and [n, %d]"
            raise CommandError(E_RUNTIME, text % (_FILE, list(boxes.shape), list(scores.shape), self.classes))
        return boxes, scores

    def detect(self, outputs: Sequence[Any], confidence: float, nms_iou: float, max_detections: int) -> Detections:
        """One class for each row, its best; then suppression within each class, unless the rows are ranked."""
        boxes, scores = self.decode_anchors(outputs)
        if self.ranked:
            rule = ScoreRule("none", "none", self.classes)
            return detect_suppressed(lambda rows: boxes[rows], scores, rule, confidence, max_detections)
        return select(boxes, scores, confidence, nms_iou, max_detections)

    def count_bad_scores(self, outputs: Sequence[Any]) -> int:
        """Scores of any row that are not numbers in [0, 1]."""
        return count_outside(self.decode_anchors(outputs)[1])


def _load(source: bytes) -> Tuple[Callable[..., Any], bool]:
    """The function, and whether the file says that its rows are ranked."""
    # its own `print`: redirecting stdout around its calls would take that from every other thread, too
    names: Dict[str, Any] = {"__name__": "slipway_project_head", "print": partial(print, file=sys.stderr)}
    try:
        exec(compile(source, "head.py", "exec"), names)  # noqa: S102 - trusted by a person, by its sha256
    except (Exception, SystemExit) as error:  # boundary: code of the project, which may raise anything
        text = "%s cannot be run: %s: %s" % (_FILE, type(error).__name__, error)
        raise CommandError(E_USAGE, text, "Mend the file; it may import numpy and the standard library.") from error
    function = names.get(FUNCTION)
    if not callable(function):
        raise CommandError(E_USAGE, "%s has no function `%s`" % (_FILE, FUNCTION), "Define decode(outputs, w, h).")
    return cast("Callable[..., Any]", function), bool(names.get(RANKED, False))
