"""A finished project that never changes, before a window that stands still: the clock, the folders, the machine.

`freeze.py` made it from runs that really happened. What a page shows of it comes from its files by the product's own
queries. What would differ from machine to machine is held still: the time is the one at which it was frozen; the home
of the user is the test's folder, which pages write as `~`; what this machine has and how long it thinks is answered as
it was answered then. Jobs are never begun.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from projects.record_file import Author
from tests.window_lab.packing import unpack
from workbench.base import clock
from workbench.documents.names import state_folder
from workbench.jobs.executor import CLOSE_TIMEOUT_S
from workbench.jobs.handle import JobHandle
from workbench.jobs.reader import ThreadReader
from workbench.session import Session
from workbench.views.doctor import Doctor, Need, read_doctor
from workbench.views.model import TriedFrame, try_frame
from workbench.views.optimise.steps import read_estimates
from workbench.views.optimise.values import Estimates
from workbench.views.welcome import Machine, MachineFact, read_machine

if TYPE_CHECKING:
    from workbench.jobs.job import Job

T = TypeVar("T")
REPOSITORY = Path(__file__).resolve().parent.parent.parent
FOLDER = REPOSITORY / "tests" / "fixtures" / "frozen"
PROJECT, STATE = "road-users", "slipway"
MODEL = Path("models", "road_users.onnx")
BLOBS = Path(".slipway", "blobs")
PACKED = "blobs"
"""Candidates and engines, packed against the model; `<sha256>.xz`."""
MACHINE = "machine.json"
BOARD = "bench"
TEXTS = (".json", ".jsonl")


@contextmanager
def frozen_session(base: Path) -> Iterator[Session]:
    """A copy of the frozen project in `base`, and a session before it, at the moment at which it was frozen."""
    value = json.loads((FOLDER / MACHINE).read_text(encoding="utf-8"))
    unfreeze(base, value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(base))
        patch.setenv("LOGNAME", "ada")
        patch.setenv("SLIPWAY_HOME", str(base / STATE))
        patch.setattr(clock, "now_s", lambda: value["now_s"])
        with _in_utc(), Session(base / STATE, StillExecutor(), Author("Ada"), StillReader(base, value)) as session:
            yield session


def unfreeze(base: Path, value: Mapping[str, Any]) -> None:
    """Put project and state of the user into a folder, as they lay where they were frozen."""
    source = REPOSITORY / "resources" / "example" / "model.onnx"
    for name in (PROJECT, STATE):
        shutil.copytree(FOLDER / name, base / name)
    (base / PROJECT / MODEL).parent.mkdir()
    shutil.copy(source, base / PROJECT / MODEL)
    (base / PROJECT / BLOBS).mkdir(parents=True)
    for path in (FOLDER / PACKED).iterdir():
        (base / PROJECT / BLOBS / path.stem).write_bytes(unpack(path.read_bytes(), source.read_bytes()))
    for path in (path for path in base.rglob("*") if path.is_file()):
        if path.is_relative_to(base / STATE) and path.suffix in TEXTS and path.parent.name != "boards":
            path.write_text(path.read_text(encoding="utf-8").replace(value["base"], str(base)), encoding="utf-8")
        moment = value["made_s" if path.is_relative_to(base / PROJECT / "data") else "now_s"]
        os.utime(path, (moment, moment))
    (visit,) = (base / STATE / "visits").iterdir()
    visit.rename(state_folder(base / STATE, "visits", base / PROJECT))


def describe(session: Session, now_s: float) -> dict[str, Any]:
    """What is kept of the machine."""
    return {"now_s": now_s, "doctor": asdict(read_doctor(session)), "machine": asdict(read_machine(session))}


class StillExecutor:
    """Takes jobs and begins none of them."""

    def submit(self, job: Job, *, interactive: bool) -> JobHandle:
        """A handle that says nothing."""
        return JobHandle(secrets.token_hex(8), job.title)

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
        """There is nothing to stop."""
        return True


class StillReader:
    """Answers queries in a thread; what they say of the machine is what they said when the project was frozen."""

    def __init__(self, base: Path, value: Mapping[str, Any]) -> None:
        self._session = Session(base / STATE, StillExecutor(), Author("Ada"))
        self._reader = ThreadReader(self._session)
        doctor, machine = value["doctor"], value["machine"]
        self._still: dict[object, Callable[[Any], object]] = {
            read_doctor: lambda _answer: Doctor(**{**doctor, "needs": tuple(Need(**need) for need in doctor["needs"])}),
            read_machine: lambda _answer: Machine(
                **{**machine, "facts": tuple(MachineFact(**fact) for fact in machine["facts"])}
            ),
            try_frame: _tried,
            read_estimates: lambda _answer: Estimates("about 20 s", "about 60 s"),
        }

    def ask(self, query: Callable[..., T], arguments: tuple[Any, ...], named: dict[str, Any]) -> Future[T]:
        """Call the query in the thread."""
        still = self._still.get(query)
        if still is None:
            return self._reader.ask(query, arguments, named)

        def ask_still(*words: Any, **more: Any) -> Any:
            return still(query(*words, **more))

        return self._reader.ask(ask_still, arguments, named)

    def close(self) -> None:
        """Wait for what is asked."""
        self._reader.close()
        self._session.close()


def _tried(answer: TriedFrame) -> TriedFrame:
    return replace(answer, elapsed_ms=20.0, runtime_text=re.sub(r"[\d.]+ ms", "20.0 ms", answer.runtime_text))


@contextmanager
def _in_utc() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()
