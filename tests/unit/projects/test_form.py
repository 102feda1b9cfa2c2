"""The form of a document, and edits by it: the text keeps every byte that was not meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from projects.acceptance_spec import AcceptanceDocument
from projects.deployment_spec import DeploymentDocument
from projects.document_changes import compare_documents
from projects.effects import effect_of, requirement_at
from projects.field_use import fields_of
from projects.form import FormField, form_of
from projects.form_edit import set_field
from projects.form_words import LABELS, LIMITS, SECTIONS, UNITS
from projects.problems import Problem
from projects.project import Project
from projects.yaml_file import YamlFile
from workbench.base.errors import UsageError

SCHEMA = "deployment_tests.schema.json"
EXAMPLE = Path("resources/example")


@pytest.fixture
def tests_file(repository: Path) -> YamlFile:
    """The example's test specification, which has comments behind its values."""
    return YamlFile.read(repository / EXAMPLE / "deployment_tests.yaml")


def fields(file: YamlFile, schema: str = SCHEMA) -> dict[str, FormField]:
    """All fields of a form by path."""
    return {item.path: item for group in form_of(file, schema) for item in group.fields}


def test_that_a_limit_is_shown_with_its_relation_and_unit(tests_file: YamlFile) -> None:
    found = fields(tests_file)
    assert found["performance_tests.latency.requirement"].shown == "≤ 50 ms"
    assert found["performance_tests.throughput.requirement"].shown == "≥ 30 fps"
    assert found["stress_tests.thermal_throttling.max_temperature"].shown == "≤ 95 °C"
    assert found["slipway.accuracy[0].at_least"].shown == "≥ 0.95"


def test_that_the_form_has_every_field_of_the_schema(repository: Path) -> None:
    for name, model in (("deployment", DeploymentDocument), ("deployment_tests", AcceptanceDocument)):
        file = YamlFile.read(repository / EXAMPLE / f"{name}.yaml")
        known = {".".join("*" if isinstance(key, int) else str(key) for key in item.keys)
                 for item in fields(file, f"{name}.schema.json").values()}  # fmt: skip
        wanted = {path for path in fields_of(model) if ".*." not in path and not path.endswith("unconfirmed")}
        assert wanted <= known


def test_that_help_and_choices_come_from_the_schema(tests_file: YamlFile) -> None:
    found = fields(tests_file)
    assert found["performance_tests.latency.warm_up_iterations"].help == "Frames before measuring, after each start."
    assert found["performance_tests.latency.warm_up_iterations"].label == "Warm-up iterations"
    assert found["slipway.latency.pacing"].choices == ("worse", "back_to_back", "paced")
    assert found["slipway.latency.pacing"].default == "worse"


def test_that_a_field_is_required_only_where_its_section_is(tests_file: YamlFile) -> None:
    found = fields(tests_file)
    assert found["performance_tests.latency.requirement"].required
    assert not found["slipway.load_time.at_most"].required
    assert fields(YamlFile.parse(Path(), "x", b"deployment_tests: {}\n"))["id"].required


def test_that_a_document_that_does_not_parse_has_a_form_without_values() -> None:
    found = fields(YamlFile.parse(Path(), "x", b"deployment_tests: [\n"))
    assert found
    assert all(item.value is None for item in found.values())


@pytest.mark.parametrize(
    ("path", "entered", "old", "new"),
    [
        ("performance_tests.latency.requirement", "≤ 40 ms", "requirement: 50ms ", "requirement: 40 ms "),
        ("stress_tests.thermal_throttling.max_temperature", "≤ 80 °C", "max_temperature: 95", "max_temperature: 80"),
        ("slipway.accuracy[0].class", "car", "at_least: 0.95}", "at_least: 0.95, class: car}"),
        ("integration_tests.output_validation.confidence_range", "[0, 2]", '"[0, 1]"', '"[0, 2]"'),
        ("deployment_tests.id", "", "", ""),
    ],
)
def test_that_an_entry_changes_its_value_and_nothing_else(
    tests_file: YamlFile, path: str, entered: str, old: str, new: str
) -> None:
    if path == "deployment_tests.id":
        with pytest.raises(UsageError, match="no field"):
            set_field(tests_file, SCHEMA, path, entered)
        return
    assert tests_file.text.count(old) == 1
    assert set_field(tests_file, SCHEMA, path, entered).text == tests_file.text.replace(old, new)


