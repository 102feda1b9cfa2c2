"""Broken and hostile files beside a model: images, videos, labels, class lists, records, settings, known hosts."""

from __future__ import annotations

import io
import json
import os
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np

from projects.record_file import Author
from projects.records import CandidateRecord, EngineRecord, FindingRecord, RecordStore
from projects.runs import RunFolder, find_run
from targets.inventory import list_boards
from tests.fuzz.case import Case, require_short
from tests.fuzz.mutate import HOSTILE, mutate_bytes, mutate_json, mutate_text, nested
from workbench.base.errors import SlipwayError
from workbench.evaluate.verdict import Outcome, Verdict
from workbench.frames.class_file import read_class_file
from workbench.frames.exported import load_exported
from workbench.frames.health import find_unreadable
from workbench.frames.labels import image_names, load_labels, named_classes, survey_labels
from workbench.frames.resize import Fitting
from workbench.frames.source import ImageFolder, open_source
from workbench.reports.junit import render_junit
from workbench.reports.page import render_page
from workbench.reports.view import view_report
from workbench.results.comparison import compare_runs
from workbench.results.run_record import RequirementResult, RunRecord, RunState
from workbench.results.run_table import summarise_run, table_csv, table_xlsx
from workbench.settings import load_settings
from workbench.telemetry.freeze import encode_parquet, encode_rollup, read_parquet, read_rollup

PROCESSES: Final = False
_CLASSES: Final = ("car", "person", "bus")
_ID: Final = "12345678-1234-4234-8234-123456789abc"
_RUN: Final = "0001-20261124T091500Z-ab12"
_SHA: Final = "ab" * 32
_COCO: Final = {
    "images": [
        {"id": 1, "file_name": "a.png", "width": 20, "height": 10},
        {"id": 2, "file_name": "sub/b.png", "width": 20, "height": 10},
    ],
    "categories": [{"id": 1, "name": "car"}, {"id": 3, "name": "person"}],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 5, 5], "iscrowd": 0, "area": 25},
        {"id": 2, "image_id": 2, "category_id": 3, "bbox": [0, 0, 1, 1]},
    ],
}
_RESULTS: Final = [
    {"image_id": 1, "category_id": 1, "bbox": [1, 2, 5, 5], "score": 0.5},
    {"image_id": "a", "category_id": 3, "bbox": [0, 0, 1, 1], "score": 1},
]
_BOARDS: Final = {
    "format": "slipway.boards/1",
    "boards": [
        {"name": "bench", "kind": "local", "root": "~/x", "python": "python3", "id": "i"},
        {"name": "orin", "kind": "ssh", "host": "h", "user": "u", "port": 22},
    ],
}
_HEADER: Final = {"by": {"name": "Ada", "key": None}, "created": "2026-11-24T09:15:00Z"}
_CANDIDATE: Final = {
    "name": "int8", "recipe": "int8", "precision": "INT8", "parent_sha256": _SHA, "sha256": _SHA, "size_bytes": 5,
    "keep": ["a"], "kept_nodes": [],
    "calibration": {"sha256": _SHA, "frames_sha256": _SHA, "count": 4, "seed": 0, "method": "minmax"},
    "tools": {"onnx": "1"}, "error": {"sqnr_db": 30.5},
    "opset": 17, "ir_version": 8, "notes": [],
}  # fmt: skip
_STAGE: Final = {"name": "m", "sha256": _SHA, "record": "r", "recipe": "int8", "opset": 17}
_RECORD: Final = RunRecord(
    id=_RUN,
    number=1,
    created="2026-11-24T09:15:00Z",
    by=Author("Ada"),
    state=RunState.FINISHED,
    text="done",
    quick=False,
    only=(),
    project={"id": "P", "name": "p", "model": "m", "precision": "INT8", "deployment_sha256": _SHA},
    chain={"model": _STAGE, "candidate": _STAGE, "engine": _STAGE, "release": _STAGE},
    board={"name": "b", "id": "i", "facts": {"hostname": "h", "cpu_model": "c"}},
    machine={"during": {"cpu_percent": {"min": 1.0, "mean": 2.0, "max": 3.0}}, "not_measured": {"power": "none"}},
    tools={"numpy": "2", "slipway": "0.1"},
    frames={"source": "data", "available": 3, "requested": 3, "taken": 3, "seed": 0},
    settings={"precision": "INT8", "classes": ["car"], "head": "yolov8", "load": {"threads": 2}},
    requirements=(
        RequirementResult(
            id="P/latency",
            path="performance_tests.latency.requirement",
            kind="latency",
            title="Latency",
            criterion="p99 at most 50 ms",
            limit_text="50 ms",
            confirmed=True,
            verifies=("A",),
            defaults=("d",),
            verdict=Verdict(
                outcome=Outcome.PASS, value=0.01, limit=0.05, relation="<=", unit="s", lower=0.009, upper=0.011,
                samples=60, reason="well below", details={"statistic": "p99"},
            ),
        ),
    ),
    figures={"latency": {"p99_us": 5.0}, "memory": {"peak_bytes": 5}},
    findings=("f",),
    worst=({"index": 1, "name": "a.png", "min_iou": 0.5, "overlay": "overlays/00.jpg", "text": "t"},),
    files={},
).to_json()  # fmt: skip
_KNOWN: Final = """\
host ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== comment
[h]:2222,1.2.3.4 ssh-rsa AAAAB3NzaC1yc2E=
|1|AAAAAAAAAAAAAAAAAAAAAAAAAAA=|AAAAAAAAAAAAAAAAAAAAAAAAAAA= ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==
@revoked * ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==
@cert-authority *.x ssh-rsa AAAAB3NzaC1yc2E=
"""
_NAMES: Final = "path: ../x\nnames:\n  0: car\n  1: person\nnc: 2\n"
_TEXTS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "labels.txt": (
        "0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.05 0.05\n",
        ("nan", "inf", "-1", "9" * 5000, "1e999", "\u0663", "0 0 0 0", "\ufeff", "\0", "99", "0.5", "1_0", "x"),
    ),
    "classes.txt": ("car\nperson\nbus\n", ("\0", "x" * 300, "\ufeff", "\x1b[31m", "car", "", " ")),
    "data.yaml": (
        _NAMES,
        ("names: [a, b]", "names: {0: a, 2: b}", "  0: car", "!!python/name:os.system", "names: *a", "'", "[" * 500),
    ),
    "settings.toml": (
        'person = "Ada"\ntelemetry_hz = 10\n',
        (
            "nan",
            "inf",
            "1e999",
            "person = 5",
            "telemetry_hz = true",
            "[x]",
            "a.b.c = 1",
            "\x00",
            "é",
            "x = " + "[" * 2000,
            "telemetry_hz = " + "9" * 5000,
            "telemetry_hz = 1e999",
            'person = "\\ud800"',
        ),
    ),
    "known_hosts": (
        _KNOWN,
        (
            "*",
            "!host",
            "|1|",
            "|1|a|b",
            "@x",
            "ssh-rsa",
            "AAAA",
            "\x00",
            "?" * 500,
            "*" * 50 + "a",
            "host," * 1000,
            "[",
            "[!-",
            "ssh-ed25519 " + "A" * 5000,
            "é",
            "#",
        ),
    ),
}


