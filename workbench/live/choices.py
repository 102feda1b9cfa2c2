"""What a project has to play: boards, engines and releases, and sources of frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from projects.layout import Layout
from projects.project import Project
from projects.records import EngineRecord, ReleaseRecord
from targets.inventory import THIS_MACHINE
from workbench.frames.source import IMAGE_SUFFIXES, VIDEO_SUFFIXES
from workbench.live.boxes import LEAST_CONFIDENCE, MOST_CONFIDENCE
from workbench.live.chosen import ENGINE, RELEASE
from workbench.orders.live import CAMERA_PREFIX
from workbench.pipeline.built_engines import is_built_here
from workbench.views.live import LiveChoices, PlayChoice

if TYPE_CHECKING:
    from workbench.session import Session

RATES = (
    PlayChoice("camera", "Camera", "Frames as they come; those that the device is too slow for are dropped."),
    PlayChoice("full", "Full", "Back to back, as fast as the device can."),
    PlayChoice("step", "Step", "One frame for each step."),
)
MOST_FILES = 20_000
"""Looked at while sources are searched."""
MOST_SOURCES = 100


def list_choices(session: Session, folder: Path) -> LiveChoices:
    """Everything that can be chosen."""
    project = Project.open(folder)
    frames = project.settings.frames
    return LiveChoices(
        boards=tuple(
            PlayChoice(entry.name, entry.name, "this machine" if entry.kind == "local" else entry.address)
            for entry in session.boards()
        ),
        engines=(
            PlayChoice("", "As the documents ask", "The engine of the wanted candidate"),
            *_engines(project, session.home),
            *_releases(project),
        ),
        sources=(*_sources(project), PlayChoice(f"{CAMERA_PREFIX}0", "Camera 0", "The board's own, by its OpenCV")),
        rates=RATES,
        board=project.settings.board or THIS_MACHINE,
        confidence=min(max(project.effective.confidence, LEAST_CONFIDENCE), MOST_CONFIDENCE),
        least_confidence=LEAST_CONFIDENCE,
        most_confidence=MOST_CONFIDENCE,
        telemetry_hz=session.settings.telemetry_hz,
        classes=tuple(frames.classes or ()) if frames is not None else (),
    )


def _engines(project: Project, home: Path) -> Iterator[PlayChoice]:
    newest = {item.record.sha256: item for item in project.records.all(EngineRecord)}
    for item in reversed(list(newest.values())):
        record, problem = item.record, ""
        if not is_built_here(home, record.sha256):
            problem = "You did not build it: build it again before it is played."
        elif project.blobs.path_of(record.sha256) is None:
            problem = "Its bytes are not here: build it again."
        text = f"{record.runtime} {record.runtime_version.split('-')[0]}, {record.size_bytes / 1e6:.1f} MB"
        label = f"Engine {record.candidate_name} {record.sha256[:8]}"
        yield PlayChoice(f"{ENGINE}{record.sha256}", label, text, record.board_name, problem)


def _releases(project: Project) -> Iterator[PlayChoice]:
    newest = {(item.record.release, item.record.board_id): item for item in project.records.all(ReleaseRecord)}
    for item in reversed(list(newest.values())):
        record = item.record
        day = item.created[:16].replace("T", " ")
        yield PlayChoice(
            f"{RELEASE}{record.release}", f"Release {record.release}", f"installed {day} UTC", record.board_name
        )


def _sources(project: Project) -> Iterator[PlayChoice]:
    """The documents' frames first, then folders and videos below `data`."""
    layout, settings = project.layout, project.settings
    named = {}
    if settings.frames is not None:
        named[settings.frames.images] = "Test frames"
    if settings.calibration is not None:
        named.setdefault(settings.calibration.images, "Calibration frames")
    found = find_sources(layout)
    for path, title in named.items():
        value = "" if title == "Test frames" else path
        known = found.pop(path, None)
        problem = "" if known is not None or layout.inner(path).exists() else f"{path} is not there."
        yield PlayChoice(value, title, f"{path}, {known}" if known else path, problem=problem)
    for path, text in list(found.items())[:MOST_SOURCES]:
        yield PlayChoice(path, Path(path).name, f"{path}, {text}")


def find_sources(layout: Layout) -> dict[str, str]:
    """Folders of images and videos below the project's `data`, with how much they hold."""
    images: dict[str, int] = {}
    videos: dict[str, str] = {}
    for seen, item in enumerate(sorted(layout.data.rglob("*")) if layout.data.is_dir() else ()):
        if seen > MOST_FILES:
            break
        suffix = item.suffix.lower()
        if suffix in VIDEO_SUFFIXES:
            videos[item.relative_to(layout.folder).as_posix()] = f"video, {item.stat().st_size / 1e6:.1f} MB"
        elif suffix in IMAGE_SUFFIXES:
            folder = item.parent.relative_to(layout.folder).as_posix()
            images[folder] = images.get(folder, 0) + 1
    counted = {path: f"{number} image{'s' if number > 1 else ''}" for path, number in images.items()}
    return {**counted, **videos}
