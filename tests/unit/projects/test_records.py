"""Records: immutable files with a header, strict when they are read, found by what they were made from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from projects.record_file import Author
from projects.records import (
    CandidateCalibration,
    CandidateRecord,
    EngineRecord,
    FindingRecord,
    RecordStore,
    ReleaseRecord,
    Stored,
)
from workbench.base.errors import SlipwayError, UsageError
from workbench.base.hashing import sha256_bytes, sha256_file

_BY = Author("Änne Ö", "SHA256:abc")
_SOURCE, _CANDIDATE, _ENGINE, _RANGES = (sha256_bytes(name) for name in (b"source", b"candidate", b"engine", b"ranges"))


def _candidate(sha256: str = _CANDIDATE) -> CandidateRecord:
    return CandidateRecord(
        name="int8-k1",
        recipe="int8",
        precision="INT8",
        parent_sha256=_SOURCE,
        sha256=sha256,
        size_bytes=4_100_000,
        keep=("/head/*",),
        kept_nodes=("/head/conv",),
        calibration=CandidateCalibration(sha256=_RANGES, frames_sha256=_SOURCE, count=128, seed=0, method="minmax"),
        tools={"onnx": "1.22.0"},
        error={"sqnr_db": 31.5, "iou": None},
        opset=17,
        ir_version=8,
    )


def _engine() -> EngineRecord:
    return EngineRecord(
        candidate_sha256=_CANDIDATE,
        candidate_name="int8-k1",
        sha256=_ENGINE,
        size_bytes=5_000_000,
        runtime="openvino",
        runtime_version="2026.4",
        device_key="cpu-avx512",
        identity_sha256=_RANGES,
        build_options={"precision": "f32", "threads": 2, "mmap": False},
        board_id="b1",
        board_name="this machine",
        build_seconds=1.5,
        log_tail=("done",),
    )


def _write_raw(store: RecordStore, stored: Stored[Any], **changes: object) -> Path:
    path = store.folder / "candidate" / f"{stored.id}.json"
    value = json.loads(path.read_bytes())
    path.write_text(json.dumps({**value, **changes}))
    return path


def test_that_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    store = RecordStore(tmp_path / "records")
    stored = store.write(_candidate(), _BY)
    assert stored.record == _candidate()
    assert stored.by == _BY
    path = tmp_path / "records" / "candidate" / f"{stored.id}.json"
    assert stored.sha256 == sha256_file(path)
    assert store.read(CandidateRecord, stored.id) == stored


def test_that_a_record_is_text_with_one_value_a_line(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    stored = store.write(FindingRecord(topic="t", text="Grüße"), _BY, "2026-11-24T09:15:00Z")
    text = (tmp_path / "finding" / f"{stored.id}.json").read_text(encoding="utf-8")
    assert text == (
        '{\n  "by": {\n    "key": "SHA256:abc",\n    "name": "Änne Ö"\n  },\n  "created": "2026-11-24T09:15:00Z",\n'
        '  "finding": {\n    "about_sha256": [],\n    "frame_id": null,\n    "frame_name": "",\n    "hint": "",\n'
        '    "requirement": null,\n    "run": null,\n    "t_s": null,\n    "text": "Grüße",\n    "topic": "t",\n'
        '    "until_s": null\n  },\n  "format": "slipway.finding/1"\n}\n'
    )


def test_that_lineage_is_found_by_sha256(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    first = store.write(_candidate(), _BY, "2026-11-24T09:00:00Z")
    second = store.write(_candidate(_RANGES), _BY, "2026-11-24T08:00:00Z")
    engine = store.write(_engine(), _BY)
    release = ReleaseRecord(
        release="r1",
        engine_sha256=_ENGINE,
        candidate_sha256=_CANDIDATE,
        manifest_sha256=_RANGES,
        files={"engine.blob": _ENGINE},
        board_id="b1",
        board_name="this machine",
    )
    installed = store.write(release, _BY)
    assert store.all(CandidateRecord) == (second, first)
    assert store.made_from(CandidateRecord, _SOURCE) == (second, first)
    assert store.made_as(CandidateRecord, _CANDIDATE) == (first,)
    assert store.made_from(EngineRecord, _CANDIDATE) == (engine,)
    assert store.made_from(ReleaseRecord, _ENGINE) == (installed,)
    assert store.made_from(EngineRecord, _ENGINE) == ()


def test_that_a_store_without_records_is_empty(tmp_path: Path) -> None:
    store = RecordStore(tmp_path / "records")
    assert store.all(CandidateRecord) == ()
    (tmp_path / "records" / "candidate").mkdir(parents=True)
    (tmp_path / "records" / "candidate" / "notes.json").write_text("{}")
    (tmp_path / "records" / "candidate" / ".x.json.part").write_text("{")
    assert store.all(CandidateRecord) == ()


def test_that_a_newer_format_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    path = _write_raw(store, store.write(_candidate(), _BY), format="slipway.candidate/2")
    before = path.read_bytes()
    with pytest.raises(UsageError) as caught:
        store.all(CandidateRecord)
    assert str(caught.value) == (
        f"{path} was written by a newer Slipway: its format is slipway.candidate/2, and this one knows "
        "slipway.candidate/1\nInstall the newer Slipway to read it; nothing was changed."
    )
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": "slipway.candidate/0"}, "is damaged: there is no format slipway.candidate/0"),
        ({"format": "slipway.engine/1"}, "is a record of kind engine, not candidate"),
        ({"format": 1}, "is damaged: it does not name its format"),
        ({"by": {"name": 7}}, "is damaged: it does not say who wrote it"),
        ({"created": "yesterday"}, "is damaged: it does not say when it was written"),
        ({"more": 1}, "is damaged: it has the keys candidate, more"),
        ({"candidate": {"name": "x"}}, "is damaged: recipe: Field required"),
    ],
)
def test_that_a_damaged_record_is_refused(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    store = RecordStore(tmp_path)
    stored = store.write(_candidate(), _BY)
    _write_raw(store, stored, **changes)
    with pytest.raises(SlipwayError, match=said):
        store.read(CandidateRecord, stored.id)


def test_that_a_record_that_nobody_could_read_again_is_not_written(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    with pytest.raises(SlipwayError, match=r"no candidate record was written: error\.sqnr_db: Input should be"):
        store.write(replace(_candidate(), error={"sqnr_db": ["x"]}), _BY)  # type: ignore[dict-item]
    assert store.all(CandidateRecord) == ()


@pytest.mark.parametrize("value", ["NaN", "1e999", '"\\ud800"'])
def test_that_values_that_nothing_could_write_again_are_damage(tmp_path: Path, value: str) -> None:
    store = RecordStore(tmp_path)
    stored = store.write(_candidate(), _BY)
    path = _write_raw(store, stored, more="here")
    path.write_text(path.read_text().replace('"here"', value))
    with pytest.raises(SlipwayError, match="is damaged: it is no JSON"):
        store.read(CandidateRecord, stored.id)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("size_bytes", "4100000", "size_bytes: Input should be a valid integer"),
        ("unknown", 1, "unknown: Unexpected keyword argument"),
        ("error", {"sqnr_db": "good"}, "error.sqnr_db: Input should be a valid number"),
    ],
)
def test_that_a_record_is_read_strictly(tmp_path: Path, field: str, value: object, said: str) -> None:
    store = RecordStore(tmp_path)
    stored = store.write(_candidate(), _BY)
    body = json.loads((tmp_path / "candidate" / f"{stored.id}.json").read_bytes())["candidate"]
    _write_raw(store, stored, candidate={**body, field: value})
    with pytest.raises(SlipwayError, match=said):
        store.read(CandidateRecord, stored.id)


@pytest.mark.parametrize("data", [b"{", b"[]", b"\xff", b'{"a": NaN}', b"[" * 100_000])
def test_that_what_is_no_json_object_is_refused(tmp_path: Path, data: bytes) -> None:
    store = RecordStore(tmp_path)
    stored = store.write(_candidate(), _BY)
    (tmp_path / "candidate" / f"{stored.id}.json").write_bytes(data)
    with pytest.raises(SlipwayError, match="is damaged: it is no JSON"):
        store.read(CandidateRecord, stored.id)


def test_that_a_huge_record_is_not_read(tmp_path: Path) -> None:
    store = RecordStore(tmp_path)
    stored = store.write(_candidate(), _BY)
    (tmp_path / "candidate" / f"{stored.id}.json").write_bytes(b" " * (8 * 1024 * 1024 + 1))
    with pytest.raises(UsageError, match="is larger than 8,388,608 bytes"):
        store.read(CandidateRecord, stored.id)


def test_that_a_figure_that_is_no_number_is_never_written(tmp_path: Path) -> None:
    record = FindingRecord(topic="t", text="x")
    store = RecordStore(tmp_path)
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.write(
            CandidateRecord(
                name="n",
                recipe="fp16",
                precision="FP16",
                parent_sha256=_SOURCE,
                sha256=_CANDIDATE,
                size_bytes=1,
                error={"sqnr_db": float("nan")},
                opset=17,
                ir_version=8,
            ),
            _BY,
        )
    assert store.all(CandidateRecord) == ()
    assert store.write(record, _BY).record == record


@pytest.mark.parametrize("identity", ["../../x", "../engine/{id}", "{id}/../{id}", ""])
def test_that_an_id_is_never_a_path(tmp_path: Path, identity: str) -> None:
    store = RecordStore(tmp_path)
    stored = store.write(_candidate(), _BY)
    with pytest.raises(UsageError, match="is no id of a record"):
        store.read(CandidateRecord, identity.format(id=stored.id))
