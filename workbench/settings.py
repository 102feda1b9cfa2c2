"""What its user may choose for all projects: each option once, with type, default and meaning."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projects.record_file import Author

FILE_NAME = "settings.toml"
MAX_BYTES = 1 << 20


def _option(default: str | float, meaning: str, low: float | None = None, high: float | None = None) -> Any:
    return field(default=default, metadata={"meaning": meaning, "low": low, "high": high})


@dataclass(frozen=True)
class Settings:
    """The options of `settings.toml`."""

    person: str = _option("", "your name, as records give it; empty takes the name that you logged in with")
    telemetry_hz: float = _option(10.0, "samples of a board's state a second, during runs and live", 0.1, 100.0)


def home_folder() -> Path:
    """Where Slipway keeps the state of its user: SLIPWAY_HOME, else the usual place of this system."""
    from targets.inventory import settings_folder

    return settings_folder().absolute()


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
    if "telemetry_hz" in values:
        values["telemetry_hz"] = float(values["telemetry_hz"])
    return Settings(**values)


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


def _problems(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    options = {option.name: option for option in fields(Settings)}
    for key, value in values.items():
        option = options.get(key)
        if option is None:
            yield key, _unknown(key, list(options))
        elif isinstance(option.default, str):
            if not isinstance(value, str):
                yield key, f"{key} = {value!r}: expected text in quotes ({option.metadata['meaning']})"
        elif not _is_between(value, option.metadata["low"], option.metadata["high"]):
            allowed = f"a number from {option.metadata['low']:g} to {option.metadata['high']:g}"
            yield key, f"{key} = {value!r}: expected {allowed} ({option.metadata['meaning']})"


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
