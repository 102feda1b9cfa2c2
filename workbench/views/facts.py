"""What stands in an inspector: facts under headings, with their words ready to show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """One line: a name and its value."""

    name: str
    value: str
    level: str = ""
    """`ok`, `warn` or `err`, as the value's colour; empty for a plain one."""
    link: str = ""
    """What it opens: `candidate:` and its sha256; empty for nothing."""
    copies: str = ""
    """What is copied where the value is shortened, such as a whole sha256."""
    read: str = ""
    """When it was read, where it may be old."""
    mono: bool = False
    known: bool = True
    """False where the value says that it is not known."""


@dataclass(frozen=True)
class FactGroup:
    """Facts under a heading."""

    title: str
    facts: tuple[Fact, ...]
