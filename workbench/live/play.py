"""A live run from its order to its record: choose, begin on the board, tell what comes, go on until told to stop."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from projects.project import Project
from projects.runs import RunFolder
from workbench.base.cancel import CancelToken
from workbench.base.errors import Cancelled, LinkLost, SlipwayError, UsageError
from workbench.base.events import Level
from workbench.frames.pack import Pack
from workbench.live.boxes import FLOOR, LEAST_CONFIDENCE, MOST_CONFIDENCE
from workbench.live.chosen import Chosen, choose
from workbench.live.feeder import Feeder
from workbench.live.record import TryInputs, fetch_recording, record_try
from workbench.live.reference import settings_key
from workbench.live.segments import Segments
from workbench.live.sources import PICTURE_WIDTH, PlayedSource
from workbench.orders.live import CAMERA_PREFIX, RATES, LiveOrder, LiveOutcome
from workbench.pipeline.deploy import tell_sent
from workbench.pipeline.detector import open_detector
from workbench.pipeline.frame_sets import require_frames
from workbench.pipeline.on_board import HeldBoard, end_run, hold_board
from workbench.pipeline.recover import close_interrupted_runs
from workbench.pipeline.release import board_plan
from workbench.pipeline.run_files import project_facts
from workbench.results.run_record import RunState
from workbench.telemetry.recording import Recording

if TYPE_CHECKING:
    from workbench.jobs.context import JobContext

EXACT_HZ = 5.0
"""Of a camera: fitted frames a second for the reference."""
MOST_FPS = 1000.0


@dataclass(frozen=True)
class Playing:
    """Everything that a live run works with."""

    order: LiveOrder
    project: Project
    held: HeldBoard
    chosen: Chosen
    segments: Segments | None
    """Of a source of this machine; None for the board's camera."""
    folder: RunFolder
    plan: dict[str, Any]
    feeder: Feeder | None
    source: str
    """What is played, as a person reads it."""
    confidence: float


def play(order: LiveOrder, context: JobContext) -> LiveOutcome:
    """Carry out a live order (`LiveOrder.run`)."""
    from workbench.live.show import Show

    _require_sound(order)
    project = Project.open(order.project)
    detector = open_detector(project, context)
    with hold_board(order.board, f"live {project.name}", context) as held:
        close_interrupted_runs(project, held, context)
        chosen = choose(project, detector, order.engine, held, context)
        playing = _prepare(order, project, held, chosen, context)
        context.step("live", f"Play {playing.source}: {playing.folder.id} (not evidence)")
        show = Show(playing, context)
        error: SlipwayError | None = None
        try:
            show.play()
        except LinkLost:
            raise
        except SlipwayError as failure:
            error = failure
            end_run(held, playing.folder.id, context)
        _refuse_hurry(playing.folder, context)
        inputs = _inputs(playing)
        recording = _collect(inputs, error)
        state = RunState.FINISHED if error is None else RunState.FAILED
        text = f"played until {show.ended_by}" if error is None else error.summary
        outcome = record_try(inputs, (state, text), recording, show.marks, show.zero_ns, context)
        _forget(playing, held)
    if error is not None:
        raise error
    context.end_step(f"{outcome.frames} frames; not evidence")
    return outcome


def _require_sound(order: LiveOrder) -> None:
    """Refuse before a board is reached what it could never be."""
    if order.rate not in RATES:
        raise UsageError(f"there is no rate {order.rate!r}", f"Rates are {', '.join(RATES)}.")
    low, high = LEAST_CONFIDENCE, MOST_CONFIDENCE
    if order.confidence is not None and not low <= order.confidence <= high:
        raise UsageError(f"a confidence of {order.confidence:g}", f"Give one from {low:g} to {high:g}.")
    if order.fps is not None and not (math.isfinite(order.fps) and 0.01 <= order.fps <= MOST_FPS):
        raise UsageError(f"{order.fps:g} frames a second", f"Give a rate from 0.01 to {MOST_FPS:g}.")
    if order.seconds is not None and not (math.isfinite(order.seconds) and order.seconds > 0):
        raise UsageError(f"a live run of {order.seconds:g} s", "Give more than 0 seconds, or none to go on.")


