"""Which blocks of a network suffer from INT8, and the smallest list of blocks to keep in float that meets a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from workbench.base.errors import UsageError
from workbench.optimise.calibration import Calibration
from workbench.optimise.cleanup import CleanModel, serialise
from workbench.optimise.deviation import Deviation, Outputs, PartError, Parts, detector_parts
from workbench.optimise.groups import Group, group_nodes
from workbench.optimise.hooks import Check, Progress, never, silent
from workbench.optimise.int8 import quantise, require_quantisable
from workbench.reference import conform, open_session, run_session

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Score: TypeAlias = Callable[[Sequence[Outputs], Sequence[Outputs]], float]
"""Scores the outputs of all frames of a candidate against the reference's (mean IoU with misses as 0); 1 is perfect."""


@dataclass(frozen=True)
class GroupLoss:
    """What quantising this group alone costs: deviation in dB of each part, and the score."""

    group: Group
    error: tuple[PartError, ...]
    score: float


@dataclass(frozen=True)
class Trial:
    """A candidate that was really made and measured: the groups kept in float, and its score."""

    kept: tuple[str, ...]
    score: float
    error: tuple[PartError, ...] = ()
    """Deviation of each part; empty where nobody kept it."""


@dataclass(frozen=True)
class Ranking:
    """Groups, the most harmful first, and a proposal.

    `keep` is the proposed list for `--keep`, empty where the plain recipe meets the limit, None where no list does that
    leaves at least one group quantised (then FP16 is the way). `score` is the proposal's, `float_share` the share of
    multiply-accumulates that it leaves in float. Each was measured on `frame_count` frames.
    """

    limit: float
    frame_count: int
    groups: tuple[GroupLoss, ...]
    trials: tuple[Trial, ...]
    keep: tuple[str, ...] | None
    score: float | None
    float_share: float | None


def rank_groups(
    clean: CleanModel,
    calibration: Calibration,
    frames: Sequence[NDArray[np.float32]],
    score: Score,
    *,
    limit: float,
    parts: Parts = detector_parts,
    threads: int = 1,
    progress: Progress = silent,
    check: Check = never,
    found: Callable[[GroupLoss], None] | None = None,
    whole_curve: bool = False,
) -> Ranking:
    """Measure each group's loss when it alone is quantised, then search the smallest keep-list that meets the limit.

    Quantising a group alone shows its own loss (all but it would show it under everybody else's noise) and is the
    cheaper of the two. The proposal does not rest on the losses adding up: groups are kept in the order of their loss,
    the number of them found by bisection, then each is tried to be given up again; every step makes the candidate and
    measures it. The frames should not be those of the calibration.

    Args:
        clean: the cleaned source.
        calibration: its ranges.
        frames: to measure on.
        score: see `Score`.
        limit: the least score that a proposal has.
        parts: as in `make_candidate`.
        threads: of one inference.
        progress: see `hooks`.
        check: see `hooks`.
        found: told each group's loss as it is measured, in the graph's order.
        whole_curve: measure also what the search may pass over: the first of the ranked groups in float, the first two
            and so on to all but one, so that `trials` has a score for each.

    Raises:
        UsageError: no frames, or a source that INT8 cannot be made from.
    """
    require_quantisable(clean)
    if not frames:
        raise UsageError("There are no frames to rank on", "Name labelled or plain frames of the kind the board sees.")
    model = clean.model()
    bench = _Bench(clean, calibration, frames, score, parts, threads, check)
    groups = group_nodes(model)
    losses = []
    for index, group in enumerate(groups):
        progress(0.6 * index / len(groups), f"quantising {group.name} alone")
        others = [name for other in groups if other is not group for name in other.nodes]
        losses.append(GroupLoss(group, *bench.measure(others)))
        if found is not None:
            found(losses[-1])
    losses.sort(key=lambda loss: (loss.score, _worst_db(loss.error)))
    search = _Search(bench, [loss.group for loss in losses], limit, progress)
    kept = search.run()
    if whole_curve:
        search.fill()
    progress(1.0, "ranked")
    return _ranking(limit, len(frames), losses, search, kept)


