"""The way out of a row that does not pass: what would decide it, and about how long that takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.verify.other_load import BUSY_PERCENT, other_load_percent
from workbench.views.verify.rows import phase_of
from workbench.views.verify.values import FAIL, INCONCLUSIVE, NOT_MEASURED, PASS, RequirementRow
from workbench.views.verify.words import spell_seconds
from workbench.words import say_count

if TYPE_CHECKING:
    from projects.project import Project
    from workbench.results.run_record import RequirementResult, RunRecord
    from workbench.verify.evidence import Evidence

TIMED = frozenset({"latency", "throughput", "load_time", "stage_time"})
"""Kinds whose values other work on the machine makes worse."""
_BY_FRAMES = frozenset({"output_difference", "detection_iou", "accuracy"})


@dataclass(frozen=True, eq=False)
class Pace:
    """How long the parts of one run took, as it kept it; None for a part that nobody can tell."""

    run: RunRecord
    folder: Path

    @cached_property
    def evidence(self) -> Evidence | None:
        """What the run kept; None where it kept none, or it was damaged."""
        from workbench.base.errors import SlipwayError
        from workbench.verify.frozen_evidence import thaw_evidence

        try:
            return thaw_evidence(self.folder, self.run, accuracy=False)
        except SlipwayError:
            return None

    def phase_s(self, phase: str) -> float | None:
        """How long a phase took, cold starts and warm-up included."""
        if self.evidence is None:
            return None
        began, ended = (self.evidence.events(kind, phase) for kind in ("phase_started", "phase_ended"))
        return (ended[-1].mono_ns - began[0].mono_ns) / 1e9 if began and ended else None

    @property
    def whole_s(self) -> float | None:
        """How long all phases took together."""
        if self.evidence is None:
            return None
        parts = [self.phase_s(str(phase["id"])) for phase in self.evidence.phases]
        known = [part for part in parts if part is not None]
        return sum(known) if known else None


def expected_s(project: Project, only: frozenset[str] = frozenset()) -> float | None:
    """About how long a verification takes that was never carried out; None where nothing tells it."""
    from workbench.verify.run_plan import Effort, count_samples, plan_phases
    from workbench.verify.watcher import expected_seconds

    kinds = only or frozenset(item.kind for item in project.requirements)
    effort = Effort(kinds)
    phases = plan_phases(project, effort, count_samples(project, effort))
    return sum(expected_seconds(phase) for phase in phases) if phases else None


def show_way(row: RequirementRow, item: RequirementResult, pace: Pace) -> RequirementRow:
    """The same row with its way out."""
    text, takes_s = _way(row, item, pace)
    return replace(row, way_out=text, takes_s=takes_s)


def _way(row: RequirementRow, item: RequirementResult, pace: Pace) -> tuple[str, float | None]:
    if row.outcome == PASS:
        return "", None
    if row.outcome == FAIL:
        return _missed_by(item, pace), None
    if pace.run.quick and not row.can_decide:
        return "A quick run is no evidence: run the whole verification.", None
    if row.outcome == NOT_MEASURED:
        return _not_measured(item, pace)
    if row.can_decide:
        return _until_decided(item, pace)
    return _more(item, pace)


def _missed_by(item: RequirementResult, pace: Pace) -> str:
    from workbench.reports.wording import quantity_text, unit_of_difference

    verdict = item.verdict
    if verdict.value is None or verdict.limit is None or verdict.relation == "":
        return "Another candidate, another engine or another limit would change it; measuring again would not."
    by = quantity_text(abs(verdict.value - verdict.limit), unit_of_difference(verdict.unit))
    more = "more" if verdict.relation == ">=" else "less"
    share = other_load_percent(pace.evidence) if item.kind in TIMED and pace.evidence is not None else None
    if share is not None and share >= BUSY_PERCENT:
        return (
            f"It needs {by} {more}, and other programs took {share:.0f} % of the machine while it was measured: "
            "measure again when it is quiet, before anything else is changed."
        )
    return f"It needs {by} {more}. Measuring again does not help: make another candidate, or change the limit."


def _not_measured(item: RequirementResult, pace: Pace) -> tuple[str, float | None]:
    if item.kind in {"temperature", "power"}:
        return "Verify on a board that has this sensor, or take the entry out of the specification.", None
    return "Mend the cause, then measure it again.", _phase_of(item, pace)


def _until_decided(item: RequirementResult, pace: Pace) -> tuple[str, float | None]:
    """From the starts that were seen: how many of their kind would decide, and how long a start takes."""
    from workbench.evaluate.sequential import starts_to_decide
    from workbench.verify.run_plan import LATENCY

    evidence = pace.evidence
    if evidence is None or item.verdict.limit is None or not item.parameters:
        return "Measure until it is decided; how long that takes, this run does not tell.", None
    column = "execute_us" if item.parameters.get("span") == "engine" else "latency_us"
    passes = evidence.passes(LATENCY)
    statistic, limit_us = str(item.parameters["statistic"]), item.verdict.limit * 1e3
    needed = [
        starts_to_decide(evidence.series.starts(LATENCY, name, column), statistic, limit_us)
        for name in _judged_passes(item, passes)
    ]
    seen, took_s = len(evidence.series.starts(LATENCY)), pace.phase_s(LATENCY)
    most = None if None in needed or not needed else max(count for count in needed if count is not None)
    if most is None:
        return "It is so close to the limit that no number of frames would decide.", None
    takes_s = None if took_s is None or not seen else took_s / seen * most
    about = f", about {spell_seconds(takes_s)}" if takes_s is not None else ""
    return f"If it goes on like this, {say_count(most, 'cold start')} would decide{about}.", takes_s


def _judged_passes(item: RequirementResult, passes: list[str]) -> list[str]:
    pacing = str(item.parameters.get("pacing", "worse"))
    return [pacing] if pacing in passes else passes


def _more(item: RequirementResult, pace: Pace) -> tuple[str, float | None]:
    """How many more samples would decide."""
    verdict, run = item.verdict, pace.run
    if verdict.needed is None or verdict.samples is None:
        return "Nothing tells how much more would decide. The reason says what is open.", None
    more = verdict.needed - verdict.samples
    if item.kind not in _BY_FRAMES:
        return f"About {say_count(max(1, more), 'more sample')} would decide: ask for a longer measurement.", None
    available, took_s = run.frames.get("available"), _phase_of(item, pace)
    takes_s = None if took_s is None else took_s * verdict.needed / max(1, verdict.samples)
    if isinstance(available, int) and verdict.needed > available:
        lacking = say_count(verdict.needed - available, "frame")
        return (
            f"About {say_count(verdict.needed, 'frame')} would decide; {run.frames.get('source')} lacks {lacking}.",
            None,
        )
    about = f", about {spell_seconds(takes_s)}" if takes_s is not None else ""
    asked = "Ask for them with functional_equivalence.test_samples."
    return f"About {say_count(verdict.needed, 'frame')} in all would decide{about}. {asked}", takes_s


def _phase_of(item: RequirementResult, pace: Pace) -> float | None:
    """How long the phase took that measures a requirement."""
    phase = phase_of(item.kind)
    return pace.phase_s(phase) if phase else None


def is_open(row: RequirementRow) -> bool:
    """Whether measuring more could decide a row."""
    return row.outcome in {INCONCLUSIVE, NOT_MEASURED}
