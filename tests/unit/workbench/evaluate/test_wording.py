"""Numbers in reasons."""

from __future__ import annotations

import pytest

from workbench.evaluate import wording


@pytest.mark.parametrize(
    ("value", "text"),
    [(12.3456, "12.35"), (0.0, "0"), (12500.4, "12500"), (0.000712, "0.000712"), (999.96, "1000"), (3e-7, "3e-07")],
)
def test_that_figures_have_four_digits(value: float, text: str) -> None:
    assert wording.number(value) == text


def test_that_units_and_counts_are_said() -> None:
    assert wording.percent(0.00407) == "0.407 %"
    assert wording.megabytes(128e6) == "128.0 MB (122.1 MiB)"
    assert (wording.count(1, "start"), wording.count(0, "start")) == ("1 start", "0 starts")
    assert wording.interval(None, 2.5, "ms") == "open to 2.5 ms"
    assert wording.amount(0.95) == "0.95"
    assert [wording.duration(seconds) for seconds in (60, 1800, 86400)] == ["60 s", "30 min", "24 h"]
