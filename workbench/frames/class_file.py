"""Class names from a file beside model or labels: a list of lines, a data.yaml, or JSON; read as data, never run."""

from __future__ import annotations

import json
from pathlib import Path

from projects.yaml_file import YamlFile
from workbench.base.errors import UsageError

CLASS_FILES = ("classes.txt", "data.yaml", "data.yml", "dataset.yaml")
"""Names that tools give to such a file beside labels."""
MAX_FILE_BYTES = 1 << 20
MAX_NAMES, MAX_NAME_CHARS = 10_000, 200
_EXPECTED = "One name a line, a data.yaml with `names:`, or a JSON list."


def read_class_file(path: Path) -> tuple[str, ...]:
    """The names of a file, in its order.

    Raises:
        UsageError: it cannot be read, or holds no names.
    """
    text = _read(path)
    kind = path.suffix.lower()
    if kind in {".yaml", ".yml"}:
        names = _names_of(path, _yaml(path, text))
    elif kind == ".json":
        names = _names_of(path, _json(path, text))
    else:
        names = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not 0 < len(names) <= MAX_NAMES or any(len(name) > MAX_NAME_CHARS for name in names):
        raise UsageError(f"{path} holds {len(names)} class names, or one that is too long", _EXPECTED)
    return names


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UsageError(f"{path} has more than {MAX_FILE_BYTES} bytes, so it is no list of class names", _EXPECTED)
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the class names {path}: {error}", _EXPECTED) from error


def _yaml(path: Path, text: str) -> object:
    file = YamlFile.parse(path, path.name, text.encode())
    if file.problems:
        raise UsageError(f"{path} cannot be read", _EXPECTED, "\n".join(map(str, file.problems[:5])))
    return file.data.get("names")


def _json(path: Path, text: str) -> object:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read: {error}", _EXPECTED) from error
    return value.get("names", value) if isinstance(value, dict) else value


def _names_of(path: Path, value: object) -> tuple[str, ...]:
    """From a list, or from a mapping of the numbers 0 to n-1."""
    if isinstance(value, dict):
        by_number = {str(key): name for key, name in value.items()}
        value = [by_number.get(str(number)) for number in range(len(by_number))]
    if not isinstance(value, list) or not all(isinstance(name, str | int) for name in value):
        raise UsageError(f"{path} names no classes: `names` is neither a list nor numbered from 0", _EXPECTED)
    return tuple(str(name) for name in value)
