from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from projects.record_file import Author
from projects.runs import RunFolder
from workbench.base.errors import UsageError
from workbench.live.ranges import with_gaps
from workbench.live.recorded import thin
from workbench.results.run_record import TRY, RunRecord, RunState
from workbench.session import Session
from workbench.telemetry.events_file import KeptMark, read_events, write_events
from workbench.telemetry.freeze import freeze
from workbench.telemetry.recording import FRAME_COLUMNS, Recording, RunEvent
from workbench.views import live as views
from workbench.views.findings import FindingDraft, add_finding, close_finding

EXAMPLE = Path(__file__).parents[4] / "resources" / "example"
BY = Author("Ada")
START_NS = 5_000_000_000_123
DAY_S = 86_400


def recording(seconds: int, hole: tuple[int, int] | None = None) -> Recording:
    """Two frames and one sample a second; nothing in the hole."""
    moments = START_NS + np.arange(0, seconds, 0.5) * 1e9
    kept = np.ones(len(moments), bool)
    if hole is not None:
        kept = ~((moments >= START_NS + hole[0] * 1e9) & (moments < START_NS + hole[1] * 1e9))
    moments = moments[kept].astype("<i8")
    frames = {name: np.zeros(len(moments), code) for name, code in FRAME_COLUMNS.items()}
    frames["mono_ns"] = moments
    frames["latency_us"] = np.full(len(moments), 5000, "<f4")
    frames["latency_us"][len(moments) // 2] = 70_000
    samples = moments[::2]
    telemetry = {
        "mono_ns": samples,
        "worker_rss_bytes": np.full(len(samples), 1.2e8),
        "temperature_c": np.where(samples > START_NS + 10e9, 99.0, 60.0).astype("<f4"),
        "power_w": np.full(len(samples), np.nan, "<f4"),
    }
    events = (RunEvent(START_NS + 10**9, "phase_started", {"phase": "live"}),)
    meta = {"started_mono_ns": str(START_NS), "run": "r", "format": "slipway.live/1"}
    return Recording(meta, events, {"frames": frames, "telemetry": telemetry}, ())


def test_that_a_mark_stands_at_the_frame_on_which_it_was_made_although_the_desktop_heard_of_the_run_later(
    tmp_path: Path,
) -> None:
    heard_ns = START_NS + 50_000_000
    write_events(tmp_path, recording(2), (KeptMark("finding", 2.0, "F-1"),), heard_ns)
    kept = read_events(tmp_path)
    assert kept.started_ns == heard_ns
    write_events(tmp_path, recording(2))
    assert read_events(tmp_path).started_ns == START_NS


def keep_run(project: Path, recorded: Recording, marks: tuple[KeptMark, ...] = ()) -> str:
    """A try of this recording in a project's runs."""
    folder = RunFolder.create(project / "runs", {}, BY, is_try=True)
    files = {**freeze(recorded, folder.path), **write_events(folder.path, recorded, marks)}
    empty: dict[str, object] = {}
    record = RunRecord(
        id=folder.id,
        number=folder.number,
        created=folder.read_plan().created,
        by=BY,
        state=RunState.FINISHED,
        text="played until it was stopped",
        quick=False,
        only=(),
        project=empty,
        chain=empty,
        board={"name": "bench"},
        machine=empty,
        tools={},
        frames={"source": "data", "kind": "packs"},
        settings={"confidence": 0.3},
        requirements=(),
        figures=empty,
        findings=(),
        worst=(),
        files=files,
        kind=TRY,
    )
    folder.finish(record.to_json())
    return folder.id


@pytest.fixture
def session(tmp_path: Path):
    with Session(tmp_path / "home") as session:
        yield session


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Both documents of the example, whose temperature may be 95 degrees."""
    for name in ("deployment.yaml", "deployment_tests.yaml"):
        shutil.copy(EXAMPLE / name, tmp_path)
    return tmp_path


def test_that_a_try_opens_with_its_curves_what_happened_and_that_it_is_no_evidence(session: Session, project: Path):
    run = keep_run(project, recording(40, hole=(20, 27)), (KeptMark("finding", 3.5, "look here"),))
    opened = views.read_recording(session, project, run)
    assert (opened.kind, opened.evidence_text, opened.confidence) == ("try", "Not evidence", 0.3)
    channels = {channel.key: channel for channel in opened.channels}
    assert "telemetry.power_w" not in channels, "what was never measured has no curve"
    latency = channels["frames.latency_us"]
    assert (latency.unit, latency.limit, latency.limit_text) == ("ms", 50.0, "≤ 50 ms")
    assert np.nanmax(latency.high) == 70.0
    assert np.isnan(latency.mean[21:26]).all()
    assert {
        channels["telemetry.worker_rss_bytes"].unit: round(
            float(np.nanmax(channels["telemetry.worker_rss_bytes"].mean))
        )
    } == {"MB": 120}
    kinds = {mark.kind: mark for mark in opened.marks}
    assert kinds["finding"].t_s == 3.5
    assert kinds["gap"].until_s is not None
    assert 6 <= kinds["gap"].until_s - kinds["gap"].t_s <= 7
    assert kinds["throttle"].text == "hotter than 95 °C"
    assert kinds["phase"].t_s == 1.0


def test_that_a_range_is_raw_and_breaks_where_nothing_was_recorded(session: Session, project: Path):
    run = keep_run(project, recording(40, hole=(20, 27)))
    (latency,) = views.read_range(session, project, run, 15.0, 30.0, ("frames.latency_us",))
    assert not latency.thinned
    assert int(np.isnan(latency.values).sum()) == 1
    assert latency.t_s[0] == 15.0
    figures = views.measure_range(session, project, run, 0.0, 40.0)
    assert (figures.latency_p50_ms, figures.latency_max_ms) == (5.0, 70.0)
    assert ("Latency longest", "70 ms") in figures.rows
    tiles = {tile.key: tile for tile in figures.tiles}
    assert (tiles["latency_p99"].state, tiles["memory"].value_text, tiles["memory"].limit_text) == (
        "err",
        "120",
        "≤ 256 MB",
    )
    assert (tiles["temperature"].value, tiles["temperature"].state) == (99.0, "err")
    assert tiles["power"].value is None


def test_that_a_day_is_thinned_without_losing_a_peak(session: Session, project: Path):
    run = keep_run(project, recording(DAY_S))
    opened = views.read_recording(session, project, run)
    latency = next(channel for channel in opened.channels if channel.key == "frames.latency_us")
    assert len(latency.t_s) <= views.OVERVIEW_COLUMNS
    assert np.nanmax(latency.high) == 70.0
    (raw,) = views.read_range(session, project, run, 0.0, float(DAY_S), ("frames.latency_us",), 500)
    assert raw.thinned
    assert len(raw.t_s) <= 1000
    assert np.nanmax(raw.values) == 70.0


def test_that_a_range_is_exported_with_units_and_says_what_it_is_of(session: Session, project: Path, tmp_path: Path):
    run = keep_run(project, recording(10))
    done = views.export_range(session, project, run, 2.0, 4.0, tmp_path / "range.csv")
    rows = list(csv.reader(done.path.read_text(encoding="utf-8").splitlines()))
    assert rows[0][:6] == ["run", "kind", "stream", "t [s]", "frame", "Latency [ms]"]
    assert "Power [W]" in rows[0]
    assert len(rows) - 1 == done.rows == 8
    assert {row[1] for row in rows[1:]} == {"try, not evidence"}
    assert {row[rows[0].index("Power [W]")] for row in rows[1:]} == {""}, "not measured is an empty cell"
    for path, words in (
        (tmp_path / "range.txt", "ends in .csv|cannot be written as"),
        (tmp_path / "no" / "x.csv", "no folder"),
    ):
        with pytest.raises(UsageError, match=words):
            views.export_range(session, project, run, 2.0, 4.0, path)


def test_that_a_run_without_kept_boxes_says_so(session: Session, project: Path):
    run = keep_run(project, recording(5))
    opened = views.read_recording(session, project, run)
    assert (opened.has_frames, opened.frames_text) == (False, "No boxes were recorded.")
    assert views.read_frame(session, project, run, 1.0) is None


def test_that_findings_about_a_run_stand_on_its_axis_once(session: Session, project: Path):
    run = keep_run(
        project, recording(5), (KeptMark("finding", 2.0, "F-1 it flickers"), KeptMark("finding", 4.0, "look"))
    )
    row = add_finding(session, project, FindingDraft("it flickers", run, 2.0))
    close_finding(session, project, row.id)
    opened = views.read_recording(session, project, run)
    marks = [(mark.t_s, mark.text) for mark in opened.marks if mark.kind == "finding"]
    assert marks == [(2.0, "F-1 it flickers (closed)"), (4.0, "look")]


def test_that_a_run_that_is_not_there_is_said(session: Session, project: Path):
    with pytest.raises(UsageError, match="no run is called 9"):
        views.read_recording(session, project, "9")


def test_that_seconds_are_joined_with_their_extremes_and_gaps_stay():
    t_s = np.arange(10.0)
    mean = np.array([1, 1, 1, 9, np.nan, np.nan, np.nan, np.nan, 2, 2], np.float32)
    times, low, high, middle = thin(t_s, mean, mean, mean, 5)
    assert times.tolist() == [0, 2, 4, 6, 8]
    assert high.tolist()[:2] == [1, 9]
    assert low.tolist()[:2] == [1, 1]
    assert np.isnan(middle[2:4]).all()


def test_that_a_pause_is_a_gap_only_where_it_is_long():
    t_s = np.array([0, 0.1, 0.2, 0.3, 5.0, 5.1])
    times, values = with_gaps(t_s, np.ones(6))
    assert np.isnan(values).tolist() == [False] * 4 + [True] + [False] * 2
    assert times[4] == 0.3
    assert len(with_gaps(np.arange(5.0) * 60, np.ones(5))[0]) == 5, "samples a minute apart are no gaps"
