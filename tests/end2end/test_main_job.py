"""The main job from a model to a report, and what of it is done again when something changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.example_project import BOARD, change
from tests.end2end.bench import Desk, Place, Story, check_nothing_half, running_on
from workbench.base.events import JobState, RecordWritten, VerdictReached
from workbench.base.hashing import sha256_file
from workbench.evaluate.verdict import Outcome
from workbench.pipeline.report import ReportJob
from workbench.pipeline.run import RunJob
from workbench.session import Session

ALL = ["optimise", "build", "deploy", "frames", "verify", "report"]
CLASSES = ["car", "lorry", "pedestrian", "cyclist", "traffic light", "sign"]
KINDS = {
    "output_difference",
    "detection_iou",
    "accuracy",
    "latency",
    "throughput",
    "memory_peak",
    "memory_steady",
    "continuous_operation",
    "temperature",
    "invalid_size",
    "null_input",
    "detection_format",
    "confidence_range",
}


def test_that_the_main_job_ends_with_a_verdict_for_every_requirement(first: tuple[Place, Story]):
    place, story = first
    record = story.outcome.record
    assert story.done == ALL
    assert not story.reasons
    assert {item.kind for item in record.requirements} == KINDS
    assert all(item.verdict.reason for item in record.requirements)
    told = [event for event in story.events if isinstance(event, VerdictReached)]
    assert [event.requirement for event in told] == [item.id for item in record.requirements]
    by_kind = {item.kind: item.verdict for item in record.requirements}
    for kind in ("output_difference", "detection_iou", "invalid_size", "null_input", "detection_format"):
        assert by_kind[kind].outcome is Outcome.PASS, by_kind[kind].reason
    assert by_kind["latency"].value is not None
    assert running_on(place.root) == []


def test_that_each_result_names_what_it_was_made_from(first: tuple[Place, Story]):
    place, story = first
    chain = story.outcome.record.chain
    assert chain["model"]["sha256"] == sha256_file(place.project / "models" / "road_users.onnx")
    for kind, of in (("candidate", "model"), ("engine", "candidate"), ("release", "engine")):
        (path,) = (place.project / "records" / kind).iterdir()
        record = json.loads(path.read_text())[kind]
        assert path.stem == chain[kind]["record"]
        assert chain[of]["sha256"] in record.values()
    engine = chain["engine"]["sha256"]
    installed = place.root / "releases" / chain["release"]["name"]
    assert sha256_file(installed / "engine.blob") == engine
    assert sha256_file(place.project / ".slipway" / "blobs" / engine) == engine
    files = story.outcome.record.files
    assert {"frames.parquet", "telemetry.parquet", "rollup.npy", "equivalence.parquet", "matches.parquet"} < set(files)
    assert all(sha256_file(place.runs()[0].path / name) == sha256 for name, sha256 in files.items())


def test_that_release_and_record_name_the_classes_of_the_model(first: tuple[Place, Story]):
    place, story = first
    record = story.outcome.record
    installed = place.root / "releases" / record.chain["release"]["name"]
    manifest = json.loads((installed / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["about"]["classes"] == CLASSES
    assert json.loads((installed / "config.json").read_text(encoding="utf-8"))["classes"] == CLASSES
    assert record.settings["classes"] == CLASSES


def test_that_it_leaves_records_and_a_report_and_nothing_unfinished(first: tuple[Place, Story]):
    place, story = first
    written = {event.kind: Path(event.path) for event in story.events if isinstance(event, RecordWritten)}
    assert set(written) == {"candidate", "engine", "release", "run", "report"}
    assert all(path.is_file() for path in written.values())
    page = story.outcome.report.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert not any(mark in page for mark in ('src="http', 'href="http', "@import"))
    for item in story.outcome.record.requirements:
        assert item.title in page
    check_nothing_half(place)
    assert not list(place.project.rglob("*.part"))
    assert not list(place.root.rglob("*.part"))
    assert not list((place.root / "runs").iterdir())  # fetched, then removed


def test_that_the_same_run_gives_the_same_report_again(later: Desk):
    report = later.place.runs()[0].path / "report.html"
    before = report.read_bytes()
    report.unlink()
    assert later.do(ReportJob(later.place.project)).state is JobState.SUCCEEDED
    assert report.read_bytes() == before


def test_that_a_second_run_skips_every_step_and_says_so(lean: Desk):
    run = lean.place.record()["id"]
    story = lean.run()
    assert story.done == []
    assert set(story.skipped) == {"optimise", "build", "deploy", "verify"}
    assert all(text.startswith("unchanged") for text in story.skipped.values())
    assert story.outcome.reused
    assert story.outcome.record.id == run
    assert len(lean.place.runs()) == 1


def test_that_a_changed_test_document_stales_the_verification_alone(lean: Desk):
    change(lean.place.project / "deployment_tests.yaml", ("deployment_tests", "id"), "MLE-OTHER")
    story = lean.run()
    assert set(story.skipped) == {"optimise", "build", "deploy"}
    assert story.reasons == {"verify": "deployment_tests.yaml changed"}


@pytest.mark.parametrize("name", ["frames", "labels"])
def test_that_changed_frames_and_labels_stale_the_verification(lean: Desk, name: str):
    frame = sorted((lean.place.project / "data" / "test").glob("*.jpg"))[3]
    if name == "frames":
        shutil.copy(next(iter((lean.place.project / "data" / "calibration").glob("*.jpg"))), frame)
    else:
        labels = lean.place.project / "data" / "test" / "labels.json"
        labels.write_text(labels.read_text().replace('"bbox": [', '"bbox":  [', 1))
    assert lean.session.status(lean.place.project).links[-1].state == "stale"
    story = lean.run()
    expected = {"frames": "the test frames changed", "labels": "the labels changed"}[name]
    assert story.reasons == {"verify": expected}
    assert set(story.skipped) == {"optimise", "build", "deploy"}
    assert lean.session.status(lean.place.project).is_current


def test_that_a_changed_option_stales_the_engine_and_what_rests_on_it(lean: Desk):
    change(lean.place.project / "deployment.yaml", ("deployment", "resource_allocation", "cpu_threads"), 1)
    story = lean.run()
    assert set(story.skipped) == {"optimise"}
    assert story.reasons["build"] == "the options changed"
    # Of one thread or two, the compiler makes the same blob or another one.
    assert story.reasons["deploy"] in {"the engine changed", "the configuration changed"}
    assert story.reasons["verify"] == "the release changed"


def test_that_a_changed_configuration_stales_the_release(lean: Desk):
    change(lean.place.project / "deployment.yaml", ("slipway", "thresholds", "confidence"), 0.3)
    story = lean.run()
    assert set(story.skipped) == {"optimise", "build"}
    assert story.reasons == {"deploy": "the configuration changed", "verify": "the release changed"}


def test_that_a_changed_model_stales_what_rests_on_its_bytes(lean: Desk):
    import onnx

    path = lean.place.project / "models" / "road_users.onnx"
    model = onnx.load(str(path))
    model.doc_string = "a note"
    onnx.save(model, str(path))
    story = lean.run()
    # Clean-up takes the note away, so that the candidate comes out as it was; but the reference is another file.
    assert story.reasons == {"optimise": "the model changed", "verify": "the model changed"}
    assert set(story.skipped) == {"build", "deploy"}
    assert lean.place.record()["chain"]["model"]["sha256"] == sha256_file(path)


def test_that_a_model_that_was_trained_again_stales_everything(lean: Desk):
    import onnx

    path = lean.place.project / "models" / "road_users.onnx"
    model = onnx.load(str(path))
    largest = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    largest.raw_data = bytes([largest.raw_data[0] ^ 1]) + largest.raw_data[1:]
    onnx.save(model, str(path))
    story = lean.run()
    assert story.done == ALL
    assert story.reasons == {
        "optimise": "the model changed",
        "build": "the candidate changed",
        "deploy": "the engine changed",
        "verify": "the release changed",
    }


def test_that_int8_goes_through_and_its_calibration_frames_count(lean: Desk):
    project = lean.place.project
    change(project / "deployment.yaml", ("deployment", "model_format", "precision"), "INT8")
    story = lean.run()
    assert story.done == ALL
    assert story.reasons["build"] == "the last engine is of the candidate fp32"
    assert story.outcome.record.chain["candidate"]["recipe"] == "int8"
    assert story.outcome.record.chain["candidate"]["calibration"]["count"] == 8
    frames = sorted((project / "data" / "calibration").glob("*.jpg"))
    shutil.copy(frames[0], frames[1])
    shutil.copy(frames[0], next(iter((project / "data" / "test").glob("*.jpg"))))
    again = lean.run()
    assert again.done == ALL
    assert again.reasons == {
        "optimise": "the calibration frames or the preprocessing changed",
        "build": "the candidate changed",
        "deploy": "the engine changed",
        "verify": "the release changed",
    }
    assert any("in the calibration set too" in text for text in again.outcome.record.findings)


def test_that_fp16_goes_through(lean: Desk):
    change(lean.place.project / "deployment.yaml", ("deployment", "model_format", "precision"), "FP16")
    record = lean.run().outcome.record
    assert record.chain["candidate"]["recipe"] == "fp16"
    by_kind = {item.kind: item.verdict for item in record.requirements}
    assert by_kind["detection_iou"].outcome is Outcome.PASS, by_kind["detection_iou"].reason


def test_that_both_executors_do_the_job(processes: Desk):
    story = processes.run()
    assert story.done == ALL
    assert {item.kind for item in story.outcome.record.requirements} < KINDS
    check_nothing_half(processes.place)


def test_that_a_script_needs_the_session_alone(lean: Desk):
    with Session() as session:
        end = session.start(RunJob(lean.place.project, BOARD)).wait(60)
    assert end.state is JobState.SUCCEEDED
