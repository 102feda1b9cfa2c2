"""What a runtime on the board promises: build, load, and one engine's steps from input to output."""

from __future__ import annotations

import importlib
from typing import Any, Dict, List, NamedTuple, Protocol, Sequence, Tuple, cast

from ..protocol import E_USAGE, CommandError

RUNTIMES = ("openvino",)
"""The runtimes that this agent knows; each is a module of this folder."""


class TensorSpec(NamedTuple):
    """An input or output of an engine; the type is numpy's name for it.

    An axis of an output is 0 where its length depends on the data; an input's shape is static.
    """

    name: str
    shape: Tuple[int, ...]
    dtype: str


class LoadOptions(NamedTuple):
    """How an engine is compiled and loaded; part of the engine's identity."""

    precision: str
    """The type that float layers run in: `f32`, `f16` or `bf16`. Said at compile and at import alike."""
    threads: int
    streams: int


class Engine(Protocol):
    """A loaded engine with one inference in flight; one thread uses it."""

    @property
    def inputs(self) -> Sequence[TensorSpec]:
        """What it takes."""

    @property
    def outputs(self) -> Sequence[TensorSpec]:
        """What it gives."""

    @property
    def precisions(self) -> Dict[str, int]:
        """How many layers run in each type, as the runtime itself says after loading."""

    def copy_in(self, array: Any) -> None:
        """Hand over the input; the array stays the caller's and is read during `execute`.

        Raises:
            CommandError: E_INVALID_SIZE for another shape, type or layout than the engine's.
        """

    def execute(self) -> None:
        """Run one inference to its end.

        Raises:
            CommandError: E_RUNTIME with the runtime's words.
        """

    def copy_out(self) -> List[Any]:
        """The outputs as arrays, valid until the next `execute`."""

    def fork(self) -> Engine:
        """The same engine for one more inference in flight, used by one more thread."""

    def close(self) -> None:
        """Give the engine's memory back."""


class Runtime(Protocol):
    """A module that builds and loads engines."""

    def version(self) -> str:
        """The runtime's full version text."""

    def device_key(self) -> str:
        """What an engine is bound to besides the version, as one sha256."""

    def precisions(self) -> List[str]:
        """The types that this machine runs natively: `f32`, `f16`, `bf16`, `i8`."""

    def build(self, onnx_path: str, options: LoadOptions) -> Tuple[bytes, Dict[str, Any]]:
        """Compile an ONNX file; once in a process. Gives the engine's bytes and facts about them."""

    def load(self, data: Any, options: LoadOptions) -> Engine:
        """Load an engine from its bytes (any buffer), which the caller has checked by their sha256."""


def find_runtime(name: str) -> Runtime:
    """The runtime of that name.

    Raises:
        CommandError: E_USAGE for a name that no runtime has.
    """
    if name not in RUNTIMES:
        raise CommandError(E_USAGE, "no runtime is called %r" % (name,), "This agent knows: %s." % ", ".join(RUNTIMES))
    return cast(Runtime, importlib.import_module("." + name, __package__))