def _prepare(order: LiveOrder, project: Project, held: HeldBoard, chosen: Chosen, context: JobContext) -> Playing:
    context.step("frames", "Make the first frames ready")
    fitting = chosen.detector.fitting
    if order.source.startswith(CAMERA_PREFIX):
        segments, feeder = None, None
        device = order.source.removeprefix(CAMERA_PREFIX).strip()
        if not device:
            raise UsageError("no camera is named", "Write camera:0, camera:/dev/video2, or camera: and a pipeline.")
        source = f"camera {device}"
        pack = Pack(Path(), "", 0, fitting.height, fitting.width, ())
    else:
        played = open_played(project, order.source)
        source = played.shown_as
        segments = Segments(played, fitting, project.layout.cache, _warner(context))
        feeder = Feeder(segments, held.client, held.facts.disk_free_bytes)
        first = feeder.first(tell_sent(context), context.cancel)
        pack = Pack(first.path, first.sha256, first.frames, fitting.height, fitting.width, first.fits)
    phase = _phase(order, chosen, segments, pack)
    plan = board_plan("live", chosen.release, chosen.settings, pack, order.telemetry_hz, [phase])
    context.end_step(source)
    about = _about(project, held, chosen, plan, _played(source, segments))
    folder = RunFolder.create(project.layout.runs, about, context.by, is_try=True)
    confidence = chosen.detector.thresholds.confidence if order.confidence is None else order.confidence
    confidence = min(max(confidence, LEAST_CONFIDENCE), MOST_CONFIDENCE)
    plan = {**plan, "run": folder.id}
    return Playing(order, project, held, chosen, segments, folder, plan, feeder, source, confidence)


def open_played(project: Project, source: str) -> PlayedSource:
    """The folder or video that an order names: a path, in the project or not; the test frames where none is named.

    Raises:
        UsageError: there is none.
    """
    if not source:
        named = require_frames(project).images
        return PlayedSource(project.layout.inner(named), named)
    inside = project.folder / source
    path = inside if inside.exists() else Path(source).expanduser()
    return PlayedSource(path, source)


def _phase(order: LiveOrder, chosen: Chosen, segments: Segments | None, pack: Pack) -> dict[str, Any]:
    fitting = chosen.detector.fitting
    fps: float | None
    if segments is None:
        source: dict[str, Any] = {
            "kind": "camera",
            "device": order.source.removeprefix(CAMERA_PREFIX).strip(),
            "mode": fitting.mode,
            "pad": fitting.pad,
            "anchor": fitting.anchor,
        }
        fps = None
    else:
        packs = [{"sha256": pack.sha256, "count": pack.count}]
        source = {"kind": "packs", "total": segments.source.total, "packs": packs}
        fps = order.fps or segments.source.fps
    pictures = order.show_hz if segments is None and order.show else 0.0
    return {
        "id": "live",
        "kind": "live",
        "source": source,
        "rate": order.rate,
        "fps": fps,
        "boxes_from": FLOOR,
        "boxes_hz": order.show_hz,
        "picture_hz": pictures,
        "picture_width": PICTURE_WIDTH,
        "exact_hz": EXACT_HZ if segments is None and order.reference else 0.0,
    }


def _played(source: str, segments: Segments | None) -> dict[str, Any]:
    """What is played, for plan and record."""
    if segments is None:
        return {"source": source, "kind": "camera"}
    played = segments.source
    return {
        "source": source,
        "kind": "packs",
        "path": str(played.path),
        "frames": played.total,
        "fps": played.fps,
        "segments": segments.names(),
    }


def _about(
    project: Project, held: HeldBoard, chosen: Chosen, plan: dict[str, Any], played: dict[str, Any]
) -> dict[str, Any]:
    """What stands in the run's folder from its first moment."""
    return {
        "kind": "try",
        "board": held.name,
        "board_id": held.id,
        "only": [],
        "quick": False,
        "project": project_facts(project),
        "chain": chosen.chain,
        "played": played,
        "plan": plan,
    }


def _inputs(playing: Playing) -> TryInputs:
    detector = playing.chosen.detector
    played = _played(playing.source, playing.segments)
    fitting = detector.fitting
    settings = {
        "rate": playing.order.rate,
        "confidence": playing.confidence,
        "boxes_from": FLOOR,
        "classes": list(detector.class_names),
        "fitting": {
            "width": fitting.width,
            "height": fitting.height,
            "mode": fitting.mode,
            "pad": fitting.pad,
            "anchor": fitting.anchor,
        },
        "telemetry_hz": playing.order.telemetry_hz,
    }
    if playing.order.reference and not playing.chosen.no_reference:
        settings["reference"] = {"model": detector.facts.sha256, "settings": settings_key(detector)}
    return TryInputs(playing.project, playing.held, playing.folder, playing.chosen.chain, settings, played)


def _collect(inputs: TryInputs, error: SlipwayError | None) -> Recording:
    """What was recorded; the error that ended it comes before one of collecting."""
    try:
        return fetch_recording(inputs)
    except SlipwayError as trouble:
        raise (error or trouble) from trouble


def _forget(playing: Playing, held: HeldBoard) -> None:
    """Remove the run from the board, and frames that were only for it; only once its record is written."""
    held.client.remove_run(playing.folder.id, CancelToken())
    left = () if playing.feeder is None else playing.feeder.left_behind()
    if left:
        held.client.forget(left)


def _refuse_hurry(folder: RunFolder, context: JobContext) -> None:
    if context.cancel.urgent:
        raise Cancelled(f"the run {folder.id} was stopped at once", "The next job on this board closes it.")


def _warner(context: JobContext) -> Callable[[str], None]:
    return lambda text: context.log(Level.WARNING, text)
