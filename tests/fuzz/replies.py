"""A hostile board against the desktop: talks over a socket, files by a program that lies, recordings of runs."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from targets import agent_client, link, local
from targets.agent.manifest import make_manifest
from targets.agent.protocol import E_INTERNAL
from targets.agent_client import AgentClient, Owner
from targets.agent_package import agent_package
from targets.board_values import Sample
from targets.local import LocalBoard
from targets.replies import Refused
from tests.fuzz.case import Case
from tests.fuzz.mutate import HOSTILE, mutate_bytes, mutate_json, nested
from tests.fuzz.peer import PeerBoard, play
from tests.fuzz.recordings import check_recording, make_recording
from workbench.base.atomic import encode_json
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError
from workbench.base.hashing import sha256_bytes
from workbench.verify.watcher import RunWatcher

PROCESSES: Final = True
_SHA: Final = "ab" * 32
_SHORT: Final = {
    agent_client: {"START_S": 1.0, "ANSWER_S": 0.6, "INSTALL_S": 0.6, "PREPARE_S": 0.6},
    link: {"CANCEL_S": 0.3, "CLOSE_S": 0.2, "_WATCH_S": 0.05, "_LOOK_S": 0.02},
}
"""The product waits seconds to minutes; that it waits no longer is what counts here."""
_PHASES: Final = (
    {
        "id": "latency",
        "kind": "latency",
        "starts": 2,
        "passes": [{"name": "back_to_back", "iterations": 5, "rate_hz": None}],
    },
    {"id": "outputs", "kind": "outputs", "frames": [0, 1, 2]},
    {"id": "validation", "kind": "validation"},
    {"id": "continuous", "kind": "continuous", "duration_s": 3.0},
)
_HELLO: Final = {"hello": {"protocol": 1, "agent": _SHA, "pid": 77, "boot_id": "b"}}
_FACTS: Final = {
    "hostname": "orin", "machine_id": "m", "boot_id": "b", "os": "Ubuntu", "cores": 4, "memory_bytes": 8 << 30,
    "mono_ns": 5,
    "clock_utc": 1.5, "runtimes": {"openvino": {"version": "2026.4", "device_key": "k", "precisions": ["f32"],
    "missing": None}},
    "sensors": [{"kind": "temperature", "name": "cpu", "source": "/sys/x"}], "temperature_sensor": "cpu", "uid": 0,
    "home_writable": True,
    "l4t": "R36.4.7", "venv_wheels": ["a.whl"], "problems": {"numpy": "none"}, "root_id": "r", "pip": "24",
    "policy": None,
    "lock": {"path": "/l", "weak": False, "owner": {"person": "Ada", "desktop": "d", "pid": 4, "since": 1.0,
    "purpose": "x"}},
}  # fmt: skip
_MANIFEST: Final = {"format": "slipway.manifest/1", "release": "r1", "files": {"engine": _SHA}, "about": {}}
_RELEASE: Final = {"release": "r1", "manifest": _MANIFEST, "manifest_sha256": _SHA, "verified": True, "problem": None}
_INSTALLED: Final = sha256_bytes(encode_json(make_manifest("r1", {"engine": _SHA}, {})))
_WHEELS: Final = {"wheels": {"x.whl": _SHA}, "carried": [_SHA], "need_bytes": 1}
_CURSOR: Final = {"events": 3, "blocks": 2, "outputs": 1}
_COLUMNS: Final = [
    ["mono_ns", "q"],
    ["phase", "h"],
    ["start", "i"],
    ["pass", "h"],
    ["frame", "i"],
    ["latency_us", "f"],
    ["error", "h"],
]


def _call(client: AgentClient, method: str, cancel: CancelToken) -> object:
    watcher = RunWatcher(_PHASES, _Quiet(), lambda _frame, _outputs: None, lambda _passes: None)
    seen: list[Sample] = []
    calls: Mapping[str, Callable[[], object]] = {
        "probe": client.probe,
        "lock": lambda: client.lock("fuzz"),
        "have": lambda: sorted(client.have([_SHA, "cd" * 32])),
        "build": lambda: client.build(_SHA, "openvino", {}, lambda *_: None, lambda _line: None, 0.6),
        "install": lambda: client.install("r1", {"engine": _SHA}, {}, None),
        "releases": client.releases,
        "start_run": lambda: client.start_run("r1", {}),
        "follow": lambda: client.follow("r1", watcher.take, None, cancel),
        "run_list": client.run_list,
        "prune": lambda: client.prune([]),
        "prepare": lambda: client.prepare(_WHEELS, lambda *_: None),
        "watch": lambda: client.watch(10, seen.append, cancel),
    }
    value = calls[method]()
    return [value, [asdict(sample) for sample in seen]]


class _Quiet:
    """Takes what a watcher tells, and that it can be shown."""

    def progress(self, fraction: float | None, text: str) -> None:
        assert fraction is None or 0 <= fraction <= 1, fraction
        text.encode()

    def log(self, level: object, text: str) -> None:
        text.encode()

    def live(self, stream: str, mono_s: float, values: Mapping[str, float | None]) -> None:
        json.dumps([stream, mono_s, dict(values)], allow_nan=False).encode()


def prepare(home: Path) -> None:
    """Shorten what the product waits, and put an agent's folder where the board of this machine wants it."""
    for module, values in _SHORT.items():
        vars(module).update(values)
    local.ship(agent_package(), home / "board")
    from pyarrow import parquet  # noqa: F401 - before memory is bounded


