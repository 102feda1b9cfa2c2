"""A link of a test's own between this machine and a board in a network namespace: as slow as asked for, and cut."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from tests.ssh_lab.server import Keys, SshServer

SOURCE: Final = Path(__file__).with_name("emulator.c")
IN_NAMESPACE: Final = ("unshare", "--net")
MILLION: Final = 1_000_000
DEVICE: Final = "slw"
NUMBERS: Final = 65_000
_numbers = itertools.count(os.getpid() * 97)


class DeviceTaken(Exception):
    """A device of this name is there already."""


@dataclass(frozen=True)
class Quality:
    """What a link is like, both ways."""

    rate_bps: float = 1e9
    delay_us: int = 200
    """One way."""
    queue_bytes: int = 1 << 20
    loss_out_ppm: int = 0
    """To the board."""
    loss_back_ppm: int = 0
    """From the board."""


FAST: Final = Quality()


@cache
def why_no_link() -> str | None:
    """Why no link can be emulated here; None where it can."""
    if os.geteuid() != 0:
        return "only root can make network namespaces and TUN devices"
    if not Path("/dev/net/tun").exists():
        return "this machine has no /dev/net/tun"
    missing = [name for name in ("gcc", "ip", "unshare", "nsenter") if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} missing: sudo apt-get install -y gcc libc6-dev iproute2 util-linux"
    tried = subprocess.run([*IN_NAMESPACE, "true"], capture_output=True, text=True, check=False)
    return f"no network namespace can be made: {tried.stderr.strip()}" if tried.returncode else None


def compile_emulator(folder: Path) -> Path:
    """Compile the emulator; its warnings are errors."""
    binary = folder / "emulator"
    words = ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", str(binary), str(SOURCE)]
    subprocess.run(words, check=True)
    return binary


class EmulatedLink:
    """Two TUN devices and the program between them; `lead_to` gives the far one away.

    Args:
        emulator: the compiled program.
        number: makes names and addresses its own.

    Raises:
        DeviceTaken: another link has this number.
    """

    def __init__(self, emulator: Path, number: int) -> None:
        self.quality = FAST
        self.ours, self.theirs = addresses(number)
        self._enter: tuple[str, ...] = ()
        self._near, self._far = f"{DEVICE}{number}n", f"{DEVICE}{number}f"
        self._process = subprocess.Popen(
            [str(emulator), self._near, self._far],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ok\n":
            _, reason = self._process.communicate()
            raise DeviceTaken(reason) if "busy" in reason else RuntimeError(reason)

    def lead_to(self, namespace_pid: int) -> None:
        """Move the far device to the namespace of a process, and bring both up."""
        self._enter = ("nsenter", f"--net=/proc/{namespace_pid}/ns/net")
        _ip("link", "set", self._far, "netns", str(namespace_pid))
        _ip("address", "add", self.ours, "peer", self.theirs, "dev", self._near)
        _ip("link", "set", self._near, "up", "mtu", "1500")
        _ip("address", "add", self.theirs, "peer", self.ours, "dev", self._far, enter=self._enter)
        _ip("link", "set", self._far, "up", "mtu", "1500", enter=self._enter)
        _ip("link", "set", "lo", "up", enter=self._enter)

    def set(self, quality: Quality) -> None:
        """Make the link so from now on."""
        self.quality = quality
        values = (quality.rate_bps, quality.delay_us, quality.loss_out_ppm, quality.loss_back_ppm, quality.queue_bytes)
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(f"{value:.0f}" for value in values) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        if answer != "ok\n":
            raise RuntimeError(f"the emulator says {answer!r}")

    def cut(self) -> None:
        """Lose everything, both ways."""
        self.set(replace(self.quality, loss_out_ppm=MILLION, loss_back_ppm=MILLION))

    def silence(self) -> None:
        """Lose everything that comes from the board."""
        self.set(replace(self.quality, loss_back_ppm=MILLION))

    def mend(self) -> None:
        """Lose nothing any more, and take the board's interface up."""
        _ip("link", "set", self._far, "up", enter=self._enter)
        self.set(replace(self.quality, loss_out_ppm=0, loss_back_ppm=0))

    def take_far_side_down(self) -> None:
        """Take the board's own network interface down."""
        _ip("link", "set", self._far, "down", enter=self._enter)

    def close(self) -> None:
        """End the program; both devices vanish."""
        self._process.communicate(timeout=30)


@dataclass(frozen=True)
class FarBoard:
    """A server behind an emulated link."""

    server: SshServer
    link: EmulatedLink


@contextmanager
def far_board(folder: Path, keys: Keys, emulator: Path, home: Path | None = None) -> Iterator[FarBoard]:
    """A server in a network namespace of its own, known to the user whose home is `server.home`; all ends with it."""
    link = _new_link(emulator)
    server: SshServer | None = None
    try:
        server = SshServer(folder, keys, link.theirs, 22, IN_NAMESPACE, home)
        link.lead_to(server.tree.pid)
        server.trust()
        server.start()
        yield FarBoard(server, link)
    finally:
        if server is not None:
            server.close()
        link.close()


def _new_link(emulator: Path) -> EmulatedLink:
    """A link whose number nobody else has just now, in this process or another."""
    for number in _numbers:
        try:
            return EmulatedLink(emulator, number % NUMBERS)
        except DeviceTaken:
            continue
    raise AssertionError


def addresses(number: int) -> tuple[str, str]:
    """Ours and the board's on the link of that number, out of a net for tests of networks (RFC 2544)."""
    place = number * 2 + 2
    text = f"198.{18 + (place >> 16)}.{place >> 8 & 255}."
    return f"{text}{place & 255}", f"{text}{(place & 255) + 1}"


def _ip(*words: str, enter: Sequence[str] = ()) -> None:
    done = subprocess.run([*enter, "ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()}")
