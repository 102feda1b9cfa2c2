"""An item of the project tree: what a project holds, by kind, each with its state and the page that shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TreeItem:
    """One line of the tree."""

    key: str
    """Stable and unique in its project, so that what is open and selected stays so."""
    title: str
    icon: str
    """A Lucide name."""
    state: str = ""
    """`ok`, `stale`, `warn`, `err`, `run`, `todo` …; empty: no mark."""
    state_text: str = ""
    """The state in words, for the tooltip and assistive technology."""
    stage: str = ""
    """The page that shows it; empty: it is a heading."""
    target: object = None
    """What that page's `open` is given."""
    children: tuple[TreeItem, ...] = ()
