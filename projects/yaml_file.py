"""The one YAML file: documents read safely, with the line of each key, and edited without touching any other byte."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.representer import SafeRepresenter

from projects.keys import Keys, dotted, find
from projects.problems import DocumentProblems, Problem, quote
from workbench.base.atomic import write_atomic
from workbench.base.errors import UsageError
from workbench.base.hashing import sha256_bytes

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 24
MAX_VALUES: Final = 20_000
MAX_KEY_CHARS: Final = 200

_TAG: Final = "tag:yaml.org,2002:"
_NOT_YAML: Final = "YAML: lines of 'key: value', indented with spaces"


class TextInt(int):
    """A whole number that remembers how it was written."""

    text: str

    def __new__(cls, value: int, text: str) -> TextInt:
        """The number `value`, written as `text`."""
        number = super().__new__(cls, value)
        number.text = text
        return number

    def __getnewargs__(self) -> tuple[int, str]:  # type: ignore[override]
        return int.__int__(self), self.text


class TextFloat(float):
    """A number that remembers how it was written, so that version 1.10 does not become 1.1."""

    text: str

    def __new__(cls, value: float, text: str) -> TextFloat:
        """The number `value`, written as `text`."""
        number = super().__new__(cls, value)
        number.text = text
        return number

    def __getnewargs__(self) -> tuple[float, str]:  # type: ignore[override]
        return float(self), self.text


@dataclass(frozen=True)
class Place:
    """Where a value stands in the text."""

    line: int
    """From 1: the line of its key, or of the item itself in a list."""
    start: int
    """Index of the first character of the value."""
    end: int
    """Index behind the last character of the value, without the comments that follow it."""
    entry: int
    """Index of the first character of its key, or of the item itself in a list."""
    column: int
    """Column of the key or item, from 0."""
    block: bool
    """Whether it is a mapping or a list written over lines."""
    flow: bool
    """Whether it is written in braces or brackets, or lies in something that is."""
    quote: str
    """The quotation mark around it, if any."""
    shared: bool
    """Whether it, or what it lies in, has a YAML anchor, so that it may stand in several places."""


@dataclass(frozen=True)
class YamlFile:
    """One document as it was read, immutable; an edit gives a new one, and `save` writes it.

    `problems` holds what is wrong with it as YAML; where the text cannot be read at all, `data` is empty.
    """

    path: Path
    name: str
    """Its name in problems."""
    text: str
    stored_sha256: str | None
    """Of the bytes on disk when it was read; None for a file that is not there yet."""
    data: Mapping[str, object]
    places: Mapping[Keys, Place]
    problems: tuple[Problem, ...]

    @classmethod
    def read(cls, path: Path, name: str | None = None) -> YamlFile:
        """Read a document; what is wrong with it lands in `problems`.

        Raises:
            UsageError: the file is not there or cannot be read.
        """
        name = name or path.name
        try:
            with path.open("rb") as stream:
                stored = stream.read(MAX_BYTES + 1)
        except FileNotFoundError as error:
            raise UsageError(
                f"{path} is not there", "Make a project with `slipway new`, or give its folder."
            ) from error
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror or error}", "Check that it may be read.") from error
        return cls.parse(path, name, stored, sha256_bytes(stored))

    @classmethod
    def parse(cls, path: Path, name: str, stored: bytes, stored_sha256: str | None = None) -> YamlFile:
        """A document from its bytes."""
        if len(stored) > MAX_BYTES:
            problem = Problem(name, None, "", f"more than {MAX_BYTES:,} bytes", f"at most {MAX_BYTES:,} bytes")
            return cls(path, name, "", stored_sha256, {}, {}, (problem,))
        try:
            text = stored.decode("utf-8")
        except UnicodeDecodeError as error:
            line = stored.count(b"\n", 0, error.start) + 1
            got = f"the byte 0x{stored[error.start]:02x}, which is not UTF-8"
            problem = Problem(name, line, "", got, "text in UTF-8", "save the file as UTF-8")
            return cls(path, name, "", stored_sha256, {}, {}, (problem,))
        reader = _Reader(name, text)
        data = reader.read()
        return cls(path, name, text, stored_sha256, data, reader.places, tuple(reader.problems))

    def line_of(self, keys: Keys) -> int | None:
        """The line of a value, or of the nearest thing around it that is there."""
        for length in range(len(keys), 0, -1):
            place = self.places.get(keys[:length])
            if place is not None:
                return place.line
        return None

    def find(self, keys: Keys) -> object:
        """The value at the keys, None where there is none."""
        return find(self.data, keys)

    def replaced(self, text: str) -> YamlFile:
        """The same file with another text; what is on disk is still what was read."""
        return YamlFile.parse(self.path, self.name, text.encode("utf-8"), self.stored_sha256)

    def save(self) -> YamlFile:
        """Write the text, whole or not at all, and give the document as it is on disk now.

        Raises:
            DocumentProblems: it is not valid YAML.
            UsageError: somebody else changed the file since it was read; nothing is written.
            SlipwayError: it cannot be written.
        """
        if self.problems:
            raise DocumentProblems(self.problems, f"the document {self.name}")
        self.check_unchanged()
        stored = self.text.encode("utf-8")
        write_atomic(self.path, stored)
        return dataclasses.replace(self, stored_sha256=sha256_bytes(stored))

    def check_unchanged(self) -> None:
        """Make sure that the file on disk is the one that was read.

        Raises:
            UsageError: somebody else changed it since.
        """
        if self._on_disk() != self.stored_sha256:
            raise UsageError(
                f"{self.path} was changed by something else since it was read",
                "Load the project again and repeat the change; nothing was written.",
            )

    def _on_disk(self) -> str | None:
        try:
            with self.path.open("rb") as stream:
                return sha256_bytes(stream.read(MAX_BYTES + 1))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UsageError(f"cannot read {self.path}: {error.strerror or error}") from error


class _Refused(Exception):
    """The document is out of bounds; the problem has been noted."""


class _Reader:
    """Turns text into plain values, noting the place of each; bounded in depth and in number of values."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.places: dict[Keys, Place] = {}
        self.problems: list[Problem] = []
        self._values = 0

    def read(self) -> dict[str, object]:
        try:
            node = YAML(typ="safe", pure=True).compose(self.text)
            value = {} if node is None else self._value(node, (), shared=False)
        except MarkedYAMLError as error:
            self.problems.append(_problem_of_syntax(self.name, error))
        except ReaderError as error:
            line = self.text.count("\n", 0, error.position) + 1
            got = f"the character U+{error.character if isinstance(error.character, int) else ord(error.character):04X}"
            self.problems.append(Problem(self.name, line, "", got, "printable text"))
        except YAMLError as error:
            self.problems.append(Problem(self.name, None, "", f"text that is not YAML ({error})", _NOT_YAML))
        except RecursionError:
            self._note(None, (), "values nested too deep", f"at most {MAX_DEPTH} levels")
        except _Refused:
            pass
        else:
            return self._root(value)
        self.places.clear()
        return {}

    def _root(self, value: object) -> dict[str, object]:
        if isinstance(value, dict):
            return value
        self._note(1, (), "a list" if isinstance(value, list) else quote(value), "a mapping: lines of 'key: value'")
        return {}

    def _note(self, line: int | None, keys: Keys, got: str, expected: str, hint: str = "") -> None:
        self.problems.append(Problem(self.name, line, dotted(keys), got, expected, hint))

    def _value(self, node: Node, keys: Keys, shared: bool) -> object:
        line = node.start_mark.line + 1
        self._values += 1
        if self._values > MAX_VALUES:
            got = f"more than {MAX_VALUES:,} values, aliases counted each time"
            self._note(line, (), got, f"at most {MAX_VALUES:,}")
            raise _Refused
        if len(keys) > MAX_DEPTH:
            self._note(line, (), "values nested too deep", f"at most {MAX_DEPTH} levels")
            raise _Refused
        if isinstance(node, MappingNode):
            self._check_tag(node, keys, "map")
            return self._mapping(node, keys, shared)
        if isinstance(node, SequenceNode):
            self._check_tag(node, keys, "seq")
            return self._items(node, keys, shared)
        return self._scalar(node, keys) if isinstance(node, ScalarNode) else None

    def _check_tag(self, node: Node, keys: Keys, *allowed: str) -> bool:
        tag = str(node.tag)
        if tag in {_TAG + name for name in allowed}:
            return True
        got = f"the tag {quote(tag.replace(_TAG, '!!'))}"
        self._note(node.start_mark.line + 1, keys, got, "plain values without tags", "remove the tag")
        return False

    def _mapping(self, node: MappingNode, keys: Keys, shared: bool) -> dict[str, object]:
        mapping: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode) or key_node.tag == _TAG + "merge":
                self._note(line, keys, "a key that is no plain text", "keys that are plain texts", "write the keys out")
                continue
            key = str(key_node.value)
            if len(key) > MAX_KEY_CHARS:
                got = f"the key {quote(key)}, which is too long"
                self._note(line, keys, got, f"at most {MAX_KEY_CHARS} characters")
                continue
            if not _is_writable(key):
                self._note(line, keys, "a key with half a character", "whole characters")
                continue
            if key in mapping:
                first = self.places[(*keys, key)].line
                self._note(
                    line, (*keys, key), "the key a second time", "each key once", f"it stands on line {first} too"
                )
                continue
            mapping[key] = self._placed(value_node, (*keys, key), key_node, shared)
        return mapping

    def _items(self, node: SequenceNode, keys: Keys, shared: bool) -> list[object]:
        return [self._placed(item, (*keys, index), item, shared) for index, item in enumerate(node.value)]

    def _placed(self, node: Node, keys: Keys, entry: Node, shared: bool) -> object:
        shared = shared or bool(getattr(node, "anchor", None))
        around = self.places.get(keys[:-1])
        braces = isinstance(node, CollectionNode) and bool(node.flow_style)
        self.places[keys] = Place(
            line=entry.start_mark.line + 1,
            start=node.start_mark.index,
            end=self._end(node),
            entry=entry.start_mark.index,
            column=entry.start_mark.column,
            block=isinstance(node, CollectionNode) and not braces,
            flow=braces or (around is not None and around.flow),
            quote=node.style if isinstance(node, ScalarNode) and node.style in {"'", '"'} else "",
            shared=shared,
        )
        return self._value(node, keys, shared)

    def _end(self, node: Node) -> int:
        """Index behind the last character of the value itself: block collections end where their last child ends."""
        depth = 0
        while isinstance(node, CollectionNode) and not node.flow_style and node.value and depth <= MAX_DEPTH:
            last = node.value[-1]
            node = last[1] if isinstance(last, tuple) else last
            depth += 1
        start, end = node.start_mark.index, node.end_mark.index
        return int(start) + len(self.text[start:end].rstrip(" \t\r\n"))

    def _scalar(self, node: ScalarNode, keys: Keys) -> object:
        text = str(node.value)
        if not _is_writable(text):
            self._note(node.start_mark.line + 1, keys, "half a character (U+D800 to U+DFFF)", "whole characters")
            return ""
        if not self._check_tag(node, keys, "str", "int", "float", "bool", "null", "timestamp"):
            return text
        kind = str(node.tag).removeprefix(_TAG)
        try:
            return _plain(kind, text)
        except ValueError:
            self._note(node.start_mark.line + 1, keys, quote(text), "a value that fits its tag", "remove the tag")
            return text


