"""How far an attempt to reach a board over SSH came: the machines on the way, and where it stopped."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Stage(enum.Enum):
    """What is done at one machine, in this order."""

    LOOK_UP = "look up"
    """The user's SSH configuration is read."""
    CONNECT = "connect"
    HANDSHAKE = "handshake"
    HOST_KEY = "host key"
    LOGIN = "login"
    DONE = "done"


class Standing(enum.Enum):
    """What the user's files say of a host's key."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    CHANGED = "changed"
    REVOKED = "revoked"


@dataclass(frozen=True)
class Stop:
    """One machine on the way; the board itself is the last."""

    host: str
    """Its name or address, as it is dialled."""
    port: int
    user: str


@dataclass(frozen=True)
class ShownKey:
    """The key that a host showed, and what was known of it."""

    host: str
    """As known_hosts names it."""
    kind: str
    """As people say it: `ED25519`."""
    base64: str
    """The key as it stands in a `.pub` file."""
    fingerprint: str
    """`SHA256:...`."""
    standing: Standing
    known_kind: str | None = None
    known_fingerprint: str | None = None
    known_place: str | None = None
    """File and line that say otherwise, or revoke it."""
    known_path: str | None = None


class Road:
    """One attempt after the other, each in one thread at a time; what is read of it is that of the last one."""

    def __init__(self) -> None:
        self.stops: tuple[Stop, ...] = ()
        """Nearest first; empty until the configuration was read."""
        self.number = 0
        """The stop that the attempt is at."""
        self.stage = Stage.LOOK_UP
        self.key: ShownKey | None = None
        """Of the machine that it is at, once it was shown."""

    def begin(self, stops: tuple[Stop, ...]) -> None:
        """The way is known."""
        self.stops = stops
        self.enter(0, Stage.CONNECT)

    def enter(self, number: int, stage: Stage) -> None:
        """Something begins at a stop."""
        if number != self.number or stage is Stage.CONNECT:
            self.key = None
        self.number, self.stage = number, stage

    def show(self, key: ShownKey) -> None:
        """A host showed its key."""
        self.key = key
