"""What a run's record knows of how it was measured, in words: nothing that it does not hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from workbench.views.verify.other_load import BUSY_PERCENT, other_load_percent
from workbench.views.verify.values import BAD, GOOD, NEAR, PLAIN, Fact, Validity
from workbench.views.verify.ways import Pace
from workbench.views.verify.words import as_sentence, grouped
from workbench.words import say_count

if TYPE_CHECKING:
    from workbench.results.run_record import RunRecord
    from workbench.verify.evidence import Evidence

_ENDED = {"cancelled": "Stopped", "failed": "Failed", "interrupted": "Interrupted"}
STEADY = 0.01
"""Clocks that stay within this share of each other are steady."""


def read_validity(run: RunRecord, pace: Pace, stale: str = "") -> Validity:
    """The word for a run, and what its record knows."""
    word, tone, text = judge_run(run, stale)
    return Validity(word, tone, text, tuple(_facts(run, pace.evidence)))


def judge_run(run: RunRecord, stale: str = "") -> tuple[str, str, str]:
    """What a run is worth: a word, what its colour is for, and why."""
    if run.state.value in _ENDED:
        return _ENDED[run.state.value], BAD, run.text or "It did not come to its end: it has no verdicts."
    if stale:
        return "Stale", NEAR, as_sentence(stale)
    if run.quick:
        return "Quick", NEAR, "Durations and counts were shortened: it is no evidence."
    if run.only:
        names = ", ".join(name.rpartition("/")[2] for name in run.only)
        return "Part", GOOD, f"Only {names} was asked for; it counts for that."
    if run.source is not None:
        return "Judged again", GOOD, f"By new limits, from what {run.source.get('run')} measured."
    return "Counts", GOOD, "Whole, and of the present documents, frames and release."


def _facts(run: RunRecord, evidence: Evidence | None) -> Iterator[Fact]:
    during = run.machine.get("during", {})
    reasons = run.machine.get("not_measured", {})
    if evidence is not None:
        yield _starts(evidence)
        load = _load_from_outside(evidence)
        if load is not None:
            yield load
    clock = during.get("frequency_mhz")
    if clock:
        yield _clock(clock)
    heat = during.get("temperature_c")
    if heat:
        yield Fact("temperature", f"{heat['min']:.0f} … {heat['max']:.0f} °C")
    elif reasons.get("temperature"):
        yield Fact("temperature", "not measured", why=str(reasons["temperature"]))
    memory = during.get("memory_available_bytes")
    if memory:
        yield Fact("memory left", f"{memory['min'] / 1e9:.1f} GB", why="The least that was free during the run.")
    problems = run.figures.get("problems") or ()
    if problems:
        yield Fact("recording", say_count(len(problems), "problem"), BAD, "; ".join(str(item) for item in problems[:5]))
    elif run.files:
        yield Fact("recording", "whole", GOOD, "Every block of it could be read.")
    if run.findings:
        yield Fact("findings", grouped(len(run.findings)), NEAR, " ".join(run.findings))


def _starts(evidence: Evidence) -> Fact:
    from workbench.verify.run_plan import LATENCY

    crashes = len(evidence.recording.events_of("worker_crashed"))
    if crashes:
        return Fact("crashes", grouped(crashes), BAD, "The engine's process died and was started again.")
    planned, ended = evidence.starts_planned(LATENCY), len(evidence.of_starts("start_ended", LATENCY))
    if not planned:
        return Fact("cold starts", grouped(ended) if ended else "none")
    return Fact("cold starts", f"{ended} of {planned}", GOOD if ended == planned else BAD)


def _load_from_outside(evidence: Evidence) -> Fact | None:
    share, cores = other_load_percent(evidence), evidence.board.cores
    if share is None or not cores:
        return None
    why = (
        f"The mean load of {say_count(cores, 'core')} without the engine's process and Slipway's own, over all samples."
    )
    tone = NEAR if share >= BUSY_PERCENT else PLAIN
    return Fact("other load", f"{share:.0f} %" if share >= 1 else "under 1 %", tone, why)


def _clock(clock: Mapping[str, Any]) -> Fact:
    low, high = float(clock["min"]), float(clock["max"])
    steady = high - low <= STEADY * high
    text = f"{grouped(high)} MHz, steady" if steady else f"{grouped(low)} … {grouped(high)} MHz"
    why = "The mean of the cores, as the system tells it."
    return Fact("clocks", text, GOOD if steady else NEAR, why)
