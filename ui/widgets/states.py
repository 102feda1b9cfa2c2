"""States as a reader sees them: always icon, word and colour together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """How a state looks."""

    icon: str
    color: str
    """A token."""
    word: str


LOOKS = {
    "ok": Look("circle-check", "ok", "Current"),
    "pass": Look("circle-check", "ok", "Pass"),
    "warn": Look("triangle-alert", "warn", "Warning"),
    "stale": Look("triangle-alert", "warn", "Stale"),
    "inconclusive": Look("circle-question-mark", "warn", "Inconclusive"),
    "err": Look("circle-x", "err", "Error"),
    "fail": Look("circle-x", "err", "Fail"),
    "failed": Look("circle-x", "err", "Failed"),
    "lost": Look("unplug", "err", "Lost"),
    "run": Look("loader", "accent", "Running"),
    "running": Look("loader", "accent", "Running"),
    "waiting": Look("clock", "text2", "Queued"),
    "todo": Look("circle", "text3", "Not done"),
    "missing": Look("circle", "text3", "Missing"),
    "not measured": Look("circle-dashed", "text3", "Not measured"),
    "cancelled": Look("ban", "text2", "Stopped"),
    "interrupted": Look("unplug", "warn", "Interrupted"),
    "done": Look("circle-check", "ok", "Done"),
    "review": Look("eye", "review", "In review"),
    "ask": Look("key", "review", "Asks you"),
    "unknown": Look("circle-question-mark", "text2", "Unknown"),
}


ENDS = {"failed": ("failed", "Failed"), "lost": ("lost", "Lost"), "cancelled": ("cancelled", "Stopped")}


def end_of(state: str) -> tuple[str, str]:
    """State and word of a job that ended so; one that succeeded has ended, whatever it found."""
    return ENDS.get(state, ("done", "Ended"))


def look_of(state: str) -> Look:
    """How a state looks; a state that nobody knows looks unknown, with its own word."""
    known = LOOKS.get(state.lower())
    return known if known is not None else Look("circle-question-mark", "text2", state)
