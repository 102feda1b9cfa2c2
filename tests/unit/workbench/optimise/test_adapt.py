from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench.optimise.adapt import Changes, adapt_model
from workbench.optimise.model_facts import facts_of
from workbench.optimise.model_file import ModelFile, load_model

if TYPE_CHECKING:
    from collections.abc import Callable

    import onnx

    Save = Callable[[onnx.ModelProto], Path]


@pytest.fixture
def dynamic(detector: onnx.ModelProto, save: Save) -> ModelFile:
    axes = detector.graph.input[0].type.tensor_type.shape.dim
    for axis, name in ((axes[0], "batch"), (axes[2], "height")):
        axis.Clear()
        axis.dim_param = name
    return load_model(save(detector))


def test_that_a_model_with_fixed_sizes_stays_the_same(detector_path: Path) -> None:
    source = load_model(detector_path)
    assert adapt_model(source, Changes()) is source


def test_that_a_batch_is_fixed_without_being_asked_and_a_height_only_when_asked(dynamic: ModelFile) -> None:
    assert facts_of(adapt_model(dynamic, Changes())).dynamic_axes == ("images axis 2 (height)",)
    adapted = adapt_model(dynamic, Changes(height=64))
    assert facts_of(adapted).dynamic_axes == ()
    assert adapted.changes == (
        "the axis 0 (batch) of the input images was fixed at 1",
        "the axis 2 (height) of the input images was fixed at 64",
    )


def test_that_what_was_changed_is_part_of_the_models_hash(dynamic: ModelFile) -> None:
    hashes = {adapt_model(dynamic, Changes(height=height)).sha256 for height in (32, 64)}
    assert len(hashes | {dynamic.sha256}) == 3
