"""How far the device's outputs are from the reference's, over the anchors that matter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.base.errors import SlipwayError, UsageError
from workbench.evaluate import bootstrap, wording
from workbench.evaluate.intervals import Floats, Interval, needed_by_scaling, variance_inflation
from workbench.evaluate.matching import Detections, match, unmatched
from workbench.evaluate.verdict import Detail, Outcome, Verdict, judge_interval, judge_value, not_measured

SCOPES = {
    "above_threshold": "the anchors where reference or device scores at or above the threshold",
    "all_anchors": "all anchors",
}
STATISTICS = {"max": "the largest of all samples counts", "mean": "the mean over the samples counts"}
LEAST_SAMPLES = 20  # bootstrap bounds over fewer samples are too narrow to judge by
LARGEST = 1e15


class AnchorOutput(NamedTuple):
    """A decoded head: `boxes` [n, 4] in input pixels, `scores` [n, c] (classes, objectness multiplied in)."""

    boxes: NDArray[np.floating]
    scores: NDArray[np.floating]


class SampleDifference(NamedTuple):
    """One sample: RMS together and apart over the `anchors` that count; RMS and L2 over all; what is wrong with it.

    `expected`: the reference detects something. `dead`: it does, and every score of the device is zero. `silent`: it
    does, and the device gives no row at all. `damaged`: whose numbers are none, "device" or "reference".
    """

    sample: int
    anchors: int
    rms: float
    boxes_rms: float
    scores_rms: float
    all_rms: float
    l2: float
    relative_l2: float | None
    unmatched: int = 0
    expected: bool = False
    dead: bool = False
    silent: bool = False
    damaged: str = ""


class OutputDifference:
    """Gathers differences sample by sample; one thread at a time.

    Args:
        threshold: confidence at or above which an anchor counts.
        input_size: (width, height) of the network's input in pixels.
        requested: samples that were asked for; with fewer the verdict is INCONCLUSIVE.
        statistic: what is judged over the samples: "max", which claims nothing of other images, or "mean".
        scope: which anchors the difference is taken over: "above_threshold" or "all_anchors".
        seed: of the bootstrap over samples.

    Raises:
        UsageError: statistic or scope is unknown.
    """

    def __init__(
        self,
        threshold: float,
        input_size: tuple[int, int],
        requested: int | None = None,
        statistic: str = "max",
        scope: str = "above_threshold",
        seed: int = 0,
    ) -> None:
        for given, known in ((statistic, STATISTICS), (scope, SCOPES)):
            if given not in known:
                raise UsageError(f"outputs cannot be compared by {given!r}", f"Use one of {', '.join(known)}.")
        self._threshold = threshold
        self._scale = np.array([*input_size, *input_size], dtype=np.float32)
        self._requested = requested
        self._statistic, self._scope, self._seed = statistic, scope, seed
        self.samples: list[SampleDifference] = []

    def add_anchors(self, reference: AnchorOutput, device: AnchorOutput) -> SampleDifference:
        """Add one sample whose outputs stand anchor by anchor in the same order.

        Raises:
            SlipwayError: the outputs differ in shape.
        """
        shapes = [(part.boxes.shape, part.scores.shape) for part in (reference, device)]
        if shapes[0] != shapes[1]:
            summary = f"the device gives boxes and scores of {shapes[1]}, the reference of {shapes[0]}"
            raise SlipwayError(summary, "The engine was built from another model: build it again.")
        damaged = _damage(reference, device)
        if damaged:
            return self._keep(_broken(len(self.samples), damaged))
        counted = _reaching(reference.scores, self._threshold) | _reaching(device.scores, self._threshold)
        boxes = (device.boxes - reference.boxes) / self._scale
        scores = device.scores - reference.scores
        sums = _squares(boxes), _squares(scores)
        size = math.sqrt(_squares(reference.boxes / self._scale) + _squares(reference.scores))
        l2 = math.sqrt(sum(sums))
        expected = bool(_reaching(reference.scores, self._threshold).any())
        return self._keep(
            SampleDifference(
                len(self.samples),
                int(counted.sum()),
                *_rms(boxes[counted], scores[counted]),
                all_rms=l2 / math.sqrt(max(boxes.size + scores.size, 1)),
                l2=l2,
                relative_l2=l2 / size if size else None,
                expected=expected,
                dead=expected and not device.scores.any(),
            )
        )

    def add_ranked(self, reference: Detections, device: Detections) -> SampleDifference:
        """Add one sample of ranked or NMS outputs: rows are matched first, since tail rows swap places.

        Rows from half the threshold up may be partners. A row at or above the threshold without a partner counts with
        its whole score, its box with nothing (there is none to compare).
        """
        damaged = _damage(reference, device)
        if damaged:
            return self._keep(_broken(len(self.samples), damaged))
        left, right = reference.at_least(self._threshold / 2), device.at_least(self._threshold / 2)
        pairs = match(left, right)
        counted = (left.scores[pairs.reference] >= self._threshold) | (right.scores[pairs.device] >= self._threshold)
        boxes = (right.boxes[pairs.device] - left.boxes[pairs.reference])[counted] / self._scale
        scores = (right.scores[pairs.device] - left.scores[pairs.reference])[counted]
        alone = [left.scores[unmatched(len(left), pairs.reference)], right.scores[unmatched(len(right), pairs.device)]]
        missing = np.concatenate([part[part >= self._threshold] for part in alone])
        every = np.concatenate([scores, missing])
        rms = _rms(np.concatenate([boxes, np.zeros((missing.size, 4))]), every[:, None])
        l2 = math.sqrt(_squares(boxes) + _squares(every))
        size = math.sqrt(_squares(left.boxes / self._scale) + _squares(left.scores))
        expected = bool((left.scores >= self._threshold).any())
        return self._keep(
            SampleDifference(
                len(self.samples),
                every.size,
                *rms,
                all_rms=rms[0],
                l2=l2,
                relative_l2=l2 / size if size else None,
                unmatched=missing.size,
                expected=expected,
                dead=expected and bool(len(device)) and not device.scores.any(),
                silent=expected and not len(device),
            )
        )

    def figure(self, sample: SampleDifference) -> float:
        """What is judged of a sample: its RMS over the anchors of the scope; NaN where it is damaged."""
        if sample.damaged:
            return math.nan
        return sample.rms if self._scope == "above_threshold" else sample.all_rms

    def values(self) -> Floats:
        """The judged figure [n] of each sample; NaN for damaged samples."""
        return np.array([self.figure(sample) for sample in self.samples])

    def verdict(self, limit: float) -> Verdict:
        """The statistic against the limit; dead or damaged device outputs FAIL whatever limit, statistic and scope."""
        unusable = self._unusable()
        if unusable:
            return not_measured(unusable, limit=limit, relation="<=", samples=len(self.samples))
        broken, sound = self._broken_samples(), self._sound_samples()
        figures = np.array([self.figure(sample) for sample in sound])
        value, bounds = self._measure(figures)
        short = self._requested is not None and len(self.samples) < self._requested
        outcome = Outcome.FAIL
        if not broken and value is not None:
            outcome = Outcome.INCONCLUSIVE if short else _outcome(value, bounds, limit)
        parts = [*_broken_words(broken), *self._words(sound, value, bounds, limit)]
        if short:
            parts.append(f"only {len(self.samples)} of {self._requested} samples were compared")
        ends = bounds or Interval(None, None)
        return Verdict(
            outcome=outcome,
            value=value,
            limit=limit,
            relation="<=",
            lower=ends.lower,
            upper=ends.upper,
            samples=len(self.samples),
            effective_samples=len(sound) / _inflation(figures) if bounds else None,
            needed=self._needed(value, bounds, limit) if outcome is Outcome.INCONCLUSIVE else None,
            reason="; ".join(parts),
            details=self._details(sound) | (_open_ends(bounds) if bounds else {}),
        )

    def _unusable(self) -> str:
        """Why nothing can be said of the device; empty where something can."""
        if not self.samples:
            return "no sample was compared"
        reference = sum(sample.damaged == "reference" for sample in self.samples)
        if reference:
            return f"the reference itself gave NaN or infinity in {wording.count(reference, 'sample')}"
        if not any(sample.anchors or sample.damaged for sample in self.samples):
            counted = wording.count(len(self.samples), "sample")
            return f"nothing scored at or above {self._threshold:g} on either side in {counted}"
        return ""

    def _sound_samples(self) -> list[SampleDifference]:
        """Samples that have a figure to judge."""
        whole = [sample for sample in self.samples if not sample.damaged]
        return whole if self._scope == "all_anchors" else [sample for sample in whole if sample.anchors]

    def _measure(self, figures: Floats) -> tuple[float | None, Interval | None]:
        """The statistic and its bounds; no bounds where no sampling is involved."""
        if not figures.size:
            return None, None
        if self._statistic == "max":
            return float(figures.max()), None
        value = float(figures.mean())
        if figures.size < LEAST_SAMPLES:
            return value, Interval(None, None)
        bounds = bootstrap.ratio_interval(figures, np.ones(figures.size), self._seed)
        return value, bootstrap.widen(bounds, value, _inflation(figures), most=math.inf)

    def _needed(self, value: float | None, bounds: Interval | None, limit: float) -> int | None:
        """Samples in all that would decide: by the bound's distance, and no fewer than were asked for."""
        wanted = (self._requested, LEAST_SAMPLES if bounds else None)
        least = [count for count in wanted if count and count > len(self.samples)]
        if value is None or bounds is None or bounds == (None, None):
            return max(least, default=None)
        if _outcome(value, bounds, limit) is not Outcome.INCONCLUSIVE:
            return max(least, default=None)
        bound = bounds.upper if value <= limit else bounds.lower
        scaled = needed_by_scaling(len(self.samples), value, bound, limit)
        return scaled and max([scaled, *least])

    def _broken_samples(self) -> list[SampleDifference]:
        """Samples that FAIL by themselves; silence is one only where the device never speaks."""
        broken = [sample for sample in self.samples if sample.damaged or sample.dead]
        expected = [sample for sample in self.samples if sample.expected]
        return [*broken, *expected] if expected and all(sample.silent for sample in expected) else broken

    def _keep(self, sample: SampleDifference) -> SampleDifference:
        self.samples.append(sample)
        return sample

    def _words(
        self, sound: Sequence[SampleDifference], value: float | None, bounds: Interval | None, limit: float
    ) -> list[str]:
        """What was measured, and in which sample most of it."""
        if value is None:
            return []
        worst = max(sound, key=self.figure)
        where = f"{wording.number(self.figure(worst))}{self._apart(worst)} in sample {worst.sample}"
        if bounds is None:
            return [f"largest difference {where} {self._over(worst)}, limit {wording.number(limit)}"]
        known = bounds != (None, None)
        span = f"{wording.interval(*bounds)} (95 % confidence at each end)"
        said = span if known else f"fewer than {LEAST_SAMPLES} samples: no bounds"
        mean = f"mean difference {wording.number(value)}, {said}, limit {wording.number(limit)}"
        return [mean, f"the largest {where} {self._over(worst)}"]

    def _apart(self, sample: SampleDifference) -> str:
        """Boxes and scores apart, which are known of the anchors above the threshold alone."""
        if self._scope == "all_anchors":
            return ""
        return f" (boxes {wording.number(sample.boxes_rms)}, scores {wording.number(sample.scores_rms)})"

    def _over(self, sample: SampleDifference) -> str:
        return f"over {wording.count(sample.anchors, 'anchor')}" if self._scope != "all_anchors" else "over all anchors"

    def _details(self, sound: Sequence[SampleDifference]) -> dict[str, Detail]:
        worst = max(sound, key=self.figure, default=None)
        return {
            "rule": (
                f"root mean square over {SCOPES[self._scope]}, boxes divided by the input size, scores as they are; "
                + STATISTICS[self._statistic]
            ),
            "statistic": self._statistic,
            "scope": self._scope,
            "bootstrap": "BCa" if self._statistic == "mean" else None,
            "bootstrap_seed": self._seed if self._statistic == "mean" else None,
            "threshold": self._threshold,
            "requested": self._requested,
            "worst_sample": worst.sample if worst else None,
            "boxes_rms": max((sample.boxes_rms for sample in sound), default=None),
            "scores_rms": max((sample.scores_rms for sample in sound), default=None),
            "mean_rms": float(np.mean([self.figure(sample) for sample in sound])) if sound else None,
            "anchors": sum(sample.anchors for sample in sound),
            "samples_without_anchors": sum(not sample.anchors and not sample.damaged for sample in self.samples),
            "unmatched": sum(sample.unmatched for sample in self.samples),
            "dead_samples": sum(sample.dead or sample.silent for sample in self.samples),
            "damaged_samples": sum(bool(sample.damaged) for sample in self.samples),
            "all_anchor_rms": max((sample.all_rms for sample in sound), default=None),
            "l2": max((sample.l2 for sample in sound), default=None),
            "relative_l2": max(
                (sample.relative_l2 for sample in sound if sample.relative_l2 is not None), default=None
            ),
        }


