"""The budgets of a live run's tiles: what the project's requirements allow, in the units of the tiles."""

from __future__ import annotations

from collections.abc import Sequence

from projects.requirements import Requirement
from workbench.live.figures import Budget

_KINDS = {
    "throughput": ("throughput", 1.0, "fps"),
    "memory_peak": ("memory", 1e-6, "MB"),
    "temperature": ("temperature", 1.0, "°C"),
    "power": ("power", 1.0, "W"),
}
"""Kind of requirement to tile, factor and unit."""


def budgets_of(requirements: Sequence[Requirement]) -> tuple[Budget, ...]:
    """One budget a tile; the stricter where several requirements speak of one."""
    found: dict[str, Budget] = {}
    for item in requirements:
        budget = _budget_of(item)
        if budget is not None:
            known = found.get(budget.key)
            found[budget.key] = budget if known is None else _stricter(known, budget)
    return tuple(found.values())


def _budget_of(item: Requirement) -> Budget | None:
    if item.limit is None:
        return None
    if item.kind == "latency":
        key = {"p50": "latency_p50", "median": "latency_p50", "p99": "latency_p99"}.get(
            str(item.parameters.get("statistic"))
        )
        return None if key is None else Budget(key, item.limit * 1e3, f"≤ {item.limit * 1e3:g} ms", False, item.id)
    if item.kind not in _KINDS:
        return None
    key, factor, unit = _KINDS[item.kind]
    at_least = item.relation == ">="
    limit = item.limit * factor
    return Budget(key, limit, f"{'≥' if at_least else '≤'} {limit:,g} {unit}", at_least, item.id)


def _stricter(one: Budget, other: Budget) -> Budget:
    return max(one, other, key=lambda item: item.limit if item.at_least else -item.limit)
