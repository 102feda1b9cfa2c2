"""Whether a host is the one that it was: known, new, changed or revoked; nothing is accepted in silence."""

from __future__ import annotations

import base64
from typing import Final

from targets.person import CONFIRM, Person
from targets.road import Road, ShownKey, Standing
from targets.ssh.config import DEFAULT_PORT, Hop
from targets.ssh.known_hosts import Finding, KnownHosts, add_host, find_revoked, fingerprint, is_fingerprint
from workbench.base.errors import BoardError

FLAG: Final = "--accept-host-key"


def check_host(
    hop: Hop,
    known: KnownHosts,
    key_type: str,
    key: bytes,
    person: Person,
    accepted: str | None,
    road: Road | None = None,
) -> None:
    """Let a known host pass, ask about a new one and note its key where it is accepted.

    Args:
        hop: the host.
        known: what is known of hosts.
        key_type: the type of the key that it shows.
        key: that key, as it goes over the wire.
        person: asked about a new host.
        accepted: the fingerprint that was accepted beforehand.
        road: told the key and what is known of it, before anything else comes of it.

    Raises:
        BoardError: it is new and nobody accepts it, or its key changed or is revoked.
    """
    name = hop.name_in_known_hosts
    without_port = hop.hostname if hop.host_key_alias is None and hop.port != DEFAULT_PORT else None
    finding = known.judge(name, key_type, key, without_port)
    revoked_by = finding.entry.place if finding.entry and finding.standing is Standing.REVOKED else None
    places = (revoked_by, *(find_revoked(path, key) for path in hop.revoked))
    place = next((place for place in places if place is not None), None)
    if road is not None:
        road.show(_shown(name, key_type, key, finding, place))
    if place is not None:
        text = f"{name} shows the {_kind(key_type)} key {fingerprint(key)}, which {place} revokes"
        raise BoardError(text, "Do not use this machine before you know how it came by that key.")
    if finding.standing is Standing.KNOWN:
        return
    if finding.standing is Standing.CHANGED:
        raise _changed(name, finding, key_type, key)
    _accept(name, finding, key_type, key, person, accepted)
    if hop.known_hosts:
        add_host(hop.known_hosts[0], name, key_type, key, hop.hash_known_hosts)
    else:
        person.tell(f"{name} is trusted this once: your SSH configuration notes no hosts (UserKnownHostsFile none).")


def _shown(name: str, key_type: str, key: bytes, finding: Finding, revoked_by: str | None) -> ShownKey:
    text, entry = base64.b64encode(key).decode(), finding.entry
    if revoked_by is not None:
        return ShownKey(name, _kind(key_type), text, fingerprint(key), Standing.REVOKED, known_place=revoked_by)
    if entry is None:
        return ShownKey(name, _kind(key_type), text, fingerprint(key), finding.standing)
    known = (_kind(entry.key_type), fingerprint(entry.key), entry.place, str(entry.path))
    return ShownKey(name, _kind(key_type), text, fingerprint(key), finding.standing, *known)


def _accept(name: str, finding: Finding, key_type: str, key: bytes, person: Person, accepted: str | None) -> None:
    shown = fingerprint(key)
    if accepted is not None:
        if not is_fingerprint(accepted, key):
            text = (
                f"{name} is not known and shows the {_kind(key_type)} key {shown}, not {accepted}, which was accepted"
            )
            raise BoardError(
                text, "Look at the fingerprint on the board itself: ssh-keygen -lf /etc/ssh/ssh_host_*.pub"
            )
        return
    authority = " (A @cert-authority line names it: certificates of hosts are not supported.)"
    note = authority if finding.by_authority else ""
    text = f"{name} is not known. Its {_kind(key_type)} key is {shown}.{note} Trust it from now on?"
    if person.ask(CONFIRM, text, (), f"{FLAG} {shown} (of slipway boards add and probe)") != "yes":
        raise BoardError(f"{name} was not trusted", "Compare the fingerprint with the board's own, then try again.")


def _changed(name: str, finding: Finding, key_type: str, key: bytes) -> BoardError:
    entry = finding.entry
    if entry is None:
        return BoardError(f"the host key of {name} changed")
    text = (
        f"the host key of {name} changed: it shows the {_kind(key_type)} key {fingerprint(key)}, "
        f"known is the {_kind(entry.key_type)} key {fingerprint(entry.key)} ({entry.place})"
    )
    hint = (
        "Somebody may stand between you and the board. If the board was set up anew and this is its key, "
        f"forget the old one: ssh-keygen -R '{name}' -f {entry.path}"
    )
    return BoardError(text, hint)


def _kind(key_type: str) -> str:
    """`ssh-ed25519` as people say it."""
    return key_type.removeprefix("ssh-").removeprefix("ecdsa-sha2-").upper()
