"""The ceilings of the resource allocation: system memory, processor threads, GPU memory."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.evaluate import wording
from workbench.evaluate.starts import judge_largest
from workbench.evaluate.verdict import Outcome, Verdict, not_measured

BUSY_TOLERANCE = 0.25  # of a core: the worker's own Python beside the threads of the runtime


def judge_system_memory(
    peak_bytes: Sequence[float | None], allowed_bytes: float, missing: str = "no start reported its peak memory"
) -> Verdict:
    """Peak memory of each start against the allocation; the verdict is in MB (10^6 bytes)."""
    return _judge_memory("system memory", peak_bytes, allowed_bytes, missing)


def judge_gpu_memory(
    peak_bytes: Sequence[float | None], allowed_bytes: float, missing: str = "this board has no GPU that is used"
) -> Verdict:
    """GPU memory of each start against the allocation; NOT MEASURED where there is no GPU."""
    return _judge_memory("GPU memory", peak_bytes, allowed_bytes, missing)


def judge_threads(used: int | None, allowed: int, busy_cores: float | None = None) -> Verdict:
    """Threads that the runtime computes with against the allocation.

    Args:
        used: threads that the runtime says it uses.
        allowed: at most so many.
        busy_cores: processor time of the worker divided by wall time while it computed; a cross-check that FAILS where
            more cores were busy than are allowed.
    """
    if used is None:
        return not_measured("the runtime does not say how many threads it uses", limit=allowed, relation="<=")
    reason = f"{wording.count(used, 'thread')} used, {allowed} allowed"
    outcome = Outcome.PASS if used <= allowed else Outcome.FAIL
    if busy_cores is not None:
        reason += f"; {wording.number(busy_cores, 3)} cores busy on average"
        if busy_cores > allowed + BUSY_TOLERANCE:
            outcome = Outcome.FAIL
            reason += ", more than are allowed"
    return Verdict(
        outcome=outcome,
        value=used,
        limit=allowed,
        relation="<=",
        unit="threads",
        reason=reason,
        details={"busy_cores": busy_cores},
    )


def _judge_memory(subject: str, values: Sequence[float | None], allowed_bytes: float, missing: str) -> Verdict:
    return judge_largest(
        values,
        allowed_bytes,
        subject=subject,
        unit="MB",
        scale=wording.MB,
        shown=f"allowed {wording.megabytes(allowed_bytes)}",
        missing=missing,
    )
