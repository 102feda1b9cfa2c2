"""Connecting to a board over SSH against `ssh host true`, and how long requests of an open agent take."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable

from benchmarks.figure import report
from benchmarks.ssh_ground import SshGround, ratio, rounds, ssh_ground
from targets.agent import protocol
from targets.agent.protocol import read_message, write_message
from targets.agent.session import Heard
from targets.agent_client import AgentClient
from targets.board import Board
from workbench.base.cancel import CancelToken, Deadline

ROUNDS = 15
REQUESTS = 500
LARGE_BYTES = 60_000
CONNECT_GOAL = 0.5
SMALL_GOAL_MS = 1.0
LARGE_GOAL_MS = 2.0
LIMIT_S = 60.0


def run_true(board: Board) -> None:
    """Connect and carry out `true`, as `ssh host true` does."""
    done = board.run(["true"], Deadline(LIMIT_S), CancelToken())
    if done.exit_code != 0:
        raise RuntimeError(f"true ended with {done.exit_code}: {done.stderr}")


def call_ssh(words: list[str]) -> None:
    """Carry out `ssh host true`."""
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL)


def connect_ratio(ground: SshGround) -> float:
    """Our time as a share of theirs."""
    server = ground.server
    words = ["ssh", *server.client_options(), server.host, "true"]
    ways = {
        "ours": lambda: run_true(next(ground.boards())[1]),
        "ssh": lambda: call_ssh(words),
    }
    took_s = rounds(ways, ROUNDS)
    return ratio(took_s["ssh"], took_s["ours"])


def median_ms(act: Callable[[], object]) -> float:
    """The median time of a call in ms."""
    took_s = []
    for _ in range(REQUESTS):
        began_s = time.perf_counter()
        act()
        took_s.append(time.perf_counter() - began_s)
    return statistics.median(took_s) * 1e3


def ping_ms(board: Board, size_bytes: int) -> float:
    """The median time of a heartbeat of that size, as it goes over the bare channel, in ms."""
    channel = board.start_agent(Deadline(LIMIT_S), CancelToken())
    try:
        heard = Heard(channel.reader)
        read_message(heard)  # type: ignore[arg-type]
        write_message(channel.writer, {"hello": {"protocol": protocol.PROTOCOL}})  # type: ignore[arg-type]

        def ping() -> None:
            write_message(channel.writer, {"ping": 1, "filling": "x" * size_bytes})  # type: ignore[arg-type]
            message = read_message(heard)  # type: ignore[arg-type]
            if message is None or "pong" not in message.header:
                raise RuntimeError(f"the agent answered {message}")

        return median_ms(ping)
    finally:
        channel.close_input()
        channel.wait(LIMIT_S)
        channel.close()


def main() -> None:
    """Measure and report."""
    with ssh_ground() as ground:
        report("ssh_connect_ratio", connect_ratio(ground), "ratio", "<=", CONNECT_GOAL)
        _, board = next(ground.boards())
        with AgentClient(board) as client:
            report("ssh_small_request_p50_ms", median_ms(lambda: client.have([])), "ms", "<=", SMALL_GOAL_MS)
        report("ssh_ping_p50_ms", ping_ms(board, 0), "ms", "<=", SMALL_GOAL_MS)
        report("ssh_60kb_request_p50_ms", ping_ms(board, LARGE_BYTES), "ms", "<=", LARGE_GOAL_MS)


if __name__ == "__main__":
    main()
