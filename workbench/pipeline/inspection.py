"""Looking at a model that somebody brings: how it is fixed to one image, what decodes it, what its classes are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from projects.deployment_settings import HEADS
from projects.problems import near_miss
from workbench.base.errors import UsageError
from workbench.frames.class_file import read_class_file
from workbench.intake.heads import ChosenHead, ClassesNeeded, choose_head
from workbench.intake.look import frames_of, look_at
from workbench.intake.own_head import read_own_head, settle_trust
from workbench.optimise.adapt import Changes, adapt_model
from workbench.optimise.model_facts import ModelFacts, facts_of
from workbench.optimise.model_file import ModelFile, load_model
from workbench.optimise.skeleton import objection_to_shapes
from workbench.pipeline.detector import input_size
from workbench.pipeline.optimise import worker_threads

if TYPE_CHECKING:
    from workbench.frames.source import Source
    from workbench.jobs.context import JobContext

USUAL_SIZE = (640, 640)
"""(width, height) that most training frameworks start from."""
_SIZE = re.compile(r"\s*(\d{1,5})(?:\s*[xX*, ]\s*(\d{1,5}))?\s*")
_LEAST_PX, _MOST_PX = 8, 16_384


@dataclass(frozen=True)
class Asked:
    """What a person says of a model that they bring."""

    model: Path
    input_size: str | None = None
    """Such as `640x384`, width x height."""
    head: str | None = None
    classes: str | None = None
    """A file of class names, or the names themselves with commas."""


@dataclass(frozen=True)
class Opened:
    """A model as Slipway will work with it, before anybody looked for what decodes it."""

    source: ModelFile
    facts: ModelFacts
    size: tuple[int, int, Literal["NCHW", "NHWC"]]
    """(width, height, layout) of its input."""
    changes: Changes
    """The sides that its file leaves open."""
    guessed_size: bool
    """Whether nobody gave these sides: they are the metadata's."""
    given_classes: tuple[str, ...]
    """Names that a person gave; empty where nobody did."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """A person's, else the model's own; empty where nobody names them."""
        return self.given_classes or self.facts.class_names or ()


@dataclass(frozen=True)
class Inspected(Opened):
    """The same with what decodes it."""

    chosen: ChosenHead


def open_model(asked: Asked, context: JobContext) -> Opened:
    """Read a model and fix what is open in it.

    Raises:
        UsageError: it cannot be read or taken, or has an open size that nobody could be asked for.
    """
    classes = read_classes(asked.classes) if asked.classes else ()
    file = load_model(asked.model)
    changes, guessed = _settle_size(file, asked.input_size, context)
    source = adapt_model(file, changes)
    facts = facts_of(source)
    return Opened(source, facts, input_size(facts), changes, guessed, classes)


def inspect(opened: Opened, asked: Asked, frames: Source | None, context: JobContext) -> Inspected:
    """Find what decodes a model: by names, shapes and values on a few frames, rendered ones where there are none.

    Raises:
        UsageError: no head decodes it, several may, or it has another number of classes than are named.
        SlipwayError: ONNX Runtime cannot run it.
    """
    names = opened.class_names
    own = None
    if asked.head is not None and asked.head.lower().endswith(".py"):
        own = read_own_head(Path(asked.head), context.home)
        settle_trust(own, context)
    elif asked.head is not None and asked.head not in HEADS:
        meant = near_miss(asked.head, HEADS)
        hint = f"Did you mean {meant}?" if meant else f"There are {', '.join(HEADS)}; your own is a .py file."
        raise UsageError(f"there is no head {asked.head!r}", hint)
    images, about = frames_of(frames) if frames is not None else ([], "")
    seen = look_at(opened.source, opened.size, images, about, worker_threads())
    size, model = opened.size[:2], opened.source.model
    known = len(opened.facts.class_names or ())
    if opened.given_classes and known and known != len(names):
        raise UsageError(
            f"{len(names)} class names are given ({_some(names)}), and the model's metadata has {known} "
            f"({_some(opened.facts.class_names or ())})",
            f"Leave --classes away, or give {known} names in the model's order.",
        )
    chosen = choose_head(opened.facts, size, len(names), asked.head, model=model, seen=seen, own=own)
    if names and len(names) != chosen.head.classes:
        whose = "given" if opened.given_classes else "in the model's metadata"
        error = ClassesNeeded(
            f"{len(names)} class names are {whose} ({_some(names)}), and the model's outputs have "
            f"{chosen.head.classes} classes",
            "Give as many names as the outputs have classes, in the model's order: --classes.",
        )
        error.count = chosen.head.classes
        raise error
    parts = {field.name: getattr(opened, field.name) for field in fields(Opened)}
    return Inspected(**parts, chosen=chosen)


def read_classes(text: str) -> tuple[str, ...]:
    """Class names from a file, or from a text with commas.

    Raises:
        UsageError: the file cannot be read, or there are no names.
    """
    path = Path(text)
    if path.is_file():
        return read_class_file(path)
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if not names or (len(names) == 1 and path.suffix):
        raise UsageError(f"there is no file of class names {text}", "Give a file, or names with commas: car,lorry.")
    return names


def parse_size(text: str) -> tuple[int, int]:
    """(width, height) from `640x384`, or from one number for both.

    Raises:
        UsageError: it is no size.
    """
    match = _SIZE.fullmatch(text)
    width, height = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not (_LEAST_PX <= width <= _MOST_PX and _LEAST_PX <= height <= _MOST_PX):
        raise UsageError(
            f"{text!r} is no input size", f"Give width x height in pixels, {_LEAST_PX} to {_MOST_PX}, such as 640x384."
        )
    return width, height


def _settle_size(file: ModelFile, asked: str | None, context: JobContext) -> tuple[Changes, bool]:
    """The sides that the file leaves open: a person's, the metadata's, else asked for; and whether nobody gave them."""
    found = facts_of(adapt_model(file, Changes()))
    if asked is not None:
        width, height = parse_size(asked)
        return _taken(file, Changes(width=width, height=height)), False
    if _lacks_size(found):
        width, height = parse_size(_ask_size(found, context))
        return _taken(file, Changes(width=width, height=height)), False
    sides = _sides(found)
    if sides is None or not found.changes or not _lacks_size(facts_of(file)):
        return Changes(), False
    return Changes(width=sides[0], height=sides[1]), True


def _taken(file: ModelFile, changes: Changes) -> Changes:
    """The same changes; raises UsageError where the model does not take images of that size."""
    source = adapt_model(file, changes)
    wanted = (changes.width, changes.height)
    sides = _sides(facts_of(source))
    text = f"{changes.width}x{changes.height}"
    if sides is not None and sides != wanted:
        raise UsageError(
            f"{file.path} takes images of {sides[0]}x{sides[1]}, which its file fixes; {text} was asked for",
            "Leave --input-size away, or export the model again.",
        )
    objection = objection_to_shapes(source.model) if source.changes else None
    if objection is not None:
        hint = "Take sides that are multiples of the model's largest stride, such as 32."
        raise UsageError(f"{file.path} cannot work on images of {text}", hint, objection)
    return changes


def _ask_size(facts: ModelFacts, context: JobContext) -> str:
    usual = "x".join(map(str, USUAL_SIZE))
    text = (
        f"{facts.path.name} takes images of any size. At which width x height shall it run? "
        f"Most likely it was trained at {usual} (empty takes that)."
    )
    return context.ask("text", text, flag="--input-size WxH").strip() or usual


def _lacks_size(facts: ModelFacts) -> bool:
    """Whether the one input is an image whose width or height is open."""
    if len(facts.inputs) != 1 or len(facts.inputs[0].shape) not in {0, 4}:
        return False
    return bool(facts.dynamic_axes) and _sides(facts) is None


def _sides(facts: ModelFacts) -> tuple[int, int] | None:
    """(width, height) of the image input; None where one is open."""
    axes = [axis if isinstance(axis, int) else 0 for axis in facts.inputs[0].shape] if facts.inputs else []
    if len(axes) != 4:
        return None
    height, width = axes[1:3] if axes[3] in {1, 3} else axes[2:4]
    return (width, height) if width > 0 and height > 0 else None


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
