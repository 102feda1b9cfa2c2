"""Which candidate is wanted, and when the one that is there is not the one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from projects.project import Project
from workbench.base.errors import UsageError
from workbench.base.reporter import Silent
from workbench.optimise.candidate import optimiser_versions
from workbench.pipeline.candidates import find_candidate, want_candidate
from workbench.pipeline.detector import open_detector

from .chain_records import ChainWriter

Edit = Callable[..., None]


def find(folder: Path, **wanted: Any) -> tuple[object, str]:
    opened = Project.open(folder)
    found, reason = find_candidate(opened, want_candidate(opened, open_detector(opened), Silent(), **wanted))
    return (None if found is None else found.record.name), reason


@pytest.fixture
def writer(project: Path) -> ChainWriter:
    return ChainWriter(Project.open(project))


def test_that_the_documents_choose_the_recipe_unless_somebody_names_one(project: Path) -> None:
    opened = Project.open(project)
    detector = open_detector(opened)
    assert want_candidate(opened, detector, Silent()).name == "int8"
    assert want_candidate(opened, detector, Silent(), "fp16").name == "fp16"
    assert want_candidate(opened, detector, Silent(), "INT8", ("/head/*", "/a")).name == "int8-k2"
    with pytest.raises(UsageError, match="no recipe 'int4'"):
        want_candidate(opened, detector, Silent(), "int4")


def test_that_another_way_to_measure_ranges_is_another_candidate(project: Path, writer: ChainWriter) -> None:
    opened = Project.open(project)
    detector = open_detector(opened)
    assert want_candidate(opened, detector, Silent(), method="Entropy").recipe.method.value == "entropy"
    with pytest.raises(UsageError, match="no method 'mean'"):
        want_candidate(opened, detector, Silent(), "int8", method="mean")
    with pytest.raises(UsageError, match="fp16 measures no ranges"):
        want_candidate(opened, detector, Silent(), "fp16", method="entropy")
    writer.candidate()
    assert find(project) == ("int8", "")
    assert find(project, method="minmax") == (None, "the calibration method changed")


def test_that_float_needs_no_calibration_frames(project: Path) -> None:
    opened = Project.open(project)
    wanted = want_candidate(opened, open_detector(opened), Silent(), "fp16")
    assert (wanted.frames_sha256, wanted.calibration) == (None, None)


def test_that_the_same_inputs_are_the_same_candidate(project: Path, writer: ChainWriter) -> None:
    assert find(project) == (None, "")
    writer.candidate()
    assert find(project) == ("int8", "")
    assert find(project, keep=("/head/*",)) == (None, "")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"parent_sha256": "0" * 64}, "the model changed"),
        ({"calibration": None}, "the calibration frames or the preprocessing changed"),
        ({"tools": {**dict(optimiser_versions()), "onnx": "0.1"}}, "tools changed: onnx 0.1 → "),
        ({"tools": {}}, "tools changed: "),
        ({"sha256": "0" * 64}, "its bytes are not here"),
    ],
)
def test_that_another_input_is_another_candidate_and_says_which(
    project: Path, writer: ChainWriter, fields: dict[str, Any], reason: str
) -> None:
    writer.candidate(**fields)
    found, why = find(project)
    assert found is None
    assert why.startswith(reason)


def test_that_an_older_one_that_fits_is_found_behind_a_newer_one_that_does_not(
    project: Path, writer: ChainWriter
) -> None:
    writer.candidate(b"old", "2020-01-01T00:00:00Z")
    writer.candidate(b"new", parent_sha256="0" * 64)
    assert find(project) == ("int8", "")


@pytest.mark.parametrize(
    "edit_of",
    [
        ("slipway:\n", "slipway:\n  preprocessing: {resize: stretch}\n"),
        ("slipway:\n", "slipway:\n  preprocessing: {color: bgr}\n"),
        ("    images: data/calibration\n", "    images: data/calibration\n    count: 2\n"),
    ],
)
def test_that_what_the_calibration_sees_is_part_of_it(
    project: Path, writer: ChainWriter, edit: Edit, edit_of: tuple[str, str]
) -> None:
    writer.candidate()
    edit(edit_of)
    assert find(project) == (None, "the calibration frames or the preprocessing changed")
