"""Which way to feed a model is the right one: told by outside data, labels or detections of the training framework.

Reference and device share their preprocessing, so their agreement can never tell a wrong one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.evaluate.matching import Detections, iou_matrix
from workbench.intake.trial import Feeding, Trial

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CAFFE_BGR = ((103.53, 116.28, 123.675), (57.375, 57.12, 58.395))
VALUES: Mapping[str, tuple[float, tuple[float, ...], tuple[float, ...]]] = {
    "0 to 1": (1 / 255, (0.0,), (1.0,)),
    "0 to 255": (1.0, (0.0,), (1.0,)),
    "-1 to 1": (1.0, (127.0,), (128.0,)),
    "ImageNet's mean and spread": (1 / 255, *IMAGENET),
    "mean and spread of 0 to 255": (1.0, *CAFFE_BGR),
}
"""Scale, mean and spread by what pixels become; the usual ones of training frameworks."""
FITS: Mapping[str, tuple[Literal["letterbox", "stretch"], Literal["center", "top_left"]]] = {
    "letterbox": ("letterbox", "center"),
    "letterbox at the top left": ("letterbox", "top_left"),
    "stretch": ("stretch", "center"),
}
LEAST_AGREEMENT = 0.1
"""Below it nothing is confirmed: the best of wrong ways is a wrong way."""
SURE = 0.95
"""In so many of the resampled sets of frames a way must be the better one to be called better."""
CONFIDENCE = 0.25
RESAMPLES = 1000
_OVERLAP = 0.5


@dataclass(frozen=True)
class Way:
    """One way to feed a model and how well what it gives agrees with the truth."""

    feeding: Feeding
    values: str
    """What pixels become: a name of `VALUES`, or that they are as the documents say."""
    fit: str
    """A name of `FITS`."""
    sums: NDArray[np.float64]
    """[frames, 3]: scores that hit, weighted by overlap; scores that were claimed; objects that are there."""

    @property
    def agreement(self) -> float:
        """0 to 1: harmonic mean of the shares of claimed scores that hit and of the truth that is hit."""
        return float(_agreement(self.sums.sum(axis=0)))

    def beats(self, other: Way, seed: int = 0) -> bool:
        """Whether it agrees better not only on these very frames: paired bootstrap over frames."""
        rows = np.random.default_rng(seed).integers(0, len(self.sums), (RESAMPLES, len(self.sums)))
        mine, theirs = (_agreement(way.sums[rows].sum(axis=1)) for way in (self, other))
        return bool(np.mean(mine > theirs) >= SURE)


@dataclass(frozen=True)
class Ranking:
    """Every way that was tried, best first."""

    ways: tuple[Way, ...]
    chosen: Way
    """The way to take: the one to start from unless another beats it."""
    truth: str
    """What was compared with, in words."""
    frames: int
    undecided: tuple[str, ...]
    """What these frames do not tell, in words."""

    @property
    def confirmed(self) -> bool:
        """Whether outside data confirm the chosen way: the model finds what is there, and no other way is better."""
        return self.chosen.agreement >= LEAST_AGREEMENT


def rank_feedings(
    trial: Trial,
    truth: Sequence[Detections],
    told_by: str,
    start: Feeding,
    *,
    limit_s: float = 60.0,
    check: Callable[[], None] = lambda: None,
) -> Ranking:
    """Try the usual ways: values and channel order first, with the fit of `start`, then how frames are fitted.

    Args:
        trial: the model and its frames.
        truth: what is on each frame, in its pixels; classes are the model's.
        told_by: where that comes from, in words.
        start: the way that is likeliest beforehand.
        limit_s: no further way is tried after that; what was not tried is undecided.
        check: raises where the work is to stop.

    Raises:
        SlipwayError: ONNX Runtime failed.
    """
    until_s = time.monotonic() + limit_s

    def try_way(feeding: Feeding) -> Way:
        check()
        found = [tried.found for tried in trial.run(feeding, CONFIDENCE)]
        return Way(feeding, _values_of(feeding), _fit_of(feeding), _sums(found, truth))

    first = try_way(start)
    tried = {start: first}
    for feeding in _pixel_ways(start):
        if time.monotonic() <= until_s and feeding not in tried and trial.takes(feeding):
            tried[feeding] = try_way(feeding)
    for leader in sorted(tried.values(), key=_rank)[:2]:
        for resize, anchor in FITS.values():
            feeding = replace(leader.feeding, resize=resize, anchor=anchor)
            if time.monotonic() <= until_s and feeding not in tried:
                tried[feeding] = try_way(feeding)
    ways = tuple(sorted(tried.values(), key=_rank))
    chosen = ways[0] if ways[0].beats(first) else first
    return Ranking(ways, chosen, told_by, len(truth), tuple(_undecided(ways, chosen)))


def agreement(found: Sequence[Detections], truth: Sequence[Detections]) -> float:
    """How well detections of several frames agree with what is there; see `Way.agreement`."""
    return float(_agreement(_sums(found, truth).sum(axis=0)))


def _sums(found: Sequence[Detections], truth: Sequence[Detections]) -> NDArray[np.float64]:
    """[frames, 3]: see `Way.sums`."""
    pairs = zip(found, truth, strict=True)
    rows = [(_hits(seen, there), float(seen.scores.sum()), float(len(there))) for seen, there in pairs]
    return np.array(rows, np.float64).reshape(-1, 3)


def _agreement(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """From [..., 3] hit, claimed, expected: 2 hit / (claimed + expected), which is the harmonic mean of both shares."""
    total = sums[..., 1] + sums[..., 2]
    return np.divide(2 * sums[..., 0], total, out=np.zeros_like(total), where=total > 0)


def _hits(found: Detections, truth: Detections) -> float:
    """Sum of score times overlap over pairs, greedily from the best score down, within each class."""
    if not len(found) or not len(truth):
        return 0.0
    overlaps = iou_matrix(found.boxes, truth.boxes)
    overlaps[found.classes[:, None] != truth.classes[None, :]] = 0.0
    total = 0.0
    for row in np.argsort(-found.scores, kind="stable"):
        best = int(overlaps[row].argmax())
        if overlaps[row, best] >= _OVERLAP:
            total += float(found.scores[row] * overlaps[row, best])
            overlaps[:, best] = 0.0
    return total


def _pixel_ways(start: Feeding) -> Iterator[Feeding]:
    colors: tuple[Literal["rgb", "bgr"], ...] = ("rgb", "bgr")
    for color in colors:
        yield replace(start, color=color)
    for scale, mean, std in VALUES.values():
        for color in colors:
            yield replace(start, color=color, scale=scale, mean=mean, std=std)


def _values_of(feeding: Feeding) -> str:
    taken = (feeding.scale, feeding.mean, feeding.std)
    return next((name for name, values in VALUES.items() if values == taken), "as the documents say")


def _fit_of(feeding: Feeding) -> str:
    return next(name for name, keys in FITS.items() if keys == (feeding.resize, feeding.anchor))


def _rank(way: Way) -> float:
    return -way.agreement


def _undecided(ways: Sequence[Way], chosen: Way) -> Iterator[str]:
    """In what respects another way does not do worse than the chosen one, or none other was tried."""
    respects: tuple[tuple[str, Callable[[Way], str]], ...] = (
        ("the order of the channels", lambda way: way.feeding.color.upper()),
        ("the pixels' values", lambda way: way.values),
        ("how frames are fitted", lambda way: way.fit),
    )
    for what, of in respects:
        other = next((way for way in ways if of(way) != of(chosen)), None)
        if other is None:
            yield f"{what}: only {of(chosen)} was tried"
        elif not chosen.beats(other):
            yield f"{what}: {of(chosen)} gives {chosen.agreement:.3f}, {of(other)} {other.agreement:.3f}"
