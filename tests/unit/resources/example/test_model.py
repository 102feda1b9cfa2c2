"""The example's model is what its documents and the project say of it."""

import ast

import numpy as np
import onnx
import onnxruntime
import pytest

from resources.example.evaluate import HELD_OUT_SEEDS, decode, evaluate
from workbench.scenes.scene import CLASS_NAMES

ANCHORS = 5040


@pytest.fixture(scope="module")
def path(repository):
    return repository / "resources" / "example" / "model.onnx"


@pytest.fixture(scope="module")
def model(path):
    return onnx.load(path)


def shape(value):
    return [part.dim_value for part in value.type.tensor_type.shape.dim]


def test_that_the_file_is_at_most_six_megabytes(path):
    assert path.stat().st_size <= 6_000_000


def test_that_the_opset_and_the_format_are_ones_that_every_runtime_reads(model):
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 17)]
    assert model.ir_version <= 8
    onnx.checker.check_model(model, full_check=True)


def test_that_input_and_output_have_the_yolov8_layout(model):
    assert [(value.name, shape(value)) for value in model.graph.input] == [("images", [1, 3, 384, 640])]
    assert [shape(value) for value in model.graph.output] == [[1, 4 + len(CLASS_NAMES), ANCHORS]]


def test_that_the_metadata_names_the_classes_in_order(model):
    facts = {entry.key: entry.value for entry in model.metadata_props}
    assert ast.literal_eval(facts["names"]) == dict(enumerate(CLASS_NAMES))
    assert (facts["task"], facts["stride"], facts["imgsz"]) == ("detect", "32", "[384, 640]")
    assert facts["description"]


def test_that_batch_norms_are_folded_into_their_convolutions(model):
    kinds = {node.op_type for node in model.graph.node}
    assert "Conv" in kinds
    assert "BatchNormalization" not in kinds


def test_that_scores_stay_between_0_and_1_and_sizes_are_positive_on_any_input(path):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    noise = np.random.default_rng(0).random((1, 3, 384, 640), np.float32)
    for images in (noise, np.zeros_like(noise), np.ones_like(noise)):
        (output,) = session.run(None, {"images": images})
        assert np.isfinite(output).all()
        assert output[0, 4:].min() >= 0
        assert output[0, 4:].max() <= 1
        assert output[0, 2:4].min() > 0


def test_that_decoding_keeps_the_best_of_two_boxes_of_a_class_on_one_place():
    output = np.zeros((10, 3), np.float32)
    output[:4] = np.array([[100, 80, 40, 20], [102, 80, 40, 20], [300, 80, 40, 20]], np.float32).T
    output[4, :2] = (0.6, 0.9)
    output[5, 2] = 0.5
    found = decode(output)
    assert [(round(score, 3), kind) for _, score, kind in found] == [(0.9, 0), (0.5, 1)]
    assert found[0][0].tolist() == [82, 70, 122, 90]


def test_that_the_detector_finds_road_users_on_scenes_that_it_has_not_seen(path):
    accuracy = evaluate(path, HELD_OUT_SEEDS[:40])
    assert accuracy.frames == 40
    assert accuracy.map50 >= 0.80
