"""A verification while it goes: what its job told so far, put onto the page; light, for the window does this itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from workbench.base.events import Event, LiveValues, Progress, RecordWritten, StepStarted, VerdictReached
from workbench.telemetry.latency_bins import LATENCY_BINS, centre_us, percentile_us, split_key
from workbench.views.verify.bins import nice_edges
from workbench.views.verify.rows import count_rows, sort_rows
from workbench.views.verify.values import RUNNING, LatencyView, RequirementRow, VerifyPage
from workbench.views.verify.words import split_unit
from workbench.words import say_count

PASS_WORDS = {"back_to_back": "back to back", "paced": "paced"}
STEP = "verify"
"""The step of a job in which a run is carried out."""
_OTHERS = frozenset({"phase", "overlap", LATENCY_BINS})


@dataclass
class _Pass:
    """Latencies of one pass so far."""

    counts: Counter[int] = field(default_factory=Counter)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    """Of each block that came, about one a second."""
    starts: list[int] = field(default_factory=list)
    """At which block each cold start began."""
    start: int = -1

    def take(self, counts: Counter[int], start: int) -> None:
        if start != self.start:
            self.start = start
            self.starts.append(len(self.p50_ms))
        self.counts.update(counts)
        for share, target in ((0.5, self.p50_ms), (0.99, self.p99_ms)):
            found = percentile_us(counts, share)
            target.append(float("nan") if found is None else found / 1e3)

    def percentile_ms(self, share: float) -> float | None:
        found = percentile_us(self.counts, share)
        return None if found is None else found / 1e3


class Running:
    """What one job told of its run so far; used by one thread.

    Args:
        only: what the job was asked for: ids or kinds; empty for everything.
    """

    def __init__(self, only: tuple[str, ...] = ()) -> None:
        self.only = only
        self.step = ""
        self.text = ""
        """The step or how far it is, in words."""
        self.fraction: float | None = None
        self.phase = ""
        self.run = ""
        """The run's id, once its record is written: then the page is to be read again."""
        self._share: float | None = None
        self._done: set[str] = set()
        self._passes: dict[str, _Pass] = {}
        self._overlap: Mapping[str, float | None] = {}
        self._largest: dict[str, float] = {}
        self._frames = 0.0
        self._verdicts: dict[str, VerdictReached] = {}

    def take(self, event: Event) -> bool:
        """Take an event of the job; whether something that is shown changed."""
        match event:
            case StepStarted():
                self.step, self.text, self.fraction = event.step, event.title, None
            case Progress():
                self.text, self.fraction = event.text, event.fraction
            case LiveValues():
                self._take_values(event)
            case VerdictReached():
                self._verdicts[event.requirement] = event
            case RecordWritten() if event.kind == "run":
                self.run = event.name
            case _:
                return False
        return True

    def onto(self, page: VerifyPage) -> VerifyPage:
        """The page with what is known so far: running rows with their value and count, verdicts as they come."""
        rows = sort_rows(self._row(row) for row in page.rows)
        return replace(page, rows=rows, counts=count_rows(rows), empty_text="")

    def latency(self, limit_ms: float | None, passed: str = "") -> LatencyView | None:
        """Histogram and time line so far; None where no latency came yet.

        Args:
            limit_ms: of the requirement.
            passed: the pass; empty for the slower one.
        """
        import numpy as np

        if not self._passes:
            return None
        name = passed if passed in self._passes else self._slowest()
        mine = self._passes[name]
        known = {centre_us(place) / 1e3: many for place, many in mine.counts.items()}
        edges, drawn = nice_edges(min(known), max(known), limit_ms)
        counts, _ = np.histogram(list(known), edges, weights=list(known.values()))
        moments = np.arange(len(mine.p50_ms)) + 0.5
        total = sum(mine.counts.values())
        return LatencyView(
            run="",
            passed=name,
            passed_text=PASS_WORDS.get(name, name),
            passes=tuple((one, PASS_WORDS.get(one, one)) for one in self._passes),
            edges_ms=np.asarray(edges),
            counts=counts,
            p50_ms=mine.percentile_ms(0.5) or 0.0,
            p99_ms=mine.percentile_ms(0.99) or 0.0,
            judged_ms=None,
            judged_name="p99",
            lower_ms=None,
            upper_ms=None,
            interval_text="",
            limit_ms=limit_ms if drawn else None,
            limit_text="no limit"
            if limit_ms is None
            else f"limit {limit_ms:g} ms{'' if drawn else ', beyond this plot'}",
            samples_text=f"{say_count(total, 'frame')} so far, {say_count(len(mine.starts), 'start')}",
            outcome=RUNNING,
            seconds=moments,
            p50_each_ms=np.array(mine.p50_ms),
            p99_each_ms=np.array(mine.p99_ms),
            starts_s=tuple(float(start) for start in mine.starts),
            live=True,
        )

    def _slowest(self) -> str:
        return max(self._passes, key=lambda name: self._passes[name].percentile_ms(0.99) or 0.0)

    def _take_values(self, event: LiveValues) -> None:
        if event.stream == "phase":
            self._take_phase(event.values)
        elif event.stream == LATENCY_BINS:
            self._take_bins(event.values)
        elif event.stream == "overlap":
            self._overlap = event.values
        elif event.stream == "latency":
            self._frames += event.values.get("frames") or 0.0
        for name, value in event.values.items() if event.stream not in _OTHERS else ():
            if value is not None:
                self._largest[name] = max(value, self._largest.get(name, value))

    def _take_phase(self, values: Mapping[str, float | None]) -> None:
        for name, share in values.items():
            if name != self.phase:
                self._done |= {self.phase} - {""}
                self.phase, self._frames = name, 0.0
                self._largest.clear()
            self._share = share

    def _take_bins(self, values: Mapping[str, float | None]) -> None:
        blocks: dict[tuple[str, int], Counter[int]] = {}
        for key, many in values.items():
            passed, start, place = split_key(key)
            blocks.setdefault((passed, start), Counter())[place] += int(many or 0)
        for (passed, start), counts in sorted(blocks.items(), key=lambda entry: entry[0][1]):
            self._passes.setdefault(passed, _Pass()).take(counts, start)

    def _row(self, row: RequirementRow) -> RequirementRow:
        verdict = self._verdicts.get(row.id)
        if verdict is not None:
            return _judged(row, verdict)
        if self.only and row.id not in self.only and row.kind not in self.only:
            return row
        if row.phase in self._done:
            return _running(row, self._so_far(row.kind), "measured, judged at the end", 1.0)
        if row.phase and row.phase == self.phase:
            return _running(row, self._so_far(row.kind), self._count(row.phase), self._share)
        return _waiting(row)

    def _so_far(self, kind: str) -> str:
        """The value so far, with its unit; an em dash where nothing is known."""
        if kind == "latency" and self._passes:
            p99_ms = self._passes[self._slowest()].percentile_ms(0.99)
            return "—" if p99_ms is None else f"{p99_ms:.3g} ms"
        if kind in {"detection_iou", "output_difference"}:
            value = self._overlap.get(kind)
            return "—" if value is None else f"{value:.4g}"
        name, scale, unit = _LIVE.get(kind, ("", 1.0, ""))
        seen = self._largest.get(name)
        return "—" if seen is None else f"{seen * scale:.4g} {unit}"

    def _count(self, phase: str) -> str:
        if phase == "outputs":
            return say_count(int(self._overlap.get("frames") or 0), "frame")
        if phase == "latency":
            return say_count(sum(sum(one.counts.values()) for one in self._passes.values()), "frame")
        return say_count(int(self._frames), "frame") if self._frames else "now"


