from __future__ import annotations

import enum
import json
import math
from dataclasses import dataclass
from pathlib import PurePosixPath

import pytest

from workbench.base.errors import Fault
from workbench.base.events import ErrorText
from workbench.command.console import Console
from workbench.command.plain import printable, to_plain
from workbench.command.table import Table
from workbench.evaluate.verdict import Outcome, Verdict


class Colour(enum.Enum):
    RED = "red"


@dataclass(frozen=True)
class Value:
    name: str
    colour: Colour
    path: PurePosixPath
    bounds: tuple[float, float | None]
    tags: frozenset[str]
    verdict: Verdict


VALUE = Value(
    "a",
    Colour.RED,
    PurePosixPath("runs/1"),
    (math.inf, None),
    frozenset({"b", "a"}),
    Verdict(outcome=Outcome.PASS, value=1.5, reason="inside"),
)


def test_that_values_become_json():
    plain = to_plain(VALUE)
    assert isinstance(plain, dict)
    assert plain["verdict"]["outcome"] == "PASS"
    del plain["verdict"]
    assert plain == {"name": "a", "colour": "red", "path": "runs/1", "bounds": [None, None], "tags": ["a", "b"]}
    assert to_plain({1: math.nan}) == {"1": None}


def test_that_a_value_without_json_is_a_defect():
    with pytest.raises(TypeError, match="no JSON for a object"):
        to_plain(object())


def test_that_json_gets_exactly_one_answer_on_stdout(capsys):
    console = Console(as_json=True)
    console.say("for people")
    console.show(Table(("a",), (("1",),)))
    console.note("what happens meanwhile")
    assert console.answer({"runs": 3}, 0) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {"format": "slipway.answer/1", "exit_code": 0, "result": {"runs": 3}, "error": None}
    assert err == "what happens meanwhile\n"


def test_that_an_error_is_told_on_stderr_and_in_json(capsys):
    error = ErrorText("no such board: jetsn", "Did you mean jetson?", "known: jetson\nthis-machine", Fault.USE)
    assert Console(as_json=True).fail(error) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["error"] == {
        "summary": "no such board: jetsn",
        "hint": "Did you mean jetson?",
        "detail": "known: jetson\nthis-machine",
        "fault": "use",
    }
    assert err.splitlines() == [
        "error: no such board: jetsn", "  Did you mean jetson?", "  known: jetson", "  this-machine"
    ]  # fmt: skip


def test_that_people_get_no_json(capsys):
    console = Console(as_json=False)
    console.say("all well")
    assert console.answer({"runs": 3}, 3) == 3
    assert capsys.readouterr() == ("all well\n", "")


def test_that_long_lines_are_not_broken_in_a_pipe(capsys):
    text = "a reason in very many words, " * 20
    console = Console(as_json=False)
    console.say(text.strip())
    console.note(text.strip())
    console.show(Table(("id", "reason"), (("1", text.strip()),)))
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        text.strip(),
        f"id  {'reason'.ljust(len(text.strip()))}".rstrip(),
        f"1   {text.strip()}",
    ]
    assert err == text.strip() + "\n"


def test_that_columns_line_up_and_numbers_stand_right(capsys):
    table = Table(("run", "ms"), (("first", "7"), ("2", "10.5")), "Runs", frozenset({"ms"}))
    Console(as_json=False).show(table)
    assert capsys.readouterr().out == "Runs\nrun      ms\nfirst     7\n2      10.5\n"


def test_that_control_characters_of_others_reach_no_terminal(capsys):
    hostile = "board\x1b]0;owned\x07\x9b31m[bold]name[/bold]"
    assert "\x1b" not in printable(hostile)
    console = Console(as_json=False)
    console.say(hostile)
    console.show(Table(("name",), ((hostile,),)))
    console.note(hostile)
    out, err = capsys.readouterr()
    for code in ("\x1b", "\x07", "\x9b"):
        assert code not in out + err
    assert out.count("[bold]name[/bold]") == 2


def test_that_text_of_others_is_read_in_the_order_in_which_it_is_written():
    assert printable("model\u202egpj.onnx\u2066\u200f\u2028x") == "model\ufffdgpj.onnx\ufffd\ufffd\ufffdx"
    assert printable("שלום für\tZoë\n") == "שלום für\tZoë\n"


def test_that_nobody_is_asked_without_a_terminal():
    assert not Console(as_json=False).interactive
