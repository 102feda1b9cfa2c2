"""What a verification may be asked for, how it is stopped, and that a dead engine never passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.example_project import BOARD, SAMPLES, change
from projects.record_file import Author
from projects.records import CandidateRecord, RecordStore
from tests.end2end.bench import Desk, check_nothing_half, running_on
from workbench.base.events import Event, JobState, LiveValues, Progress
from workbench.evaluate.verdict import Outcome
from workbench.pipeline.build import BuildJob
from workbench.pipeline.deploy import DeployJob
from workbench.pipeline.verify import VerifyJob
from workbench.results.run_record import RunRecord
from workbench.telemetry.freeze import read_parquet

LATENCY = ("deployment_tests", "performance_tests", "latency")


def verify(desk: Desk, **options: object) -> RunRecord:
    """Verify what is installed."""
    story = desk.do(VerifyJob(desk.place.project, BOARD, **options))  # type: ignore[arg-type]
    assert story.state is JobState.SUCCEEDED, story.ended.error
    assert isinstance(story.ended.result, RunRecord)
    return story.ended.result


def test_that_a_part_can_be_verified_and_never_counts_as_the_whole(later: Desk):
    record = verify(later, only=("null_input", "invalid_size"))
    assert {item.kind for item in record.requirements} == {"null_input", "invalid_size"}
    assert all(item.verdict.outcome is Outcome.PASS for item in record.requirements)
    assert record.only == ("null_input", "invalid_size")
    assert later.run().outcome.record.number == 1  # the whole run stands


def test_that_an_unknown_kind_of_requirement_is_refused_with_the_known_ones(later: Desk):
    story = later.do(VerifyJob(later.place.project, BOARD, only=("latencies",)))
    story.check_error("no requirement is called 'latencies'", hint="latency")
    assert len(later.place.runs()) == 1


@pytest.mark.parametrize("statistic", ["max", None])
def test_that_measuring_on_is_refused_where_nothing_can_be_decided(later: Desk, statistic: str | None):
    if statistic is not None:
        change(later.place.project / "deployment_tests.yaml", (*LATENCY, "measurement"), statistic)
    only = ("memory",) if statistic is None else ("latency",)
    story = later.do(VerifyJob(later.place.project, BOARD, only, until_decided=True))
    story.check_error("until it is decided", hint="Leave --until-decided out")
    assert len(later.place.runs()) == 1


def test_that_quick_says_so_and_leaves_continuous_operation_unmeasured(later: Desk):
    tests = later.place.project / "deployment_tests.yaml"
    duration = ("deployment_tests", "stress_tests", "continuous_operation", "duration")
    change(tests, duration, "1 hour")
    story = later.run(quick=True)
    record = story.outcome.record
    assert record.quick
    assert "quick" in story.outcome.report.read_text(encoding="utf-8").lower()
    (soak,) = [item for item in record.requirements if item.kind == "continuous_operation"]
    assert soak.verdict.outcome is Outcome.NOT_MEASURED
    assert "shortened" in soak.verdict.reason
    assert "verify" not in story.reasons  # the run at full length is another thing: it is not stale


@pytest.mark.parametrize("at_most_s", [None, 0.1])
def test_that_measuring_goes_on_until_it_is_decided_or_time_is_up(later: Desk, at_most_s: float | None):
    tests = later.place.project / "deployment_tests.yaml"
    for key, value in (("requirement", "60 s"), ("measurement", "p50"), ("test_iterations", 5)):
        change(tests, (*LATENCY, key), value)
    change(tests, ("deployment_tests", "performance_tests", "throughput", "requirement"), "100 fps")
    story = later.do(VerifyJob(later.place.project, BOARD, ("latency",), until_decided=True, at_most_s=at_most_s))
    record = story.ended.result
    assert isinstance(record, RunRecord), story.ended.error
    (latency,) = record.requirements
    if at_most_s is None:
        assert latency.verdict.outcome is Outcome.PASS, latency.verdict.reason
        assert "martingale" in str(latency.verdict.details["rule"])
        assert "latency is decided" in story.lines
    else:
        assert latency.verdict.outcome is Outcome.INCONCLUSIVE
        assert "time is up" in story.lines


def test_that_a_cancelled_verification_stops_the_run_and_keeps_what_it_measured(later: Desk):
    tests = later.place.project / "deployment_tests.yaml"
    few = tests.read_bytes()
    change(tests, (*LATENCY, "test_iterations"), 100_000)

    def during(event: Event, cancel: object) -> None:
        if isinstance(event, LiveValues) and event.stream == "latency" and callable(cancel):
            cancel()

    story = later.do(VerifyJob(later.place.project, BOARD), during)
    assert story.state is JobState.CANCELLED
    assert running_on(later.place.root) == []
    record = later.place.record()
    assert record["state"] == "cancelled"
    assert read_parquet(later.place.runs()[-1].path / "frames.parquet")["latency_us"].size > 0
    outcomes = {item["kind"]: item["verdict"]["outcome"] for item in record["requirements"]}
    assert outcomes["continuous_operation"] == "NOT MEASURED"
    assert "PASS" not in {outcomes["throughput"], outcomes["temperature"], outcomes["null_input"]}
    tests.write_bytes(few)
    later.check_works()


def kill_scores(source: Path, target: Path) -> None:
    """The same model with every score zero."""
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(str(source))
    (output,) = model.graph.output
    rows = output.type.tensor_type.shape.dim[1].dim_value
    mask = np.array([1] * 4 + [0] * (rows - 4), np.float32).reshape(1, rows, 1)
    for node in model.graph.node:
        node.output[:] = ["alive" if name == output.name else name for name in node.output]
        node.input[:] = ["alive" if name == output.name else name for name in node.input]
    model.graph.initializer.append(numpy_helper.from_array(mask, "mask"))
    model.graph.node.append(helper.make_node("Mul", ["alive", "mask"], [output.name]))
    onnx.save(model, str(target))


def test_that_an_engine_whose_scores_are_all_zero_fails_equivalence(later: Desk, tmp_path: Path):
    from dataclasses import replace

    from projects.blobs import BlobStore

    project = later.place.project
    kill_scores(project / "models" / "road_users.onnx", tmp_path / "dead.onnx")
    records, blobs = RecordStore(project / "records"), BlobStore(project / ".slipway" / "blobs")
    (living,) = records.all(CandidateRecord)
    sha256 = blobs.add_file(tmp_path / "dead.onnx")
    dead = replace(living.record, sha256=sha256, size_bytes=(tmp_path / "dead.onnx").stat().st_size)
    records.write(dead, Author("Ada"), "2100-01-01T00:00:00Z")  # the newest, so it is the one that is built
    for job in (BuildJob(project, BOARD), DeployJob(project, BOARD)):
        story = later.do(job)
        assert story.state is JobState.SUCCEEDED, story.ended.error
    record = verify(later, only=("output_difference", "detection_iou"))
    assert {item.kind: item.verdict.outcome for item in record.requirements} == {
        "output_difference": Outcome.FAIL,
        "detection_iou": Outcome.FAIL,
    }


def test_that_two_dead_sides_are_no_agreement(lean: Desk, tmp_path: Path):
    model = lean.place.project / "models" / "road_users.onnx"
    kill_scores(model, tmp_path / "dead.onnx")
    (tmp_path / "dead.onnx").replace(model)
    record = lean.run(quick=True).outcome.record
    by_kind = {item.kind: item.verdict for item in record.requirements}
    for kind in ("output_difference", "detection_iou"):
        assert by_kind[kind].outcome is not Outcome.PASS, by_kind[kind].reason
    check_nothing_half(lean.place)


def test_that_fewer_frames_than_asked_for_are_inconclusive_and_never_looped(lean: Desk):
    change(lean.place.project / "deployment_tests.yaml", SAMPLES, 30)
    record = verify(lean, only=("output_difference", "detection_iou"))
    for item in record.requirements:
        assert item.verdict.outcome is Outcome.INCONCLUSIVE
        assert item.verdict.samples == 24
    assert any("Nothing was looped" in text for text in record.findings)


def test_that_progress_and_live_values_come_while_it_runs(later: Desk):
    seen: list[Event] = []
    later.do(
        VerifyJob(later.place.project, BOARD, ("throughput",), telemetry_hz=20), lambda event, _: seen.append(event)
    )
    assert {event.stream for event in seen if isinstance(event, LiveValues)} == {"telemetry", "latency", "phase"}
    shares = [event.fraction for event in seen if isinstance(event, Progress) and event.step == "verify"]
    known = [share for share in shares if share is not None]
    assert known == sorted(known)
