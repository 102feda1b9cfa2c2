"""Which nodes stay in float: names and patterns as a person writes them, turned into nodes."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from workbench.base.errors import UsageError

if TYPE_CHECKING:
    import onnx


def kept_nodes(model: onnx.ModelProto, keep: Sequence[str]) -> frozenset[str]:
    """Names of the nodes that `keep` names, each entry a node's name or a pattern with `*`, `?` or `[…]`.

    Raises:
        UsageError: an entry that no node matches, with the nearest names.
    """
    names = [node.name for node in model.graph.node]
    kept: set[str] = set()
    for entry in keep:
        matched = {entry} & set(names) or set(fnmatch.filter(names, entry))
        if not matched:
            raise _unknown(entry, names)
        kept |= matched
    return frozenset(kept)


def _unknown(entry: str, names: Iterable[str]) -> UsageError:
    candidates = sorted(set(names))
    near = [name for name in candidates if entry.lower() in name.lower()][:3]
    near = near or difflib.get_close_matches(entry, candidates, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(map(repr, near))}? " if near else ""
    return UsageError(
        f"No node of the cleaned model is called {entry!r}",
        f"{hint}Names and patterns such as '/head/*' are allowed; `slipway optimise --rank` lists the groups of nodes.",
    )
