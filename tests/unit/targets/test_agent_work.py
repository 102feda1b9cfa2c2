"""The way of an engine on a real board: built, installed, tried, run, followed, fetched."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from targets.agent_client import AgentClient
from targets.board import Board
from targets.board_values import BuiltEngine
from targets.fetch import fetch_run
from targets.push import push_blobs
from targets.replies import Refused
from targets.run_events import Cursor, RunBlock, RunEvent, RunItem
from tests.unit.targets.both import on_both
from workbench.base.cancel import CancelToken
from workbench.base.errors import Cancelled, Fault
from workbench.base.hashing import sha256_file

pytestmark = [pytest.mark.slow, on_both]

LATENCY = {
    "id": "latency",
    "kind": "latency",
    "starts": 1,
    "warm_up": 2,
    "passes": [{"name": "back_to_back", "iterations": 20, "rate_hz": None}],
}
SOAK = {"id": "soak", "kind": "continuous", "warm_up": 1, "duration_s": 3600, "rate_hz": 50}


def test_that_a_built_engine_is_a_blob_with_what_it_is_bound_to(
    client: AgentClient, tiny_onnx: Path, tiny_engine: tuple[BuiltEngine, Path]
) -> None:
    facts = client.probe()
    told: list[str] = []
    with client.locked("build"):
        push_blobs(client, {sha256_file(tiny_onnx): tiny_onnx}, CancelToken())
        options = {"precision": "f32", "threads": 1, "streams": 1}
        built = client.build(sha256_file(tiny_onnx), "openvino", options, lambda _fraction, text: told.append(text))
    assert client.have([built.sha256]) == {built.sha256}
    assert built.runtime_version == facts.runtimes["openvino"].version
    assert built.device_key == facts.device_key == facts.runtimes["openvino"].device_key
    assert built.build_options == options
    assert built.sha256 == tiny_engine[0].sha256, "a fresh process builds the same bytes"
    assert told[0].endswith("compiles the candidate")


def test_that_an_engine_is_installed_tried_run_and_its_run_fetched(
    built: BuiltEngine, client: AgentClient, board: Board, make_plan: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    plan = make_plan(built.sha256, LATENCY)
    installed = client.install("tiny", {"engine.blob": built.sha256}, {"made_for": "a test"}, smoke=plan)
    assert installed.smoke is not None
    assert installed.smoke["load_ms"] > 0
    client.start_run("r1", plan)
    items: list[RunItem] = []
    end = client.follow("r1", items.append)
    assert end.state == "done"
    rows = sum(item.rows for item in items if isinstance(item, RunBlock) and item.stream == "frames")
    assert rows == 20
    assert [item.kind for item in items if isinstance(item, RunEvent)][-1] == "run_ended"
    fetched = fetch_run(board, "r1", tmp_path / "fetched", CancelToken())
    assert {path.name for path in fetched} >= {"plan.json", "live.sqlite", "status.json"}
    with sqlite3.connect(tmp_path / "fetched" / "live.sqlite") as database:
        assert database.execute("SELECT sum(rows) FROM blocks WHERE stream = 'frames'").fetchone() == (20,)
    database.close()


def test_that_a_run_goes_on_when_following_is_cancelled_and_ends_when_told(
    built: BuiltEngine, client: AgentClient, make_plan: Callable[..., dict[str, Any]]
) -> None:
    client.install("tiny", {"engine.blob": built.sha256}, {})
    client.start_run("r1", make_plan(built.sha256, SOAK))
    cancel = CancelToken()
    seen: list[RunItem] = []

    def stop_at_first_block(item: RunItem) -> None:
        seen.append(item)
        if isinstance(item, RunBlock) and not cancel.cancelled:
            cancel.request()

    with pytest.raises(Cancelled):
        client.follow("r1", stop_at_first_block, cancel=cancel)
    (run,) = client.run_list()
    assert run.state == "running"
    assert run.cursor.blocks > 0
    client.stop_run("r1")
    rest: list[RunItem] = []
    assert client.follow("r1", rest.append, since=Cursor(blocks=run.cursor.blocks)).state == "stopped"
    assert all(item.id > run.cursor.blocks for item in rest if isinstance(item, RunBlock))


def test_that_a_flipped_byte_in_an_installed_engine_is_found(
    built: BuiltEngine, client: AgentClient, board: Board, make_plan: Callable[..., dict[str, Any]]
) -> None:
    client.install("tiny", {"engine.blob": built.sha256}, {})
    engine = Path(board.root) / "releases" / "tiny" / "engine.blob"
    content = bytearray(engine.read_bytes())
    content[len(content) // 2] ^= 1
    engine.chmod(0o644)
    engine.write_bytes(content)
    (release,) = client.releases()
    assert release.problem == "engine.blob has other bytes than the manifest says"
    with pytest.raises(Refused) as refused:
        client.install("tiny", {"engine.blob": built.sha256}, {}, smoke=make_plan(built.sha256))
    assert refused.value.code == "E_HASH"
    assert client.have([built.sha256]) == frozenset()


def test_that_a_model_that_the_runtime_refuses_is_an_error_of_the_work(
    client: AgentClient, push: Callable[[AgentClient, bytes], str]
) -> None:
    sha256 = push(client, b"no ONNX at all")
    with client.locked("build"), pytest.raises(Refused) as refused:
        client.build(sha256, "openvino", {"precision": "f32"})
    assert refused.value.code == "E_RUNTIME"
    assert refused.value.fault is Fault.WORK
    assert "OpenVINO cannot compile" in refused.value.summary


def test_that_an_unknown_runtime_is_refused_with_those_that_are_known(
    client: AgentClient, push: Callable[[AgentClient, bytes], str]
) -> None:
    sha256 = push(client, b"anything")
    with client.locked("build"), pytest.raises(Refused, match="no runtime is called 'openvin'") as refused:
        client.build(sha256, "openvin", {})
    assert "openvino" in refused.value.hint


def test_that_telemetry_comes_until_it_is_cancelled(client: AgentClient) -> None:
    cancel = CancelToken()
    samples = []

    def take(sample: Any) -> None:
        samples.append(sample)
        if len(samples) == 5:
            cancel.request()

    client.watch(50, take, cancel)
    assert len(samples) >= 5
    assert samples[-1].mono_ns > samples[0].mono_ns
    assert samples[-1].values["memory_available_bytes"] > 0


def test_that_pruning_keeps_what_releases_use(
    built: BuiltEngine, client: AgentClient, tiny_onnx: Path, board: Board
) -> None:
    push_blobs(client, {sha256_file(tiny_onnx): tiny_onnx}, CancelToken())
    client.install("tiny", {"engine.blob": built.sha256}, {})
    part = Path(board.root) / "blobs" / ("0" * 64 + ".part")
    part.write_bytes(b"left by a push that was cut")
    assert client.prune([]) > 0
    assert client.have([built.sha256, sha256_file(tiny_onnx)]) == {built.sha256}
    assert not part.exists()


def test_that_a_release_in_use_is_not_removed(built: BuiltEngine, client: AgentClient, board: Board) -> None:
    client.install("tiny", {"engine.blob": built.sha256}, {})
    (Path(board.root) / "current").symlink_to("releases/tiny")
    with pytest.raises(Refused, match="the board's current one"):
        client.remove_release("tiny")
    (Path(board.root) / "current").unlink()
    client.remove_release("tiny")
    assert client.releases() == ()


def test_that_an_engine_of_another_runtime_version_is_refused_before_it_is_loaded(
    built: BuiltEngine, client: AgentClient, make_plan: Callable[..., dict[str, Any]]
) -> None:
    about = {"runtime": "openvino", "runtime_version": "2024.4.0-16578-old"}
    with pytest.raises(Refused) as refused:
        client.install("tiny", {"engine.blob": built.sha256}, about, smoke=make_plan(built.sha256))
    assert "built with version 2024.4.0-16578-old" in refused.value.summary
    assert f"this board has {built.runtime_version}" in refused.value.summary
    assert "Build it again" in refused.value.hint
    assert client.releases() == ()
    same = {**about, "runtime_version": built.runtime_version}
    assert client.install("tiny", {"engine.blob": built.sha256}, same, smoke=make_plan(built.sha256)).smoke is not None


def make_int8_model(path: Path) -> None:
    """A detector in 8 bits with an upsampling between its convolutions, for the frames of the tiny one."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(3)
    values: dict[str, Any] = {
        "w1": random.integers(-127, 127, (8, 3, 3, 3)).astype(np.int8),
        "w2": random.integers(-127, 127, (6, 8, 8, 8)).astype(np.int8),
        "weight_scale": np.float32(0.0005),
        "weight_zero": np.int8(0),
        "scale": np.float32(0.02),
        "zero": np.uint8(0),
        "twice": np.array([1, 1, 2, 2], np.float32),
        "shape": np.array([1, 6, 48], np.int64),
    }

    def quantised(name: str) -> list[Any]:
        pair = [name, "scale", "zero"], [f"{name}_u8", "scale", "zero"]
        return [
            helper.make_node("QuantizeLinear", pair[0], [f"{name}_u8"]),
            helper.make_node("DequantizeLinear", pair[1], [f"{name}_q"]),
        ]

    weights = [
        helper.make_node("DequantizeLinear", [name, "weight_scale", "weight_zero"], [f"{name}_f"])
        for name in ("w1", "w2")
    ]
    floor = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    nodes = [
        *weights,
        *quantised("images"),
        helper.make_node("Conv", ["images_q", "w1_f"], ["c1"], pads=[1, 1, 1, 1], kernel_shape=[3, 3], strides=[2, 2]),
        helper.make_node("Relu", ["c1"], ["r1"]),
        *quantised("r1"),
        helper.make_node("Resize", ["r1_q", "", "twice"], ["up"], **floor),
        *quantised("up"),
        helper.make_node("Conv", ["up_q", "w2_f"], ["raw"], strides=[8, 8], kernel_shape=[8, 8]),
        helper.make_node("Sigmoid", ["raw"], ["squashed"]),
        helper.make_node("Reshape", ["squashed", "shape"], ["output0"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny-int8",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 48, 64])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, 6, 48])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(path))


def test_that_an_int8_engine_with_an_upsampling_is_loaded_again(
    built: BuiltEngine, client: AgentClient, make_plan: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """OpenVINO 2024 exports such an engine and cannot import it: it must not be what a board is brought."""
    path = tmp_path / "int8.onnx"
    make_int8_model(path)
    push_blobs(client, {sha256_file(path): path}, CancelToken())
    engine = client.build(sha256_file(path), "openvino", {"precision": "f32", "threads": 1, "streams": 1})
    plan = make_plan(engine.sha256)
    assert client.install("tiny", {"engine.blob": engine.sha256}, {}, smoke=plan).smoke is not None
