"""This machine as a board: the agent as a child process, shipped and spoken to exactly as over SSH. POSIX only."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from targets.agent import files
from targets.agent.process import Child, describe_exit
from targets.agent.protocol import CommandError, ProtocolError, read_message
from targets.agent_package import AgentPackage, agent_package
from targets.board import AgentChannel, Completed, Reader, Writer
from targets.board_python import find_python
from targets.replies import as_error
from workbench.base.atomic import cannot_write
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError, Cancelled, LinkLost, SlipwayError
from workbench.base.hashing import sha256_file

MAX_OUTPUT_BYTES: Final = 16 << 20
_BLOCK_BYTES: Final = 1 << 20
_NEVER_S: Final = 30 * 24 * 3600.0


class LocalBoard:
    """A board that is this machine.

    Args:
        name: the user's name for it.
        root: the board's root folder, made where it is not there.
        python: the Python that runs the agent; where it is None the environment in its root, else this one.
        id: what counts as its id; None: the machine's own.
        lock: the board's lock where it is not the machine's (tests, virtual boards).
    """

    def __init__(
        self,
        name: str,
        root: Path,
        python: str | None = None,
        id: str | None = None,  # noqa: A002 - the key's name in the inventory
        lock: Path | None = None,
    ) -> None:
        self.name = name
        self.root = root.absolute()
        self.id = id
        self.lock = lock
        self._key = python

    @property
    def python(self) -> str:
        """The Python that runs its agent; the environment that `prepare` makes there, once it is there."""
        return find_python(self.root, self._key, sys.executable)

    @property
    def root_words(self) -> str:
        """Its root as a word of a shell (`Board.root_words`)."""
        return shlex.quote(str(self.root))

    @property
    def python_words(self) -> str:
        """Its Python as a word of a shell (`Board.python_words`)."""
        return shlex.quote(self.python)

    def run(self, argv: Sequence[str], deadline: Deadline, cancel: CancelToken) -> Completed:
        """Run a program in this machine (`Board.run`)."""
        with self._child(argv, deadline, cancel) as child:
            child.stdin.close()
            output = child.stdout.read(MAX_OUTPUT_BYTES + 1)
            if len(output) > MAX_OUTPUT_BYTES:
                raise BoardError(f"{argv[0]} on {self.name} printed more than {MAX_OUTPUT_BYTES >> 20} MiB")
            if not child.wait_exited(_seconds(deadline)) or cancel.cancelled or deadline.expired:
                raise BoardError(f"{argv[0]} on {self.name} was ended")
        return Completed(tuple(argv), child.returncode or 0, output, "\n".join(child.last_lines()))

    def put_blob(
        self, path: Path, sha256: str, deadline: Deadline, cancel: CancelToken, progress: Callable[[int], None]
    ) -> None:
        """Bring a file into the board's blobs through the agent's `receive` (`Board.put_blob`)."""
        try:
            size_bytes = path.stat().st_size
            source = path.open("rb")
        except OSError as error:
            raise SlipwayError(f"cannot read {path}: {error.strerror}") from error
        argv = self._agent_argv("receive", sha256, str(size_bytes))
        with source, self._child(argv, deadline, cancel) as child:
            _feed(source, child, progress)
            self._expect_ok(child, f"the push of {path.name}")

    def get_file(self, name: str, path: Path, deadline: Deadline, cancel: CancelToken) -> str:
        """Fetch a file through the agent's `send` (`Board.get_file`)."""
        part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._child(self._agent_argv("send", name), deadline, cancel) as child, part.open("wb") as target:
                size_bytes = self._expect_ok(child, f"fetching {name}").get("size_bytes")
                _fetch(child.stdout, target, size_bytes)
                sent = _read(child, f"fetching {name}").get("sha256")
            if sha256_file(part) != sent:
                raise BoardError(f"{name} arrived with other bytes than the board sent", "Fetch it again.")
            part.replace(path)
            files.fsync_folder(path.parent)
        except OSError as error:
            raise cannot_write(path, error) from error
        finally:
            with suppress(OSError):
                part.unlink()
        return str(sent)

    def start_agent(self, deadline: Deadline, cancel: CancelToken) -> AgentChannel:
        """Ship the agent and start it (`Board.start_agent`)."""
        extra = [] if self.lock is None else ["--lock", str(self.lock)]
        argv = self._agent_argv("serve", *extra)
        cancel.check()
        if deadline.expired:
            raise BoardError(f"shipping the agent to {self.name} took longer than it may")
        return LocalChannel(_spawn(argv))

    def _agent_argv(self, mode: str, *args: str) -> list[str]:
        folder = ship(agent_package(), self.root)
        return [self.python, "-I", str(folder), mode, *args, "--root", str(self.root)]

    def _expect_ok(self, child: Child, what: str) -> dict[str, Any]:
        header = _read(child, what)
        if "error" in header:
            raise as_error(CommandError.from_json(header["error"]), self.name)
        value = header.get("ok")
        return value if isinstance(value, dict) else {}

    @contextmanager
    def _child(self, argv: Sequence[str], deadline: Deadline, cancel: CancelToken) -> Iterator[Child]:
        """A child process that the token and the deadline kill, group and all; what then fails is explained by them."""
        cancel.check()
        child = _spawn(argv)
        forget = cancel.on_request(child.kill)
        timer = threading.Timer(_seconds(deadline), child.kill)
        timer.daemon = True
        timer.start()
        try:
            yield child
        except (SlipwayError, OSError, ValueError) as error:
            if cancel.cancelled:
                raise Cancelled from error
            if deadline.expired:
                raise BoardError(f"{argv[0]} on {self.name} took longer than it may", detail=" ".join(argv)) from error
            raise
        finally:
            forget()
            timer.cancel()
            child.finish()
            timer.join()


