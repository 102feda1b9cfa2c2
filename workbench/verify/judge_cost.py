"""Verdicts on what the engine takes: memory, power, threads."""

from __future__ import annotations

from projects.requirements import Requirement
from workbench.evaluate.memory import judge_peak, judge_steady, steady_bytes
from workbench.evaluate.power import judge_mean_power
from workbench.evaluate.resources import judge_gpu_memory, judge_system_memory, judge_threads
from workbench.evaluate.starts import judge_largest
from workbench.evaluate.verdict import Verdict
from workbench.verify.evidence import Evidence
from workbench.verify.limits import limit_of
from workbench.verify.run_plan import LATENCY, THROUGHPUT


def memory_peak(requirement: Requirement, evidence: Evidence) -> Verdict:
    """VmHWM of the engine's process, the largest of all starts."""
    return judge_peak(_peaks(requirement, evidence), limit_of(requirement), evidence.why_not(LATENCY))


def memory_steady(requirement: Requirement, evidence: Evidence) -> Verdict:
    """Median VmRSS over the last half of the frames of each start, the largest of all starts."""
    floors, steady = _floors(requirement, evidence), []
    for event in evidence.events("start_ended", LATENCY):
        start = int(event.data["start"])
        span = evidence.series.span_ns(LATENCY, start)
        sizes = evidence.sampled("worker_rss_bytes", span)
        level = steady_bytes(sizes) if sizes.size else _number(event.data.get("rss_bytes"))
        steady.append(None if level is None else level - floors.get(start, 0.0))
    return judge_steady(steady, limit_of(requirement), evidence.why_not(LATENCY))


def power(requirement: Requirement, evidence: Evidence) -> Verdict:
    """The board's power while the throughput test runs."""
    samples = evidence.sampled("power_w", evidence.series.span_ns(THROUGHPUT))
    missing = evidence.board.power_reason or "this board reports no power"
    if requirement.parameters["statistic"] == "max":
        limit_w = limit_of(requirement)
        return judge_largest(list(samples), limit_w, subject="power", unit="W", missing=missing, noun="sample")
    return judge_mean_power(samples, limit_of(requirement), missing)


def system_memory(requirement: Requirement, evidence: Evidence) -> Verdict:
    """The ceiling of main memory."""
    return judge_system_memory(_peaks(requirement, evidence), limit_of(requirement))


def gpu_memory(requirement: Requirement, evidence: Evidence) -> Verdict:
    """The ceiling of GPU memory."""
    del evidence  # no runtime of this version uses a GPU
    return judge_gpu_memory([], limit_of(requirement))


def cpu_threads(requirement: Requirement, evidence: Evidence) -> Verdict:
    """Threads that the runtime was given, checked against the processor time that it really took."""
    busy = evidence.sampled("worker_cpu_percent", evidence.series.span_ns(THROUGHPUT))
    cores = float(busy.mean()) / 100 if busy.size else None
    return judge_threads(evidence.threads, int(limit_of(requirement)), cores)


def _peaks(requirement: Requirement, evidence: Evidence) -> list[float | None]:
    floors, peaks = _floors(requirement, evidence), []
    for event in evidence.events("start_ended", LATENCY):
        peak = _number(event.data.get("hwm_bytes"))
        peaks.append(None if peak is None else peak - floors.get(int(event.data["start"]), 0.0))
    return peaks


def _floors(requirement: Requirement, evidence: Evidence) -> dict[int, float]:
    """What the runtime takes without an engine, by start; empty where the whole process counts."""
    if requirement.parameters.get("counts") != "above_floor":
        return {}
    loaded = evidence.events("start_loaded", LATENCY)
    return {int(event.data["start"]): float(event.data["floor_rss_bytes"]) for event in loaded}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
