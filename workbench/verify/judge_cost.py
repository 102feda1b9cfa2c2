"""Verdicts on what the engine takes: memory, power, threads."""

from __future__ import annotations

from projects.requirements import Requirement
from workbench.evaluate.memory import judge_peak, judge_steady
from workbench.evaluate.power import judge_mean_power
from workbench.evaluate.resources import judge_gpu_memory, judge_system_memory, judge_threads
from workbench.evaluate.starts import judge_largest
from workbench.evaluate.verdict import Verdict, not_measured
from workbench.verify.evidence import Evidence
from workbench.verify.limits import limit_of
from workbench.verify.run_plan import LATENCY, THROUGHPUT
from workbench.verify.start_figures import peaks_bytes, settled_bytes


def memory_peak(requirement: Requirement, evidence: Evidence) -> Verdict:
    """VmHWM of the engine's process, the largest of all starts."""
    return judge_peak(
        peaks_bytes(evidence, requirement.parameters.get("counts")), limit_of(requirement), evidence.why_not(LATENCY)
    )


def memory_steady(requirement: Requirement, evidence: Evidence) -> Verdict:
    """Median VmRSS over the last half of the frames of each start, the largest of all starts."""
    sizes = settled_bytes(evidence, requirement.parameters.get("counts"))
    return judge_steady(sizes, limit_of(requirement), evidence.why_not(LATENCY))


def power(requirement: Requirement, evidence: Evidence) -> Verdict:
    """The board's power while the throughput test runs."""
    samples = evidence.sampled("power_w", evidence.series.span_ns(THROUGHPUT))
    samples = samples[samples >= 0]  # a counter that was set back gives negative ones
    missing = _no_power(evidence)
    if requirement.parameters["statistic"] == "max":
        limit_w = limit_of(requirement)
        return judge_largest(list(samples), limit_w, subject="power", unit="W", missing=missing, noun="sample")
    return judge_mean_power(samples, limit_of(requirement), missing)


def system_memory(requirement: Requirement, evidence: Evidence) -> Verdict:
    """The ceiling of main memory."""
    return judge_system_memory(
        peaks_bytes(evidence, requirement.parameters.get("counts")), limit_of(requirement), evidence.why_not(LATENCY)
    )


def gpu_memory(requirement: Requirement, evidence: Evidence) -> Verdict:
    """The ceiling of GPU memory."""
    del evidence  # no runtime of this version uses a GPU
    return judge_gpu_memory([], limit_of(requirement))


def cpu_threads(requirement: Requirement, evidence: Evidence) -> Verdict:
    """Threads that the runtime was given, checked against the processor time that it really took."""
    busy = evidence.sampled("worker_cpu_percent", evidence.series.span_ns(THROUGHPUT))
    if not busy.size:
        return not_measured(evidence.why_not(THROUGHPUT), limit=limit_of(requirement), relation="<=", unit="threads")
    return judge_threads(evidence.threads, int(limit_of(requirement)), float(busy.mean()) / 100)


def _no_power(evidence: Evidence) -> str:
    """Why there is no figure of the board's power, should there be none."""
    sensor = evidence.board.power_sensor
    if sensor is None:
        return evidence.board.power_reason or "this board reports no power"
    if evidence.series.count(THROUGHPUT):
        return f"the sensor {sensor} gave no reading while frames ran"
    return evidence.why_not(THROUGHPUT)
