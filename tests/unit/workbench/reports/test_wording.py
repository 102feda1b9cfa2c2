"""Values as people read them."""

from __future__ import annotations

import pytest

from workbench.evaluate.verdict import Outcome, Verdict
from workbench.reports.wording import interval_text, limit_text, quantity_text, samples_text
from workbench.results.run_record import RequirementResult


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "ms", "—"),
        (0.0123, "s", "12.3 ms"),
        (2.0, "s", "2 s"),
        (3e-6, "s", "3 µs"),
        (-0.002, "s", "-2 ms"),
        (1.28e8, "B", "128 MB"),
        (0.0, "ms", "0 ms"),
        (0.953, "", "0.953"),
        (80.0, "°C", "80 °C"),
    ],
)
def test_that_quantities_are_scaled_to_read_well(value: float | None, unit: str, text: str) -> None:
    assert quantity_text(value, unit) == text


def verdict(**fields: object) -> Verdict:
    return Verdict(outcome=Outcome.PASS, reason="x", **fields)  # type: ignore[arg-type]


def test_that_an_open_end_is_said() -> None:
    assert interval_text(verdict(lower=0.01, upper=None, unit="s")) == "10 ms to open"
    assert interval_text(verdict(value=1.0)) == ""


def test_that_samples_say_what_they_are_worth_and_how_many_would_decide() -> None:
    assert samples_text(verdict()) == ""
    assert samples_text(verdict(samples=600, effective_samples=310.4)) == "600 samples, worth 310.4"
    assert samples_text(verdict(samples=600, effective_samples=599.9, needed=900)) == "600 samples; 900 would decide"


@pytest.mark.parametrize(
    ("kind", "limit", "relation", "unit", "text"),
    [
        ("latency", "50ms", "<=", "ms", "≤ 50ms"),
        ("throughput", "30 fps", ">=", "fps", "≥ 30 fps"),
        ("temperature", "80", "<=", "°C", "≤ 80 °C"),
        ("detection_iou", "0.95", ">=", "", "≥ 0.95"),
        ("resource_cpu_threads", "2", "<=", "threads", "≤ 2 threads"),
        ("memory_peak", "128 MB", "", "B", "128 MB"),
        ("latency", "≤ 50 ms", "<=", "ms", "≤ 50 ms"),
        ("continuous_operation", "24 hours", "<=", "MB", "24 hours"),
        ("confidence_range", "[0, 1]", "<=", "", "[0, 1]"),
        ("invalid_size", "Reject with error code", ">=", "", "Reject with error code"),
    ],
)
def test_that_a_limit_has_its_relation_and_a_bare_number_its_unit(
    kind: str, limit: str, relation: str, unit: str, text: str
) -> None:
    item = RequirementResult(
        id="x", path="x", kind=kind, title="x", criterion="x", limit_text=limit, confirmed=True, verifies=(),
        defaults=(), verdict=verdict(relation=relation, unit=unit),
    )  # fmt: skip
    assert limit_text(item) == text
