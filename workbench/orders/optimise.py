"""Orders of the Optimise page: make candidates, rank the layers, verify one candidate, count what calibration shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext
    from workbench.views.optimise.comparison import RunDifferences

_EXPECTED = frozenset({"candidate", "engine", "release"})
"""What differs between the runs of two candidates by itself."""


@dataclass(frozen=True)
class MadeCandidate:
    """A candidate that was made, or found because nothing changed since."""

    key: str
    """Id of its record, the key of its row."""
    name: str
    sha256: str


@dataclass(frozen=True)
class MakeCandidate:
    """Make one candidate by its recipe; one that was made just so is found, and nothing is overwritten."""

    project: Path
    recipe: str
    keep: tuple[str, ...] = ()
    method: str | None = None

    @property
    def title(self) -> str:
        """What a person reads."""
        kept = f"-k{len(self.keep)}" if self.keep else ""
        return f"Make {self.recipe}{kept} of {self.project.name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> MadeCandidate:
        """The candidate."""
        return _make(self.project, self.recipe, self.keep, self.method, context)


@dataclass(frozen=True)
class MakeFirstCandidates:
    """Make fp16 and int8 with all layers, to have something to compare."""

    project: Path

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Make fp16 and int8 of {self.project.name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> tuple[MadeCandidate, ...]:
        """Both candidates."""
        return tuple(_make(self.project, recipe, (), None, context) for recipe in ("fp16", "int8"))


@dataclass(frozen=True)
class Ranked:
    """A ranking that is kept now."""

    groups: int
    seconds: float


@dataclass(frozen=True)
class RankLayers:
    """Rank the layer groups by what INT8 costs; each is told as a `ResultPart` named `group` when it is measured."""

    project: Path

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Rank the layers of {self.project.name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> Ranked:
        """How many groups there are, and how long it took."""
        import time

        from workbench.pipeline.optimise import RankJob

        started_s = time.monotonic()
        ranking = RankJob(self.project).run(context)
        return Ranked(len(ranking.groups), time.monotonic() - started_s)


@dataclass(frozen=True)
class CandidateVerified:
    """What verifying a candidate on one board came to."""

    key: str
    board: str
    run: str
    outcome: str
    """As `RunRecord.outcome_text`."""
    reused: bool
    """Whether nothing had changed, so that an earlier run counts."""


@dataclass(frozen=True)
class VerifyCandidate:
    """Build, install and verify one candidate on one board; what is unchanged is skipped.

    The key `model` stands for the model itself: a cleaned copy in float32 is made where there is none.
    """

    project: Path
    on_board: str
    key: str
    name: str
    sha256: str
    quick: bool = False
    telemetry_hz: float = 10.0

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Verify {self.name} on {self.on_board}"

    @property
    def board(self) -> str | None:
        """The board that is changed."""
        return self.on_board

    def run(self, context: JobContext) -> CandidateVerified:
        """The run and its outcome."""
        from workbench.pipeline.run import RunJob
        from workbench.views.optimise.values import MODEL_KEY

        sha256 = self.sha256
        if self.key == MODEL_KEY:
            sha256 = _make(self.project, "fp32", (), None, context).sha256
        job = RunJob(self.project, self.on_board, self.quick, self.telemetry_hz, sha256)
        done = job.run(context)
        return CandidateVerified(self.key, self.on_board, done.record.id, done.record.outcome_text, done.reused)


@dataclass(frozen=True)
class CalibrationAdded:
    """The calibration frames that a project has now."""

    images: str
    """As its documents name them."""
    frames: int


@dataclass(frozen=True)
class AddCalibration:
    """Copy calibration frames into a project, with labels that lie among them, and name them in its documents."""

    project: Path
    frames: Path
    """A folder of images, or a video."""

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Add calibration frames to {self.project.name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> CalibrationAdded:
        """What was named."""
        from workbench.model.bringing import add_calibration

        return CalibrationAdded(*add_calibration(self.project, self.frames, context))


@dataclass(frozen=True)
class ObjectsCounted:
    """How many frames a detector was run over to count what they show."""

    frames: int
    objects: int


@dataclass(frozen=True)
class CountObjects:
    """Count what the float model finds in the calibration frames, for sets that nobody labelled."""

    project: Path

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Count objects in the calibration frames of {self.project.name}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> ObjectsCounted:
        """How many frames and objects."""
        from workbench.pipeline.object_counts import count_objects

        counts = count_objects(self.project, context)
        return ObjectsCounted(counts.frames, sum(counts.objects.values()))


@dataclass(frozen=True)
class CompareRuns:
    """Compare the runs of two candidates frame by frame, as `slipway compare` does."""

    project: Path
    run_a: str
    run_b: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"Compare runs {_number(self.run_a)} and {_number(self.run_b)}"

    @property
    def board(self) -> str | None:
        """Nothing changes on a board."""
        return None

    def run(self, context: JobContext) -> RunDifferences:
        """The differences with their intervals."""
        from projects.layout import Layout
        from projects.runs import find_run
        from workbench.pipeline.report import load_evidence
        from workbench.results.comparison import compare_runs
        from workbench.views.optimise.comparison import RunDifferences, difference_row

        context.step("compare", "Compare what both runs measured")
        runs = Layout(self.project).runs
        first, second = find_run(runs, self.run_a), find_run(runs, self.run_b)
        found = compare_runs(load_evidence(first), load_evidence(second), first.path, second.path)
        rows = tuple(difference_row(item) for item in found.rows)
        changed = tuple(text for text in found.changed if text.partition(":")[0] not in _EXPECTED)
        return RunDifferences(first.id, second.id, rows, changed, found.note)


def _make(project: Path, recipe: str, keep: tuple[str, ...], method: str | None, context: JobContext) -> MadeCandidate:
    from workbench.pipeline.optimise import OptimiseJob

    stored = OptimiseJob(project, recipe, keep, method).run(context)
    return MadeCandidate(stored.id, stored.record.name, stored.record.sha256)


def _number(run: str) -> str:
    return run.partition("-")[0].lstrip("0")
