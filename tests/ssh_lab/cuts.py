"""Cuts of a link at a stage of a job: how long until the job says so, and what is left on the board."""

from __future__ import annotations

import fcntl
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.example_project import SOAK_DURATION, change
from targets.agent.main import RUN_GRACE_S
from targets.agent.protocol import SILENCE_S
from tests.ssh_lab.boards import add_board
from tests.ssh_lab.link import FarBoard, Quality
from tests.ssh_lab.server import SshServer
from tests.ssh_lab.tree import send, wait_for
from workbench.base.events import ErrorText, JobState
from workbench.jobs.handle import JobHandle
from workbench.pipeline.run import RunJob
from workbench.session import Session

SLOW: Final = Quality(rate_bps=20e6, delay_us=20_000, queue_bytes=256_000)
"""So slow that each stage takes a while; the job waits for the board, not the board for the job."""
CRAWLING: Final = Quality(rate_bps=1e6, delay_us=20_000, queue_bytes=256_000)
"""So slow that even small files take a while."""
REACH_S: Final = 60.0
END_S: Final = 60.0
HANGS_S: Final = SILENCE_S + RUN_GRACE_S + 60.0
"""What runs on a board for so long after its desktop has gone silent does not end; how soon it ends is a figure."""


# Cuts


def swallow(far: FarBoard) -> None:
    """Everything is lost, both ways."""
    far.link.cut()


def swallow_answers(far: FarBoard) -> None:
    """What comes from the board is lost; what goes there arrives."""
    far.link.silence()


def take_down(far: FarBoard) -> None:
    """The network interface of the board goes down."""
    far.link.take_far_side_down()


def freeze_sshd(far: FarBoard) -> None:
    """The server does not run, and does not end."""
    far.server.freeze()


def freeze_host(far: FarBoard) -> None:
    """Nothing on the board runs, and nothing ends."""
    send([process.pid for process in far.server.tree.processes()], signal.SIGSTOP)


def kill_sshd(far: FarBoard) -> None:
    """The server and its sessions are killed."""
    far.server.kill()


def kill_agent(far: FarBoard) -> None:
    """What the sessions run is killed: the agent, or a transfer."""
    programs = far.server.programs("serve") + far.server.programs("receive") + far.server.programs("send")
    send([process.pid for process in programs], signal.SIGKILL)


def reboot(far: FarBoard) -> None:
    """The power goes: nothing is said any more; then the board is there again and knows of nothing."""
    far.link.cut()
    far.server.reboot()
    far.server.start()
    far.link.mend()


CUTS: Final[Mapping[str, Callable[[FarBoard], None]]] = {
    "black hole": swallow,
    "answers lost": swallow_answers,
    "far side down": take_down,
    "sshd frozen": freeze_sshd,
    "host frozen": freeze_host,
    "sshd killed": kill_sshd,
    "agent killed": kill_agent,
    "host rebooted": reboot,
}


# Stages


@dataclass(frozen=True)
class Ground:
    """A project that is whole and installed on a board behind a link; the board stands in the list of boards."""

    far: FarBoard
    project: Path
    root: Path
    board: str
    id: str
    """The id of the board on which the project was installed."""

    @property
    def server(self) -> SshServer:
        """The board's."""
        return self.far.server

    def enter_board(self) -> None:
        """Enter it into the list of boards of SLIPWAY_HOME."""
        add_board(self.server, self.root, self.board, id=self.id)


def _connecting(ground: Ground) -> bool:
    return bool(ground.server.sessions())


def _shipping(ground: Ground) -> bool:
    return bool(ground.server.programs("serve")) and not list(ground.root.glob("agent/*"))


def _probing(ground: Ground) -> bool:
    return bool(ground.server.programs("look"))


def _pushing(ground: Ground) -> bool:
    return any(path.stat().st_size for path in ground.root.glob("blobs/*.part"))


def _building(ground: Ground) -> bool:
    return bool(ground.server.programs("build"))


def _deploying(ground: Ground) -> bool:
    return bool(list(ground.root.glob("releases/.stage-*")))


def _verifying(ground: Ground) -> bool:
    return bool(list(ground.root.glob("runs/*/live.sqlite"))) and bool(ground.server.programs("worker"))


def _fetching(ground: Ground) -> bool:
    return bool(ground.server.programs("send"))


STAGES: Final[Mapping[str, Callable[[Ground], bool]]] = {
    "connect": _connecting,
    "ship": _shipping,
    "probe": _probing,
    "push": _pushing,
    "build": _building,
    "deploy": _deploying,
    "verify": _verifying,
    "fetch": _fetching,
}
"""Whether the board is at a stage of a job, as one sees it there."""


