"""How the difference of two runs is measured, for each kind of requirement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.evaluate import differences
from workbench.evaluate.differences import Change, Figure
from workbench.evaluate.intervals import Floats
from workbench.evaluate.latency import share_of
from workbench.evaluate.throughput import frames_per_second
from workbench.evaluate.verdict import Verdict
from workbench.evaluate.wording import count
from workbench.results.run_data import RunData, frames_of_both, values_of
from workbench.results.run_record import RequirementResult
from workbench.verify.evidence import Evidence
from workbench.verify.judge_equivalence import METRIC_KEYS
from workbench.verify.run_plan import LATENCY, THROUGHPUT
from workbench.verify.start_figures import load_times_ms, peaks_bytes, settled_bytes


class Measured(NamedTuple):
    """What both runs have of one requirement, in its unit."""

    a: float
    b: float
    change: Change
    basis: str
    """What is compared, in words."""


@dataclass(frozen=True)
class Both:
    """One requirement in two runs that kept what they measured."""

    a: RequirementResult
    b: RequirementResult
    runs: tuple[RunData, RunData]
    evidence: tuple[Evidence, Evidence]

    @property
    def parameters(self) -> Mapping[str, Any]:
        """How it was measured; what the figure is depends on none that differs."""
        return self.a.parameters


Measure = Callable[[Both], Measured | None]

_BYTES = {"B": 1.0, "MB": 1e6, "GB": 1e9}


def measure_change(a: RequirementResult, b: RequirementResult, runs: tuple[RunData, RunData]) -> Measured | None:
    """The difference by what both runs kept, else by the bounds of their verdicts; None where neither can be had."""
    measure, first, second = _MEASURES.get(a.kind), runs[0].evidence, runs[1].evidence
    if measure is not None and first is not None and second is not None:
        found = measure(Both(a, b, runs, (first, second)))
        if found is not None:
            return found
    return _by_bounds(a.verdict, b.verdict)


def _by_bounds(a: Verdict, b: Verdict) -> Measured | None:
    """From what stands in both records; over cold starts where a bound of a percentile is open."""
    if a.value is None or b.value is None:
        return None
    first, second = Figure(a.value, a.lower, a.upper), Figure(b.value, b.lower, b.upper)
    starts = _bounds_over_starts(a), _bounds_over_starts(b)
    is_open = None in (first.lower, first.upper, second.lower, second.upper)
    if is_open and starts[0] and starts[1]:
        first, second = starts[0], starts[1]
        return Measured(
            first.value, second.value, differences.change_of_figures(first, second), "the average over the cold starts"
        )
    change = differences.change_of_figures(first, second)
    known = change.lower is not None or change.upper is not None
    return Measured(first.value, second.value, change, "from the bounds of both verdicts" if known else "")


def _bounds_over_starts(verdict: Verdict) -> Figure | None:
    lower, upper = verdict.details.get("starts_lower"), verdict.details.get("starts_upper")
    if not isinstance(lower, (int, float)) or not isinstance(upper, (int, float)):
        return None
    return Figure((lower + upper) / 2, float(lower), float(upper))


def _latency(both: Both) -> Measured | None:
    judged = [str(item.verdict.details.get("judged", "back_to_back")) for item in (both.a, both.b)]
    passed = judged[0] if judged[0] == judged[1] else "back_to_back"
    column = "execute_us" if both.parameters.get("span") == "engine" else "latency_us"
    found = _over_starts(both, passed, column)
    if found is None:
        return None
    note = "" if judged[0] == judged[1] else f" (A was judged {_words(judged[0])}, B {_words(judged[1])})"
    return found._replace(basis=f"{_words(passed)}, {found.basis}{note}")


def _stage_time(both: Both) -> Measured | None:
    return _over_starts(both, "back_to_back", f"{both.parameters.get('stage')}_us")


def _over_starts(both: Both, passed: str, column: str) -> Measured | None:
    """The judged statistic of each cold start; of one start alone only its own bounds can be compared."""
    statistic = str(both.parameters.get("statistic"))
    a, b = (_each_start(evidence, passed, column, statistic) / 1e3 for evidence in both.evidence)
    if min(a.size, b.size) < 2:
        found = _by_bounds(both.a.verdict, both.b.verdict)
        return found and found._replace(basis=f"{statistic} of one start: restarts are not covered")
    basis = f"{statistic} of a start, averaged over {a.size} and {b.size}"
    return Measured(float(a.mean()), float(b.mean()), differences.change_over_starts(a, b), basis)


def _each_start(evidence: Evidence, passed: str, column: str, statistic: str) -> Floats:
    starts = [start[np.isfinite(start)] for start in evidence.series.starts(LATENCY, passed, column)]
    return np.array([_statistic(start, statistic) for start in starts if start.size], np.float64)


def _statistic(values: Floats, name: str) -> float:
    share = share_of(name)
    if share is not None:
        return float(np.quantile(values, share))
    return float(values.max() if name == "max" else values.mean())


def _load_time(both: Both) -> Measured | None:
    return _mean_of_starts([values_of(load_times_ms(evidence)) for evidence in both.evidence])


def _peak(both: Both) -> Measured | None:
    return _memory(both, peaks_bytes)


def _settled(both: Both) -> Measured | None:
    return _memory(both, settled_bytes)


def _memory(both: Both, sizes: Callable[[Evidence, object], Sequence[float | None]]) -> Measured | None:
    counts, scale = both.parameters.get("counts"), _BYTES.get(both.a.verdict.unit)
    if scale is None:
        return None
    return _mean_of_starts([values_of(sizes(evidence, counts)) / scale for evidence in both.evidence])


def _mean_of_starts(sides: Sequence[Floats]) -> Measured | None:
    """Verdicts take the largest of all starts, which is no statistic: the mean is compared."""
    a, b = sides
    if not a.size or not b.size:
        return None
    basis = f"the average over {a.size} and {b.size} starts, where the largest is judged"
    return Measured(float(a.mean()), float(b.mean()), differences.change_over_starts(a, b), basis)


def _throughput(both: Both) -> Measured | None:
    lengths = [evidence.measured_s(THROUGHPUT) for evidence in both.evidence]
    sides = [
        frames_per_second(evidence.series.done_s(THROUGHPUT), length_s)
        for evidence, length_s in zip(both.evidence, lengths, strict=True)
        if length_s is not None
    ]
    return _over_time(sides, "second")


def _power(both: Both) -> Measured | None:
    if both.parameters.get("statistic") == "max":
        return None
    sides = [evidence.sampled("power_w", evidence.series.span_ns(THROUGHPUT)) for evidence in both.evidence]
    return _over_time([side[side >= 0] for side in sides], "sample")


def _over_time(sides: Sequence[Floats], noun: str) -> Measured | None:
    if len(sides) < 2 or min(side.size for side in sides) < 2:
        return None
    a, b = sides
    basis = f"over {count(a.size, noun)} and {count(b.size, noun)} of one start each: restarts are not covered"
    return Measured(float(a.mean()), float(b.mean()), differences.change_over_time(a, b), basis)


def _output_difference(both: Both) -> Measured | None:
    rows = frames_of_both(*both.runs)
    sides = [_differences(evidence, chosen) for evidence, chosen in zip(both.evidence, rows, strict=True)]
    known = np.isfinite(sides[0]) & np.isfinite(sides[1])
    if not known.any():
        return None
    a, b = (side[known] for side in sides)
    judged = ", where the largest is judged" if both.parameters.get("statistic") == "max" else ""
    basis = f"frame by frame over {count(int(known.sum()), 'same frame')}{judged}"
    return Measured(float(a.mean()), float(b.mean()), differences.change_over_frames(b - a), basis)


def _differences(evidence: Evidence, rows: Sequence[int]) -> Floats:
    """The judged figure of some samples; NaN where one has none."""
    if evidence.compared is None:
        return np.full(len(rows), np.nan)
    gathered = evidence.compared.difference
    whole = evidence.compared.criteria.difference_scope == "all_anchors"
    counted = np.array([whole or gathered.samples[row].anchors > 0 for row in rows], bool)
    return np.where(counted, gathered.values()[list(rows)], np.nan) if len(rows) else np.empty(0)


def _detection_iou(both: Both) -> Measured | None:
    rows, statistic = frames_of_both(*both.runs), both.parameters.get("statistic")
    sides = [_ious(evidence, chosen) for evidence, chosen in zip(both.evidence, rows, strict=True)]
    if statistic not in {"mean", "p1"} or any(not sum(part.size for part in side) for side in sides):
        return None
    basis = f"frame by frame over {count(len(rows[0]), 'same frame')}"
    if statistic == "p1":
        pooled = [_pooled(side) for side in sides]
        change = differences.change_of_quantiles(pooled[0], pooled[1], len(rows[0]), 0.01)
        a, b = (float(np.quantile(values, 0.01, method="inverted_cdf")) for values, _ in pooled)
        return Measured(a, b, change, basis)
    sums = [(np.array([part.sum() for part in side]), np.array([float(part.size) for part in side])) for side in sides]
    a, b = (float(top.sum() / bottom.sum()) for top, bottom in sums)
    return Measured(a, b, differences.change_of_ratios(sums[0], sums[1]), basis)


def _ious(evidence: Evidence, rows: Sequence[int]) -> list[Floats]:
    return [] if evidence.compared is None else [evidence.compared.iou.samples[row].ious for row in rows]


def _pooled(side: Sequence[Floats]) -> tuple[Floats, NDArray[np.intp]]:
    return np.concatenate(list(side)), np.repeat(np.arange(len(side)), [part.size for part in side])


def _accuracy(both: Both) -> Measured | None:
    a, b = both.runs
    pairs = [(one, two) for one, two in zip(*frames_of_both(a, b), strict=True) if a.is_labelled(one)]
    pairs = [(one, two) for one, two in pairs if b.is_labelled(two)]
    if len(pairs) < differences.LEAST_FRAMES:
        return None
    first, second = (
        _accuracy_of(run, [pair[side] for pair in pairs], both.parameters) for side, run in enumerate(both.runs)
    )
    if first is None or second is None:
        return None
    change = differences.change_of_resamples(second[0] - first[0], first[1], second[1])
    other = a.record.frames.get("labels_sha256") != b.record.frames.get("labels_sha256")
    note = "; the labels are not the same" if other else ""
    return Measured(first[0], second[0], change, f"over {count(len(pairs), 'same labelled frame')}{note}")


def _accuracy_of(run: RunData, rows: list[int], parameters: Mapping[str, Any]) -> tuple[float, Floats] | None:
    """(the figure, the same for resampled images): of the device, or how far it is below the reference."""
    confidence = float(run.record.settings.get("confidence", 0.25))
    found, metric = run.accuracy(rows, confidence), METRIC_KEYS.get(str(parameters.get("metric")))
    name = parameters.get("class_name")
    if found is None or metric is None or (name is not None and name not in found["device"].classes):
        return None
    reference, device = (found[side].figure(metric, name) for side in ("reference", "device"))
    if device.value is None or reference.value is None:
        return None
    if parameters.get("basis") == "drop":
        return reference.value - device.value, reference.resampled - device.resampled
    return device.value, device.resampled


def _words(name: str) -> str:
    return name.replace("_", " ")


_MEASURES: Mapping[str, Measure] = {
    "output_difference": _output_difference,
    "detection_iou": _detection_iou,
    "accuracy": _accuracy,
    "latency": _latency,
    "stage_time": _stage_time,
    "throughput": _throughput,
    "load_time": _load_time,
    "memory_peak": _peak,
    "memory_steady": _settled,
    "resource_system_memory": _peak,
    "power": _power,
}
