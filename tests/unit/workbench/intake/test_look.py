from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from workbench.frames.source import Image, UnreadableFrame
from workbench.intake.graph_classes import classes_in_graph
from workbench.intake.look import frames_of, look_at, rendered
from workbench.optimise.model_file import load_model


class Frames:
    """Five frames, one of which cannot be read."""

    path = Path("data/frames")

    def names(self) -> Sequence[str]:
        return [f"{number}.png" for number in range(5)]

    def read(self, index: int) -> Image:
        if index == 4:
            raise UnreadableFrame("no image", "Replace it.")
        return np.full((20, 30, 3), index, np.uint8)

    def digest(self, index: int) -> str:
        return str(index)


def model(path: Path, dtype: int = TensorProto.FLOAT) -> Path:
    """A model that gives its input as it is."""
    shape = [1, 3, 16, 24]
    nodes = [helper.make_node("Identity", ["images"], ["out"])]
    values = [helper.make_tensor_value_info(name, dtype, shape) for name in ("images", "out")]
    onnx.save(
        helper.make_model(
            helper.make_graph(nodes, "g", values[:1], values[1:]), opset_imports=[helper.make_opsetid("", 17)]
        ),
        path,
    )
    return path


@pytest.mark.parametrize(
    ("dtype", "high"), [(TensorProto.FLOAT, 1.0), (TensorProto.FLOAT16, 1.0), (TensorProto.UINT8, 255.0)]
)
def test_that_a_model_is_seen_on_frames_as_it_takes_them(tmp_path: Path, dtype: int, high: float) -> None:
    frame = np.full((16, 24, 3), 255, np.uint8)
    seen = look_at(load_model(model(tmp_path / "m.onnx", dtype)), (24, 16, "NCHW"), [frame], "1 frame")
    assert (len(seen.frames), seen.about) == (1, "1 frame")
    assert float(seen.frames[0][0].max()) == high


def test_that_a_model_without_frames_is_seen_on_rendered_scenes(tmp_path: Path) -> None:
    seen = look_at(load_model(model(tmp_path / "m.onnx")), (24, 16, "NCHW"), [], "")
    assert (len(seen.frames), seen.about) == (2, "2 rendered road scenes")
    assert all(frame.dtype == np.uint8 for frame in rendered())


def test_that_frames_are_taken_over_the_whole_source_and_bad_ones_passed_over() -> None:
    frames, about = frames_of(Frames(), 3)
    assert [int(frame[0, 0, 0]) for frame in frames] == [0, 2]
    assert about == "2 frames of frames"


@pytest.mark.parametrize(("operator", "expected"), [("Mod", 37), ("Div", 37), ("Add", 0)])
def test_that_the_number_of_classes_is_read_where_places_become_labels(operator: str, expected: int) -> None:
    nodes = [
        helper.make_node("TopK", ["scores", "k"], ["best", "places"]),
        helper.make_node(operator, ["places", "many"], ["labels"]),
    ]
    given = [numpy_helper.from_array(np.array(37, np.int64), "many"), numpy_helper.from_array(np.array([9]), "k")]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 370])],
        [helper.make_tensor_value_info("labels", TensorProto.INT64, [1, 9])],
        given,
    )
    assert classes_in_graph(helper.make_model(graph), "labels") == expected
    assert classes_in_graph(helper.make_model(graph), "elsewhere") == 0
