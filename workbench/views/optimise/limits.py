"""The limits that candidates are judged by, as the documents have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.views.optimise.values import BoardCell, Cell, Limit

if TYPE_CHECKING:
    from projects.project import Project
    from projects.requirements import Requirement

_METRICS = {"mAP50": "map50", "mAP50-95": "map50_95", "recall": "recall", "precision": "precision"}
_SIGNS = {"<=": "≤", ">=": "≥"}


@dataclass(frozen=True)
class Limits:
    """Of accuracy, overlap and latency; None where the documents set none."""

    accuracy: Limit | None
    overlap: Limit | None
    latency: Limit | None
    metric: str
    """Of the accuracy, as runs have it: `map50`; empty where there are no labels."""
    metric_name: str
    statistic: str

    @property
    def all(self) -> tuple[Limit, ...]:
        """Those that there are."""
        return tuple(limit for limit in (self.overlap, self.accuracy, self.latency) if limit is not None)

    def against(
        self, accuracy: Cell, overlap: Cell | None, speeds: Sequence[BoardCell]
    ) -> Iterator[tuple[Limit, list[tuple[str, Cell]]]]:
        """Each limit with the figures that it judges: (board, or nothing where it is not of a board; figure).

        `overlap` is None for what overlaps are measured against.
        """
        if self.overlap is not None and overlap is not None:
            yield self.overlap, [("", overlap)]
        if self.accuracy is not None:
            yield self.accuracy, [("", accuracy)]
        if self.latency is not None:
            yield self.latency, [(speed.board, speed.p99) for speed in speeds]


def read_limits(project: Project) -> Limits:
    """The limits of a project."""
    named = project.requirements
    accuracy = next((item for item in named if _is_overall(item)), None)
    overlap = next((item for item in named if item.kind == "detection_iou" and item.limit is not None), None)
    latency = next((item for item in named if item.kind == "latency" and item.limit is not None), None)
    labelled = project.settings.frames is not None and project.settings.frames.labels is not None
    metric = str(accuracy.parameters["metric"]) if accuracy is not None else "mAP50" if labelled else ""
    statistic = str(latency.parameters.get("statistic", "p99")) if latency is not None else "p99"
    return Limits(
        None if accuracy is None else _limit(accuracy, metric),
        None if overlap is None else _limit(overlap, "IoU"),
        None if latency is None else _limit(latency, f"latency {statistic}", 1e3, " ms"),
        _METRICS.get(metric, ""),
        metric,
        statistic,
    )


def _is_overall(item: Requirement) -> bool:
    parameters = item.parameters
    absolute = item.kind == "accuracy" and parameters.get("basis") == "absolute"
    return absolute and parameters.get("class_name") is None and item.limit is not None


def _limit(item: Requirement, name: str, factor: float = 1.0, unit: str = "") -> Limit:
    value = (item.limit or 0.0) * factor
    return Limit(item.kind, item.id, name, value, f"{_SIGNS.get(item.relation, '')} {value:g}{unit}".strip())
