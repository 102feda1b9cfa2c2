"""What is wrong with a model is named from what it gives on frames; the models here are one convolution each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from workbench.frames.selection import Selection
from workbench.frames.source import open_source
from workbench.intake.heads import choose_head
from workbench.intake.health import Ailment, calibration_ailments, find_ailments, shared_scale
from workbench.intake.trial import Feeding, Trial, Tried
from workbench.optimise.adapt import Changes, adapt_model
from workbench.optimise.model_file import ModelFile, load_model
from workbench.pipeline.detector import input_size
from workbench.reference import Reference

FRAMES = [np.full((8, 8, 3), shade, np.uint8) for shade in (120, 180)]
USUAL = Feeding()
BOX = (4.0, 4.0, 3.0, 3.0)


def save(path: Path, gains: Sequence[float], offsets: Sequence[float], scale: float | None = None) -> Path:
    """Output row n is gains[n] * (r + g + b) + offsets[n]; quantised as a whole where a scale is given."""
    rows = len(gains)
    weights = [
        numpy_helper.from_array(np.array(gains, np.float32)[:, None, None, None] * np.ones((1, 3, 1, 1), "f"), "w"),
        numpy_helper.from_array(np.array(offsets, np.float32), "b"),
        numpy_helper.from_array(np.array([1, rows, 64], np.int64), "flat"),
    ]
    nodes = [helper.make_node("Conv", ["images", "w", "b"], ["raw"])]
    last = "raw"
    if scale is not None:
        weights += [
            numpy_helper.from_array(np.array(scale, np.float32), "s"),
            numpy_helper.from_array(np.array(0, np.int8), "z"),
        ]
        nodes.append(helper.make_node("QuantizeLinear", ["raw", "s", "z"], ["q"]))
        nodes.append(helper.make_node("DequantizeLinear", ["q", "s", "z"], ["dq"]))
        last = "dq"
    nodes.append(helper.make_node("Reshape", [last, "flat"], ["output0"]))
    taken = [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 8, 8])]
    given = [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, rows, 64])]
    graph = helper.make_graph(nodes, "detector", taken, given, weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def look(model: ModelFile, frames: Sequence[np.ndarray] = FRAMES, feeding: Feeding = USUAL) -> list[str]:
    model = adapt_model(model, Changes(width=640, height=640))
    with Reference(model, 2) as reference:
        width, height, layout = input_size(reference.facts)
        head = choose_head(reference.facts, (width, height), len(reference.facts.class_names or "12")).head
        trial = Trial(reference, head, (width, height, layout), frames)
        found = find_ailments(trial, head, model, feeding)
    assert all(item.hint for item in found)
    return [item.text for item in found]


@pytest.mark.parametrize(
    ("gains", "offsets", "scale", "said"),
    [
        ((0.0,) * 4 + (0.3, 0.0), (*BOX, 0.0, 0.0), None, []),
        ((0.0,) * 6, (3.0,) * 6, None, ["the output is dead: every value is 3", "scores lie between 3 and 3"]),
        ((0.0,) * 6, (*BOX, 0.3, 0.4), None, ["the output is the same for 2 different frames"]),
        ((0.1,) * 6, (*BOX, float("nan"), 0.1), None, ["the output holds 128 values that are no finite numbers"]),
        ((0.1,) * 4 + (0.0, 0.0), (*BOX, 0.0, 0.0), None, ["every score is 0 on every frame"]),
        (
            (9.0,) * 4 + (0.3, 0.0),
            (*BOX, 0.0, 0.0),
            2.5,
            ["every score is 0: boxes and scores were quantised with one"],
        ),
        ((0.1,) * 4 + (0.3, 0.0), (*BOX, 0.0, 0.0), 0.05, ["boxes and scores were quantised with one scale of 0.05"]),
        ((0.1,) * 4 + (0.3, 0.0), (*BOX, -3.0, 0.0), None, ["scores lie between -2.58 and 0"]),
        ((0.1,) * 4 + (0.0, 0.0), (*BOX, 0.995, 0.0), None, ["more than half of all anchors have a score of 0.99"]),
        (
            (0.0,) * 4 + (0.001, 0.0),
            (*BOX, 0.0, 0.0),
            None,
            ["nothing is found on any frame; with pixels scaled to 0 to 255 there are"],
        ),
        (
            (0.0,) * 4 + (1e-6, 0.0),
            (*BOX, 0.0, 0.0),
            None,
            ["nothing is found on any frame, and hardly anything however"],
        ),
    ],
)
def test_that_what_is_wrong_is_named(
    tmp_path: Path, gains: Sequence[float], offsets: Sequence[float], scale: float | None, said: list[str]
) -> None:
    texts = look(load_model(save(tmp_path / "m.onnx", gains, offsets, scale)))
    assert len(texts) == len(said)
    for text, words in zip(texts, said, strict=True):
        assert words in text


@pytest.mark.parametrize(
    ("file", "scale"),
    [
        ("coco_yolov8n_int8_qdq_broken_head", 2.5),
        ("bdd100k_yolo11n_int8_qdq_broken_head", 2.62),
        ("bdd100k_yolov8n_int8_qoperator_dynamic", 2.53),
        ("coco_yolov8n_int8_qdq", None),
        ("bdd100k_yolo11n_fp32_derived", None),
    ],
)
def test_that_public_models_with_a_broken_head_are_named_and_sound_ones_are_not(
    shared_data: Path, file: str, scale: float | None
) -> None:
    model = load_model(shared_data / "models" / f"{file}.onnx")
    source = open_source(shared_data / "images" / ("bdd100k" if "bdd" in file else "samples"))
    found = look(model, [source.read(index) for index in range(2)])
    expected = f"every score is 0: boxes and scores were quantised with one scale of {scale}"
    assert [text.startswith(expected) for text in found] == ([] if scale is None else [True])
    assert shared_scale(model) == (None if scale is None else pytest.approx(scale, rel=0.01))


def test_that_only_pixels_as_they_are_are_tried_on_a_model_of_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = onnx.load(save(tmp_path / "m.onnx", (0.0,) * 4 + (1e-6, 0.0), (*BOX, 0.0, 0.0)))
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    model.graph.node[0].input[0] = "floats"
    model.graph.node.insert(0, helper.make_node("Cast", ["images"], ["floats"], to=TensorProto.FLOAT))
    onnx.save(model, tmp_path / "bytes.onnx")
    fed: list[Feeding] = []
    run = Trial.run

    def note(trial: Trial, feeding: Feeding, confidence: float) -> Iterator[Tried]:
        fed.append(feeding)
        return run(trial, feeding, confidence)

    monkeypatch.setattr(Trial, "run", note)
    (said,) = look(load_model(tmp_path / "bytes.onnx"), feeding=Feeding(scale=1.0))
    assert said.startswith("nothing is found on any frame")
    assert fed == [Feeding(scale=1.0)]


def selection(digests: Sequence[str]) -> Selection:
    names = tuple(f"{number}.png" for number in range(len(digests)))
    return Selection("calibration", len(names), len(names), 0, tuple(range(len(names))), names, tuple(digests))


def test_that_enough_different_calibration_frames_are_no_finding() -> None:
    assert calibration_ailments(selection([str(number) for number in range(32)])) == ()


def test_that_few_or_repeated_calibration_frames_are_named() -> None:
    few, repeated = calibration_ailments(selection(["a"] * 3 + [str(number) for number in range(10)]))
    assert few == Ailment(
        "there are 11 different calibration frames; INT8 ranges need 32",
        "add frames of the kind that the board sees, in all light and weather",
    )
    assert repeated.text == "2 calibration frames repeat others (1.png, 2.png)"
