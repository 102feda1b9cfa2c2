"""What is shown of the calibration set, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NONE, HERE, UNREADABLE = "none", "here", "unreadable"
LABELS, DETECTIONS = "labels", "detections"


@dataclass(frozen=True)
class Thumbnail:
    """One calibration frame, scaled down."""

    name: str
    image: NDArray[np.uint8]
    """[height, width, 3], BGR."""
    note: str
    """What it shows of what is under-represented; empty where nothing."""


@dataclass(frozen=True)
class Share:
    """One class or one kind of scene, here and in the test set."""

    name: str
    count: int
    share: float
    share_text: str
    other: float | None
    """Share in the test set; None where that is not known."""
    other_text: str
    is_under: bool


@dataclass(frozen=True)
class Scenes:
    """Frames by one thing that the labels say of each image."""

    name: str
    """Such as `light`."""
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Calibration:
    """The calibration set."""

    state: str
    """`none`, `here` or `unreadable`."""
    why: str
    """What is wrong or missing, in words."""
    source: str
    """Folder or video, as the documents name it."""
    frames: int
    """That are taken."""
    available: int
    seed: int
    objects: int | None
    counted_by: str
    """`labels`, `detections`, or empty where nobody counted."""
    against: str
    """What the ticks are, such as `test set, by labels`; empty where there are none."""
    classes: tuple[Share, ...]
    scenes: tuple[Scenes, ...]
    warnings: tuple[str, ...]
    text: str
    """`96 frames, 480 objects by labels`."""
