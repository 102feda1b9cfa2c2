"""Broken input and broken boards: one clear error each, nothing lost, nothing half-written, and the next run works."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.example_project import BOARD, SOAK_DURATION, change, make_board
from benchmarks.kills import AGENT, ENGINE_WORKER, MODES, RUN, processes
from projects.record_file import Author
from targets.agent_client import AgentClient, Owner
from targets.inventory import open_board
from tests.end2end.bench import Desk, Place, Story, check_nothing_half, running_on, wait_until
from workbench.base.events import Event, JobState, LiveValues
from workbench.pipeline.build import BuildJob
from workbench.pipeline.deploy import DeployJob
from workbench.pipeline.optimise import OptimiseJob
from workbench.pipeline.verify import VerifyJob
from workbench.session import Session
from workbench.telemetry.freeze import read_parquet

NULL = ("null_input",)


def flip(path: Path) -> None:
    """Change one bit in the middle of a file, whatever its mode."""
    mode = path.stat().st_mode
    path.chmod(0o644)
    with path.open("r+b") as stream:
        stream.seek(path.stat().st_size // 2)
        byte = stream.read(1)[0]
        stream.seek(-1, os.SEEK_CUR)
        stream.write(bytes([byte ^ 4]))
    path.chmod(mode)


@contextmanager
def mounted(folder: Path, size: str = "16m") -> Iterator[Callable[[str], None]]:
    """A small file system of its own on a folder; gives a way to mount it again with other options."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={size},mode=755"
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "slipway-test", str(folder)], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {made.stderr.decode().strip()}")

    def again(more: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{more}", str(folder)], check=True)

    try:
        yield again
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


# Input


def test_that_an_unreadable_image_among_the_frames_is_named(lean: Desk):
    frames = sorted((lean.place.project / "data" / "test").glob("*.jpg"))
    good = frames[2].read_bytes()
    frames[2].write_bytes(good[:100])
    frames[7].write_bytes(b"")
    story = lean.run()
    story.check_error(
        "2 of 24 frames of data/test cannot be read", frames[2].name, frames[7].name, hint="Replace or remove them"
    )
    assert len(lean.place.runs()) == 1
    check_nothing_half(lean.place)
    assert not list(lean.place.project.rglob("*.part"))
    frames[2].write_bytes(good)
    frames[7].write_bytes(good)
    lean.check_works()


def test_that_an_unreadable_calibration_frame_is_named(lean: Desk):
    frame = sorted((lean.place.project / "data" / "calibration").glob("*.jpg"))[1]
    frame.write_bytes(b"no image")
    story = lean.do(OptimiseJob(lean.place.project, "int8"))
    story.check_error("cannot decode the frame", frame.name, hint="Replace or remove this file")
    lean.check_works()


def test_that_labels_that_name_no_frame_are_refused(lean: Desk):
    labels = lean.place.project / "data" / "test" / "labels.json"
    good = labels.read_text()
    labels.write_text(good.replace("scene_5000003", "scene_0000003"))
    story = lean.run()
    story.check_error("labels 1 frame that", "scene_0000003.jpg", hint="correct the names or the folder")
    assert len(lean.place.runs()) == 1
    labels.write_text(good)
    lean.check_works()


def wrong_models(good: Path) -> dict[str, tuple[bytes, str, str]]:
    """Bytes of a file that is no model to take, what is said of it, and the hint."""
    import onnx
    from onnx import TensorProto, helper

    def model(shape: list[str | int | None], output: list[str | int | None]) -> bytes:
        graph = helper.make_graph(
            [helper.make_node("Identity", ["images"], ["output0"])],
            "wrong",
            [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("output0", TensorProto.FLOAT, output)],
        )
        made: bytes = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString()
        return made

    outside = onnx.load(str(good))
    tensor = outside.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../../etc/passwd")
    size: list[str | int | None] = [1, 3, 64, 96]
    return {
        "no ONNX": (b"Not a model at all, only text.\n" * 40, "", "exported as ONNX"),
        "truncated": (good.read_bytes()[:100_000], "", ""),
        "dynamic": (
            model(["batch", 3, "height", "width"], ["batch", 3, "height", "width"]),
            "axes without a fixed length",
            "",
        ),
        "no head": (model([*size], [*size]), "output", ""),
        "no image": (model([1, 10], [1, 10]), "no single RGB image", "Export the model with batch 1"),
        "outside": (outside.SerializeToString(), "passwd", ""),
    }


@pytest.mark.parametrize("name", ["no ONNX", "truncated", "dynamic", "no head", "no image", "outside"])
def test_that_a_model_that_cannot_be_taken_is_refused(lean: Desk, name: str):
    path = lean.place.project / "models" / "road_users.onnx"
    good = path.read_bytes()
    content, said, hint = wrong_models(path)[name]
    path.write_bytes(content)
    story = lean.run()
    story.check_error("road_users.onnx", said, hint=hint)
    assert story.done == []
    path.write_bytes(good)
    assert lean.run().outcome.reused


# Newer formats


@pytest.mark.parametrize("what", ["record", "run", "plan"])
def test_that_a_newer_format_is_refused_and_left_alone(lean: Desk, what: str):
    project = lean.place.project
    path = {
        "record": next((project / "records" / "candidate").iterdir()),
        "run": lean.place.runs()[0].path / "run.json",
        "plan": lean.place.runs()[0].path / "plan.json",
    }[what]
    good = path.read_text()
    value = json.loads(good)
    kind = str(value["format"]).split("/", maxsplit=1)[0]
    value["format"] = f"{kind}/9"
    path.write_text(json.dumps(value))
    if what == "plan":  # it is read where the run was not finished
        (lean.place.runs()[0].path / "run.json").rename(path.with_name("run.away"))
        story = lean.do(VerifyJob(project, BOARD, NULL))
        assert story.state is JobState.SUCCEEDED
        assert "was written by a newer Slipway" in story.lines
        assert not lean.place.runs()[0].is_finished()
        path.with_name("run.away").rename(path.with_name("run.json"))
    elif what == "run":  # a run that cannot be read hides no other one, and is never taken for the present one
        assert [row.state for row in lean.session.runs(project)] == ["newer format"]
        status = lean.session.status(project)
        assert [item.state for item in status.unreadable] == ["newer format"]
        assert "cannot be read (newer format)" in status.links[-1].reason
        assert "cannot be read (newer format)" in lean.run().reasons["verify"]
    else:
        lean.run().check_error("was written by a newer Slipway", path.name, hint="Install the newer Slipway")
    assert json.loads(path.read_text()) == value
    path.write_text(good)
    lean.check_works()


def test_that_a_board_with_a_newer_policy_refuses_every_change(lean: Desk):
    (lean.place.root / "policy.json").write_text('{"format": "slipway.policy/9"}')
    lean.do(VerifyJob(lean.place.project, BOARD, NULL)).check_error("policy", hint="newer Slipway")
    (lean.place.root / "policy.json").unlink()
    lean.check_works()


# Space and permission


def test_that_a_board_without_space_says_so(place: Place):
    with mounted(place.root, "12m") as again, Session(place.home, by=Author("Ada")) as session:
        desk = Desk(place, session)
        ballast = place.root / "ballast"
        ballast.write_bytes(bytes(7 << 20))
        story = desk.run()
        story.check_error("no space", "MB are free", hint="free space there")
        assert story.done == ["optimise"]
        assert not list(place.root.rglob("*.part"))
        check_nothing_half(place)
        ballast.unlink()
        again("size=600m")
        desk.check_works()


def test_that_a_board_that_fills_up_in_mid_run_ends_the_run_in_words(later: Desk, tmp_path: Path):
    root = tmp_path / "small"
    with mounted(root, "200m") as again:
        shutil.copytree(later.place.root, root, dirs_exist_ok=True)
        make_board(root, tmp_path / "lock")
        tests = later.place.project / "deployment_tests.yaml"
        good = tests.read_bytes()
        change(tests, ("deployment_tests", "stress_tests", "continuous_operation", "duration"), "1 hour")
        full = False

        def during(event: Event, _: Any) -> None:
            nonlocal full
            if isinstance(event, LiveValues) and event.stream == "latency" and not full:
                full = True
                free = shutil.disk_usage(root).free
                with contextlib.suppress(OSError):  # the run writes too, so that the last of it may not fit
                    (root / "ballast").write_bytes(bytes(free - free % 4096))

        story = later.do(VerifyJob(later.place.project, BOARD, ("continuous_operation",)), during)
        story.check_error("ended as failed", hint="log")
        assert "space" in story.ended.error.detail or "full" in story.ended.error.detail  # type: ignore[union-attr]
        (root / "ballast").unlink()
        again("size=600m")
        assert running_on(root) == []
        assert later.place.record()["state"] == "failed"
        tests.write_bytes(good)
        later.check_works()


def test_that_a_project_without_space_says_so(place: Place, tmp_path: Path):
    project = tmp_path / "small"
    with mounted(project, "24m") as again:
        shutil.copytree(place.project, project, dirs_exist_ok=True)
        small = Place(project, place.home, place.root)
        free = shutil.disk_usage(project).free
        (project / "ballast").write_bytes(bytes(free - (1 << 20)))
        with Session(small.home, by=Author("Ada")) as session:
            desk = Desk(small, session)
            desk.run().check_error("cannot write", "No space left", hint="Free some space")
            check_nothing_half(small)
            assert not list(project.rglob("*.part"))
            (project / "ballast").unlink()
            again("size=600m")
            desk.check_works()


def test_that_a_project_that_cannot_be_written_says_so(place: Place, tmp_path: Path):
    project = tmp_path / "locked"
    with mounted(project, "600m") as again:
        shutil.copytree(place.project, project, dirs_exist_ok=True)
        again("ro")
        locked = Place(project, place.home, place.root)
        with Session(locked.home, by=Author("Ada")) as session:
            desk = Desk(locked, session)
            desk.run().check_error("cannot write", "Read-only file system", hint="Check that you may write there")
            again("rw")
            desk.check_works()


def test_that_a_file_in_place_of_a_folder_says_so(lean: Desk):
    runs = lean.place.project / "runs"
    runs.rename(runs.with_name("runs-away"))
    runs.write_text("not a folder")
    story = lean.do(VerifyJob(lean.place.project, BOARD, NULL))
    story.check_error("cannot write", "runs", hint="Check that you may write there")
    runs.unlink()
    runs.with_name("runs-away").rename(runs)
    lean.check_works()


# Damaged bytes


def test_that_a_flipped_byte_of_the_installed_engine_is_seen_and_mended(lean: Desk):
    (engine,) = lean.place.root.glob("releases/*/engine.blob")
    flip(engine)
    story = lean.do(VerifyJob(lean.place.project, BOARD, NULL))
    story.check_error("is not installed", "engine.blob has other bytes", hint="slipway deploy")
    assert len(lean.place.runs()) == 1
    story = lean.run()
    assert "it is not whole" in story.reasons["deploy"]
    assert story.outcome.record.state == "finished"
    lean.check_works()


def test_that_a_flipped_byte_of_the_projects_engine_is_seen_and_mended(lean: Desk):
    project = lean.place.project
    flip(project / ".slipway" / "blobs" / lean.place.record()["chain"]["engine"]["sha256"])
    shutil.rmtree(lean.place.root / "releases")
    story = lean.do(DeployJob(project, BOARD))
    story.check_error("no engine of fp32", "its bytes here were changed", hint="slipway build")
    assert not list(lean.place.root.glob("releases/*/manifest.json"))
    assert "its bytes here were changed" in lean.run().reasons["build"]
    lean.check_works()


def test_that_a_flipped_byte_of_the_candidate_is_seen_and_mended(lean: Desk):
    project = lean.place.project
    flip(project / ".slipway" / "blobs" / lean.place.record()["chain"]["candidate"]["sha256"])
    story = lean.do(BuildJob(project, BOARD))
    story.check_error("no fp32 candidate", "its bytes here were changed", hint="slipway optimise")
    assert lean.run().reasons == {"optimise": "its bytes here were changed"}
    lean.check_works()


def test_that_a_flipped_byte_of_what_was_pushed_is_seen_and_pushed_anew(lean: Desk):
    candidate = lean.place.root / "blobs" / lean.place.record()["chain"]["candidate"]["sha256"]
    flip(candidate)
    change(lean.place.project / "deployment.yaml", ("deployment", "resource_allocation", "cpu_threads"), 1)
    lean.run().check_error("had other bytes on the board", "was removed", hint="it is pushed anew")
    lean.check_works()


# The board at work


def test_that_a_second_run_on_a_busy_board_is_told_who_works_there(lean: Desk):
    with AgentClient(open_board(BOARD), Owner("Grace", "desk-2", 17)) as other, other.locked("verify the lorry"):
        story = lean.do(VerifyJob(lean.place.project, BOARD, NULL))
        story.check_error("Grace", "verify the lorry", hint="")
    assert len(lean.place.runs()) == 1
    lean.check_works()


def kill_during(desk: Desk, what: str) -> Story:
    """Verify continuous operation, and kill a process of the board once frames are measured."""
    killed: list[int] = []

    def during(event: Event, _: Any) -> None:
        if isinstance(event, LiveValues) and event.stream == "latency" and not killed:
            killed.extend(processes(desk.place.root, MODES[what]))
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    story = desk.do(VerifyJob(desk.place.project, BOARD, ("continuous_operation",)), during)
    assert killed
    wait_until(lambda: not processes(desk.place.root), "nothing runs on the board any more")
    return story


def test_that_a_crash_of_the_engine_in_mid_run_fails_the_soak_and_nothing_else(later: Desk):
    change(later.place.project / "deployment_tests.yaml", SOAK_DURATION, "6 seconds")
    story = kill_during(later, ENGINE_WORKER)
    assert story.state is JobState.SUCCEEDED, story.ended.error
    assert "the engine's process died (SIGKILL)" in story.lines
    (soak,) = later.place.record()["requirements"]
    assert soak["verdict"]["outcome"] == "FAIL"
    assert soak["verdict"]["reason"].startswith("1 crash; 1 restart")
    later.check_works()


def test_that_a_killed_agent_is_a_lost_link_and_what_it_measured_is_kept(later: Desk):
    change(later.place.project / "deployment_tests.yaml", SOAK_DURATION, "1 hour")
    story = kill_during(later, AGENT)
    assert story.state is JobState.LOST
    story.check_error("bench", hint="")
    assert not later.place.runs()[-1].is_finished()
    again = later.do(VerifyJob(later.place.project, BOARD, NULL))
    assert again.state is JobState.SUCCEEDED, again.ended.error
    assert "is closed: it was interrupted; samples up to the last second are kept" in again.lines
    assert later.place.record(-2)["state"] == "interrupted"
    assert read_parquet(later.place.runs()[-2].path / "frames.parquet")["latency_us"].size > 0


def test_that_a_killed_run_is_said_to_have_died_and_what_it_measured_is_kept(later: Desk):
    change(later.place.project / "deployment_tests.yaml", SOAK_DURATION, "1 hour")
    story = kill_during(later, RUN)
    story.check_error("ended as died", "the run's process died", hint="what it measured until then is kept")
    record = later.place.record()
    assert record["state"] == "failed"
    (soak,) = record["requirements"]
    assert soak["verdict"]["outcome"] == "NOT MEASURED"
    assert read_parquet(later.place.runs()[-1].path / "frames.parquet")["latency_us"].size > 0
