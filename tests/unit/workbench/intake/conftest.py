from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from targets.agent.heads.base import Head
from workbench.frames.source import ImageFolder
from workbench.intake.heads import choose_head
from workbench.optimise.model_file import load_model
from workbench.reference import Reference
from workbench.scenes.dataset import write_dataset

SEEDS = range(4_000_000, 4_000_006)


@dataclass(frozen=True)
class Example:
    """The example's detector, open, and a few scenes with labels."""

    reference: Reference
    head: Head
    source: ImageFolder
    labels: Path
    names: Sequence[str]

    @property
    def size(self) -> tuple[int, int, str]:
        return 640, 384, "NCHW"


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Iterator[Example]:
    folder = tmp_path_factory.mktemp("scenes")
    labels = write_dataset(folder, SEEDS)
    with Reference(load_model(repository / "resources" / "example" / "model.onnx"), 2) as reference:
        head = choose_head(reference.facts, (640, 384)).head
        yield Example(reference, head, ImageFolder(folder), labels, reference.facts.class_names or ())
