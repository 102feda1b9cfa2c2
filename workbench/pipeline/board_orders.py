"""What a window orders of boards, carried out by the jobs that the command has, too."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Final

from targets.agent_client import AgentClient
from targets.inventory import BoardEntry
from targets.lacks import Lack, find_lacks, suitable_runtime
from workbench.base.cancel import Deadline
from workbench.base.errors import BoardError, SlipwayError, UsageError
from workbench.base.events import Level, ResultPart
from workbench.orders.boards import READ, AddBoard, BoardPlan, BoardRead
from workbench.pipeline.boards import AddBoardJob, agent_of, reach
from workbench.pipeline.prepare import PrepareJob
from workbench.pipeline.probe import ProbedBoard, probe_board

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

INSTALL_S: Final = 1800.0
MAX_LINES: Final = 40
AT_ONCE: Final = 20


def read_board(name: str, context: JobContext) -> BoardRead:
    """Ask a board what it is."""
    context.step("read", f"Read {name}")
    probed = probe_board(agent_of(reach(name, context), context))
    read = _read(probed)
    context.end_step(read.text)
    return read


def read_boards(names: Sequence[str], context: JobContext) -> tuple[BoardRead, ...]:
    """Ask several at once; one that cannot be reached stops none of the others."""
    context.step("read", f"Read {len(names)} boards")
    found: dict[str, BoardRead] = {}
    with ThreadPoolExecutor(min(AT_ONCE, max(1, len(names))), thread_name_prefix="read-board") as pool:
        for done in as_completed([pool.submit(_try_board, name, context) for name in names]):
            read = done.result()
            found[read.name] = read
            context.publish(ResultPart(context.job_id, READ, read))
            context.progress(len(found) / len(names), f"{len(found)} of {len(names)} read")
    context.check()
    return tuple(found[name] for name in names)


def add_board(order: AddBoard, context: JobContext) -> BoardRead:
    """Reach a new board and keep it."""
    keys = (order.host, order.port, order.user, order.key, order.root, order.python, order.id, order.lock)
    added = AddBoardJob(BoardEntry(order.name, "ssh", *keys)).run(context)
    if added.probed is None:
        raise SlipwayError(f"{order.name} was not asked what it is")
    return _read(added.probed)


def prepare_board(name: str, runtime: str | None, context: JobContext, *, dry_run: bool) -> BoardPlan:
    """Bring a board what it lacks, or say what that would be."""
    prepared = PrepareJob(name, runtime, dry_run).run(context)
    plan = prepared.plan
    installs = tuple(f"{wheel.name} {wheel.version}" for wheel in plan.wheels)
    need = f"{plan.need_bytes / 1e9:.2f} GB"
    carried = prepared.done is not None and prepared.done.carried
    return BoardPlan(name, plan.missing, installs, plan.venv, need, prepared.done is not None, carried)


def install_on_board(name: str, lack: str, command: str, context: JobContext) -> BoardRead:
    """Run the command that brings one thing, if it is still the one that was read.

    Raises:
        UsageError: the board lacks it no more, or another command brings it now.
        BoardError: the command failed there.
    """
    board = reach(name, context)
    with agent_of(board, context) as client:
        context.step("look", f"Look at {name}")
        argv = _argv(name, client, lack, command)
        with client.locked(f"install {lack}"):
            context.step("install", f"Run {' '.join(argv)} on {name}")
            done = board.run(argv, Deadline(INSTALL_S), context.cancel)
            said = [*done.stdout.decode("utf-8", "replace").splitlines(), *done.stderr.splitlines()][-MAX_LINES:]
            for line in said:
                context.log(Level.INFO, line[:400])
            if done.exit_code != 0:
                raise _failed(name, argv, done.exit_code, said)
    return read_board(name, context)


def _argv(name: str, client: AgentClient, lack: str, command: str) -> tuple[str, ...]:
    facts = client.probe()
    found: Lack | None = next((item for item in find_lacks(name, facts) if item.name == lack), None)
    if found is None:
        raise UsageError(f"{name} does not lack {lack} any more", "Nothing was run there; read the board again.")
    if found.command != command or not found.argv:
        raise UsageError(f"another command brings {lack} to {name} now: {found.command}", "Read it, then try again.")
    return found.argv


def _failed(name: str, argv: Sequence[str], code: int, said: Sequence[str]) -> BoardError:
    hint = "Look at its last lines; then run it there by hand."
    if argv[0] == "sudo" and any("password" in line for line in said):
        hint = f"sudo wants a password, which Slipway never gives: run it there by hand: {' '.join(argv[2:])}"
    return BoardError(f"{' '.join(argv)} on {name} ended with exit code {code}", hint, "\n".join(said))


def _try_board(name: str, context: JobContext) -> BoardRead:
    try:
        return _read(probe_board(agent_of(reach(name, context), context)))
    except SlipwayError as error:
        return BoardRead(name, ready=False, text=error.summary, reached=False)


def _read(probed: ProbedBoard) -> BoardRead:
    facts = probed.facts
    runtime = facts.runtimes.get(suitable_runtime(facts))
    engine = "no runtime" if runtime is None or runtime.version is None else runtime.version.partition("-")[0]
    text = f"{facts.os or 'a system'} on {facts.arch or 'a processor'}, {suitable_runtime(facts)} {engine}"
    return BoardRead(probed.name, probed.ready, text)
