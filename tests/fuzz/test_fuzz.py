"""Hostile input in all the ways of this folder: what failed once, and ten seconds of new inputs each."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.fuzz import replies
from tests.fuzz.case import NAMES
from tests.fuzz.driver import Driver, Report

CORPUS = Path(__file__).parent / "corpus"
SECONDS = 10.0
SEED = 1
KEPT = sorted(path for path in CORPUS.rglob("*") if path.is_file() and path.name != "README.md")


def require(report: Report) -> None:
    """Fail with what the report says to a person."""
    if report.failures or not report.cases:
        pytest.fail("\n".join(report.lines()), pytrace=False)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", NAMES)
def test_that_what_failed_once_is_taken_or_refused(name: str, tmp_path: Path) -> None:
    kept = [path for path in KEPT if path.parent.name == name]
    require(Driver(name, tmp_path).replay(kept))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", NAMES)
def test_that_hostile_input_is_taken_or_refused(name: str, tmp_path: Path) -> None:
    require(Driver(name, tmp_path).run(SECONDS, SEED))


@pytest.mark.slow
@pytest.mark.parametrize("method", sorted(set(replies.METHODS) - {"follow"}))
def test_that_an_honest_board_is_taken(method: str, tmp_path: Path) -> None:
    """Else the others would all be refused for no reason of theirs. (What a run recorded is never honest here.)"""
    case = replies.honest_talk(method, Random(1))
    (tmp_path / case.name).write_bytes(case.data)
    report = Driver("replies", tmp_path / "kept").replay([tmp_path / case.name])
    assert dict(report.outcomes) == {f"{method} taken": 1}, report.lines()


def test_that_each_kept_input_is_small_and_of_a_fuzzer() -> None:
    assert {path.parent.name for path in KEPT} == set(NAMES)
    assert not [path for path in KEPT if path.stat().st_size > 20_000]
