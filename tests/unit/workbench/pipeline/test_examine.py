"""The example's model on a few of its frames: what is wrong, and which way to feed it is the right one."""

from __future__ import annotations

import shutil
from pathlib import Path

import onnx
import pytest

from projects.project import Project
from workbench.base.errors import UsageError
from workbench.intake.own_head import read_own_head
from workbench.intake.trial import Feeding
from workbench.jobs.context import JobContext
from workbench.pipeline.examine import Examination, ExamineJob, document_values
from workbench.scenes.dataset import write_dataset

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    folder = tmp_path_factory.mktemp("example")
    (folder / "models").mkdir()
    for name in ("deployment.yaml", "deployment_tests.yaml"):
        shutil.copy(repository / "resources" / "example" / name, folder / name)
    shutil.copy(repository / "resources" / "example" / "model.onnx", folder / "models" / "road_users.onnx")
    write_dataset(folder / "data" / "test", range(4_000_000, 4_000_004))
    write_dataset(folder / "data" / "calibration", range(4_100_000, 4_100_002))
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "project"))


def feed_wrongly(folder: Path) -> None:
    path = folder / "deployment.yaml"
    text = path.read_text()
    assert "preprocessing:" not in text
    wrong = "slipway:\n  preprocessing: {resize: letterbox, color: bgr, scale: 1, mean: 0}  # as it came\n"
    path.write_text(text.replace("slipway:\n", wrong, 1))


def texts(found: Examination) -> list[str]:
    return [item.text for item in found.ailments]


def test_that_a_sound_model_has_only_its_calibration_frames_named(folder: Path, context: JobContext) -> None:
    found = ExamineJob(folder, 4).run(context)
    assert texts(found) == ["there are 2 different calibration frames; INT8 ranges need 32"]
    assert found.ranking is not None
    assert found.ranking.confirmed
    assert not found.differs
    assert found.applied == ()


def test_that_a_model_that_is_fed_wrongly_is_named_and_the_right_way_written_when_asked(
    folder: Path, context: JobContext
) -> None:
    feed_wrongly(folder)
    before = (folder / "deployment.yaml").read_bytes()
    found = ExamineJob(folder, 4).run(context)
    assert any("sees things everywhere" in item.hint for item in found.ailments)
    assert found.differs
    assert (folder / "deployment.yaml").read_bytes() == before
    found = ExamineJob(folder, 4, apply=True).run(context)
    assert "slipway.preprocessing.scale" in found.applied
    project = Project.open(folder)
    assert project.effective.scale == 1 / 255
    assert "# as it came" in project.deployment_file.text
    again = ExamineJob(folder, 4, apply=True).run(context)
    assert not again.differs
    assert again.applied == ()


def test_that_without_outside_data_nothing_is_ranked(folder: Path, context: JobContext) -> None:
    path = folder / "deployment.yaml"
    lines = [line for line in path.read_text().splitlines(keepends=True) if "labels:" not in line]
    path.write_text("".join(lines))
    assert ExamineJob(folder).run(context).ranking is None


@pytest.mark.parametrize(
    ("feeding", "values"),
    [
        (Feeding(), {"resize": "letterbox", "color": "rgb", "scale": "1/255"}),
        (
            Feeding("letterbox", "top_left", "bgr", 1.0),
            {"resize": "letterbox", "anchor": "top_left", "color": "bgr", "scale": 1.0},
        ),
        (
            Feeding("stretch", "center", "rgb", 1.0, (127.0,), (128.0,)),
            {"resize": "stretch", "color": "rgb", "scale": 1.0, "mean": 127.0, "std": 128.0},
        ),
        (
            Feeding(mean=(0.4, 0.5, 0.6)),
            {"resize": "letterbox", "color": "rgb", "scale": "1/255", "mean": [0.4, 0.5, 0.6]},
        ),
    ],
)
def test_that_a_way_is_written_as_people_write_it(feeding: Feeding, values: dict[str, object]) -> None:
    assert document_values(feeding) == values


def test_that_a_dead_model_is_not_fed_in_all_ways(folder: Path, context: JobContext) -> None:
    path = folder / "models" / "road_users.onnx"
    model = onnx.load(path)
    (name,) = (output.name for output in model.graph.output)
    for node in model.graph.node:
        node.output[:] = ["alive" if item == name else item for item in node.output]
    model.graph.node.append(onnx.helper.make_node("Sub", ["alive", "alive"], [name], name="/dead"))
    onnx.save(model, path)
    found = ExamineJob(folder, 4).run(context)
    assert texts(found)[0] == "the output is dead: every value is 0"
    assert found.ailments[0].dead
    assert found.ranking is None


def test_that_a_head_of_ones_own_that_fails_is_told_in_words(folder: Path, context: JobContext) -> None:
    (folder / "heads").mkdir()
    source = b"def decode(outputs, width, height):\n    return outputs[0][0][:3].T, outputs[0][0][4:].T\n"
    (folder / "heads" / "mine.py").write_bytes(source)
    path = folder / "deployment.yaml"
    path.write_text(path.read_text().replace("slipway:\n", "slipway:\n  head: heads/mine.py\n", 1))
    read_own_head(folder / "heads" / "mine.py", context.home).trust()
    with pytest.raises(UsageError, match=r"gives boxes \[5040, 3\]") as caught:
        ExamineJob(folder, 4).run(context)
    assert caught.value.hint
