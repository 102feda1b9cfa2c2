"""Private keys to log in with: from files, and from the user's key agent."""

from __future__ import annotations

import base64
import binascii
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from paramiko.pkey import UnknownKeyType

from targets.ssh.known_hosts import fingerprint
from workbench.base.errors import BoardError

MAX_KEY_BYTES: Final = 1 << 20
AGENT_S = 30.0
"""How long a key agent may take: it may ask a person for a touch."""
_FIDO: Final = (b"sk-ssh-ed25519@openssh.com", b"sk-ecdsa-sha2-nistp256@openssh.com")
_CONVERT: Final = "Convert it with: ssh-keygen -p -f"


class PassphraseNeeded(Exception):
    """The file cannot be opened without its passphrase, or not with this one."""


def load_key(path: Path, passphrase: str | None = None) -> paramiko.PKey:
    """A private key from a file.

    Raises:
        PassphraseNeeded: it is encrypted, and no passphrase or a wrong one was given.
        BoardError: it cannot be read or is no key that can be used.
    """
    data = _read(path)
    if _is_fido(data):
        text = f"{path} belongs to a security key, which only a key agent can use"
        raise BoardError(text, f"Add it to the agent first: ssh-add {path}; then touch the security key when asked.")
    secret = None if passphrase is None else passphrase.encode()
    try:
        return paramiko.PKey.from_path(path, secret)  # type: ignore[arg-type]  # bytes is what it takes
    except TypeError as error:
        raise PassphraseNeeded from error
    except (ValueError, paramiko.SSHException, UnknownKeyType, UnsupportedAlgorithm) as error:
        if passphrase is not None and isinstance(error, ValueError):
            raise PassphraseNeeded from error
        raise BoardError(f"{path} is no private key that can be used: {error}", f"{_CONVERT} {path}") from error


def public_half(path: Path) -> bytes | None:
    """The key that stands in the `.pub` beside a private key, as it goes over the wire; None where there is none."""
    try:
        words = path.with_name(path.name + ".pub").read_bytes()[:MAX_KEY_BYTES].split()
        return base64.b64decode(words[1])
    except (OSError, IndexError, binascii.Error, ValueError):
        return None


def describe_key(key: paramiko.PKey) -> str:
    """A key as people compare it."""
    return f"{key.get_name()} {fingerprint(key.asbytes())}"


@contextmanager
def agent_keys(place: str | None) -> Iterator[tuple[paramiko.AgentKey, ...]]:
    """The keys of the key agent, which must stay open while one of them signs; none where there is no agent.

    Args:
        place: its socket; None is the environment's, `none` is no agent at all.
    """
    if place == "none":
        yield ()
        return
    if place in {None, "SSH_AUTH_SOCK"}:
        place = os.environ.get("SSH_AUTH_SOCK")
    try:
        agent = _AgentAt(place) if place and hasattr(socket, "AF_UNIX") else paramiko.Agent()
    except (paramiko.SSHException, OSError):
        yield ()
        return
    try:
        yield agent.get_keys()
    finally:
        agent.close()


class _AgentAt(paramiko.Agent):
    """The agent that listens on a socket of the file system."""

    def __init__(self, path: str) -> None:
        paramiko.agent.AgentSSH.__init__(self)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(AGENT_S)
        try:
            connection.connect(str(Path(path).expanduser()))
            self._connect(connection)  # type: ignore[attr-defined]  # what the library's own agent calls
        except (OSError, paramiko.SSHException):
            connection.close()
            raise


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_KEY_BYTES)
    except OSError as error:
        raise BoardError(
            f"the key {path} cannot be read: {error.strerror}", "Name a private key with --key."
        ) from error


def _is_fido(data: bytes) -> bool:
    """Whether an OpenSSH private key's readable half says that it lies in a security key."""
    body = b"".join(line for line in data.splitlines() if not line.startswith(b"-----"))
    try:
        return any(kind in base64.b64decode(body)[:2000] for kind in _FIDO)
    except (binascii.Error, ValueError):
        return False
