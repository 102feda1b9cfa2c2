"""The whole job with TensorRT as the documents' framework, on a board whose TensorRT and CUDA are our own.

Engines compute with ONNX Runtime behind the names of TensorRT, so what is proved is everything around them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.example_project import BOARD, PRECISION, change
from projects.project import Project
from projects.records import CandidateRecord, EngineRecord
from targets.inventory import BoardEntry, save_board
from tests.end2end.bench import BY, Desk, Place
from tests.unit.agent.runtimes.fakes.board import compile_cudart, make_python
from workbench.base.events import JobState
from workbench.session import Session

VERSION = "10.3.0"
RUNTIME = ("deployment", "runtime_configuration")


@pytest.fixture
def jetson(lean_fresh: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The example for TensorRT, and a board that has it."""
    place = lean_fresh.move(tmp_path)
    library = tmp_path / "lib" / "libcudart.so"
    library.parent.mkdir()
    compile_cudart(library)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(library.parent))
    monkeypatch.setenv("SLIPWAY_HOME", str(place.home))
    python = make_python(tmp_path, library, VERSION)
    entry = BoardEntry(BOARD, "local", root=str(place.root), id="b", lock=str(tmp_path / "lock"), python=str(python))
    save_board(entry)
    document = place.project / "deployment.yaml"
    change(document, (*RUNTIME, "framework"), "TensorRT 10.3")
    change(document, (*RUNTIME, "workspace_size"), "512MB")
    change(document, ("deployment", "model_format", "deployed"), "models/road_users.engine")
    return place


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["INT8", "calibrator"])
def test_that_the_whole_job_runs_with_tensorrt(jetson: Place, precision: str) -> None:
    document = jetson.project / "deployment.yaml"
    measured = precision == "calibrator"
    change(document, PRECISION, "INT8" if measured else precision)
    if measured:
        change(document, ("slipway", "tensorrt", "calibrator"), "entropy")
    with Session(jetson.home, by=BY) as session:
        story = Desk(jetson, session).run()
    assert story.state is JobState.SUCCEEDED, story.ended
    project = Project.open(jetson.project)
    (candidate,) = project.records.all(CandidateRecord)
    (engine,) = project.records.all(EngineRecord)
    assert candidate.record.precision == ("fp32" if measured else precision.lower())
    assert (engine.record.runtime, engine.record.runtime_version) == ("tensorrt", VERSION)
    assert engine.record.load_options["workspace_bytes"] == 512_000_000
    assert engine.record.load_options["precision"] == "f16"
    assert engine.record.load_options.get("calibrator") == ("entropy" if measured else None)
    assert engine.record.sidecar["gpu"] == "Fake Orin"
    run = jetson.record()
    outcomes = {item["kind"]: item["verdict"]["outcome"] for item in run["requirements"]}
    assert outcomes["output_difference"] == outcomes["detection_iou"] == "PASS", outcomes
    page = (jetson.runs()[-1].path / "report.html").read_text(encoding="utf-8")
    assert f"tensorrt {VERSION}" in page
