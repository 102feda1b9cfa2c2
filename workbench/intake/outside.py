"""Data from outside that tell whether a model is fed rightly: labels, or detections of the training framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from targets.agent.heads.base import Head
from workbench.base.errors import UsageError
from workbench.evaluate.matching import Detections, iou_matrix, make_detections
from workbench.frames.exported import Exported, ExportedFrame, Map, category_maps, load_exported
from workbench.frames.labels import Labels, image_names, load_labels, named_ids
from workbench.frames.source import Source
from workbench.intake.preprocessing_rank import Ranking, agreement, rank_feedings
from workbench.intake.trial import Feeding, Trial, spread_frames
from workbench.reference import Reference

FRAMES = 8
LEAST_SCORE = 0.25
"""Of an exported detection that counts as an object that is there."""


@dataclass(frozen=True)
class Outside:
    """Where outside data lie."""

    labels: Path | None = None
    label_map: Mapping[str, str] | None = None
    detections: Path | None = None
    """COCO results JSON."""


class _Asked(NamedTuple):
    """The arguments of `rank_by_outside`."""

    reference: Reference
    head: Head
    size: tuple[int, int, str]
    class_names: Sequence[str]
    source: Source
    outside: Outside
    start: Feeding
    frames: int


def rank_by_outside(
    reference: Reference,
    head: Head,
    size: tuple[int, int, str],
    class_names: Sequence[str],
    source: Source,
    outside: Outside,
    start: Feeding,
    *,
    frames: int = FRAMES,
    limit_s: float = 60.0,
    check: Callable[[], None] = lambda: None,
) -> Ranking | None:
    """Rank the ways to feed a model on a few frames that outside data speak of; exported detections go first.

    Args:
        reference: the model, open.
        head: decodes it.
        size: (width, height, layout) of its input.
        class_names: of the model.
        source: the frames.
        outside: what there is.
        start: the way that is likeliest beforehand.
        frames: how many frames at most.
        limit_s: no further way is tried after that.
        check: raises where the work is to stop.

    Returns:
        None where there are no outside data.

    Raises:
        UsageError: outside data cannot be read, or mark nothing that the model knows.
    """
    if outside.detections is not None:
        asked = _Asked(reference, head, size, class_names, source, outside, start, frames)
        chosen, truth, told_by = _exported_truth(outside.detections, asked)
    elif outside.labels is not None:
        labels = load_labels(outside.labels, source, class_names, outside.label_map)
        chosen, truth = _labelled_truth(labels, source, frames)
        told_by = "the labels"
    else:
        return None
    trial = Trial(reference, head, size, [source.read(index) for index in chosen])
    return rank_feedings(trial, truth, told_by, start, limit_s=limit_s, check=check)


def share_found(exported: ExportedFrame, by_id: Mapping[int, int], found: Detections) -> tuple[int, int]:
    """(how many exported detections from `LEAST_SCORE` up are found, how many there are): same class, IoU from 0.5."""
    wanted = _as_truth(exported, by_id)
    if not len(wanted) or not len(found):
        return 0, len(wanted)
    overlaps = iou_matrix(wanted.boxes, found.boxes)
    overlaps[wanted.classes[:, None] != found.classes[None, :]] = 0.0
    return int((overlaps.max(axis=1) >= 0.5).sum()), len(wanted)


def understand_ids(exported: Exported, frames: Mapping[str, Detections], maps: Sequence[Map]) -> Map | None:
    """Which meaning of the category ids agrees best with what the reference finds; None where none agrees at all."""
    best, most = None, 0.0
    for candidate in maps:
        truth = [_as_truth(exported.frames[name], candidate[1]) for name in frames]
        value = agreement(list(frames.values()), truth)
        if value > most:
            best, most = candidate, value
    return best


def _labelled_truth(labels: Labels, source: Source, most: int) -> tuple[list[int], list[Detections]]:
    marked = {}
    for index, name in enumerate(source.names()):
        found = labels.of(name)
        if found is not None and len(found.boxes) and not found.crowd.all():
            kept = ~found.crowd
            marked[index] = make_detections(found.boxes[kept], np.ones(int(kept.sum())), found.classes[kept])
    if not marked:
        raise UsageError(f"{labels.path} marks nothing that the model knows", "Map its classes: `label_map`.")
    chosen = spread_frames(source, most, list(marked))
    return chosen, [marked[index] for index in chosen]


def _exported_truth(path: Path, asked: _Asked) -> tuple[list[int], list[Detections], str]:
    """Ids mean what makes them agree best with the reference, which is fed in the likeliest way for this."""
    labels = asked.outside.labels if asked.outside.labels is not None and asked.outside.labels.is_file() else None
    exported = load_exported(path, asked.source, image_names(labels) if labels else None)
    names = asked.source.names()
    chosen = spread_frames(asked.source, asked.frames, [at for at, name in enumerate(names) if name in exported.frames])
    trial = Trial(asked.reference, asked.head, asked.size, [asked.source.read(index) for index in chosen])
    found = {names[index]: tried.found for index, tried in zip(chosen, trial.run(asked.start), strict=True)}
    categories = named_ids(labels) if labels else {}
    maps = category_maps(exported.ids, len(asked.class_names), categories, asked.class_names)
    meaning = understand_ids(exported, found, maps) or (maps[0] if maps else None)
    if meaning is None:
        raise UsageError(
            f"{path} has the category ids {', '.join(map(str, exported.ids[:12]))}, and nothing says "
            f"which of the model's {len(asked.class_names)} classes they are",
            "Give the labels' COCO file too (--labels): its categories name them.",
        )
    truth = [_as_truth(exported.frames[names[index]], meaning[1]) for index in chosen]
    return chosen, truth, f"the detections in {path.name}, category ids taken {meaning[0]}"


def _as_truth(frame: ExportedFrame, by_id: Mapping[int, int]) -> Detections:
    known = [
        at for at, number in enumerate(frame.categories) if int(number) in by_id and frame.scores[at] >= LEAST_SCORE
    ]
    classes = [by_id[int(frame.categories[at])] for at in known]
    return make_detections(frame.boxes[known], frame.scores[known], classes)
