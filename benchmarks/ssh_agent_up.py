"""How long a board that has nothing takes over SSH: its agent is shipped, started, and tells what the board is."""

from __future__ import annotations

import statistics
import time

from benchmarks.figure import report
from benchmarks.ssh_ground import SshGround, ssh_ground
from targets.agent_client import AgentClient

ROUNDS = 7
GOAL_S = 3.0


def seconds_until_probed(ground: SshGround) -> float:
    """From nothing to the board's facts; ending the agent is not counted."""
    _, board = next(ground.boards())
    began_s = time.perf_counter()
    with AgentClient(board) as client:
        client.probe()
        return time.perf_counter() - began_s


def main() -> None:
    """Measure and report."""
    with ssh_ground() as ground:
        took_s = [seconds_until_probed(ground) for _ in range(ROUNDS)]
    print(f"rounds: {[f'{value:.2f}' for value in took_s]} s")
    report("ssh_agent_up_s", statistics.median(took_s), "s", "<=", GOAL_S)


if __name__ == "__main__":
    main()
