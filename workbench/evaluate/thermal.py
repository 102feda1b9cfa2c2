"""Temperature under load against a ceiling, with graceful degradation: it may slow down, it may not fail."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from workbench.evaluate import wording
from workbench.evaluate.intervals import Floats
from workbench.evaluate.verdict import Detail, Outcome, Verdict, not_measured

LEAST_SAMPLES = 10
PLAUSIBLE_C = (-60.0, 200.0)


def judge_temperature(
    samples_c: ArrayLike | None,
    limit_c: float,
    *,
    failed: int = 0,
    throttled: bool | None = None,
    sensor: str = "",
    missing: str = "this board has no temperature sensor",
) -> Verdict:
    """The hottest sample against the ceiling; failed frames FAIL, throttling alone does not.

    Args:
        samples_c: [n] degrees Celsius in the order of time; None where there is no sensor.
        limit_c: at most this.
        failed: frames that failed under load.
        throttled: whether the board lowered its clock; None where it does not say.
        sensor: its name.
        missing: the reason where there is no sensor.
    """
    samples = np.asarray([] if samples_c is None else samples_c, dtype=np.float64).reshape(-1)
    sound = samples[(samples > PLAUSIBLE_C[0]) & (samples < PLAUSIBLE_C[1])]
    details: dict[str, Detail] = {
        "failed": failed,
        "sensor": sensor,
        "throttled": None if throttled is None else int(throttled),
        "damaged": samples.size - sound.size,
    }
    if not sound.size:
        reason = missing if not samples.size else f"none of {samples.size} temperatures makes sense"
        unmeasured = not_measured(reason, limit=limit_c, relation="<=", unit="°C", details=details)
        return _failed(unmeasured, failed) if failed else unmeasured
    rising = _rise(sound)
    outcome, why = _judge(sound, limit_c, rising)
    where = f" ({sensor})" if sensor else ""
    hottest = f"hottest {wording.amount(float(sound.max()), '°C')}{where} of {wording.count(sound.size, 'sample')}"
    parts = [f"{hottest}, limit {wording.amount(limit_c, '°C')}", *why]
    if throttled is not None:
        parts.append("the board lowered its clock" if throttled else "the clock was not lowered")
    verdict = Verdict(
        outcome=outcome,
        value=sound.max(),
        limit=limit_c,
        relation="<=",
        unit="°C",
        samples=sound.size,
        needed=LEAST_SAMPLES if sound.size < LEAST_SAMPLES and outcome is Outcome.INCONCLUSIVE else None,
        reason="; ".join(parts),
        details=details | {"rise_c": rising, "mean_c": sound.mean()},
    )
    return _failed(verdict, failed) if failed else verdict


def _judge(sound: Floats, limit_c: float, rising: float | None) -> tuple[Outcome, list[str]]:
    if sound.max() > limit_c:
        return Outcome.FAIL, []
    if sound.size < LEAST_SAMPLES:
        return Outcome.INCONCLUSIVE, [f"at least {LEAST_SAMPLES} samples are needed"]
    if rising is not None and rising > 0 and sound.max() + rising > limit_c:
        words = f"still rising by {wording.amount(rising, '°C')} in the last third: a longer run would cross the limit"
        return Outcome.INCONCLUSIVE, [words]
    return Outcome.PASS, []


def _rise(sound: Floats) -> float | None:
    """How much hotter the last third was than the one before, by medians; None for too few samples."""
    third = sound.size // 3
    if sound.size < LEAST_SAMPLES:
        return None
    return float(np.median(sound[-third:]) - np.median(sound[-2 * third : -third]))


def _failed(verdict: Verdict, failed: int) -> Verdict:
    reason = f"{wording.count(failed, 'frame')} failed under load, which is no graceful degradation; {verdict.reason}"
    return Verdict.from_json({**verdict.to_json(), "outcome": Outcome.FAIL.value, "reason": reason})
