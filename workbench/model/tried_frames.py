"""Frames that a model can be tried on: of the project, pictures from elsewhere, rendered scenes."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

import numpy as np

from workbench.base.errors import UsageError
from workbench.frames.source import Image, ImageFolder, Source, open_source
from workbench.intake.trial import spread_frames
from workbench.model.opened import OpenedDocument
from workbench.views.model import FrameChoice

FRAMES = "slipway.frames.images"
FILE, SCENE, FRAME = "file:", "scene:", "frame:"
MOST_LISTED = 300
SCENES = (3, 11, 24)
"""Seeds of the renderer."""
SHOWN_WIDTH, SHOWN_HEIGHT = 1280, 800
"""A picture is shown no larger."""
_READING = threading.Lock()
"""A video has one position."""


def list_frames(document: OpenedDocument) -> tuple[FrameChoice, ...]:
    """What can be tried: frames of the test set, evenly over it where there are many, then rendered scenes."""
    scenes = tuple(FrameChoice(f"{SCENE}{seed}", f"rendered scene {seed}") for seed in SCENES)
    source = frames_source(document)
    if source is None:
        return scenes
    names = source.names()
    listed = (names[index] for index in spread_frames(source, MOST_LISTED))
    return (*(FrameChoice(f"{FRAME}{name}", name) for name in listed), *scenes)


def frames_source(document: OpenedDocument) -> Source | None:
    """The frames of the test set; None where the document names none that can be opened."""
    if document.raw.text(FRAMES) is None:
        return None
    try:
        path = document.raw.inner(FRAMES)
        return _source(str(path), path.stat().st_mtime_ns)
    except (UsageError, OSError):
        return None


def read_frame(document: OpenedDocument, frame: str) -> tuple[Image, str]:
    """A frame, uint8 [h, w, 3] BGR, and its name.

    Raises:
        UsageError: there is no such frame, or it cannot be decoded.
    """
    if frame.startswith(SCENE) and frame.removeprefix(SCENE).isdigit():
        return _scene(int(frame.removeprefix(SCENE))), f"rendered scene {frame.removeprefix(SCENE)}"
    if frame.startswith(FILE):
        path = Path(frame.removeprefix(FILE))
        return _picture(path), path.name
    source, name = frames_source(document), frame.removeprefix(FRAME)
    names = list(source.names()) if source is not None else []
    if source is None or name not in names:
        raise UsageError(f"there is no frame {name} in the test set", "Choose another frame, or drop a picture.")
    with _READING:
        return source.read(names.index(name)), name


def shrink(image: Image) -> tuple[Image, float]:
    """A picture no larger than is shown, and the factor to its pixels."""
    height, width = image.shape[:2]
    factor = min(1.0, SHOWN_WIDTH / width, SHOWN_HEIGHT / height)
    if factor == 1.0:
        return np.ascontiguousarray(image), 1.0
    import cv2

    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), factor


@lru_cache(maxsize=4)
def _source(path: str, _modified_ns: int) -> Source:
    return open_source(Path(path))


@lru_cache(maxsize=4)
def _scene(seed: int) -> Image:
    from workbench.scenes.scene import render_scene

    return render_scene(seed).image


def _picture(path: Path) -> Image:
    """One picture from anywhere, bounded as the frames of a folder are."""
    if not path.is_file():
        raise UsageError(f"{path} is no picture", "Drop one image file: JPEG, PNG, BMP, TIFF or WebP.")
    return ImageFolder.read_file(path)
