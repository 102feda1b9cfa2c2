"""Reading YAML safely: bounds, places, and the exact text of each refusal."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from projects.keys import dotted
from projects.yaml_file import MAX_BYTES, TextFloat, TextInt, YamlFile, emit
from workbench.base.errors import UsageError

_BOMB = b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (level, level, b",".join([b"*a%d" % (level - 1)] * 9)) for level in range(1, 9)
)
_NOT_YAML = "expected YAML: lines of 'key: value', indented with spaces"


def _parse(text: bytes) -> YamlFile:
    return YamlFile.parse(Path("d.yaml"), "d.yaml", text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            b"a: 1\nb: [1, 2\n",
            (
                f"d.yaml:3: got text that is not YAML (expected ',' or ']', but got '<stream end>'), {_NOT_YAML}; "
                "close what opens on line 2"
            ),
        ),
        (
            b"a: b: c",
            (
                f"d.yaml:1: got text that is not YAML (mapping values are not allowed here), {_NOT_YAML}; "
                "put a text that holds ': ' in quotes, and check the indentation"
            ),
        ),
        (
            b"a:\n\t- b",
            (
                "d.yaml:2: got text that is not YAML (found character '\\t' that cannot start any token), "
                f"{_NOT_YAML}; indent with spaces, not with tabs"
            ),
        ),
        (
            b"a: *x",
            f"d.yaml:1: got text that is not YAML (found undefined alias 'x'), {_NOT_YAML}; put the text in quotes",
        ),
        (
            b"a: 1\n---\nb: 2",
            (
                f"d.yaml:2: got text that is not YAML (but found another document), {_NOT_YAML}; "
                "keep one document in the file and remove the line '---'"
            ),
        ),
        (
            b"a:\n  b: 1\n c: 2",
            (
                "d.yaml:3: got text that is not YAML (expected <block end>, but found '<block mapping start>'), "
                f"{_NOT_YAML}; check the indentation of this line and of the one above"
            ),
        ),
        (
            b"r:\n  a: !!python/object:os.system x",
            "d.yaml:2: a: got the tag '!!python/object:os.system', expected plain values without tags; remove the tag",
        ),
        (b"a: \x07", "d.yaml:1: got the character U+0007, expected printable text"),
        (
            b"r:\n  a: 1\n  b: 2\n  a: 3",
            "d.yaml:4: a: got the key a second time, expected each key once; it stands on line 2 too",
        ),
        (
            b"<<: {a: 1}\nb: 2",
            "d.yaml:1: got a key that is no plain text, expected keys that are plain texts; write the keys out",
        ),
        (b"- a", "d.yaml:1: got a list, expected a mapping: lines of 'key: value'"),
        (b"just text", "d.yaml:1: got 'just text', expected a mapping: lines of 'key: value'"),
        (
            b"a: 1\nb: \xff",
            "d.yaml:2: got the byte 0xff, which is not UTF-8, expected text in UTF-8; save the file as UTF-8",
        ),
        (b"&a [*a]", "d.yaml:1: got values nested too deep, expected at most 24 levels"),
        (b"a: " + b"[" * 1000, "d.yaml: got values nested too deep, expected at most 24 levels"),
        (b"a: !!int x", "d.yaml:1: a: got 'x', expected a value that fits its tag; remove the tag"),
        (_BOMB, "d.yaml:1: got more than 20,000 values, aliases counted each time, expected at most 20,000"),
    ],
)
def test_that_a_broken_document_is_refused_with_its_line(text: bytes, said: str) -> None:
    file = _parse(text)
    assert [str(problem) for problem in file.problems] == [said]


def test_that_a_key_without_end_is_a_short_problem() -> None:
    file = _parse(b"a: 1\n" + b"k" * 900 + b": 2\n")
    assert [len(str(problem)) < 300 for problem in file.problems] == [True]
    assert str(file.problems[0]).endswith("which is too long, expected at most 200 characters")
    assert file.problems[0].line == 2
    assert file.data == {"a": 1}


def test_that_bytes_beyond_the_limit_are_not_parsed_wherever_they_come_from() -> None:
    file = _parse(b"a: " + b"x" * MAX_BYTES)
    assert [problem.got for problem in file.problems] == [f"more than {MAX_BYTES:,} bytes"]
    assert file.data == {}


def test_that_half_a_character_is_a_problem_that_can_be_printed() -> None:
    file = _parse(b'a: "\\ud800"\n"\\udfff": 1\n')
    assert [str(problem).encode() for problem in file.problems] == [
        b"d.yaml:1: a: got half a character (U+D800 to U+DFFF), expected whole characters",
        b"d.yaml:2: got a key with half a character, expected whole characters",
    ]


def test_that_a_file_that_is_too_large_is_not_parsed(tmp_path: Path) -> None:
    path = tmp_path / "d.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    [problem] = YamlFile.read(path).problems
    assert str(problem) == "d.yaml: got more than 262,144 bytes, expected at most 262,144 bytes"


def test_that_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"d\.yaml is not there"):
        YamlFile.read(tmp_path / "d.yaml")
    with pytest.raises(UsageError, match="cannot read"):
        YamlFile.read(tmp_path)


def test_that_numbers_remember_how_they_were_written() -> None:
    data = _parse(b"a: 1.10\nb: 010\nc: 0x10\nd: 1_000\ne: yes\nf: true\ng: 2026-01-01\nh: ~\n").data
    assert isinstance(data["a"], TextFloat)
    assert (data["a"], data["a"].text) == (1.1, "1.10")
    assert [data[key] for key in "bcdefgh"] == [10, 16, 1000, "yes", True, "2026-01-01", None]
    again = pickle.loads(pickle.dumps(data["b"]))  # noqa: S301  our own bytes
    assert isinstance(again, TextInt)
    assert again.text == "010"


def test_that_each_value_knows_its_line() -> None:
    file = _parse(b"r:\n  a: 1 # one\n\n  b:\n    - x\n    - y\n")
    assert file.line_of(("r", "a")) == 2
    assert file.line_of(("r", "b", 1)) == 6
    assert file.line_of(("r", "missing", "too")) == 1
    assert file.line_of(("nothing",)) is None
    assert file.find(("r", "b", 1)) == "y"
    assert file.find(("r", "b", 2)) is None


def test_that_paths_are_shown_without_the_root_key() -> None:
    assert dotted(("deployment_tests", "performance_tests", "latency")) == "performance_tests.latency"
    assert dotted(("slipway", "accuracy", 0, "metric")) == "slipway.accuracy[0].metric"
    assert dotted(("deployment",)) == "deployment"


def test_that_emitted_text_is_quoted_where_it_must_be() -> None:
    assert emit({"a": "x: y", "b": "ünï", "c": ["1", 1, TextFloat(1.1, "1.10")], "d": True}) == (
        "a: 'x: y'\nb: ünï\nc:\n  - '1'\n  - 1\n  - 1.10\nd: true\n"
    )