def make(random: Random) -> Case:
    """A conversation, an answer to fetching a file, or a recording."""
    kind = random.random()
    if kind < 0.2:
        return Case("live.sqlite", make_recording(random))
    if kind < 0.3:
        return Case("sent.bin", _sent(random))
    return Case("talk.json", json.dumps(_talk(random)).encode())


def check(case: Case, folder: Path) -> str:
    """Let the desktop meet it; that a board calls something a defect of its agent is its own word."""
    try:
        return _meet(case, folder)
    except Refused as error:
        if error.code != E_INTERNAL:
            raise
        raise BoardError(error.summary, error.hint, error.detail) from error


def _meet(case: Case, folder: Path) -> str:
    if case.name.endswith(".sqlite"):
        return check_recording(case.data, folder)
    if case.name.endswith(".bin"):
        return _fetch(case.data, folder)
    talk = json.loads(case.data)
    cancel = CancelToken()
    with (
        play(talk["steps"], cancel) as channel,
        AgentClient(PeerBoard(channel), Owner("Ada", "desk", 1), silence_s=0.4) as client,
    ):
        try:
            value = _call(client, talk["method"], cancel)
        finally:
            clock = client.clock
    json.dumps([value, clock], allow_nan=False, default=_plain, ensure_ascii=False).encode()
    return f"{talk['method']} taken"


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(type(value))


def _fetch(data: bytes, folder: Path) -> str:
    """Fetch a file from a program that prints these bytes instead of the agent's."""
    (folder / "payload").write_bytes(data)
    program = folder / "python"
    program.write_text(f"#!/bin/sh\nexec cat {folder}/payload\n")
    program.chmod(0o755)
    into = folder / "run"
    board = LocalBoard("bench", folder.parent / "board", python=str(program))
    try:
        board.get_file("runs/r1/live.sqlite", into / "live.sqlite", Deadline(5), CancelToken())
    finally:
        left = {path.name for path in into.iterdir()} if into.is_dir() else set()
        assert left <= {"live.sqlite"}, left
        assert {path.name for path in folder.iterdir()} <= {"payload", "python", "run"}
    return "file taken"


def _sent(random: Random) -> bytes:
    """An answer of `send`: frame, bytes, frame."""
    import hashlib

    content = random.randbytes(random.choice((0, 1, 1000, 100_000)))
    size: Any = len(content)
    if random.random() < 0.5:
        size = random.choice((*HOSTILE, size - 1, size + 1, 2**40))
    first = _frame({"ok": {"size_bytes": size}})
    last = _frame({"sha256": random.choice((hashlib.sha256(content).hexdigest(), _SHA, "../x", None, 1))})
    if random.random() < 0.3:
        first = _frame(
            {"error": random.choice((*HOSTILE, {"code": "E_MISSING", "summary": "no", "hint": 3, "detail": {}}))}
        )
    data = first + content + last
    return mutate_bytes(random, data) if random.random() < 0.5 else data


def _frame(header: Any, attachments: tuple[bytes, ...] = (), sizes: Any = None) -> bytes:
    """One frame of the protocol, with no check of anything."""
    if isinstance(header, dict) and (attachments or sizes is not None):
        header = {**header, "attachments": [len(part) for part in attachments] if sizes is None else sizes}
    text = json.dumps(header).encode()
    return len(text).to_bytes(4, "big") + text + b"".join(attachments)


def honest_talk(method: str, random: Random) -> Case:
    """What an agent of ours would say; from this all others are made."""
    frames = [(_HELLO, ()), ({"id": 1, "ok": {}}, ()), *METHODS[method](random)]
    steps: list[dict[str, Any]] = [{"send": _frame(header, parts).decode("latin-1")} for header, parts in frames]
    talk = {"method": method, "steps": [steps[0], {"await": 1}, steps[1], {"await": 2}, *steps[2:]]}
    return Case("talk.json", json.dumps(talk).encode())


