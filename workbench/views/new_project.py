"""What the New dialog shows of an ONNX file before a project is made from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.session import Session


@dataclass(frozen=True)
class BroughtModel:
    """An ONNX file that somebody brings; with `problem` it cannot be taken."""

    file: Path
    name: str
    about: str
    """Size, parameters and producer, in one line."""
    input: str
    outputs: str
    head: str
    """What decodes it as far as names and shapes tell, or that its values will be looked at."""
    classes: str
    precisions: tuple[tuple[str, str], ...]
    """Each precision that a project may have, and why it cannot be made; empty where it can."""
    folder: Path
    """Where the project would be made: a folder that is not there yet."""
    problem: str = ""
    hint: str = ""
    detail: str = ""


@dataclass(frozen=True)
class BroughtData:
    """Frames or labels that somebody brings; with `problem` they cannot be taken."""

    about: str
    problem: str = ""
    hint: str = ""


def read_brought(session: Session, file: Path) -> BroughtModel:
    """Look at an ONNX file from anywhere; a wrong one says why."""
    from workbench.model.brought import brought_model

    return brought_model(file, session.home)


def read_brought_frames(_session: Session, path: Path) -> BroughtData:
    """Look at a folder of frames, or a video, from anywhere."""
    from workbench.model.brought import brought_frames

    return brought_frames(path)
