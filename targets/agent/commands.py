"""What the agent does for each command; the table at the end joins them to the schema."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional

from . import facts, files, look, policy, schema
from .blobs import Blobs
from .board_lock import BoardLock
from .build import build
from .prepare import prepare
from .prepare import recover as recover_venv
from .process import Child
from .protocol import E_CANCELLED, E_USAGE, CommandError
from .releases import Releases
from .run_folder import boot_id
from .runs import Runs
from .sampler import Sampler
from .session import Request
from .smoke import try_release
from .state import read_state

TERM_S = 8.0
"""How long a run may take to end by itself: it commits what it measured."""


class Agent:
    """What the commands of one agent share: the board's folders, its lock, the processes that must not outlive it.

    Args:
        root: the board's root.
        lock_path: the board's lock where it is not the machine's.
    """

    def __init__(self, root: Path, lock_path: Optional[Path] = None) -> None:
        self.root = root
        self.blobs = Blobs(root)
        self.releases = Releases(root, self.blobs)
        self.runs = Runs(root)
        self.lock = BoardLock(root, lock_path)
        self.owner: Optional[Dict[str, Any]] = None
        self._libraries: Optional[Dict[str, Any]] = None
        self._looking = threading.Lock()
        self._changing = threading.Lock()
        self._children: List[Child] = []
        self._ending = False

    def run(self, request: Request) -> Dict[str, Any]:
        """Run one request that the schema allowed; the value of its reply."""
        command = schema.COMMANDS[request.command]
        if command.changes:
            policy.check(self.root)
        if command.locked:
            self.lock.require(request.command)
        return _HANDLERS[request.command](self, request)

    def spawn(self, argv: List[str], **options: Any) -> Child:
        """Start a process that ends with this agent and keeps the board in use while it lives (`Child`)."""
        with self._changing:
            if self._ending:
                raise CommandError(E_CANCELLED, "the agent is ending")
            child = Child(argv, pass_fds=self.lock.handles, **options)
            self._children = [known for known in self._children if known.returncode is None]
            self._children.append(child)
        return child

    def end(self, settle: Callable[[], None] = files.go_on) -> None:
        """End what this agent started, to the last process, then give the lock back; `settle` is called in between."""
        with self._changing:
            self._ending = True
        for child in self._children:
            child.terminate()
        end_s = time.monotonic() + TERM_S
        for child in self._children:
            child.wait_exited(max(0.0, end_s - time.monotonic()))
            child.finish()
        settle()
        self.lock.release()

    def recover(self) -> None:
        """Remove what killed work left; only for the holder of the lock."""
        self.releases.recover()
        self.runs.recover()
        recover_venv(self.root)
        shutil.rmtree(str(self.root / "scratch"), ignore_errors=True)
        for part in self.root.glob(".*.part"):
            files.discard(part)

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for one piece of work, removed at its end; what a kill leaves goes with the next lock."""
        folder = self.root / "scratch" / os.urandom(8).hex()
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise files.cannot_write(folder, error) from error
        try:
            yield folder
        finally:
            shutil.rmtree(str(folder), ignore_errors=True)

    def libraries(self, request: Request) -> Dict[str, Any]:
        """numpy, cv2 and the runtimes of this Python; looked at once."""
        with self._looking:
            if self._libraries is None:
                found = look.look(lambda child: request.on_cancel(child.kill))
                request.check()
                self._libraries = found
            return self._libraries


def _identify(agent: Agent, request: Request) -> Dict[str, Any]:
    agent.owner = dict(request.arguments)
    return {}


def _probe(agent: Agent, request: Request) -> Dict[str, Any]:
    refused = policy.refusal(agent.root)
    result = dict(agent.libraries(request), **facts.probe(agent.root))
    return dict(result, lock=agent.lock.describe(), policy=None if refused is None else refused.summary)


def _state(agent: Agent, _request: Request) -> Dict[str, Any]:
    """What changes from minute to minute, without a look at libraries: cheap enough to be asked for again and again."""
    return dict(read_state(agent.root), lock=agent.lock.describe(), boot_id=boot_id())


def _lock(agent: Agent, request: Request) -> Dict[str, Any]:
    if agent.owner is None:
        raise CommandError(E_USAGE, "the lock was asked for before anybody said who they are (identify)")
    held = agent.lock.held
    weak = agent.lock.take(dict(agent.owner, agent_pid=os.getpid()), request.arguments["purpose"])
    if not held and policy.refusal(agent.root) is None:
        agent.recover()
    return {"weak": weak}


