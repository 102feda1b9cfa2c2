"""Frames that somebody set aside: files in a frame set's folder, and beside them where each came from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from projects.layout import Layout
from projects.record_file import Author, utc_now
from projects.runs import RunFolder, find_run
from workbench.base.atomic import write_atomic, write_json
from workbench.base.errors import SlipwayError, UsageError
from workbench.base.hashing import sha256_bytes
from workbench.evaluate.wording import count
from workbench.frames.source import ImageFolder, open_source
from workbench.views.findings import AddedFrame, FrameDraft, FrameSetRow

SETS = "frame-sets"
INDEX = "frames.json"
FORMAT = "slipway.frame-set/1"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
MAX_PIXELS = 64 << 20


def set_aside(project: Path, draft: FrameDraft, by: Author) -> AddedFrame:
    """Put a frame into a frame set (`views.findings.add_frame`)."""
    if _NAME.fullmatch(draft.set_name) is None:
        raise UsageError(
            f"a frame set called {draft.set_name[:60]!r}", "Name it with letters, digits, dashes and underscores."
        )
    run = find_run(Layout(project).runs, draft.run)
    data, suffix, source, name = _bytes_of(project, run, draft)
    sha256 = sha256_bytes(data)
    folder = Layout(project).data / SETS / draft.set_name
    entries = read_index(folder)
    known = next((item for item in entries if item.get("sha256") == sha256), None)
    if known is None or not (folder / str(known.get("file"))).is_file():
        file = f"{run.number:04d}-{draft.frame_id if draft.frame_id is not None else draft.index}-{sha256[:8]}{suffix}"
        write_atomic(folder / file, data)
        entry = {
            "file": file,
            "sha256": sha256,
            "source": source,
            "name": name,
            "index": draft.index,
            "run": run.id,
            "frame_id": draft.frame_id,
            "t_s": draft.t_s,
            "by": by.to_json(),
            "created": utc_now(),
        }
        entries = [*(item for item in entries if item.get("sha256") != sha256), entry]
        write_json(folder / INDEX, {"format": FORMAT, "frames": entries})
        return _added(folder, file, sha256, len(entries), already=False)
    return _added(folder, str(known["file"]), sha256, len(entries), already=True)


def _added(folder: Path, file: str, sha256: str, frames: int, *, already: bool) -> AddedFrame:
    said = "is in" if already else "was added to"
    text = f"The frame {said} the frame set {folder.name} ({count(frames, 'frame')})"
    return AddedFrame(folder / file, sha256, folder.name, frames, already, text)


def list_sets(project: Path) -> tuple[FrameSetRow, ...]:
    """The frame sets of a project, by name."""
    layout = Layout(project)
    folder = layout.data / SETS
    rows = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        entries = read_index(path) if path.is_dir() else []
        if entries:
            source = path.relative_to(layout.folder).as_posix()
            rows.append(FrameSetRow(path.name, source, len(entries), f"{source}, {count(len(entries), 'frame')}"))
    return tuple(rows)


def read_index(folder: Path) -> list[dict[str, Any]]:
    """Where the frames of a set came from; nothing where it is new.

    Raises:
        SlipwayError: the file is there and cannot be read.
    """
    path = folder / INDEX
    if not path.is_file():
        return []
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["format"] != FORMAT:
            raise ValueError(f"its format is {value['format']}")
        return [dict(item) for item in value["frames"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SlipwayError(f"cannot read {path}: {error}", "Restore it from git or from a copy.") from error


def _bytes_of(project: Path, run: RunFolder, draft: FrameDraft) -> tuple[bytes, str, str, str]:
    """A file's content and ending, its source, and its name there."""
    about = _played(run)
    source = str(about.get("source", ""))
    if draft.pixels:
        return _encode(draft), ".png", source, ""
    path = _path_of(project, about)
    if path is None:
        hint = "Set it aside from the picture that is shown." if about.get("kind") == "camera" else "Put it back."
        raise UsageError(f"the frames of run {run.number} are not at hand: {source or 'nothing was played'}", hint)
    opened = open_source(path)
    names = opened.names()
    if not 0 <= draft.index < len(names):
        raise UsageError(f"{source} has no frame {draft.index}; it has {len(names)}", "Its files changed since.")
    if isinstance(opened, ImageFolder):
        file = opened.path / names[draft.index]
        return file.read_bytes(), file.suffix.lower(), source, names[draft.index]
    return _png(opened.read(draft.index)), ".png", source, names[draft.index]


def _played(run: RunFolder) -> Mapping[str, Any]:
    """What a run plays or played, also of one that is at work."""
    if run.is_finished():
        frames = run.read_run().body.get("frames")
        return dict(frames) if isinstance(frames, Mapping) else {}
    played = run.read_plan().body.get("played")
    return dict(played) if isinstance(played, Mapping) else {}


def _path_of(project: Path, about: Mapping[str, Any]) -> Path | None:
    source = str(about.get("source", ""))
    inside = project / source
    path = inside if source and inside.exists() else Path(str(about.get("path") or ""))
    return path if str(path) not in {"", "."} and path.exists() else None


def _encode(draft: FrameDraft) -> bytes:
    expected = draft.width * draft.height * 3
    if not 0 < expected <= 3 * MAX_PIXELS or len(draft.pixels) != expected:
        raise UsageError(f"{len(draft.pixels)} bytes are no picture of {draft.width} x {draft.height}")
    return _png(np.frombuffer(draft.pixels, np.uint8).reshape(draft.height, draft.width, 3))


def _png(pixels: object) -> bytes:
    import cv2

    good, data = cv2.imencode(".png", np.asarray(pixels, np.uint8))
    if not good:
        raise SlipwayError("no PNG can be made of the frame")
    return bytes(data.tobytes())
