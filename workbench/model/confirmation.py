"""Whether data from outside confirm how a model is fed, which the model itself can never tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.base.errors import UsageError
from workbench.evaluate.wording import count
from workbench.intake.outside import Outside, rank_by_outside
from workbench.intake.preprocessing_rank import Ranking
from workbench.model.page import DETECTIONS, LABELS
from workbench.model.tried_frames import frames_source
from workbench.views.model import ERR, OK, WARN

if TYPE_CHECKING:
    from workbench.model.checks import Outcome, Subject

LIMIT_S = 4.0
"""No further way to feed the model is tried after that; `slipway examine` takes longer."""
FRAMES = 8


def confirm_preprocessing(subject: Subject) -> Outcome:
    """What labels or exported detections say of the way that the document has the model fed.

    Sets the subject's `confirmed`.

    Raises:
        UsageError: they cannot be read, or mark nothing that the model knows.
        SlipwayError: ONNX Runtime failed.
    """
    from workbench.model.checks import Outcome

    raw, understood = subject.sight.document.raw, subject.understood
    head, source = understood.head, frames_source(subject.sight.document)
    paths = [raw.inner(path) if raw.text(path) is not None else None for path in (LABELS, DETECTIONS)]
    if source is None or paths == [None, None]:
        hint = "Add frames with labels, or detections that the training framework exported."
        return Outcome(WARN, "no outside data", hint)
    if isinstance(head, UsageError):
        return Outcome(WARN, "not known: nothing decodes the model", "Settle the head first.")
    mapped = raw.mapping("slipway.frames.label_map")
    label_map = {str(name): str(to) for name, to in mapped.items()} or None
    ranking = rank_by_outside(
        subject.reference,
        head.head,
        subject.opened.size,
        understood.names,
        source,
        Outside(paths[0], label_map, paths[1]),
        understood.feeding,
        frames=FRAMES,
        limit_s=LIMIT_S,
        check=subject.check,
    )
    return _told(subject, ranking)


def _told(subject: Subject, ranking: Ranking | None) -> Outcome:
    from workbench.model.checks import Outcome

    if ranking is None:
        return Outcome(WARN, "no outside data", "Add frames with labels.")
    frames = count(ranking.frames, "frame")
    chosen = ranking.chosen
    if not ranking.confirmed:
        best = ranking.ways[0].agreement
        text = f"no way to feed it finds what {ranking.truth} mark on {frames} (agreement {best:.2f} at best)"
        return Outcome(ERR, text, "Look at head, class names and labels first.")
    if chosen.feeding != subject.understood.feeding:
        now = next(way for way in ranking.ways if way.feeding == subject.understood.feeding)
        better = f"{chosen.feeding.color.upper()}, {chosen.values}, {chosen.fit}"
        text = f"{better} agrees better with {ranking.truth}: {chosen.agreement:.2f} against {now.agreement:.2f}"
        return Outcome(ERR, text, "Try it below the picture, and save it.")
    subject.confirmed = f"{ranking.truth.removeprefix('the ')} of {frames}, agreement {chosen.agreement:.2f}"
    open_text = f"; not told: {ranking.undecided[0].partition(':')[0]}" if ranking.undecided else ""
    return Outcome(OK, f"{subject.confirmed}{open_text}")
