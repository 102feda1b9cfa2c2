"""The commands of the agent on a board, each a typed method."""

from __future__ import annotations

import getpass
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Final, Self

from targets.agent.manifest import make_manifest
from targets.board import Board
from targets.board_values import BuiltEngine, Installed, InstalledRelease, RunOnBoard, Sample, number
from targets.facts import BoardFacts
from targets.link import SILENCE_S, ClockOffset, Link, OnEvent
from targets.replies import Refused
from targets.run_events import Cursor, FollowEnd, RunItem, parse_item
from targets.shell_look import explain_start
from workbench.base.atomic import encode_json
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError, Cancelled, LinkLost, SlipwayError
from workbench.base.hashing import sha256_bytes

START_S: Final = 60.0
"""How long shipping and starting an agent may take."""
ANSWER_S: Final = 60.0
"""How long a command that only looks or notes may take."""
INSTALL_S: Final = 1800.0
"""How long a command that hashes large files on a slow board may take."""
PREPARE_S: Final = 3600.0
"""How long a slow board may take to install a runtime, over a slow line to its package index."""
MAX_TEXT: Final = 2000


@dataclass(frozen=True)
class Owner:
    """Who works, as the board's lock shows it to others."""

    person: str
    desktop: str
    pid: int

    @classmethod
    def of_this_process(cls) -> Owner:
        """The user and the machine that this process runs as."""
        return cls(getpass.getuser(), socket.gethostname(), os.getpid())


