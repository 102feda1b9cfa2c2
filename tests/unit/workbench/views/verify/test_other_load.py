"""What other programs took of the machine, from samples of a run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from workbench.verify.evidence import Evidence
from workbench.views.verify.other_load import other_load_percent


def evidence(cores: int | None, **columns: list[float]) -> Evidence:
    """What is looked at of it."""
    table: dict[str, Any] = {name: np.array(values) for name, values in columns.items()}
    return cast("Evidence", SimpleNamespace(telemetry=table, board=SimpleNamespace(cores=cores)))


def test_that_the_engine_and_what_measures_are_no_others() -> None:
    told = evidence(2, cpu_percent=[90.0, 70.0], worker_cpu_percent=[100.0, 60.0], own_cpu_percent=[4.0, float("nan")])
    assert other_load_percent(told) == pytest.approx(((90 - 52) + (70 - 30)) / 2)


def test_that_what_was_not_measured_is_not_known() -> None:
    assert other_load_percent(evidence(2, cpu_percent=[90.0])) is None
    assert (
        other_load_percent(evidence(None, cpu_percent=[1.0], worker_cpu_percent=[1.0], own_cpu_percent=[1.0])) is None
    )
    nothing = [float("nan")]
    assert (
        other_load_percent(evidence(2, cpu_percent=nothing, worker_cpu_percent=nothing, own_cpu_percent=nothing))
        is None
    )
