"""When an engine is the wanted one, when a release is, and what is said where not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from projects.project import Project
from projects.records import CandidateRecord, Stored
from targets.agent.plan import parse_load, parse_plan, parse_preprocess
from targets.agent.runtimes.tensorrt_api import INSTALL
from targets.board_values import BuiltEngine
from targets.facts import BoardFacts, RuntimeFacts
from workbench.base.errors import BoardError, UsageError
from workbench.base.hashing import sha256_bytes
from workbench.jobs.context import JobContext
from workbench.pipeline import build
from workbench.pipeline.build import (
    WantedEngine,
    choose_candidate,
    dla_findings,
    ensure_engine,
    find_engine,
    require_one,
    want_engine,
)
from workbench.pipeline.built_engines import FILE, FOREIGN, FORMAT, MOST, is_built_here, remember_engine
from workbench.pipeline.candidates import want_candidate
from workbench.pipeline.deploy import choose_engine, smoke_pack
from workbench.pipeline.detector import open_detector
from workbench.pipeline.on_board import HeldBoard, load_options
from workbench.pipeline.release import CONFIG_FILE, ENGINE_FILE, board_plan, make_release, run_settings
from workbench.pipeline.trt_calibration import find_trt_calibration
from workbench.settings import home_folder

from .chain_records import OPTIONS, ChainWriter
from .conftest import change


@pytest.fixture
def writer(project: Path) -> ChainWriter:
    return ChainWriter(Project.open(project))


def wanted(candidate: Stored[CandidateRecord], **fields: Any) -> WantedEngine:
    whole = WantedEngine(candidate.record, "openvino", "2026.4", "cpu", dict(OPTIONS))
    return replace(whole, **fields)


def test_that_an_engine_of_the_same_identity_is_found(writer: ChainWriter) -> None:
    candidate = writer.candidate()
    same = wanted(candidate)
    assert find_engine(writer.project, same, home_folder()) == (None, "")
    engine = writer.engine(candidate, identity_sha256=same.identity_sha256)
    assert find_engine(writer.project, same, home_folder()) == (engine, "")


def test_that_an_engine_from_elsewhere_is_never_used_again(
    writer: ChainWriter, context: JobContext, tmp_path: Path
) -> None:
    candidate = writer.candidate()
    same = wanted(candidate)
    engine = writer.engine(candidate, identity_sha256=same.identity_sha256)
    assert find_engine(writer.project, same, tmp_path) == (None, FOREIGN)
    held = HeldBoard(cast(Any, None), BoardFacts(runtimes={"openvino": RuntimeFacts("2026.4")}), "bench")
    with pytest.raises(UsageError, match="was not built by you") as caught:
        choose_engine(writer.project, engine.record.sha256[:8], held, context)
    assert "slipway build" in caught.value.hint
    remember_engine(context.home, engine.record.sha256)
    assert choose_engine(writer.project, engine.record.sha256[:8], held, context) == engine
    assert find_engine(writer.project, same, context.home) == (engine, "")


class Board:
    """A board that builds an engine of two bytes."""

    def __init__(self) -> None:
        self.board, self.id = self, "1"

    def build(self, *_: object, **__: object) -> BuiltEngine:
        return BuiltEngine(sha256_bytes(b"ok"), 2, 1.0, "openvino", "2026.4", "cpu", {}, {}, {})

    def get_file(self, _sha256: str, path: Path, *_: object) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"ok")


def test_that_a_built_engine_is_remembered(
    writer: ChainWriter, context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "push_blobs", lambda *_: None)
    monkeypatch.setattr(build, "_require_takeable", lambda *_: None)
    runtimes = {"openvino": RuntimeFacts("2026.4", "cpu", ("f32",))}
    held = HeldBoard(cast(Any, Board()), BoardFacts(cores=2, runtimes=runtimes), "bench")
    candidate = writer.candidate()
    first = ensure_engine(writer.project, candidate, held, context)
    assert is_built_here(context.home, first.record.sha256)
    assert ensure_engine(writer.project, candidate, held, context) == first


def test_that_so_many_engines_are_remembered_and_a_damaged_list_holds_none(tmp_path: Path) -> None:
    known = [sha256_bytes(str(number).encode()) for number in range(MOST)]
    (tmp_path / FILE).write_text(json.dumps({"format": FORMAT, "engines": known}))
    remember_engine(tmp_path, "f" * 64)
    assert not is_built_here(tmp_path, known[0])
    assert is_built_here(tmp_path, known[1])
    assert is_built_here(tmp_path, "f" * 64)
    for damaged in ("[" * 9999, "{}", '{"format": "x"}', json.dumps({"format": FORMAT, "engines": "f" * 64})):
        (tmp_path / FILE).write_text(damaged)
        assert not is_built_here(tmp_path, "f" * 64)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"runtime_version": "2027.1"}, "openvino 2026.4 → 2027.1"),
        ({"device_key": "another cpu"}, "it was built for another kind of board"),
        ({"options": {**OPTIONS, "threads": 1}}, "the options changed"),
    ],
)
def test_that_what_decides_an_engine_is_said_when_it_changed(
    writer: ChainWriter, fields: dict[str, Any], reason: str
) -> None:
    candidate = writer.candidate()
    writer.engine(candidate, identity_sha256=wanted(candidate).identity_sha256)
    assert wanted(candidate, **fields).identity_sha256 != wanted(candidate).identity_sha256
    assert find_engine(writer.project, wanted(candidate, **fields), home_folder()) == (None, reason)


def test_that_an_engine_of_another_candidate_is_named(writer: ChainWriter) -> None:
    old, new = writer.candidate(b"old", "2020-01-01T00:00:00Z"), writer.candidate(b"new")
    writer.engine(old)
    assert find_engine(writer.project, wanted(new), home_folder()) == (None, "the candidate changed")
    other = writer.candidate(b"other", name="fp16", recipe="fp16")
    assert find_engine(writer.project, wanted(other), home_folder()) == (
        None,
        "the last engine is of the candidate int8",
    )


def test_that_lost_bytes_are_a_reason_to_build_again(project: Path, writer: ChainWriter) -> None:
    candidate = writer.candidate()
    engine = writer.engine(candidate, identity_sha256=wanted(candidate).identity_sha256)
    (project / ".slipway" / "blobs" / engine.record.sha256).unlink()
    found, reason = find_engine(writer.project, wanted(candidate), home_folder())
    assert found is None
    assert reason == "its bytes are not here"


def test_that_a_candidate_is_named_by_name_or_by_the_beginning_of_its_sha256(
    writer: ChainWriter, context: JobContext
) -> None:
    old, new = writer.candidate(b"old", "2020-01-01T00:00:00Z"), writer.candidate(b"new")
    assert choose_candidate(writer.project, "int8", context).id == new.id
    assert choose_candidate(writer.project, old.record.sha256[:8], context).id == old.id
    with pytest.raises(UsageError, match="no candidate 'int4'") as caught:
        choose_candidate(writer.project, "int4", context)
    assert "int8" in caught.value.hint


def test_that_a_beginning_that_fits_several_is_refused() -> None:
    require_one("engines", "a", ["ab" * 32, "ab" * 32])
    with pytest.raises(UsageError, match="several engines begin with 'a'") as caught:
        require_one("engines", "a", ["ab" * 32, "ac" * 32])
    assert "acacacacacac" in caught.value.hint


def test_that_the_candidate_that_has_to_be_made_first_is_said(writer: ChainWriter, context: JobContext) -> None:
    writer.candidate(parent_sha256="0" * 64)
    with pytest.raises(UsageError, match=r"no int8 candidate \(the model changed\)") as caught:
        choose_candidate(writer.project, None, context)
    assert "slipway optimise" in caught.value.hint


def test_that_load_options_are_the_documents_or_those_of_a_small_board(project: Path) -> None:
    facts, runtime = BoardFacts(cores=1), RuntimeFacts("2026.4", precisions=("f32", "f16"))
    plain = load_options(Project.open(project), facts, runtime, "fp16")
    assert plain == {"precision": "f16", "threads": 1, "streams": 1}
    assert load_options(Project.open(project), facts, RuntimeFacts("2026.4"), "fp16")["precision"] == "f32"
    change(
        project, ("  runtime_configuration:\n", "  resource_allocation: {cpu_threads: 3}\n  runtime_configuration:\n")
    )
    assert load_options(Project.open(project), facts, runtime, "int8")["threads"] == 3


TRT = RuntimeFacts("10.3.0", "orin", ("f32", "f16", "i8"))


@pytest.mark.parametrize(
    ("framework", "version", "precision", "expected"),
    [
        ("TensorRT 10.3", "10.3.0", "fp32", "f32"),
        ("TensorRT 10.3", "10.3.0", "fp16", "f16"),
        ("TensorRT 10.3", "10.3.0", "int8", "f16"),
        ("TensorRT", "8.5.2.2", "int8", "f16"),
        ("TensorRT", "11.4.0", "int8", "f32"),
        ("TensorRT for RTX", "1.7.1.116", "int8", "f32"),
    ],
)
def test_that_tensorrt_up_to_10_computes_the_rest_of_int8_in_half(
    project: Path, framework: str, version: str, precision: str, expected: str
) -> None:
    change(project, ("framework: OpenVINO", f"framework: {framework}"))
    runtime = replace(TRT, version=version)
    assert load_options(Project.open(project), BoardFacts(cores=6), runtime, precision)["precision"] == expected


def test_that_workspace_and_dla_core_are_options_of_tensorrt_alone(project: Path) -> None:
    asked = "streams: 1\n    workspace_size: 1GB\n    dla_enabled: true"
    change(project, ("streams: 1", asked), ("slipway:\n", "slipway:\n  tensorrt: {dla_core: 1}\n"))
    facts = BoardFacts(cores=6)
    assert set(load_options(Project.open(project), facts, TRT, "fp16")) == {"precision", "threads", "streams"}
    change(project, ("framework: OpenVINO", "framework: TensorRT"))
    options = load_options(Project.open(project), facts, TRT, "fp16")
    assert {"workspace_bytes": 10**9, "dla_core": 1}.items() <= options.items()
    assert parse_load(options, "options").to_json() == options


@pytest.mark.parametrize(
    ("runtime", "known", "summary", "hint"),
    [
        (
            "tensorrt",
            RuntimeFacts(None, missing=INSTALL),
            "jetson has no TensorRT",
            "JetPack brings it to the system's",
        ),
        ("tensorrt", None, "jetson has no TensorRT", "slipway boards prepare jetson --runtime tensorrt"),
        ("openvino", RuntimeFacts(None, missing="pip"), "jetson has no OpenVINO", "slipway boards prepare jetson"),
    ],
)
def test_that_a_missing_runtime_is_told_with_what_brings_it(
    runtime: str, known: RuntimeFacts | None, summary: str, hint: str
) -> None:
    held = HeldBoard(cast(Any, None), BoardFacts(runtimes={} if known is None else {runtime: known}), "jetson")
    with pytest.raises(BoardError, match=summary) as caught:
        held.runtime(runtime)
    assert hint in caught.value.hint
    assert "slipway boards probe jetson" in caught.value.hint


def test_that_layers_that_fall_back_from_a_dla_are_told() -> None:
    assert dla_findings({}) == dla_findings({"layers_on_dla": 9, "layers_on_gpu": 0}) == []
    assert dla_findings({"layers_on_dla": 9, "layers_on_gpu": 3}) == [
        "3 of 12 layers run on the GPU, 9 on the DLA: each change between them costs copies."
    ]


def test_that_frames_for_a_calibrator_belong_to_the_engines_identity(
    project: Path, writer: ChainWriter, context: JobContext
) -> None:
    candidate = writer.candidate(name="fp32", recipe="fp32", precision="fp32").record
    change(project, ("framework: OpenVINO", "framework: TensorRT 8.6"))
    assert find_trt_calibration(Project.open(project), candidate, context) is None
    change(project, ("slipway:\n", "slipway:\n  tensorrt: {calibrator: entropy}\n"))
    opened = Project.open(project)
    found = find_trt_calibration(opened, candidate, context)
    assert found is not None
    assert found.options["calibrator"] == "entropy"
    assert parse_load({"precision": "f16", **found.options}, "options").calibrator == "entropy"
    assert found.pack.path.is_file()
    assert parse_preprocess(found.request["preprocess"], "preprocess").color == "rgb"
    assert want_candidate(opened, open_detector(opened), context).name == "fp32"
    change(project, ("images: data/calibration", "images: data/calibration\n    count: 2"))
    other = find_trt_calibration(Project.open(project), candidate, context)
    assert other is not None
    assert other.options["calibration_sha256"] != found.options["calibration_sha256"]
    int8 = writer.candidate(b"int8").record
    assert find_trt_calibration(Project.open(project), int8, context) is None
    held = HeldBoard(cast(Any, None), BoardFacts(cores=6, runtimes={"tensorrt": TRT}), "jetson")
    wanted = want_engine(Project.open(project), candidate, held, context)
    assert wanted.options["precision"] == "f16", "what is not INT8 is computed in half"
    assert wanted.calibration == other
    assert wanted.options["calibration_sha256"] == other.options["calibration_sha256"]


def test_that_what_an_engine_is_bound_to_goes_with_its_release(project: Path, writer: ChainWriter) -> None:
    engine = writer.engine(writer.candidate()).record
    opened = Project.open(project)
    detector = open_detector(opened)
    assert "built" not in run_settings(detector, engine)["load"]
    bound = replace(engine, sidecar={"gpu": "Orin", "version": "10.3.0"})
    load = run_settings(detector, bound)["load"]
    assert load["built"] == {"gpu": "Orin", "version": "10.3.0"}
    assert parse_load(load, "load").built == load["built"]
    assert make_release(opened, detector, bound).id != make_release(opened, detector, engine).id


def test_that_a_release_is_known_by_its_engine_and_its_configuration(project: Path, writer: ChainWriter) -> None:
    engine = writer.engine(writer.candidate()).record
    opened = Project.open(project)
    first, again = (make_release(opened, open_detector(opened), engine) for _ in range(2))
    assert first == again
    assert first.files[ENGINE_FILE] == engine.sha256
    assert CONFIG_FILE in first.files
    other = make_release(opened, open_detector(opened), replace(engine, sha256="0" * 64))
    change(project, ("slipway:\n", "slipway:\n  thresholds: {nms_iou: 0.5}\n"))
    changed = Project.open(project)
    configured = make_release(changed, open_detector(changed), engine)
    assert len({first.id, other.id, configured.id}) == 3


def test_that_an_installation_is_tried_without_looking_at_labels(
    project: Path, writer: ChainWriter, context: JobContext
) -> None:
    (project / "data/labels.json").write_text("damaged")
    detector = open_detector(writer.project)
    pack = smoke_pack(writer.project, detector, context)
    assert (pack.count, pack.height, pack.width) == (1, detector.fitting.height, detector.fitting.width)
    engine = writer.engine(writer.candidate()).record
    release = make_release(writer.project, detector, engine)
    phases = [{"id": "validation", "kind": "validation"}]
    plan = board_plan("smoke", release, run_settings(detector, engine), pack, 1.0, phases)
    assert parse_plan(plan).engine_sha256 == engine.sha256
