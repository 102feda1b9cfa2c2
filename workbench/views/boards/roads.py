"""The way to a board that could not be reached, and the key that its host showed."""

from __future__ import annotations

import shlex
import socket
from typing import Final

from targets.inventory import BoardEntry
from targets.kept_facts import Failure, KeptBoard
from targets.road import ShownKey, Stage, Standing, Stop
from workbench.views.boards import words
from workbench.views.boards.values import HostKey, Road, RoadStop

CONNECT_S: Final = 10
_KEY_FILES: Final = {"ED25519": "ssh_host_ed25519_key.pub", "RSA": "ssh_host_rsa_key.pub"}
_LIKELY: Final = {
    Stage.LOOK_UP: "Your SSH configuration does not lead there.",
    Stage.CONNECT: "It is switched off, on another network, or its SSH server is not running.",
    Stage.HANDSHAKE: "Something answers there, but it is no SSH server that Slipway can talk to, or it is overloaded.",
    Stage.HOST_KEY: "It answers, but nothing was sent: its key is not the one that is trusted.",
    Stage.LOGIN: "It answers and is the right machine, but does not let this user in.",
    Stage.DONE: "SSH works; the agent does not start there.",
}
_HEADLINES: Final = {
    Stage.LOOK_UP: "SSH configuration",
    Stage.CONNECT: "No answer",
    Stage.HANDSHAKE: "No SSH",
    Stage.HOST_KEY: "Key not trusted",
    Stage.LOGIN: "Login refused",
    Stage.DONE: "No agent",
}


def road_of(entry: BoardEntry, kept: KeptBoard, now: float) -> Road | None:
    """The way to a board whose last attempt failed; None where it did not."""
    failure = kept.failure
    if failure is None:
        return None
    stops = kept.stops
    name = f" at {stops[failure.number].host}" if failure.number < len(stops) else ""
    what = failure.summary[:1].upper() + failure.summary[1:]
    return Road(
        stops=_stops(entry, stops, failure),
        headline=f"{_HEADLINES[failure.stage]}{name}" if entry.kind == "ssh" else "No agent",
        cause=f"{what}. {_LIKELY[failure.stage] if entry.kind == 'ssh' else ''}".strip(),
        hint=failure.hint,
        since=f"since {words.clock(failure.since_utc, now)}, tried {words.moment(failure.utc, now)}",
        command=ssh_command(entry) if entry.kind == "ssh" else "",
        detail=failure.detail,
    )


def ssh_command(entry: BoardEntry) -> str:
    """What shows on this machine where it stops."""
    return shlex.join(["ssh", "-v", "-o", f"ConnectTimeout={CONNECT_S}", *_destination(entry), "true"])


def shell_command(entry: BoardEntry) -> str:
    """What opens a terminal on a board."""
    return shlex.join(["ssh", *_destination(entry)])


def _destination(entry: BoardEntry) -> list[str]:
    words = ["-p", str(entry.port)] if entry.port is not None else []
    words += ["-l", entry.user] if entry.user is not None else []
    words += ["-i", entry.key] if entry.key is not None else []
    return [*words, entry.host or entry.name]


def host_key_of(kept: KeptBoard) -> HostKey | None:
    """The key that the host showed at the last attempt, where it was not trusted for it."""
    failure = kept.failure
    if failure is None or failure.stage is not Stage.HOST_KEY or failure.key is None:
        return None
    return shown_key(failure.key)


def shown_key(key: ShownKey) -> HostKey:
    """A key in words."""
    changed = key.standing is not Standing.UNKNOWN
    known = () if key.known_fingerprint is None else words.groups_of(key.known_fingerprint)
    forget = ""
    if key.standing is Standing.CHANGED and key.known_path is not None:
        forget = shlex.join(["ssh-keygen", "-R", key.host, "-f", key.known_path])
    return HostKey(
        host=key.host,
        kind=key.kind,
        groups=words.groups_of(key.fingerprint),
        fingerprint=key.fingerprint,
        base64=key.base64,
        command=f"ssh-keygen -lf /etc/ssh/{_KEY_FILES.get(key.kind, 'ssh_host_ecdsa_key.pub')}",
        changed=changed,
        known_kind=key.known_kind or "",
        known_groups=known,
        known_place=key.known_place or "",
        forget_command=forget,
    )


def way_stops(entry: BoardEntry, stops: tuple[Stop, ...]) -> tuple[RoadStop, ...]:
    """The machines on a way that was not tried."""
    return _stops(entry, stops, None)


def _stops(entry: BoardEntry, stops: tuple[Stop, ...], failure: Failure | None) -> tuple[RoadStop, ...]:
    shown = [RoadStop("this machine", socket.gethostname(), "passed")]
    for number, stop in enumerate(stops):
        last = number == len(stops) - 1
        address = f"{stop.user}@{stop.host}:{stop.port}"
        name = entry.name if last else stop.host
        if failure is None or number > failure.number:
            shown.append(RoadStop(name, "not tried" if failure is not None else address, "not tried"))
        else:
            shown.append(RoadStop(name, address, "failed" if number == failure.number else "passed"))
    if not stops and entry.kind == "ssh":
        shown.append(RoadStop(entry.name, entry.address, "failed" if failure is not None else "not tried"))
    return tuple(shown)