class AgentClient:
    """The agent on one board, from `with` to its end. Any thread may call any method.

    Args:
        board: where the agent runs.
        owner: who works; the user of this process where it is None.
        cancel: stops every call; a method's own token takes its place for that call.
        silence_s: after so long without a byte the board is lost.
    """

    def __init__(
        self,
        board: Board,
        owner: Owner | None = None,
        cancel: CancelToken | None = None,
        silence_s: float = SILENCE_S,
    ) -> None:
        self.board = board
        self.owner = owner or Owner.of_this_process()
        self._cancel = cancel or CancelToken()
        self._silence_s = silence_s
        self._link: Link | None = None

    def __enter__(self) -> Self:
        deadline = Deadline(START_S)
        try:
            link = self._start(deadline)
        except (LinkLost, Refused):
            raise
        except BoardError as error:
            raise explain_start(self.board, error, self._cancel) from error
        try:
            link.call("identify", asdict(self.owner), deadline, self._cancel)
            self._link = link
        finally:
            if self._link is None:
                link.close()
        return self

    def _start(self, deadline: Deadline) -> Link:
        link = Link(self.board.start_agent(deadline, self._cancel), self.board.name, self._silence_s)
        opened = False
        try:
            link.open(deadline, self._cancel)
            opened = True
        finally:
            if not opened:
                link.close()
        return link

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.link.close()
        self._link = None

    @property
    def link(self) -> Link:
        """The conversation; only between `with` and its end."""
        if self._link is None:
            raise SlipwayError(f"the agent on {self.board.name} was not started")
        return self._link

    @property
    def clock(self) -> ClockOffset | None:
        """How the board's monotonic clock stands to ours."""
        return self.link.clock

    def probe(self, cancel: CancelToken | None = None) -> BoardFacts:
        """What the board is and has."""
        reply = self._call("probe", {}, ANSWER_S, cancel)
        return BoardFacts.parse(reply, time.time())

    def state(self, before: BoardFacts, cancel: CancelToken | None = None) -> BoardFacts:
        """The facts of `probe` with what changed since from minute to minute; no library is looked at."""
        reply = self._call("state", {}, ANSWER_S, cancel)
        return before.with_state(reply, time.time())

    def lock(self, purpose: str, cancel: CancelToken | None = None) -> bool:
        """Take the board for oneself; returns whether the lock is weak (holds only for users of the same root).

        Raises:
            Refused: E_BUSY, with the owner's name.
        """
        return self._call("lock", {"purpose": purpose}, ANSWER_S, cancel).get("weak") is True

    def unlock(self) -> None:
        """Give the board back; cannot be cancelled."""
        self._call("unlock", {}, ANSWER_S, CancelToken())

    @contextmanager
    def locked(self, purpose: str) -> Iterator[bool]:
        """The lock for the length of a `with`; gives whether it is weak."""
        weak = self.lock(purpose)
        try:
            yield weak
        finally:
            with suppress(LinkLost):  # the lock is free as soon as the agent is gone
                self.unlock()

    def have(self, sha256s: Iterable[str], cancel: CancelToken | None = None) -> frozenset[str]:
        """Those of the given blobs that the board has."""
        asked = sorted(set(sha256s))
        present = self._call("have", {"sha256": asked}, ANSWER_S, cancel).get("present")
        known = (sha256 for sha256 in present if isinstance(sha256, str)) if isinstance(present, list) else ()
        return frozenset(asked).intersection(known)

    def build(
        self,
        candidate: str,
        runtime: str,
        options: Mapping[str, Any],
        on_progress: Callable[[float | None, str], None] | None = None,
        on_log: Callable[[str], None] | None = None,
        limit_s: float | None = None,
        cancel: CancelToken | None = None,
        calibration: Mapping[str, Any] | None = None,
    ) -> BuiltEngine:
        """Build an engine on the board from a candidate that it has; needs the lock.

        Args:
            candidate: sha256 of the candidate.
            runtime: the runtime's name: `openvino`, `tensorrt` or `tensorrt_rtx`.
            options: load options: precision, threads, streams, and what one runtime knows beyond them.
            on_progress: told how far it is (0 to 1; None: unknown) and what it does.
            on_log: told each line that the build process prints.
            limit_s: how long it may take; None is for ever.
            cancel: ends the build's process group.
            calibration: with the option `calibrator`: `frames`, the sha256 of a pack that the board has, and
                `preprocess`, how a frame becomes the input.

        Raises:
            Refused: E_RUNTIME where the runtime refuses the candidate or its process crashed, with its last lines.
        """

        def on_event(name: str, data: dict[str, Any], _attachments: tuple[bytes, ...]) -> None:
            if name == "progress" and on_progress is not None:
                on_progress(number(data.get("fraction")), str(data.get("text", ""))[:MAX_TEXT])
            elif name == "log" and on_log is not None:
                on_log(str(data.get("text", ""))[:MAX_TEXT])

        arguments: dict[str, Any] = {"candidate": candidate, "runtime": runtime, "options": dict(options)}
        if calibration is not None:
            arguments["calibration"] = dict(calibration)
        return BuiltEngine.parse(self._call("build", arguments, limit_s, cancel, on_event), self.board.name)

    def install(
        self,
        release: str,
        files: Mapping[str, str],
        about: Mapping[str, Any],
        smoke: Mapping[str, Any] | None = None,
        cancel: CancelToken | None = None,
    ) -> Installed:
        """Install a release from blobs that the board has; needs the lock.

        Args:
            release: its id; one that is installed whole already is only tried.
            files: sha256 of each file by its name in the release.
            about: what the manifest says besides.
            smoke: a plan whose engine lies in the release: its engine is loaded and runs one frame before the release
                gets its name; None tries nothing.
            cancel: stops it; nothing is installed then.

        Raises:
            Refused: a blob is missing or has other bytes, or the trial failed.
            BoardError: the board wrote another manifest than it was sent.
        """
        manifest = make_manifest(release, dict(files), dict(about))
        arguments = {"release": release, "manifest": manifest, "files": dict(files), "smoke": smoke}
        reply = self._call("install", arguments, INSTALL_S, cancel)
        expected = sha256_bytes(encode_json(manifest))
        if reply.get("manifest_sha256") != expected:
            raise BoardError(f"{self.board.name} installed release {release} with another manifest than it was sent")
        seen = reply.get("smoke")
        return Installed(release, expected, number(reply.get("seconds")), seen if isinstance(seen, dict) else None)

    def releases(self, cancel: CancelToken | None = None) -> tuple[InstalledRelease, ...]:
        """The releases on the board, every file of them hashed again there."""
        items = _list(self._call("releases", {}, INSTALL_S, cancel), "releases")
        return tuple(InstalledRelease.parse(item) for item in items)

    def prepare(
        self,
        arguments: Mapping[str, Any],
        on_progress: Callable[[float | None, str], None],
        cancel: CancelToken | None = None,
    ) -> None:
        """Make the board's environment (`targets.prepare`); needs the lock.

        Raises:
            Refused: E_MISSING where the board's pip finds no wheel, E_RUNTIME where what it installed cannot be used,
                E_DISK; the board is as it was.
        """

        def on_event(_name: str, data: dict[str, Any], _attachments: tuple[bytes, ...]) -> None:
            on_progress(number(data.get("fraction")), str(data.get("text", ""))[:MAX_TEXT])

        self._call("prepare", arguments, PREPARE_S, cancel, on_event)

    def remove_release(self, release: str, cancel: CancelToken | None = None) -> None:
        """Remove a release; never the good, the trying, the previous or the current one. Needs the lock."""
        self._call("remove_release", {"release": release}, ANSWER_S, cancel)

    def start_run(self, run: str, plan: Mapping[str, Any], cancel: CancelToken | None = None) -> int:
        """Start a run in a process of its own; needs the lock. Returns its process id.

        Raises:
            Refused: E_USAGE for a wrong plan (with the path of the entry), E_MISSING for its engine or frames.
        """
        pid = self._call("start_run", {"run": run, "plan": dict(plan)}, ANSWER_S, cancel).get("pid")
        if not isinstance(pid, int):
            raise BoardError(f"{self.board.name} started the run {run}, but does not name its process")
        return pid

    def follow(
        self,
        run: str,
        on_item: Callable[[RunItem], None],
        since: Cursor | None = None,
        cancel: CancelToken | None = None,
    ) -> FollowEnd:
        """Follow a run until it ended; cancelled, it only detaches.

        Args:
            run: its name.
            on_item: called in this thread with everything that it records.
            since: where to go on; None is the beginning.
            cancel: detaches and raises Cancelled; the run goes on (`stop_run` ends it).
        """

        def on_event(name: str, data: dict[str, Any], attachments: tuple[bytes, ...]) -> None:
            item = parse_item(name, data, attachments)
            if item is not None:
                on_item(item)

        reply = self._call("follow", {"run": run, "since": asdict(since or Cursor())}, None, cancel, on_event)
        return FollowEnd(str(reply.get("state"))[:MAX_TEXT], Cursor.parse(reply.get("cursor")))

    def live(self, run: str, on_event: OnEvent, cancel: CancelToken | None = None) -> tuple[str, str]:
        """Hear what a run plays live until it ended; cancelled, it only detaches.

        Args:
            run: its name; this agent started it.
            on_event: called in this thread with `live`, `telemetry` and `event`, their data and attachments.
            cancel: detaches and raises Cancelled; the run goes on (`stop_run` ends it).

        Returns:
            How it ended, `stopped`, `failed` or `died`, and a text.
        """
        reply = self._call("live", {"run": run}, None, cancel, on_event)
        return str(reply.get("state"))[:MAX_TEXT], str(reply.get("text", ""))[:MAX_TEXT]

    def tell_run(self, run: str, message: Mapping[str, Any]) -> None:
        """Tell a run that plays live how to go on (`targets/agent/live_plan.py`); needs the lock."""
        self._call("tell_run", {"run": run, "message": dict(message)}, ANSWER_S, CancelToken())

    def forget(self, sha256s: Iterable[str]) -> None:
        """Remove some blobs that nothing uses any more; needs the lock."""
        self._call("forget", {"sha256": sorted(set(sha256s))}, ANSWER_S, CancelToken())

    def advance(self, run: str, phase: str) -> None:
        """Tell a run to end a phase that waits for that; needs the lock."""
        self._call("advance", {"run": run, "phase": phase}, ANSWER_S, None)

    def stop_run(self, run: str, hard: bool = False) -> None:
        """Tell a run to end after the present frame, or at once; needs the lock, cannot be cancelled."""
        self._call("stop_run", {"run": run, "hard": hard}, ANSWER_S, CancelToken())

    def run_list(self, cancel: CancelToken | None = None) -> tuple[RunOnBoard, ...]:
        """The runs on the board."""
        return tuple(RunOnBoard.parse(item) for item in _list(self._call("run_list", {}, ANSWER_S, cancel), "runs"))

    def remove_run(self, run: str, cancel: CancelToken | None = None) -> None:
        """Remove a run that ended; needs the lock."""
        self._call("remove_run", {"run": run}, ANSWER_S, cancel)

    def prune(self, keep: Iterable[str], cancel: CancelToken | None = None) -> int:
        """Remove all blobs but these and those in use; needs the lock. Returns the bytes that were freed."""
        freed = self._call("prune", {"keep_blobs": sorted(set(keep))}, INSTALL_S, cancel).get("freed_bytes")
        return freed if isinstance(freed, int) else 0

    def watch(self, rate_hz: float, on_sample: Callable[[Sample], None], cancel: CancelToken) -> None:
        """Telemetry of the board until it is cancelled; on_sample is called in this thread."""

        def on_event(_name: str, data: dict[str, Any], _attachments: tuple[bytes, ...]) -> None:
            on_sample(Sample.parse(data))

        with suppress(Cancelled):
            self._call("watch", {"rate_hz": rate_hz}, None, cancel, on_event)

    def _call(
        self,
        command: str,
        arguments: Mapping[str, Any],
        limit_s: float | None,
        cancel: CancelToken | None,
        on_event: OnEvent | None = None,
    ) -> dict[str, Any]:
        return self.link.call(command, arguments, Deadline(limit_s), cancel or self._cancel, on_event)


def _list(reply: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = reply.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