def prepare(home: Path) -> None:
    """Import what the product imports when it is at it; a video is made once."""
    import cv2
    from pyarrow import parquet  # noqa: F401 - before memory is bounded

    path = home / "made.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (32, 24))
    for number in range(4):
        writer.write(np.full((24, 32, 3), 60 * number, np.uint8))
    writer.release()
    _made["video"] = path.read_bytes() if path.is_file() else b"RIFF"


_made: Final[dict[str, bytes]] = {}


def make(random: Random) -> Case:
    """A file of any of the kinds."""
    name = random.choice((*_IMAGES, *_IMAGES, *_TEXTS, *_JSON, "bomb", "bomb", "v.avi", "rollup.npy", "frames.parquet"))
    if name == "bomb":
        return random.choice(_BOMBS)(random)
    if name in _TEXTS:
        text, tokens = _TEXTS[name]
        changed = mutate_text(random, text, tokens).encode("utf-8", "surrogatepass")
        return Case(name, mutate_bytes(random, changed) if random.random() < 0.2 else changed)
    if name in _JSON:
        return Case(name, _json(random, _JSON[name]))
    data = _made["video"] if name == "v.avi" else _tables()[name] if name in _tables() else _images()[name]
    if random.random() < 0.1:  # the wrong ending
        name = random.choice((*_IMAGES, "v.avi", "v.mp4", "v.mkv", "v.webm"))
    return Case(name, mutate_bytes(random, data) if random.random() < 0.9 else data)


def check(case: Case, folder: Path) -> str:
    """Let whoever reads such files read it."""
    os.environ["SLIPWAY_HOME"] = str(folder)
    (folder / case.name).write_bytes(case.data)
    reader = _READERS.get(case.name)
    if reader is not None:
        reader(folder / case.name, folder)
        return f"{case.name} taken"
    if case.name.startswith("v."):
        _read_frames(folder / case.name)
        return "video taken"
    _read_frames(folder)
    return "image taken"


def _read_frames(path: Path) -> None:
    source = open_source(path)
    for name in find_unreadable(source):
        name.encode()
    for index in range(min(3, len(source.names()))):
        source.digest(index)
        frame, fit = Fitting(64, 48, "letterbox", 114).apply(source.read(index))
        assert frame.shape == (48, 64, 3), frame.shape
        assert fit.scale_x > 0


