"""The Verify page and its Results of a project that was really verified, and of one that is being verified."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from tests.end2end.bench import Desk
from workbench.base.events import JobState
from workbench.orders.run import RunDone, RunOrder
from workbench.orders.verify import VerifyRequirements
from workbench.views.results.comparing import read_comparison, read_disagreement, read_disagreements
from workbench.views.verify.detections import open_detections
from workbench.views.verify.frames import overlap_of, pair_all, read_frame, read_worst
from workbench.views.verify.latency import read_latency
from workbench.views.verify.losses import read_losses
from workbench.views.verify.page import read_verify
from workbench.views.verify.requirement import read_requirement
from workbench.views.verify.running import Running
from workbench.views.verify.values import RUNNING

pytestmark = pytest.mark.slow


def test_that_latency_is_drawn_as_it_was_judged(later: Desk) -> None:
    record = later.place.record()
    run = record["id"]
    shown = read_latency(later.session, later.place.project, run)
    assert shown is not None
    judged = next(item for item in record["requirements"] if item["kind"] == "latency")["verdict"]
    assert shown.passed == judged["details"]["judged"]
    assert shown.counts.sum() == judged["samples"]
    assert shown.judged_ms == judged["value"]
    assert len(shown.starts_s) == judged["details"]["starts"]
    assert len(shown.seconds) == len(shown.p99_each_ms)


def test_that_frames_and_their_losses_add_up_to_the_verdict(later: Desk) -> None:
    record = later.place.record()
    project, run = later.place.project, record["id"]
    value = next(item for item in record["requirements"] if item["kind"] == "detection_iou")["verdict"]["value"]
    losses = read_losses(later.session, project, run)
    assert losses is not None
    assert losses.bars[0].total == pytest.approx(1 - value, abs=1e-9)
    assert sum(cell.objects for _, cells in losses.classes for cell in cells if cell) == sum(
        many for _, _, many in losses.bars[0].parts
    )
    worst = read_worst(later.session, project, run)
    assert worst is not None
    overlaps = [frame.overlap for frame in worst.frames if frame.overlap is not None]
    assert len(overlaps) == len(worst.frames)
    assert overlaps == sorted(overlaps)
    assert all(frame.thumbnail is not None for frame in worst.frames)
    all_overlaps = [overlap_of(one) for one in pair_all(open_detections(project, run)).values()]
    assert overlaps[0] == min(found for found in all_overlaps if found is not None)


def test_that_a_frame_that_changed_is_shown_as_the_network_saw_it(later: Desk) -> None:
    project, run = later.place.project, later.place.record()["id"]
    before = read_frame(later.session, project, run, 0, 320)
    assert before is not None
    assert before.picture is not None
    (project / "data" / "test" / before.name).write_bytes(b"other")
    after = read_frame(later.session, project, run, 0, 320)
    assert after is not None
    assert after.picture is not None
    assert "other bytes" in after.picture_text
    assert after.picture.shape == before.picture.shape
    assert np.abs(after.picture.astype(int) - before.picture.astype(int)).mean() < 20
    assert [box.name for box in after.first] == [box.name for box in before.first]


def test_that_a_run_agrees_with_itself(later: Desk) -> None:
    project, run = later.place.project, later.place.record()["id"]
    found = read_disagreements(later.session, project, run, run)
    assert found.text.startswith("They agree on all")
    pair = read_disagreement(later.session, project, run, run, found.frames[0].sample)
    assert pair is not None
    assert {box.mark for box in (*pair.first, *pair.second)} <= {"matched"}
    compared = read_comparison(later.session, project, run, run)
    assert compared.comparable
    assert {line.verdict for line in compared.lines} <= {"the same", "not shown different", "cannot be said"}


def test_that_a_run_while_it_goes_fills_the_page_and_ends_in_its_verdicts(later: Desk) -> None:
    project = later.place.project
    before = read_verify(later.session, project, board="bench")
    ids = tuple(row.id for row in before.rows if row.kind in {"latency", "detection_iou"})
    story = later.do(VerifyRequirements(project, "bench", ids))
    assert story.state is JobState.SUCCEEDED
    running, seen, drawn = Running(ids), set(), 0
    for event in story.events:
        running.take(event)
        seen |= {(row.short_id, row.value_text) for row in running.onto(before).rows if row.outcome == RUNNING}
        drawn += running.latency(50.0) is not None
    assert {name for name, value in seen if value != "—"} == {"latency", "detection-iou"}
    assert drawn
    after = read_verify(later.session, project, board="bench")
    assert {row.run for row in after.rows if row.id in ids} == {running.run}
    assert {row.run for row in after.rows if row.id not in ids and row.run} == {before.shown_run}
    assert not after.stale


def test_that_nothing_is_measured_where_nothing_is_stale(later: Desk) -> None:
    story = later.do(RunOrder(later.place.project, "bench"))
    assert isinstance(story.ended.result, RunDone)
    assert story.ended.result.reused


def test_that_what_the_views_give_crosses_processes(later: Desk) -> None:
    project, run = later.place.project, later.place.record()["id"]
    session = later.session
    for value in (
        read_verify(session, project),
        read_latency(session, project, run),
        read_worst(session, project, run),
        read_frame(session, project, run, 0),
        read_losses(session, project, run),
        read_requirement(session, project, read_verify(session, project, run=run).rows[0].id, run=run),
    ):
        assert pickle.loads(pickle.dumps(value)) is not None  # noqa: S301 - our own bytes
