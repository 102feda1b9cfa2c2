"""The driver finds what it is there to find: a fuzzer that cannot fail would say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.driver import Driver, Report

FOUND = {
    "novel": "an error of 100000 characters",
    "silent": "an error of 0 characters",
    "half": "an error that cannot be printed",
    "defect": "the product calls it its own defect",
    "crash": "ZeroDivisionError: crash",
    "die": "the process died: signal SIGABRT",
    "hang": "hangs: over 1 s",
    "memory": "MemoryError",
    "write": "touched what it must not: open writes to",
    "remove": "touched what it must not: os.remove writes to",
    "read": "which lies outside of the project",
    "start": "touched what it must not: subprocess.Popen",
}


def replay(word: str, folder: Path) -> Report:
    (folder / "input--case.txt").write_text(word)
    return Driver("victim", folder / "kept", limit_s=1.0).replay([folder / "input--case.txt"])


@pytest.mark.slow
@pytest.mark.parametrize("word", FOUND)
def test_that_a_failure_is_found_and_its_input_kept(word: str, tmp_path: Path) -> None:
    report = replay(word, tmp_path)
    assert [FOUND[word] in failure.text for failure in report.failures] == [True], report.lines()
    assert report.failures[0].kept is not None
    assert report.failures[0].kept.read_text() == word


@pytest.mark.slow
@pytest.mark.parametrize(("word", "outcome"), [("take", "taken"), ("refuse", "refused")])
def test_that_what_is_taken_or_refused_in_words_is_no_failure(word: str, outcome: str, tmp_path: Path) -> None:
    report = replay(word, tmp_path)
    assert (report.failures, dict(report.outcomes)) == ([], {outcome: 1})


@pytest.mark.slow
def test_that_a_seed_gives_the_same_inputs_and_the_count_is_kept(tmp_path: Path) -> None:
    first, second = (Driver("victim", tmp_path / "kept").run(60, 7, cases=20) for _ in range(2))
    assert first.cases == second.cases == 20
    assert first.outcomes == second.outcomes
    assert set(first.outcomes) == {"taken", "refused"}


@pytest.mark.slow
def test_that_it_goes_on_behind_what_hangs_or_dies(tmp_path: Path) -> None:
    words = ["hang", "take", "die", "take"]
    paths = [tmp_path / f"{number}--case.txt" for number in range(len(words))]
    for path, word in zip(paths, words, strict=True):
        path.write_text(word)
    report = Driver("victim", tmp_path / "kept", limit_s=1.0).replay(paths)
    assert dict(report.outcomes) == {"failed": 2, "taken": 2}
