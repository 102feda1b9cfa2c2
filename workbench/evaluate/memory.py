"""Memory of the engine's worker: the peak, and what it settles at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from workbench.evaluate import wording
from workbench.evaluate.starts import judge_largest
from workbench.evaluate.verdict import Verdict


def steady_bytes(resident_bytes: ArrayLike) -> float | None:
    """Median of the last half of the resident sizes [n] of one start, in bytes; None where there are none."""
    sizes = np.asarray(resident_bytes, dtype=np.float64).reshape(-1)
    return float(np.median(sizes[sizes.size // 2 :])) if sizes.size else None


def judge_peak(
    peak_bytes: Sequence[float | None], limit_bytes: float, missing: str = "no start reported its peak memory"
) -> Verdict:
    """The largest peak (VmHWM) of all starts in bytes against a ceiling; the verdict is in MB (10^6 bytes)."""
    return _judge("peak memory", peak_bytes, limit_bytes, missing)


def judge_steady(
    settled_bytes: Sequence[float | None], limit_bytes: float, missing: str = "no start reported its resident memory"
) -> Verdict:
    """The largest steady size (`steady_bytes`) of all starts against a ceiling; the verdict is in MB (10^6 bytes)."""
    return _judge("steady memory", settled_bytes, limit_bytes, missing)


def _judge(subject: str, values: Sequence[float | None], limit_bytes: float, missing: str) -> Verdict:
    shown = f"limit {wording.megabytes(limit_bytes)}"
    return judge_largest(
        values, limit_bytes, subject=subject, unit="MB", scale=wording.MB, shown=shown, missing=missing
    )
