"""What runs measured of each candidate, the newest that still counts first, and why others do not count any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from projects.project import Project
from projects.records import EngineRecord, Stored
from projects.runs import list_runs
from workbench.base.errors import UsageError
from workbench.base.reporter import Silent
from workbench.pipeline.detector import Detector
from workbench.pipeline.frame_sets import identify_test_set
from workbench.pipeline.release import make_release
from workbench.pipeline.report import try_run
from workbench.results.run_record import RequirementResult, RunRecord, RunState
from workbench.verify.run_plan import Effort, count_samples


@dataclass(frozen=True)
class RunOfCandidate:
    """One finished run and whether what it says still holds."""

    run: RunRecord
    stale: str
    """Why it does not any more, in words; empty where it does."""

    def result(self, wanted: Callable[[RequirementResult], bool]) -> RequirementResult | None:
        """The first of its requirements that fits and was measured."""
        return next((item for item in self.run.requirements if wanted(item) and item.verdict.value is not None), None)


class CandidateEvidence:
    """All finished runs of one project by candidate; read once, when it is made.

    A run counts as stale where model, frames, labels or the configuration of its release changed; a limit that changed
    makes no measurement stale. Which candidate the documents ask for now is no matter.
    """

    def __init__(self, project: Project, detector: Detector) -> None:
        self._project, self._detector = project, detector
        self._engines: dict[str, Stored[EngineRecord]] = {
            item.record.sha256: item for item in project.records.all(EngineRecord)
        }
        self._frames: dict[bool, dict[str, str | None] | str] = {}
        self._runs: dict[str, list[RunOfCandidate]] = {}
        for run in self._finished():
            sha256 = str(run.chain.get("candidate", {}).get("sha256", ""))
            self._runs.setdefault(sha256, []).append(RunOfCandidate(run, self._why_stale(run)))

    @property
    def engines(self) -> tuple[Stored[EngineRecord], ...]:
        """All engines of the project, oldest first."""
        return tuple(self._engines.values())

    def all(self) -> Iterator[RunOfCandidate]:
        """Every run of every candidate, in no order."""
        for runs in self._runs.values():
            yield from runs

    def of(self, candidate_sha256: str) -> tuple[RunOfCandidate, ...]:
        """The runs of one candidate, the one that says most first: current before stale, whole before quick, newest."""
        found = self._runs.get(candidate_sha256, [])
        return tuple(sorted(found, key=lambda item: (bool(item.stale), item.run.quick, -item.run.number)))

    def _finished(self) -> Iterator[RunRecord]:
        for folder in list_runs(self._project.layout.runs):
            if folder.is_finished():
                run = try_run(folder)
                if isinstance(run, RunRecord) and run.state is RunState.FINISHED and not run.is_try:
                    yield run

    def _why_stale(self, run: RunRecord) -> str:
        changed = []
        if run.chain.get("model", {}).get("sha256") != self._detector.facts.sha256:
            changed.append("the model")
        changed += self._changed_frames(run)
        engine = self._engines.get(str(run.chain.get("engine", {}).get("sha256", "")))
        if engine is not None and not changed:
            release = make_release(self._project, self._detector, engine.record)
            if run.chain.get("release", {}).get("name") != release.id:
                changed.append("the configuration")
        return f"{' and '.join(changed)} changed since run {run.number}" if changed else ""

    def _changed_frames(self, run: RunRecord) -> list[str]:
        if run.frames.get("sha256") is None:
            return []
        present = self._present_frames(quick=run.quick)
        if isinstance(present, str):
            return [present]
        named = {"the test frames": "sha256", "the labels": "labels_sha256"}
        return [words for words, key in named.items() if run.frames.get(key) != present[key]]

    def _present_frames(self, *, quick: bool) -> dict[str, str | None] | str:
        """What the test set is now; in words where it cannot be read."""
        if quick not in self._frames:
            kinds = frozenset(item.kind for item in self._project.requirements)
            try:
                count = count_samples(self._project, Effort(kinds, quick))
                self._frames[quick] = identify_test_set(self._project, count, Silent())
            except UsageError:
                self._frames[quick] = "the test frames"
        return self._frames[quick]
