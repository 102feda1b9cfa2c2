"""New projects from models: proposed, staged, and there as a whole or not at all."""

from __future__ import annotations

import hashlib
import pickle
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, external_data_helper

from projects.problems import DocumentProblems
from projects.project import Project
from workbench.base.errors import Cancelled, SlipwayError, UsageError
from workbench.base.events import Event, StepEnded
from workbench.command.console import Console
from workbench.command.results import show_check
from workbench.intake.words import NOT_CONFIRMED
from workbench.jobs.context import JobContext
from workbench.pipeline.check import check_project
from workbench.pipeline.new import NewJob

MakeModel = Callable[..., Path]
MakeFrames = Callable[..., Path]
MakeLabels = Callable[..., Path]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """The folder of the project to be."""
    return tmp_path / "neues Projekt"


def left_over(tmp_path: Path) -> list[str]:
    """Hidden folders that a job may have left."""
    return [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_that_a_model_alone_makes_a_project_whose_limits_wait(
    target: Path, make_model: MakeModel, context: JobContext, told: list[Event]
) -> None:
    model = make_model("yolo strasse.v2.onnx")
    result = NewJob(target, model).run(context)
    project = Project.open(target)
    assert result.ok
    assert result.unconfirmed == project.unconfirmed
    assert project.model_path == target / "models" / "yolo_strasse.v2.onnx"
    assert project.model_path.read_bytes() == model.read_bytes()
    assert (project.deployment.id, project.deployment.model) == (
        "MLE-DEPLOY-NEUES-PROJEKT",
        "MLE-MODEL-YOLO-STRASSE.V2",
    )
    assert (project.deployment.model_format.precision, project.settings.head) == ("FP32", "yolov8")
    assert not any(item.confirmed for item in project.requirements if item.limit is not None)
    waiting = [item.path for item in result.unconfirmed]
    assert {"slipway.head", "slipway.preprocessing.scale", "performance_tests.latency.requirement"} <= set(waiting)
    assert result.model is not None
    assert result.model.class_names == ("car", "lorry", "sign")
    ended = [event.text for event in told if isinstance(event, StepEnded)]
    assert ended[0] == "images float32[1, 3, 32, 48] → yolov8 with 3 classes"


def test_that_frames_and_labels_are_copied_and_named(
    target: Path,
    make_model: MakeModel,
    make_frames: MakeFrames,
    make_labels: MakeLabels,
    context: JobContext,
) -> None:
    frames, calibration = make_frames(), make_frames("typical", 3)
    (frames / "notes.txt").write_text("no frame")
    job = NewJob(target, make_model(), frames, make_labels(), calibration, "Jetson Orin", "int8")
    result = job.run(context)
    project = Project.open(target)
    assert result.ok
    assert sorted(path.name for path in (target / "data" / "frames").iterdir()) == [f"00{n}.png" for n in range(4)]
    assert project.settings.frames is not None
    assert project.settings.frames.labels == "data/labels.json"
    assert project.settings.calibration is not None
    assert (project.settings.calibration.images, project.settings.calibration.count) == ("data/calibration", 3)
    assert project.acceptance.functional_equivalence is not None
    assert project.acceptance.functional_equivalence.test_samples == 4
    assert "functional_equivalence.test_samples" in [item.path for item in result.unconfirmed]
    assert (project.acceptance.target, project.deployment.model_format.precision) == ("Jetson Orin", "INT8")
    assert [item.title for item in project.requirements if item.kind == "accuracy"] == ["Drop of mAP50"]


def test_that_yolo_labels_and_their_class_names_are_taken(
    target: Path, tmp_path: Path, make_model: MakeModel, make_frames: MakeFrames, context: JobContext
) -> None:
    labels = tmp_path / "yolo"
    labels.mkdir()
    (labels / "000.txt").write_text("2 0.5 0.5 0.2 0.2\n")
    (labels / "classes.txt").write_text("bus\ntram\nbicycle\n")
    result = NewJob(target, make_model(names=None), make_frames(), labels).run(context)
    assert result.model is not None
    assert result.model.class_names == ("bus", "tram", "bicycle")
    assert "slipway.frames.classes" in [item.path for item in result.unconfirmed]
    assert (target / "data" / "labels" / "000.txt").is_file()


def test_that_what_lies_in_the_project_already_is_not_copied(
    target: Path, make_model: MakeModel, make_frames: MakeFrames, make_labels: MakeLabels, context: JobContext
) -> None:
    model = make_model(f"{target.name}/models/mine.onnx")
    frames = make_frames(f"{target.name}/data/mine")
    labels = make_labels(f"{target.name}/data/mine.json")
    before = {path: path.stat().st_mtime_ns for path in target.rglob("*") if path.is_file()}
    assert NewJob(target, model, frames, labels).run(context).ok
    assert {path: path.stat().st_mtime_ns for path in before} == before
    project = Project.open(target)
    assert project.deployment.model_format.intermediate == "models/mine.onnx"
    assert project.settings.frames is not None
    assert (project.settings.frames.images, project.settings.frames.labels) == ("data/mine", "data/mine.json")


def test_that_an_empty_folder_becomes_the_project(target: Path, make_model: MakeModel, context: JobContext) -> None:
    target.mkdir()
    assert NewJob(target, make_model()).run(context).ok


def test_that_data_beside_the_model_come_along(target: Path, make_model: MakeModel, context: JobContext) -> None:
    path = make_model()
    model = onnx.load(path)
    external_data_helper.convert_model_to_external_data(model, location="weights.bin", size_threshold=0)
    onnx.save(model, path)
    assert NewJob(target, path).run(context).ok
    assert (target / "models" / "weights.bin").read_bytes() == (path.parent / "weights.bin").read_bytes()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"height": "h"}, r"nobody is there to answer: detector\.onnx takes images of any size"),
        ({"inputs": 2}, "has 2 inputs"),
        ({"shape": (7, 1536)}, r"no head decodes outputs of shape output0 \[7, 1536\]"),
        ({"classes": 5}, "they have 5 class values, and 3 classes are named"),
        ({"dtype": TensorProto.DOUBLE}, "numbers in float32, float16, uint8 are expected"),
    ],
)
def test_that_a_model_that_cannot_be_taken_leaves_nothing(
    target: Path, tmp_path: Path, make_model: MakeModel, context: JobContext, options: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        NewJob(target, make_model(**options)).run(context)
    assert caught.value.hint
    assert not target.exists()
    assert left_over(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "said"), [(b"text", "is not an ONNX model"), (None, "There is no model file"), (b"", "is empty")]
)
def test_that_a_file_that_is_no_model_leaves_nothing(
    target: Path, tmp_path: Path, context: JobContext, content: bytes | None, said: str
) -> None:
    model = tmp_path / "model.onnx"
    if content is not None:
        model.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        NewJob(target, model).run(context)
    assert not target.exists()


