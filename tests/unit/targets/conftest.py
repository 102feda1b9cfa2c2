"""A board of the test's own: its root and its lock lie in the test's folder, whether or not SSH lies between."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from targets.agent_client import AgentClient, Owner
from targets.board import Board
from targets.board_values import BuiltEngine
from targets.local import LocalBoard
from targets.push import push_blobs
from targets.ssh.board import SshBoard
from targets.ssh.config import SshAddress
from tests.ssh_lab.fixtures import ssh_keys, sshd
from tests.ssh_lab.server import SshServer
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.hashing import sha256_file

__all__ = ["ssh_keys", "sshd"]


@pytest.fixture
def board(request: pytest.FixtureRequest, tmp_path: Path) -> Board:
    """A board; this machine, unless the test asks for the kind `ssh` by the fixture's parameter."""
    if getattr(request, "param", "local") == "local":
        return LocalBoard("bench", tmp_path / "root", lock=tmp_path / "lock")
    server: SshServer = request.getfixturevalue("sshd")
    address = SshAddress(server.host, server.port, server.user, server.keys.plain)
    return SshBoard("bench", address, str(tmp_path / "root"), sys.executable, lock=str(tmp_path / "lock"))


@pytest.fixture
def owner() -> Owner:
    return Owner("Ada", "desk-1", 4711)


@pytest.fixture
def client(board: Board, owner: Owner) -> Iterator[AgentClient]:
    with AgentClient(board, owner) as client:
        yield client


Until = Callable[[Callable[[], object]], None]


@pytest.fixture
def until() -> Until:
    """Wait for a condition; fail after 20 s."""

    def wait(condition: Callable[[], object]) -> None:
        ticks = threading.Event()
        for _ in range(2000):
            if condition():
                return
            ticks.wait(0.01)
        pytest.fail("the condition did not come true within 20 s")

    return wait


WIDTH, HEIGHT, CLASSES, FRAMES = 64, 48, 2, 5


def make_model(path: Path) -> None:
    """A detector of one convolution: [1, 4 + c, n] with boxes inside the input and scores in [0, 1]."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rows, anchors = 4 + CLASSES, (WIDTH // 8) * (HEIGHT // 8)
    values: dict[str, Any] = {
        "weights": np.random.default_rng(7).standard_normal((rows, 3, 8, 8)).astype(np.float32),
        "scale": np.array([WIDTH, HEIGHT, 20, 20] + [1] * CLASSES, np.float32).reshape(1, rows, 1),
        "shape": np.array([1, rows, anchors], np.int64),
    }
    nodes = [
        helper.make_node("Conv", ["images", "weights"], ["raw"], strides=[8, 8], kernel_shape=[8, 8]),
        helper.make_node("Sigmoid", ["raw"], ["squashed"]),
        helper.make_node("Reshape", ["squashed", "shape"], ["flat"]),
        helper.make_node("Mul", ["flat", "scale"], ["output0"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, rows, anchors])],
        [numpy_helper.from_array(value, name) for name, value in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, str(path))


@pytest.fixture(scope="session")
def tiny_onnx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny detector's ONNX file."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.onnx"
    make_model(path)
    return path


@pytest.fixture(scope="session")
def tiny_frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of a few frames at the tiny model's size."""
    import numpy as np

    path = tmp_path_factory.mktemp("frames") / "frames.npy"
    np.save(path, np.random.default_rng(3).integers(0, 256, (FRAMES, HEIGHT, WIDTH, 3), dtype=np.uint8))
    return path


MakePlan = Callable[..., dict[str, Any]]


@pytest.fixture
def make_plan(tiny_frames: Path) -> MakePlan:
    """A plan of the given phases for an engine that lies in release `tiny`."""

    def make(engine: str, *phases: dict[str, Any], run: str = "r1") -> dict[str, Any]:
        return {
            "format": "slipway.plan/1",
            "run": run,
            "engine": {"path": "releases/tiny/engine.blob", "sha256": engine},
            "runtime": "openvino",
            "load": {"precision": "f32", "threads": 1, "streams": 1},
            "head": {"name": "yolov8", "classes": CLASSES, "input": [WIDTH, HEIGHT]},
            "confidence": 0.5,
            "nms_iou": 0.45,
            "max_detections": 50,
            "preprocess": {"color": "rgb", "scale": 1 / 255},
            "frames": {"sha256": sha256_file(tiny_frames), "count": FRAMES, "height": HEIGHT, "width": WIDTH},
            "telemetry_hz": 10,
            "phases": list(phases) or [{"id": "io", "kind": "validation"}],
        }

    return make


@pytest.fixture(scope="session")
def tiny_engine(tiny_onnx: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[BuiltEngine, Path]:
    """The tiny model's engine, built on a board of this machine, and its bytes."""
    folder = tmp_path_factory.mktemp("engine")
    board = LocalBoard("builder", folder / "root", lock=folder / "lock")
    with AgentClient(board) as client, client.locked("build"):
        push_blobs(client, {sha256_file(tiny_onnx): tiny_onnx}, CancelToken())
        built = client.build(sha256_file(tiny_onnx), "openvino", {"precision": "f32", "threads": 1, "streams": 1})
    board.get_file(built.sha256, folder / "engine.blob", Deadline(60), CancelToken())
    return built, folder / "engine.blob"


@pytest.fixture
def built(client: AgentClient, tiny_engine: tuple[BuiltEngine, Path], tiny_frames: Path) -> BuiltEngine:
    """The tiny engine and the frames, on the board; the client holds the board's lock."""
    client.lock("test")
    engine, path = tiny_engine
    push_blobs(client, {engine.sha256: path, sha256_file(tiny_frames): tiny_frames}, CancelToken())
    return engine


@pytest.fixture
def push(tmp_path: Path) -> Callable[[AgentClient, bytes], str]:
    """Push bytes to a client's board; their sha256."""

    def push(client: AgentClient, content: bytes) -> str:
        path = tmp_path / "pushed"
        path.write_bytes(content)
        sha256 = sha256_file(path)
        push_blobs(client, {sha256: path}, CancelToken())
        return sha256

    return push


@pytest.fixture
def push_slow_model(client: AgentClient, tmp_path: Path) -> Callable[[], str]:
    """Push a model that takes the compiler a while; its sha256."""

    def push() -> str:
        import numpy as np
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        layers, channels = 60, 96
        weights = np.random.default_rng(1).standard_normal((channels, channels, 3, 3)).astype(np.float32)
        nodes = [
            helper.make_node("Conv", [f"x{i}", "weights"], [f"x{i + 1}"], pads=[1, 1, 1, 1]) for i in range(layers)
        ]
        shape = [1, channels, 64, 64]
        graph = helper.make_graph(
            nodes,
            "slow",
            [helper.make_tensor_value_info("x0", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(f"x{layers}", TensorProto.FLOAT, shape)],
            [numpy_helper.from_array(weights, "weights")],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 8
        path = tmp_path / "slow.onnx"
        onnx.save(model, str(path))
        sha256 = sha256_file(path)
        push_blobs(client, {sha256: path}, CancelToken())
        return sha256

    return push
