"""Frames for TensorRT's own measuring of INT8 ranges: only where a project asks for it, for a float32 candidate."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from projects.deployment_settings import DeploymentSettings
from projects.deployment_spec import DeploymentSpec
from projects.project import Project
from projects.records import CandidateRecord
from workbench.base.hashing import sha256_bytes
from workbench.base.reporter import Reporter
from workbench.pipeline.detector import open_detector
from workbench.pipeline.frame_sets import open_calibration_set, pack_frames
from workbench.pipeline.release import preprocess_settings

if TYPE_CHECKING:
    from workbench.frames.pack import Pack


@dataclass(frozen=True)
class TrtCalibration:
    """A calibrator and its frames."""

    calibrator: str
    pack: Pack
    preprocess: dict[str, Any]

    @property
    def options(self) -> dict[str, str]:
        """What of it decides what an engine is."""
        identity = json.dumps([self.pack.sha256, self.preprocess], sort_keys=True)
        return {"calibrator": self.calibrator, "calibration_sha256": sha256_bytes(identity.encode())}

    @property
    def request(self) -> dict[str, Any]:
        """What the agent is told, beside the options."""
        return {"frames": self.pack.sha256, "preprocess": self.preprocess}


def measures_itself(deployment: DeploymentSpec, settings: DeploymentSettings) -> bool:
    """Whether TensorRT is to measure INT8 ranges itself, so that the float32 candidate is built."""
    framework, precision = deployment.runtime_configuration.framework, deployment.model_format.precision
    return settings.tensorrt.calibrator is not None and framework.name == "TensorRT" and precision == "INT8"


def find_trt_calibration(project: Project, candidate: CandidateRecord, reporter: Reporter) -> TrtCalibration | None:
    """Calibrator and frames for a candidate; None where its ranges stand in its file, or none are asked for.

    Raises:
        UsageError: the documents name no calibration frames, or they cannot be read.
    """
    calibrator = project.settings.tensorrt.calibrator
    if calibrator is None or candidate.precision != "fp32":
        return None
    if not measures_itself(project.deployment, project.settings):
        return None
    detector = open_detector(project)
    pack = pack_frames(open_calibration_set(project, reporter), detector, project.layout.cache, reporter)
    return TrtCalibration(calibrator, pack, preprocess_settings(detector.preprocess))
