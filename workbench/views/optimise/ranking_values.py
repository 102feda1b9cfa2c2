"""What the ranking of layers shows, as values: groups and what they cost, a choice of them, predicted and measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NONE, HERE, STALE = "none", "here", "stale"


@dataclass(frozen=True)
class GroupRow:
    """One group of layers."""

    name: str
    """As the ranking has it."""
    label: str
    """Without what all groups' names begin with."""
    words: str
    """`4 layers`."""
    loss: float
    """IoU lost when this group alone is in INT8."""
    loss_text: str
    snr_db: float | None
    snr_text: str
    size_bytes: float | None
    """What the engine grows by when it stays in float; None where nobody knows."""
    size_text: str
    speed_ms: float | None
    """What the latency grows by; None where nobody knows."""
    speed_text: str
    predicted: float | None = None
    """IoU if this group and all above stay in float; None while the ranking is still made."""
    predicted_text: str = ""
    passes: bool | None = None
    """Whether that meets the limit; None where it is not known."""


@dataclass(frozen=True)
class ComparedFigure:
    """A figure as the ranking predicted it and as it was measured."""

    name: str
    predicted: str
    measured: str
    outcome: str = ""


@dataclass(frozen=True)
class Choice:
    """Groups that stay in float, and what that would give."""

    kept: tuple[str, ...]
    keep: tuple[str, ...]
    """What `--keep` takes."""
    name: str
    """Of the candidate that this choice makes, such as `int8-k6`."""
    made: str
    """Key of the candidate that was made of just this choice; empty where none was."""
    text: str
    """`6 of 19 groups in float: IoU 0.955 predicted, +0.60 MB, +2.8 ms`."""
    note: str
    """What this choice is, in a sentence."""
    score: float
    p99_ms: float | None
    """On the board; None where that cannot be predicted."""
    passes: bool
    command: str


@dataclass(frozen=True)
class RankingView:
    """The ranking of a project's model."""

    state: str
    """`none`, `here` or `stale`."""
    why: str
    """Why it is stale, or cannot be made; empty where neither."""
    takes: str
    """About how long ranking takes, in words; empty where nobody knows."""
    board: str
    rows: tuple[GroupRow, ...]
    start: float | None
    """IoU of INT8 as it is."""
    start_text: str
    limit: float
    limit_text: str
    scale_low: float
    """Where the scale of the predicted IoU may begin."""
    made: str
    """When, and on how many frames."""
    proposal: tuple[str, ...] | None
    """Groups to keep for the fewest that pass; None where no list does."""
    proposal_text: str
    basis: str
    """What sizes and speeds rest on, in a sentence."""
    compared: Mapping[str, tuple[ComparedFigure, ...]]
    """By key of a candidate: predicted and measured."""
    kept: Mapping[str, tuple[str, ...]]
    """By key of a candidate: the groups that it keeps in float."""
