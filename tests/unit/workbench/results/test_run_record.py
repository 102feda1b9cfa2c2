"""A run's record as JSON and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from projects.record_file import Author
from workbench.base.errors import SlipwayError
from workbench.evaluate.verdict import Outcome, Verdict, not_measured
from workbench.results.run_record import RequirementResult, RunRecord, RunState


def result(path: str, verdict: Verdict, title: str = "Latency", kind: str = "latency") -> RequirementResult:
    return RequirementResult(
        id=f"T/{path}", path=path, kind=kind, title=title, criterion="c", limit_text="50ms", confirmed=False,
        verifies=("MLE-1",), defaults=("a default",), verdict=verdict,
    )  # fmt: skip


def record(*requirements: RequirementResult, **fields: Any) -> RunRecord:
    values: dict[str, Any] = {
        "id": "0001-20261124T091500Z-ab12", "number": 1, "created": "2026-11-24T09:15:00Z", "by": Author("Ada", "k"),
        "state": RunState.FINISHED, "text": "", "quick": False, "only": ("latency",), "project": {"model": "M"},
        "chain": {}, "board": {"name": "b"}, "machine": {}, "tools": {}, "frames": {}, "settings": {},
        "requirements": requirements, "figures": {}, "findings": ("f",), "worst": ({"sample": 1},),
        "files": {"frames.parquet": "a" * 64},
    }  # fmt: skip
    return RunRecord(**{**values, **fields})


MEASURED = Verdict(
    outcome=Outcome.PASS, value=12.0, limit=50.0, relation="<=", unit="ms", lower=11.0, upper=13.0, samples=100,
    effective_samples=50.5, reason="well inside", details={"late": 0, "judged": "paced"},
)  # fmt: skip


@pytest.mark.parametrize("state", list(RunState))
def test_that_a_record_comes_back_as_it_was(state: RunState) -> None:
    run = record(result("a", MEASURED), result("b", not_measured("no sensor", unit="W")), state=state)
    text = json.dumps(run.to_json(), allow_nan=False)
    again = RunRecord.from_json(json.loads(text))
    assert again == run
    assert json.dumps(again.to_json()) == text


def test_that_the_worst_requirement_is_the_outcome_and_none_is_not_measured() -> None:
    assert record(result("a", MEASURED)).outcome is Outcome.PASS
    assert record(result("a", MEASURED), result("b", not_measured("x"))).outcome is Outcome.NOT_MEASURED
    assert record().outcome is Outcome.NOT_MEASURED


@pytest.mark.parametrize(
    "change",
    [
        {"state": "excellent"},
        {"requirements": [{}]},
        {"requirements": None},
        {"by": "Ada"},
        {"only": None},
        {"only": [3]},
        {"number": True},
        {"board": []},
        {"chain": {"model": "m"}},
        {"figures": {"latency": 5}},
        {"figures": {"accuracy": {"device": 5}}},
        {"tools": {"numpy": 2}},
        {"source": []},
        {"worst": [1]},
        {"worst": [{"overlay": ["x"]}]},
        {"requirements": [{**result("a", MEASURED).__dict__, "path": 4}]},
    ],
)
def test_that_an_edited_record_is_refused_in_words(change: dict[str, Any]) -> None:
    value = {**record(result("a", MEASURED)).to_json(), **change}
    with pytest.raises(SlipwayError, match=r"not the record of a run|not a verdict"):
        RunRecord.from_json(value)


def test_that_a_record_from_before_something_was_kept_is_read() -> None:
    value = record(result("a", MEASURED)).to_json()
    del value["source"], value["requirements"][0]["parameters"]
    assert RunRecord.from_json(value) == record(result("a", MEASURED))


def test_that_a_record_that_lacks_something_is_refused() -> None:
    whole = record(result("a", MEASURED)).to_json()
    for name in whole:
        if name not in {"format", "source", "kind"}:
            with pytest.raises(SlipwayError):
                RunRecord.from_json({key: value for key, value in whole.items() if key != name})
