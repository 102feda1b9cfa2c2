"""This machine as a board: the agent as a child process, shipped and spoken to exactly as over SSH. POSIX only."""

from __future__ import annotations

import shutil
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from targets.agent.process import Child
from targets.agent_package import AgentPackage, agent_package
from targets.board import AgentChannel, Completed, NoAgent, Reader, Writer
from targets.board_python import find_python
from targets.road import Road
from targets.transfer import fetch_file, guarded, open_source, read_output, seconds_left, send_blob
from workbench.base.atomic import cannot_write
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError


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
        self.road = Road()
        """Empty: there is no way to it."""
        self._key = python

    @property
    def python(self) -> str:
        """The Python that runs its agent; the environment that `prepare` makes there, once it is there."""
        return find_python(self.root, self._key, sys.executable)

    def run(self, argv: Sequence[str], deadline: Deadline, cancel: CancelToken) -> Completed:
        """Run a program in this machine (`Board.run`)."""
        with self._program(argv, deadline, cancel) as channel:
            channel.close_input()
            output = read_output(channel, argv[0], self.name)
            code = channel.wait(seconds_left(deadline))
            if code is None or cancel.cancelled or deadline.expired:
                raise BoardError(f"{argv[0]} on {self.name} was ended")
        return Completed(tuple(argv), code, output, "\n".join(channel.stderr_lines()))

    def put_blob(
        self, path: Path, sha256: str, deadline: Deadline, cancel: CancelToken, progress: Callable[[int], None]
    ) -> None:
        """Bring a file into the board's blobs through the agent's `receive` (`Board.put_blob`)."""
        with open_source(path) as (source, size_bytes):
            argv = self._agent_argv("receive", sha256, str(size_bytes))
            with self._program(argv, deadline, cancel) as channel:
                send_blob(channel, self.name, source, path.name, progress)

    def get_file(self, name: str, path: Path, deadline: Deadline, cancel: CancelToken) -> str:
        """Fetch a file through the agent's `send` (`Board.get_file`)."""
        with self._program(self._agent_argv("send", name), deadline, cancel) as channel:
            return fetch_file(channel, self.name, name, path)

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

    @contextmanager
    def _program(self, argv: Sequence[str], deadline: Deadline, cancel: CancelToken) -> Iterator[LocalChannel]:
        """A child process that the token and the deadline kill, group and all."""
        cancel.check()
        channel = LocalChannel(_spawn(argv))
        with guarded(channel, argv[0], self.name, deadline, cancel):
            yield channel


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
        NoAgent: the root cannot be written.
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
        problem = cannot_write(folder, error)
        raise NoAgent(problem.summary, problem.hint) from error
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
        return Child(argv, index=True)  # an agent has to know it for `prepare`, and keeps it from its other children
    except OSError as error:
        hint = "Set the board's `python` key to a Python of at least 3.8 on it."
        raise NoAgent(f"cannot start {argv[0]}: {error.strerror}", hint, " ".join(argv)) from error
