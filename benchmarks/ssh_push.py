"""Pushing 300 MB to a board over SSH on the loopback, against scp with its own cipher and with AES-GCM.

Ours includes the connection and the sha256 that the board takes of what arrived; scp includes its connection.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np

from benchmarks.figure import report
from benchmarks.ssh_ground import SshGround, ratio, rounds, ssh_ground
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.hashing import sha256_file

SIZE_BYTES = 300_000_000
ROUNDS = 7
LIMIT_S = 300.0
PLAIN_GOAL = 1.2
GCM_GOAL = 0.9
GCM = "Ciphers=aes128-gcm@openssh.com"


def make_blob(path: Path) -> str:
    """A file that nothing can compress; its sha256."""
    path.write_bytes(np.random.default_rng(1).bytes(SIZE_BYTES))
    return sha256_file(path)


def push(ground: SshGround, blob: Path, sha256: str) -> None:
    """Push over a new connection, look whether it arrived, and remove it."""
    root, board = next(ground.boards())
    board.put_blob(blob, sha256, Deadline(LIMIT_S), CancelToken(), lambda _: None)
    arrived = root / "blobs" / sha256
    if arrived.stat().st_size != SIZE_BYTES:
        raise RuntimeError(f"{arrived} has {arrived.stat().st_size} bytes")
    arrived.unlink()


def copy(ground: SshGround, blob: Path, *options: str) -> None:
    """Copy with scp, look whether it arrived, and remove it."""
    server, arrived = ground.server, ground.folder / "copied"
    words = ["scp", "-q", *server.client_options(*options), str(blob), f"{server.host}:{arrived}"]
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
    if arrived.stat().st_size != SIZE_BYTES:
        raise RuntimeError(f"{arrived} has {arrived.stat().st_size} bytes")
    arrived.unlink()


def main() -> None:
    """Measure and report."""
    with ssh_ground() as ground:
        blob = ground.folder / "blob"
        sha256 = make_blob(blob)
        ways = {
            "ours": lambda: push(ground, blob, sha256),
            "scp": lambda: copy(ground, blob),
            "scp with AES-GCM": lambda: copy(ground, blob, GCM),
        }
        took_s = rounds(ways, ROUNDS)
    report("ssh_push_over_scp", ratio(took_s["ours"], took_s["scp"]), "times_as_fast", ">=", PLAIN_GOAL)
    report("ssh_push_over_scp_gcm", ratio(took_s["ours"], took_s["scp with AES-GCM"]), "times_as_fast", ">=", GCM_GOAL)


if __name__ == "__main__":
    main()
