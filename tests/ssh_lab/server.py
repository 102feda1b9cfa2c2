"""A real OpenSSH server of a test's own: its keys, its configuration, its processes, and all that may befall it."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.ssh_lab.tree import Process, ProcessTree, send, wait_for

SSHD: Final = next((path for path in ("/usr/sbin/sshd", shutil.which("sshd") or "") if Path(path).is_file()), None)
LOOPBACK: Final = "127.0.0.1"
PASSPHRASE: Final = "correct horse battery staple"  # noqa: S105 (of a key that opens nothing)
START_S: Final = 20.0
_KNOWING: Final = threading.Lock()
INSTALL: Final = "sudo apt-get install -y --no-install-recommends openssh-server openssh-client"


def why_not() -> str | None:
    """Why no server can be started here, with the command that helps; None where one can."""
    missing = [name for name in ("ssh", "scp", "ssh-keygen") if shutil.which(name) is None]
    missing += [] if SSHD else ["sshd"]
    return f"{', '.join(missing)} missing: {INSTALL}" if missing else None


@dataclass(frozen=True)
class Keys:
    """Private keys of users, each with its `.pub` beside it."""

    plain: Path
    """Without a passphrase; may log in."""
    locked: Path
    """With PASSPHRASE; may log in."""
    stranger: Path
    """Without a passphrase; may not log in."""


def make_keys(folder: Path) -> Keys:
    """Make the keys of users."""
    keys = Keys(folder / "plain", folder / "locked", folder / "stranger")
    make_key(keys.plain)
    make_key(keys.locked, PASSPHRASE)
    make_key(keys.stranger)
    return keys


def make_key(path: Path, passphrase: str = "", kind: str = "ed25519") -> None:
    """Make a key pair with little key stretching; it protects nothing."""
    words = ["ssh-keygen", "-q", "-t", kind, "-a", "1", "-N", passphrase, "-C", path.name, "-f", str(path)]
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL)


class SshServer:
    """One sshd, started by its owner, and everything that runs below it.

    The user's own files (`known_hosts`, `config`) are those of `home`; the board's home, which logins see as HOME, is
    `board_home`. Both are folders of the test.

    Args:
        folder: where all its files lie.
        keys: the keys of users; two of them may log in.
        host: the address that it listens on.
        port: the port; None chooses a free one of this machine.
        prefix: what starts the tree of processes, for instance `unshare --net`.
        home: the user's home, where several servers have the same user.
    """

    def __init__(
        self,
        folder: Path,
        keys: Keys,
        host: str = LOOPBACK,
        port: int | None = None,
        prefix: Sequence[str] = (),
        home: Path | None = None,
    ) -> None:
        self.folder, self.keys, self.host = folder, keys, host
        self.port = port or free_port()
        self.user = getpass.getuser()
        self.home, self.board_home = home or folder / "home", folder / "board-home"
        self.known_hosts = self.home / ".ssh" / "known_hosts"
        self.host_key = folder / "host_key"
        self.log = folder / "sshd.log"
        self.options: dict[str, str] = {}
        for path in (self.known_hosts.parent, self.board_home):
            path.mkdir(parents=True, exist_ok=True)
        make_key(self.host_key)
        self.log.touch()
        authorized = [path.with_suffix(".pub").read_text() for path in (keys.plain, keys.locked)]
        (folder / "authorized_keys").write_text("".join(authorized))
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        self.tree = ProcessTree(prefix)
        self._listener = 0

    # The server

    def start(self, **options: str) -> None:
        """Start listening; `options` are settings of sshd_config that stay until others are given.

        Raises:
            RuntimeError: it does not; with its log.
        """
        self.options.update(options)
        config = self.folder / "sshd_config"
        config.write_text("".join(f"{key} {value}\n" for key, value in self._settings().items()))
        said = self.log.stat().st_size
        self._listener = self.tree.start([str(SSHD), "-D", "-f", str(config), "-E", str(self.log)])

        def listens() -> bool:
            return b"Server listening on" in self.log.read_bytes()[said:]

        def over() -> bool:
            return self._listener not in {process.pid for process in self.tree.processes()}

        wait_for(lambda: listens() or over(), START_S)
        if not listens():
            raise RuntimeError(f"sshd does not start:\n{self.log.read_text()[-3000:]}")

    def _settings(self) -> dict[str, str]:
        environment = f"SHLVL=5 HOME={self.board_home}"  # as a shell below another one: it reads no .bashrc
        settings = {
            "ListenAddress": self.host,
            "Port": str(self.port),
            "HostKey": str(self.host_key),
            "AuthorizedKeysFile": str(self.folder / "authorized_keys"),
            "PidFile": "none",
            "StrictModes": "no",
            "PermitRootLogin": "yes",
            "UsePAM": "no",
            "UseDNS": "no",
            "PasswordAuthentication": "no",
            "KbdInteractiveAuthentication": "no",
            "MaxStartups": "200",
            "MaxSessions": "100",
            "Subsystem": "sftp internal-sftp",
            "SetEnv": environment,
            "LogLevel": "VERBOSE",
        }
        return settings | self.options

    def stop(self) -> None:
        """End the listener; sessions go on."""
        send([self._listener], signal.SIGKILL)
        self._wait_gone([self._listener])

    def restart(self, **options: str) -> None:
        """Listen again with other settings; sessions go on."""
        self.stop()
        self.start(**options)

    def close(self) -> None:
        """Kill everything."""
        self.tree.close()

    # Its keys

    def trust(self) -> None:
        """Let the user's known_hosts say what the host's key is."""
        kind, key = self.host_key.with_suffix(".pub").read_text().split()[:2]
        self._know([f"{self.name_in_known_hosts} {kind} {key}"])

    def forget(self) -> None:
        """Let the user's known_hosts say nothing of this host."""
        self._know([])

    def _know(self, lines: list[str]) -> None:
        with _KNOWING:
            known = self.known_hosts.read_text().splitlines() if self.known_hosts.exists() else []
            others = [line for line in known if line.split()[0] != self.name_in_known_hosts]
            self.known_hosts.write_text("".join(f"{line}\n" for line in [*others, *lines]))

    def change_host_key(self, kind: str = "ed25519") -> None:
        """Listen again with another host key, which the user's known_hosts does not have."""
        for path in (self.host_key, self.host_key.with_suffix(".pub")):
            path.unlink()
        make_key(self.host_key, kind=kind)
        self.restart()

    @property
    def name_in_known_hosts(self) -> str:
        """How known_hosts names it."""
        return self.host if self.port == 22 else f"[{self.host}]:{self.port}"

    @property
    def fingerprint(self) -> str:
        """The host key's `SHA256:...`."""
        words = ["ssh-keygen", "-lf", str(self.host_key.with_suffix(".pub"))]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()[1]

    def client_options(self, *more: str, key: Path | None = None) -> list[str]:
        """What `ssh` and `scp` need to log in here as the user, with the plain key unless another one is given."""
        settings = (
            f"Port={self.port}",
            f"User={self.user}",
            f"IdentityFile={key or self.keys.plain}",
            f"UserKnownHostsFile={self.known_hosts}",
            "GlobalKnownHostsFile=/dev/null",
            "IdentitiesOnly=yes",
            "BatchMode=yes",
            "LogLevel=ERROR",
            *more,
        )
        return ["-F", "none", *(word for setting in settings for word in ("-o", setting))]

    # What befalls it

    def sessions(self) -> list[Process]:
        """Processes of sshd besides the listener."""
        return [process for process in self._of_sshd() if process.pid != self._listener]

    def programs(self, *words: str) -> list[Process]:
        """What runs on the board: processes that are no sshd, of which all of these stand in the argument list."""
        found = [process for process in self.tree.processes() if not _is_sshd(process)]
        return [process for process in found if all(word in process.words for word in words)]

    def left(self) -> list[str]:
        """What still runs besides the listener, one a line."""
        return [str(process) for process in self.tree.processes() if process.pid != self._listener]

    def kill(self) -> None:
        """SIGKILL to sshd, the listener and all its sessions; what they started goes on."""
        self._signal_sshd(signal.SIGKILL)

    def kill_sessions(self) -> None:
        """SIGKILL to the sessions; one may log in again at once."""
        pids = [process.pid for process in self.sessions()]
        send(pids, signal.SIGKILL)
        self._wait_gone(pids)

    def freeze(self) -> None:
        """SIGSTOP to sshd; what it started goes on."""
        send([process.pid for process in self._of_sshd()], signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT to sshd."""
        send([process.pid for process in self._of_sshd()], signal.SIGCONT)

    def reboot(self) -> None:
        """SIGKILL to everything, as when the power goes; it listens again after `start`."""
        while pids := [process.pid for process in self.tree.processes()]:
            send(pids, signal.SIGKILL)
            self._wait_gone(pids)

    def _signal_sshd(self, number: signal.Signals) -> None:
        pids = [process.pid for process in self._of_sshd()]
        send(pids, number)
        self._wait_gone(pids)

    def _of_sshd(self) -> list[Process]:
        return [process for process in self.tree.processes() if _is_sshd(process)]

    def _wait_gone(self, pids: Sequence[int]) -> None:
        if not wait_for(lambda: not {process.pid for process in self.tree.processes()} & set(pids), START_S):
            raise RuntimeError(f"killed processes do not go: {self.left()}")


def _is_sshd(process: Process) -> bool:
    """Whether it is the server itself; newer ones have helpers of their own beside it."""
    return Path(process.program).name.startswith("sshd")


def free_port() -> int:
    """A port of this machine on which nobody listens just now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
