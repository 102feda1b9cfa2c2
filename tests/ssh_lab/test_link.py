"""The emulated link: it carries, slows, cuts and comes back, and leaves no device."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.ssh_lab.link import DeviceTaken, EmulatedLink, FarBoard, Quality, far_board
from tests.ssh_lab.server import Keys
from tests.ssh_lab.tree import all_pids, read_process


def connect(far: FarBoard, timeout_s: float) -> float:
    """Read the server's first line; the seconds that it took."""
    began_s = time.monotonic()
    with socket.create_connection((far.server.host, far.server.port), timeout_s) as stream:
        assert stream.recv(8).startswith(b"SSH-2.0")
    return time.monotonic() - began_s


def own_devices() -> list[str]:
    """Devices whose program is a child of this process, as their names stand in its arguments."""
    children = [process for process in map(read_process, all_pids()) if process and process.parent == os.getpid()]
    words = {word for process in children for word in process.words}
    return [name for _, name in socket.if_nameindex() if name in words]


def test_that_it_delays_and_cuts_and_comes_back(far: FarBoard) -> None:
    assert connect(far, 10) > 0
    far.link.set(Quality(delay_us=50_000))
    assert connect(far, 10) >= 0.2  # two round trips
    far.link.cut()
    with pytest.raises(TimeoutError):
        connect(far, 0.5)
    far.link.mend()
    assert connect(far, 10) >= 0.2
    far.link.silence()
    with pytest.raises(TimeoutError):
        connect(far, 0.5)
    far.link.set(Quality())
    far.link.take_far_side_down()
    with pytest.raises(TimeoutError):
        connect(far, 0.5)
    far.link.mend()
    assert connect(far, 10) > 0


def test_that_it_limits_the_rate(far: FarBoard) -> None:
    far.link.set(Quality(rate_bps=20e6, queue_bytes=300_000))
    words = ["ssh", *far.server.client_options(), far.server.host, "cat >/dev/null"]
    began_s = time.monotonic()
    subprocess.run(words, input=bytes(2_000_000), check=True, timeout=60)
    assert time.monotonic() - began_s >= 2_000_000 * 8 / 20e6


def test_that_no_device_is_left(ssh_keys: Keys, emulator: Path, tmp_path: Path) -> None:
    with far_board(tmp_path / "other", ssh_keys, emulator):
        (device,) = own_devices()
    assert device not in {name for _, name in socket.if_nameindex()}


def test_that_a_number_that_is_taken_is_passed_over(emulator: Path) -> None:
    link = EmulatedLink(emulator, 65_001)
    try:
        with pytest.raises(DeviceTaken):
            EmulatedLink(emulator, 65_001)
    finally:
        link.close()
