"""Two pictures of a page compared pixel by pixel, and what is written where they differ."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
"""h×w×3, BGR."""

UNSEEN = 8
"""So far a channel may be off (of 255): Qt and OpenCV choose their instructions by processor, and round otherwise."""
SHADES = 2
"""More than rounding: beyond it a pixel counts as another shade."""
SHADED_SHARE = 0.0005
"""The share of pixels that may be of another shade: a token that changed by little changes more of them."""
LOSSLESS = [cv2.IMWRITE_WEBP_QUALITY, 101]


@dataclass(frozen=True)
class Difference:
    """How a picture differs from the one that is kept, in words and as a picture."""

    text: str
    picture: Picture
    """What differs, in red on the faint page."""


def compare(actual: Picture, expected: Picture | None) -> Difference | None:
    """What differs by more than eyes see; None where nothing does."""
    if expected is None:
        return Difference("there is no such picture yet", actual)
    if actual.shape != expected.shape:
        return Difference(f"it is {_size(actual)}, expected {_size(expected)}", actual)
    if np.array_equal(actual, expected):
        return None
    off = np.abs(actual.astype(np.int16) - expected.astype(np.int16)).max(axis=2)
    seen = off > UNSEEN
    shaded = off > SHADES
    wrong = seen if seen.any() else shaded
    if not seen.any() and shaded.mean() <= SHADED_SHARE:
        return None
    rows, columns = np.nonzero(wrong)
    box = f"x {columns.min()} to {columns.max()}, y {rows.min()} to {rows.max()}"
    text = f"{len(rows):,} of {wrong.size:,} pixels differ, by {off.max()} of 255 at most, within {box}"
    return Difference(text, _mark(actual, wrong))


def write_difference(folder: Path, name: str, actual: Picture, expected: Picture | None, found: Difference) -> None:
    """Write actual, expected and difference as PNG files that anything can show."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, picture in (("actual", actual), ("expected", expected), ("difference", found.picture)):
        if picture is not None:
            cv2.imwrite(str(folder / f"{name}-{kind}.png"), picture)


def read_picture(path: Path) -> Picture | None:
    """A picture that was kept; None where there is none."""
    found: Any = cv2.imread(str(path), cv2.IMREAD_COLOR) if path.is_file() else None
    return None if found is None else np.ascontiguousarray(found, np.uint8)


def write_picture(path: Path, picture: Picture) -> None:
    """Keep a picture, without loss and in a third of what PNG takes."""
    cv2.imwrite(str(path), picture, LOSSLESS)


def _mark(actual: Picture, wrong: npt.NDArray[np.bool_]) -> Picture:
    faint = (actual // 4 + 190).astype(np.uint8)
    faint[wrong] = (0, 0, 255)
    return faint


def _size(picture: Picture) -> str:
    return f"{picture.shape[1]}x{picture.shape[0]}"
