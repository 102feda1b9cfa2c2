"""The whole agent with TensorRT as its runtime: build process, calibration, release, worker and run, as on a Jetson.

The board's Python finds our own `tensorrt`, and the loader our own libcudart; everything else is real.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from targets.agent_client import AgentClient
from targets.fetch import fetch_run
from targets.local import LocalBoard
from targets.push import push_blobs
from targets.replies import Refused
from targets.run_events import RunEvent, RunItem
from workbench.base.cancel import CancelToken
from workbench.base.hashing import sha256_file

from .conftest import MODEL
from .fakes.board import make_python

pytestmark = pytest.mark.slow
VERSION = "10.3.0"
PREPROCESS = {"color": "rgb", "scale": 1 / 255}
LATENCY = {
    "id": "latency",
    "kind": "latency",
    "starts": 1,
    "warm_up": 2,
    "passes": [{"name": "back_to_back", "iterations": 20, "rate_hz": None}],
}
THROUGHPUT = {"id": "throughput", "kind": "throughput", "warm_up": 2, "duration_s": 0.2}
OPTIONS = {"precision": "f16", "threads": 1, "streams": 2, "workspace_bytes": 256 << 20, "dla_core": 0}


@pytest.fixture
def board(cudart_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalBoard:
    """A board whose Python has TensorRT, and whose loader finds libcudart."""
    (tmp_path / "lib").mkdir()
    library = tmp_path / "lib" / "libcudart.so"
    library.symlink_to(cudart_path)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(library.parent))
    python = make_python(tmp_path, library, VERSION)
    return LocalBoard("jetson", tmp_path / "root", python=str(python), lock=tmp_path / "lock")


@pytest.fixture
def client(board: LocalBoard) -> Iterator[AgentClient]:
    with AgentClient(board) as client, client.locked("test"):
        yield client


@pytest.fixture
def push(client: AgentClient, tmp_path: Path) -> Callable[[bytes], str]:
    """Pushes bytes; their sha256."""

    def push(content: bytes) -> str:
        path = tmp_path / "pushed"
        path.write_bytes(content)
        sha256 = sha256_file(path)
        push_blobs(client, {sha256: path}, CancelToken())
        return sha256

    return push


@pytest.fixture
def frames(push: Callable[[bytes], str], tmp_path: Path) -> str:
    """A pack of grey frames on the board."""
    path = tmp_path / "pack.npy"
    np.save(path, np.full((5, 2, 4, 3), 128, np.uint8))
    return push(path.read_bytes())


def model(**changes: Any) -> bytes:
    outputs = [{"name": "output0", "shape": [1, 6, 4], "dtype": "FLOAT"}]
    return json.dumps({**MODEL, "outputs": outputs, **changes}).encode()


def plan_of(engine: str, frames: str, load: dict[str, Any]) -> dict[str, Any]:
    return {
        "format": "slipway.plan/1",
        "run": "r1",
        "engine": {"path": "releases/tiny/engine.blob", "sha256": engine},
        "runtime": "tensorrt",
        "load": load,
        "head": {"name": "yolov8", "classes": 2, "input": [4, 2]},
        "confidence": 0.4,
        "nms_iou": 0.45,
        "max_detections": 50,
        "preprocess": PREPROCESS,
        "frames": {"sha256": frames, "count": 5, "height": 2, "width": 4},
        "telemetry_hz": 10,
        "phases": [LATENCY, THROUGHPUT, {"id": "raw", "kind": "outputs", "frames": [0, 1]}],
    }


def test_that_an_engine_is_built_installed_tried_and_run(
    client: AgentClient, board: LocalBoard, push: Callable[[bytes], str], frames: str, tmp_path: Path
) -> None:
    known = client.probe().runtimes["tensorrt"]
    assert (known.version, known.precisions) == (VERSION, ("f32", "f16", "i8"))
    told: list[tuple[float | None, str]] = []
    logged: list[str] = []
    built = client.build(
        push(model()), "tensorrt", OPTIONS, lambda fraction, text: told.append((fraction, text)), logged.append
    )
    assert (0.5, "Building engine") in told
    assert "2 of 5 layers can run on DLA core 0" in [text for _, text in told]
    assert "INFO: Detected 1 inputs and 1 output network tensors." in logged
    assert built.device_key == known.device_key
    assert built.precisions == {"f32": 1, "i8": 1}
    assert (built.sidecar["gpu"], built.sidecar["version"]) == ("Fake Orin", VERSION)
    assert list((board.root / "cache").glob("timing-*.bin"))
    plan = plan_of(built.sha256, frames, {**OPTIONS, "built": dict(built.sidecar)})
    about = {"runtime": "tensorrt", "runtime_version": VERSION}
    installed = client.install("tiny", {"engine.blob": built.sha256}, about, smoke=plan)
    assert installed.smoke is not None
    assert installed.smoke["precisions"] == {"f32": 1, "i8": 1}
    assert installed.smoke["detections"] > 0
    client.start_run("r1", plan)
    items: list[RunItem] = []
    assert client.follow("r1", items.append).state == "done"
    ended = [item.data for item in items if isinstance(item, RunEvent) and item.kind == "phase_ended"]
    assert [(phase["phase"], phase["state"]) for phase in ended] == [
        ("latency", "done"),
        ("throughput", "done"),
        ("raw", "done"),
    ]
    fetch_run(board, "r1", tmp_path / "fetched", CancelToken())
    database = sqlite3.connect(tmp_path / "fetched" / "live.sqlite")
    assert database.execute("SELECT sum(rows) FROM blocks WHERE stream = 'frames'").fetchone()[0] > 20
    database.close()


def test_that_an_engine_for_another_board_is_not_installed(
    client: AgentClient, push: Callable[[bytes], str], frames: str
) -> None:
    built = client.build(push(model()), "tensorrt", {"precision": "f32"})
    load = {"precision": "f32", "built": {**built.sidecar, "compute_capability": "7.2"}}
    with pytest.raises(Refused, match=r"compute capability 7\.2, here it is 8\.7"):
        client.install("tiny", {"engine.blob": built.sha256}, {}, smoke=plan_of(built.sha256, frames, load))


def test_that_calibration_frames_reach_the_calibrator(
    client: AgentClient, board: LocalBoard, push: Callable[[bytes], str], frames: str
) -> None:
    options = {"precision": "f32", "calibrator": "entropy", "calibration_sha256": frames}
    told: list[str] = []
    client.build(
        push(model()),
        "tensorrt",
        options,
        lambda _fraction, text: told.append(text),
        calibration={"frames": frames, "preprocess": PREPROCESS},
    )
    assert "ranges of 5 calibration frames" in told
    (ranges,) = (board.root / "cache").glob("calibration-*.bin")
    assert ranges.read_bytes() == b"ranges"


@pytest.mark.parametrize(
    ("calibration", "text"),
    [
        (None, "needs calibration frames"),
        ({"frames": "0" * 64, "preprocess": PREPROCESS}, "the board has no blob 0000"),
        ({"frames": "../x", "preprocess": PREPROCESS}, "'../x'"),
        ({"preprocess": PREPROCESS}, "None"),
        ({"frames": "0" * 64}, "calibration.preprocess is None"),
    ],
)
def test_that_calibration_frames_that_are_none_are_refused(
    client: AgentClient, push: Callable[[bytes], str], calibration: dict[str, Any] | None, text: str
) -> None:
    options = {"precision": "f32", "calibrator": "entropy", "calibration_sha256": "0" * 64}
    with pytest.raises(Refused) as caught:
        client.build(push(model()), "tensorrt", options, calibration=calibration)
    assert text in f"{caught.value.summary} {caught.value.detail}"


def test_that_a_failed_build_comes_back_with_the_log(client: AgentClient, push: Callable[[bytes], str]) -> None:
    with pytest.raises(Refused, match="TensorRT cannot build an engine") as caught:
        client.build(push(model(fails="no tactics, out of memory")), "tensorrt", {"precision": "f32"})
    assert "ERROR: no tactics, out of memory" in caught.value.detail
    assert "more memory" in caught.value.hint
