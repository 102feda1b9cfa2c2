"""What the Settings page shows: every option with its value, its default and its meaning, and where they are kept."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.base.errors import UsageError
from workbench.base.events import ErrorText
from workbench.settings import FILE_NAME, Settings, load_or_defaults, load_settings, save_settings
from workbench.words import say_folder

if TYPE_CHECKING:
    from dataclasses import Field

    from workbench.session import Session

Value = str | float | bool
BOARD = "board"


@dataclass(frozen=True)
class Choice:
    """One of the values that an option may have."""

    value: str
    label: str


@dataclass(frozen=True)
class Option:
    """One option of the settings."""

    name: str
    """Its key in the file."""
    label: str
    meaning: str
    kind: str
    """`text`, `number`, `flag` or `choice`."""
    value: Value
    default: Value
    choices: tuple[Choice, ...] = ()
    low: float | None = None
    high: float | None = None
    unit: str = ""

    @property
    def is_default(self) -> bool:
        """Whether nobody chose another value."""
        return self.value == self.default


@dataclass(frozen=True)
class Group:
    """Options that belong together."""

    title: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class SettingsView:
    """All options; the defaults where the file cannot be read, with the reason."""

    path: Path
    exists: bool
    groups: tuple[Group, ...]
    problem: ErrorText | None
    """Why the file is not in force; its lines are in the detail."""
    person_taken: str
    """The name that records give while none is set; empty where this system knows none."""
    path_text: str
    """The file as a person writes it."""

    def option(self, name: str) -> Option:
        """The option of that name."""
        return next(option for group in self.groups for option in group.options if option.name == name)


def read_settings(session: Session) -> SettingsView:
    """The options as the file has them now."""
    path = session.home / FILE_NAME
    problem = None
    try:
        settings = load_settings(session.home)
    except UsageError as error:
        settings, problem = Settings(), ErrorText.of(error)
    groups: dict[str, list[Option]] = {}
    for field in fields(Settings):
        groups.setdefault(field.metadata["group"], []).append(_option(session, field, settings))
    shown = tuple(Group(title, tuple(options)) for title, options in groups.items())
    return SettingsView(path, path.is_file(), shown, problem, _login_name(), say_folder(path))


def save_setting(session: Session, name: str, value: Value) -> Settings:
    """Change one option; returns all of them.

    Raises:
        UsageError: the value is none for it, or the file is broken; nothing is written then.
    """
    return save_settings(session.home, {name: value})


def load_window_settings(session: Session) -> Settings:
    """What is in force: the file, or the defaults where it cannot be read."""
    return load_or_defaults(session.home)


def set_settings_aside(session: Session) -> Path:
    """Rename a file that cannot be read, so that the defaults are in force; returns where it lies now."""
    path = session.home / FILE_NAME
    number = 1
    while (aside := path.with_name(f"{FILE_NAME}.broken-{number}")).exists():
        number += 1
    try:
        return path.rename(aside)
    except OSError as error:
        raise UsageError(
            f"cannot rename {path}: {error.strerror or error}", "Check that you may write there."
        ) from error


def _option(session: Session, field: Field[Value], settings: Settings) -> Option:
    about = field.metadata
    default: Value = field.default  # type: ignore[assignment]  # every option has one
    choices = tuple(Choice(value, label) for value, label in about.get("choices", {}).items())
    if field.name == BOARD:
        choices = _boards(session, str(getattr(settings, BOARD)))
    kind = "choice" if choices else {bool: "flag", str: "text"}.get(type(default), "number")
    numbers = (about.get("low"), about.get("high"), about.get("unit", ""))
    value = getattr(settings, field.name)
    return Option(field.name, about["label"], about["meaning"], kind, value, default, choices, *numbers)


def _boards(session: Session, chosen: str) -> tuple[Choice, ...]:
    """The boards that this user knows, and the chosen one where it is gone."""
    try:
        names = [entry.name for entry in session.boards()]
    except UsageError:
        names = []
    gone = [] if chosen in names else [Choice(chosen, f"{chosen} (not known any more)")]
    return (*(Choice(name, name) for name in names), *gone)


def _login_name() -> str:
    from workbench.settings import author

    try:
        return author(Settings()).name
    except UsageError:
        return ""
