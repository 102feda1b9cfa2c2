"""A hostile desktop against the agent: mutated requests, names that lead elsewhere, empty lengths, wrong plans."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any, BinaryIO, Final

from targets.agent import outgoing
from targets.agent.blobs import Blobs
from targets.agent.commands import Agent
from targets.agent.manifest import make_manifest
from targets.agent.plan import parse_load, parse_plan, parse_preprocess
from targets.agent.protocol import E_INTERNAL, CommandError, read_message
from targets.agent.session import Session
from targets.agent.strict_json import decode
from tests.fuzz.case import Case
from tests.fuzz.mutate import HOSTILE, mutate_bytes, mutate_json
from tests.fuzz.plans import ABSENT, PLAN

PROCESSES: Final = True
_BLOB: Final = b"a blob that the board has"
_SHA: Final = hashlib.sha256(_BLOB).hexdigest()
_LAST: Final = 10**6
_ENDED_S: Final = 15.0
_NAMES: Final = (
    "r1", "..", ".", "../outside/secret", "../../outside/secret", "/etc/passwd", "r1/../../outside", "a\0b", "",
    "x" * 101, "x" * 100_000,
    "CON", "-rf", ".stage-r1", ".old-r1", "r1.part", "r 1", "r1\n", "ä", "manifest.json", "~", "$(id)", "*", "r1/",
    "\ud800",
)  # fmt: skip
_REQUESTS: Final[Mapping[str, dict[str, Any]]] = {
    "identify": {"person": "Ada", "desktop": "d", "pid": 7},
    "lock": {"purpose": "fuzz"},
    "unlock": {},
    "probe": {},
    "have": {"sha256": [_SHA, ABSENT]},
    "build": {"candidate": ABSENT, "runtime": "openvino", "options": {"precision": "f32", "threads": 1, "streams": 1}},
    "install": {
        "release": "r1",
        "manifest": make_manifest("r1", {"engine": _SHA}, {"x": 1}),
        "files": {"engine": _SHA},
        "smoke": None,
    },
    "releases": {},
    "remove_release": {"release": "r1"},
    "start_run": {"run": "r1", "plan": PLAN},
    "follow": {"run": "r1", "since": {"events": 0, "blocks": 0, "outputs": 0}},
    "advance": {"run": "r1", "phase": "soak"},
    "stop_run": {"run": "r1", "hard": False},
    "run_list": {},
    "remove_run": {"run": "r1"},
    "prune": {"keep_blobs": [_SHA]},
    "watch": {"rate_hz": 100},
    "cancel": {"of": 3},
    "prepare": {"wheels": {"x.whl": ABSENT}, "carried": [ABSENT], "need_bytes": 10},
}
_shared: dict[str, Agent] = {}


def prepare(home: Path) -> None:
    """One agent for all cases; what this Python has is looked at once."""
    agent = Agent(home / "board", home / "lock")
    agent._libraries = {"python": "3", "runtimes": {}}
    _shared["agent"] = agent


def make(random: Random) -> Case:
    """A conversation, a blob that is pushed, a name that is fetched, or a plan."""
    kind = random.random()
    if kind < 0.15:
        return Case("plan.json", json.dumps(_wrong_plan(random)).encode())
    if kind < 0.25:
        return Case("receive.json", json.dumps(_pushed(random)).encode())
    if kind < 0.35:
        sent = random.choice(
            (
                *_NAMES,
                _SHA,
                ABSENT,
                *(
                    f"{place}/{a}/{b}"
                    for place in ("runs", "releases", "blobs")
                    for a, b in [random.choices(_NAMES, k=2)]
                ),
            )
        )
        return Case("send.json", json.dumps(sent).encode())
    return Case("talk.bin", _talk(random))


def check(case: Case, folder: Path) -> str:
    """Let the agent take it."""
    agent = _shared["agent"]
    blob = agent.root / "blobs" / _SHA
    if not blob.is_file():
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(_BLOB)
    try:
        if case.name == "talk.bin":
            return _converse(agent, case.data)
        try:
            value = decode(case.data)
        except ValueError:
            return "refused as JSON"
        if case.name == "plan.json":
            return _read_plan(value)
        if case.name == "send.json":
            outgoing.send(agent.root, value, io.BytesIO())
            return "sent"
        Blobs(agent.root).receive(value["sha256"], value["size"], io.BytesIO(value["data"].encode("latin-1")))
    except CommandError as error:
        _judge(error.to_json())
        return f"refused {error.code}"
    assert hashlib.sha256((agent.root / "blobs" / value["sha256"]).read_bytes()).hexdigest() == value["sha256"]
    return "received"


def _read_plan(value: Any) -> str:
    if isinstance(value, dict) and "preprocess" in value and "load" in value and "format" not in value:
        parse_load(value["load"], "load")
        parse_preprocess(value["preprocess"], "preprocess")
        return "parts taken"
    parse_plan(value)
    return "plan taken"


def _judge(error: Mapping[str, str]) -> None:
    assert error["code"] != E_INTERNAL, f"a defect of the agent: {error['summary'][:500]}\n{error['detail'][-3000:]}"
    assert error["summary"], "an error without words"
    assert len(error["summary"]) < 5000, f"an error of {len(error['summary'])} characters"


def _converse(agent: Agent, data: bytes) -> str:
    """A session over pipes; says how it ended. Its threads must all end with it."""
    before = set(threading.enumerate())
    asked, answers = os.pipe(), os.pipe()
    with (
        os.fdopen(asked[0], "rb") as reader,
        os.fdopen(answers[1], "wb") as writer,
        os.fdopen(answers[0], "rb") as back,
    ):
        session = Session(reader, writer, agent.run)
        listener = _Listener(back)
        feeder = threading.Thread(
            target=_feed, args=(os.fdopen(asked[1], "wb"), data, listener), name="feeder", daemon=True
        )
        for thread in (listener, feeder):
            thread.start()
        reason = session.serve({}, 20.0)
        _await_end(before | {listener, feeder})
        reader.close()
        writer.close()
        feeder.join()
        listener.join()
    for error in listener.errors:
        _judge(error)
    assert listener.problem is None, listener.problem
    return "talked" if "closed" in reason else "broke off"


def _await_end(known: set[threading.Thread]) -> None:
    end_s = time.monotonic() + _ENDED_S
    while left := [
        thread
        for thread in threading.enumerate()
        if thread not in known and not thread.name.startswith(("pongs", "run-", "tail"))
    ]:
        assert time.monotonic() < end_s, f"goes on after the end: {left}"
        time.sleep(0.005)


class _Listener(threading.Thread):
    """Reads what the agent says, and whether it is what the protocol allows."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(name="listener", daemon=True)
        self._stream = stream
        self.errors: list[Mapping[str, str]] = []
        self.problem: str | None = None
        self.answered = threading.Event()

    def run(self) -> None:
        try:
            while (message := read_message(self._stream)) is not None:
                header = message.header
                if "error" in header:
                    self.errors.append(header["error"])
                if header.get("id") == _LAST:
                    self.answered.set()
        except (ValueError, OSError) as error:
            self.problem = f"{type(error).__name__}: {error}"
        except Exception as error:  # boundary: the listener's thread; what the agent says is at fault
            self.problem = f"the agent's words are none: {error}"
        self.answered.set()


