"""How a new project feeds its model: as its labels tell, where they tell anything."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from projects.project import Project
from workbench.jobs.context import JobContext
from workbench.pipeline import new_trial
from workbench.pipeline.new import NewJob
from workbench.scenes.dataset import write_dataset

SCENES = range(4_000_000, 4_000_004)


def model_of_whole_pixels(example: Path, path: Path) -> Path:
    """The example's detector with the division by 255 in its graph: fed as is usual for its head it sees nothing."""
    model = onnx.load(example)
    graph = model.graph
    image = graph.input[0].name
    for node in graph.node:
        node.input[:] = ["scaled" if name == image else name for name in node.input]
    graph.initializer.append(numpy_helper.from_array(np.array(1 / 255, np.float32), "least"))
    graph.node.insert(0, helper.make_node("Mul", [image, "least"], ["scaled"], name="/scale"))
    onnx.save(model, path)
    return path


def test_that_a_new_project_feeds_its_model_as_the_labels_tell(
    tmp_path: Path, repository: Path, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_trial, "LIMIT_S", 300.0)
    model = model_of_whole_pixels(repository / "resources" / "example" / "model.onnx", tmp_path / "whole.onnx")
    labels = write_dataset(tmp_path / "scenes", SCENES)
    result = NewJob(tmp_path / "project", model, tmp_path / "scenes", labels).run(context)
    project = Project.open(tmp_path / "project")
    assert project.effective.scale == 1.0
    assert "scale: 1.0" in project.deployment_file.text
    assert "confirmed by the labels of 4 frames" in project.deployment_file.text
    assert not any(item.path.startswith("slipway.preprocessing") for item in result.unconfirmed)
    assert not any("not confirmed" in item.text for item in result.findings)
