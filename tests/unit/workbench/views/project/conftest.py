"""Projects with the records of a chain, and a user who looks at them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from projects.project import Project
from tests.unit.workbench.pipeline.chain_records import ChainWriter
from tests.unit.workbench.pipeline.conftest import edit, make_frames, make_labels, make_model, project
from workbench.session import Session

__all__ = ["edit", "make_frames", "make_labels", "make_model", "project"]


@pytest.fixture
def writer(project: Path) -> ChainWriter:
    """Writes records of the project."""
    return ChainWriter(Project.open(project))


@pytest.fixture
def session() -> Iterator[Session]:
    """A user at work."""
    with Session() as opened:
        yield opened
