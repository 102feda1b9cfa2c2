"""The frames of a run on which device and reference differ most, and one of them with all its boxes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.views.verify.detections import KeptDetections, Pairing, draw, open_detections, pair
from workbench.views.verify.pictures import Picture, Pictures
from workbench.views.verify.values import CAUSE_WORDS, DrawnBox, FramePair, WorstFrame, WorstFrames
from workbench.views.verify.words import grouped
from workbench.words import say_count

if TYPE_CHECKING:
    from workbench.session import Session

SHOWN = 8
THUMBNAIL = 160
GOOD_ENOUGH = 0.8
"""Where every frame overlaps by more, none is called bad."""


def read_worst(_session: Session, project: Path, run: str, cause: str = "", most: int = SHOWN) -> WorstFrames | None:
    """The worst frames of a run, with small pictures; None where it compared none.

    Args:
        project: its folder.
        run: the run's id.
        cause: one of `CAUSES`, or `extra`: only frames that have it, the costliest first; empty for all.
        most: how many.

    Raises:
        SlipwayError: the run cannot be read.
    """
    kept = open_detections(project, run)
    if not kept.kept:
        return None
    pairings = pair_all(kept)
    ranked = sorted(pairings.items(), key=lambda entry: _rank(entry[1], cause))
    chosen = [(sample, one) for sample, one in ranked if not cause or loss_of(one, cause) > 0][:most]
    pictures = Pictures(project, kept)
    frames = tuple(_worst(kept, pictures, sample, one, cause) for sample, one in chosen)
    return WorstFrames(kept.record.id, frames, len(pairings), cause, _text(frames, cause, len(pairings)))


def pair_all(kept: KeptDetections) -> dict[int, Pairing]:
    """What became of the detections of every compared frame, by its place in the test set."""
    samples = [int(sample) for sample in kept.equivalence["sample"]]
    return {sample: pair(*kept.sides(sample), kept.confidence, kept.overlaps(sample)) for sample in samples}


def overlap_of(one: Pairing) -> float | None:
    """Mean overlap of a frame, what is only on the device counted as 0; None where there is nothing."""
    size = len(one.overlaps) + len(one.extra)
    return float(one.overlaps.sum()) / size if size else None


def loss_of(one: Pairing, cause: str = "") -> float:
    """What a frame loses by a cause, in detections: each counts what it lacks to an overlap of 1."""
    if cause == "extra":
        return float(len(one.extra))
    lost = [1.0 - float(iou) for iou, why in zip(one.overlaps, one.causes, strict=True) if not cause or why == cause]
    return sum(lost)


def _rank(one: Pairing, cause: str) -> tuple[float, float]:
    if cause:
        return (-loss_of(one, cause), 0.0)
    overlap = overlap_of(one)
    return (1.0 if overlap is None else overlap, -loss_of(one))


def _worst(kept: KeptDetections, pictures: Pictures, sample: int, one: Pairing, cause: str) -> WorstFrame:
    overlap, missed = overlap_of(one), sum(partner < 0 for partner in one.partners)
    return WorstFrame(
        sample=sample,
        name=str(kept.samples["name"][sample]),
        overlap=overlap,
        overlap_text="—" if overlap is None else f"{overlap:.3f}",
        missed=missed,
        extra=len(one.extra),
        text=_short(one, missed),
        loss=loss_of(one, cause),
        thumbnail=pictures.read(sample, THUMBNAIL).pixels,
    )


def _short(one: Pairing, missed: int) -> str:
    if missed:
        return f"{missed} missed"
    if one.extra:
        return f"{len(one.extra)} extra"
    return f"least {float(one.overlaps.min()):.2f}" if one.overlaps.size else "empty"


def _text(frames: Sequence[WorstFrame], cause: str, total: int) -> str:
    if cause and not frames:
        return f"No frame of {grouped(total)} has a {CAUSE_WORDS[cause]}."
    known = [frame.overlap for frame in frames if frame.overlap is not None]
    missed = any(frame.missed or frame.extra for frame in frames)
    if known and min(known) >= GOOD_ENOUGH and not missed and not cause:
        return f"No missed object, and no frame under IoU {GOOD_ENOUGH:g}."
    return ""


def read_frame(_session: Session, project: Path, run: str, sample: int, width: int = 960) -> FramePair | None:
    """One frame with the reference's boxes and the device's, in pixels of its picture; None where nothing was kept.

    Args:
        project: its folder.
        run: the run's id.
        sample: the frame's place in the test set.
        width: of the picture, at most.

    Raises:
        SlipwayError: the run cannot be read, or has no such frame.
    """
    from workbench.base.errors import UsageError

    kept = open_detections(project, run)
    if not kept.kept:
        return None
    if not 0 <= sample < len(kept.samples["name"]):
        raise UsageError(f"the run {kept.record.id} has no frame {sample}", "Choose one of its frames.")
    one = pair(*kept.sides(sample), kept.confidence, kept.overlaps(sample))
    first, second = draw(one, kept.class_names)
    picture = Pictures(project, kept).read(sample, width)
    overlap, missed = overlap_of(one), sum(partner < 0 for partner in one.partners)
    candidate = str(kept.record.chain.get("candidate", {}).get("name", "engine"))
    matched, objects = len(one.partners) - missed, say_count(len(one.partners), "object")
    return FramePair(
        run=kept.record.id,
        sample=sample,
        name=str(kept.samples["name"][sample]),
        picture=picture.pixels,
        picture_text=picture.text,
        first=moved(first, picture),
        second=moved(second, picture),
        first_title="reference  fp32",
        second_title=f"device  {candidate}",
        overlap_text="nothing found" if overlap is None else f"IoU {overlap:.3f}",
        text=f"{objects}: {matched} matched, {missed} missed, {len(one.extra)} device only",
    )


def moved(boxes: Iterable[DrawnBox], picture: Picture) -> tuple[DrawnBox, ...]:
    """Boxes in pixels of a picture instead of the frame's."""
    (sx, sy), (ox, oy) = picture.scale, picture.offset
    return tuple(
        replace(box, x0=box.x0 * sx + ox, y0=box.y0 * sy + oy, x1=box.x1 * sx + ox, y1=box.y1 * sy + oy)
        for box in boxes
    )
