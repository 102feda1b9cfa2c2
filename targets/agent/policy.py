"""What a board refuses, as `policy.json` in its root says."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from . import files
from .protocol import E_POLICY, CommandError


def refusal(root: Path) -> Optional[CommandError]:
    """Why this board refuses to be changed; None where nothing forbids it.

    No format is known yet: any policy there is newer than this agent, which therefore refuses every change.
    """
    path = root / "policy.json"
    if not path.exists() and not path.is_symlink():
        return None
    try:
        form = files.read_json(path).get("format")
    except (OSError, ValueError) as error:
        form = "unreadable: %s" % error
    text = "this board has a policy (%s, format %r) that this Slipway does not know" % (path, form)
    return CommandError(E_POLICY, text, "Use a newer Slipway; it will say what the policy asks for.")


def check(root: Path) -> None:
    """Raise CommandError E_POLICY where the policy forbids changes."""
    refused = refusal(root)
    if refused is not None:
        raise refused
