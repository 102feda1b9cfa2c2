"""A run process on a real engine: its phases, its controls, and what is left when something dies."""

from __future__ import annotations

import array
import json
import os
import resource
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from targets.agent.follow import ROWS_AT_ONCE, Item
from targets.agent.frames import Preprocessor
from targets.agent.plan import Preprocess
from targets.agent.run_folder import RunFolder

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[3]
Wait = Callable[[Callable[[], bool]], None]

PASSES = [
    {"name": "back_to_back", "iterations": 40, "rate_hz": None},
    {"name": "paced", "iterations": 20, "rate_hz": 200},
]
LATENCY = {"id": "latency", "kind": "latency", "starts": 2, "warm_up": 5, "passes": PASSES, "until_told": False}
THROUGHPUT = {"id": "throughput", "kind": "throughput", "warm_up": 2, "duration_s": 0.3}
OUTPUTS = {"id": "outputs", "kind": "outputs", "frames": [4, 0, 4, 6]}
VALIDATION = {"id": "io", "kind": "validation"}
SOAK = {"id": "soak", "kind": "continuous", "warm_up": 1, "duration_s": 0.4, "rate_hz": 100}
FOREVER = {**SOAK, "id": "forever", "duration_s": 3600}


def events(items: Sequence[Item], kind: str) -> list[dict[str, Any]]:
    """The data of all events of a kind."""
    return [item.data["data"] for item in items if item.event == "run_event" and item.data["kind"] == kind]


def rows(items: Sequence[Item], stream: str) -> dict[str, list[float]]:
    """All rows of a stream, column by column."""
    table: dict[str, list[float]] = {}
    for item in items:
        if item.event == "run_block" and item.data["stream"] == stream:
            data, start = zlib.decompress(item.attachments[0]), 0
            for name, code in item.data["columns"]:
                values = array.array(code)
                end = start + values.itemsize * item.data["rows"]
                values.frombytes(data[start:end])
                table.setdefault(name, []).extend(values)
                start = end
    return table


def reach(items: Iterator[Item], kind: str, seen: list[Item]) -> dict[str, Any]:
    """Read on to the next event of a kind; what came before it is added to `seen`."""
    for item in items:
        seen.append(item)
        if item.event == "run_event" and item.data["kind"] == kind:
            return dict(item.data["data"])
    raise AssertionError(f"the run ended without {kind}: {seen[-1]}")


def reach_block(items: Iterator[Item], stream: str, seen: list[Item]) -> None:
    """Read on to the next block of a stream."""
    for item in items:
        seen.append(item)
        if item.event == "run_block" and item.data["stream"] == stream:
            return
    raise AssertionError(f"the run ended without rows of {stream}")


@pytest.fixture(scope="module")
def whole(shared_bench: Any) -> list[Item]:
    """Everything that a run of all phases recorded."""
    return list(shared_bench.run(shared_bench.plan(LATENCY, THROUGHPUT, OUTPUTS, VALIDATION, SOAK)))


def test_that_every_phase_of_a_plan_is_carried_out(whole: list[Item], shared_bench: Any) -> None:
    items = whole
    assert events(items, "run_ended") == [{"state": "done", "text": ""}]
    assert items[-1].data["kind"] == "run_ended"
    ends = [(end["phase"], end["state"]) for end in events(items, "phase_ended")]
    assert ends == [(name, "done") for name in ("latency", "throughput", "outputs", "io", "soak")]
    frames = rows(items, "frames")
    by_phase = {phase: frames["phase"].count(phase) for phase in range(5)}
    assert by_phase[0] == 2 * (40 + 20)
    assert by_phase[1] > 0
    assert by_phase[2] == len(OUTPUTS["frames"])
    assert by_phase[3] == 0
    assert by_phase[4] == 40
    assert sum(frames["error"]) == sum(frames["bad_boxes"]) == sum(frames["bad_scores"]) == 0
    assert max(frames["detections"]) > 0
    status = RunFolder(shared_bench.folder("r1")).read_status()
    assert status is not None
    assert status["state"] == "done"


