"""Boxes with a score for every class, where the scores may still be logits and one class the background."""

from __future__ import annotations

import math
from typing import Any, Callable, NamedTuple, Tuple

import numpy as np

from .arrays import ACTIVATIONS, BACKGROUNDS, count_outside, logit, nothing, rows_reaching, sigmoid, softmax
from .base import Detections, select
from .options import Options


class ScoreRule(NamedTuple):
    """From a model's class values to scores of its classes."""

    activation: str
    background: str
    classes: int

    @classmethod
    def of(cls, options: Options, classes: int, background: str = "none") -> ScoreRule:
        """As the options say."""
        activation = options.word("activation", ACTIVATIONS, "none")
        return cls(activation, options.word("background", BACKGROUNDS, background), classes)

    @property
    def columns(self) -> int:
        """Values of a row, the background's among them."""
        return self.classes + (self.background != "none")

    def scores(self, values: Any) -> Any:
        """float32 [n, c] from [n, columns]."""
        if self.activation == "softmax":
            return self._own(softmax(values))
        return sigmoid(self._own(values)) if self.activation == "sigmoid" else self._own(values)

    def reaching(self, values: Any, confidence: float) -> Any:
        """Indices of rows whose best score may reach the confidence; quicker than computing all scores."""
        if not values.size:
            return np.zeros(0, np.int64)
        own = self._own(values)
        if self.activation != "softmax":
            return rows_reaching(own, logit(confidence) if self.activation == "sigmoid" else confidence)
        with np.errstate(invalid="ignore"):
            # a softmax is at most exp(value - largest value), which needs no sum
            least = math.log(confidence) if confidence > 0 else -math.inf
            return np.flatnonzero(own.max(axis=1) - values.max(axis=1) >= least)

    def _own(self, values: Any) -> Any:
        if self.background == "first":
            return values[:, 1:]
        return values[:, :-1] if self.background == "last" else values


def detect_dense(
    boxes: Callable[[Any], Any],
    values: Any,
    rule: ScoreRule,
    limits: Tuple[float, float, int],
) -> Detections:
    """Detections of dense rows, suppressed within each class; `boxes` gives corners of the rows whose indices it gets.

    Limits: confidence, IoU of the suppression, most detections.
    """
    chosen = rule.reaching(values, limits[0])
    if not len(chosen):
        return nothing()
    return select(boxes(chosen), rule.scores(values[chosen]), *limits)


def detect_suppressed(
    boxes: Callable[[Any], Any], values: Any, rule: ScoreRule, confidence: float, max_detections: int
) -> Detections:
    """As `detect_dense`, for rows that need no suppression: a row is one detection, of its best class."""
    chosen = rule.reaching(values, confidence)
    scores = rule.scores(values[chosen])
    best = scores.max(axis=1) if scores.size else np.zeros(0, np.float32)
    with np.errstate(invalid="ignore"):
        good = np.flatnonzero(best >= confidence)
    order = good[np.argsort(-best[good], kind="stable")][:max_detections]
    if not len(order):
        return nothing()
    return Detections(boxes(chosen[order]), best[order], scores[order].argmax(axis=1))


def count_bad(values: Any, rule: ScoreRule) -> int:
    """Scores of any row that are not numbers in [0, 1]."""
    return count_outside(rule.scores(values))