def test_that_the_same_value_in_other_words_changes_nothing(tests_file: YamlFile) -> None:
    edited = set_field(tests_file, SCHEMA, "performance_tests.latency.requirement", "<= 50 ms")
    assert edited.text == tests_file.text


def test_that_a_section_is_made_for_a_field_that_was_not_there(tests_file: YamlFile) -> None:
    edited = set_field(tests_file, SCHEMA, "slipway.power.mean_at_most", "15 W")
    assert edited.text == tests_file.text + "  power:\n    mean_at_most: 15 W\n"


def test_that_a_section_whose_key_has_no_value_is_filled() -> None:
    file = YamlFile.parse(Path(), "x", b"deployment_tests:\n  id: a\n  performance_tests:\n    latency:\n")
    edited = set_field(file, SCHEMA, "performance_tests.latency.requirement", "50 ms")
    assert edited.find(("deployment_tests", "performance_tests", "latency")) == {"requirement": "50 ms"}


def test_that_an_empty_entry_takes_the_field_out(tests_file: YamlFile) -> None:
    edited = set_field(tests_file, SCHEMA, "performance_tests.memory.peak_requirement", " ")
    assert "peak_requirement" not in edited.text
    assert "steady_state_requirement: 224 MB" in edited.text


def test_that_names_keep_the_form_that_they_have(repository: Path) -> None:
    file = YamlFile.read(repository / EXAMPLE / "deployment.yaml")
    edited = set_field(file, "deployment.schema.json", "traceability.requirements", "A-1, A-2, A-3")
    assert edited.find(("deployment", "traceability", "requirements")) == ["A-1", "A-2", "A-3"]
    edited = set_field(file, "deployment.schema.json", "traceability.tests", "T-1, T-2")
    assert edited.find(("deployment", "traceability", "tests")) == "T-1, T-2"


def test_that_changes_are_told_value_by_value(tests_file: YamlFile) -> None:
    edited = set_field(tests_file, SCHEMA, "performance_tests.latency.requirement", "40 ms")
    edited = set_field(edited, SCHEMA, "performance_tests.memory.peak_requirement", "")
    first, second = compare_documents(tests_file, edited)
    assert (first.path, first.old, first.new) == ("performance_tests.latency.requirement", "50ms", "40 ms")
    assert (second.label, second.old, second.new, second.line) == ("Memory peak", "256 MB", None, None)
    assert compare_documents(tests_file, tests_file) == ()


def test_that_every_limit_of_a_requirement_is_known_with_its_relation(repository: Path) -> None:
    project = Project.open(repository / EXAMPLE)
    signs = {"<=": "≤", ">=": "≥", "is": ""}
    assert project.requirements
    for requirement in project.requirements:
        path = requirement.path if requirement.path.startswith("slipway.") else f"deployment_tests.{requirement.path}"
        known = {name.replace(".*", f"[{index}]"): sign for name, sign in LIMITS.items() for index in range(2)}
        assert known[path] == signs[requirement.relation]
        slug = requirement.id.rpartition("/")[2]
        assert slug.startswith(requirement_at(path.replace("[0]", ".*").replace("[1]", ".*")) or "?")


def test_that_the_words_are_of_fields_that_there_are() -> None:
    known = {*fields_of(DeploymentDocument), *fields_of(AcceptanceDocument)}
    for path in (*LABELS, *LIMITS, *UNITS):
        assert path.replace("slipway.stages.*", "slipway.stages.execute") in known
    for path in SECTIONS:
        assert any(name.startswith(f"{path}.") for name in known), path


@pytest.mark.parametrize(
    ("path", "got", "hint", "effect"),
    [
        ("performance_tests.latency.warmup_iterations", "an unknown key", "did you mean 'warm_up_iterations'?",
         "latency without warm-up iterations"),
        ("performance_tests.throughput.requirement", "'30 fsp'", "", "throughput without its limit"),
        ("colour", "an unknown key", "", "read by nothing"),
        ("", "text that is not YAML", "", "nothing of the document is read"),
    ],
)  # fmt: skip
def test_that_a_problem_says_what_it_costs(path: str, got: str, hint: str, effect: str) -> None:
    assert effect_of(Problem("x", 1, path, got, "", hint), "deployment_tests") == effect