def _frames(folder: Path) -> ImageFolder:
    images = folder / "images"
    (images / "sub").mkdir(parents=True)
    for name in ("a.png", "sub/b.png"):
        (images / name).write_bytes(_images()["x.png"])
    return ImageFolder(images)


def _read_coco(path: Path, folder: Path) -> None:
    source = _frames(folder)
    for read in (lambda: named_classes(path), lambda: image_names(path), lambda: survey_labels(path, source, _CLASSES)):
        try:
            read()
        except SlipwayError as error:
            require_short(error)
    labels = load_labels(path, source, _CLASSES, {"car": "bus"})
    for name in source.names():
        found = labels.of(name)
        assert found is None or np.isfinite(found.boxes).all(), found


def _read_yolo(path: Path, folder: Path) -> None:
    labels = folder / "labels"
    labels.mkdir()
    path.rename(labels / "a.txt")
    source = _frames(folder)
    survey_labels(labels, source, _CLASSES)
    found = load_labels(labels, source, _CLASSES).of("a.png")
    assert found is None or np.isfinite(found.boxes).all()


def _read_results(path: Path, folder: Path) -> None:
    found = load_exported(path, _frames(folder), {1: "a.png"})
    assert all(np.isfinite(frame.boxes).all() and np.isfinite(frame.scores).all() for frame in found.frames.values())


def _read_record(path: Path, folder: Path) -> None:
    place = folder / "records" / "candidate" / f"{_ID}.json"
    place.parent.mkdir(parents=True)
    path.rename(place)
    store = RecordStore(folder / "records")
    assert store.all(EngineRecord) == () == store.all(FindingRecord)
    json.dumps([str(item.record) for item in store.all(CandidateRecord)], ensure_ascii=False).encode()


def _read_run(path: Path, folder: Path) -> None:
    place = folder / "runs" / _RUN
    place.mkdir(parents=True)
    path.rename(place / "run.json")
    run: RunFolder = find_run(folder / "runs", "1")
    file = run.read_run()
    record = RunRecord.from_json({"by": file.by.to_json(), "created": file.created, **file.body})
    row = summarise_run(record)
    table_csv([row]).encode()
    assert table_xlsx([row])
    assert record.outcome_text
    compare_runs(record, record)
    view = view_report(place, record)
    render_page(view).encode()
    assert render_junit(view)


def _read_hosts(path: Path, folder: Path) -> None:
    from targets.ssh.known_hosts import KnownHosts

    told: list[str] = []
    known = KnownHosts([path], told.append)
    for name in ("host", "[h]:2222", "x" * 200):
        known.key_types(name)
        known.judge(name, "ssh-ed25519", b"key", "1.2.3.4")
    "".join(told).encode()
    assert all(len(text) < 1000 for text in told), max(told, key=len)[:200]


_READERS: Final[Mapping[str, Callable[[Path, Path], object]]] = {
    "labels.json": _read_coco,
    "labels.txt": _read_yolo,
    "results.json": _read_results,
    "record.json": _read_record,
    "run.json": _read_run,
    "boards.json": lambda _path, _folder: [str(entry).encode() for entry in list_boards()],
    "classes.txt": lambda path, _folder: read_class_file(path),
    "data.yaml": lambda path, _folder: read_class_file(path),
    "classes.json": lambda path, _folder: read_class_file(path),
    "settings.toml": lambda _path, folder: load_settings(folder),
    "known_hosts": _read_hosts,
    "rollup.npy": lambda path, _folder: {name: values.shape for name, values in read_rollup(path).items()},
    "frames.parquet": lambda path, _folder: read_parquet(path),
}
_JSON: Final[Mapping[str, Any]] = {
    "labels.json": _COCO,
    "results.json": _RESULTS,
    "record.json": {"format": "slipway.candidate/1", **_HEADER, "candidate": _CANDIDATE},
    "run.json": {**_RECORD, "format": "slipway.run/1"},
    "boards.json": _BOARDS,
    "classes.json": {"names": ["car", "person"]},
}


def _json(random: Random, value: Any) -> bytes:
    kind = random.random()
    if kind < 0.1:
        return mutate_bytes(random, json.dumps(value).encode())
    if kind < 0.2:
        text = random.choice(
            (
                "[" * 100_000,
                '{"a":' * 50_000,
                "9" * 5000,
                "",
                "null",
                "[]",
                "\ufeff{}",
                '"\\ud800"',
                "{}" * 2,
                "nan",
                '{"images": [' + "{}," * 1000 + "{}]}",
                "[" + "1," * 100_000 + "1]",
            )
        )
        return text.encode()
    changed = mutate_json(random, value)
    if isinstance(changed, dict) and random.random() < 0.1:
        changed[random.choice(list(changed) or ["x"])] = nested(300, "[")
    return json.dumps(changed).encode()


