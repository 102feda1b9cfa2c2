"""Where a board is reached and as whom: what was said of it, completed by the user's own SSH configuration."""

from __future__ import annotations

import getpass
import hashlib
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from workbench.base.errors import BoardError, UsageError

DEFAULT_PORT: Final = 22
MAX_HOPS: Final = 8
LOOK_UP_S: Final = 10.0
DEFAULT_KEYS: Final = ("id_ed25519", "id_ecdsa", "id_rsa")
_KNOWN_HOSTS: Final = ("userknownhostsfile", "globalknownhostsfile")
_WORD: Final = re.compile(r'"([^"]*)"|(\S+)')
_PATH_BEGINS: Final = re.compile(r"[/~%]|\$\{|__PROGRAMDATA__|[A-Za-z]:[\\/]|none$")
_TOKEN: Final = re.compile(r"%(.?)|\$\{([^}]*)\}")
_HOST: Final = re.compile(r"[A-Za-z0-9_.:%][A-Za-z0-9_.:%-]*")
_USER: Final = re.compile(r"[^\s@:/\\'\"`$;&|<>(){}*?!#~-][^\s@:/\\'\"`$;&|<>(){}*?!#~]*")
_HOP: Final = re.compile(r"(?:ssh://)?(?:(?P<user>[^@]+)@)?(?P<host>\[[^\]]+\]|[^:\[\]]+)(?::(?P<port>\d+))?/?")


@dataclass(frozen=True)
class SshAddress:
    """What a person said of a board."""

    host: str
    """A name, an address, or an alias of the user's SSH configuration."""
    port: int | None = None
    user: str | None = None
    key: Path | None = None
    """A private key to log in with, before all others."""

    def __post_init__(self) -> None:
        """Refuse what is no host, port or user.

        Raises:
            UsageError: with what was expected.
        """
        if not _HOST.fullmatch(self.host):
            hint = "Give a name, an address, or an alias of ~/.ssh/config"
            user = "; the user by itself, with --user" if "@" in self.host else ""
            raise UsageError(f"{self.host[:80]!r} is no host", f"{hint}{user}.")
        if self.port is not None and not 0 < self.port < 65536:
            raise UsageError(f"port {self.port} is none", "Give a number from 1 to 65535.")
        if self.user is not None and not _USER.fullmatch(self.user):
            raise UsageError(f"{self.user[:80]!r} is no user", "Give the name of an account on the board.")

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        user = "" if self.user is None else f"{self.user}@"
        return f"{user}{host}" if self.port is None else f"{user}{host}:{self.port}"


@dataclass(frozen=True)
class Hop:
    """One machine where we log in: the board, or one on the way to it."""

    hostname: str
    port: int
    user: str
    keys: tuple[Path, ...] = ()
    """Private keys that may be there, in the order in which they are tried."""
    known_hosts: tuple[Path, ...] = ()
    """The user's own; the first is where a new host is noted, and without any it is noted nowhere."""
    global_known_hosts: tuple[Path, ...] = ()
    """Those of all users, which are only read."""
    revoked: tuple[Path, ...] = ()
    """Lists of host keys that are not trusted any more."""
    host_key_alias: str | None = None
    hash_known_hosts: bool = False
    identities_only: bool = False
    """Whether a key agent may offer no other keys than these."""
    agent: str | None = None
    """Where the key agent listens; None: wherever the environment says; `none`: it is not asked."""
    jumps: tuple[Hop, ...] = field(default=(), repr=False)
    """The machines on the way, nearest first."""

    @property
    def name_in_known_hosts(self) -> str:
        """How known_hosts names it."""
        if self.host_key_alias is not None:
            return self.host_key_alias
        return self.hostname if self.port == DEFAULT_PORT else f"[{self.hostname}]:{self.port}"

    def __str__(self) -> str:
        return f"{self.user}@{self.name_in_known_hosts}"


def ssh_folder() -> Path:
    """Where this user's SSH files lie."""
    return Path.home() / ".ssh"


