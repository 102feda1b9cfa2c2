"""Candidates in the plane of latency and accuracy, for one board: intervals, limits, and which are dominated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.views.optimise.limits import Limits
from workbench.views.optimise.values import MODEL_KEY, BoardColumn, CandidateRow, Cell, Limit, Plot, Point

IOU = "IoU"


def make_plots(rows: Sequence[CandidateRow], boards: Sequence[BoardColumn], limits: Limits) -> tuple[Plot, ...]:
    """Of each board, by accuracy where there are labels, and by overlap."""
    names = [*((limits.metric_name,) if limits.metric else ()), IOU]
    return tuple(
        make_plot([row for row in rows if not row.is_replaced], place, board.name, name, limits)
        for place, board in enumerate(boards)
        for name in names
    )


def make_plot(rows: Sequence[CandidateRow], place: int, board: str, y_name: str, limits: Limits) -> Plot:
    """Of one board.

    Args:
        rows: candidates that are shown.
        place: of the board among the speeds of a row.
        board: its name.
        y_name: `IoU` or the accuracy's name.
        limits: of the project.
    """
    y_limit = limits.overlap if y_name == IOU else limits.accuracy
    points = [point for row in rows if (point := _point(row, place, y_name, limits.latency, y_limit)) is not None]
    judged = [_with_dominance(point, points) for point in points]
    empty = "" if judged else f"Nothing was measured on {board} yet. Verify a candidate there."
    return Plot(board, y_name, tuple(judged), tuple(_front(judged)), limits.latency, y_limit, empty)


def _point(row: CandidateRow, place: int, y_name: str, x_limit: Limit | None, y_limit: Limit | None) -> Point | None:
    x, y = row.speeds[place].p99, row.map50 if y_name != IOU else row.iou
    if y_name == IOU and row.key == MODEL_KEY:
        y = Cell(value=1.0)
    if x.value is None or y.value is None:
        return None
    breaks = (x_limit is not None and x.value > x_limit.value) or (y_limit is not None and y.value < y_limit.value)
    return Point(
        row.key, row.name, x.value, x.low, x.high, y.value, y.low, y.high, breaks, "", bool(x.stale or y.stale)
    )


def _with_dominance(point: Point, points: Sequence[Point]) -> Point:
    from dataclasses import replace

    better = [other for other in points if _dominates(other, point)]
    best = min(better, key=lambda other: other.x, default=None)
    return point if best is None else replace(point, dominated_by=best.name)


def _dominates(one: Point, other: Point) -> bool:
    return one.x <= other.x and one.y >= other.y and (one.x, one.y) != (other.x, other.y)


def _front(points: Sequence[Point]) -> Iterator[tuple[float, float]]:
    """The corners of the steps from one undominated point to the next."""
    before: Point | None = None
    for point in sorted((point for point in points if not point.dominated_by), key=lambda point: point.x):
        if before is not None:
            yield point.x, before.y
        yield point.x, point.y
        before = point