@cache
def _images() -> dict[str, bytes]:
    """One small image of each kind."""
    import cv2

    frame = np.random.default_rng(1).integers(0, 255, (10, 20, 3), dtype=np.uint8)
    return {
        f"x.{kind}": cv2.imencode(f".{kind}", frame)[1].tobytes()
        for kind in ("png", "jpg", "bmp", "tiff", "webp", "ppm")
    }


_IMAGES: Final = ("x.png", "x.jpg", "x.bmp", "x.tiff", "x.webp", "x.ppm")


@cache
def _tables() -> dict[str, bytes]:
    table = {"mono_ns": np.arange(5, dtype="<i8") * 10**9, "latency_us": np.ones(5, "<f4")}
    return {"rollup.npy": encode_rollup({"frames": table}), "frames.parquet": encode_parquet(table)}


def _png_bomb(random: Random) -> Case:
    """A PNG of some kilobytes that is gigabytes."""
    width, height = random.choice(
        ((50_000, 50_000), (65_535, 65_535), (30_000, 30_000), (8001, 8001), (2**31 - 1, 1), (1, 10**6), (0, 0))
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = min(height, 3000)
    line = bytes(min(width, 50_000) * 3 + 1)
    data = b"".join([*(packer.compress(line) for _ in range(rows)), packer.flush()])
    header = struct.pack(">IIBBBBB", width, height, random.choice((8, 16)), 2, 0, 0, 0)
    return Case("x.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def _sizes(random: Random) -> Case:
    """Other images whose header asks for gigabytes, and no or few bytes behind it."""
    side = random.choice((30_000, 46_341, 65_500, 100_000, 2**31 - 1))
    bmp = (
        b"BM"
        + struct.pack("<IHHI", 54, 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, side, random.choice((side, -side)), 1, 24, 0, 0, 0, 0, 0, 0)
    )
    ppm = random.choice((b"P6", b"P5", b"P3", b"P1")) + f" {side} {side} 255\n".encode() + bytes(1000)
    jpeg = bytearray(_images()["x.jpg"])
    at = jpeg.find(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", min(side, 65_500), 65_500)
    tiff = (
        b"II*\0\x08\0\0\0\x05\0"
        + b"".join(
            struct.pack("<HHII", tag, 4, 1, value)
            for tag, value in ((256, side), (257, side), (258, 8), (262, 1), (273, 100))
        )
        + bytes(200)
    )
    webp = bytearray(_images()["x.webp"])
    webp[26:30] = b"\xff\x3f\xff\x3f"
    return random.choice(
        (
            Case("x.bmp", bmp + bytes(100)),
            Case("x.ppm", ppm),
            Case("x.jpg", bytes(jpeg)),
            Case("x.tiff", tiff),
            Case("x.webp", bytes(webp)),
        )
    )


def _numpy_bombs(random: Random) -> Case:
    """Arrays that ask for memory, objects or an archive."""
    shape = random.choice(((2**40,), (), (3,), (-1,)))
    kind = random.choice(
        ("<f8", "|O", "<f4", "V8", "('<f8', (2, 2))", [("a", "<f8"), ("a", "<f8")], [("x" * 5000, "<f8")])
    )
    header = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape!r}, }}".ljust(117) + "\n"
    if random.random() < 0.2:
        header = "(" * 200 + "1" + ")" * 200
    if random.random() < 0.2:
        stream = io.BytesIO()
        np.savez(stream, a=np.zeros(3))
        return Case("rollup.npy", stream.getvalue())
    return Case("rollup.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(64))


def _empty(random: Random) -> Case:
    return Case(
        random.choice((*_IMAGES, *_READERS, "v.avi", "v.mp4")),
        random.choice((b"", b"\0", b"\0" * 5000, random.randbytes(300))),
    )


def _large_labels(random: Random) -> Case:
    """Very many rows, or one row with numbers that no image has."""
    count = random.choice((1000, 100_000))
    if random.random() < 0.5:
        return Case("labels.txt", ("0 0.5 0.5 0.2 0.2\n" * count).encode())
    value: Any = random.choice((*HOSTILE, [1e308] * 4, [-1e308, 0, 1e308, 0], ["1", "2", "3", "4"]))
    rows = [{"image_id": 1, "category_id": 1, "bbox": value if random.random() < 0.5 else [1, 1, 2, 2]}] * count
    return Case("labels.json", json.dumps({**_COCO, "annotations": rows}).encode())


_BOMBS: Final[tuple[Callable[[Random], Case], ...]] = (
    _png_bomb,
    _png_bomb,
    _sizes,
    _sizes,
    _numpy_bombs,
    _empty,
    _large_labels,
)
