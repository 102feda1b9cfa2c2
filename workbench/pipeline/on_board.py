"""A job's hold of a board: its agent, its facts, its lock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from projects.deployment_settings import THREADS
from projects.project import Project
from targets.agent_client import AgentClient
from targets.facts import BoardFacts, RuntimeFacts
from targets.lacks import prepare_command
from workbench.base.cancel import CancelToken
from workbench.base.errors import BoardError, SlipwayError
from workbench.base.events import Level
from workbench.pipeline.boards import agent_of, reach
from workbench.pipeline.probe import board_findings
from workbench.pipeline.runtime_check import RUNTIMES, runtime_options

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

STOP_LIMIT_S = 30.0


@dataclass(frozen=True)
class HeldBoard:
    """A board that this job may change until it lets go."""

    client: AgentClient
    facts: BoardFacts
    name: str
    findings: tuple[str, ...] = ()
    """What a reader of a run on it has to know of it."""

    @property
    def id(self) -> str:
        """What the board is known by: its module's serial number or machine id, not its address."""
        return self.client.board.id or self.facts.machine_id or self.facts.hostname or self.name

    def runtime(self, name: str) -> RuntimeFacts:
        """A runtime on the board.

        Raises:
            BoardError: it is not there, with the command that brings it.
        """
        known = self.facts.runtimes.get(name)
        if known is None or known.version is None:
            detail = known.problem if known is not None and known.problem else ""
            brings = f"Run: {prepare_command(self.name, name)}."
            if name != RUNTIMES["OpenVINO"] and known is not None and known.missing:
                brings = f"{known.missing.rstrip('.')}."  # NVIDIA's to install; on a Jetson JetPack does
            titles = {runtime: title for title, runtime in RUNTIMES.items()}
            hint = f"{brings} What it lacks: slipway boards probe {self.name}."
            raise BoardError(f"{self.name} has no {titles.get(name, name)}", hint, detail)
        return known


@contextmanager
def hold_board(name: str, purpose: str, context: JobContext) -> Iterator[HeldBoard]:
    """Start the agent on a board, read its facts and take its lock; all of it ends with the `with`.

    Raises:
        BoardError: no such board, it cannot be reached, or somebody else works on it.
    """
    with agent_of(reach(name, context), context) as client:
        facts = client.probe()
        with client.locked(purpose) as weak:
            if weak:
                context.log(Level.WARNING, f"the lock of {name} keeps out only those who use the same folder there")
            findings = board_findings(name, facts)
            for finding in findings:
                context.log(Level.WARNING, finding)
            yield HeldBoard(client, facts, name, findings)


def end_run(held: HeldBoard, run: str, context: JobContext) -> None:
    """Stop a run that may be at work and wait for its end, so that its files are whole; they stay on the board."""
    patience = CancelToken()
    timer = threading.Timer(STOP_LIMIT_S, patience.request)
    forget = context.cancel.on_request(patience.request)  # asked again: at once
    timer.start()
    try:
        with suppress(SlipwayError):
            held.client.stop_run(run, hard=True)
            held.client.follow(run, lambda _: None, cancel=patience)
    finally:
        forget()
        timer.cancel()


def runtime_name(project: Project) -> str:
    """The runtime that the documents name."""
    return RUNTIMES[project.deployment.runtime_configuration.framework.name]


def load_options(project: Project, facts: BoardFacts, runtime: RuntimeFacts, precision: str) -> dict[str, str | int]:
    """How an engine is compiled and loaded: both the same, so that what was built is what runs.

    FP16 arithmetic only where the processor has it: elsewhere an FP16 candidate computes in float32. TensorRT up to 10
    is let compute what of an INT8 candidate is not INT8 in float16, too; later versions go by the types of the file.
    """
    threads = project.deployment.resource_allocation.cpu_threads
    weak = runtime_name(project) == "tensorrt" and version_of(runtime) < (11,)
    half = precision in ({"fp16", "int8"} if weak else {"fp16"}) and "f16" in runtime.precisions
    return {
        "precision": "f16" if half else "f32",
        "threads": int(threads) if threads is not None else min(THREADS, facts.cores or THREADS),
        "streams": int(project.deployment.runtime_configuration.streams),
        **runtime_options(project.deployment, project.settings),
    }


def version_of(runtime: RuntimeFacts) -> tuple[int, ...]:
    """A runtime's version as numbers."""
    return tuple(int(part) for part in (runtime.version or "").split(".") if part.isdigit())
