"""Rows of the ranking as they are painted, and the scale of the predicted overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.views.optimise.ranking_values import GroupRow, RankingView

CURVE_TICKS = 3
KEEP, GROUP, LOSS, SIZE, SPEED, CURVE = range(6)
"""The columns of the table."""


@dataclass(frozen=True)
class Scale:
    """The axis of the predicted overlap."""

    low: float
    high: float
    limit: float

    def at(self, value: float, rect: QRectF) -> float:
        """Where a value stands, px."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return rect.x() + 12 + min(max(share, 0.0), 1.0) * (rect.width() - 24)


@dataclass(frozen=True)
class RankLine:
    """A row: a group, or INT8 as it is, which comes first."""

    place: int
    group: GroupRow | None
    kept: bool
    value: float | None
    """Predicted overlap with this and all above in float."""
    before: float | None
    after: float | None
    """Of the rows above and below."""
    largest: float
    """The largest loss of all groups."""
    scale: Scale | None
    marked: bool = False
    """Whether its value is written beside its point."""
    last_kept: bool = False


def rank_lines(groups: Sequence[GroupRow], view: RankingView | None, kept: set[str]) -> tuple[RankLine, ...]:
    largest = max((group.loss for group in groups), default=0.0)
    if view is None:
        return tuple(RankLine(at, group, False, None, None, None, largest, None) for at, group in enumerate(groups))
    scale, values = scale_of(view), [view.start, *(group.predicted for group in groups)]
    chosen = [at for at, group in enumerate(groups) if group.name in kept]
    last = chosen[-1] if chosen and chosen == list(range(len(chosen))) else None
    crossing = next((at for at, value in enumerate(values) if value is not None and value >= view.limit), None)
    lines = []
    for at, value in enumerate(values):
        group = groups[at - 1] if at else None
        lines.append(
            RankLine(
                place=at - 1,
                group=group,
                kept=group is not None and group.name in kept,
                value=value,
                before=values[at - 1] if at else None,
                after=values[at + 1] if at + 1 < len(values) else None,
                largest=largest,
                scale=scale,
                marked=at
                in {0, crossing, None if crossing is None else crossing - 1, None if last is None else last + 1},
                last_kept=last is not None and at == last + 1,
            )
        )
    return tuple(lines)


def scale_of(view: RankingView) -> Scale:
    values = [
        value for value in (view.start, *(row.predicted for row in view.rows), view.limit, 1.0) if value is not None
    ]
    low, high = min(values), max(values)
    span = (high - low) or 0.01
    return Scale(low - 0.08 * span, high + 0.04 * span, view.limit)


def ticks_of(scale: Scale) -> list[float]:
    """A few round values, and the limit; none so near to it that their numbers would touch."""
    from ui.widgets.ticks import multiples, nice_step

    step = nice_step(scale.high - scale.low, CURVE_TICKS)
    apart = 0.3 * (scale.high - scale.low)
    rounds = [value for value in multiples(scale.low, scale.high, step) if abs(value - scale.limit) >= apart]
    return sorted([*rounds, scale.limit])


def tick_text(value: float, scale: Scale) -> str:
    """A tick as short as the others; the limit as it is."""
    from ui.widgets.ticks import nice_step, number_text

    return f"{value:g}" if value == scale.limit else number_text(value, nice_step(scale.high - scale.low, CURVE_TICKS))