def _unlock(agent: Agent, _request: Request) -> Dict[str, Any]:
    agent.lock.release()
    return {}


def _have(agent: Agent, request: Request) -> Dict[str, Any]:
    return {"present": agent.blobs.present(request.arguments["sha256"])}


def _prepare(agent: Agent, request: Request) -> Dict[str, Any]:
    with agent.scratch() as scratch:
        return prepare(request, agent.root, agent.blobs, scratch, agent.spawn)


def _build(agent: Agent, request: Request) -> Dict[str, Any]:
    with agent.scratch() as scratch:
        return build(request, agent.blobs, scratch, agent.root / "cache", agent.spawn)


def _install(agent: Agent, request: Request) -> Dict[str, Any]:
    began_s = time.monotonic()
    arguments = request.arguments
    plan = arguments.get("smoke")
    with agent.scratch() as scratch:

        def smoke(folder: Path) -> Optional[Dict[str, Any]]:
            return None if plan is None else try_release(plan, folder, agent.blobs, scratch, request)

        done = agent.releases.install(
            arguments["release"], arguments["manifest"], arguments["files"], smoke, request.check
        )
    return dict(done, seconds=time.monotonic() - began_s)


def _releases(agent: Agent, _request: Request) -> Dict[str, Any]:
    return {"releases": agent.releases.describe()}


def _remove_release(agent: Agent, request: Request) -> Dict[str, Any]:
    agent.releases.remove(request.arguments["release"])
    return {}


def _start_run(agent: Agent, request: Request) -> Dict[str, Any]:
    return agent.runs.start(request.arguments["run"], request.arguments["plan"], agent.spawn)


def _follow(agent: Agent, request: Request) -> Dict[str, Any]:
    return agent.runs.follow(request)


def _live(agent: Agent, request: Request) -> Dict[str, Any]:
    return agent.runs.live(request)


def _tell_run(agent: Agent, request: Request) -> Dict[str, Any]:
    return agent.runs.tell_live(request.arguments["run"], request.arguments["message"])


def _forget(agent: Agent, request: Request) -> Dict[str, Any]:
    return {"freed_bytes": agent.blobs.forget(request.arguments["sha256"], set(agent.releases.used_blobs()))}


def _advance(agent: Agent, request: Request) -> Dict[str, Any]:
    return agent.runs.tell(request.arguments["run"], "advance-" + request.arguments["phase"])


def _stop_run(agent: Agent, request: Request) -> Dict[str, Any]:
    return agent.runs.stop(request.arguments["run"], request.arguments["hard"])


def _run_list(agent: Agent, _request: Request) -> Dict[str, Any]:
    return {"runs": agent.runs.describe()}


def _remove_run(agent: Agent, request: Request) -> Dict[str, Any]:
    return agent.runs.remove(request.arguments["run"])


def _prune(agent: Agent, request: Request) -> Dict[str, Any]:
    keep = {*request.arguments["keep_blobs"], *agent.releases.used_blobs(), *agent.runs.used_blobs()}
    return {"freed_bytes": agent.blobs.prune(keep)}


def _watch(_agent: Agent, request: Request) -> Dict[str, Any]:
    """Telemetry of the machine until it is cancelled; what could not be read is null."""
    sampler = Sampler((os.getpid(),))
    period_s = 1.0 / request.arguments["rate_hz"]
    try:
        next_s = time.monotonic()
        while not request.wait(max(0.0, next_s - time.monotonic())):
            mono_ns = time.monotonic_ns()
            row = sampler.read(mono_ns)
            values = {name: None if math.isnan(value) else value for name, value in zip(sampler.columns, row)}
            request.event("telemetry", {"mono_ns": mono_ns, "values": values})
            next_s = max(next_s + period_s, time.monotonic())
    finally:
        sampler.close()
    request.check()
    return {}


_HANDLERS: Dict[str, Callable[[Agent, Request], Dict[str, Any]]] = {
    "identify": _identify,
    "probe": _probe,
    "state": _state,
    "lock": _lock,
    "unlock": _unlock,
    "have": _have,
    "prepare": _prepare,
    "build": _build,
    "install": _install,
    "releases": _releases,
    "remove_release": _remove_release,
    "start_run": _start_run,
    "follow": _follow,
    "live": _live,
    "tell_run": _tell_run,
    "forget": _forget,
    "advance": _advance,
    "stop_run": _stop_run,
    "run_list": _run_list,
    "remove_run": _remove_run,
    "prune": _prune,
    "watch": _watch,
}