class LocalChannel:
    """The pipes to an agent that is a child process (`AgentChannel`)."""

    def __init__(self, child: Child) -> None:
        self._child = child

    @property
    def reader(self) -> Reader:
        """What the agent says."""
        return self._child.stdout

    @property
    def writer(self) -> Writer:
        """What is said to the agent."""
        return self._child.stdin

    def close_input(self) -> None:
        """End the agent's input; only for whoever may write to it just now."""
        with suppress(OSError):
            self._child.stdin.close()

    def kill(self) -> None:
        """Kill the agent and what it left in its group."""
        self._child.kill()

    def wait(self, timeout_s: float) -> int | None:
        """Wait for its end; its exit code, None while it runs."""
        return self._child.finish() if self._child.wait_exited(timeout_s) else None

    def stderr_lines(self) -> list[str]:
        """The last lines of its stderr."""
        return self._child.last_lines()

    def close(self) -> None:
        """Kill what still runs, reap it, close the pipes."""
        self._child.finish()


def ship(package: AgentPackage, root: Path) -> Path:
    """Bring an agent to `<root>/agent/<sha256>/`; one that is there is compared byte by byte.

    So it need not be on disk before it is used: what a power cut takes is shipped again.

    Raises:
        SlipwayError: the root cannot be written.
    """
    folder = root / "agent" / package.sha256
    if _is_whole(folder, package):
        return folder
    stage = folder.with_name(f".stage-{uuid.uuid4().hex}")
    try:
        for name, data in package.files:
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).write_bytes(data)
        _place(stage, folder, package)
    except OSError as error:
        raise cannot_write(folder, error) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return folder


def _place(stage: Path, folder: Path, package: AgentPackage) -> None:
    if folder.exists() and not _is_whole(folder, package):
        folder.rename(stage.with_name(stage.name.replace("stage", "old")))
    try:
        stage.rename(folder)
    except OSError:
        if not _is_whole(folder, package):  # else another process shipped the same agent just now
            raise


def _is_whole(folder: Path, package: AgentPackage) -> bool:
    try:
        return all((folder / name).read_bytes() == data for name, data in package.files)
    except OSError:
        return False


def _spawn(argv: Sequence[str]) -> Child:
    try:
        return Child(argv)
    except OSError as error:
        hint = "Set the board's `python` key to a Python of at least 3.8 on it."
        raise BoardError(f"cannot start {argv[0]}: {error.strerror}", hint, " ".join(argv)) from error


def _seconds(deadline: Deadline) -> float:
    return _NEVER_S if deadline.remaining_s is None else deadline.remaining_s


def _feed(source: BinaryIO, child: Child, progress: Callable[[int], None]) -> None:
    """Write a file to a child; one that refuses early has said why on its output."""
    sent = 0
    try:
        while block := source.read(_BLOCK_BYTES):
            child.stdin.write(block)
            sent += len(block)
            progress(sent)
        child.stdin.close()
    except BrokenPipeError:
        return


def _fetch(source: BinaryIO, target: BinaryIO, size_bytes: object) -> None:
    if not isinstance(size_bytes, int) or size_bytes < 0:
        raise LinkLost(f"the board sent a file of {size_bytes!r} bytes")
    while size_bytes:
        block = source.read(min(size_bytes, _BLOCK_BYTES))
        if not block:
            raise LinkLost(f"the board's file ended {size_bytes} bytes before its end", "Fetch it again.")
        target.write(block)
        size_bytes -= len(block)
    target.flush()
    os.fsync(target.fileno())


def _read(child: Child, what: str) -> dict[str, Any]:
    try:
        message = read_message(child.stdout)
    except ProtocolError as error:
        raise LinkLost(f"{what} was answered by garbage: {error}", detail=_evidence(child)) from error
    if message is None:
        raise LinkLost(f"{what} ended without an answer", "Try it again.", _evidence(child))
    return message.header


def _evidence(child: Child) -> str:
    code = child.finish()
    return "\n".join([describe_exit(code), *child.last_lines()])