def _feed(stream: BinaryIO, data: bytes, listener: _Listener) -> None:
    """Send all, stop what goes on, wait for an answer to a last request, and close."""
    last = [*({"id": _LAST + 1 + number, "do": "cancel", "args": {"of": number}} for number in range(25))]
    last.append({"id": _LAST, "do": "have", "args": {"sha256": []}})
    try:
        with stream:
            stream.write(data)
            for header in last:
                stream.write(_frame(header))
            stream.flush()
            listener.answered.wait(0.5)
    except (OSError, ValueError):
        return


def _frame(header: Any, parts: tuple[bytes, ...] = (), sizes: Any = None) -> bytes:
    if isinstance(header, dict) and (parts or sizes is not None):
        header = {**header, "attachments": [len(part) for part in parts] if sizes is None else sizes}
    text = json.dumps(header).encode()
    return len(text).to_bytes(4, "big") + text + b"".join(parts)


_PARTS: Final[tuple[tuple[tuple[bytes, ...], Any], ...]] = (((b"x",), None), ((), [2**28]), ((), [-1]), ((), "x"))
"""Attachments and the sizes that are said of them; no request has any."""


def _talk(random: Random) -> bytes:
    hello = {"hello": {"protocol": 1}}
    sent = [_frame(hello if random.random() < 0.95 else mutate_json(random, hello))]
    commands = [
        *(("identify", "lock") if random.random() < 0.8 else ()),
        *random.choices(list(_REQUESTS), k=random.randrange(1, 6)),
    ]
    for number, command in enumerate(commands):
        arguments: Any = copy.deepcopy(_REQUESTS[command])
        if number > 1 or random.random() < 0.1:
            arguments = _hostile(random, arguments)
        header: Any = {
            "id": random.choice((number,) * 20 + (0, -1, 2**60, None, True, "1")),
            "do": command,
            "args": arguments,
        }
        if random.random() < 0.1:
            header = mutate_json(random, header)
        sent.append(_frame(header, *random.choice(_PARTS if random.random() < 0.05 else (((), None),))))
    for _ in range(random.choice((0, 0, 0, 1))):
        sent.insert(random.randrange(len(sent) + 1), random.choice(_ODD)(random))
    data = b"".join(sent)
    return mutate_bytes(random, data) if random.random() < 0.2 else data


