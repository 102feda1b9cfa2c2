"""Whether a candidate that was made to be quicker is: against the last run of the float32 one on the same board."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workbench.results.run_record import RunRecord

PARENT = "fp32"
"""The recipe that others are made to be quicker than."""
_NOISE = 1.02
"""A smaller ratio of medians is not worth a word."""


def slower_than_parent(
    chain: Mapping[str, Any], board_id: str, figures: Mapping[str, Any], runs: Iterable[RunRecord]
) -> str | None:
    """A finding in words where the float32 candidate of the same model was quicker on this board; else None.

    Args:
        chain: of the run, as its record has it.
        board_id: of its board.
        figures: of the run.
        runs: earlier ones, oldest first; the last that can be compared counts.
    """
    mine = _median_us(figures)
    if chain["candidate"]["recipe"] == PARENT or mine is None:
        return None
    name = str(chain["candidate"]["name"])
    for run in reversed(list(runs)):
        theirs = _median_us(run.figures)
        if theirs is not None and _is_parent(run, chain, board_id):
            if mine <= theirs * _NOISE:
                return None
            other = _link(run.chain, "candidate", "name")
            return (
                f"The candidate {name} is slower than {other} on this board: a frame takes "
                f"{mine / 1e3:.1f} ms against {theirs / 1e3:.1f} ms in run {run.number} (medians, back to back). "
                "What it costs in accuracy buys nothing here."
            )
    return None


def _is_parent(run: RunRecord, chain: Mapping[str, Any], board_id: str) -> bool:
    """Whether an earlier run is of the parent; its record may lack whatever this one has."""
    same_model = _link(run.chain, "model", "sha256") == chain["model"]["sha256"]
    same_runtime = _link(run.chain, "engine", "name") == chain["engine"]["name"]
    parent = _link(run.chain, "candidate", "recipe") == PARENT and run.board.get("id") == board_id
    return parent and same_model and same_runtime


def _link(chain: Mapping[str, Any], stage: str, key: str) -> object:
    """What a chain says of a stage; None where it says nothing."""
    link = chain.get(stage)
    return link.get(key) if isinstance(link, Mapping) else None


def _median_us(figures: Mapping[str, Any]) -> float | None:
    value = figures.get("latency", {}).get("p50_us")
    return float(value) if isinstance(value, int | float) else None