def _talk(random: Random) -> dict[str, Any]:
    """A method that is called, and what the peer does meanwhile."""
    method = random.choice(list(METHODS))
    hello = _HELLO if random.random() < 0.85 else mutate_json(random, _HELLO)
    frames: list[tuple[Any, tuple[bytes, ...]]] = [(hello, ()), ({"id": 1, "ok": {}}, ()), *METHODS[method](random)]
    for _ in range(random.choice((0, 1, 1, 2))):
        place = random.randrange(len(frames))
        header, parts = frames[place]
        frames[place] = (mutate_json(random, header), parts)
    sent = [
        _frame(header, parts, random.choice((None,) * 9 + ([2**31], [10**400], [-1], "x", [1.5], [len(parts)] * 65)))
        for header, parts in frames
    ]
    for _ in range(random.choice((0, 0, 1))):
        sent.insert(random.randrange(len(sent) + 1), random.choice(_ODD)(random))
    if random.random() < 0.3:
        place = random.randrange(len(sent))
        sent[place] = mutate_bytes(random, sent[place])
    steps: list[dict[str, Any]] = [{"send": part.decode("latin-1")} for part in sent]
    if random.random() < 0.95:
        steps[1:1] = [{"await": 1}]
        steps[3:3] = [{"await": 2}]
    for _ in range(random.choice((0, 0, 0, 1))):
        steps.insert(random.randrange(len(steps) + 1), random.choice(_DOINGS)(random))
    if random.random() < 0.9:
        steps.append({"end": "close"})
    return {"method": method, "steps": steps}


def _reply(value: Any) -> Callable[[Random], list[tuple[Any, tuple[bytes, ...]]]]:
    return lambda _random: [({"id": 2, "ok": value}, ())]


def _with_events(
    events: Callable[[Random], list[tuple[Any, tuple[bytes, ...]]]], value: Any
) -> Callable[[Random], list[tuple[Any, tuple[bytes, ...]]]]:
    return lambda random: [*events(random), ({"id": 2, "ok": value}, ())]


def _event(name: str, data: Any, parts: tuple[bytes, ...] = ()) -> tuple[Any, tuple[bytes, ...]]:
    return {"event": name, "of": 2, "data": data}, parts


def _followed(random: Random) -> list[tuple[Any, tuple[bytes, ...]]]:
    """What a run records, with outputs and blocks that may be anything."""
    rows = random.choice((0, 1, 3, 2**22, 2**40))
    raw = b"\0" * 26 * min(rows, 100)
    data = zlib.compress(random.choice((raw, raw, b"\0" * 3_000_000, random.randbytes(50))))
    block = {
        "id": 1,
        "stream": random.choice(("frames", "telemetry", "x")),
        "first_ns": 1,
        "last_ns": 2,
        "rows": rows,
        "columns": _COLUMNS,
    }
    shape = random.choice(([1, 2, 3], [0], [], [2**31, 2**31, 2**31], [-1, 6], [10**400]))
    output = {
        "id": 1,
        "frame": random.choice((0, 1, 2, 9, -1)),
        "shapes": [shape],
        "dtypes": [random.choice(("<f4", "<f2", "O", "<i8", ">f4", "f4,f4"))],
    }
    events = [
        _event(
            "run_event",
            {
                "id": 1,
                "mono_ns": 1,
                "kind": "phase_started",
                "data": {"phase": random.choice(("latency", "outputs", "continuous", "?"))},
            },
        ),
        _event("run_block", block, (data,) * random.choice((0, 1, 1, 1, 2))),
        _event(
            "run_event",
            {
                "id": 2,
                "mono_ns": 2,
                "kind": "start_ended",
                "data": {"phase": "latency", "complete": True, "start": 0, "frames": 3, "errors": 0},
            },
        ),
        _event("run_event", {"id": 3, "mono_ns": 2, "kind": "worker_crashed", "data": {"exit": 3, "lines": ["a", 4]}}),
        _event(
            "run_event",
            {"id": 4, "mono_ns": 2, "kind": "start_refused", "data": {"error": {"code": "E", "summary": "s"}}},
        ),
        _event(
            "run_event",
            {
                "id": 5,
                "mono_ns": 2,
                "kind": "phase_ended",
                "data": {"phase": "latency", "state": "failed", "text": "t"},
            },
        ),
        _event("run_output", output, (b"\0" * 24,) * random.choice((0, 1, 1, 3))),
        _event("run_died", {"text": "x", "state": "died"}),
        _event("of_tomorrow", {}),
    ]
    return random.choices(events, k=random.randrange(1, 8))


def _built(random: Random) -> list[tuple[Any, tuple[bytes, ...]]]:
    return [_event("progress", {"fraction": 0.5, "text": "x"}), _event("log", {"text": "line"})] * random.randrange(3)


