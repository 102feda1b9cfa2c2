"""What layers in float cost on one board: engines and latencies of INT8 and float, shared out by weights and work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.views.optimise.values import MODEL_KEY, CandidateRow

if TYPE_CHECKING:
    from workbench.pipeline.kept_ranking import KeptRanking

FLOAT_BYTES = 3
"""What a weight takes more in float32 than in INT8."""


@dataclass(frozen=True)
class Costs:
    """What keeping everything in float would cost on one board; None where it is not known."""

    macs: int
    weights: int
    size_bytes: float
    """Of the engine, all weights in float."""
    small_bytes: int | None
    """Of the engine of INT8 as it is; None where there is none, and `size_bytes` is from the weights."""
    speed_ms: float | None
    p99_ms: float | None
    """Of INT8 as it is."""


def find_costs(ranking: KeptRanking, rows: Sequence[CandidateRow], board: str) -> Costs:
    """From the engines and latencies of INT8 and float on this board; sizes from weights where there are none."""
    macs = sum(group.mac_count for group in ranking.groups)
    weights = sum(group.weight_count for group in ranking.groups)
    model = next(row for row in rows if row.key == MODEL_KEY)
    plain = [row for row in rows if row.precision == "int8" and not row.kept and not row.stale and not row.is_replaced]
    full = next((speed for speed in model.speeds if speed.board == board), None)
    small = next((speed for row in plain[-1:] for speed in row.speeds if speed.board == board), None)
    if full is None or small is None:
        return Costs(macs, weights, FLOAT_BYTES * weights, None, None, None)
    small_bytes = small.engine_bytes if full.engine_bytes is not None else None
    size = FLOAT_BYTES * weights if small_bytes is None else (full.engine_bytes or 0) - small_bytes
    slow, fast = full.p99.value, small.p99.value
    speed = None if slow is None or fast is None else slow - fast
    return Costs(macs, weights, float(size), small_bytes, speed, fast)


def costs_basis(costs: Costs, board: str) -> str:
    sizes = f"the engines on {board}" if costs.small_bytes is not None else "3 bytes a weight"
    if costs.speed_ms is None:
        return f"Sizes from {sizes}. No latency: int8 and fp32 were not both verified on {board}."
    return f"Sizes from {sizes}, latency from int8 and fp32 there, by share of the work."


def part_of(amount: int, total: int) -> float:
    return amount / total if total else 0.0
