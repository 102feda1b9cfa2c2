"""Tests that hold for every kind of board."""

from __future__ import annotations

from typing import Final

import pytest

KINDS: Final = ("local", "ssh")
on_both = pytest.mark.parametrize("board", KINDS, indirect=True)
"""The same test on this machine and over a real OpenSSH server, each with a root of its own."""
