"""A source cut into packs of some frames each, fitted once, as a board plays them; made when they are wanted."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.base.atomic import cannot_write, write_atomic, write_json
from workbench.base.hashing import sha256_file
from workbench.frames.resize import Fit, Fitting
from workbench.frames.source import UnreadableFrame
from workbench.live.sources import PICTURE_WIDTH, Picture, PlayedSource, make_picture

SEGMENT_BYTES = 24 << 20
KEPT_S = 7 * 86_400.0
"""Segments of sources that nobody played for so long are removed."""
JPEG_QUALITY = 90
MOST_WARNINGS = 5
MOST_NAMES = 5000
"""Of segments in a record."""


@dataclass(frozen=True)
class Segment:
    """Some frames of a source, as a pack."""

    place: int
    path: Path
    sha256: str
    fits: tuple[Fit, ...]
    pictures: tuple[tuple[int, int], ...]
    """Of a video: where each frame's JPEG lies in the file beside it; else empty."""

    @property
    def frames(self) -> int:
        """How many."""
        return len(self.fits)

    @property
    def pictures_path(self) -> Path:
        """Where the JPEGs of a video's frames lie."""
        return self.path.with_suffix(".jpegs")


class Segments:
    """The segments of one source; one thread makes them, any may read pictures and fitted frames.

    Args:
        source: what is played.
        fitting: how frames become the model's input.
        cache: the project's folder for what can be made again.
        warn: told of frames that cannot be read.
    """

    def __init__(self, source: PlayedSource, fitting: Fitting, cache: Path, warn: Callable[[str], None]) -> None:
        self.source, self.fitting, self._warn = source, fitting, warn
        self.folder = cache / "live" / source.identity(fitting)
        self.frame_bytes = fitting.width * fitting.height * 3
        self.each = max(1, min(source.total, SEGMENT_BYTES // self.frame_bytes))
        self.count = -(-source.total // self.each)
        self._made: dict[int, Segment] = {}
        self._sha256s: dict[int, str] = {}
        self._broken = 0
        remove_old(cache / "live", self.folder)

    @property
    def total_bytes(self) -> int:
        """Of all segments together."""
        return self.source.total * self.frame_bytes

    def segment(self, place: int) -> Segment:
        """A segment, from the cache where it is there."""
        known = self._made.get(place) or self._find(place)
        if known is None:
            known = self._make(place)
        self._made[place] = known
        self._sha256s[place] = known.sha256
        return known

    def known(self, index: int) -> tuple[Segment, int] | None:
        """The segment that a frame lies in, and its place there; None while it is not made."""
        segment = self._made.get(index // self.each)
        return None if segment is None else (segment, index % self.each)

    def by_sha256(self, sha256: str) -> Segment | None:
        """A segment that is made, by its bytes."""
        return next((item for item in list(self._made.values()) if item.sha256 == sha256), None)

    def names(self) -> dict[str, Any]:
        """sha256 of the segments that were made so far, as a record tells them; "" of one that was not."""
        known = [self._sha256s.get(place, "") for place in range(min(self.count, MOST_NAMES))]
        return {"each": self.each, "sha256": known}

    def discard(self, place: int) -> None:
        """Remove a segment's files: of a source that is too large to keep."""
        segment = self._made.pop(place, None)
        if segment is not None:
            for path in (segment.path, segment.pictures_path, segment.path.with_suffix(".json")):
                path.unlink(missing_ok=True)

    def picture(self, index: int) -> tuple[Picture, Fit] | None:
        """A frame as it is shown, and its fit; None where it is not at hand any more."""
        found = self.known(index)
        if found is None:
            return None
        segment, at = found
        try:
            if not self.source.is_video:
                return make_picture(self.source.read(index)), segment.fits[at]
            return Picture(*_decode(segment, at)), segment.fits[at]
        except (UnreadableFrame, OSError):
            return None

    def fitted(self, index: int) -> tuple[NDArray[np.uint8], Fit, str] | None:
        """A frame as the model gets it, its fit, and the name of its bytes; None where it is not at hand."""
        found = self.known(index)
        if found is None:
            return None
        segment, at = found
        try:
            frames = np.load(segment.path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError):
            return None
        return np.ascontiguousarray(frames[at]), segment.fits[at], f"{segment.sha256}/{at}"

    def _indices(self, place: int) -> range:
        return range(place * self.each, min(self.source.total, (place + 1) * self.each))

    def _find(self, place: int) -> Segment | None:
        path = self.folder / f"{place:06d}.npy"
        try:
            value = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
            fits = tuple(Fit(**fit) for fit in value["fits"])
            pictures = tuple((int(start), int(size)) for start, size in value["pictures"])
            shape = np.load(path, mmap_mode="r", allow_pickle=False).shape
        except (OSError, ValueError, KeyError, TypeError):
            return None
        segment = Segment(place, path, str(value["sha256"]), fits, pictures)
        expected = (len(self._indices(place)), self.fitting.height, self.fitting.width, 3)
        return segment if shape == expected == (len(fits), *expected[1:]) else None

    def _make(self, place: int) -> Segment:
        path = self.folder / f"{place:06d}.npy"
        part = path.with_suffix(".part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            fits, jpegs = self._write(part, self._indices(place))
            sha256 = sha256_file(part)
            part.replace(path)
        except OSError as error:
            raise cannot_write(path, error) from error
        finally:
            part.unlink(missing_ok=True)
        starts = np.cumsum([0, *(len(data) for data in jpegs)]).tolist()
        pictures = tuple((start, len(data)) for start, data in zip(starts, jpegs, strict=False))
        segment = Segment(place, path, sha256, tuple(fits), pictures)
        if jpegs:
            write_atomic(segment.pictures_path, b"".join(jpegs))
        about: dict[str, Any] = {"sha256": sha256, "fits": [asdict(fit) for fit in fits], "pictures": pictures}
        write_json(path.with_suffix(".json"), about)
        return segment

    def _write(self, part: Path, indices: range) -> tuple[list[Fit], list[bytes]]:
        fits: list[Fit] = []
        jpegs: list[bytes] = []
        shape = (len(indices), self.fitting.height, self.fitting.width, 3)
        with part.open("wb") as stream:
            np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": shape})
            for index in indices:
                frame = self._read(index)
                fitted, fit = self.fitting.apply(frame)
                stream.write(np.ascontiguousarray(fitted).tobytes())
                fits.append(fit)
                if self.source.is_video:
                    jpegs.append(_encode(make_picture(frame).pixels))
        return fits, jpegs

    def _read(self, index: int) -> NDArray[np.uint8]:
        """A frame; a grey one where it cannot be read, which is said."""
        try:
            return self.source.read(index)
        except UnreadableFrame as error:
            self._broken += 1
            if self._broken <= MOST_WARNINGS:
                more = " (others are not said)" if self._broken == MOST_WARNINGS else ""
                self._warn(f"{error.summary}; a grey frame is played instead{more}")
            return np.full((self.fitting.height, self.fitting.width, 3), self.fitting.pad, np.uint8)


def _encode(pixels: NDArray[np.uint8]) -> bytes:
    import cv2

    good, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not good:
        raise UnreadableFrame(f"no JPEG of a picture of {pixels.shape}", "Choose another source.")
    return bytes(data.tobytes())


def _decode(segment: Segment, at: int) -> tuple[NDArray[np.uint8], int, int]:
    """The pixels of a kept picture, and the frame's size in its source."""
    start, size = segment.pictures[at]
    with segment.pictures_path.open("rb") as stream:
        stream.seek(start)
        data = stream.read(size)
    fit = segment.fits[at]
    return decode_jpeg(data), fit.width, fit.height


def decode_jpeg(data: bytes, widest: int = PICTURE_WIDTH) -> NDArray[np.uint8]:
    """The pixels of a JPEG, [h, w, 3] BGR.

    Raises:
        UnreadableFrame: it is none.
    """
    import cv2

    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    except cv2.error as error:
        raise UnreadableFrame("a picture that cannot be decoded", "", str(error)) from error
    if image is None or image.shape[1] > 4 * widest:
        raise UnreadableFrame("a picture that cannot be decoded", "")
    return np.ascontiguousarray(image, np.uint8)


def remove_old(folder: Path, kept: Path) -> None:
    """Remove what other sources left and nobody played lately."""
    before = time.time() - KEPT_S
    for other in folder.iterdir() if folder.is_dir() else ():
        if other != kept and other.is_dir() and other.stat().st_mtime < before:
            shutil.rmtree(other, ignore_errors=True)
