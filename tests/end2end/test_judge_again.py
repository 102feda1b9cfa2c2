"""A limit that changed is judged from what was measured; whatever needs another measurement is measured."""

from __future__ import annotations

from benchmarks.example_project import BOARD, SAMPLES, TESTS, change
from tests.end2end.bench import Desk, check_nothing_half
from workbench.base.hashing import sha256_file
from workbench.evaluate.verdict import Outcome, Verdict
from workbench.pipeline.verify import VerifyJob
from workbench.results.run_record import RunRecord

OVERLAP = (*TESTS, "functional_equivalence", "tolerance", "detection_iou")
LATENCY = (*TESTS, "performance_tests", "latency", "requirement")


def verdicts(record: RunRecord) -> dict[str, Verdict]:
    return {item.path: item.verdict for item in record.requirements}


def limit(desk: Desk, keys: tuple[str, ...], value: object) -> None:
    change(desk.place.project / "deployment_tests.yaml", keys, value)


def test_that_another_limit_is_judged_without_measuring(later: Desk) -> None:
    first = later.session.run(later.place.project)
    limit(later, LATENCY, "90 seconds")
    status = later.session.status(later.place.project).links[-1]
    assert status.reason == f"deployment_tests.yaml changed; what run {first.number} measured can be judged again"
    assert status.next_step == f"slipway run {later.place.project} --board {BOARD}"
    story = later.run()
    again = story.outcome.record
    assert set(story.done) == {"verify", "report"}
    assert story.reasons == {"verify": "deployment_tests.yaml changed"}
    before, after = verdicts(first), verdicts(again)
    (path,) = (name for name in after if after[name] != before[name])
    assert path == "performance_tests.latency.requirement"
    assert (after[path].limit, after[path].value) == (90_000.0, before[path].value)
    assert again.source == {"run": first.id, "sha256": sha256_file(later.place.runs()[0].path / "run.json")}
    assert any("Nothing was measured in this run" in text and "50ms → 90 seconds" in text for text in again.findings)
    assert again.id in story.outcome.report.read_text(encoding="utf-8")
    assert first.id in story.outcome.report.read_text(encoding="utf-8")
    folder = later.place.runs()[-1].path
    assert all(sha256_file(folder / name) == sha256 for name, sha256 in again.files.items())
    assert later.session.status(later.place.project).is_current
    assert later.run().outcome.reused
    check_nothing_half(later.place)


def test_that_a_limit_that_is_missed_now_fails(lean: Desk) -> None:
    limit(lean, OVERLAP, 1.0)
    found = verdicts(lean.run().outcome.record)["functional_equivalence.tolerance.detection_iou"]
    assert found.outcome is not Outcome.PASS
    limit(lean, OVERLAP, 0.5)
    record = lean.run().outcome.record
    assert verdicts(record)["functional_equivalence.tolerance.detection_iou"].outcome is Outcome.PASS
    assert record.source == lean.place.record(1)["source"], "the source is the run that measured"
    assert sum("Nothing was measured" in text for text in record.findings) == 1
    assert len(lean.place.runs()) == 3


def test_that_what_needs_another_measurement_is_measured(lean: Desk) -> None:
    limit(lean, SAMPLES, 20)
    story = lean.run()
    assert story.outcome.record.source is None
    assert "frames" in story.done
    limit(lean, ("slipway", "detection_iou", "confidence"), 0.4)
    story = lean.run()
    assert story.outcome.record.source is None
    assert "frames" in story.done


def test_that_asking_for_a_verification_always_measures(lean: Desk) -> None:
    limit(lean, OVERLAP, 0.5)
    record = lean.do(VerifyJob(lean.place.project, "bench")).ended.result
    assert isinstance(record, RunRecord)
    assert record.source is None


def test_that_a_run_whose_files_were_changed_is_not_judged_again(lean: Desk) -> None:
    limit(lean, OVERLAP, 0.5)
    folder = lean.place.runs()[0].path
    matches = folder / "matches.parquet"
    matches.write_bytes(matches.read_bytes() + b"\0")
    assert lean.session.status(lean.place.project).links[-1].reason == "deployment_tests.yaml changed"
    assert lean.run().outcome.record.source is None
