"""Checking a project: everything that is wrong, at once and in words."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from projects.fields import FRAMEWORKS
from projects.project import Project
from workbench.base.errors import UsageError
from workbench.command.plain import to_plain
from workbench.frames.shared import Limits
from workbench.pipeline import data_check
from workbench.pipeline.check import CheckResult, check_project
from workbench.pipeline.detector import open_detector
from workbench.pipeline.runtime_check import RUNTIMES

Edit = Callable[..., None]
MakeModel = Callable[..., Path]
MODEL = "models/detector.onnx"


def lines(result: CheckResult) -> list[str]:
    return [str(problem) for problem in result.problems]


def only(result: CheckResult) -> str:
    assert len(result.problems) == 1, lines(result)
    return str(result.problems[0])


def test_that_a_sound_project_has_no_problems_and_says_what_its_model_is(project: Path) -> None:
    result = check_project(project)
    assert lines(result) == []
    assert result.ok
    assert [str(finding) for finding in result.findings] == [
        "deployment.yaml:20: slipway.frames.labels: 2 frames have no labels; accuracy is measured on the others"
    ]
    model = result.model
    assert model is not None
    assert (model.file, model.opset, model.head, model.class_names) == (MODEL, 17, "yolov8", ("car", "lorry", "sign"))
    assert model.inputs == ("images float32[1, 3, 32, 48]",)
    assert model.outputs == ("output0 float32[1, 7, 1536]",)
    assert model.head_reason == "one output [1, 7, 1536]: 4 values of a box and 3 class scores for each of 1536 anchors"
    assert model.class_names_from == "the model's metadata"
    assert (model.parameter_count, model.quantisation) == (24, None)


def test_that_the_result_is_json_as_it_stands(project: Path) -> None:
    document = json.loads(json.dumps(to_plain(check_project(project))))
    assert document["folder"] == str(project)
    assert {
        "path": "deployment.version",
        "because": "identifies the document to a reader; runs record its hash",
    }.items() <= (next(item for item in document["recorded_only"] if item["path"] == "deployment.version").items())
    assert document["model"]["head"] == "yolov8"


def test_that_fields_that_are_only_recorded_say_whether_the_documents_have_them(project: Path, edit: Edit) -> None:
    edit(("    storage: any\n", ""))
    given = {item.path: item.given for item in check_project(project).recorded_only}
    assert given["deployment.target_hardware.memory"]
    assert not given["deployment.target_hardware.storage"]


def test_that_problems_of_documents_model_and_data_come_at_once(project: Path, edit: Edit) -> None:
    edit(("streams: 1", "stream: 1"), ("latency_threshold: 50ms", "latency_threshold: 50 sm"))
    edit(("requirement: 50ms", "requirement: -50ms"), name="deployment_tests.yaml")
    (project / MODEL).write_bytes((project / MODEL).read_bytes()[:200])
    (project / "data" / "test" / "002.png").write_bytes(b"")
    found = lines(check_project(project))
    assert [line.split(": got ")[0].split(": ", 1)[1] for line in found] == [
        "model_format.intermediate",
        "runtime_configuration.stream",
        "monitoring.latency_threshold",
        "slipway.frames.images",
        "performance_tests.latency.requirement",
    ]


def test_that_broken_yaml_does_not_hide_what_can_be_told(project: Path) -> None:
    with (project / "deployment_tests.yaml").open("a", encoding="utf-8") as file:
        file.write("slipway: {a: [\n")
    (project / MODEL).unlink()
    result = check_project(project)
    assert {problem.file for problem in result.problems} == {"deployment.yaml", "deployment_tests.yaml"}
    assert result.model is None


def test_that_a_wrong_value_is_told_once(project: Path, edit: Edit) -> None:
    edit(("intermediate: models/detector.onnx", "intermediate: ../detector.onnx"))
    assert "expected a path inside the project folder" in only(check_project(project))


def test_that_a_folder_that_is_no_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is no project: it has no deployment\.yaml and no deployment_tests\.yaml"):
        check_project(tmp_path)
    with pytest.raises(UsageError, match="is no folder"):
        check_project(tmp_path / "nothing")


def test_that_a_missing_model_is_said(project: Path) -> None:
    (project / MODEL).unlink()
    assert only(check_project(project)) == (
        "deployment.yaml:10: model_format.intermediate: got 'models/detector.onnx': there is no model file, expected "
        "a detector in ONNX with one image as its input, of a fixed shape; give the path of an ONNX file"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"no model at all", "is not an ONNX model"),
        (b"PK\x03\x04rest", "is not an ONNX model but a zip archive, as PyTorch checkpoints are"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer"),
    ],
)
def test_that_a_file_that_is_no_model_is_named(project: Path, content: bytes, said: str) -> None:
    (project / MODEL).write_bytes(content)
    result = check_project(project)
    assert said in only(result)
    assert result.model is None


def test_that_a_model_that_is_cut_off_says_how_much_is_missing(project: Path) -> None:
    whole = (project / MODEL).read_bytes()
    (project / MODEL).write_bytes(whole[: len(whole) // 2])
    assert "cut off or damaged" in only(check_project(project))


def test_that_external_data_outside_the_project_are_refused(project: Path) -> None:
    model = onnx.load(project / MODEL)
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../secret.bin")
    (project / MODEL).write_bytes(model.SerializeToString())
    said = only(check_project(project))
    assert "'../../secret.bin', which leaves the model's folder; nothing was loaded" in said


def test_that_a_link_out_of_the_project_is_refused(project: Path, make_model: MakeModel) -> None:
    outside = make_model("outside.onnx")
    (project / MODEL).unlink()
    (project / MODEL).symlink_to(outside)
    assert "leads out of the project" in only(check_project(project))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"height": "h"}, "input axes without a fixed length: images axis 2 (h)"),
        (
            {"batch": 2, "shape": (1, 7, 3072)},
            "takes 2 images at once (images float32[2, 3, 32, 48]); Slipway runs one at a time",
        ),
        ({"inputs": 2}, "has 2 inputs (images float32[1, 3, 32, 48], extra1 float32[1])"),
        (
            {"shape": (7, 1536)},
            "no head decodes outputs of shape output0 [7, 1536]",
        ),
        (
            {"classes": -3, "names": None, "shape": (1, 256, 6)},
            "one output [1, 256, 6]: rows of a box, a score and a class",
        ),
        ({"classes": 8, "names": None, "shape": (1, 1536, 12)}, "names and shapes leave open how"),
    ],
)
def test_that_a_model_that_cannot_be_taken_is_refused_in_words(
    project: Path, make_model: MakeModel, options: dict[str, object], said: str
) -> None:
    make_model(f"{project.name}/{MODEL}", **options)
    result = check_project(project)
    assert any(said in line for line in lines(result)), lines(result)
    assert result.model is not None


def test_that_names_and_outputs_must_have_the_same_number_of_classes(
    project: Path, make_model: MakeModel, edit: Edit
) -> None:
    make_model(f"{project.name}/{MODEL}", classes=5)
    assert (
        "got 3 class names in the model's metadata (car, lorry, sign), expected 5 names, one a class of the model's "
        "output output0 float32[1, 9, 1536]"
    ) in only(check_project(project))
    edit(("    images: data/test\n", "    classes: [a, b]\n    images: data/test\n"))
    assert "slipway.frames.classes: got 2 names, expected 5 names" in only(check_project(project))
    edit(("[a, b]", "[car, lorry, sign, bus, van]"))
    result = check_project(project)
    assert lines(result) == []
    assert any("the model's own class names differ: car, lorry, sign" in str(item) for item in result.findings)


def test_that_a_model_without_names_is_a_finding(project: Path, make_model: MakeModel) -> None:
    make_model(f"{project.name}/{MODEL}", names=None)
    result = check_project(project)
    assert any("nobody names the model's classes" in str(finding) for finding in result.findings)
    assert result.model is not None
    assert result.model.class_names_from == "nobody: they are numbered"
    assert "none of which the model knows" in only(result)


def test_that_int8_is_not_made_from_a_quantised_model(project: Path) -> None:
    model = onnx.load(project / MODEL)
    scale = [
        numpy_helper.from_array(np.array(0.1, np.float32), "scale"),
        numpy_helper.from_array(np.array(0, np.int8), "zero"),
    ]
    quantise = helper.make_node("QuantizeLinear", ["images", "scale", "zero"], ["q"], name="/q")
    restore = helper.make_node("DequantizeLinear", ["q", "scale", "zero"], ["dq"], name="/dq")
    model.graph.node[0].input[0] = "dq"
    nodes = [quantise, restore, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(scale)
    onnx.save(model, project / MODEL)
    result = check_project(project)
    assert "'INT8' for a model that is quantised already (QDQ)" in only(result)
    assert result.model is not None
    assert result.model.quantisation == "QDQ"


def test_that_int8_needs_float32(project: Path, make_model: MakeModel) -> None:
    make_model(f"{project.name}/{MODEL}", dtype=TensorProto.FLOAT16)
    assert "'INT8' for a model that has float16 weights" in only(check_project(project))


def test_that_numbers_that_are_no_floats_are_refused(project: Path, make_model: MakeModel) -> None:
    make_model(f"{project.name}/{MODEL}", dtype=TensorProto.DOUBLE)
    assert any(
        "takes images float64[1, 3, 32, 48]; numbers in float32" in line for line in lines(check_project(project))
    )


def take_bytes(path: Path) -> None:
    """The model with an input in uint8 that it casts itself."""
    model = onnx.load(path)
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    model.graph.node[0].input[0] = "floats"
    model.graph.node.insert(0, helper.make_node("Cast", ["images"], ["floats"], name="cast", to=TensorProto.FLOAT))
    onnx.save(model, path)


def test_that_a_model_of_bytes_takes_pixels_only_as_they_are(project: Path, edit: Edit) -> None:
    take_bytes(project / MODEL)
    edit(("precision: INT8", "precision: FP32"))
    said = only(check_project(project))
    assert "slipway.preprocessing.scale: got scale 0.0039" in said
    assert "pixels as they are: images uint8[1, 3, 32, 48]" in said
    assert "set `slipway: preprocessing: scale: 1`" in said
    with pytest.raises(UsageError, match=r"would change them \(slipway.preprocessing.scale\)") as caught:
        open_detector(Project.open(project))
    assert "scale: 1" in caught.value.hint
    edit(("slipway:\n", "slipway:\n  preprocessing: {scale: 1, std: 57}\n"))
    assert "slipway.preprocessing.std: got std (57.0, 57.0, 57.0)" in only(check_project(project))
    edit(("scale: 1, std: 57", "scale: 1"))
    assert check_project(project).ok
    assert open_detector(Project.open(project)).preprocess.scale == 1


def test_that_int8_needs_calibration_frames(project: Path, edit: Edit) -> None:
    edit(("  calibration:\n    images: data/calibration\n", ""))
    result = check_project(project)
    assert only(result).startswith("deployment.yaml:11: model_format.precision: got 'INT8' without calibration frames")
    assert not any(finding.path == "model_format.precision" for finding in result.findings)


def test_that_keep_entries_must_match_a_node(project: Path, edit: Edit) -> None:
    edit(("slipway:\n", "slipway:\n  optimise:\n    keep: ['/head/*', '/haed/Conv', '/neck/*']\n"))
    found = lines(check_project(project))
    assert len(found) == 2
    assert (
        "'/haed/Conv', which no node of the model is called, expected names of nodes; did you mean '/head/Conv'?"
        in (found[0])
    )
    assert "'/neck/*'" in found[1]


def test_that_nodes_without_names_leave_keep_entries_open(project: Path, make_model: MakeModel, edit: Edit) -> None:
    make_model(f"{project.name}/{MODEL}", named=False)
    edit(("slipway:\n", "slipway:\n  optimise:\n    keep: [Conv_1]\n"))
    result = check_project(project)
    assert lines(result) == []
    assert any("'Conv_1' is no node of the model as it is" in str(finding) for finding in result.findings)


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "empty"), (b"text, no image", "no image"), (b"\x89PNG\r\n\x1a\nno more", "cannot be decoded")],
)
def test_that_an_unreadable_frame_is_named(project: Path, content: bytes, why: str) -> None:
    (project / "data" / "test" / "000.png").write_bytes(content)
    assert f"got 1 frame that cannot be read: 000.png ({why}), expected frames that OpenCV reads" in only(
        check_project(project)
    )


def test_that_frames_that_are_not_there_are_said(project: Path, edit: Edit) -> None:
    edit(("images: data/test", "images: data/tset"), ("images: data/calibration", "images: data/labels.json"))
    found = lines(check_project(project))
    assert "slipway.frames.images: got 'data/tset': is not there, expected a folder of images or a video" in found[0]
    assert "slipway.calibration.images: got 'data/labels.json': is neither a folder nor a video" in found[1]


def test_that_a_folder_without_images_is_said(project: Path) -> None:
    for file in (project / "data" / "calibration").iterdir():
        file.unlink()
    assert "got 'data/calibration': holds no image" in only(check_project(project))


def test_that_labels_that_name_no_frame_are_listed(project: Path, make_labels: Callable[..., Path]) -> None:
    make_labels(f"{project.name}/data/labels.json", first="gone.png")
    assert "labels 1 frame that data/test does not hold (or holds twice); gone.png" in only(check_project(project))


def test_that_labels_of_other_classes_are_a_problem_and_of_some_a_finding(
    project: Path, make_labels: Callable[..., Path]
) -> None:
    make_labels(f"{project.name}/data/labels.json", categories=("cat", "tram"))
    assert (
        "got labels of cat, tram, none of which the model knows, expected the model's classes: car, lorry, sign; "
        "did you mean 'car'?"
    ) in only(check_project(project))
    make_labels(f"{project.name}/data/labels.json", categories=("car", "tram"))
    result = check_project(project)
    assert lines(result) == []
    said = [str(finding) for finding in result.findings]
    assert any("the model has no class tram" in text for text in said)
    assert any("no label names lorry, sign" in text for text in said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot read the labels"),
        ("[]", "is not COCO JSON: its top is not an object"),
        ('{"images": [], "categories": [], "annotations": []}', "labels of no frame at all"),
        ('{"images": [{}]}', "is not COCO JSON"),
    ],
)
def test_that_broken_labels_are_said(project: Path, content: str, said: str) -> None:
    (project / "data" / "labels.json").write_text(content)
    assert said in only(check_project(project))


def test_that_yolo_labels_are_checked_line_by_line(project: Path, edit: Edit) -> None:
    (project / "data" / "labels").mkdir()
    (project / "data" / "labels" / "000.txt").write_text("0 0.5 0.5 0.2 0.2\n7 0.5 0.5 0.2 0.2\n")
    edit(("labels: data/labels.json", "labels: data/labels"))
    said = only(check_project(project))
    assert "data/labels/000.txt:2: got '7 0.5 0.5 0.2 0.2', expected `class cx cy w h`" in said


def test_that_accuracy_of_a_class_that_the_model_lacks_is_a_problem(project: Path, edit: Edit) -> None:
    edit(
        ("{metric: mAP50, at_least: 0.80}", "{metric: mAP50, class: lory, at_least: 0.80}"),
        name="deployment_tests.yaml",
    )
    assert (
        "slipway.accuracy[0].class: got 'lory', expected a class of the model: car, lorry, sign; did you mean"
        in only(check_project(project))
    )


def test_that_fewer_frames_than_samples_are_a_finding(project: Path, edit: Edit) -> None:
    edit(("test_samples: 4", "test_samples: 1000"), name="deployment_tests.yaml")
    said = [str(finding) for finding in check_project(project).findings]
    assert any("there are 4 frames, and the test specification asks for 1000" in text for text in said)


def test_that_values_that_wait_for_a_person_are_listed(project: Path, edit: Edit) -> None:
    edit(
        ("slipway:\n", "slipway:\n  unconfirmed: [performance_tests.latency.requirement]\n"),
        name="deployment_tests.yaml",
    )
    (waiting,) = check_project(project).unconfirmed
    assert (waiting.path, waiting.value) == ("performance_tests.latency.requirement", "50ms")


def test_that_a_check_needs_no_runtime(project: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from workbench.pipeline.check import check_project\n"
        f"assert check_project(Path({str(project)!r})).ok\n"
        "print([name for name in ('onnxruntime', 'openvino', 'scipy', 'pyarrow', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def found(folder: Path, path: str) -> list[str]:
    """What a check says of a value without calling it a problem."""
    result = check_project(folder)
    assert result.ok, lines(result)
    return [f"{item.text}; {item.hint}" for item in result.findings if item.path == path]


FRAMEWORK, THREADS = "runtime_configuration.framework", "resource_allocation.cpu_threads"


def test_that_every_framework_of_the_documents_has_a_runtime() -> None:
    assert set(RUNTIMES) == set(FRAMEWORKS)


def test_that_a_sound_model_is_one_for_tensorrt_too(project: Path, edit: Edit) -> None:
    edit(("framework: OpenVINO", "framework: TensorRT 8.6"))
    assert lines(check_project(project)) == []


def test_that_what_tensorrt_cannot_take_is_said_with_the_reason_and_what_to_do(project: Path, edit: Edit) -> None:
    model = onnx.load(project / MODEL)
    model.graph.node[0].op_type = "ConvInteger"
    model.graph.node.append(helper.make_node("Unique", ["raw"], ["unused"], name="/head/Unique"))
    onnx.save(model, project / MODEL)
    assert not [line for line in lines(check_project(project)) if "TensorRT" in line]
    edit(("framework: OpenVINO", "framework: TensorRT 8.6"), ("precision: INT8", "precision: FP32"))
    said = "\n".join(lines(check_project(project)))
    assert "operators on whole numbers" in said
    assert "(/head/Conv)" in said
    assert "expected a model that TensorRT 8.6 takes" in said
    assert "Unique is an operator that TensorRT 8.6 does not have (/head/Unique)" in said


def test_that_int8_on_a_dla_is_refused_where_it_takes_no_pairs(project: Path, edit: Edit) -> None:
    edit(("framework: OpenVINO\n", "framework: TensorRT 8.6\n    dla_enabled: true\n"))
    assert "a DLA of TensorRT 8.6 takes none" in only(check_project(project))
    edit(("slipway:\n", "slipway:\n  tensorrt: {calibrator: entropy}\n"))
    assert lines(check_project(project)) == []


@pytest.mark.parametrize(
    ("version_text", "told"),
    [("4.0", True), ("8.4", True), ("8", False), ("8.5", False), ("11.4.1", False), ("99", True)],
)
def test_that_a_tensorrt_that_does_not_exist_is_a_finding(
    project: Path, edit: Edit, version_text: str, told: bool
) -> None:
    edit(("framework: OpenVINO", f"framework: TensorRT {version_text}"))
    assert bool(found(project, FRAMEWORK)) == told


def test_that_another_version_than_the_installed_one_is_a_finding(project: Path, edit: Edit) -> None:
    here = version("openvino")
    edit(("framework: OpenVINO", f"framework: OpenVINO {here}"))
    assert found(project, FRAMEWORK) == []
    edit((f"OpenVINO {here}", f"OpenVINO {'.'.join(here.split('.')[:2])}"))
    assert found(project, FRAMEWORK) == []
    edit((f"OpenVINO {'.'.join(here.split('.')[:2])}", "OpenVINO 202"))
    assert found(project, FRAMEWORK) == [
        (
            f"OpenVINO 202 is asked for, and OpenVINO {here} is installed here; "
            "the board decides: it is compared when the engine is built"
        )
    ]


def test_that_more_threads_than_cores_are_a_finding_on_this_machine_alone(project: Path, edit: Edit) -> None:
    edit(("    streams: 1\n", "    streams: 1\n  resource_allocation:\n    cpu_threads: 5000\n"))
    (text,) = found(project, THREADS)
    assert text.startswith("5000 threads are asked for, and this machine has ")
    edit(("slipway:\n", "slipway:\n  board: orin-3\n"))
    assert found(project, THREADS) == []


def test_that_frames_of_both_sets_are_a_finding(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(project, data_check.CALIBRATION) == []
    shutil.copy(project / "data" / "test" / "002.png", project / "data" / "calibration" / "another.png")
    assert found(project, data_check.CALIBRATION) == [
        (
            "1 frame of the test set is here too: 002.png; "
            "the engine would be tuned on what it is tested with: take other frames"
        )
    ]
    monkeypatch.setattr(data_check, "LIMITS", Limits(100, 0, 1000))
    assert found(project, data_check.CALIBRATION) == [
        "whether frames of the test set are here too was not looked at: there are too many; a run looks at all of them"
    ]


def test_that_labels_are_mapped_by_name_and_the_documents_decide(
    project: Path, make_labels: Callable[..., Path], edit: Edit
) -> None:
    make_labels(f"{project.name}/data/labels.json", ("Car", "truck", "sign"))
    result = check_project(project)
    assert {item.label: item.model for item in result.label_map} == {"Car": "car", "truck": None, "sign": "sign"}
    said = [item.text for item in result.findings if item.path == data_check.LABELS]
    assert "matched by names alike: Car is car" in said
    assert "the model has no class truck" in said
    edit(("    labels: data/labels.json\n", "    labels: data/labels.json\n    label_map: {truck: lorry, Car: '-'}\n"))
    result = check_project(project)
    assert {item.label: item.model for item in result.label_map} == {"Car": None, "truck": "lorry", "sign": "sign"}
