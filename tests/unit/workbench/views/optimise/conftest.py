"""A small project, and runs of it that are written down by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from projects.project import Project
from tests.unit.workbench.pipeline.chain_records import ChainWriter
from tests.unit.workbench.pipeline.conftest import context, edit, make_frames, make_labels, make_model, project, told
from workbench.session import Session

__all__ = ["context", "edit", "make_frames", "make_labels", "make_model", "project", "told"]


@pytest.fixture
def writer(project: Path) -> ChainWriter:
    return ChainWriter(Project.open(project))


@pytest.fixture
def session() -> Session:
    return Session()
