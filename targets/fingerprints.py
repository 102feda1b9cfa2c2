"""Whether what a board's own screen says is the key that it shows over the network, and where it differs."""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from targets.road import ShownKey

GROUP: Final = 4
MAX_TEXT: Final = 64 << 10
_SHA256: Final = re.compile(r"SHA256:([A-Za-z0-9+/ \t]{8,})")
_MD5: Final = re.compile(r"(?:MD5:)?\b((?:[0-9a-fA-F]{2}:){15}[0-9a-fA-F]{2})\b")
_PUBLIC: Final = re.compile(r"\b(?:ssh-[a-z0-9-]+|ecdsa-sha2-[a-z0-9-]+)\s+([A-Za-z0-9+/]{40,}={0,2})")
_BARE: Final = re.compile(r"[A-Za-z0-9+/]{43}=?")
_KIND: Final = re.compile(r"\((ED25519|RSA|ECDSA|DSA)[^)]*\)")
_SHA256_LENGTH: Final = 43


class Match(enum.Enum):
    """What a comparison came to."""

    EQUAL = "equal"
    DIFFERENT = "different"
    NOTHING = "nothing"
    """There is no text, or no fingerprint in it."""


@dataclass(frozen=True)
class Compared:
    """A text against a shown key."""

    match: Match
    text: str
    """In words."""
    pasted: str = ""
    """The fingerprint that was found in the text."""
    differs_at: int | None = None
    """The first character of it that differs, from 0, `SHA256:` not counted."""


def compare(shown: ShownKey, text: str) -> Compared:
    """Compare a key with what a person pasted or typed: `ssh-keygen -l`, a `.pub` file, or a fingerprint alone.

    Blanks inside a fingerprint do not count, for people type it in groups. The board may print all its keys; one that
    is equal is enough.
    """
    if not text.strip():
        return Compared(Match.NOTHING, "no text yet")
    key = base64.b64decode(shown.base64)
    found = list(_fingerprints(text[:MAX_TEXT]))
    if not found:
        return Compared(Match.NOTHING, "no fingerprint in this text: paste the line that begins with 256 SHA256:")
    for kind, pasted in found:
        if pasted == _own(kind, key):
            return Compared(Match.EQUAL, "equal: it is the board's own key", pasted)
    kind, pasted = _nearest(found, key)
    return _different(shown, text, kind, pasted, _own(kind, key))


def _different(shown: ShownKey, text: str, kind: str, pasted: str, own: str) -> Compared:
    other = {name for name in _KIND.findall(text) if name != shown.kind.split("-")[0]}
    of_shown = shown.kind.split("-")[0] in _KIND.findall(text)
    if kind == "SHA256" and len(pasted) < _SHA256_LENGTH and own.startswith(pasted):
        return Compared(
            Match.DIFFERENT, f"{len(pasted)} of {_SHA256_LENGTH} characters: the rest is missing", pasted, len(pasted)
        )
    at = next((place for place, pair in enumerate(zip(pasted, own, strict=False)) if pair[0] != pair[1]), len(own))
    if other and not of_shown:
        names = " and ".join(sorted(other))
        return Compared(Match.DIFFERENT, f"that is its {names} key; the {shown.kind} key is needed", pasted, at)
    return Compared(Match.DIFFERENT, f"different from character {at + 1} on, in group {at // GROUP + 1}", pasted, at)


def _own(kind: str, key: bytes) -> str:
    if kind == "MD5":
        return hashlib.md5(key, usedforsecurity=False).hexdigest()
    return base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def _nearest(found: list[tuple[str, str]], key: bytes) -> tuple[str, str]:
    """The one that shares the longest beginning with the key's own."""

    def shared(item: tuple[str, str]) -> int:
        own = _own(item[0], key)
        return next(
            (place for place, pair in enumerate(zip(item[1], own, strict=False)) if pair[0] != pair[1]), len(own)
        )

    return max(found, key=shared)


def _fingerprints(text: str) -> Iterator[tuple[str, str]]:
    """Kind and value of each fingerprint in a text; of a public key, that of the key."""
    for line in text.splitlines():
        for public in _PUBLIC.findall(line):
            try:
                yield "SHA256", _own("SHA256", base64.b64decode(public, validate=True))
            except (binascii.Error, ValueError):
                continue
        for value in _SHA256.findall(line):
            yield "SHA256", "".join(value.split())[:_SHA256_LENGTH]
        for value in _MD5.findall(line):
            yield "MD5", value.replace(":", "").lower()
    bare = "".join(text.split())
    if _BARE.fullmatch(bare):
        yield "SHA256", bare.rstrip("=")
