"""What outside data say of a run's preprocessing, which reference and device share and so cannot tell themselves."""

from __future__ import annotations

from collections.abc import Sequence

from projects.project import Project
from workbench.base.errors import UsageError
from workbench.evaluate.matching import Detections, make_detections
from workbench.frames.exported import Exported, category_maps, load_exported
from workbench.frames.labels import image_names, named_ids
from workbench.frames.resize import Fit
from workbench.intake.outside import share_found, understand_ids
from workbench.intake.words import NOT_CONFIRMED
from workbench.pipeline.frame_sets import FrameSet
from workbench.verify.side_by_side import SideBySide

LEAST_SHARE = 0.9
"""Of the exported detections that the reference must find too; rounding and resizing cost a few per cent."""


def outside_findings(
    project: Project, class_names: Sequence[str], frames: FrameSet, compared: SideBySide | None, fits: Sequence[Fit]
) -> list[str]:
    """In words: that nothing confirms the preprocessing, or how well the reference agrees with exported detections.

    Args:
        project: names labels and exported detections, or does not.
        class_names: of the model.
        frames: the test set.
        compared: what the reference found on it; None where nothing was compared.
        fits: how each frame was fitted, in the order of the set.
    """
    named = project.settings.frames
    if named is None or named.detections is None:
        return [] if frames.labels is not None else [f"No labels, no exported detections: {NOT_CONFIRMED}."]
    labels = project.layout.inner(named.labels) if named.labels is not None and named.labels_format == "coco" else None
    try:
        images = image_names(labels) if labels else None
        exported = load_exported(project.layout.inner(named.detections), frames.source, images)
        categories = named_ids(labels) if labels else {}
    except UsageError as error:
        return [f"The exported detections cannot be used ({error.summary}): {NOT_CONFIRMED}."]
    if compared is None or not compared.samples:
        return [f"No outputs were compared, so the exported detections tell nothing: {NOT_CONFIRMED}."]
    names = frames.selection.names
    found = {
        names[sample.position]: _in_frame(sample.reference, fits[sample.position])
        for sample in compared.samples
        if names[sample.position] in exported.frames
    }
    maps = category_maps(exported.ids, len(class_names), categories, class_names)
    meaning = understand_ids(exported, found, maps)
    if meaning is None:
        return [f"The reference finds nothing of what {named.detections} has on these frames: {NOT_CONFIRMED}."]
    return [_agreement(exported, meaning[1], found, named.detections, meaning[0])]


def _agreement(exported: Exported, by_id: dict[int, int], found: dict[str, Detections], file: str, how: str) -> str:
    counts = [share_found(exported.frames[name], by_id, seen) for name, seen in found.items()]
    hit, there = (sum(values) for values in zip(*counts, strict=True))
    text = (
        f"The reference finds {hit} of {there} detections of {file} (category ids taken {how}) on {len(found)} frames"
    )
    if there and hit / there >= LEAST_SHARE:
        return f"{text}: the preprocessing is confirmed by outside data."
    return f"{text}, fewer than {LEAST_SHARE:.0%}: {NOT_CONFIRMED}; head, classes or preprocessing may be wrong."


def _in_frame(found: Detections, fit: Fit) -> Detections:
    return make_detections(fit.to_frame(found.boxes), found.scores, found.classes)
