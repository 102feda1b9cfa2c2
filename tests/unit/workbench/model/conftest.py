"""A project of the example's detector with a few rendered frames, as a person would have made it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workbench.orders.new_project import NewProject
from workbench.scenes.dataset import write_dataset
from workbench.session import Session

SEEDS = range(5)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session(tmp_path / "slipway-home") as opened:
        yield opened


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rendered frames with their labels in COCO JSON: `frames` and `labels.json`."""
    folder = tmp_path_factory.mktemp("scenes")
    labels = write_dataset(folder / "frames", SEEDS)
    labels.rename(folder / "labels.json")
    return folder


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, repository: Path, scenes: Path) -> Path:
    """A project that nobody changes."""
    folder = tmp_path_factory.mktemp("made") / "project"
    with Session(tmp_path_factory.mktemp("home")) as opened:
        order = NewProject(folder, repository / "resources" / "example" / "model.onnx", frames=scenes / "frames")
        ended = opened.start(order).wait()
    assert ended.error is None, ended.error
    return folder


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    """A project of one's own."""
    return Path(shutil.copytree(made, tmp_path / "project"))


@pytest.fixture
def write_document(project: Path) -> Callable[[str, str], None]:
    """Replaces a text in the project's deployment specification, which must be there."""

    def write(old: str, new: str) -> None:
        file = project / "deployment.yaml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    return write
