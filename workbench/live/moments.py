"""A frame of a finished run at a moment: its boxes as they were kept, matched anew, and its picture if at hand."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from projects.layout import Layout
from workbench.base.errors import SlipwayError
from workbench.evaluate.matching import Detections
from workbench.frames.resize import Fit, Fitting
from workbench.frames.source import ImageFolder, UnreadableFrame, VideoFile, open_source
from workbench.live.boxes import LEAST_CONFIDENCE, MOST_CONFIDENCE, Shown, show_boxes
from workbench.live.feed import boxes_of
from workbench.live.ranges import read_columns
from workbench.live.recorded import OpenRun, find
from workbench.live.reference_cache import CACHE_FILE, ReferenceCache
from workbench.live.sources import Picture, make_picture
from workbench.telemetry.blocks import Table
from workbench.telemetry.freeze import BOXES_FILE, read_parquet
from workbench.verify import kept_tables as kept
from workbench.views.live import RecordedFrame

NO_REFERENCE = "The reference of this frame is not at hand"
ALL_NS = (-(1 << 62), 1 << 62)


@dataclass(frozen=True)
class _Seen:
    """A frame as it was recorded."""

    t_s: float
    frame_id: int
    index: int
    latency_ms: float | None
    name: str
    device: Detections
    reference: Detections | None
    reference_text: str


def frame_at(
    project: Path, run: str, t_s: float, confidence: float | None, width: int, frame_id: int | None = None
) -> RecordedFrame | None:
    """The frame nearest to a moment, or of an id (`views.live.read_frame`)."""
    opened = find(project, run)
    wanted = confidence if confidence is not None else _own_confidence(opened)
    wanted = min(max(wanted, LEAST_CONFIDENCE), MOST_CONFIDENCE)
    if opened.record.is_try:
        return _frame_of_try(project, opened, t_s, wanted, width, frame_id)
    return _frame_of_verification(project, opened, t_s, wanted, width)


def _own_confidence(opened: OpenRun) -> float:
    value = opened.record.settings.get("confidence")
    return float(value) if isinstance(value, int | float) else 0.25


def _frame_of_try(
    project: Path, opened: OpenRun, t_s: float, confidence: float, width: int, wanted_id: int | None
) -> RecordedFrame | None:
    folder = opened.folder.path
    if not (folder / BOXES_FILE).is_file():
        return None
    frames = _boxed_frames(folder)
    if not len(frames["mono_ns"]):
        return None
    named = np.flatnonzero(frames["frame_id"] == wanted_id) if wanted_id is not None else np.empty(0, np.int64)
    nearest = np.abs(frames["mono_ns"] - (opened.started_ns + int(t_s * 1e9))).argmin()
    row = int(named[0]) if named.size else int(nearest)
    frame_id = int(frames["frame_id"][row])
    moment = int(frames["mono_ns"][row])
    table = read_columns(
        folder / BOXES_FILE, ("mono_ns", "frame_id", "class", "score", "x0", "y0", "x1", "y1"), (moment, moment)
    )
    picture, why_not = _picture_of_try(project, opened, int(frames["frame"][row]), width)
    fit = _fit(opened, picture)
    seen = _Seen(
        opened.seconds(moment),
        frame_id,
        int(frames["frame"][row]),
        _finite_ms(frames["latency_us"][row]),
        _name_of_try(project, opened, int(frames["frame"][row])),
        boxes_of(table, table["frame_id"] == frame_id),
        *_reference_of_try(project, opened, int(frames["frame"][row])),
    )
    return _recorded(seen, opened, confidence, fit, picture, why_not)


def _reference_of_try(project: Path, opened: OpenRun, index: int) -> tuple[Detections | None, str]:
    """What the reference found in the frame, where it is still in the project's cache."""
    segments, key = opened.record.frames.get("segments"), opened.record.settings.get("reference")
    path = Layout(project).cache / CACHE_FILE
    if not isinstance(segments, Mapping) or not isinstance(key, Mapping) or not path.is_file():
        return None, NO_REFERENCE
    names, each = list(segments.get("sha256", ())), int(segments.get("each", 0))
    if each < 1 or index // each >= len(names):
        return None, NO_REFERENCE
    with closing(ReferenceCache(path, str(key.get("model")), str(key.get("settings")))) as cache:
        found = cache.find(f"{names[index // each]}/{index % each}")
    return found, NO_REFERENCE if found is None else "Reference: ONNX Runtime, FP32"


def _finite_ms(value_us: object) -> float | None:
    value = float(str(value_us)) / 1e3
    return value if np.isfinite(value) else None


def _fit(opened: OpenRun, picture: Picture | None) -> Fit:
    """How the frame was fitted: by the rule that the record has; where nothing is known of the frame, not at all."""
    about = opened.record.settings.get("fitting")
    rule = about if isinstance(about, Mapping) else {}
    width, height = int(rule.get("width", 1)), int(rule.get("height", 1))
    if picture is None:
        return Fit(1.0, 1.0, 0.0, 0.0, width, height)
    mode, anchor = rule.get("mode"), rule.get("anchor")
    fitting = Fitting(
        width,
        height,
        "stretch" if mode == "stretch" else "letterbox",
        114,
        "top_left" if anchor == "top_left" else "center",
    )
    _, fit = fitting.apply(np.zeros((picture.height, picture.width, 3), np.uint8))
    return fit


def _source_path(project: Path, opened: OpenRun) -> Path | None:
    told = opened.record.frames.get("path")
    if opened.record.frames.get("kind") != "packs" or not isinstance(told, str):
        return None
    inside = project / str(opened.record.frames.get("source", ""))
    return inside if inside.exists() else Path(told)


