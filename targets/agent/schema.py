"""Every command of the agent: the arguments it takes and what it needs; checked at both ends of the link."""

from __future__ import annotations

import difflib
import math
import re
from typing import Any, Callable, Dict, Mapping, NamedTuple

from .protocol import E_USAGE, CommandError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MAX_TEXT = 400
MAX_LIST = 10000


class Kind(NamedTuple):
    """A kind of value: how it is called in an error, and whether a value is one."""

    words: str
    accepts: Callable[[Any], bool]


class Argument(NamedTuple):
    """One argument of a command."""

    kind: Kind
    required: bool = True


class Command(NamedTuple):
    """One command."""

    arguments: Dict[str, Argument]
    locked: bool = False
    """Whether the caller must hold the board's lock."""
    changes: bool = False
    """Whether the board's policy may forbid it."""


def is_sha256(value: Any) -> bool:
    """Whether the value is a sha256 in lower-case hexadecimal; only then may it become a file name."""
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def is_name(value: Any) -> bool:
    """Whether the value may become a file name: letters, digits, dot, dash, underscore; no leading dot."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TEXT


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**53


def _is_rate(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and 0.01 <= value <= 1000


def _is_sha_list(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MAX_LIST and all(is_sha256(item) for item in value)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_object_or_null(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def _is_files(value: Any) -> bool:
    if not isinstance(value, dict) or not 0 < len(value) <= MAX_LIST:
        return False
    return all(is_name(name) and is_sha256(sha) for name, sha in value.items())


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


TEXT = Kind("text of 1 to %d characters" % MAX_TEXT, _is_text)
NAME = Kind("a name of at most 100 letters, digits, '.', '_' and '-' that starts with a letter or digit", is_name)
COUNT = Kind("a whole number from 0", _is_count)
RATE = Kind("a rate from 0.01 to 1000 in Hz", _is_rate)
SHA256 = Kind("a sha256 in lower-case hexadecimal", is_sha256)
SHA_LIST = Kind("a list of at most %d sha256" % MAX_LIST, _is_sha_list)
OBJECT = Kind("an object", _is_object)
OBJECT_OR_NULL = Kind("an object or null", _is_object_or_null)
FILES = Kind("an object of file names and their sha256", _is_files)
FLAG = Kind("true or false", _is_flag)

COMMANDS: Dict[str, Command] = {
    "identify": Command({"person": Argument(TEXT), "desktop": Argument(TEXT), "pid": Argument(COUNT)}),
    "probe": Command({}),
    "state": Command({}),
    "lock": Command({"purpose": Argument(TEXT)}),
    "unlock": Command({}),
    "have": Command({"sha256": Argument(SHA_LIST)}),
    "prepare": Command(
        {
            "wheels": Argument(FILES),
            "carried": Argument(SHA_LIST),
            "need_bytes": Argument(COUNT),
            "runtime": Argument(NAME, required=False),
            "made_from": Argument(TEXT, required=False),
        },
        locked=True,
        changes=True,
    ),
    "build": Command(
        {
            "candidate": Argument(SHA256),
            "runtime": Argument(NAME),
            "options": Argument(OBJECT),
            "calibration": Argument(OBJECT_OR_NULL, required=False),
        },
        locked=True,
        changes=True,
    ),
    "install": Command(
        {
            "release": Argument(NAME),
            "manifest": Argument(OBJECT),
            "files": Argument(FILES),
            "smoke": Argument(OBJECT_OR_NULL, required=False),
        },
        locked=True,
        changes=True,
    ),
    "releases": Command({}),
    "remove_release": Command({"release": Argument(NAME)}, locked=True, changes=True),
    "start_run": Command({"run": Argument(NAME), "plan": Argument(OBJECT)}, locked=True, changes=True),
    "follow": Command({"run": Argument(NAME), "since": Argument(OBJECT)}),
    "live": Command({"run": Argument(NAME)}),
    "tell_run": Command({"run": Argument(NAME), "message": Argument(OBJECT)}, locked=True),
    "forget": Command({"sha256": Argument(SHA_LIST)}, locked=True, changes=True),
    "advance": Command({"run": Argument(NAME), "phase": Argument(NAME)}, locked=True),
    "stop_run": Command({"run": Argument(NAME), "hard": Argument(FLAG)}, locked=True),
    "run_list": Command({}),
    "remove_run": Command({"run": Argument(NAME)}, locked=True, changes=True),
    "prune": Command({"keep_blobs": Argument(SHA_LIST)}, locked=True, changes=True),
    "watch": Command({"rate_hz": Argument(RATE)}),
    "cancel": Command({"of": Argument(COUNT)}),
}


def check(command: Any, arguments: Any) -> Command:
    """Check a request and return what is known of its command.

    Raises:
        CommandError: E_USAGE, with what was got, what is allowed and the near miss.
    """
    known = COMMANDS.get(command) if isinstance(command, str) else None
    if known is None:
        raise CommandError(E_USAGE, "there is no command %s" % _show(command), _nearest(command, COMMANDS))
    if not isinstance(arguments, dict):
        raise CommandError(E_USAGE, "the arguments of %s are %s, not an object" % (command, _show(arguments)))
    for name, value in arguments.items():
        argument = known.arguments.get(name)
        if argument is None:
            raise CommandError(E_USAGE, "%s takes no argument %s" % (command, _show(name)), _takes(known, name))
        if not argument.kind.accepts(value):
            text = "argument %s of %s is %s; expected %s" % (name, command, _show(value), argument.kind.words)
            raise CommandError(E_USAGE, text)
    for name, argument in known.arguments.items():
        if argument.required and name not in arguments:
            raise CommandError(E_USAGE, "%s lacks its argument %s (%s)" % (command, name, argument.kind.words))
    return known


def _takes(command: Command, name: str) -> str:
    return _nearest(name, command.arguments) or "It takes: %s." % (", ".join(command.arguments) or "nothing")


def _nearest(word: Any, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(word, known, 1) if isinstance(word, str) else []
    return "Did you mean %s?" % near[0] if near else ""


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