def test_that_a_model_that_is_cut_off_leaves_nothing(target: Path, make_model: MakeModel, context: JobContext) -> None:
    model = make_model()
    model.write_bytes(model.read_bytes()[:-40])
    with pytest.raises(UsageError, match="cut off or damaged"):
        NewJob(target, model).run(context)
    assert not target.exists()


def test_that_frames_and_labels_are_looked_at_before_anything_is_written(
    target: Path,
    tmp_path: Path,
    make_model: MakeModel,
    make_frames: MakeFrames,
    make_labels: MakeLabels,
    context: JobContext,
) -> None:
    model, frames = make_model(), make_frames()
    bad = make_frames("bad")
    (bad / "001.png").write_bytes(b"")
    wrong = [
        (NewJob(target, model, tmp_path / "none"), "is not there"),
        (NewJob(target, model, bad), "1 of the frames in .* cannot be read"),
        (NewJob(target, model, labels=make_labels()), "come without frames"),
        (NewJob(target, model, frames, make_labels("a.json", first="x.png")), "labels 1 frame that"),
        (
            NewJob(target, model, frames, make_labels("b.json", ("cat",))),
            "names cat, and the model knows none of these",
        ),
        (NewJob(target, model, frames, tmp_path / "gone.json"), "are not there"),
        (NewJob(target, model, frames, calibration=model), "is neither a folder nor a video"),
    ]
    for job, said in wrong:
        with pytest.raises(UsageError, match=said):
            job.run(context)
        assert not target.exists()


def test_that_an_unknown_precision_names_the_near_miss(
    target: Path, make_model: MakeModel, context: JobContext
) -> None:
    with pytest.raises(UsageError, match="there is no precision 'int9'") as caught:
        NewJob(target, make_model(), precision="int9").run(context)
    assert caught.value.hint == "Did you mean INT8?"


def test_that_a_project_is_not_overwritten(target: Path, make_model: MakeModel, context: JobContext) -> None:
    NewJob(target, make_model()).run(context)
    before = _contents(target)
    with pytest.raises(UsageError, match="is a project already"):
        NewJob(target, make_model("other.onnx")).run(context)
    assert _contents(target) == before


def test_that_files_in_the_folder_are_not_overwritten(target: Path, make_model: MakeModel, context: JobContext) -> None:
    (target / "models").mkdir(parents=True)
    (target / "models" / "detector.onnx").write_bytes(b"mine")
    with pytest.raises(UsageError, match=r"holds models/detector\.onnx already"):
        NewJob(target, make_model()).run(context)
    assert _contents(target) == {"models/detector.onnx": hashlib.sha256(b"mine").hexdigest()}


def test_that_documents_that_cannot_be_made_leave_a_used_folder_as_it_was(
    target: Path, tmp_path: Path, make_model: MakeModel, context: JobContext
) -> None:
    target.mkdir()
    (target / "mine.txt").write_text("mine")
    with pytest.raises(DocumentProblems):
        NewJob(target, make_model(), target="a\nb").run(context)
    assert list(_contents(target)) == ["mine.txt"]
    assert left_over(tmp_path) == []


