"""known_hosts as OpenSSH reads it: a line that is wrong spoils nothing but itself."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import hmac
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from targets.road import Standing
from workbench.base.atomic import cannot_write
from workbench.base.errors import BoardError

MAX_FILE_BYTES: Final = 16 << 20
_HASHED: Final = "|1|"
_KRL: Final = b"SSHKRL\n\0"
"""How a list of revoked keys begins that `ssh-keygen -k` wrote."""
_MARKERS: Final = ("@revoked", "@cert-authority")


@dataclass(frozen=True)
class Entry:
    """One line."""

    marker: str
    hosts: str
    """Names and patterns with commas, or one hashed name."""
    key_type: str
    key: bytes
    """The key as it goes over the wire."""
    path: Path
    line: int

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.path}:{self.line}"

    def names(self, name: str) -> bool:
        """Whether the line is about a host."""
        if self.hosts.startswith(_HASHED):
            return _is_hash_of(self.hosts, name)
        return _is_match(self.hosts, name)


@dataclass(frozen=True)
class Finding:
    """A host's key, judged."""

    standing: Standing
    entry: Entry | None = None
    """The line that says so."""
    by_authority: bool = False
    """Whether a @cert-authority line names the host, which Slipway cannot use."""


class KnownHosts:
    """The entries of several files.

    Args:
        paths: files; those that are not there have no entries.
        tell: told of each line that is passed over.
    """

    def __init__(self, paths: Iterable[Path], tell: Callable[[str], None] = lambda _text: None) -> None:
        self.entries = [entry for path in paths for entry in _read(path, tell)]

    def key_types(self, name: str) -> tuple[str, ...]:
        """The types of the keys by which a host is known."""
        found = [entry.key_type for entry in self.entries if not entry.marker and entry.names(name)]
        return tuple(dict.fromkeys(found))

    def judge(self, name: str, key_type: str, key: bytes, fallback: str | None = None) -> Finding:
        """What the files say of a key.

        Args:
            name: the host as known_hosts names it.
            key_type: the type of the key that it shows.
            key: that key, as it goes over the wire.
            fallback: another name that only counts where it has this very key: the host without its port.
        """
        ours = [entry for entry in self.entries if entry.names(name)]
        by_authority = any(entry.marker == "@cert-authority" for entry in ours)
        others = [entry for entry in self.entries if fallback and entry.names(fallback)]
        for entry in (*ours, *others):
            if entry.marker == "@revoked" and entry.key == key:
                return Finding(Standing.REVOKED, entry)
        plain = [entry for entry in ours if not entry.marker]
        for entry in (*plain, *others):
            if not entry.marker and entry.key == key:
                return Finding(Standing.KNOWN, entry)
        if plain:
            same_type = [entry for entry in plain if entry.key_type == key_type]
            return Finding(Standing.CHANGED, (same_type or plain)[0])
        return Finding(Standing.UNKNOWN, by_authority=by_authority)


def fingerprint(key: bytes) -> str:
    """The `SHA256:...` of a key, as `ssh-keygen -l` shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def is_fingerprint(text: str, key: bytes) -> bool:
    """Whether a text is a key's fingerprint, with `SHA256:` before it or without."""
    return text.removeprefix("SHA256:") == fingerprint(key).removeprefix("SHA256:")


def find_revoked(path: Path, key: bytes) -> str | None:
    """Where a file of RevokedHostKeys has a key: its line; None where it has not.

    Raises:
        BoardError: it cannot be read as a list of keys, so that no key can be trusted.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        hint = "Mend the file, or RevokedHostKeys in your SSH configuration: no host is trusted without it."
        raise BoardError(f"cannot read the revoked host keys in {path}: {error.strerror}", hint) from error
    if data.startswith(_KRL) or len(data) > MAX_FILE_BYTES:
        hint = "Name a list of public keys in RevokedHostKeys, one a line: no host is trusted without it."
        raise BoardError(f"{path} (RevokedHostKeys) is no list of keys that Slipway reads", hint)
    text = base64.b64encode(key)
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.lstrip().startswith(b"#") and text in line.split():
            return f"{path}:{number}"
    return None


def add_host(path: Path, name: str, key_type: str, key: bytes, hashed: bool) -> None:
    """Note a host's key; made with mode 600 where the file is not there.

    Args:
        path: the file.
        name: the host as known_hosts names it.
        key_type: the key's type.
        key: the key as it goes over the wire.
        hashed: whether the name is hidden; it is, too, where the file hides the names that it has.

    Raises:
        SlipwayError: the file cannot be written.
    """
    entries = _read(path, lambda _text: None)
    shown = _hash(name) if hashed or (entries and entries[-1].hosts.startswith(_HASHED)) else name
    line = f"{shown} {key_type} {base64.b64encode(key).decode()}\n".encode()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "rb+") as stream:
            if stream.seek(0, os.SEEK_END) and not _ends_with_newline(path):
                line = b"\n" + line
            stream.write(line)
    except OSError as error:
        raise cannot_write(path, error) from error


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) == b"\n"


def _read(path: Path, tell: Callable[[str], None]) -> list[Entry]:
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_FILE_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        tell(f"{path} cannot be read: {error.strerror}")
        return []
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        entry = _entry(words, path, number)
        if isinstance(entry, Entry):
            found.append(entry)
        else:
            tell(f"{path}:{number} is passed over: {entry}")
    return found


def _entry(words: Sequence[str], path: Path, number: int) -> Entry | str:
    """One line's words as an entry, or what is wrong with them."""
    marker = words[0] if words[0].startswith("@") else ""
    rest = words[1:] if marker else words
    if marker and marker not in _MARKERS:
        return f"the marker {marker[:40]} is not known"
    if len(rest) < 3:
        return "it has no name, type and key"
    hosts, key_type, text = rest[:3]
    if key_type.isdigit():
        return "it holds a key of SSH 1"
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return "its key is no base64"
    if key[4 : 4 + int.from_bytes(key[:4], "big")] != key_type.encode():
        return f"its key is no {key_type[:40]}"
    return Entry(marker, hosts, key_type, key, path, number)


def _is_match(hosts: str, name: str) -> bool:
    """Whether a list of patterns has a host; one that is denied is not meant, whatever else matches."""
    found = False
    for pattern in hosts.split(","):
        denied = pattern.startswith("!")
        if _matches(pattern.removeprefix("!"), name):
            if denied:
                return False
            found = True
    return found


def _matches(pattern: str, name: str) -> bool:
    """`*` and `?` are wild, brackets mean themselves."""
    return fnmatch.fnmatchcase(name.lower(), pattern.lower().replace("[", "[[]"))


def _is_hash_of(hidden: str, name: str) -> bool:
    parts = hidden.split("|")
    if len(parts) != 4:
        return False
    try:
        salt, digest = base64.b64decode(parts[2]), base64.b64decode(parts[3])
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(hmac.new(salt, name.lower().encode(), hashlib.sha1).digest(), digest)


def _hash(name: str) -> str:
    salt = os.urandom(20)
    digest = hmac.new(salt, name.lower().encode(), hashlib.sha1).digest()
    return f"{_HASHED}{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"