_LIVE = {
    "memory_peak": ("worker_hwm_bytes", 1e-6, "MB"),
    "memory_steady": ("worker_rss_bytes", 1e-6, "MB"),
    "temperature": ("temperature_c", 1.0, "°C"),
    "power": ("power_w", 1.0, "W"),
}
"""By kind: the live value whose largest is what is known so far, its scale and its unit."""


def _running(row: RequirementRow, value: str, evidence: str, share: float | None) -> RequirementRow:
    number, unit = split_unit(value)
    return replace(
        row,
        outcome=RUNNING,
        value=None,
        value_text=number,
        unit_text=unit,
        interval_text="",
        bar=None,
        margin=None,
        margin_text="—",
        evidence_text=evidence,
        age_text="now",
        stale="",
        limit_before="",
        reason="It is being measured. There is no verdict before its rule allows one.",
        way_out="",
        takes_s=None,
        can_decide=False,
        fraction=share,
    )


def _waiting(row: RequirementRow) -> RequirementRow:
    """It is measured later in this run; what was known before stands until then."""
    reason = row.reason if row.run else "It is measured later in this run."
    return replace(row, reason=reason, way_out="It is measured again in this run." if row.run else "", can_decide=False)


def _judged(row: RequirementRow, verdict: VerdictReached) -> RequirementRow:
    number, unit = split_unit(verdict.value_text)
    return replace(
        row,
        outcome=verdict.outcome,
        value_text=number,
        unit_text=unit,
        limit_text=verdict.limit_text or row.limit_text,
        interval_text="",
        bar=None,
        margin=None,
        margin_text="—",
        evidence_text="this run",
        age_text="now",
        stale="",
        limit_before="",
        reason=verdict.reason,
        way_out="",
        takes_s=None,
        can_decide=False,
        fraction=None,
    )