def test_that_each_start_is_a_fresh_worker_with_its_own_warm_up(whole: list[Item]) -> None:
    items = [item for item in whole if item.data.get("data", {}).get("phase", "latency") == "latency"]
    frames = rows(whole, "frames")
    counted = dict.fromkeys(((0, 0), (0, 1), (1, 0), (1, 1)), 0)
    for phase, start, which in zip(frames["phase"], frames["start"], frames["pass"], strict=True):
        if phase == 0:
            counted[int(start), int(which)] += 1
    assert counted == {(0, 0): 40, (0, 1): 20, (1, 0): 40, (1, 1): 20}
    assert len({start["pid"] for start in events(items, "start_began")}) == 2
    for loaded, ended in zip(events(items, "start_loaded"), events(items, "start_ended"), strict=True):
        assert 0 < loaded["floor_rss_bytes"] <= loaded["floor_hwm_bytes"] < ended["hwm_bytes"]
        assert ended["complete"] is True
        assert loaded["load_ms"] > 0
        assert set(loaded["precisions"]) == {"f32", "i32"}


def test_that_stages_add_up_and_paced_frames_arrive_by_the_clock(whole: list[Item]) -> None:
    everything = {name: np.array(column) for name, column in rows(whole, "frames").items()}
    frames = {name: column[everything["phase"] == 0] for name, column in everything.items()}
    stages = ("queue_us", "preprocess_us", "copy_in_us", "execute_us", "copy_out_us", "decode_us")
    np.testing.assert_allclose(sum(frames[name] for name in stages), frames["latency_us"], rtol=1e-4, atol=0.5)
    for start in (0, 1):
        paced = frames["mono_ns"][(frames["pass"] == 1) & (frames["start"] == start)]
        assert set(np.diff(paced)) == {5_000_000}
    assert (frames["queue_us"][frames["pass"] == 0] == 0).all()


def test_that_throughput_has_as_many_frames_in_flight_as_there_are_streams(bench: Any) -> None:
    load = {"precision": "f32", "threads": 2, "streams": 2}
    frames = rows(bench.run(bench.plan(THROUGHPUT, LATENCY, load=load)), "frames")
    table = {name: np.array(column) for name, column in frames.items()}
    begin, end = table["mono_ns"], table["mono_ns"] + table["latency_us"] * 1e3
    throughput, latency = table["phase"] == 0, table["phase"] == 1
    order = np.argsort(begin[throughput])
    assert (begin[throughput][order][1:] < end[throughput][order][:-1]).any()
    assert (np.diff(begin[latency]) > 0).all()
    assert table["error"].sum() == 0


def test_that_outputs_are_those_of_an_independent_runtime(
    whole: list[Item], shared_bench: Any, tiny_onnx: Path
) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(tiny_onnx), providers=["CPUExecutionProvider"])
    preprocess = Preprocessor(Preprocess("rgb", 1 / 255, (0, 0, 0), (1, 1, 1)), *shared_bench.frames.shape[1:3])
    found = [item for item in whole if item.event == "run_output"]
    assert [item.data["frame"] for item in found] == OUTPUTS["frames"]
    for item in found:
        (expected,) = session.run(None, {"images": preprocess(shared_bench.frames[item.data["frame"]])})
        (shape,), (dtype,), (data,) = item.data["shapes"], item.data["dtypes"], item.attachments
        np.testing.assert_allclose(np.frombuffer(data, dtype).reshape(shape), expected, rtol=1e-5, atol=1e-4)


def test_that_each_wrong_input_gives_its_code_and_the_next_frame_runs(whole: list[Item]) -> None:
    found = events(whole, "validation")
    assert {case["case"]: case["code"] for case in found} == {
        **dict.fromkeys(
            ("too_small", "too_large", "transposed", "wrong_rank", "wrong_channels", "too_few_bytes", "too_many_bytes"),
            "E_INVALID_SIZE",
        ),
        **dict.fromkeys(("wrong_type_float32", "wrong_type_float64"), "E_INVALID_SIZE"),
        **dict.fromkeys(("no_bytes", "null"), "E_NULL_INPUT"),
    }
    assert all(case["next_frame_ok"] for case in found)


def test_that_telemetry_shows_the_machine_and_the_worker(whole: list[Item]) -> None:
    table = rows(whole, "telemetry")
    assert np.isfinite(table["memory_available_bytes"]).all()
    worker = np.array(table["worker_rss_bytes"])
    assert (worker[np.isfinite(worker)] > 1e6).any()
    assert (np.diff(table["mono_ns"]) > 0).all()


