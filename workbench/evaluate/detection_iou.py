"""How well the device's detections overlap the reference's, misses counting 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from workbench.base.errors import UsageError
from workbench.evaluate import bootstrap, wording
from workbench.evaluate.intervals import Floats, Interval, needed_by_scaling, variance_inflation
from workbench.evaluate.matching import MATCH_IOU, Detections, Indices, iou_matrix, match, unmatched
from workbench.evaluate.verdict import Detail, Outcome, Verdict, judge_interval, judge_value, not_measured

NEAR = 0.05  # a reference score within this above the threshold is "near" it
FLIP_IOU = 0.5  # a detection of another class that overlaps this much is the same object, misnamed
LEAST_SAMPLES = 20  # bootstrap bounds over fewer samples are too narrow to judge by
STATISTICS = ("mean", "p1", "min")


MISSED_NEAR, MISSED, CLASS_FLIP = "missed_near", "missed", "class_flip"
"""Why a reference detection has no partner."""


def causes_of_misses(expected: Detections, offered: Detections, alone: Indices, confidence: float) -> list[str]:
    """Why reference detections have no partner, one cause for each of `alone`.

    Args:
        expected: the reference's from the threshold up.
        offered: the device's from half the threshold up.
        alone: places in `expected` of those without a partner.
        confidence: the threshold.
    """
    if not alone.size:
        return []
    overlaps = iou_matrix(expected.boxes[alone], offered.boxes)
    overlaps[expected.classes[alone][:, None] == offered.classes[None, :]] = 0.0
    flipped = np.asarray((overlaps >= FLIP_IOU).any(axis=1))
    near = expected.scores[alone] < confidence + NEAR
    return [CLASS_FLIP if flip else MISSED_NEAR if close else MISSED for flip, close in zip(flipped, near, strict=True)]


class SampleOverlap(NamedTuple):
    """One sample: the overlap of each reference detection, and what became of those that were missed."""

    sample: int
    ious: Floats
    missed_near: int
    missed_otherwise: int
    class_flips: int
    extra: int

    @property
    def missed(self) -> int:
        """Reference detections without a partner, whatever the cause."""
        return self.missed_near + self.missed_otherwise + self.class_flips


class DetectionIou:
    """Gathers overlaps sample by sample; one thread at a time.

    Every reference detection at or above the threshold is matched one to one within its class with device detections
    from half the threshold up, so that flicker at the edge is no miss. Extra are device detections at or above the
    threshold that no reference detection from half the threshold up explains.

    Args:
        confidence: the threshold.
        requested: samples that were asked for; with fewer the verdict is INCONCLUSIVE.
        statistic: what is judged over all reference detections: "mean", "p1" or "min".
        seed: of the bootstrap over samples.

    Raises:
        UsageError: the statistic is unknown.
    """

    def __init__(self, confidence: float, requested: int | None = None, statistic: str = "mean", seed: int = 0) -> None:
        if statistic not in STATISTICS:
            raise UsageError(f"overlap cannot be judged by {statistic!r}", f"Use one of {', '.join(STATISTICS)}.")
        self._confidence = confidence
        self._requested = requested
        self._statistic = statistic
        self._seed = seed
        self.samples: list[SampleOverlap] = []

    def add(self, reference: Detections, device: Detections) -> SampleOverlap:
        """Add one sample; both sides with every detection from half the threshold up (lower ones do no harm)."""
        expected, offered = reference.at_least(self._confidence), device.at_least(self._confidence / 2)
        pairs = match(expected, offered)
        ious = np.zeros(len(expected))
        ious[pairs.reference] = pairs.ious
        near, otherwise, flips = self._missed(expected, offered, unmatched(len(expected), pairs.reference))
        sure, known = device.at_least(self._confidence), reference.at_least(self._confidence / 2)
        extra = len(sure) - len(match(known, sure).device)
        sample = SampleOverlap(len(self.samples), ious, near, otherwise, flips, extra)
        self.samples.append(sample)
        return sample

    def ious(self) -> Floats:
        """The overlap [m] of every reference detection of all samples, misses 0."""
        return np.concatenate([sample.ious for sample in self.samples]) if self.samples else np.empty(0)

    def verdict(self, limit: float) -> Verdict:
        """PASS where the lower 95 % bound of the statistic is at least the limit, FAIL where the upper is below it."""
        ious = self.ious()
        if not ious.size:
            seen = wording.count(len(self.samples), "sample")
            reason = f"the reference detects nothing at or above {self._confidence:g} in {seen}"
            details = self._details(ious, limit)
            return not_measured(reason, limit=limit, relation=">=", samples=len(self.samples), details=details)
        value, bounds = self._measure(ious)
        short = self._requested is not None and len(self.samples) < self._requested
        outcome = Outcome.INCONCLUSIVE if short else self._outcome(value, bounds, limit)
        needed = self._needed(value, bounds, limit) if outcome is Outcome.INCONCLUSIVE else None
        return Verdict(
            outcome=outcome,
            value=value,
            limit=limit,
            relation=">=",
            lower=bounds.lower if bounds else None,
            upper=bounds.upper if bounds else None,
            samples=len(self.samples),
            effective_samples=sum(bool(sample.ious.size) for sample in self.samples) / self._inflation(),
            needed=needed,
            reason=self._reason(value, bounds, limit, short=short) + _would_decide(outcome, needed),
            details=self._details(ious, limit) | (_open_ends(bounds) if bounds else {}),
        )

    def _missed(self, expected: Detections, offered: Detections, alone: Indices) -> tuple[int, int, int]:
        """How many of the reference detections `alone` are near the threshold, missed otherwise, of another class."""
        found = causes_of_misses(expected, offered, alone, self._confidence)
        return found.count(MISSED_NEAR), found.count(MISSED), found.count(CLASS_FLIP)

    def _measure(self, ious: Floats) -> tuple[float, Interval | None]:
        """The statistic and its bounds; None where no sampling is involved."""
        if self._statistic == "min":
            return float(ious.min()), None
        filled = [sample.ious for sample in self.samples if sample.ious.size]
        quantile = self._statistic == "p1"
        value = float(np.quantile(ious, 0.01, method="inverted_cdf") if quantile else ious.mean())
        if len(filled) < LEAST_SAMPLES:
            return value, Interval(None, None)
        sizes = np.array([part.size for part in filled])
        if quantile:
            bounds = bootstrap.quantile_interval(ious, np.repeat(np.arange(sizes.size), sizes), 0.01, self._seed)
        else:
            sums = np.array([part.sum() for part in filled])
            bounds = bootstrap.ratio_interval(sums, sizes.astype(np.float64), self._seed)
        return value, bootstrap.widen(bounds, value, self._inflation())

    def _inflation(self) -> float:
        """How many samples are worth one independent one: neighbouring frames of a video are alike."""
        mean = float(self.ious().mean())
        return variance_inflation([np.array([(part.ious - mean).sum() for part in self.samples if part.ious.size])])

    def _outcome(self, value: float, bounds: Interval | None, limit: float) -> Outcome:
        if bounds is None:
            return judge_value(value, limit, ">=")
        return judge_interval(value, bounds.lower, bounds.upper, limit, ">=")

    def _needed(self, value: float, bounds: Interval | None, limit: float) -> int | None:
        """Samples in all that would decide: by the bound's distance, and no fewer than were asked for."""
        least = [count for count in (self._requested, LEAST_SAMPLES) if count and count > len(self.samples)]
        if bounds is None or (bounds.lower is None and bounds.upper is None):
            return max(least, default=None)
        bound = bounds.lower if value >= limit else bounds.upper
        scaled = needed_by_scaling(len(self.samples), value, bound, limit)
        decided = self._outcome(value, bounds, limit) is not Outcome.INCONCLUSIVE
        return max(least, default=None) if decided else scaled and max([scaled, *least])

    def _reason(self, value: float, bounds: Interval | None, limit: float, *, short: bool) -> str:
        ious, missed = self.ious(), sum(sample.missed for sample in self.samples)
        parts = [f"{self._statistic} overlap {wording.number(value)}"]
        if bounds is None:
            parts[0] += " (the smallest seen: nothing is claimed of other images)"
        elif bounds == (None, None):
            parts[0] += f" (fewer than {LEAST_SAMPLES} samples with detections: no bounds)"
        else:
            parts[0] += f", {wording.interval(*bounds)} (95 % confidence at each end)"
        parts[0] += f", limit {wording.number(limit)}"
        seen = f"{ious.size} reference detections in {wording.count(len(self.samples), 'sample')}"
        parts.append(f"{seen}: smallest {wording.number(float(ious.min()))}, {missed} missed, {self._split(limit)}")
        if short:
            parts.append(f"only {len(self.samples)} of {self._requested} samples were compared")
        return "; ".join(parts)

    def _split(self, limit: float) -> str:
        split = self._causes(limit)
        named = [f"{many} {name.replace('_', ' ')}" for name, many in split.items() if many]
        extra = f"{sum(sample.extra for sample in self.samples)} extra"
        return f"{extra} ({', '.join(named)})" if named else extra

    def _causes(self, limit: float) -> dict[str, int]:
        """What became of the reference detections that count less than the limit."""
        sums: dict[str, Callable[[SampleOverlap], int]] = {
            "missed_near_the_threshold": lambda sample: sample.missed_near,
            "missed_otherwise": lambda sample: sample.missed_otherwise,
            "class_flips": lambda sample: sample.class_flips,
            "box_shifts": lambda sample: int(((sample.ious > 0) & (sample.ious < limit)).sum()),
        }
        return {name: sum(map(count, self.samples)) for name, count in sums.items()}

    def _details(self, ious: Floats, limit: float) -> dict[str, Detail]:
        matched = ious[ious > 0]
        return {
            "statistic": self._statistic,
            "threshold": self._confidence,
            "requested": self._requested,
            "reference_detections": int(ious.size),
            "samples_with_detections": sum(bool(sample.ious.size) for sample in self.samples),
            "mean": float(ious.mean()) if ious.size else None,
            "p1": float(np.quantile(ious, 0.01, method="inverted_cdf")) if ious.size else None,
            "minimum": float(ious.min()) if ious.size else None,
            "mean_of_matched": float(matched.mean()) if matched.size else None,
            "missed": sum(sample.missed for sample in self.samples),
            "extra": sum(sample.extra for sample in self.samples),
            "match_iou": MATCH_IOU,
            "bootstrap_seed": self._seed,
            "bootstrap": {"mean": "BCa", "p1": "percentile"}.get(self._statistic),
            **self._causes(limit),
        }


def _would_decide(outcome: Outcome, needed: int | None) -> str:
    if outcome is not Outcome.INCONCLUSIVE:
        return ""
    if needed is None:
        return "; so close to the limit that no number of samples would decide"
    return f"; about {needed} samples in all would decide"


def _open_ends(bounds: Interval) -> dict[str, Detail]:
    ends = {"lower_open": bounds.lower, "upper_open": bounds.upper}
    return {name: 1 for name, end in ends.items() if end is None}
