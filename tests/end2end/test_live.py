"""Playing frames live through the window's own order: watched, steered, recorded, and never taken for evidence."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.example_project import BOARD
from tests.end2end.bench import BY, Desk, Place, Story, running_on, wait_until
from workbench import cli
from workbench.base.errors import UsageError
from workbench.base.events import Event, JobState, RecordWritten
from workbench.base.live import LIVE_COLUMNS, LiveBatch, LiveFrame, LiveMark
from workbench.frames.slots import SlotReader
from workbench.jobs.handle import JobHandle
from workbench.jobs.processes import ProcessExecutor
from workbench.live import feeder, segments
from workbench.orders.live import LiveOrder, LiveOutcome, Mark, SetConfidence, SetRate, Step
from workbench.pipeline.report import ReportJob
from workbench.pipeline.verify import VerifyJob
from workbench.session import Session
from workbench.telemetry.freeze import read_parquet
from workbench.views import live as views

pytestmark = [pytest.mark.slow, pytest.mark.alone]

Steer = Callable[[Event, JobHandle], None]


def order(place: Place, **changes: object) -> LiveOrder:
    """Play the test frames back to back, without reference or pictures, unless a test asks for them."""
    usual = {"rate": "full", "reference": False, "show": False, "seconds": 1.0}
    return LiveOrder(place.project, BOARD, **{**usual, **changes})  # type: ignore[arg-type]


def play(desk: Desk, asked: LiveOrder, steer: Steer | None = None) -> Story:
    """Carry a live order out; `steer` is told each event."""
    events: list[Event] = []
    handle = desk.session.start(asked)
    for event in handle.events():
        events.append(event)
        if steer is not None:
            steer(event, handle)
    return Story(events)


def outcome(story: Story) -> LiveOutcome:
    assert story.state is JobState.SUCCEEDED, story.ended.error
    assert isinstance(story.ended.result, LiveOutcome)
    return story.ended.result


def stop(handle: JobHandle) -> None:
    """Stop it cleanly; a second time would be at once."""
    if handle.state is JobState.RUNNING:
        handle.cancel()


def batches(story: Story) -> list[LiveBatch]:
    return [event for event in story.events if isinstance(event, LiveBatch)]


def frames(story: Story) -> list[LiveFrame]:
    return [event for event in story.events if isinstance(event, LiveFrame)]


def test_that_a_try_is_watched_and_recorded_whole(lean: Desk):
    story = play(lean, order(lean.place))
    done = outcome(story)
    told = [number for batch in batches(story) for number in batch.tables.get("frames", {}).get("frame_id", ())]
    assert told == [float(number) for number in range(done.frames)], "every frame is told once, in order"
    for batch in batches(story):
        for name, columns in batch.tables.items():
            assert tuple(columns) == LIVE_COLUMNS[name]
    kept = read_parquet(done.folder / "frames.parquet")
    assert kept["frame_id"].tolist() == list(range(done.frames))
    assert len(read_parquet(done.folder / "boxes.parquet")["score"]) > 0
    assert (done.folder / "rollup.npy").is_file()
    assert running_on(lean.place.root) == []
    marks = [event.kind for event in story.events if isinstance(event, LiveMark)]
    assert marks[0] == "phase"
    assert "start" in marks
    assert marks[-1] == "end"


def test_that_a_try_is_no_evidence_wherever_runs_are_looked_at(lean: Desk):
    project = lean.place.project
    before, verified = lean.session.status(project), lean.session.run(project)
    done = outcome(play(lean, order(lean.place)))
    assert not done.evidence
    assert lean.session.status(project) == before
    assert lean.session.run(project) == verified, "the last run is the last verification"
    record = lean.session.run(project, done.run)
    assert (record.kind, record.outcome_text, record.requirements) == ("try", "not evidence", ())
    assert (done.folder / "not-evidence.txt").read_text().startswith("This run is a try")
    (row,) = [row for row in lean.session.runs(project) if row.run == done.run]
    assert (row.kind, row.verdict) == ("try", "not evidence")
    with pytest.raises(UsageError, match="is a try: it is not evidence"):
        lean.session.compare(project, verified.id, done.run)
    lean.do(ReportJob(project, done.run)).check_error("is a try", hint="slipway verify")
    assert "verify" in lean.run().skipped, "the chain is as it was"


def test_that_stopping_is_the_normal_end(lean: Desk):
    def watch(event: Event, handle: JobHandle) -> None:
        if isinstance(event, LiveBatch) and event.frames > 20:
            stop(handle)

    story = play(lean, order(lean.place, seconds=None), watch)
    assert outcome(story).text == "played until it was stopped"
    assert any(isinstance(event, RecordWritten) and event.kind == "try" for event in story.events)
    assert lean.place.runs()[-1].is_finished()


def test_that_it_is_steered_while_it_plays(lean: Desk):
    seen: list[str] = []

    def steer(event: Event, handle: JobHandle) -> None:
        if not isinstance(event, LiveBatch):
            return
        if not seen and event.state_text == "Waits for a step":
            assert event.frames == 0
            handle.tell(Step(2))
            seen.append("stepped")
        elif seen == ["stepped"] and event.frames == 2 and event.state_text == "Waits for a step":
            handle.tell(Mark("here"))
            handle.tell(SetRate("full"))
            seen.append("full")
        elif seen == ["stepped", "full"] and event.frames > 20:
            seen.append("stopped")
            stop(handle)

    story = play(lean, order(lean.place, rate="step", seconds=None), steer)
    assert outcome(story).frames > 20
    marks = [event.text for event in story.events if isinstance(event, LiveMark)]
    assert "here" in marks
    assert "rate full" in marks


def test_that_boxes_are_matched_with_the_reference_of_that_very_frame_and_anew_on_demand(lean: Desk):
    asked: list[int] = []

    def steer(event: Event, handle: JobHandle) -> None:
        if not isinstance(event, LiveFrame):
            return
        if not asked and event.reference == "there" and event.matched:
            asked.append(event.frame_id)
            handle.tell(SetConfidence(0.95, event.frame_id))
        elif asked and event.confidence == 0.95 and event.frame_id == asked[0]:
            stop(handle)

    story = play(lean, order(lean.place, rate="camera", reference=True, seconds=None), steer)
    outcome(story)
    matched = next(event for event in frames(story) if event.frame_id == asked[0] and event.matched)
    again = next(event for event in frames(story) if event.confidence == 0.95 and event.frame_id == asked[0])
    assert again.revision > matched.revision
    assert len(again.boxes) < len(matched.boxes)
    box = next(box for box in matched.boxes if box.kind == "matched")
    assert box.iou is not None
    assert box.iou > 0.5
    assert box.score is not None
    assert box.reference_score is not None
    assert box.score_change == pytest.approx(box.score - box.reference_score)
    assert (lean.place.project / ".slipway" / "cache" / "reference.sqlite").is_file()


def test_that_a_source_larger_than_its_room_is_sent_as_it_is_played(lean: Desk, monkeypatch: pytest.MonkeyPatch):
    frame_bytes = 640 * 384 * 3
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 2 * frame_bytes)
    monkeypatch.setattr(feeder, "BOARD_BYTES", 4 * frame_bytes)
    monkeypatch.setattr(feeder, "AHEAD", 3)
    blobs_before = set((lean.place.root / "blobs").iterdir())

    def watch(event: Event, handle: JobHandle) -> None:
        if isinstance(event, LiveBatch) and event.frames > 60:
            stop(handle)

    done = outcome(play(lean, order(lean.place, seconds=None), watch))
    played = read_parquet(done.folder / "frames.parquet")["frame"]
    assert len(set(played.tolist())) > 8, "more than fit at once"
    assert set((lean.place.root / "blobs").iterdir()) == blobs_before, "nothing of it stays on the board"


def test_that_pictures_cross_to_another_process_whole(place: Place, lean_first: tuple[Place, Story], tmp_path: Path):
    moved = lean_first[0].move(tmp_path / "moved")
    read: list[int] = []
    readers: dict[str, SlotReader] = {}

    def look(event: Event, handle: JobHandle) -> None:
        if isinstance(event, LiveFrame) and event.picture is not None:
            reader = readers.setdefault(event.picture.memory, SlotReader(event.picture.memory))
            pixels = reader.copy(event.picture)
            if pixels is not None:
                picture = np.frombuffer(pixels, np.uint8).reshape(event.picture.height, event.picture.width, 3)
                read.append(int(picture.std()))
            if len(read) > 5:
                stop(handle)

    with Session(moved.home, ProcessExecutor(moved.home, BY), BY) as session:
        story = play(Desk(moved, session), order(moved, rate="camera", show=True, seconds=None), look)
    for name, reader in readers.items():
        reader.close()
        with pytest.raises(FileNotFoundError):
            SlotReader(name)
    outcome(story)
    assert min(read) > 0, "pictures of scenes are not all of one colour"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A short recording that is played as a board's camera."""
    import cv2

    path = tmp_path / "camera.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (320, 192))
    for number in range(20):
        writer.write(np.full((192, 320, 3), 10 * number, np.uint8))
    writer.release()
    return path