def test_that_a_killed_worker_is_an_event_and_the_phase_goes_on(bench: Any) -> None:
    phase = {**LATENCY, "passes": [{"name": "paced", "iterations": 150, "rate_hz": 100}]}
    bench.start(bench.plan(phase, SOAK))
    seen: list[Item] = []
    items = iter(bench.follow("r1"))
    pid = reach(items, "start_began", seen)["pid"]
    reach_block(items, "frames", seen)
    os.kill(pid, signal.SIGSEGV)
    seen.extend(items)
    (crash,) = events(seen, "worker_crashed")
    assert (crash["phase"], crash["start"], crash["exit"]) == ("latency", 0, "SIGSEGV")
    assert any("Segmentation fault" in line for line in crash["lines"])
    assert "Segmentation fault" in (bench.folder("r1") / crash["log"]).read_text()
    assert [end["start"] for end in events(seen, "start_ended") if end["phase"] == "latency"] == [1, 2]
    assert [end["state"] for end in events(seen, "phase_ended")] == ["done", "done"]


def test_that_a_continuous_phase_goes_on_after_a_crash_for_the_time_that_is_left(bench: Any) -> None:
    bench.start(bench.plan({**SOAK, "duration_s": 4}))
    seen: list[Item] = []
    items = iter(bench.follow("r1"))
    pid = reach(items, "start_began", seen)["pid"]
    reach_block(items, "frames", seen)
    os.kill(pid, signal.SIGKILL)
    seen.extend(items)
    assert [crash["exit"] for crash in events(seen, "worker_crashed")] == ["SIGKILL"]
    assert set(rows(seen, "frames")["start"]) == {0, 1}
    (end,) = events(seen, "phase_ended")
    assert (end["state"], end["text"]) == ("done", "1 restarts")


def test_that_three_crashes_in_a_row_end_the_phase_and_not_the_run(bench: Any) -> None:
    slow = {**LATENCY, "starts": 9, "passes": [{"name": "paced", "iterations": 3000, "rate_hz": 100}]}
    bench.start(bench.plan(slow, VALIDATION))
    seen: list[Item] = []
    items = iter(bench.follow("r1"))
    for _ in range(3):
        os.kill(reach(items, "start_began", seen)["pid"], signal.SIGKILL)
    seen.extend(items)
    assert len(events(seen, "worker_crashed")) == 3
    first, second = events(seen, "phase_ended")
    assert first["state"] == "failed"
    assert "3 times in a row" in first["text"]
    assert second["state"] == "done"


