"""A near miss becomes an edit of the text that mends the problem and touches nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from projects.acceptance_spec import AcceptanceDocument
from projects.corrections import apply_all, apply_edit, correction_of, edit_between, scalar_of, spot_of
from projects.document import read_document
from projects.problems import Problem, meant_by, suggest
from projects.yaml_file import TextInt, YamlFile

Broken = Callable[..., tuple[YamlFile, tuple[Problem, ...]]]


@pytest.fixture
def broken(reference: Path) -> Broken:
    """The reference's test specification with texts replaced, and its problems."""

    def make(*replaced: tuple[str, str]) -> tuple[YamlFile, tuple[Problem, ...]]:
        file = YamlFile.read(reference / "deployment_tests.yaml")
        text = file.text
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        edited = file.replaced(text)
        return edited, read_document(edited, AcceptanceDocument)[1]

    return make


def test_that_a_misspelt_key_is_marked_and_replaced_alone(broken: Broken) -> None:
    file, problems = broken(("warm_up_iterations", "warmup_iterations"))
    found = correction_of(file, problems[0])
    assert found is not None
    assert found.label == "Replace warmup_iterations by warm_up_iterations"
    spot = spot_of(file, problems[0])
    assert spot is not None
    assert file.text[spot.start : spot.end] == "warmup_iterations"
    assert spot.line == problems[0].line
    assert spot.column == 7
    mended = file.replaced(apply_edit(file.text, found.edit))
    assert read_document(mended, AcceptanceDocument)[1] == ()


def test_that_a_misspelt_unit_is_marked_at_the_value(broken: Broken) -> None:
    file, problems = broken(("30 fps", "30 fsp"))
    spot, found = spot_of(file, problems[0]), correction_of(file, problems[0])
    assert spot is not None
    assert file.text[spot.start : spot.end] == "30 fsp"
    assert found is not None
    assert found.replacement == "30 fps"


def test_that_all_corrections_are_made_at_once(broken: Broken, reference: Path) -> None:
    file, problems = broken(("warm_up_iterations", "warmup_iterations"), ("30 fps", "30 fsp"), ("p99", "P99"))
    assert len(problems) == 3
    assert apply_all(file, problems).text == (reference / "deployment_tests.yaml").read_text(encoding="utf-8")


def test_that_a_problem_without_a_near_miss_has_no_correction(broken: Broken) -> None:
    file, problems = broken(("50ms", "soon"))
    assert problems
    assert correction_of(file, problems[0]) is None


def test_that_nothing_is_taken_out_to_mend_a_key_without_a_value(broken: Broken) -> None:
    file, problems = broken(("128 MB", ""))
    assert problems
    assert correction_of(file, problems[0]) is None


def test_that_text_that_is_no_yaml_is_marked_where_it_breaks(broken: Broken) -> None:
    file, problems = broken(("    latency:\n", "    latency: [\n"))
    spot = spot_of(file, problems[0])
    assert spot is not None
    assert spot.line == problems[0].line
    assert correction_of(file, problems[0]) is None


def test_that_the_second_of_two_equal_keys_is_marked(broken: Broken) -> None:
    file, problems = broken(("  performance_tests:\n", "  id: again\n  performance_tests:\n"))
    twice = next(problem for problem in problems if problem.got == "the key a second time")
    spot = spot_of(file, twice)
    assert spot is not None
    assert spot.line == twice.line
    assert file.text[spot.start : spot.end] == "id: again"


def test_that_a_hint_gives_its_near_miss_back() -> None:
    assert meant_by(suggest("latancy", ["latency"])) == "latency"
    assert meant_by("did you mean one of 'a', 'b'?") is None
    assert meant_by("add the unit: ms") is None


@pytest.mark.parametrize(("old", "new"), [("abc", "axc"), ("aaa", "aa"), ("", "x"), ("ab", "abab"), ("x", "")])
def test_that_the_edit_between_two_texts_makes_one_of_the_other(old: str, new: str) -> None:
    edit = edit_between(old, new)
    assert edit is not None
    assert apply_edit(old, edit) == new
    assert edit_between(old, old) is None


def test_that_what_is_typed_is_read_as_yaml_reads_it() -> None:
    number = scalar_of(" 1.0 ")
    assert getattr(number, "text", None) == "1.0"
    assert isinstance(scalar_of("1000"), TextInt)
    assert scalar_of("true") is True
    assert scalar_of("50 ms") == "50 ms"
    assert scalar_of("a: b # c") == "a: b # c"
