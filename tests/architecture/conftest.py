"""The sources of the house, parsed once."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGES = ("ui", "workbench", "projects", "targets", "resources")


@dataclass(frozen=True)
class Source:
    """One Python file of the house."""

    path: str
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """Its dotted name; a package's `__init__` counts as a module in it."""
        return self.path.removesuffix(".py").replace("/", ".")

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


@dataclass(frozen=True)
class House:
    """All Python files of the packages."""

    sources: tuple[Source, ...]

    def under(self, prefix: str) -> list[Source]:
        """Sources whose path begins with the prefix."""
        return [source for source in self.sources if source.path.startswith(prefix)]


@pytest.fixture(scope="session")
def house(repository: Path) -> House:
    """Every Python file of the packages, with its syntax tree."""
    paths = [path for package in PACKAGES for path in sorted((repository / package).rglob("*.py"))]
    sources = tuple(read(path, repository) for path in paths)
    assert len(sources) > len(PACKAGES), f"no sources found under {repository}"
    return House(sources)


def read(path: Path, root: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    return Source(path.relative_to(root).as_posix(), text, ast.parse(text, str(path)))
