"""The Model page's reading: how a model is understood, from where each value comes, what is wrong."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.base.errors import UsageError
from workbench.session import Session
from workbench.views.model import ModelForm, read_form, read_model
from workbench.views.project.overview import Target, read_overview

Write = Callable[[str, str], None]


def sources(form: ModelForm) -> dict[str, str]:
    return {field.label: field.source for field in form.fields}


def test_that_each_value_says_where_it_comes_from(session: Session, project: Path) -> None:
    form = read_model(session, project).form
    assert form is not None
    found = sources(form)
    assert (found["Kind"], found["Classes"], found["Colour"], found["Confidence ≥"]) == (
        "graph",
        "file",
        "assumed",
        "author",
    )
    assert form.head.text == "Recognised"
    assert (form.preprocessing.text, form.preprocessing.level) == ("Not confirmed", "warn")
    assert all(field.amber == (field.source == "assumed") for field in form.fields)


def test_that_a_value_that_a_person_wrote_is_the_authors(
    session: Session, project: Path, write_document: Write
) -> None:
    write_document("    - slipway.preprocessing.color\n", "")
    form = read_model(session, project).form
    assert form is not None
    assert (sources(form)["Colour"], sources(form)["Scale"]) == ("author", "assumed")


def test_that_a_change_shows_as_the_authors_and_as_not_saved(session: Session, project: Path) -> None:
    form = read_form(session, project, (("slipway.preprocessing.color", "bgr"),))
    changed = [field for field in form.fields if field.changed]
    assert [(field.text, field.source) for field in changed] == [("BGR", "author")]
    assert form.preprocessing.text == "Not saved"


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("slipway.preprocessing.scale", "fast", "got 'fast', expected a number above 0 such as 0.01"),
        ("slipway.thresholds.confidence", "7", "got '7', expected a share"),
        ("slipway.preprocessing.pad", "300", "got '300', expected a whole number from 0 to 255"),
    ],
)
def test_that_what_is_wrong_with_a_change_stands_at_its_field(
    session: Session, project: Path, key: str, value: str, problem: str
) -> None:
    form = read_form(session, project, ((key, value),))
    wrong = {field.key: field.problem for field in form.fields if field.problem}
    assert list(wrong) == [key]
    assert problem in wrong[key]


def test_that_a_document_with_problems_elsewhere_is_no_hindrance(
    session: Session, project: Path, write_document: Write
) -> None:
    write_document("    error_rate_threshold: 0.001", "    error_rate_treshold: 0.001")
    page = read_model(session, project)
    assert page.problem == ""
    assert page.form is not None
    assert page.form.head.text == "Recognised"


def test_that_a_model_that_is_gone_says_so(session: Session, project: Path) -> None:
    (project / "models" / "model.onnx").unlink()
    page = read_model(session, project)
    assert page.form is None
    assert "is not there" in page.problem
    assert page.hint


def test_that_a_damaged_model_says_so(session: Session, project: Path) -> None:
    (project / "models" / "model.onnx").write_bytes(b"\x80\x02 no model")
    page = read_model(session, project)
    assert "a Python pickle" in page.problem


def test_that_a_folder_without_documents_is_refused(session: Session, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there"):
        read_model(session, tmp_path)


def test_that_the_page_names_what_was_made_of_the_model(session: Session, project: Path) -> None:
    groups = {
        group.title: {fact.name: fact.value for fact in group.facts} for group in read_model(session, project).facts
    }
    assert groups["Used by"] == {"Candidates": "none yet"}
    assert groups["Size"]["Parameters"] == "899,118"
    assert groups["Input"]["images"] == "1 × 3 × 384 × 640"


def test_that_an_unknown_head_offers_the_nearest_ones(session: Session, project: Path, shared_data: Path) -> None:
    """Shapes alone cannot tell YOLOX from YOLOv5 here; without the proposed head nothing is chosen."""
    shutil.copyfile(shared_data / "models" / "coco_yolox_nano_416_fp32.onnx", project / "models" / "model.onnx")
    text = (project / "deployment.yaml").read_text()
    (project / "deployment.yaml").write_text(text.replace("  head: yolov8\n", "").replace("    - slipway.head\n", ""))
    form = read_model(session, project).form
    assert form is not None
    assert (form.head.text, form.head.level) == ("Not recognised", "err")
    kind = form.of("head")[0]
    assert kind.value == ""
    assert {choice.value for choice in kind.choices[1:4]} >= {"yolox", "yolov5"}


def test_that_the_page_can_be_handed_to_another_process(session: Session, project: Path) -> None:
    page = read_model(session, project)
    assert pickle.loads(pickle.dumps(page)) == page  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    "module",
    ["workbench.views.model", "workbench.views.new_project", "workbench.orders.model", "workbench.orders.new_project"],
)
def test_that_what_the_window_imports_is_light(module: str) -> None:
    heavy = ("numpy", "onnx", "onnxruntime", "pydantic", "ruamel", "cv2", "scipy", "openvino")
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_that_nothing_is_said_of_the_model_of_a_document_that_cannot_be_read(session: Session, project: Path) -> None:
    file = project / "deployment.yaml"
    lines = file.read_text().splitlines()
    lines[3] = "  model: [unclosed"
    file.write_text("\n".join(lines))
    page = read_model(session, project)
    assert page.mend is not None
    assert page.mend.file == "deployment.yaml"
    assert page.problem == f"The model is not known until line {page.mend.line} of deployment.yaml is mended"
    assert "names no model" not in f"{page.problem} {page.hint}"
    box = read_overview(session, project).strip.boxes[0]
    assert (box.state, box.chip, box.name) == ("unknown", "Not checked", "Model")
    assert box.reason == f"not known until line {page.mend.line} is mended"
    assert box.target == Target("project", page.mend)