def test_that_the_boards_camera_is_played_with_its_pictures(lean: Desk, recording: Path):
    def watch(event: Event, handle: JobHandle) -> None:
        if isinstance(event, LiveBatch) and event.frames > 10:
            stop(handle)

    asked = order(lean.place, source=f"camera:{recording}", rate="camera", show=True, reference=True, seconds=None)
    story = play(lean, asked, watch)
    assert outcome(story).frames > 10
    shown = [event for event in frames(story) if event.picture is not None]
    assert {(event.frame_width, event.frame_height) for event in shown} == {(320, 192)}


def test_that_a_camera_that_is_not_there_is_refused_with_what_to_look_at(lean: Desk):
    story = play(lean, order(lean.place, source="camera:/dev/video-none"))
    story.check_error("camera /dev/video-none cannot be opened", hint="ls /dev/video*")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rate": "fast"}, "no rate 'fast'"),
        ({"source": "nowhere"}, "nowhere is not there"),
        ({"engine": "release:none"}, "no release none"),
        ({"engine": "engine:ffff"}, "no engine 'ffff'"),
        ({"confidence": 2.0}, "a confidence of 2"),
        ({"source": "camera:"}, "no camera is named"),
    ],
)
def test_that_an_order_that_cannot_be_is_refused_in_words(lean: Desk, changes: dict[str, object], words: str):
    story = play(lean, order(lean.place, **changes))
    story.check_error(words, hint="")
    assert len(lean.place.runs()) == 1, "nothing is left of it"


