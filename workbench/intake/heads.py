"""Which head decodes a model: the one that a person names, else the one that names and shapes of its outputs tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from targets.agent.heads.base import Head, OutputSpec, make_head
from targets.agent.plan import HeadChoice
from targets.agent.protocol import CommandError
from workbench.base.errors import UsageError
from workbench.intake.recognise import recognise_heads
from workbench.optimise.model_facts import ModelFacts, TensorFacts


@dataclass(frozen=True)
class ChosenHead:
    """A head, how the board is told of it, and why it is this one."""

    choice: HeadChoice
    head: Head
    why: str
    """In words."""
    plugin: bytes = b""
    """The source of the project's own head; empty for Slipway's own."""


def choose_head(
    facts: ModelFacts,
    size: tuple[int, int],
    classes: int = 0,
    asked: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> ChosenHead:
    """The head that decodes a model's outputs.

    Args:
        facts: of the model as it is worked with.
        size: (width, height) of its input.
        classes: how many are named; 0: as many as the outputs have.
        asked: the head that a person names.
        options: what a person says beyond; the rest is recognised.

    Raises:
        UsageError: no head knows the outputs, with what they look like and what to do.
    """
    outputs = output_specs(facts)
    found = recognise_heads(outputs, size, classes, asked)
    choice = HeadChoice(found.name, found.classes, *size, {**found.options, **(options or {})})
    try:
        return ChosenHead(choice, make_head(choice, outputs), found.why)
    except CommandError as error:
        raise UsageError(f"{facts.path}: {error.summary}", error.hint) from error


def output_specs(facts: ModelFacts) -> list[OutputSpec]:
    """A model's outputs as heads take them."""
    return [OutputSpec(tensor.name, axes_of(tensor), tensor.dtype) for tensor in facts.outputs]


def axes_of(tensor: TensorFacts) -> tuple[int, ...]:
    """The lengths of a tensor's axes; 0 where one is not fixed."""
    return tuple(axis if isinstance(axis, int) else 0 for axis in tensor.shape)
