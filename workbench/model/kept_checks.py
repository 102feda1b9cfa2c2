"""What the last checks of a model said, kept in the project's cache; they can be run again at any time."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from projects.layout import Layout
from workbench.base.atomic import write_json
from workbench.base.hashing import sha256_bytes
from workbench.model.understood import Understood
from workbench.views.model import ERR, IDLE, OK, WARN, CheckRow, ModelChecks
from workbench.words import moment_at, say_moment

FILE, FORMAT = "model_checks.json", "slipway.model_checks/1"
PREPROCESSING = "preprocessing"
"""Name of the check whose outcome confirms a way to feed the model."""
_MAX_BYTES = 1 << 20
_RANKS = {ERR: 0, WARN: 1, IDLE: 2, OK: 3}


@dataclass(frozen=True)
class KeptChecks:
    """The checks with what they were made on."""

    rows: tuple[CheckRow, ...]
    at: float
    """Seconds since 1970."""
    elapsed_s: float
    model_sha256: str
    """Of the model as it is worked with."""
    meaning: str
    """Of head, preprocessing and outside data; see `meaning_of`."""
    confirmed: str
    """What confirms the preprocessing, in words; empty where nothing does."""


def meaning_of(understood: Understood, labels: str) -> str:
    """A text that changes whenever head, preprocessing or the outside data do.

    Args:
        understood: the model as the document has it.
        labels: which data from outside there are, by path.
    """
    head = understood.head
    choice = repr(getattr(head, "choice", None))
    return sha256_bytes(f"{choice}\n{understood.feeding}\n{understood.names}\n{labels}".encode())


def keep_checks(layout: Layout, kept: KeptChecks) -> None:
    """Remember them.

    Raises:
        SlipwayError: the cache cannot be written.
    """
    rows = [
        {
            "name": row.name,
            "title": row.title,
            "text": row.text,
            "level": row.level,
            "elapsed_ms": row.elapsed_ms,
            "node": row.node,
            "hint": row.hint,
        }
        for row in kept.rows
    ]
    values = {name: getattr(kept, name) for name in ("at", "elapsed_s", "model_sha256", "meaning", "confirmed")}
    write_json(layout.cache / FILE, {"format": FORMAT, "rows": rows, **values})


def read_kept(layout: Layout) -> KeptChecks | None:
    """The last checks; None where there are none that can be read: then they are run again."""
    try:
        with (layout.cache / FILE).open("rb") as stream:
            body: dict[str, Any] = json.loads(stream.read(_MAX_BYTES))
        if body["format"] != FORMAT:
            return None
        rows = tuple(_row(item) for item in body["rows"])
        at, elapsed_s = float(body["at"]), float(body["elapsed_s"])
        words = [str(body[name]) for name in ("model_sha256", "meaning", "confirmed")]
        if not (math.isfinite(at) and math.isfinite(elapsed_s)):
            return None
        return KeptChecks(rows, at, elapsed_s, *words)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def shown_checks(kept: KeptChecks | None, model_sha256: str, meaning: str) -> ModelChecks:
    """The last checks as a page shows them, and whether they still speak of this model."""
    if kept is None:
        return ModelChecks((), "", "", "")
    stale = ""
    if kept.model_sha256 != model_sha256:
        stale = "the model is another file now"
    elif kept.meaning != meaning:
        stale = "head, preprocessing or labels have changed since"
    return ModelChecks(
        by_urgency(kept.rows), say_moment(moment_at(kept.at), today="today"), f"{kept.elapsed_s:.1f} s", stale
    )


def by_urgency(rows: Sequence[CheckRow]) -> tuple[CheckRow, ...]:
    """Problems first, else in the order in which they ran."""
    return tuple(sorted(rows, key=lambda row: _RANKS.get(row.level, 0)))


def _row(item: Any) -> CheckRow:
    elapsed = item["elapsed_ms"]
    level = str(item["level"])
    if level not in _RANKS:
        raise ValueError(f"{level} is no level")
    name, title, text, node, hint = (str(item[key])[:2000] for key in ("name", "title", "text", "node", "hint"))
    return CheckRow(name, title, text, level, None if elapsed is None else float(elapsed), node, hint)