@lru_cache(maxsize=4)
def _source(path: Path, _changed_ns: int) -> ImageFolder | VideoFile:
    opened = open_source(path)
    if not isinstance(opened, ImageFolder | VideoFile):
        raise SlipwayError(f"{path} is neither a folder nor a video")
    return opened


def _open_source(path: Path | None) -> ImageFolder | VideoFile | None:
    try:
        return None if path is None else _source(path, path.stat().st_mtime_ns)
    except (OSError, SlipwayError):
        return None


def _name_of_try(project: Path, opened: OpenRun, index: int) -> str:
    source = _open_source(_source_path(project, opened))
    names = () if source is None else source.names()
    return names[index] if index < len(names) else ""


def _picture_of_try(project: Path, opened: OpenRun, index: int, width: int) -> tuple[Picture | None, str]:
    if opened.record.frames.get("kind") == "camera":
        return None, "A camera's pictures are not kept."
    source = _open_source(_source_path(project, opened))
    if source is None or index >= len(source.names()):
        return None, "The frame is not where it was any more."
    try:
        return make_picture(source.read(index), max(16, width)), ""
    except UnreadableFrame as error:
        return None, f"{error.summary}."


def _frame_of_verification(
    project: Path, opened: OpenRun, t_s: float, confidence: float, width: int
) -> RecordedFrame | None:
    folder = opened.folder.path
    if not (folder / kept.DETECTIONS).is_file():
        return None
    frames = _frames(folder, ("mono_ns", "frame", "latency_us"))
    found, samples = _table(folder / kept.DETECTIONS), _table(folder / kept.SAMPLES)
    rows = np.flatnonzero(np.isin(frames["frame"], samples["sample"]))
    if not len(rows):
        return None
    row = int(rows[np.abs(frames["mono_ns"][rows] - (opened.started_ns + int(t_s * 1e9))).argmin()])
    index = int(frames["frame"][row])
    place = int(np.flatnonzero(samples["sample"] == index)[0])
    name = str(samples["name"][place])
    size = (int(samples["width"][place]), int(samples["height"][place]))
    picture, why_not = _picture_of_sample(project, opened, name, str(samples["sha256"][place]), width)
    seen = _Seen(
        opened.seconds(int(frames["mono_ns"][row])),
        row,
        index,
        _finite_ms(frames["latency_us"][row]),
        name,
        _side(found, index, kept.DEVICE),
        _side(found, index, kept.REFERENCE),
        "As it was compared with the reference, ONNX Runtime, FP32",
    )
    return _recorded(seen, opened, confidence, Fit(1.0, 1.0, 0.0, 0.0, *size), picture, why_not)


def _side(table: Table, sample: int, side: int) -> Detections:
    rows = np.flatnonzero((table["sample"] == sample) & (table["side"] == side))
    return Detections(kept.boxes_of(table, rows).astype(np.float64), table["score"][rows], table["class"][rows])


def _picture_of_sample(
    project: Path, opened: OpenRun, name: str, sha256: str, width: int
) -> tuple[Picture | None, str]:
    """The picture of a frame of the test set, unless another one is there now."""
    source = _open_source(Layout(project).folder / str(opened.record.frames.get("source", "")))
    index = _index_of(source, name)
    if source is None or index is None:
        return None, "The frame is not where it was any more."
    try:
        if source.digest(index) != sha256:
            return None, "The frame's file is another one now."
        return make_picture(source.read(index), max(16, width)), ""
    except UnreadableFrame as error:
        return None, f"{error.summary}."


def _index_of(source: ImageFolder | VideoFile | None, name: str) -> int | None:
    names = () if source is None else source.names()
    return names.index(name) if name in names else None


def _recorded(
    seen: _Seen, opened: OpenRun, confidence: float, fit: Fit, picture: Picture | None, why_not: str
) -> RecordedFrame:
    classes = [str(name) for name in opened.record.settings.get("classes", ())]
    scale = 1.0 if picture is None else picture.scale
    shown: Shown = show_boxes(seen.device, seen.reference, confidence, classes, fit, scale)
    return RecordedFrame(
        t_s=seen.t_s,
        frame_id=seen.frame_id,
        index=seen.index,
        name=seen.name,
        pixels=None if picture is None else picture.pixels,
        picture_text=why_not,
        boxes=shown.boxes,
        reference="pending" if seen.reference is None else "there",
        reference_text=seen.reference_text,
        matched=shown.matched,
        missed=shown.missed,
        device_only=shown.device_only,
        latency_ms=seen.latency_ms,
        confidence=confidence,
        frame_width=fit.width,
        frame_height=fit.height,
    )


@lru_cache(maxsize=4)
def _frames(folder: Path, names: tuple[str, ...]) -> Table:
    """Columns of all frames of a run; kept, for somebody scrubs."""
    return read_columns(folder / "frames.parquet", names, ALL_NS)


@lru_cache(maxsize=8)
def _table(path: Path) -> Table:
    return read_parquet(path)


@lru_cache(maxsize=4)
def _boxed_frames(folder: Path) -> Table:
    """Columns of the frames of a live run of which boxes were recorded."""
    frames = read_columns(folder / "frames.parquet", ("mono_ns", "frame_id", "frame", "latency_us"), ALL_NS)
    ids = read_columns(folder / BOXES_FILE, ("mono_ns", "frame_id"), ALL_NS)["frame_id"]
    rows = np.isin(frames["frame_id"], ids[np.flatnonzero(np.diff(ids, prepend=-1))])
    return {name: values[rows] for name, values in frames.items()}