def _hostile(random: Random, arguments: dict[str, Any]) -> Any:
    kind = random.random()
    if kind < 0.3:
        return mutate_json(random, arguments)
    if kind < 0.6 and arguments:
        key = random.choice(list(arguments))
        arguments[key] = random.choice(
            (*_NAMES, *HOSTILE, dict.fromkeys(random.choices(_NAMES, k=3), _SHA), [_SHA] * 10_001)
        )
    if kind > 0.95:
        arguments["more"] = 1
    return arguments


_ODD: Final[tuple[Callable[[Random], bytes], ...]] = (
    lambda random: random.randbytes(random.choice((1, 4, 100))),
    lambda random: (2**32 - 1).to_bytes(4, "big"),
    lambda random: (4 << 20).to_bytes(4, "big") + b"[" * 1000,
    lambda random: (200_000).to_bytes(4, "big") + b"[" * 200_000,
    lambda random: b"GET / HTTP/1.1\r\n\r\n",
    lambda random: _frame({"ping": random.choice(HOSTILE)}),
    lambda random: b"".join(_frame({"ping": number}) for number in range(2000)),
    lambda random: b"".join(
        _frame({"id": 100 + number, "do": "watch", "args": {"rate_hz": 1000}}) for number in range(80)
    ),
    lambda random: b"".join(_frame({"id": 5, "do": "run_list", "args": {}}) for _ in range(20)),
    lambda random: _frame({"id": 9, "do": random.choice((*HOSTILE, "x" * 100_000)), "args": random.choice(HOSTILE)}),
    lambda random: _frame({"hello": random.choice(HOSTILE)}),
    lambda random: _frame({"id": 9, "do": "have", "args": {"sha256": []}}, (b"x" * 3_000_000,)),
)


def _pushed(random: Random) -> dict[str, Any]:
    data = random.randbytes(random.choice((0, 1, 1000)))
    sha256 = random.choice((hashlib.sha256(data).hexdigest(), _SHA, ABSENT, *_NAMES, f"../{ABSENT}", ABSENT.upper()))
    size = random.choice((len(data),) * 6 + (0, len(data) + 1, len(data) - 1, -1, 2**40, 2**40 + 1, 2**62, 10**30))
    return {"sha256": sha256, "size": size, "data": data.decode("latin-1")}


def _wrong_plan(random: Random) -> Any:
    if random.random() < 0.2:
        return mutate_json(
            random,
            {
                "load": PLAN["load"],
                "preprocess": {"color": "rgb", "scale": 1, "mean": [0, 0, 0], "std": [1, 1, 1], "layout": "NCHW"},
            },
        )
    return mutate_json(random, PLAN)
