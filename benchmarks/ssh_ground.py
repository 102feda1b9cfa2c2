"""An OpenSSH server on the loopback and boards on it, for benchmarks; all of it in memory where the machine allows."""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from targets.board import Board
from targets.inventory import open_board
from tests.ssh_lab.boards import add_board
from tests.ssh_lab.server import SshServer, make_keys, why_not

IN_MEMORY = Path("/dev/shm")  # noqa: S108 (a folder of its own is made there)
SEED = 20261124


@dataclass(frozen=True)
class SshGround:
    """A server that is known to the user of SLIPWAY_HOME."""

    folder: Path
    server: SshServer

    def boards(self) -> Iterator[tuple[Path, Board]]:
        """Boards with roots of their own that do not exist yet, without an end; nothing is sent to them yet."""
        for number in count():
            root = self.folder / f"board-{number}"
            add_board(self.server, root)
            yield root, open_board("bench")


@contextmanager
def ssh_ground() -> Iterator[SshGround]:
    """The server, and an environment in which HOME and SLIPWAY_HOME are its own; all of it ends with the `with`."""
    reason = why_not()
    if reason:
        sys.exit(reason)
    where = IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="slipway-", dir=where) as name:
        folder = Path(name)
        server = SshServer(folder / "sshd", make_keys(folder))
        os.environ |= {"HOME": str(server.home), "SLIPWAY_HOME": str(folder / "home")}
        os.environ.pop("SSH_AUTH_SOCK", None)
        try:
            server.trust()
            server.start()
            yield SshGround(folder, server)
        finally:
            server.close()


def rounds(ways: Mapping[str, Callable[[], None]], number: int) -> dict[str, list[float]]:
    """Seconds that each way took in each round; every round has all of them, in an order that chance chooses.

    One more round comes first and does not count.
    """
    chance = random.Random(SEED)
    took_s: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(-1, number):
        for name in chance.sample(sorted(ways), len(ways)):
            began_s = time.perf_counter()
            ways[name]()
            if turn >= 0:
                took_s[name].append(time.perf_counter() - began_s)
    for name, values in took_s.items():
        print(f"{name}: median {statistics.median(values):.4g} s of {sorted(f'{value:.4g}' for value in values)}")
    return took_s


def ratio(ours: list[float], theirs: list[float]) -> float:
    """The median over rounds of how many times as long as ours theirs took."""
    return statistics.median(other / own for own, other in zip(ours, theirs, strict=True))
