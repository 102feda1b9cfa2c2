"""The ids that a COCO file of labels gives images and categories, so that results can speak of the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.frames.labels import image_names, named_ids


@dataclass(frozen=True)
class CocoIds:
    """Ids by name; empty where labels are no COCO file."""

    images: Mapping[str, int] = field(default_factory=dict)
    """By the frame's name, as the source gives it."""
    categories: Mapping[str, int] = field(default_factory=dict)
    """By the label's name of the class."""


def read_coco_ids(path: Path, names: Sequence[str]) -> CocoIds:
    """The ids in labels; none where they are no COCO file.

    Args:
        path: COCO JSON, or a folder of YOLO texts.
        names: of all frames of the source; COCO may write their last part alone (`labels.py`).

    Raises:
        UsageError: the file is no COCO JSON, or too large.
    """
    if not path.is_file():
        return CocoIds()
    images = {name: number for number, name in image_names(path).items()}
    categories = {name: number for number, name in named_ids(path).items()}
    full = set(names)
    last = {Path(name).name: name for name in names}
    named = {name if name in full else last.get(Path(name).name): number for name, number in images.items()}
    return CocoIds({name: number for name, number in named.items() if name is not None}, categories)
