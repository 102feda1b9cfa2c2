"""Records of a chain, as the steps of the pipeline write them, for a project whose engine nobody has to build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from projects.project import Project
from projects.record_file import Author
from projects.records import CandidateCalibration, CandidateRecord, EngineRecord, ReleaseRecord, Stored
from projects.runs import RunFolder
from workbench.base.hashing import sha256_file
from workbench.base.reporter import Silent
from workbench.evaluate.verdict import Outcome, Verdict
from workbench.optimise.candidate import optimiser_versions
from workbench.pipeline.built_engines import remember_engine
from workbench.pipeline.candidates import want_candidate
from workbench.pipeline.detector import open_detector
from workbench.pipeline.frame_sets import identify_test_set
from workbench.pipeline.release import make_release
from workbench.results.run_record import RequirementResult, RunRecord, RunState
from workbench.settings import home_folder

BY = Author("Ada")
OPTIONS: dict[str, str | int] = {"precision": "f32", "threads": 2, "streams": 1}


@dataclass
class ChainWriter:
    """Writes the records of one project, each of what the project is now; options change single fields."""

    project: Project

    def candidate(
        self, content: bytes = b"candidate", created: str | None = None, **fields: Any
    ) -> Stored[CandidateRecord]:
        """The wanted candidate."""
        wanted = want_candidate(self.project, open_detector(self.project), Silent())
        calibration = None
        if wanted.frames_sha256 is not None:
            method = wanted.recipe.method.value
            calibration = CandidateCalibration(
                sha256="c" * 64, frames_sha256=wanted.frames_sha256, count=3, seed=0, method=method
            )
        values: dict[str, Any] = {
            "name": wanted.name,
            "recipe": wanted.recipe.precision.value,
            "precision": wanted.recipe.precision.value,
            "parent_sha256": wanted.parent_sha256,
            "sha256": self.project.blobs.add_bytes(content),
            "size_bytes": len(content),
            "keep": wanted.recipe.keep,
            "calibration": calibration,
            "tools": dict(optimiser_versions()),
            "opset": 17,
            "ir_version": 8,
        }
        return self.project.records.write(CandidateRecord(**{**values, **fields}), BY, created)

    def engine(
        self, candidate: Stored[CandidateRecord], content: bytes = b"engine", created: str | None = None, **fields: Any
    ) -> Stored[EngineRecord]:
        """An engine of it that this user built."""
        values: dict[str, Any] = {
            "candidate_sha256": candidate.record.sha256,
            "candidate_name": candidate.record.name,
            "sha256": self.project.blobs.add_bytes(content),
            "size_bytes": len(content),
            "runtime": "openvino",
            "runtime_version": "2026.4",
            "device_key": "cpu",
            "identity_sha256": "d" * 64,
            "load_options": OPTIONS,
            "board_id": "1",
            "board_name": "bench",
            "build_seconds": 1.0,
        }
        record = EngineRecord(**{**values, **fields})
        remember_engine(home_folder(), record.sha256)
        return self.project.records.write(record, BY, created)

    def release(self, engine: Stored[EngineRecord], **fields: Any) -> Stored[ReleaseRecord]:
        """The release of it with the present configuration."""
        release = make_release(self.project, open_detector(self.project), engine.record)
        values: dict[str, Any] = {
            "release": release.id,
            "engine_sha256": engine.record.sha256,
            "candidate_sha256": engine.record.candidate_sha256,
            "manifest_sha256": "e" * 64,
            "files": release.files,
            "board_id": "1",
            "board_name": "bench",
        }
        return self.project.records.write(ReleaseRecord(**{**values, **fields}), BY)

    def run(self, release: Stored[ReleaseRecord], **fields: Any) -> RunFolder:
        """A finished run of it, with the present documents and frames."""
        project, detector = self.project, open_detector(self.project)
        folder = RunFolder.create(project.layout.runs, {"board_id": "1"}, BY)
        frames = identify_test_set(project, 4, Silent())
        verdict = Verdict(outcome=Outcome.PASS, value=1.0, reason="x")
        values: dict[str, Any] = {
            "id": folder.id, "number": folder.number, "created": folder.read_plan().created, "by": BY,
            "state": RunState.FINISHED, "text": "", "quick": False, "only": (),
            "project": {
                "model": project.deployment.model,
                "deployment_sha256": sha256_file(project.layout.deployment),
                "tests_sha256": sha256_file(project.layout.deployment_tests),
            },
            "chain": {
                "model": {"sha256": detector.facts.sha256},
                "candidate": {"sha256": release.record.candidate_sha256, "name": "x"},
                "release": {"sha256": release.record.manifest_sha256},
            },
            "board": {"name": "bench", "id": release.record.board_id}, "machine": {}, "tools": {}, "frames": frames,
            "settings": {}, "figures": {"latency": {"p50_us": 1000.0, "p99_us": 2000.0}}, "findings": (), "worst": (),
            "requirements": (
                RequirementResult("T/x", "x", "latency", "Latency", "c", "50ms", True, (), (), verdict),
            ),
        }  # fmt: skip
        folder.finish(RunRecord(**{**values, **fields}).to_json())
        return folder

    def whole(self) -> None:
        """All of it, current."""
        self.run(self.release(self.engine(self.candidate())))