def _damage(reference: AnchorOutput | Detections, device: AnchorOutput | Detections) -> str:
    """Whose numbers are NaN, infinite, or so large that their squares would be."""
    for name, part in (("reference", reference), ("device", device)):
        if not all(bool((np.abs(values) < LARGEST).all()) for values in (part.boxes, part.scores)):
            return name
    return ""


def _broken(index: int, whose: str) -> SampleDifference:
    return SampleDifference(index, 0, 0.0, 0.0, 0.0, 0.0, 0.0, None, damaged=whose)


def _reaching(scores: NDArray[np.floating], threshold: float) -> NDArray[np.bool_]:
    """Which anchors [n] have a class at or above the threshold."""
    return np.asarray((scores >= threshold).any(axis=1))


def _squares(values: NDArray[np.floating]) -> float:
    flat = np.ravel(values, order="K")
    return float(np.dot(flat, flat))


def _rms(boxes: NDArray[np.floating], scores: NDArray[np.floating]) -> tuple[float, float, float]:
    """RMS of all elements together, of the boxes, of the scores; 0 where there are none."""
    sums = _squares(boxes.astype(np.float64)), _squares(scores.astype(np.float64))
    sizes = boxes.size, scores.size
    together = math.sqrt(sum(sums) / max(sum(sizes), 1))
    return together, math.sqrt(sums[0] / max(sizes[0], 1)), math.sqrt(sums[1] / max(sizes[1], 1))


def _broken_words(broken: Sequence[SampleDifference]) -> list[str]:
    seen = {
        "the device gave NaN, infinity or numbers beyond all sense in": sum(bool(sample.damaged) for sample in broken),
        "all scores of the device are zero in": sum(sample.dead for sample in broken),
        "the device gave no detection at all in any of": sum(sample.silent for sample in broken),
    }
    return [f"{what} {wording.count(many, 'sample')}" for what, many in seen.items() if many]


def _outcome(value: float, bounds: Interval | None, limit: float) -> Outcome:
    if bounds is None:
        return judge_value(value, limit, "<=")
    return judge_interval(value, bounds.lower, bounds.upper, limit, "<=")


def _inflation(figures: Floats) -> float:
    """How many samples are worth one independent one: neighbouring frames of a video are alike."""
    return variance_inflation([figures])


def _open_ends(bounds: Interval) -> dict[str, Detail]:
    return {f"{name}_open": 1 for name, end in bounds._asdict().items() if end is None}