def _sampled(random: Random) -> list[tuple[Any, tuple[bytes, ...]]]:
    return [_event("telemetry", {"mono_ns": 1, "values": {"cpu_percent": 3.5, "gpu_c": None}})] * random.randrange(4)


_BUILT: Final = {
    "sha256": _SHA, "size_bytes": 5, "seconds": 1.5, "runtime": "openvino", "runtime_version": "1", "device_key": "k",
    "build_options": {"a": 1}, "precisions": {"f32": 3},
}  # fmt: skip
METHODS: Final[Mapping[str, Callable[[Random], list[tuple[Any, tuple[bytes, ...]]]]]] = {
    "probe": _reply(_FACTS),
    "lock": _reply({"weak": False}),
    "have": _reply({"present": [_SHA]}),
    "build": _with_events(_built, _BUILT),
    "install": _reply({"release": "r1", "manifest_sha256": _INSTALLED, "seconds": 1.0, "smoke": {"latency_us": 5}}),
    "releases": _reply({"releases": [_RELEASE, _RELEASE]}),
    "start_run": _reply({"run": "r1", "pid": 5}),
    "follow": _with_events(_followed, {"state": "done", "cursor": _CURSOR}),
    "run_list": _reply({"runs": [{"run": "r1", "state": "done", "size_bytes": 5, "cursor": _CURSOR}]}),
    "prune": _reply({"freed_bytes": 5}),
    "prepare": _with_events(_built, {}),
    "watch": _with_events(_sampled, {}),
}
_ODD: Final[tuple[Callable[[Random], bytes], ...]] = (
    lambda random: random.randbytes(random.choice((1, 3, 4, 100, 5000))),
    lambda random: (2**32 - 1).to_bytes(4, "big") + b"{}",
    lambda random: (4 << 20).to_bytes(4, "big") + b"{" * 1000,
    lambda random: b"Welcome to Ubuntu\r\n",
    lambda random: _text_frame("[" * 200_000),
    lambda random: _text_frame('{"a":' * 100_000),
    lambda random: _text_frame('{"id":2,"ok":{"x":' + "9" * 5000 + "}}"),
    lambda random: _text_frame('{"id":2,"ok":{"x":"\\ud800"}}'),
    lambda random: _text_frame('{"id":2,"ok":{"seconds":1e999,"freed_bytes":NaN}}'),
    lambda random: _text_frame('{"id":2,"ok":{"a":[' + "{}," * 1_000_000 + "{}]}}"),
    lambda random: _frame({"pong": random.choice((0, 1, 2, *HOSTILE)), "mono_ns": random.choice(HOSTILE)}),
    lambda random: _frame(
        {
            "id": random.choice((None, 0, 1, 3, 99, True, "2", [2])),
            random.choice(("ok", "error")): random.choice(HOSTILE),
        }
    ),
    lambda random: _frame(
        {"event": random.choice(HOSTILE), "of": random.choice((1, 2, 99, None)), "data": random.choice(HOSTILE)}
    ),
    lambda random: _frame(
        {
            "id": 2,
            "error": {
                "code": random.choice(("E_BUSY", "E_CANCELLED", "E_WORKER", "", 5)),
                "summary": random.choice(HOSTILE),
                "detail": "x" * 100_000,
            },
        }
    ),
    lambda random: _frame({"id": 2, "ok": {"deep": nested(500, "[")}}),
    lambda random: _frame({"hello": random.choice((*HOSTILE, {"protocol": 2}, {"protocol": 1.0}))}),
    lambda random: _frame({"event": "x", "of": 2, "data": {}}, (), [256 << 20]),
    lambda random: b"",
)


def _text_frame(text: str) -> bytes:
    return len(text).to_bytes(4, "big") + text.encode()


_DOINGS: Final[tuple[Callable[[Random], dict[str, Any]], ...]] = (
    lambda random: {"silent_s": random.choice((0.1, 0.3, 1.0))},
    lambda random: {"drip": _frame({"id": 2, "ok": {"text": "x" * 3000}}).decode("latin-1"), "every_s": 0.002},
    lambda random: {
        "flood": _frame({"event": "log", "of": 2, "data": {"text": "x" * 2000}}).decode("latin-1"),
        "times": random.choice((10, 5000)),
    },
    lambda random: {
        "flood": _frame({"event": "x", "of": 2, "data": {"text": [{}] * 300_000}}).decode("latin-1"),
        "times": 200,
    },
    lambda random: {
        "flood": _frame({"event": "x", "of": 2, "data": {}}, (b"\0" * 3_000_000,)).decode("latin-1"),
        "times": 300,
    },
    lambda random: {"flood": _frame({"pong": 1}).decode("latin-1"), "times": 20_000},
    lambda random: {"deaf": True},
    lambda random: {"end": "close"},
    lambda random: {"end": "half"},
)
