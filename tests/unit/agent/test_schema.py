"""Requests that the schema refuses, and the words it does it with."""

from __future__ import annotations

from typing import Any

import pytest

from targets.agent import commands, schema
from targets.agent.protocol import CommandError


@pytest.mark.parametrize(
    ("command", "arguments", "summary", "hint"),
    [
        ("biuld", {}, "there is no command 'biuld'", "Did you mean build?"),
        (None, {}, "there is no command None", ""),
        (["probe"], {}, "there is no command ['probe']", ""),
        ("probe", [], "the arguments of probe are [], not an object", ""),
        ("probe", {"root": "/"}, "probe takes no argument 'root'", "It takes: nothing."),
        ("lock", {"purpos": "x"}, "lock takes no argument 'purpos'", "Did you mean purpose?"),
        ("lock", {}, "lock lacks its argument purpose (text of 1 to 400 characters)", ""),
        ("lock", {"purpose": ""}, "argument purpose of lock is ''; expected text of 1 to 400 characters", ""),
        (
            "have",
            {"sha256": ["../../etc/passwd"]},
            "argument sha256 of have is ['../../etc/passwd']; expected a list of",
            "",
        ),
        (
            "stop_run",
            {"run": "..", "hard": True},
            "argument run of stop_run is '..'; expected a name of at most 100",
            "",
        ),
        ("stop_run", {"run": "a", "hard": 1}, "argument hard of stop_run is 1; expected true or false", ""),
        ("watch", {"rate_hz": float("nan")}, "argument rate_hz of watch is nan; expected a rate from 0.01 to 1000", ""),
        ("watch", {"rate_hz": True}, "argument rate_hz of watch is True; expected a rate", ""),
        ("install", {"files": {"a/b": "0" * 64}}, "argument files of install is {'a/b': ", ""),
    ],
)
def test_that_a_wrong_request_is_refused_in_words(command: Any, arguments: Any, summary: str, hint: str) -> None:
    with pytest.raises(CommandError) as refused:
        schema.check(command, arguments)
    assert refused.value.code == "E_USAGE"
    assert refused.value.summary.startswith(summary)
    assert refused.value.hint == hint


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "a\\b", "a\0", "a\n", "ä", "x" * 101, "-rf", None, 3]
)
def test_that_no_name_leads_out_of_its_folder(name: Any) -> None:
    assert not schema.is_name(name)


@pytest.mark.parametrize("text", ["", "0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\n", "g" * 64, None])
def test_that_only_a_sha256_is_one(text: Any) -> None:
    assert not schema.is_sha256(text)


def test_that_every_command_has_a_handler_and_none_is_left_over() -> None:
    assert set(commands._HANDLERS) | {"cancel"} == set(schema.COMMANDS)
