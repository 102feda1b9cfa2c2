"""Edits of documents: all bytes but the changed value stay, and nothing of somebody else's is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projects.keys import Keys
from projects.problems import DocumentProblems
from projects.yaml_edit import remove_value, set_value
from projects.yaml_file import YamlFile
from workbench.base.errors import UsageError

_REFERENCE = Path(__file__).parents[2] / "fixtures" / "reference" / "deployment_tests.yaml"
_ROOT = "deployment_tests"
_MIXED = b"""\
# head
a: {b: 1.10, c: [1, 2]} # braces
d: # list
  - 1 # one
  - e: 2
    f: 3
g: "quoted"
h: 'single'
# tail
"""


def _mixed() -> YamlFile:
    return YamlFile.parse(Path("d.yaml"), "d.yaml", _MIXED)


def _lines_changed(before: str, after: str) -> list[tuple[str, str]]:
    pairs = zip(before.splitlines(), after.splitlines(), strict=True)
    return [(old, new) for old, new in pairs if old != new]


@pytest.mark.parametrize(
    ("keys", "value", "before", "after"),
    [
        ((_ROOT, "performance_tests", "latency", "requirement"), "60ms", "requirement: 50ms", "requirement: 60ms"),
        (
            (_ROOT, "functional_equivalence", "tolerance", "output_difference"),
            0.02,
            "output_difference: 0.01   # Max L2 difference",
            "output_difference: 0.02   # Max L2 difference",
        ),
        ((_ROOT, "target"), "this machine", 'target: "NVIDIA Jetson Orin Nano"', 'target: "this machine"'),
        ((_ROOT, "id"), "a: b", "id: MLE-DEPLOY-001", "id: 'a: b'"),
        (
            (_ROOT, "stress_tests", "thermal_throttling", "max_temperature"),
            95,
            "max_temperature: 80   # Celsius, measured at GPU die",
            "max_temperature: 95   # Celsius, measured at GPU die",
        ),
    ],
)
def test_that_only_the_changed_value_changes(keys: Keys, value: object, before: str, after: str) -> None:
    file = YamlFile.read(_REFERENCE)
    edited = set_value(file, keys, value)
    [(old, new)] = _lines_changed(file.text, edited.text)
    assert (old.strip(), new.strip()) == (before, after)
    assert edited.find(keys) == value


def test_that_a_new_mapping_is_added_at_the_end_and_removed_again() -> None:
    file = YamlFile.read(_REFERENCE)
    added = set_value(file, ("slipway", "unconfirmed"), ["a.b", "c"])
    assert added.text == file.text + "slipway:\n  unconfirmed:\n    - a.b\n    - c\n"
    shorter = remove_value(added, ("slipway", "unconfirmed", 0))
    assert shorter.text == file.text + "slipway:\n  unconfirmed:\n    - c\n"
    assert remove_value(shorter, ("slipway", "unconfirmed", 0)).text == file.text


@pytest.mark.parametrize(
    ("keys", "value", "old", "new"),
    [
        (("a", "b"), "x, y", "{b: 1.10, c: [1, 2]}", "{b: 'x, y', c: [1, 2]}"),
        (("a", "c", 1), 3, "{b: 1.10, c: [1, 2]}", "{b: 1.10, c: [1, 3]}"),
        (("a", "n"), True, "{b: 1.10, c: [1, 2]}", "{b: 1.10, c: [1, 2], n: true}"),
        (("d", 1, "e"), "x", "  - e: 2\n", "  - e: x\n"),
        (("d", 1, "n"), 4, "    f: 3\n", "    f: 3\n    n: 4\n"),
        (("g",), "it's", '"quoted"', '"it\'s"'),
        (("h",), "it's", "'single'", "'it''s'"),
        (("d",), ["z"], "  - 1 # one\n  - e: 2\n    f: 3\n", "  - z\n"),
        (("g",), {"k": [1]}, 'g: "quoted"\n', "g:\n  k:\n    - 1\n"),
        (("new",), [], "h: 'single'\n", "h: 'single'\nnew: []\n"),
    ],
)
def test_that_an_edit_follows_the_style_around_it(keys: Keys, value: object, old: str, new: str) -> None:
    assert set_value(_mixed(), keys, value).text == _MIXED.decode().replace(old, new)


@pytest.mark.parametrize(
    ("keys", "old", "new"),
    [
        (("a", "b"), "{b: 1.10, c: [1, 2]}", "{c: [1, 2]}"),
        (("a", "c", 0), "[1, 2]", "[2]"),
        (("d", 0), "  - 1 # one\n", ""),
        (("g",), 'g: "quoted"\n', ""),
    ],
)
def test_that_a_removal_takes_the_entry_alone(keys: Keys, old: str, new: str) -> None:
    assert remove_value(_mixed(), keys).text == _MIXED.decode().replace(old, new)


def test_that_windows_line_ends_stay() -> None:
    file = YamlFile.parse(Path("d.yaml"), "d.yaml", b"a: 1\r\nb:\r\n  c: 2\r\n")
    assert set_value(file, ("b", "d"), "x").text == "a: 1\r\nb:\r\n  c: 2\r\n  d: x\r\n"
    assert set_value(file, ("a",), 7).text == "a: 7\r\nb:\r\n  c: 2\r\n"


def test_that_a_value_under_an_anchor_is_not_edited() -> None:
    file = YamlFile.parse(Path("d.yaml"), "d.yaml", b"r:\n  a: &x {k: 1}\n  b: *x\n")
    for keys in (("r", "a", "k"), ("r", "b"), ("r", "b", "k")):
        with pytest.raises(UsageError, match="YAML anchor"):
            set_value(file, keys, 2)


def test_that_nothing_is_set_inside_a_scalar() -> None:
    with pytest.raises(UsageError, match="no mapping"):
        set_value(_mixed(), ("g", "inner"), 1)
    with pytest.raises(UsageError, match="has no entry x"):
        remove_value(_mixed(), ("x",))


@settings(max_examples=30)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\u2028\u2029"), max_size=30))
def test_that_any_text_can_be_set_and_read_back(text: str) -> None:
    for keys in (("g",), ("h",), ("a", "b"), ("new",)):
        edited = set_value(_mixed(), keys, text)
        assert edited.find(keys) == text
        assert edited.text.startswith("# head\n")
        assert edited.text.endswith("# tail\n")


def test_that_a_save_keeps_every_other_byte(tmp_path: Path) -> None:
    path = tmp_path / "deployment_tests.yaml"
    path.write_bytes(_REFERENCE.read_bytes())
    file = YamlFile.read(path)
    assert file.save().stored_sha256 == file.stored_sha256
    assert path.read_bytes() == _REFERENCE.read_bytes()
    saved = set_value(file, (_ROOT, "performance_tests", "latency", "requirement"), "60ms").save()
    assert path.read_bytes() == _REFERENCE.read_bytes().replace(b"requirement: 50ms", b"requirement: 60ms")
    set_value(saved, (_ROOT, "performance_tests", "latency", "requirement"), "50ms").save()
    assert path.read_bytes() == _REFERENCE.read_bytes()


def test_that_a_file_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "d.yaml"
    path.write_bytes(_MIXED)
    edited = set_value(YamlFile.read(path), ("h",), "mine")
    path.write_bytes(_MIXED + b"# theirs\n")
    with pytest.raises(UsageError, match="was changed by something else since it was read"):
        edited.save()
    assert path.read_bytes() == _MIXED + b"# theirs\n"
    path.unlink()
    with pytest.raises(UsageError, match="was changed by something else"):
        edited.save()


def test_that_a_broken_document_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "d.yaml"
    path.write_bytes(_MIXED)
    with pytest.raises(DocumentProblems):
        YamlFile.read(path).replaced("a: b: c").save()
    assert path.read_bytes() == _MIXED
