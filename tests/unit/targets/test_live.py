"""A run that plays live, on a real board: frames as they are told, how it is told to go on, and how it ends."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from targets.agent_client import AgentClient
from targets.board import Board
from targets.board_values import BuiltEngine
from targets.fetch import fetch_run
from targets.replies import Refused
from tests.unit.targets.both import on_both
from tests.unit.targets.conftest import FRAMES, HEIGHT, WIDTH, Until
from workbench.base.cancel import CancelToken
from workbench.base.hashing import sha256_bytes

pytestmark = [pytest.mark.slow, on_both]

Plan = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def small_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of some frames, twice as wide as the model's input."""
    import cv2

    path = tmp_path_factory.mktemp("video") / "small.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 50.0, (128, 96))
    for number in range(8):
        writer.write(np.full((96, 128, 3), 30 * number, np.uint8))
    writer.release()
    return path


def live(packs: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """A live phase over packs that lie on the board."""
    source = {"kind": "packs", "total": sum(pack["count"] for pack in packs), "packs": packs}
    phase = {"id": "live", "kind": "live", "source": source, "rate": "full", "fps": 50}
    return {**phase, "boxes_from": 0.05, "boxes_hz": 1000, **changes}


def played(plan: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The plan with a live phase over its own frames."""
    pack = {"sha256": plan["frames"]["sha256"], "count": plan["frames"]["count"]}
    return {**plan, "phases": [live([pack], **changes)]}


class Heard:
    """What a run told, in a thread of its own."""

    def __init__(self, client: AgentClient, run: str) -> None:
        self.rows: list[dict[str, Any]] = []
        self.telemetry = 0
        self.events: list[str] = []
        self.pid = 0
        """Of the engine's worker."""
        self.end: tuple[str, str] = ("", "")
        self._client, self._run = client, run
        self._thread = threading.Thread(target=self._hear)
        self._thread.start()

    def _hear(self) -> None:
        self.end = self._client.live(self._run, self._take)

    def _take(self, name: str, data: dict[str, Any], parts: tuple[bytes, ...]) -> None:
        if name == "telemetry":
            self.telemetry += 1
        elif name == "event":
            self.events.append(data["kind"])
            self.pid = data["data"].get("pid", self.pid)
        else:
            self.rows.append(dict(data, parts=parts))

    @property
    def frames(self) -> int:
        return sum(item["rows"] for item in self.rows)

    @property
    def waiting(self) -> str:
        return str(self.rows[-1]["waiting"]) if self.rows else ""

    def column(self, name: str) -> np.ndarray:
        found = []
        for item in self.rows:
            names = [column for column, _ in item["columns"]]
            code = {"q": "<i8", "h": "<i2", "i": "<i4", "f": "<f4"}[dict(item["columns"])[name]]
            found.append(np.frombuffer(item["parts"][names.index(name)], code))
        return np.concatenate(found)

    def join(self) -> tuple[str, str]:
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.end


@contextmanager
def playing(client: AgentClient, plan: dict[str, Any]) -> Iterator[Heard]:
    """A live run, stopped at the end."""
    client.start_run(plan["run"], plan)
    heard = Heard(client, plan["run"])
    try:
        yield heard
    finally:
        client.stop_run(plan["run"])
        heard.join()


def test_that_every_frame_is_told_recorded_and_numbered_without_a_gap(
    built: BuiltEngine, client: AgentClient, board: Board, make_plan: Plan, until: Until, tmp_path: Path
) -> None:
    client.install("tiny", {"engine.blob": built.sha256}, {})
    with playing(client, played(make_plan(built.sha256))) as heard:
        until(lambda: heard.frames > 50 and heard.telemetry > 2)
    assert heard.end[0] == "stopped"
    assert heard.column("frame_id").tolist() == list(range(heard.frames))
    assert set(heard.column("frame").tolist()) == set(range(FRAMES))
    assert (heard.column("latency_us") > 0).all()
    assert heard.events[-1] == "run_ended"
    fetch_run(board, "r1", tmp_path / "fetched", CancelToken())
    with closing(sqlite3.connect(tmp_path / "fetched" / "live.sqlite")) as database:
        rows = dict(database.execute("SELECT stream, sum(rows) FROM blocks GROUP BY stream"))
    assert rows["frames"] == heard.frames
    assert rows["boxes"] == sum(item["boxes"] for item in heard.rows)


def test_that_frames_come_by_the_clock_and_those_that_are_missed_are_counted(
    built: BuiltEngine, client: AgentClient, make_plan: Plan, until: Until
) -> None:
    client.install("tiny", {"engine.blob": built.sha256}, {})
    with playing(client, played(make_plan(built.sha256), rate="camera", fps=20000)) as heard:
        until(lambda: heard.frames > 100)
    dropped, at = heard.column("dropped"), heard.column("frame")
    assert dropped.sum() > 0, "no board answers 20,000 frames a second"
    steps = (at[1:] - at[:-1]) % FRAMES
    assert (steps == (dropped[1:] + 1) % FRAMES).all(), "what was left out is what was counted"


def test_that_steps_play_one_frame_each_and_another_rate_goes_on(
    built: BuiltEngine, client: AgentClient, make_plan: Plan, until: Until
) -> None:
    client.install("tiny", {"engine.blob": built.sha256}, {})
    with playing(client, played(make_plan(built.sha256), rate="step")) as heard:
        until(lambda: heard.waiting == "step")
        assert heard.frames == 0
        client.tell_run("r1", {"tell": "step", "count": 3})
        until(lambda: heard.frames == 3)
        until(lambda: heard.waiting == "step")
        client.tell_run("r1", {"tell": "rate", "rate": "full"})
        until(lambda: heard.frames > 20)
    assert heard.column("frame").tolist()[:6] == [0, 1, 2, 3, 4, 0]


def test_that_steps_that_are_asked_for_before_the_engine_is_loaded_are_played(
    built: BuiltEngine, client: AgentClient, make_plan: Plan, until: Until
) -> None:
    client.install("tiny", {"engine.blob": built.sha256}, {})
    client.start_run("r1", played(make_plan(built.sha256), rate="step"))
    client.tell_run("r1", {"tell": "step", "count": 2})
    heard = Heard(client, "r1")
    until(lambda: heard.frames == 2 and heard.waiting == "step")
    client.stop_run("r1")
    assert heard.join()[0] == "stopped"


def test_that_it_waits_for_a_pack_that_comes_later(
    built: BuiltEngine,
    client: AgentClient,
    push: Callable[[AgentClient, bytes], str],
    make_plan: Plan,
    until: Until,
    tmp_path: Path,
) -> None:
    np.save(tmp_path / "more.npy", np.zeros((FRAMES - 1, HEIGHT, WIDTH, 3), np.uint8))
    content = (tmp_path / "more.npy").read_bytes()
    client.install("tiny", {"engine.blob": built.sha256}, {})
    plan = played(make_plan(built.sha256))
    plan["phases"][0]["source"]["total"] = 2 * FRAMES - 1
    with playing(client, plan) as heard:
        until(lambda: heard.waiting == "frames")
        assert heard.frames == FRAMES
        sha256 = push(client, content)
        client.tell_run("r1", {"tell": "pack", "place": 1, "sha256": sha256, "count": FRAMES - 1})
        until(lambda: heard.frames > 3 * FRAMES)
        client.tell_run("r1", {"tell": "drop", "place": 1})
        until(lambda: heard.waiting == "frames")
        client.forget([sha256])
        assert client.have([sha256, plan["frames"]["sha256"]]) == {plan["frames"]["sha256"]}
    assert sorted(set(heard.column("frame").tolist())) == list(range(2 * FRAMES - 1))


def test_that_another_worker_goes_on_where_one_died(
    built: BuiltEngine, client: AgentClient, make_plan: Plan, until: Until
) -> None:
    client.install("tiny", {"engine.blob": built.sha256}, {})
    with playing(client, played(make_plan(built.sha256))) as heard:
        until(lambda: heard.frames > 20)
        os.kill(heard.pid, signal.SIGKILL)
        until(lambda: "worker_crashed" in heard.events)
        before = heard.frames
        until(lambda: heard.frames > before + 20)
    starts = heard.column("start")
    assert set(starts.tolist()) == {0, 1}
    assert (np.diff(heard.column("frame_id")) >= 1).all(), "no number comes twice"


def test_that_what_a_live_run_does_not_take_is_refused_in_words(
    built: BuiltEngine, client: AgentClient, make_plan: Plan, until: Until
) -> None:
    client.install("tiny", {"engine.blob": built.sha256}, {})
    with playing(client, played(make_plan(built.sha256))) as heard:
        until(lambda: heard.frames > 0)
        for message in ({"tell": "jump"}, {"tell": "rate", "rate": "fast"}, {"tell": "step", "count": 0}, {}):
            with pytest.raises(Refused, match="takes no message"):
                client.tell_run("r1", message)
    with pytest.raises(Refused, match="no run r9 plays live"):
        client.tell_run("r9", {"tell": "step", "count": 1})


def test_that_a_recording_played_as_the_boards_camera_gives_pictures_and_exact_frames(
    built: BuiltEngine, client: AgentClient, make_plan: Plan, until: Until, small_video: Path
) -> None:
    client.install("tiny", {"engine.blob": built.sha256}, {})
    plan = make_plan(built.sha256)
    camera = {"kind": "camera", "device": str(small_video), "mode": "letterbox", "pad": 114, "anchor": "center"}
    size = {"sha256": "", "count": 0, "height": HEIGHT, "width": WIDTH}
    phase = live([{"sha256": "0" * 64, "count": 1}], source=camera, rate="camera", fps=None)
    phase |= {"picture_hz": 1000, "exact_hz": 1000}
    with playing(client, {**plan, "frames": size, "phases": [phase]}) as heard:
        until(lambda: heard.frames > 15)
    about = [(told, part) for item in heard.rows for told, part in zip(item["pictures"], _pictures(item), strict=True)]
    assert {told["form"] for told, _ in about} == {"jpeg", "exact"}
    exact = next(part for told, part in about if told["form"] == "exact")
    assert len(exact) == HEIGHT * WIDTH * 3
    assert next(part for told, part in about if told["form"] == "jpeg")[:2] == b"\xff\xd8"


def test_that_a_camera_that_is_not_there_says_what_to_look_at(
    built: BuiltEngine, client: AgentClient, make_plan: Plan
) -> None:
    client.install("tiny", {"engine.blob": built.sha256}, {})
    camera = {"kind": "camera", "device": "/dev/video-none", "mode": "stretch", "pad": 0, "anchor": "center"}
    size = {"sha256": "", "count": 0, "height": HEIGHT, "width": WIDTH}
    phase = live([{"sha256": sha256_bytes(b""), "count": 1}], source=camera, rate="camera", fps=None)
    client.start_run("r1", {**make_plan(built.sha256), "frames": size, "phases": [phase]})
    heard = Heard(client, "r1")
    assert heard.join()[0] == "failed"
    assert "start_refused" in heard.events


def _pictures(item: dict[str, Any]) -> tuple[bytes, ...]:
    return tuple(item["parts"][len(item["columns"]) + len(item["box_columns"]) :])
