"""Running a model on a few frames at import, to see what its outputs are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from targets.agent.frames import Preprocessor
from workbench.base.errors import SlipwayError
from workbench.frames.source import Image, Source
from workbench.intake.values import Seen
from workbench.optimise.model_file import ModelFile

if TYPE_CHECKING:
    from workbench.intake.trial import Feeding
    from workbench.reference import Reference

FRAMES = 2
"""As many are looked at: what is to be told shows on any frame."""
_SCENES = (3, 11)


def look_at(
    model: ModelFile, size: tuple[int, int, str], frames: Sequence[Image], about: str, threads: int = 1
) -> Seen:
    """A model's raw outputs on frames, fed as most detectors are, or with pixels as they are where it takes bytes.

    What shapes leave open (which head, pixels or parts, scores or logits) shows whatever the colours and the scale are.

    Args:
        model: as it is worked with, of one image input.
        size: (width, height, layout) of its input.
        frames: uint8 [h, w, 3] BGR, of any size; none takes scenes that Slipway renders.
        about: what frames these are, in words.
        threads: how many threads an inference may use.

    Raises:
        SlipwayError: ONNX Runtime cannot load or run the model.
    """
    from workbench.intake.trial import Feeding
    from workbench.reference import Reference

    if not frames:
        frames, about = rendered(), f"{len(_SCENES)} rendered road scenes"
    with Reference(model, threads) as reference:
        feeding = Feeding(scale=1.0) if reference.input.dtype == "uint8" else Feeding()
        return Seen(tuple(_outputs(reference, feeding, size, frame) for frame in frames), about)


def frames_of(source: Source, count: int = FRAMES) -> tuple[list[Image], str]:
    """A few frames, evenly over a source, and what they are in words; what cannot be read is passed over."""
    from workbench.intake.trial import spread_frames

    frames = []
    for index in spread_frames(source, count):
        try:
            frames.append(source.read(index))
        except SlipwayError:
            continue
    return frames, f"{len(frames)} frame{'s' if len(frames) != 1 else ''} of {source.path.name}"


def rendered() -> list[Image]:
    """Two scenes of the renderer, for a model that comes without frames."""
    from workbench.scenes.scene import render_scene

    return [render_scene(seed).image for seed in _SCENES]


def _outputs(reference: Reference, feeding: Feeding, size: tuple[int, int, str], frame: Image) -> list[NDArray[Any]]:
    width, height, layout = size
    fitted, _ = feeding.fitting(width, height).apply(frame)
    prepare = Preprocessor(feeding.preprocess(layout), height, width)
    return reference.infer(prepare(np.ascontiguousarray(fitted)))
