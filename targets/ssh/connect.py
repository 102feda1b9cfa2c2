"""Reaching a board: through the machines on the way, each checked and logged in at, to a line that is alive."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from targets.agent.silence import Silence
from targets.person import Person
from targets.road import Road, Stage, Stop
from targets.ssh.config import Hop, SshAddress, look_up
from targets.ssh.dial import HeardStream, Stream, dial
from targets.ssh.host_check import check_host
from targets.ssh.known_hosts import KnownHosts, is_fingerprint
from targets.ssh.line import SILENCE_S, Line, close_transports, hang_up
from targets.ssh.login import HungUp, Login, Secrets
from targets.ssh.opening import CHANNEL_S
from workbench.base.cancel import CancelToken, Deadline
from workbench.base.errors import BoardError, LinkLost

CIPHERS: Final = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr")
BANNER_S: Final = 10.0
REKEY_BYTES: Final = 1 << 35
"""Renewing keys in mid-transfer can end a connection; OpenSSH's own limit for AES is higher still."""
ATTEMPTS: Final = 3
"""A server hangs up on a person who types for long; what was typed is kept, and the connection made again."""
_SAY_NOTHING: Final = "Try it again. If it stays so, check the port: an SSH server is the first to speak."
MANY_KEYS: Final = 3
"""A server that hangs up after so many keys has had enough of them."""
_LOOK_S: Final = 0.1
_LOG: Final = "targets.ssh.transport"


@dataclass(frozen=True)
class Way:
    """How one board is reached.

    Args:
        board: its name, for errors.
        address: what a person said of it.
        person: asked what only a person can answer.
        accepted: the fingerprint of a new host key that was accepted beforehand.
        secrets: what was typed before.
        road: told how far an attempt came.
    """

    board: str
    address: SshAddress
    person: Person
    accepted: str | None
    secrets: Secrets
    road: Road = field(default_factory=Road)


def open_line(way: Way, deadline: Deadline, cancel: CancelToken) -> Line:
    """Reach a board.

    Raises:
        BoardError: it cannot be reached, is not trusted, or refuses the login.
        Cancelled: somebody stopped it.
    """
    hop = look_up(way.address)
    way.road.begin(tuple(Stop(stop.hostname, stop.port, stop.user) for stop in (*hop.jumps, hop)))
    for _ in range(ATTEMPTS):
        cancel.check()
        asked = _Asked(way.person, deadline)
        try:
            return _Climb(way, hop, asked, deadline, cancel).climb()
        except HungUp as error:
            cancel.check()
            if not asked.count or deadline.expired or error.tried >= MANY_KEYS:
                raise _hung_up(hop, error) from error
    raise BoardError(f"{hop} hung up {ATTEMPTS} times while somebody typed", "Answer sooner, or log in with a key.")


class _Asked:
    """Counts how often a person was asked, and puts the deadline off by the time that the answers took."""

    def __init__(self, person: Person, deadline: Deadline) -> None:
        self.count = 0
        self.waiting = False
        self.person = Person(self._ask, person.tell)
        self._ask_person = person.ask
        self._deadline = deadline

    def _ask(self, kind: str, text: str, choices: Sequence[str] = (), flag: str = "") -> str:
        self.count += 1
        self.waiting = True
        began_s = time.monotonic()
        try:
            return self._ask_person(kind, text, choices, flag)
        finally:
            self._deadline.extend(time.monotonic() - began_s)
            self.waiting = False