def look_up(address: SshAddress) -> Hop:
    """The board as the user's SSH configuration completes it, with the machines on the way.

    Raises:
        BoardError: the configuration cannot be read, or asks for what is not supported.
        UsageError: a machine on the way is named in no way that is known.
    """
    return _look_up(address, MAX_HOPS)


def _look_up(address: SshAddress, hops_left: int) -> Hop:
    settings = _ask_ssh(address) or _read_config(address)
    command = _first(settings, "proxycommand")
    if command not in {None, "none"}:
        text = f"{address.host} is reached by a ProxyCommand in your SSH configuration, which Slipway does not support"
        raise BoardError(text, "Use ProxyJump for it, or give the board's address.")
    hop = _hop(address, settings)
    jumps = _first(settings, "proxyjump")
    if jumps in {None, "none", ""}:
        return hop
    if hops_left == 0:
        text = f"more than {MAX_HOPS} machines are on the way to {address.host}"
        raise BoardError(text, "Look at ProxyJump in your SSH configuration: it may lead in a circle.")
    first, *others = [_parse_hop(text) for text in str(jumps).split(",")]
    nearest = _look_up(first, hops_left - 1)
    way = (*nearest.jumps, replace(nearest, jumps=()), *(_look_up_alone(other) for other in others))
    return replace(hop, jumps=way)


def _look_up_alone(address: SshAddress) -> Hop:
    return _hop(address, _ask_ssh(address) or _read_config(address))


def _parse_hop(text: str) -> SshAddress:
    found = _HOP.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"ProxyJump {text[:80]!r} is no machine", "Write it as user@host:port.")
    port = found["port"]
    return SshAddress(found["host"].strip("[]"), int(port) if port else None, found["user"])


def _hop(address: SshAddress, settings: dict[str, list[str]]) -> Hop:
    hop = Hop(
        hostname=_first(settings, "hostname") or address.host,
        port=int(_first(settings, "port") or address.port or DEFAULT_PORT),
        user=_first(settings, "user") or address.user or getpass.getuser(),
        host_key_alias=_first(settings, "hostkeyalias"),
        hash_known_hosts=_first(settings, "hashknownhosts") == "yes",
        identities_only=_first(settings, "identitiesonly") == "yes",
    )
    known = _paths(hop, address, settings, "userknownhostsfile")
    named = _paths(hop, address, settings, "identityfile")
    agent = _first(settings, "identityagent")
    return replace(
        hop,
        keys=((address.key,) if address.key is not None else ()) + tuple(path for path in named if path != address.key),
        known_hosts=known if "userknownhostsfile" in settings else (ssh_folder() / "known_hosts",),
        global_known_hosts=_paths(hop, address, settings, "globalknownhostsfile"),
        revoked=_paths(hop, address, settings, "revokedhostkeys"),
        agent=agent if agent is None or agent.startswith("$") else _expand(agent, hop, address, settings),
    )


def _paths(hop: Hop, address: SshAddress, settings: dict[str, list[str]], key: str) -> tuple[Path, ...]:
    """The files that a setting names, in their order; `none` names none."""
    named = (value for value in settings.get(key, ()) if value not in {"none", ""})
    return tuple(_path(_expand(value, hop, address, settings)) for value in named)


def _expand(text: str, hop: Hop, address: SshAddress, settings: dict[str, list[str]]) -> str:
    """A value with what its tokens (`%h`) and variables (`${NAME}`) stand for.

    Raises:
        BoardError: one of them stands for nothing that is known.
    """
    tokens = _tokens(hop, address, _first(settings, "proxyjump") or "")

    def value(found: re.Match[str]) -> str:
        known = os.environ.get(found[2]) if found[2] is not None else tokens.get(found[1])
        if known is None:
            hint = f"Write out what {found[0]} stands for."
            raise BoardError(f"your SSH configuration names {text[:200]!r}, with {found[0]} in it", hint)
        return known

    return _TOKEN.sub(value, text)