def test_that_a_file_in_the_way_is_refused(target: Path, make_model: MakeModel, context: JobContext) -> None:
    target.write_text("")
    with pytest.raises(UsageError, match="is a file, so no project can be made in it"):
        NewJob(target, make_model()).run(context)


def test_that_a_place_that_cannot_be_written_is_said(
    tmp_path: Path, make_model: MakeModel, context: JobContext
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SlipwayError, match="cannot write") as caught:
        NewJob(tmp_path / "file" / "project", make_model()).run(context)
    assert caught.value.hint


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file may grow beyond 20 kB: writing more fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_that_a_full_disk_leaves_nothing(
    target: Path, tmp_path: Path, make_model: MakeModel, context: JobContext, request: pytest.FixtureRequest
) -> None:
    model = make_model(names=str({n: "x" * 20_000 if not n else f"class {n}" for n in range(3)}))
    request.getfixturevalue("small_disk")
    with pytest.raises(SlipwayError, match="cannot write"):
        NewJob(target, model).run(context)
    assert not target.exists()
    assert left_over(tmp_path) == []


def test_that_a_cancelled_job_leaves_nothing(
    target: Path, tmp_path: Path, make_model: MakeModel, make_frames: MakeFrames, context: JobContext
) -> None:
    context.cancel.request()
    with pytest.raises(Cancelled):
        NewJob(target, make_model(), make_frames()).run(context)
    assert not target.exists()
    assert left_over(tmp_path) == []


def test_that_the_job_can_cross_to_a_worker(target: Path) -> None:
    job = NewJob(target, Path("model.onnx"))
    assert pickle.loads(pickle.dumps(job)) == job  # noqa: S301 - our own bytes
    assert (job.title, job.board) == ("Make the project neues Projekt", None)


def _contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_that_calibration_frames_that_repeat_or_are_few_are_named(
    target: Path, make_model: MakeModel, make_frames: MakeFrames, context: JobContext
) -> None:
    calibration = make_frames("typical", 4)
    (calibration / "copy.png").write_bytes((calibration / "000.png").read_bytes())
    result = NewJob(target, make_model(), make_frames(), calibration=calibration).run(context)
    said = [item.text for item in result.findings]
    assert "there are 4 different calibration frames; INT8 ranges need 32" in said
    assert "1 calibration frames repeat others (copy.png)" in said


def test_that_data_in_a_folder_beside_the_model_come_along(
    target: Path, make_model: MakeModel, context: JobContext
) -> None:
    path = make_model()
    model = onnx.load(path)
    (path.parent / "weights").mkdir()
    external_data_helper.convert_model_to_external_data(model, location="weights/w.bin", size_threshold=0)
    onnx.save(model, path)
    result = NewJob(target, path).run(context)
    assert result.ok
    assert (target / "models" / "weights" / "w.bin").is_file()
    assert result.model is not None
    assert result.model.external == (("weights/w.bin", (target / "models" / "weights" / "w.bin").stat().st_size),)


def test_that_exported_detections_come_along(
    target: Path, tmp_path: Path, make_model: MakeModel, make_frames: MakeFrames, context: JobContext
) -> None:
    exported = tmp_path / "results.json"
    exported.write_text('[{"image_id": 0, "category_id": 1, "bbox": [1, 1, 8, 8], "score": 0.9}]')
    with pytest.raises(UsageError, match="come without frames"):
        NewJob(target, make_model(), detections=exported).run(context)
    result = NewJob(target, make_model(), make_frames(), detections=exported).run(context)
    assert result.ok
    project = Project.open(target)
    assert project.settings.frames is not None
    assert project.settings.frames.detections == "data/detections.json"
    (target / "data" / "detections.json").unlink()
    (problem,) = check_project(target).problems
    assert "a file that is not there" in str(problem)


@pytest.mark.parametrize("with_frames", [True, False])
def test_that_without_outside_data_it_is_said_that_nothing_confirms_the_preprocessing(
    target: Path,
    make_model: MakeModel,
    make_frames: MakeFrames,
    context: JobContext,
    capsys: pytest.CaptureFixture[str],
    with_frames: bool,
) -> None:
    result = NewJob(target, make_model(), make_frames() if with_frames else None).run(context)
    assert show_check(Console(as_json=False), result) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if NOT_CONFIRMED in line]
    assert line.startswith("note: ")
    assert "labels, or detections" in line


def test_that_with_labels_it_is_not_said(
    target: Path, make_model: MakeModel, make_frames: MakeFrames, make_labels: MakeLabels, context: JobContext
) -> None:
    result = NewJob(target, make_model(), make_frames(), make_labels()).run(context)
    assert not any(NOT_CONFIRMED in item.text for item in result.findings)
