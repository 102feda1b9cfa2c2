"""Projects in folders of their own, with the reference documents as they stand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from projects.project import Project

REFERENCE = Path(__file__).parents[2] / "fixtures" / "reference"


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """A project's folder with both reference documents, byte for byte; its name has a space and an umlaut."""
    folder = tmp_path / "Überholung 1"
    shutil.copytree(REFERENCE, folder)
    return folder


@pytest.fixture
def project(reference: Path) -> Project:
    """The reference project."""
    return Project.open(reference)


@pytest.fixture
def open_with(reference: Path) -> Callable[..., Project]:
    """Open the reference project with text added to, or replaced in, its documents."""

    def edit(tests: str = "", deployment: str = "", replace: tuple[tuple[str, str], ...] = ()) -> Project:
        for name, added in (("deployment.yaml", deployment), ("deployment_tests.yaml", tests)):
            path = reference / name
            text = path.read_text(encoding="utf-8")
            for old, new in replace:
                text = text.replace(old, new)
            path.write_text(text + added, encoding="utf-8")
        return Project.open(reference)

    return edit