def prepare(ground: Ground, stage: str) -> None:
    """Undo so much of a project and a board that the job comes to this stage."""
    undone = {
        "ship": [ground.root / "agent"],
        "push": [ground.root / "blobs", ground.project / "records" / "engine"],
        "build": [ground.project / "records" / "engine"],
        "deploy": [ground.root / "releases"],
        "verify": [ground.project / "runs"],
        "fetch": [ground.project / "runs"],
    }
    for folder in undone.get(stage, []):
        shutil.rmtree(folder)
    if stage == "verify":
        change(ground.project / "deployment_tests.yaml", SOAK_DURATION, "1 hour")


# What comes of it


@dataclass
class Struck:
    """What a cut came to."""

    stage: str
    cut: str
    state: JobState | None = None
    """How the job ended; None where it did not."""
    lost_s: float | None = None
    """From the cut to the job's end."""
    error: ErrorText | None = None
    quiet_s: float | None = None
    """From the cut until nothing ran on the board any more."""
    problems: list[str] = field(default_factory=list)
    """What must not be, in words; empty where everything held."""


def strike(ground: Ground, session: Session, stage: str, cut: str, *, again: bool = False) -> Struck:
    """Start the main job, cut the link once the board is at a stage, and look at the job and at the board.

    Args:
        ground: where; it is of no use for another cut afterwards, unless `again`.
        session: who works there.
        stage: one of STAGES.
        cut: one of CUTS.
        again: mend everything, and do the job once more, which must succeed.
    """
    struck = Struck(stage, cut)
    prepare(ground, stage)
    ground.far.link.set(SLOW)
    handle = session.start(RunJob(ground.project, ground.board))
    try:
        if stage == "fetch":
            wait_for(lambda: list(ground.root.glob("runs/*/status.json")) or handle.ended, REACH_S, 0.002)
            ground.far.link.set(CRAWLING)
        if not wait_for(lambda: STAGES[stage](ground) or handle.ended is not None, REACH_S, 0.002) or handle.ended:
            struck.problems.append(f"the job never came to this stage: {handle.ended}")
            return struck
        _cut(ground, handle, struck)
        _look_at_board(ground, struck)
        if again and not struck.problems:
            _do_again(ground, session, struck)
    finally:
        handle.cancel()
        ground.server.reboot()
    return struck


def _cut(ground: Ground, handle: JobHandle, struck: Struck) -> None:
    began_s = time.monotonic()
    CUTS[struck.cut](ground.far)
    ended = handle.wait(END_S)  # raises where it hangs
    struck.lost_s = time.monotonic() - began_s
    struck.state, struck.error = ended.state, ended.error
    if ended.state is not JobState.LOST:
        struck.problems.append(f"the job ended as {ended.state.value}: {ended.error}")
    if struck.cut == "host frozen":  # nothing frozen can end; it must once it runs again
        send([process.pid for process in ground.server.tree.processes()], signal.SIGCONT)
    if wait_for(lambda: not ground.server.programs(), HANGS_S, 0.05):
        struck.quiet_s = time.monotonic() - began_s


def _look_at_board(ground: Ground, struck: Struck) -> None:
    struck.problems += [f"on the board there still runs {program}" for program in ground.server.programs()]
    power_cut = struck.cut in {"host rebooted", "agent killed"}  # what these leave is removed by the next job
    for pattern in () if power_cut else ("blobs/*.part", "*/.stage-*", "*/.old-*", "**/.*.part"):
        struck.problems += [f"half-written on the board: {path}" for path in ground.root.glob(pattern)]
    # What exits is no program any more a moment before it gives its files back.
    if not wait_for(lambda: _is_free(ground.server.folder / "lock"), HANGS_S, 0.05):
        struck.problems.append("the board's lock is still held")


def _is_free(lock: Path) -> bool:
    if not lock.exists():
        return True
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _do_again(ground: Ground, session: Session, struck: Struck) -> None:
    ground.server.reboot()
    ground.far.link.set(Quality())
    ground.far.link.mend()
    ground.server.start()
    ended = session.start(RunJob(ground.project, ground.board, quick=True)).wait(END_S * 2)
    if ended.state is not JobState.SUCCEEDED:
        struck.problems.append(f"the next job ended as {ended.state.value}: {ended.error}")
    for pattern in ("blobs/*.part", "*/.stage-*", "*/.old-*"):
        struck.problems += [f"half-written after the next job: {path}" for path in ground.root.glob(pattern)]