def test_that_a_try_and_a_verification_are_looked_through_frame_by_frame(lean: Desk):
    project = lean.place.project
    verified = lean.session.run(project).id
    tried = outcome(play(lean, order(lean.place, rate="camera", reference=True, seconds=2.0))).run
    for run in (tried, verified):
        opened = views.read_recording(lean.session, project, run)
        assert opened.has_frames
        frame = views.read_frame(lean.session, project, run, opened.seconds, 0.25)
        assert frame is not None
        assert frame.pixels is not None
        assert frame.pixels.shape == (384, 640, 3)
        assert frame.reference == "there"
        assert frame.matched + frame.missed + frame.device_only == len(frame.boxes)
        strict = views.read_frame(lean.session, project, run, frame.t_s, 0.95)
        assert strict is not None
        assert strict.frame_id == frame.frame_id
        assert len(strict.boxes) <= len(frame.boxes)


def test_that_what_can_be_played_is_listed_and_each_of_it_plays(lean: Desk):
    choices = views.read_live_choices(lean.session, lean.place.project)
    playable = [item for item in choices.engines if not item.problem]
    assert {item.value.partition(":")[0] for item in playable} == {"", "engine", "release"}
    assert choices.sources[0].value == ""
    for item in playable:
        assert outcome(play(lean, order(lean.place, engine=item.value, seconds=0.3))).frames > 0


def pids_of(root: Path, mode: str) -> list[int]:
    """Processes of the board's agent in a mode, such as `serve` or `worker`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue
        if mode in words and any(str(root) in word for word in words):
            found.append(int(path.parent.name))
    return found


def test_that_a_killed_agent_is_a_lost_link_and_the_try_is_closed_as_one(lean: Desk):
    killed: list[int] = []

    def kill(event: Event, _handle: JobHandle) -> None:
        if isinstance(event, LiveBatch) and event.t_s > 2 and not killed:
            killed.extend(pids_of(lean.place.root, "serve"))
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    story = play(lean, order(lean.place, seconds=None), kill)
    assert killed
    assert story.state is JobState.LOST
    wait_until(lambda: not running_on(lean.place.root), "the run ends with its agent")
    again = lean.do(VerifyJob(lean.place.project, BOARD, ("null_input",)))
    assert "is closed: it was interrupted" in again.lines
    record = lean.place.record(1)
    assert (record["kind"], record["state"]) == ("try", "interrupted")
    assert read_parquet(lean.place.runs()[1].path / "frames.parquet")["latency_us"].size > 0


def test_that_the_command_plays_and_says_that_it_is_no_evidence(lean: Desk, capsys: pytest.CaptureFixture[str]):
    project = str(lean.place.project)
    assert cli.main(["try", project, "--board", BOARD, "--rate", "full", "--seconds", "0.5"]) == 0
    said = capsys.readouterr()
    assert "not evidence" in said.out.splitlines()[-1]
    assert "latency p50" in said.out
    assert cli.main(["try", project, "--board", BOARD, "--rate", "full", "--seconds", "0.5", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["result"]["evidence"] is False
    assert answer["result"]["frames"] > 0
    assert cli.main(["try", project, "--board", BOARD, "--camera", "/dev/video-none"]) == 4
    assert "cannot be opened" in capsys.readouterr().err
    assert cli.main(["try", project, "--camera", "0", "--source", "data/test"]) == 2
