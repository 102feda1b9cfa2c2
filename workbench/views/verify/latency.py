"""Latencies of a run for plots: how often, and when."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.views.verify.bins import nice_edges
from workbench.views.verify.values import LatencyView
from workbench.views.verify.words import grouped
from workbench.words import say_count

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.results.run_record import RequirementResult, RunRecord
    from workbench.session import Session

PASS_WORDS = {"back_to_back": "back to back", "paced": "paced"}
EACH_S = 1.0


def read_latency(
    _session: Session, project: Path, run: str, passed: str = "", limit_ms: float | None = None
) -> LatencyView | None:
    """Histogram and time line of one pass of a run; None where the run measured no latency.

    Args:
        project: its folder.
        run: the run's id.
        passed: `back_to_back` or `paced`; empty for the one that is judged.
        limit_ms: the limit that counts now, where it is another than the run was judged by.

    Raises:
        SlipwayError: the run cannot be read.
    """
    from projects.runs import find_run
    from workbench.pipeline.report import load_run
    from workbench.telemetry.freeze import read_parquet

    folder = find_run(project / "runs", run)
    record = load_run(folder)
    phases = record.figures.get("phases", [])
    names = next((list(phase.get("passes", [])) for phase in phases if phase.get("kind") == "latency"), [])
    if not names or "frames.parquet" not in record.files:
        return None
    item = next((one for one in record.requirements if one.kind == "latency"), None)
    judged = "" if item is None else str(item.verdict.details.get("judged") or "back_to_back")
    chosen = passed if passed in names else judged if judged in names else names[0]
    starts = _starts(read_parquet(folder.path / "frames.parquet"), phases, names.index(chosen), item)
    if not starts:
        return None
    return _view(record, chosen, names, starts, item if chosen == judged else None, item, limit_ms)


_Start = tuple[Any, Any]
"""(seconds since its first frame, latencies in ms), each [n]."""


def _starts(
    table: dict[str, NDArray[Any]], phases: Sequence[dict[str, Any]], passed: int, item: RequirementResult | None
) -> list[_Start]:
    """The answered frames of each cold start."""
    import numpy as np

    number = next(place for place, phase in enumerate(phases) if phase.get("kind") == "latency")
    column = "execute_us" if item is not None and item.parameters.get("span") == "engine" else "latency_us"
    rows = (table["phase"] == number) & (table["pass"] == passed) & (table["error"] == 0)
    rows &= np.isfinite(table[column])
    numbers, moments, values = table["start"][rows], table["mono_ns"][rows], table[column][rows]
    found = []
    for start in np.unique(numbers):
        mine = numbers == start
        seconds = (moments[mine] - moments[mine].min()) / 1e9
        found.append((seconds, values[mine].astype(np.float64) / 1e3))
    return found


def _view(
    record: RunRecord,
    chosen: str,
    names: Sequence[str],
    starts: Sequence[_Start],
    judged: RequirementResult | None,
    item: RequirementResult | None,
    now_ms: float | None,
) -> LatencyView:
    import numpy as np

    values = np.concatenate([part for _, part in starts])
    before_ms = None if item is None else item.verdict.limit
    limit_ms = before_ms if now_ms is None else now_ms
    edges, drawn = nice_edges(float(values.min()), float(values.max()), limit_ms)
    counts, _ = np.histogram(np.minimum(values, edges[-1]), edges)
    seconds, p50, p99, begins = _by_second(starts)
    verdict = None if judged is None else judged.verdict
    return LatencyView(
        run=record.id,
        passed=chosen,
        passed_text=PASS_WORDS.get(chosen, chosen),
        passes=tuple((name, PASS_WORDS.get(name, name)) for name in names),
        edges_ms=np.asarray(edges),
        counts=counts,
        p50_ms=float(np.quantile(values, 0.5)),
        p99_ms=float(np.quantile(values, 0.99)),
        judged_ms=None if verdict is None else verdict.value,
        judged_name="" if judged is None else str(judged.parameters.get("statistic", "p99")),
        lower_ms=None if verdict is None else verdict.lower,
        upper_ms=None if verdict is None else verdict.upper,
        interval_text=_interval_text(judged),
        limit_ms=limit_ms if drawn else None,
        limit_text=limit_words(limit_ms, None if limit_ms == before_ms else before_ms, drawn=drawn),
        samples_text=_samples_text(judged, values.size, len(starts)),
        outcome="" if verdict is None or limit_ms != before_ms else verdict.outcome.value,
        seconds=seconds,
        p50_each_ms=p50,
        p99_each_ms=p99,
        starts_s=begins,
    )


def limit_words(limit_ms: float | None, before_ms: float | None = None, *, drawn: bool) -> str:
    """What is said of the limit beside a plot."""
    if limit_ms is None:
        return "no limit"
    was = "" if before_ms is None else f", was {before_ms:g}"
    return f"limit {limit_ms:g} ms{was}" + ("" if drawn else ", beyond this plot")


def _interval_text(judged: RequirementResult | None) -> str:
    if judged is None or (judged.verdict.lower is None and judged.verdict.upper is None):
        return ""
    ends = (judged.verdict.lower, judged.verdict.upper)
    return " … ".join("open" if end is None else f"{end:.3g}" for end in ends)


def _samples_text(judged: RequirementResult | None, size: int, starts: int) -> str:
    worth = None if judged is None else judged.verdict.effective_samples
    text = f"{say_count(size, 'frame')}, {say_count(starts, 'start')}"
    return f"{text}, worth {grouped(worth)}" if worth is not None and round(worth) < size else text


def _by_second(
    starts: Sequence[_Start],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], tuple[float, ...]]:
    """(seconds, p50, p99, where each start begins), the starts one after the other."""
    import numpy as np

    moments, middles, tails, begins = [], [], [], []
    begin = 0.0
    for seconds, values in starts:
        begins.append(begin)
        places = (seconds // EACH_S).astype(np.int64)
        for place in range(int(places.max()) + 1):
            here = values[places == place]
            moments.append(begin + (place + 0.5) * EACH_S)
            middles.append(np.quantile(here, 0.5) if here.size else np.nan)
            tails.append(np.quantile(here, 0.99) if here.size else np.nan)
        begin += (int(places.max()) + 1) * EACH_S
    return np.array(moments), np.array(middles), np.array(tails), tuple(begins)
