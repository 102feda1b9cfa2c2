"""Frames of a run as pictures: from the project's own files where they still have the bytes that the run saw, else from
the pack that it was measured with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.views.verify.detections import KeptDetections


@dataclass(frozen=True, eq=False)
class Picture:
    """A frame scaled to what was asked for; boxes in pixels of the frame are moved by `scale` and `offset`."""

    pixels: NDArray[Any] | None
    """uint8 [h, w, 3], BGR; None where the frame is not here any more."""
    text: str
    """Where it is from, or why there is none."""
    scale: tuple[float, float] = (1.0, 1.0)
    offset: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Pictures:
    """The frames of one run."""

    project: Path
    kept: KeptDetections

    def read(self, sample: int, width: int) -> Picture:
        """A frame, at most so many pixels wide."""
        name, sha256 = str(self.kept.samples["name"][sample]), str(self.kept.samples["sha256"][sample])
        pixels, reason = self._from_source(name, sha256)
        if pixels is not None:
            return _scaled(pixels, width, f"{self._source_name}/{name}", (1.0, 1.0), (0.0, 0.0))
        return self._from_pack(sample, width, reason)

    @property
    def _source_name(self) -> str:
        return str(self.kept.record.frames.get("source", ""))

    @cached_property
    def _source(self) -> Any:
        """The project's frames; None where they are gone."""
        from projects.layout import Layout
        from workbench.base.errors import SlipwayError
        from workbench.frames.source import open_source

        try:
            return open_source(Layout(self.project).inner(self._source_name))
        except SlipwayError:
            return None

    @cached_property
    def _places(self) -> dict[str, int]:
        return {} if self._source is None else {name: place for place, name in enumerate(self._source.names())}

    def _from_source(self, name: str, sha256: str) -> tuple[NDArray[Any] | None, str]:
        from workbench.base.errors import SlipwayError

        place = self._places.get(name)
        if place is None:
            return None, f"{self._source_name}/{name} is not there any more"
        try:
            if self._source.digest(place) != sha256:
                return None, f"{self._source_name}/{name} has other bytes than in the run"
            return self._source.read(place), ""
        except SlipwayError as error:
            return None, error.summary

    def _from_pack(self, sample: int, width: int, reason: str) -> Picture:
        """From the pack in the cache, cut back to the frame."""
        import numpy as np

        found = self._pack
        if found is None:
            return Picture(None, f"No picture: {reason}.")
        path, fits = found
        fit = fits[sample]
        frames = np.load(path, mmap_mode="r", allow_pickle=False)
        x0, y0 = round(fit["offset_x"]), round(fit["offset_y"])
        x1, y1 = x0 + round(fit["width"] * fit["scale_x"]), y0 + round(fit["height"] * fit["scale_y"])
        pixels = np.ascontiguousarray(frames[sample][y0:y1, x0:x1])
        text = f"As the network saw it: {reason}."
        return _scaled(pixels, width, text, (fit["scale_x"], fit["scale_y"]), (0.0, 0.0))

    @cached_property
    def _pack(self) -> tuple[Path, list[dict[str, float]]] | None:
        """The file of the run's pack and how its frames were fitted; None where it is not in this copy."""
        wanted = self.kept.record.frames.get("pack_sha256")
        for facts in sorted((self.project / ".slipway" / "cache").glob("*.json")):
            try:
                value = json.loads(facts.read_text(encoding="utf-8"))
                fits = [dict(fit) for fit in value["fits"]]
            except (OSError, ValueError, KeyError, TypeError):
                continue
            path = facts.with_suffix(".npy")
            if value.get("sha256") == wanted and path.is_file():
                return path, fits
        return None


def _scaled(
    pixels: NDArray[Any], width: int, text: str, scale: tuple[float, float], offset: tuple[float, float]
) -> Picture:
    import cv2
    import numpy as np

    share = min(1.0, width / pixels.shape[1])
    if share < 1.0:
        size = (max(1, round(pixels.shape[1] * share)), max(1, round(pixels.shape[0] * share)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Picture(np.ascontiguousarray(pixels), text, (scale[0] * share, scale[1] * share), offset)
