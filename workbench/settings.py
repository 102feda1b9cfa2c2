"""What its user may choose for all projects: each option once, with type, default and meaning."""

from __future__ import annotations

import re
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.base.atomic import cannot_write, write_atomic
from workbench.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from projects.record_file import Author

FILE_NAME = "settings.toml"
MAX_BYTES = 1 << 20
LOCK_S = 5.0
YOU, WORK, WINDOW = "You", "Work", "Window"
"""The groups of the options."""


def _option(default: str | float | bool, group: str, label: str, meaning: str, **more: object) -> Any:
    """An option; `more` may have low, high and unit of a number, and the choices of a text with their labels."""
    return field(default=default, metadata={"group": group, "label": label, "meaning": meaning, **more})


@dataclass(frozen=True)
class Settings:
    """The options of `settings.toml`."""

    person: str = _option(
        "", YOU, "Your name", "your name, as records give it; empty takes the name that you logged in with"
    )
    telemetry_hz: float = _option(
        10.0,
        WORK,
        "Telemetry rate",
        "samples of a board's state a second, during runs and live",
        low=0.1,
        high=100.0,
        unit="Hz",
    )
    board: str = _option(
        "this-machine", WORK, "Board at first", "the board that the window runs on where a project names none"
    )
    projects_folder: str = _option(
        "", WORK, "Folder of projects", "where the window makes the example and new projects; empty is your home"
    )
    theme: str = _option(
        "system",
        WINDOW,
        "Theme",
        "colours of the window",
        choices={"system": "As the system", "dark": "Dark", "light": "Light"},
    )
    font_percent: float = _option(
        100.0, WINDOW, "Font size", "size of all text of the window", low=85.0, high=200.0, unit="%"
    )
    high_contrast: bool = _option(False, WINDOW, "High contrast", "lines and edges of the window at 3:1 or more")
    on_close: str = _option(
        "ask",
        WINDOW,
        "Closing while jobs work",
        "what the window does with jobs that work when it is closed",
        choices={"ask": "Ask", "stop": "Stop them cleanly"},
    )


def home_folder() -> Path:
    """Where Slipway keeps the state of its user: SLIPWAY_HOME, else the usual place of this system."""
    from targets.inventory import settings_folder

    return settings_folder().absolute()


def projects_folder(home: Path) -> Path:
    """Where the example and new projects are made: as it was set, else the person's home."""
    try:
        chosen = load_settings(home).projects_folder
    except UsageError:
        chosen = ""
    return Path(chosen or "~").expanduser()


def load_settings(home: Path) -> Settings:
    """The settings in `home`; the defaults where there is no file.

    Raises:
        UsageError: the file cannot be read or is wrong; all problems at once.
    """
    path = home / FILE_NAME
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1).decode("utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}", "Mend the file, or remove it to use the defaults.") from error
    values = _parse(path, text)
    problems = list(_problems(values))
    if problems:
        lines = [f"{path}:{_line_of(text, key)}: {problem}" for key, problem in problems]
        count = "a problem" if len(lines) == 1 else f"{len(lines)} problems"
        raise UsageError(f"{count} in {path}", "Mend the file, or remove it to use the defaults.", "\n".join(lines))
    return Settings(**_typed(values))


def load_or_defaults(home: Path) -> Settings:
    """The settings in `home`; the defaults where they cannot be read, so that a window opens in which to mend them."""
    try:
        return load_settings(home)
    except UsageError:
        return Settings()


def problem_of(name: str, value: object) -> str:
    """What is wrong with a value for an option, in words; empty where nothing is."""
    return next((text for _, text in _problems({name: value})), "")


def save_settings(home: Path, changes: Mapping[str, str | float | bool]) -> Settings:
    """Change options in the file of `home`; its comments and the rest of it stay as they are.

    Raises:
        UsageError: a value is wrong, or the file is; nothing is written then.
        SlipwayError: it cannot be written.
    """
    from filelock import FileLock

    problems = [text for name, value in changes.items() if (text := problem_of(name, value))]
    if problems:
        raise UsageError(problems[0], "Nothing was changed.", "\n".join(problems))
    path = home / FILE_NAME
    try:
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / "settings.lock", timeout=LOCK_S):
            wanted = replace(load_settings(home), **_typed(dict(changes)))
            _write(path, changes, wanted)
    except OSError as error:
        raise cannot_write(path, error) from error
    return wanted


