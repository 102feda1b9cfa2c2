"""How a new board would be reached and logged in at, as far as this machine alone can tell."""

from __future__ import annotations

from pathlib import Path

from targets.inventory import BoardEntry
from targets.road import Stop
from targets.ssh.config import Hop, SshAddress, look_up
from targets.ssh.known_hosts import KnownHosts
from workbench.base.errors import SlipwayError
from workbench.views.boards.roads import way_stops
from workbench.views.boards.values import Way


def find_way(host: str, port: int | None, user: str | None, key: str | None) -> Way:
    """The machines on the way, who logs in and how, and whether the last one's key is known."""
    try:
        hop = look_up(SshAddress(host, port, user, Path(key).expanduser() if key else None))
    except SlipwayError as error:
        return Way((), "", "", error.summary, error.hint)
    stops = tuple(Stop(stop.hostname, stop.port, stop.user) for stop in (*hop.jumps, hop))
    return Way(way_stops(BoardEntry(host, "ssh", host), stops), _login(hop), _host(hop))


def _login(hop: Hop) -> str:
    files = [path.name for path in hop.keys if path.is_file()]
    keys = f"keys {', '.join(files)} and those of your key agent" if files else "the keys of your key agent"
    return f"as {hop.user}, with {keys}; else a password is asked for"


def _host(hop: Hop) -> str:
    known = KnownHosts((*hop.known_hosts, *hop.global_known_hosts)).key_types(hop.name_in_known_hosts)
    if known:
        return f"known by its {', '.join(kind.removeprefix('ssh-').upper() for kind in known)} key"
    return "not known: you will be shown its fingerprint and asked"
