"""A board's root in a temporary folder with the example's engine and frames, for benchmarks of the agent."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from workbench.scenes.scene import render_scene

MODEL = Path("resources/example/model.onnx").resolve()
LOAD = {"precision": "f32", "threads": 2, "streams": 1}
CLASSES = 6
FRAMES = 32

_BUILD = """
import sys
from targets.agent.runtimes import base, openvino
data, _ = openvino.build(sys.argv[1], base.LoadOptions("f32", 2, 1))
open(sys.argv[2], "wb").write(data)
"""


class ExampleBoard:
    """The folders that a run needs, and plans for them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.engine = root / "releases" / "example" / "engine.blob"
        self.engine.parent.mkdir(parents=True)
        subprocess.run([sys.executable, "-c", _BUILD, str(MODEL), str(self.engine)], check=True)
        frames = np.stack([render_scene(seed).image for seed in range(FRAMES)])
        pack = root / "pack.npy"
        np.save(pack, frames)
        self.size = frames.shape[2], frames.shape[1]
        self.pack = root / "blobs" / hashlib.sha256(pack.read_bytes()).hexdigest()
        self.pack.parent.mkdir()
        pack.rename(self.pack)

    def plan(self, run: str, *phases: dict[str, Any]) -> dict[str, Any]:
        """A plan of these phases; its file lies in the run's folder."""
        width, height = self.size
        plan = {
            "format": "slipway.plan/1",
            "run": run,
            "engine": {
                "path": "releases/example/engine.blob",
                "sha256": hashlib.sha256(self.engine.read_bytes()).hexdigest(),
            },
            "runtime": "openvino",
            "load": LOAD,
            "head": {"name": "yolov8", "classes": CLASSES, "input": [width, height]},
            "confidence": 0.25,
            "nms_iou": 0.45,
            "max_detections": 300,
            "preprocess": {"color": "rgb", "scale": 1 / 255},
            "frames": {"sha256": self.pack.name, "count": FRAMES, "height": height, "width": width},
            "telemetry_hz": 10,
            "phases": list(phases),
        }
        folder = self.root / "runs" / run
        folder.mkdir(parents=True)
        (folder / "plan.json").write_text(json.dumps(plan))
        return plan
