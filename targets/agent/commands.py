"""What the agent does for each command; the table at the end joins them to the schema."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

from . import facts, policy, schema
from .blobs import Blobs
from .board_lock import BoardLock
from .process import Child
from .protocol import E_USAGE, CommandError
from .session import Request

TERM_S = 5.0


class Agent:
    """What the commands of one agent share: the board's folders, its lock, the processes that must not outlive it."""

    def __init__(self, root: Path, lock_path: Optional[Path] = None) -> None:
        self.root = root
        self.blobs = Blobs(root)
        self.lock = BoardLock(root, lock_path)
        self.owner: Optional[Dict[str, Any]] = None
        self.children: List[Child] = []

    def run(self, request: Request) -> Dict[str, Any]:
        """Run one request that the schema allowed; the value of its reply."""
        command = schema.COMMANDS[request.command]
        if command.changes:
            policy.check(self.root)
        if command.locked:
            self.lock.require(request.command)
        return _HANDLERS[request.command](self, request)

    def end(self) -> None:
        """End what this agent started, to the last process."""
        for child in list(self.children):
            child.finish(TERM_S)
        self.lock.release()


def _identify(agent: Agent, request: Request) -> Dict[str, Any]:
    agent.owner = dict(request.arguments)
    return {}


def _probe(agent: Agent, _request: Request) -> Dict[str, Any]:
    refused = policy.refusal(agent.root)
    return dict(
        facts.probe(agent.root),
        lock=agent.lock.describe(),
        policy=None if refused is None else refused.summary,
    )


def _lock(agent: Agent, request: Request) -> Dict[str, Any]:
    if agent.owner is None:
        raise CommandError(E_USAGE, "the lock was asked for before anybody said who they are (identify)")
    return {"weak": agent.lock.take(dict(agent.owner, agent_pid=os.getpid()), request.arguments["purpose"])}


def _unlock(agent: Agent, _request: Request) -> Dict[str, Any]:
    agent.lock.release()
    return {}


def _have(agent: Agent, request: Request) -> Dict[str, Any]:
    return {"present": agent.blobs.present(request.arguments["sha256"])}


_HANDLERS: Dict[str, Callable[[Agent, Request], Dict[str, Any]]] = {
    "identify": _identify,
    "probe": _probe,
    "lock": _lock,
    "unlock": _unlock,
    "have": _have,
}