def author(settings: Settings) -> Author:
    """Who the records of this user are by.

    Raises:
        UsageError: no name is set and the system knows none.
    """
    import getpass

    from projects.record_file import Author

    if settings.person:
        return Author(settings.person)
    try:
        return Author(getpass.getuser())
    except (KeyError, OSError, ImportError) as error:
        hint = f'Write `person = "Your Name"` to {home_folder() / FILE_NAME}, or set USER.'
        raise UsageError("records must say who they are by, and this system knows no name for you", hint) from error


def _parse(path: Path, text: str) -> dict[str, Any]:
    import tomllib

    if len(text) > MAX_BYTES:
        raise UsageError(f"{path} is larger than {MAX_BYTES} bytes", "Mend the file, or remove it.")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no TOML: {error}", "Mend the file, or remove it to use the defaults.") from error


def _write(path: Path, changes: Mapping[str, str | float | bool], wanted: Settings) -> None:
    """Write the file with the values of `changes`, unless it then does not say `wanted`."""
    import tomllib

    text = path.read_text("utf-8") if path.is_file() else ""
    for name, value in changes.items():
        text = _with_value(text, name, _toml(value))
    try:
        good = Settings(**_typed(tomllib.loads(text))) == wanted
    except (ValueError, TypeError):
        good = False
    if not good:
        hint = "Change it there by hand: it is written in a way that the window does not change."
        raise UsageError(f"cannot change {', '.join(changes)} in {path}", hint)
    write_atomic(path, text.encode("utf-8"))


def _with_value(text: str, name: str, value: str) -> str:
    """The text with another value for a key of the first level; what stands after a `#` of its line stays."""
    lines = text.splitlines()
    end = next((number for number, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    for number, line in enumerate(lines[:end]):
        key, equals, old = line.partition("=")
        if equals and key.strip() == name:
            lines[number] = f"{name} = {value}{_comment_of(old)}"
            return "\n".join(lines) + "\n"
    return "\n".join([*lines[:end], f"{name} = {value}", *lines[end:]]) + "\n"


def _comment_of(written: str) -> str:
    """The comment behind a value, with the blanks before it."""
    value = re.match(r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^#"'])*""", written)
    kept = written if value is None else value[0].rstrip()
    return written[len(kept) :] if "#" in written[len(kept) :] else ""


def _toml(value: str | float | bool) -> str:
    """JSON writes text, numbers and truth as TOML does, but for one character."""
    import json

    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    """Whole numbers as the options have them."""
    numbers = {option.name for option in fields(Settings) if isinstance(option.default, float)}
    return {name: float(value) if name in numbers else value for name, value in values.items()}


def _problems(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    options = {option.name: option for option in fields(Settings)}
    for key, value in values.items():
        option = options.get(key)
        if option is None:
            yield key, _unknown(key, list(options))
        elif expected := _expected(option, value):
            yield key, f"{key} = {value!r}: expected {expected} ({option.metadata['meaning']})"


def _expected(option: Field[Any], value: object) -> str:
    """What the value should be, in words; empty where it is that."""
    choices = option.metadata.get("choices")
    if isinstance(option.default, bool):
        return "" if isinstance(value, bool) else "true or false"
    if choices is not None:
        return "" if value in list(choices) else f"one of {', '.join(choices)}"
    if isinstance(option.default, str):
        return "" if isinstance(value, str) else "text in quotes"
    low, high = option.metadata["low"], option.metadata["high"]
    return "" if _is_between(value, low, high) else f"a number from {low:g} to {high:g}"


def _unknown(key: str, known: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(key, known, 1)
    return f"unknown option {key}; " + (f"did you mean {near[0]}?" if near else f"options are {', '.join(known)}")


def _is_between(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _line_of(text: str, key: str) -> int:
    """Where a key of the first level stands; 1 where it is written in another way (a table, a quoted key)."""
    starts = (line.partition("=")[0].strip(" \t\"'[]") for line in text.splitlines())
    return next((number for number, start in enumerate(starts, 1) if start == key), 1)