def _tokens(hop: Hop, address: SshAddress, jumps: str) -> dict[str, str]:
    """What tokens stand for, as `man ssh_config` has them."""
    here = socket.gethostname()
    connection = f"{here}{hop.hostname}{hop.port}{hop.user}{jumps}"
    own = {"i": str(os.getuid())} if hasattr(os, "getuid") else {}
    return own | {
        "%": "%",
        "C": hashlib.sha1(connection.encode(), usedforsecurity=False).hexdigest(),
        "d": str(Path.home()),
        "h": hop.hostname,
        "j": jumps,
        "k": hop.host_key_alias or address.host,
        "L": here.partition(".")[0],
        "l": here,
        "n": address.host,
        "p": str(hop.port),
        "r": hop.user,
        "u": getpass.getuser(),
    }


def _first(settings: dict[str, list[str]], key: str) -> str | None:
    values = settings.get(key)
    return values[0] if values else None


def _path(text: str) -> Path:
    """A path of the configuration; those of the account's home move with HOME."""
    path = Path(os.path.expanduser(text))  # noqa: PTH111 - on POSIX it follows HOME, as everything else of ours
    home = _home_of_account()
    return Path.home() / path.relative_to(home) if home is not None and path.is_relative_to(home) else path


def _home_of_account() -> Path | None:
    """The home by the list of accounts, which `ssh` goes by, where HOME names another one; else None."""
    home = Path(os.path.expanduser(f"~{getpass.getuser()}"))  # noqa: PTH111 - the account's, whatever HOME says
    return home if home.is_absolute() and home != Path.home() else None


def _ask_ssh(address: SshAddress) -> dict[str, list[str]] | None:
    """What `ssh -G` says, which knows Include, Match and all; None where there is no `ssh`."""
    ssh = shutil.which("ssh")
    if ssh is None:
        return None
    own = ssh_folder() / "config"
    moved = ["-F", str(own) if own.is_file() else "none"] if _home_of_account() is not None else []
    port = [] if address.port is None else ["-p", str(address.port)]
    user = [] if address.user is None else ["-l", address.user]
    command = [ssh, "-G", *moved, *port, *user, "--", address.host]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=LOOK_UP_S, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BoardError(
            f"`ssh -G {address.host}` does not answer: {error}", "Check your SSH configuration."
        ) from error
    if done.returncode != 0:
        detail = done.stderr.strip()[-2000:]
        raise BoardError(f"your SSH configuration cannot be used for {address.host}", "Mend what ssh names.", detail)
    return _parse(done.stdout.splitlines())


def _parse(lines: Sequence[str]) -> dict[str, list[str]]:
    settings: dict[str, list[str]] = {}
    for line in lines:
        key, _, value = line.partition(" ")
        settings.setdefault(key, []).extend(_split_paths(value) if key in _KNOWN_HOSTS else [value])
    return settings


def _split_paths(text: str) -> list[str]:
    """The paths of one line of `ssh -G`, which quotes none: a word that begins no path goes on with the one before."""
    paths: list[str] = []
    for word in text.split(" "):
        if paths and not _PATH_BEGINS.match(word):
            paths[-1] += f" {word}"
        else:
            paths.append(word)
    return paths


def _read_config(address: SshAddress) -> dict[str, list[str]]:
    """The same from the configuration file, where there is no `ssh` to ask; Include is not followed then."""
    from paramiko import ConfigParseError, SSHConfig

    path = ssh_folder() / "config"
    try:
        found = SSHConfig.from_path(str(path)).lookup(address.host) if path.is_file() else {}
    except (OSError, ConfigParseError, ValueError) as error:
        raise BoardError(f"{path} cannot be read: {error}", "Mend the file.") from error
    settings = {key: value if isinstance(value, list) else [value] for key, value in dict[str, Any](found).items()}
    if address.port is not None:
        settings["port"] = [str(address.port)]
    if address.user is not None:
        settings["user"] = [address.user]
    settings.setdefault("identityfile", [str(ssh_folder() / name) for name in DEFAULT_KEYS])
    for key in set(_KNOWN_HOSTS) & set(settings):
        settings[key] = [quoted or plain for quoted, plain in _WORD.findall(" ".join(settings[key]))]
    return settings