class _Climb:
    """One attempt to reach a board, machine by machine."""

    def __init__(self, way: Way, hop: Hop, asked: _Asked, deadline: Deadline, cancel: CancelToken) -> None:
        self._way = way
        self._hop = hop
        self._asked = asked
        self._deadline = deadline
        self._cancel = cancel
        self._transports: list[paramiko.Transport] = []

    def climb(self) -> Line:
        """Reach the board, or leave nothing behind."""
        hops = (*self._hop.jumps, self._hop)
        self._way.road.enter(0, Stage.CONNECT)
        sock = dial(hops[0].hostname, hops[0].port, self._deadline, self._cancel)
        done = False
        try:
            with self._hanging_up(sock):
                stream: Stream = sock
                for number, hop in enumerate(hops):
                    last = number == len(hops) - 1
                    silence = Silence()
                    self._way.road.enter(number, Stage.HANDSHAKE)
                    heard = HeardStream(stream, silence.end)
                    transport = self._enter(hop, heard, silence, self._way.address.key if last else None)
                    if not last:
                        self._way.road.enter(number + 1, Stage.CONNECT)
                        stream = _through(transport, hops[number + 1], hop)
            self._check()
            self._way.road.enter(len(hops) - 1, Stage.DONE)
            line = Line(self._way.board, sock, tuple(self._transports), silence)
            done = True
            return line
        finally:
            if not done:
                close_transports(sock, tuple(self._transports))

    @contextmanager
    def _hanging_up(self, sock: socket.socket) -> Iterator[None]:
        """Whoever cancels, and the deadline, free us from whatever we wait for."""
        done = threading.Event()

        def watch() -> None:
            while not done.wait(_LOOK_S):
                if self._deadline.expired and not self._asked.waiting:
                    hang_up(sock)

        forget = self._cancel.on_request(lambda: hang_up(sock))
        watcher = threading.Thread(target=watch, name=f"ssh-reach-{self._way.board}", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            forget()
            done.set()
            watcher.join()

    def _enter(self, hop: Hop, stream: Stream, silence: Silence, key: Path | None) -> paramiko.Transport:
        known = KnownHosts((*hop.known_hosts, *hop.global_known_hosts), self._way.person.tell)
        transport = _make_transport(stream)
        self._transports.append(transport)
        options = transport.get_security_options()
        options.ciphers = CIPHERS
        options.key_types = _preferred(known.key_types(hop.name_in_known_hosts), options.key_types)
        self._shake_hands(transport, hop, silence)
        shown = transport.get_remote_server_key()
        accepted = self._way.accepted
        if hop is not self._hop and accepted and not is_fingerprint(accepted, shown.asbytes()):
            accepted = None  # it was meant for another machine
        road = self._way.road
        road.enter(road.number, Stage.HOST_KEY)
        check_host(hop, known, shown.get_name(), shown.asbytes(), self._asked.person, accepted, road)
        road.enter(road.number, Stage.LOGIN)
        Login(transport, hop, self._asked.person, self._way.secrets, key, self._check).log_in()
        return transport

    def _shake_hands(self, transport: paramiko.Transport, hop: Hop, silence: Silence) -> None:
        shaken = threading.Event()
        try:
            transport.start_client(event=shaken)
            while not shaken.wait(_LOOK_S):
                self._check()
                if silence.look() > SILENCE_S:
                    raise LinkLost(f"{hop} says nothing any more", _SAY_NOTHING)
        except paramiko.SSHException as error:
            raise _no_handshake(hop, error) from error
        if not transport.is_active():
            self._check()
            raise _no_handshake(hop, transport.get_exception())

    def _check(self) -> None:
        self._cancel.check()
        if self._deadline.expired:
            raise BoardError(
                f"{self._way.board} was not reached in time", "Check the network and the board's SSH server."
            )


def _make_transport(stream: Stream) -> paramiko.Transport:
    transport = paramiko.Transport(stream)  # type: ignore[arg-type]  # whatever sends and receives
    _silent_log()
    transport.set_log_channel(_LOG)
    transport.packetizer.REKEY_BYTES = REKEY_BYTES
    transport.banner_timeout = BANNER_S
    transport.channel_timeout = CHANNEL_S
    return transport


def _silent_log() -> None:
    """What happens on a line is told by our own errors; the library's log would come to stderr besides."""
    logger = logging.getLogger(_LOG)
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _preferred(known: Sequence[str], types: Sequence[str]) -> tuple[str, ...]:
    """All types of keys, those by which the host is known first."""
    names = [name for kind in known for name in (("rsa-sha2-512", "rsa-sha2-256") if kind == "ssh-rsa" else (kind,))]
    first = [name for name in names if name in types]
    return (*first, *(name for name in types if name not in first))


def _through(transport: paramiko.Transport, hop: Hop, by: Hop) -> Stream:
    try:
        return transport.open_channel("direct-tcpip", (hop.hostname, hop.port), ("127.0.0.1", 0), timeout=CHANNEL_S)
    except (paramiko.SSHException, OSError, EOFError) as error:
        hint = f"Check that {by} reaches it, and that it allows forwarding (AllowTcpForwarding)."
        raise BoardError(f"{hop.hostname}, port {hop.port}, cannot be reached through {by}: {error}", hint) from error


def _no_handshake(hop: Hop, error: BaseException | None) -> BoardError:
    if isinstance(error, IncompatiblePeer):
        hint = "Its SSH server is too old (no rsa-sha2, ed25519 or ecdsa keys, or no modern exchange): update it."
        return BoardError(f"{hop} and Slipway know no common way to encrypt: {error}", hint)
    if isinstance(error, paramiko.SSHException) and "Indecipherable" in str(error):
        return BoardError(f"{hop} does not speak SSH: {error}", "Check the port.")
    if isinstance(error, paramiko.SSHException) and "banner" in str(error):
        return LinkLost(f"{hop} said nothing, or broke off before it did", _SAY_NOTHING, str(error))
    reason = str(error) or "it closed the connection"
    return LinkLost(f"{hop} broke off before the login: {reason}", "Try it again.")


def _hung_up(hop: Hop, error: HungUp) -> BoardError:
    if error.tried >= MANY_KEYS:
        hint = "A server listens to some six keys (MaxAuthTries), and your key agent offers more: name one with --key."
        return BoardError(f"{hop} hung up after {error.tried} keys that it did not accept", hint)
    return LinkLost(f"{hop} hung up during the login: {error}", "Try it again.")