def _ranking(
    limit: float, frame_count: int, losses: Sequence[GroupLoss], search: _Search, kept: Sequence[Group] | None
) -> Ranking:
    keep = None if kept is None else tuple(entry for group in kept for entry in group.keep)
    total = sum(loss.group.mac_count for loss in losses)
    share = None if kept is None or not total else sum(group.mac_count for group in kept) / total
    value = None if kept is None else search.trial(kept)
    return Ranking(limit, frame_count, tuple(losses), tuple(search.trials), keep, value, share)


def _worst_db(error: Iterable[PartError]) -> float:
    return min((part.snr_db for part in error if part.snr_db is not None), default=0.0)


class _Bench:
    """The float outputs of all frames, and candidates measured against them."""

    def __init__(
        self,
        clean: CleanModel,
        calibration: Calibration,
        frames: Sequence[NDArray[np.float32]],
        score: Score,
        parts: Parts,
        threads: int,
        check: Check,
    ) -> None:
        self._clean, self._calibration, self._score = clean, calibration, score
        self._parts, self._threads, self._check = parts, threads, check
        spec = clean.facts.inputs[0]
        self._name = spec.name
        self._frames = [conform(frame, spec.shape, spec.dtype) for frame in frames]
        self._expected = self._outputs(clean.content)

    def measure(self, keep: Sequence[str]) -> tuple[tuple[PartError, ...], float]:
        """Deviation and score of the INT8 candidate that keeps these nodes in float."""
        got = self._outputs(serialise(quantise(self._clean, self._calibration, keep)))
        deviation = Deviation(self._parts)
        for expected, one in zip(self._expected, got, strict=True):
            deviation.add(expected, one)
        return deviation.result(), self._score(self._expected, got)

    def _outputs(self, content: bytes) -> list[Outputs]:
        session = open_session(content, self._threads)
        results: list[Outputs] = []
        for frame in self._frames:
            self._check()
            results.append(run_session(session, self._name, frame))
        return results


class _Search:
    """The search for the smallest keep-list; every list that is tried is made and measured, once."""

    def __init__(self, bench: _Bench, ordered: Sequence[Group], limit: float, progress: Progress) -> None:
        self._bench, self._ordered, self._limit, self._progress = bench, ordered, limit, progress
        self.trials: list[Trial] = []
        self._scores: dict[frozenset[str], float] = {}

    def run(self) -> list[Group] | None:
        """The groups to keep; None where even keeping all but one is not enough."""
        if self._meets([]):
            return []
        low, high = 0, len(self._ordered) - 1
        if high < 1 or not self._meets(self._ordered[:high]):
            return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._meets(self._ordered[:middle]) else (middle, high)
        kept = list(self._ordered[:high])
        for group in sorted(kept, key=lambda item: item.mac_count, reverse=True):
            fewer = [item for item in kept if item is not group]
            if fewer and self._meets(fewer):
                kept = fewer
        return kept

    def fill(self) -> None:
        """Try every beginning of the order, up to all groups but one."""
        for count in range(len(self._ordered)):
            self.trial(self._ordered[:count])

    def trial(self, kept: Sequence[Group]) -> float:
        """The score of the candidate that keeps these groups."""
        key = frozenset(group.name for group in kept)
        if key not in self._scores:
            self._progress(0.6 + 0.4 * (1.0 - 0.9 ** len(self._scores)), f"keeping {len(kept)} groups in float")
            nodes = [name for group in kept for name in group.nodes]
            error, self._scores[key] = self._bench.measure(nodes)
            self.trials.append(Trial(tuple(group.name for group in kept), self._scores[key], error))
        return self._scores[key]

    def _meets(self, kept: Sequence[Group]) -> bool:
        return self.trial(kept) >= self._limit
