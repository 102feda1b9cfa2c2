"""A project's own head: a Python file, read as bytes, and run only where a person has trusted these bytes."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.base.atomic import write_json
from workbench.base.errors import UsageError
from workbench.base.hashing import sha256_bytes

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

FILE = "trusted_heads.json"
FORMAT = "slipway.trusted_heads/1"
FLAG = "--trust-head"
MAX_HEAD_BYTES = 1 << 20
LEAST_PREFIX = 8
"""So many digits of a sha256 a person has to give; fewer are no statement."""
_MAX_LIST_BYTES = 1 << 20


@dataclass(frozen=True)
class OwnHead:
    """The file that a project names as its head; `source` is code that may be untrusted."""

    path: Path
    source: bytes
    sha256: str
    home: Path
    """Where the state of the user lies, with what they trust."""

    @property
    def trusted(self) -> bool:
        """Whether a person has trusted exactly these bytes."""
        return self.sha256 in _read(self.home)

    def require_trust(self) -> None:
        """Refuse to run code that nobody trusted.

        Raises:
            UsageError: with its sha256 and how to trust it.
        """
        if not self.trusted:
            raise UsageError(
                f"{self.path} is Python code that decodes the model's outputs, and it is not trusted yet "
                f"(sha256 {self.sha256})",
                f"Read it. To trust it: {FLAG} {self.sha256[:12]}.",
            )

    def trust(self) -> None:
        """Remember that a person trusts these bytes.

        Raises:
            SlipwayError: the list cannot be written.
        """
        known = _read(self.home)
        known[self.sha256] = {"path": str(self.path.resolve()), "at": time.time()}
        write_json(self.home / FILE, {"format": FORMAT, "heads": known})


def read_own_head(path: Path, home: Path) -> OwnHead:
    """The file as bytes; nothing of it is run.

    Raises:
        UsageError: it cannot be read, or is too large to be a head.
    """
    try:
        with path.open("rb") as stream:
            source = stream.read(MAX_HEAD_BYTES + 1)
    except OSError as error:
        hint = "Correct `slipway: head:`, or put the file there."
        raise UsageError(f"cannot read the head {path}: {error.strerror or error}", hint) from error
    if len(source) > MAX_HEAD_BYTES:
        raise UsageError(f"the head {path} is larger than {MAX_HEAD_BYTES} bytes", "A head is a file of one function.")
    return OwnHead(path, source, sha256_bytes(source), home)


def trust_by_prefix(own: OwnHead, prefix: str) -> None:
    """Trust the head whose sha256 begins so, which a person gave as `--trust-head`.

    Raises:
        UsageError: the file's sha256 begins otherwise, or the text is too short to say which file is meant.
    """
    given = prefix.strip().lower()
    if len(given) < LEAST_PREFIX or not own.sha256.startswith(given):
        few = f"; at least {LEAST_PREFIX} digits are needed" if len(given) < LEAST_PREFIX else ""
        raise UsageError(
            f"{FLAG} {prefix[:80]} is not {own.path}, whose sha256 is {own.sha256}{few}",
            f"Read the file as it is now. To trust it: {FLAG} {own.sha256[:12]}.",
        )
    own.trust()


def settle_trust(own: OwnHead, context: JobContext) -> None:
    """Ask a person whether the project's own code may run, once for each content of the file.

    Raises:
        UsageError: they do not trust it, or nobody is there to be asked.
        Cancelled: the job was stopped instead.
    """
    if own.trusted:
        return
    if not context.interactive:
        own.require_trust()
    lines = own.source.count(b"\n") + 1
    question = (
        f"This project decodes its model's outputs by Python code of its own: {own.path} ({lines} lines, sha256 "
        f"{own.sha256[:12]}). It runs on this machine and on the board with your rights. Have you read it, and do you "
        "trust it?"
    )
    if context.ask("confirm", question, flag=f"{FLAG} {own.sha256[:12]}") != "yes":
        raise UsageError(
            f"{own.path} is not trusted, so nothing can decode the model's outputs",
            "Use one of Slipway's heads, or read the file and trust it.",
        )
    own.trust()


def _read(home: Path) -> dict[str, Any]:
    """What is trusted, by sha256; nothing where the list is missing or damaged: then a person is asked again."""
    try:
        with (home / FILE).open("rb") as stream:
            document = json.loads(stream.read(_MAX_LIST_BYTES))
        heads = document["heads"] if document["format"] == FORMAT else {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return dict(heads) if isinstance(heads, dict) else {}