def _is_writable(text: str) -> bool:
    """Whether a text can be written again: an escape may give half of a UTF-16 pair, which has no encoding."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _plain(kind: str, text: str) -> object:
    """A scalar of the YAML 1.2 core schema as a Python value."""
    digits = text.replace("_", "").lower()
    if kind == "null":
        return None
    if kind == "bool":
        return digits == "true"
    if kind == "int":
        based = digits.lstrip("+-")[:2] in {"0x", "0o", "0b"}
        return TextInt(int(digits, 0) if based else int(digits), text)
    if kind == "float":
        return TextFloat(float(digits.replace(".inf", "inf").replace(".nan", "nan")), text)
    return text


def _problem_of_syntax(name: str, error: MarkedYAMLError) -> Problem:
    what = str(error.problem or error.context or "unreadable")
    mark = error.problem_mark or error.context_mark
    line, column = (None, None) if mark is None else (mark.line + 1, mark.column + 1)
    opened = error.context_mark.line + 1 if error.context_mark is not None else line
    hint = _hint_for_syntax(what, opened)
    return Problem(name, line, "", f"text that is not YAML ({what})", _NOT_YAML, hint, column)


def _hint_for_syntax(what: str, opened: int | None) -> str:
    if "mapping values are not allowed" in what:
        return "put a text that holds ': ' in quotes, and check the indentation"
    if "'\\t'" in what:
        return "indent with spaces, not with tabs"
    if "cannot start any token" in what or "undefined alias" in what:
        return "put the text in quotes"
    if "']'" in what or "'}'" in what or "end of stream" in what:
        return f"close what opens on line {opened}"
    if "another document" in what:
        return "keep one document in the file and remove the line '---'"
    return "check the indentation of this line and of the one above"


class _Representer(SafeRepresenter):
    """Writes numbers as they were read."""

    def number(self, value: TextInt | TextFloat) -> ScalarNode:
        kind = "int" if isinstance(value, int) else "float"
        return self.represent_scalar(_TAG + kind, value.text)


_Representer.add_representer(TextInt, _Representer.number)
_Representer.add_representer(TextFloat, _Representer.number)


def emit(value: object, *, flow: bool = False) -> str:
    """A value as YAML, over lines or in braces, in its order, ending in a newline; numbers as they were written."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = flow
    yaml.allow_unicode = True
    yaml.width = 1_000_000
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # annotated as None there
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.Representer = _Representer
    stream = io.StringIO()
    yaml.dump(value, stream)
    return stream.getvalue().removesuffix("...\n")
