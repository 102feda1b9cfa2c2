"""What goes in and comes out: bad input is rejected with an error code, every output is a valid detection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from workbench.evaluate import wording
from workbench.evaluate.intervals import Floats
from workbench.evaluate.verdict import Outcome, Verdict, judge_value, not_measured


class Rejection(NamedTuple):
    """One bad input: the error code that came back (None, 0 or "": it was accepted), and whether the next frame ran.

    `next_frame_ran` is None where it was not tried.
    """

    error_code: int | str | None
    next_frame_ran: bool | None


def judge_rejections(subject: str, attempts: Sequence[Rejection], missing: str = "") -> Verdict:
    """Whether every bad input was rejected with an error code and the next frame still ran.

    Args:
        subject: the input in words, such as "a frame of the wrong size".
        attempts: what came back each time.
        missing: the reason where nothing was tried.
    """
    total = len(attempts)
    if not total:
        return not_measured(missing or f"{subject} was not sent", relation=">=")
    accepted = sum(not attempt.error_code for attempt in attempts)
    stuck = sum(bool(attempt.error_code) and attempt.next_frame_ran is False for attempt in attempts)
    untried = sum(bool(attempt.error_code) and attempt.next_frame_ran is None for attempt in attempts)
    codes = sorted({str(attempt.error_code) for attempt in attempts if attempt.error_code})
    parts = [f"{subject}: rejected with an error code in {total - accepted} of {total}"]
    if codes:
        parts[0] += f" ({', '.join(codes[:5])})"
    if stuck:
        parts.append(f"the next frame did not run in {stuck}")
    if untried:
        parts.append(f"whether the next frame runs was not tried in {untried}")
    outcome = Outcome.FAIL if accepted or stuck else Outcome.INCONCLUSIVE if untried else Outcome.PASS
    if outcome is Outcome.PASS:
        parts.append("the next frame ran every time")
    return Verdict(
        outcome=outcome,
        value=total - accepted - stuck - untried,
        limit=total,
        relation=">=",
        unit=f"of {total} rejected",
        samples=total,
        reason="; ".join(parts),
        details={"accepted": accepted, "stuck": stuck, "untried": untried, "codes": ", ".join(codes)},
    )


def count_bad_boxes(boxes: Floats, width: int, height: int) -> int:
    """How many of the boxes [k, 4] (x1, y1, x2, y2) are none: not finite, without area, or wholly outside the frame."""
    corners = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    with np.errstate(invalid="ignore"):
        proper = np.isfinite(corners).all(axis=1) & (corners[:, 2:] > corners[:, :2]).all(axis=1)
        inside = (corners[:, 2:] > 0).all(axis=1) & (corners[:, 0] < width) & (corners[:, 1] < height)
    return int((~(proper & inside)).sum())


def count_bad_scores(scores: Floats, lowest: float = 0.0, highest: float = 1.0) -> int:
    """How many of the scores [k] are outside the range or no numbers."""
    values = np.asarray(scores, dtype=np.float64).reshape(-1)
    return int((~((values >= lowest) & (values <= highest))).sum())


def judge_detection_format(checked: int, bad: int, frames: int, example: str = "") -> Verdict:
    """Whether every box of every output is valid (`count_bad_boxes`).

    Args:
        checked: boxes that were looked at.
        bad: those that are not valid.
        frames: outputs that they come from.
        example: a bad one in words.
    """
    return _judge_outputs("boxes", "box", "finite, with an area, touching the frame", checked, bad, frames, example)


def judge_confidence_range(
    checked: int, bad: int, frames: int, lowest: float = 0.0, highest: float = 1.0, example: str = ""
) -> Verdict:
    """Whether every score of every output is within the range (`count_bad_scores`)."""
    return _judge_outputs("scores", "score", f"within [{lowest:g}, {highest:g}]", checked, bad, frames, example)


def _judge_outputs(noun: str, singular: str, rule: str, checked: int, bad: int, frames: int, example: str) -> Verdict:
    if not checked:
        return not_measured(f"no {noun} came out of {wording.count(frames, 'frame')}", limit=0, relation="<=")
    reason = f"{bad} of {checked} {noun} in {wording.count(frames, 'frame')} are not {rule}"
    if not bad:
        reason = f"all {checked} {noun} in {wording.count(frames, 'frame')} are {rule}"
    return Verdict(
        outcome=judge_value(bad, 0, "<="),
        value=bad,
        limit=0,
        relation="<=",
        unit=f"bad {noun}" if bad != 1 else f"bad {singular}",
        samples=checked,
        reason=f"{reason}, such as {example}" if bad and example else reason,
        details={"frames": frames},
    )
