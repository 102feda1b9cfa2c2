"""Sentences of intake that several places say; importing this costs nothing."""

from __future__ import annotations

from typing import Final

NOT_CONFIRMED: Final = "preprocessing not confirmed by outside data"
"""The finding of a project that has neither labels nor exported detections, or whose model finds nothing of them."""
