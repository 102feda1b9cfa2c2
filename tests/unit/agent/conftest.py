"""A board's root with a tiny engine and frames, and runs as real processes on it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from targets.agent.follow import Follower, Item

WIDTH, HEIGHT, CLASSES, FRAMES = 96, 64, 2, 7
LOAD = {"precision": "f32", "threads": 1, "streams": 1}
PREPROCESS = {"color": "rgb", "scale": 1 / 255, "mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0], "layout": "NCHW"}
BUILD = """
import json, sys
from targets.agent.runtimes import base, openvino
data, facts = openvino.build(sys.argv[1], base.LoadOptions("f32", 1, 1))
open(sys.argv[2], "wb").write(data)
json.dump(facts, open(sys.argv[3], "w"))
"""


def make_model(path: Path) -> None:
    """A detector of one convolution: [1, 4 + c, n] with boxes inside the input and scores in [0, 1]."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rows, anchors = 4 + CLASSES, (WIDTH // 8) * (HEIGHT // 8)
    weights = (0.1 * np.random.default_rng(4).standard_normal((rows, 3, 8, 8))).astype(np.float32)
    scale = np.array([WIDTH, HEIGHT, 30, 30] + [1] * CLASSES, np.float32).reshape(1, rows, 1)
    nodes = [
        helper.make_node("Conv", ["images", "weights"], ["raw"], strides=[8, 8], kernel_shape=[8, 8]),
        helper.make_node("Sigmoid", ["raw"], ["squashed"]),
        helper.make_node("Reshape", ["squashed", "shape"], ["flat"]),
        helper.make_node("Mul", ["flat", "scale"], ["output0"]),
    ]
    shape = np.array([1, rows, anchors], np.int64)
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, rows, anchors])],
        [
            numpy_helper.from_array(value, name)
            for value, name in ((weights, "weights"), (scale, "scale"), (shape, "shape"))
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, str(path))


@pytest.fixture(scope="session")
def tiny_onnx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model's file."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.onnx"
    make_model(path)
    return path


@pytest.fixture(scope="session")
def tiny_engine(tiny_onnx: Path, repository: Path) -> tuple[bytes, dict[str, Any]]:
    """The tiny model's engine, built in a fresh process, and the facts of the build."""
    blob, facts = tiny_onnx.with_suffix(".blob"), tiny_onnx.with_suffix(".json")
    command = [sys.executable, "-c", BUILD, str(tiny_onnx), str(blob), str(facts)]
    subprocess.run(command, check=True, cwd=repository, timeout=60)
    return blob.read_bytes(), json.loads(facts.read_text())


RUN = "import sys; from targets.agent.run import main; sys.exit(main(sys.argv[1:]))"
REPOSITORY = Path(__file__).resolve().parents[3]


class Bench:
    """A board's root with one release and one pack of frames, and what runs there."""

    def __init__(self, root: Path, engine: bytes) -> None:
        self.root = root
        self.engine = root / "releases" / "tiny" / "engine.blob"
        self.engine.parent.mkdir(parents=True)
        self.engine.write_bytes(engine)
        self.frames = np.random.default_rng(9).integers(0, 256, (FRAMES, HEIGHT, WIDTH, 3), dtype=np.uint8)
        pack = root / "pack.npy"
        np.save(pack, self.frames)
        self.pack = root / "blobs" / hashlib.sha256(pack.read_bytes()).hexdigest()
        self.pack.parent.mkdir()
        pack.rename(self.pack)
        self.processes: list[subprocess.Popen[bytes]] = []

    def plan(self, *phases: dict[str, Any], **other: Any) -> dict[str, Any]:
        """A plan of these phases."""
        plan: dict[str, Any] = {
            "format": "slipway.plan/1",
            "run": "r1",
            "engine": {
                "path": "releases/tiny/engine.blob",
                "sha256": hashlib.sha256(self.engine.read_bytes()).hexdigest(),
            },
            "runtime": "openvino",
            "load": LOAD,
            "head": {"name": "yolov8", "classes": CLASSES, "input": [WIDTH, HEIGHT]},
            "confidence": 0.5,
            "nms_iou": 0.45,
            "max_detections": 50,
            "preprocess": PREPROCESS,
            "frames": {"sha256": self.pack.name, "count": FRAMES, "height": HEIGHT, "width": WIDTH},
            "telemetry_hz": 50,
            "phases": list(phases),
        }
        return {**plan, **other}

    def start(self, plan: dict[str, Any], **options: Any) -> subprocess.Popen[bytes]:
        """Start the run process of a plan, as the agent does."""
        folder = self.folder(plan["run"])
        folder.mkdir(parents=True)
        (folder / "plan.json").write_text(json.dumps(plan))
        command = [sys.executable, "-c", RUN, str(folder)]
        process = subprocess.Popen(
            command,
            start_new_session=True,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            **options,
        )
        self.processes.append(process)
        return process

    def run(self, plan: dict[str, Any]) -> list[Item]:
        """Carry a plan out to its end; everything that it recorded."""
        process = self.start(plan)
        items = list(self.follow(plan["run"]))
        _, complaints = process.communicate(timeout=60)
        assert process.returncode == 0, complaints.decode()
        return items

    def follow(self, run: str, since: dict[str, int] | None = None, timeout_s: float = 60) -> Follower:
        """Follow a run, for at most so long."""
        end_s = time.monotonic() + timeout_s
        return Follower(self.folder(run), since or {}, lambda: time.monotonic() > end_s)

    def end(self) -> None:
        """Kill what still runs."""
        for process in self.processes:
            process.kill()
            process.wait()
            if process.stderr is not None:
                process.stderr.close()

    def folder(self, run: str) -> Path:
        """The run's folder."""
        return self.root / "runs" / run


@pytest.fixture
def bench(board_root: Path, tiny_engine: tuple[bytes, dict[str, Any]]) -> Iterator[Bench]:
    """A board's root with the tiny engine; runs that still go on at the end are killed."""
    made = Bench(board_root, tiny_engine[0])
    yield made
    made.end()


@pytest.fixture(scope="module")
def shared_bench(
    tmp_path_factory: pytest.TempPathFactory, tiny_engine: tuple[bytes, dict[str, Any]]
) -> Iterator[Bench]:
    """Like `bench`, for runs that several tests only look at."""
    made = Bench(tmp_path_factory.mktemp("shared") / "board", tiny_engine[0])
    yield made
    made.end()


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Wait for a condition, at most 30 s."""

    def wait(condition: Callable[[], bool]) -> None:
        end_s = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < end_s, "the condition did not come true within 30 s"
            time.sleep(0.01)

    return wait
