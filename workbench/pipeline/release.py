"""What a release is made of: the engine and the configuration that it runs with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from projects.project import Project
from projects.records import EngineRecord
from targets.agent.plan import PLUGIN_FILE, Preprocess
from workbench.base.atomic import encode_json
from workbench.base.hashing import sha256_bytes
from workbench.frames.pack import Pack
from workbench.pipeline.detector import Detector

ENGINE_FILE = "engine.blob"
CONFIG_FILE = "config.json"
PLAN_FORMAT = "slipway.plan/1"


@dataclass(frozen=True)
class Release:
    """Files by name with their sha256, and the configuration among them."""

    id: str
    files: dict[str, str]
    about: dict[str, Any]
    config: bytes


def make_release(project: Project, detector: Detector, engine: EngineRecord) -> Release:
    """The release of an engine with the project's present configuration: the same inputs give the same id."""
    config = encode_json({"format": "slipway.config/1", **run_settings(detector, engine), **_names(detector)})
    files = {ENGINE_FILE: engine.sha256, CONFIG_FILE: sha256_bytes(config)}
    if detector.plugin:
        files[PLUGIN_FILE] = sha256_bytes(detector.plugin)
    about = {
        "deployment": project.deployment.id,
        "model": project.deployment.model,
        "candidate": engine.candidate_sha256,
        "runtime": engine.runtime,
        "runtime_version": engine.runtime_version,
        "device_key": engine.device_key,
        "classes": list(detector.class_names),
    }
    identity = sha256_bytes(encode_json([files, about]))
    return Release(f"{engine.candidate_name}-{identity[:16]}", files, about, config)


def run_settings(detector: Detector, engine: EngineRecord) -> dict[str, Any]:
    """How an engine is loaded and what is done around it, as a plan of the agent has it."""
    pre, limits, choice = detector.preprocess, detector.thresholds, detector.choice
    return {
        "runtime": engine.runtime,
        "load": {**engine.load_options, **({"built": dict(engine.sidecar)} if engine.sidecar else {})},
        "head": {
            "name": choice.name,
            "classes": choice.classes,
            "input": [choice.width, choice.height],
            "options": dict(choice.options),
            "plugin": choice.plugin,
        },
        "confidence": limits.confidence,
        "nms_iou": limits.nms_iou,
        "max_detections": limits.max_detections,
        "preprocess": preprocess_settings(pre),
    }


def preprocess_settings(pre: Preprocess) -> dict[str, Any]:
    """How a frame becomes the input, as a plan of the agent has it."""
    return {
        "color": pre.color,
        "scale": pre.scale,
        "mean": list(pre.mean),
        "std": list(pre.std),
        "layout": pre.layout,
    }


def board_plan(
    run: str, release: Release, settings: dict[str, Any], pack: Pack, telemetry_hz: float, phases: list[dict[str, Any]]
) -> dict[str, Any]:
    """The plan of a run, as the agent takes it."""
    return {
        "format": PLAN_FORMAT,
        "run": run,
        "engine": {"path": f"releases/{release.id}/{ENGINE_FILE}", "sha256": release.files[ENGINE_FILE]},
        **settings,
        "frames": {"sha256": pack.sha256, "count": pack.count, "height": pack.height, "width": pack.width},
        "telemetry_hz": telemetry_hz,
        "phases": phases,
    }


def _names(detector: Detector) -> dict[str, Any]:
    fitting = detector.fitting
    fitted = {"mode": fitting.mode, "pad": fitting.pad, "anchor": fitting.anchor}
    return {"classes": list(detector.class_names), "fitting": fitted}
