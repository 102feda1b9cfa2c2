"""Groups cover every quantisable node once, at a useful size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import onnx
import pytest
from onnx import helper

from workbench.optimise.cleanup import clean
from workbench.optimise.groups import LEAST_GROUPS, MOST_GROUPS, group_nodes, mac_counts
from workbench.optimise.int8 import quantisable_nodes
from workbench.optimise.keep import kept_nodes
from workbench.optimise.model_file import load_model

if TYPE_CHECKING:
    from workbench.optimise.cleanup import CleanModel


def chain(names: list[str]) -> onnx.ModelProto:
    nodes = [helper.make_node("Conv", [str(i), "w"], [str(i + 1)], name=name) for i, name in enumerate(names)]
    return helper.make_model(helper.make_graph(nodes, "g", [], []))


def keeps_itself(model: onnx.ModelProto) -> bool:
    quantisable = {node.name for node in quantisable_nodes(model)}
    return all(kept_nodes(model, group.keep) & quantisable == set(group.nodes) for group in group_nodes(model))


def test_that_blocks_are_told_by_their_names(cleaned: CleanModel) -> None:
    groups = group_nodes(cleaned.model())
    assert [group.name for group in groups[:2]] == ["/stem", "/stage1"]
    assert [node for group in groups for node in group.nodes] == [
        node.name for node in quantisable_nodes(cleaned.model())
    ]
    assert keeps_itself(cleaned.model())
    assert groups[0].keep == ("/stem/*",)


@pytest.mark.parametrize(
    "names",
    [
        [f"Conv_{index}" for index in range(60)],
        [f"/model.{index // 3}/cv{index % 3}/Conv" for index in range(69)],
        [f"/model/model.{index}/conv[{index}]/Conv" for index in range(40)],
        [f"backbone.block{index // 8}.conv{index % 8}" for index in range(64)],
        ["/a/Conv", "/a/b/Conv", "/ab/Conv"] + [f"/c/c.{index}/Conv" for index in range(20)],
    ],
)
def test_that_there_are_about_a_dozen_groups(names: list[str]) -> None:
    model = chain(names)
    groups = group_nodes(model)
    assert LEAST_GROUPS <= len(groups) <= MOST_GROUPS
    assert sorted(name for group in groups for name in group.nodes) == sorted(names)
    assert len({group.name for group in groups}) == len(groups)
    assert keeps_itself(model)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_that_small_graphs_have_a_group_a_node(count: int) -> None:
    assert [group.nodes for group in group_nodes(chain([f"C{i}" for i in range(count)]))] == [
        (f"C{i}",) for i in range(count)
    ]


def test_that_a_graph_with_nothing_to_quantise_has_no_groups() -> None:
    assert group_nodes(chain([])) == ()


def test_that_work_is_counted(cleaned: CleanModel) -> None:
    macs = mac_counts(cleaned.model())
    assert macs["/stem/Conv"] == 8 * 16 * 24 * 3 * 9
    assert macs["/neck/Up"] == 16 * 8 * 12 * 8 * 4
    assert macs["/head/scores/Conv"] == 3 * 8 * 12 * 16


def test_that_public_models_are_grouped(shared_data: Path) -> None:
    for name in ("coco_yolox_nano_416_fp32", "face_ultraface_rfb320_fp32"):
        model = clean(load_model(shared_data / "models" / f"{name}.onnx")).model()
        assert LEAST_GROUPS <= len(group_nodes(model)) <= MOST_GROUPS
        assert keeps_itself(model)
