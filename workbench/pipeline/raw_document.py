"""Single values of a document with their places, also where the document as a whole does not load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from projects.keys import keys_of
from projects.layout import Layout
from projects.problems import Finding, Problem, quote
from projects.yaml_file import YamlFile
from workbench.base.errors import SlipwayError


def broken_at(file: YamlFile) -> str:
    """`line 4` where a document cannot be read as YAML, so that nothing is known of its values; else empty."""
    if not file.problems or file.data:
        return ""
    line = file.problems[0].line
    return f"line {line}" if line is not None else "the file"


@dataclass(frozen=True)
class RawDocument:
    """One document and the problems that its values turn out to have; `root` is its root key."""

    file: YamlFile
    root: str
    layout: Layout

    @property
    def broken_at(self) -> str:
        """`line 4` where the document cannot be read from; empty where it can."""
        return broken_at(self.file)

    def text(self, path: str) -> str | None:
        """A text by its path, such as `model_format.intermediate`; None where there is none."""
        value = self.file.find(keys_of(path, self.root))
        return value.strip() if isinstance(value, str) and value.strip() else None

    def texts(self, path: str) -> tuple[str, ...]:
        """A list of texts, or one text with commas, as the documents take both."""
        value = self.file.find(keys_of(path, self.root))
        items = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
        return tuple(item.strip() for item in items if isinstance(item, str) and item.strip())

    def whole(self, path: str) -> int | None:
        """A whole number by its path; None where there is none."""
        value = self.file.find(keys_of(path, self.root))
        return int(value) if isinstance(value, int) and not isinstance(value, bool) else None

    def mapping(self, path: str) -> Mapping[str, object]:
        """A mapping by its path; empty where there is none."""
        value = self.file.find(keys_of(path, self.root))
        return value if isinstance(value, dict) else {}

    def items(self, path: str) -> Sequence[object]:
        """The items of a list; none where it is not one."""
        value = self.file.find(keys_of(path, self.root))
        return value if isinstance(value, list) else ()

    def inner(self, path: str) -> Path:
        """The file or folder that a value names.

        Raises:
            UsageError: it leads out of the project.
        """
        return self.layout.inner(self.text(path) or "")

    def problem(self, path: str, got: str, expected: str, hint: str = "") -> Problem:
        """A problem at a value."""
        return Problem(self.file.name, self.file.line_of(keys_of(path, self.root)), path, got, expected, hint)

    def refusal(self, path: str, error: SlipwayError, expected: str) -> Problem:
        """The problem that an error says a value has; its paths are shortened to those inside the project."""
        value, folder = self.text(path) or "", f"{self.layout.folder}/"
        said = error.summary.replace(folder, "").removeprefix(f"{value}: ").replace(f" {value}", "")
        said = said.removeprefix(f"{value} ")
        listed = "".join(f"; {line}" for line in error.detail.splitlines())
        hint = error.hint.replace(folder, "").rstrip(".")
        return self.problem(path, f"{quote(value)}: {_lower(said)}{listed}", expected, _lower(hint))

    def finding(self, path: str, text: str, hint: str = "") -> Finding:
        """A finding at a value."""
        return Finding(self.file.name, self.file.line_of(keys_of(path, self.root)), path, text, hint)


def _lower(sentence: str) -> str:
    """A sentence as a part of another; names in capitals stay."""
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() or sentence[1:2] == " " else sentence