def test_that_an_engine_with_a_flipped_byte_is_refused_before_it_is_loaded(bench: Any) -> None:
    plan = bench.plan(LATENCY)
    data = bytearray(bench.engine.read_bytes())
    data[len(data) // 2] ^= 1
    bench.engine.write_bytes(data)
    process = bench.start(plan)
    items = list(bench.follow("r1"))
    (refusal,) = events(items, "start_refused")
    assert refusal["error"]["code"] == "E_HASH"
    assert not events(items, "start_loaded")
    assert events(items, "run_ended")[0]["state"] == "failed"
    process.communicate(timeout=30)
    assert process.returncode == 1


def test_that_frames_with_other_bytes_are_refused(bench: Any) -> None:
    plan = bench.plan(LATENCY)
    bench.pack.write_bytes(bench.pack.read_bytes()[:-1] + b"\0")
    process = bench.start(plan)
    _, complaints = process.communicate(timeout=30)
    assert process.returncode == 1
    assert b"E_HASH" in complaints
    status = RunFolder(bench.folder("r1")).read_status()
    assert status is not None
    assert "frames" in status["text"]


@pytest.mark.parametrize("how", ["stop", "stop-hard", "SIGTERM"])
def test_that_a_run_stops_when_told(bench: Any, how: str) -> None:
    process = bench.start(bench.plan(FOREVER, LATENCY))
    seen: list[Item] = []
    items = iter(bench.follow("r1"))
    reach_block(items, "frames", seen)
    if how == "SIGTERM":
        process.send_signal(signal.SIGTERM)
    else:
        RunFolder(bench.folder("r1")).write_control(how)
    seen.extend(items)
    assert [(end["phase"], end["state"]) for end in events(seen, "phase_ended")] == [("forever", "stopped")]
    assert events(seen, "run_ended")[0]["state"] == "stopped"
    assert not events(seen, "worker_crashed")
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_that_a_phase_that_waits_to_be_told_starts_again_until_it_is(bench: Any) -> None:
    phase = {**LATENCY, "starts": 1, "until_told": True, "passes": PASSES[:1]}
    bench.start(bench.plan(phase, SOAK))
    seen: list[Item] = []
    items = iter(bench.follow("r1"))
    for _ in range(3):
        reach(items, "start_ended", seen)
    RunFolder(bench.folder("r1")).write_control("advance-latency")
    seen.extend(items)
    first, second = events(seen, "phase_ended")
    assert first["state"] == "done"
    assert (second["phase"], second["state"]) == ("soak", "done")
    assert len([end for end in events(seen, "start_ended") if end["complete"]]) >= 3 + 1


def test_that_a_killed_run_leaves_whole_seconds_and_the_next_run_works(bench: Any, wait_until: Wait) -> None:
    process = bench.start(bench.plan(FOREVER))
    follower = bench.follow("r1")
    seen: list[Item] = []
    items = iter(follower)
    pid = reach(items, "start_began", seen)["pid"]
    reach_block(items, "frames", seen)
    reach_block(items, "frames", seen)
    os.kill(process.pid, signal.SIGKILL)
    seen.extend(items)
    assert seen[-1].event == "run_died"
    assert follower.state == "died"
    frames = np.array(rows(seen, "frames")["frame"])
    np.testing.assert_array_equal(frames, np.arange(len(frames)) % len(bench.frames))
    wait_until(lambda: not Path(f"/proc/{pid}").exists())
    assert bench.run(bench.plan(SOAK, run="r2"))[-1].data["data"]["state"] == "done"


def test_that_a_follower_goes_on_from_any_cursor(whole: list[Item], shared_bench: Any) -> None:
    for cut in range(0, len(whole), 7):
        follower = shared_bench.follow("r1")
        first = [item for item, _ in zip(follower, range(cut), strict=False)]
        seen = {"events": 0, "blocks": 0, "outputs": 0}
        for item in first:
            seen[{"run_event": "events", "run_block": "blocks", "run_output": "outputs"}[item.event]] = item.data["id"]
        assert first + list(shared_bench.follow("r1", seen)) == whole
    finished = shared_bench.follow("r1")
    assert len(list(finished)) == len(whole)
    assert finished.state == "done"
    assert finished.cursor["events"] == whole[-1].data["id"]


def test_that_more_outputs_than_one_reading_holds_come_whole_and_before_the_end(bench: Any) -> None:
    frames = [number % len(bench.frames) for number in range(3 * ROWS_AT_ONCE)]
    items = bench.run(bench.plan({**OUTPUTS, "frames": frames}))
    assert [item.data["frame"] for item in items if item.event == "run_output"] == frames
    assert items[-1].data["kind"] == "run_ended"
    assert [item.data["id"] for item in items if item.event == "run_event"] == sorted(
        item.data["id"] for item in items if item.event == "run_event"
    )


def test_that_a_run_is_carried_out_once(whole: list[Item], shared_bench: Any) -> None:
    code = "import sys; from targets.agent.run import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, str(shared_bench.folder("r1"))]
    again = subprocess.run(command, capture_output=True, timeout=30, check=False, cwd=REPOSITORY)
    assert whole[-1].data["kind"] == "run_ended"
    assert again.returncode == 1
    assert b"E_BUSY" in again.stderr


def test_that_a_running_run_holds_its_folder(bench: Any) -> None:
    bench.start(bench.plan(FOREVER))
    reach(iter(bench.follow("r1")), "start_began", [])
    folder = RunFolder(bench.folder("r1"))
    assert folder.alive()
    bench.processes[0].kill()
    bench.processes[0].wait()
    assert not folder.alive()


def test_that_a_full_disk_ends_the_run_with_its_reason(bench: Any) -> None:
    process = bench.start(
        bench.plan(FOREVER),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 10, 64 << 10)),
    )
    _, complaints = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"E_DISK" in complaints
    status = json.loads((bench.folder("r1") / "status.json").read_text())
    assert status["state"] == "failed"
    assert "recording" in status["text"]


def test_that_a_wrong_plan_is_refused_with_the_entry_named(bench: Any) -> None:
    process = bench.start(bench.plan({**LATENCY, "kind": "latencyy"}))
    _, complaints = process.communicate(timeout=30)
    assert process.returncode == 1
    assert b"plan.phases[0].kind is 'latencyy'" in complaints
    assert RunFolder(bench.folder("r1")).read_status() is not None
